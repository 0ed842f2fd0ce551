package dialer

import "slices"

// lendPause takes the pause of a member. Where somebody else has paused him already there is nothing to take.
func (d *Dialer) lendPause(m *member, reason string) {
	switch {
	case m.loans[LoanPause] != nil:
	case !m.Paused:
		d.lend(m, Loan{Field: LoanPause, Reason: reason})
	case m.Reason == reason && personal(reason) && m.lifting == "" && m.agent.person.loaded && m.agent.outSince.IsZero(): // set by us while the disk was slow, before a crash
		l := d.lend(m, Loan{Field: LoanPause, Reason: reason})
		l.stage, l.ours, l.since = loanHeld, true, d.now.Mono
		l.remember(reason)
	}
}

// tendPause is what the pause of a member needs now; it is true when the loan is over.
func (d *Dialer) tendPause(l *loan, m *member) (over bool) {
	reason := ""
	if m != nil {
		reason = d.pauseFor(m.agent)
	}
	others := l.foreign != "" && !l.ours // somebody else's pause is shown
	switch {
	case l.stage == loanTaken && l.Prior == "" && len(l.past) == 0 && (reason == "" || others):
		return true // it was never set
	case !d.links.get(l.PBX).up:
		return false
	case reason == "":
		return d.returnPause(l, m)
	case others:
		d.outvoted(l, m)
		return d.forgettable(l)
	case reason != l.Reason:
		d.retake(l, reason)
	}
	switch {
	case (l.stage == loanTaken || l.stage == loanBack && (!l.ours || l.cleared && d.lasts(l))) && d.mayPause(l), d.unseen(l): // cleared: what is shown is somebody else's of the same reason
		d.setLoan(l)
	case l.stage == loanHeld && !l.ours && d.lasts(l):
		d.overruled(l, m.agent)
		d.loans.turned = true
		d.liftElsewhere(m.agent)
	}
	return false
}

// returnPause gives back a pause that is not wanted any more, as long as it is shown.
func (d *Dialer) returnPause(l *loan, m *member) (over bool) {
	switch {
	case l.ours && m != nil && m.reasonShown() == l.foreign:
		return true // what there was before is back, and happens to bear a reason of ours
	case l.ours && d.mayGiveBack(l) && !d.behind(m):
		d.giveBack(l)
	case !l.ours && (l.stage == loanHeld || m != nil && l.foreign != ""): // somebody has lifted it, or set his own over it
		d.letBack(l)
	}
	return d.forgettable(l)
}

// retake has a pause of ours bear another reason. Until Asterisk shows that, the reason before is ours as well.
func (d *Dialer) retake(l *loan, reason string) {
	if l.stage != loanTaken {
		if l.Prior == "" || l.stage == loanHeld {
			l.Prior = l.Reason
		} else {
			l.Prior += "," + l.Reason
		}
	}
	l.Reason = reason
	d.take(l)
}

// remember notes that a reason went out: Asterisk may show it for a while yet.
func (l *loan) remember(reason string) {
	if !slices.Contains(l.past, reason) {
		l.past = append(l.past, reason)
	}
}

// liftElsewhere gives back in the other queues of an operator what somebody has lifted in one.
func (d *Dialer) liftElsewhere(a *agent) {
	for _, m := range a.members {
		if l := m.loans[LoanPause]; l != nil && l.ours && d.pauseFor(a) == "" && d.mayGiveBack(l) {
			d.giveBack(l)
		}
	}
}

// mayPause tells whether a pause may be set: it is on disk. A person is not kept from his by a slow disk; after a
// crash it would pass for somebody else's.
func (d *Dialer) mayPause(l *loan) bool {
	slow := len(d.unwritten) > 0 && d.now.Mono-d.unwritten[0].at > stall
	return l.seq <= d.committed || slow && personal(l.Reason)
}

// behind tells whether a pause has to wait for the penalty behind which its operator comes back.
func (d *Dialer) behind(m *member) bool {
	if m == nil || m.agent.awaiting != awaitUnpausing {
		return false
	}
	l := m.loans[LoanPenalty]
	return l != nil && (l.stage == loanTaken || l.stage == loanBack)
}

// outvoted is a pause of ours over which somebody else has set his own, for good: who was kept free is not any more.
func (d *Dialer) outvoted(l *loan, m *member) {
	if l.Reason == pauseCallback && l.stage == loanHeld && d.lasts(l) {
		d.loans.turned = m.agent.reserved != nil
		d.letGo(m.agent.person, "somebody has paused him in Asterisk")
	}
}

// lendWrapup notes in which talks an operator's wrap-up is kept by a pause of ours, in all his queues, so that none gives
// him the next caller before it is over. In the talk the pause does nothing.
func (d *Dialer) lendWrapup(a *agent, queue string) {
	q := d.queues[queue]
	a.byPause = q != nil && q.WrapupBy == WrapupByPause
}
