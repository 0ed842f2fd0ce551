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
	case !l.ours && l.said != 0 && m.Penalty != l.Before: // given back, and changed since by somebody else
		l.Before, l.Ours, l.said = m.Penalty, m.Penalty+q.AwaitingPenalty, 0
		d.take(l)
	}
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
	return m.Paused && (l == nil || l.foreign != "" || l.seen && l.said == 0)
}

// holds tells whether a penalty of ours stands.
func (l *loan) holds() bool { return l != nil && l.ours && l.said == 0 }

// tendPenalty is what the penalty of a member needs now; it is true when the loan is over.
func (d *Dialer) tendPenalty(l *loan, m *member) (over bool) {
	wanted := d.wantsPenalty(m)
	switch {
	case !l.set && !wanted:
		return true // it was never set
	case !d.links.get(l.PBX).up:
	case !l.set && m.Penalty != l.Before: // somebody was faster than the disk
		return true
	case !l.set && l.seq <= d.committed:
		d.setLoan(l)
	case !l.set:
	case l.ours && !wanted && d.mayAgain(l):
		d.giveBack(l)
	case l.ours:
	case !wanted:
		if l.seen && l.said == 0 { // changed by somebody else; wanted again, it is a new one
			l.said = d.now.Mono
		}
		return d.now.Mono-l.since >= doubtFor
	case m.Penalty != l.Before:
	case l.said != 0, !l.seen && d.now.Mono-l.since >= settling: // given back a moment before it was wanted again, or not heard
		d.setLoan(l)
	case l.seen && d.lasts(l): // a reload of the queues has wiped it
		d.setLoan(l)
	}
	return false // what somebody else has made of it stays
}
