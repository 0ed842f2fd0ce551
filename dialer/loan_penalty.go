package dialer

// lendPenalty puts a member behind awaiting_penalty, on top of whatever he has.
func (d *Dialer) lendPenalty(m *member) {
	key := m.key()
	q := d.queues[key.queue]
	if q == nil || m.Penalty+q.AwaitingPenalty > highestPenalty {
		return
	}
	l := d.loans.find(key, LoanPenalty)
	switch {
	case l == nil:
		l = &loan{Loan: Loan{PBX: key.pbx, Queue: key.queue, Interface: key.iface, Field: LoanPenalty, Before: m.Penalty, Ours: m.Penalty + q.AwaitingPenalty}}
		d.loans.list = append(d.loans.list, l)
		d.take(l)
	case !l.ours && l.said != 0 && m.Penalty != l.Before: // given back, and changed since by somebody else
		l.Before, l.Ours, l.said = m.Penalty, m.Penalty+q.AwaitingPenalty, 0
		d.take(l)
	}
}

// highestPenalty is the highest that app_queue can reckon with: it multiplies by a million in 32 bits
// (app_queue.c, calc_metric), and above this the last becomes the first.
const highestPenalty = 2147

// tendPenalty is what the penalty of a member needs now; it is true when the loan is over.
func (d *Dialer) tendPenalty(l *loan, m *member) (over bool) {
	wanted := m != nil && m.agent.awaiting != awaitNone
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
		return d.now.Mono-l.since >= doubtFor
	case l.said != 0, !l.seen && d.now.Mono-l.since >= settling: // given back a moment before it was wanted again, or not heard
		d.setLoan(l)
	case l.seen && m.Penalty == l.Before && d.lasts(l): // a reload of the queues has wiped it
		d.setLoan(l)
	}
	return false // what somebody else has made of it stays
}
