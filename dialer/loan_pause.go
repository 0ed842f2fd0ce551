package dialer

import "slices"

// lendPause takes the pause of a member. Where somebody else has paused him already there is nothing to take.
func (d *Dialer) lendPause(m *member, reason string) {
	switch {
	case m.loans[LoanPause] != nil:
	case !m.Paused:
		d.lend(m, Loan{Field: LoanPause, Reason: reason})
	case m.Reason == reason && personal(reason) && !m.lifting: // set by us while the disk was slow, before a crash
		l := d.lend(m, Loan{Field: LoanPause, Reason: reason})
		l.set, l.seen, l.ours, l.since = true, true, true, d.now.Mono
	}
}

// tendPause is what the pause of a member needs now; it is true when the loan is over.
func (d *Dialer) tendPause(l *loan, m *member) (over bool) {
	reason := ""
	if m != nil {
		reason = d.pauseFor(m.agent)
	}
	held := l.set || l.Prior != "" // Asterisk may have something of it
	switch {
	case !held && (reason == "" || l.foreign != ""):
		return true // it was never set
	case !d.links.get(l.PBX).up:
	case reason != "" && reason != l.Reason && (l.foreign == "" || l.ours):
		d.retake(l, reason)
	case !l.set && reason != "" && (l.foreign == "" || l.ours) && d.mayPause(l):
		d.setLoan(l)
	case l.ours && reason == "" && d.mayAgain(l) && !d.behind(m):
		d.giveBack(l)
	case m != nil && reason == "" && !l.ours && l.foreign != "": // somebody's own has taken its place
		l.seen = false
		return d.now.Mono-l.since >= doubtFor
	case l.ours && reason != "" && l.set && !l.seen && d.now.Mono-l.since >= settling: // it bears the reason before still
		d.setLoan(l)
	case !l.set || l.ours || reason == "":
		if reason == "" && !l.ours && l.seen && l.said == 0 { // wanted again, it is a new one
			l.said = d.now.Mono
		}
		return !l.ours && reason == "" && d.now.Mono-l.since >= doubtFor
	case l.foreign != "":
		d.outvoted(l, m)
		return d.now.Mono-l.since >= doubtFor
	case l.said != 0, !l.seen && d.now.Mono-l.since >= settling: // given back a moment before it was wanted again, or not heard
		d.setLoan(l)
	case l.seen && d.lasts(l):
		d.overruled(l, m.agent)
		d.loans.turned = true
		d.liftElsewhere(m.agent)
	}
	return false
}

// retake has a pause of ours bear another reason. Until Asterisk shows that, the reason before is ours as well.
func (d *Dialer) retake(l *loan, reason string) {
	if l.set {
		l.Prior = l.Reason
		if !slices.Contains(l.past, l.Reason) {
			l.past = append(l.past, l.Reason)
		}
	}
	l.Reason, l.said, l.again = reason, 0, false
	d.take(l)
}

// liftElsewhere gives back in the other queues of an operator what somebody has lifted in one.
func (d *Dialer) liftElsewhere(a *agent) {
	for _, m := range a.members {
		if l := m.loans[LoanPause]; l != nil && l.ours && d.pauseFor(a) == "" && d.mayAgain(l) {
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
	return l != nil && (!l.set || l.said != 0)
}

// outvoted is a pause of ours over which somebody else has set his own, for good: who was kept free is not any more.
func (d *Dialer) outvoted(l *loan, m *member) {
	if l.Reason == pauseCallback && l.seen && d.lasts(l) {
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
