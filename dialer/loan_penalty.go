package dialer

// lendPenalty puts a member behind awaiting_penalty, on top of whatever he has.
func (d *Dialer) lendPenalty(m *member) {
	q := d.queues[m.Queue]
	if q == nil || m.Penalty+q.AwaitingPenalty > highestPenalty {
		return
	}
	switch l := m.loans[LoanPenalty]; {
	case l == nil:
		d.lend(m, Loan{Field: LoanPenalty, Before: m.Penalty, Ours: m.Penalty + q.AwaitingPenalty})
	case !l.ours && l.stage == loanBack && m.Penalty != l.Before: // given back, and changed since by somebody else
		l.had, l.hadAt = l.Loan, l.went
		l.Before, l.Ours = m.Penalty, m.Penalty+q.AwaitingPenalty
		d.take(l)
	}
}

// mayShowLate tells whether a penalty that was taken anew may be shown as it was set before.
func (d *Dialer) mayShowLate(l *loan) bool {
	return l.had.Ours != 0 && d.now.Mono-l.hadAt < lasting+d.links.get(l.PBX).lagging
}

// restore has a loan be what it was before it was taken anew: ours of that time went out, and may be shown late. So may
// what it is now.
func (d *Dialer) restore(l *loan, stage loanStage) {
	l.Loan, l.had, l.went, l.hadAt = l.had, l.Loan, l.hadAt, l.went
	if l.stage == loanTaken {
		l.had = Loan{}
	}
	l.stage = stage
	l.seq = d.record(LoanTaken{l.Loan})
}

// remembered takes over a penalty of ours of which no loan is left. With persistentmembers = yes Asterisk writes down the
// penalty of a member when he is paused, and not when it changes after that: restarted, it shows one that was given back
// long ago. A base is below awaiting_penalty, so it tells by itself whose it is.
func (d *Dialer) remembered(m *member) {
	q := d.queues[m.Queue]
	if q == nil || m.loans[LoanPenalty] != nil || m.Penalty < q.AwaitingPenalty || m.Penalty >= 2*q.AwaitingPenalty {
		return
	}
	l := d.lend(m, Loan{Field: LoanPenalty, Before: m.Penalty - q.AwaitingPenalty, Ours: m.Penalty})
	l.stage, l.ours, l.since = loanHeld, true, d.now.Mono
}

// highestPenalty is the highest that app_queue can reckon with: it multiplies by a million in 32 bits
// (app_queue.c, calc_metric), and above this the last becomes the first.
const highestPenalty = 2147

// wantsPenalty tells whether a member is to be behind awaiting_penalty: on his way, and after it until Asterisk shows
// that he has gone. Between the two it would ring him as if he had come to stay.
func (d *Dialer) wantsPenalty(m *member) bool {
	if m == nil {
		return false
	}
	a := m.agent
	return a.awaiting != awaitNone || a.bound() && m.loans[LoanPenalty].holds() && !d.pausedForSure(m)
}

// pausedForSure tells whether Asterisk shows a pause that no action of ours under way lifts.
func (d *Dialer) pausedForSure(m *member) bool {
	l := m.loans[LoanPause]
	return m.Paused && (l == nil || l.foreign != "" || l.stage == loanHeld)
}

// holds tells whether a penalty of ours stands.
func (l *loan) holds() bool { return l != nil && l.ours && l.stage != loanBack }

// tendPenalty is what the penalty of a member needs now; it is true when the loan is over.
func (d *Dialer) tendPenalty(l *loan, m *member) (over bool) {
	wanted := d.wantsPenalty(m)
	switch {
	case l.stage == loanTaken && !wanted && d.mayShowLate(l):
		d.restore(l, loanBack)
	case l.stage == loanTaken && !wanted:
		return true // it was never set
	case !d.links.get(l.PBX).up:
	case !wanted:
		return d.returnPenalty(l)
	case l.stage == loanTaken && m.Penalty != l.Before:
		return true // somebody was faster than the disk
	case l.ours, m.Penalty != l.Before, l.seq > d.committed: // what somebody else has made of it stays
	case l.stage == loanTaken, l.stage == loanBack, d.unseen(l), l.stage == loanHeld && d.lasts(l): // the last: a reload of the queues has wiped it
		d.setLoan(l)
	}
	return false
}

// returnPenalty gives back a penalty that is not wanted any more, as long as it is shown.
func (d *Dialer) returnPenalty(l *loan) (over bool) {
	switch {
	case l.ours && d.mayGiveBack(l):
		d.giveBack(l)
	case !l.ours && l.stage == loanHeld: // somebody has changed it
		d.letBack(l)
	}
	return d.forgettable(l)
}
