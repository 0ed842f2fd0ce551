package dialer

import (
	"fmt"
	"slices"
	"time"
)

// Between pause and work an operator stays in his queues behind awaiting_penalty, as the last resort:
//
//	ready ──wants to leave──► pausing ──nobody counts on him, or his time is over──► paused, reserved
//	paused ──wants to work──► unpausing ──the next tick──► ready
//
// He waits for the calls that were sent before he said so and are not settled. He may go when none of them would have an
// operator with him and none without him: of those who are ready and whom no call has claimed, or who wanted to leave
// after him and are still there, as many can be matched with a call without him as with him.

// awaiting is which of the two it is.
type awaiting uint8

const (
	awaitNone awaiting = iota
	awaitPausing
	awaitUnpausing
)

// unpauseWithin is how long unpausing may last.
const unpauseWithin = time.Second

// reservation keeps an operator free for a lead.
type reservation struct {
	lead         LeadID
	since, until time.Duration // Mono
}

// depart has an operator leave his queues: at once, or when no call that was sent before counts on him any more.
func (d *Dialer) depart(a *agent) {
	d.touched.agent(a)
	switch {
	case a.awaiting == awaitPausing:
	case a.awaiting == awaitUnpausing && a.claim == nil: // nothing was dialed for him
		a.awaiting = awaitNone
	case !a.leavesAlready(d.now.Mono):
		a.departed = d.now.Mono
		a.awaiting, a.asked, a.until = awaitPausing, d.sends, d.now.Mono+d.longestWait(a)
	}
}

// arrive has an operator come back, from a pause of his or one that was just lifted for him.
func (d *Dialer) arrive(a *agent, lifted bool) {
	switch {
	case a.reserved != nil:
	case a.awaiting == awaitPausing:
		a.awaiting = awaitNone
	case lifted || slices.ContainsFunc(a.members, d.pausedForPerson):
		a.awaiting, a.until = awaitUnpausing, d.now.Mono+unpauseWithin
	}
}

// pausedForPerson tells whether a pause that a person wanted stands in Asterisk, or is on its way there.
func (d *Dialer) pausedForPerson(m *member) bool {
	l := m.loans[LoanPause]
	return l != nil && personal(l.Reason) && (l.ours || l.stage == loanSent)
}

// longestWait is how long a call that counts on him may take until it is settled, at the longest.
func (d *Dialer) longestWait(a *agent) (longest time.Duration) {
	for _, c := range d.campaigns {
		if c.pbx == a.pbx && a.serves(c.Queue) {
			longest = max(longest, c.Pacing.RingTimeout.Span()+c.Answer.AgentWithin.Span())
		}
	}
	return longest
}

// unsettled is the calls that were sent before an operator wanted to leave, or have claimed him, and that nobody who stays
// has taken on.
func (d *Dialer) unsettled(a *agent) (calls []*call) {
	for _, c := range d.calls.list {
		if c.attempt.PBX == a.pbx && c.phase >= PhaseDialing && c.phase <= PhaseQueued && !c.machine && !c.abandoned &&
			(c.order <= a.asked && (c.claimed == nil || c.claimed.left() || !c.claimed.serves(c.attempt.Queue)) || c.claimed == a) {
			calls = append(calls, c)
		}
	}
	return calls
}

// left tells whether somebody wants him out of his queues and he waits for no call any more; one may ring at him still.
func (a *agent) left() bool { return a.awaiting == awaitNone && a.bound() }

// dispensable tells whether no call would be without an operator for his leaving: as many of the calls that he must wait
// for can have one without him as with him. It is asked of one after the other, so two who leave never lean on the same
// third.
func (d *Dialer) dispensable(a *agent) bool {
	calls := d.unsettled(a)
	counts := func(c *call) bool { return a.serves(c.attempt.Queue) }
	switch {
	case !slices.ContainsFunc(calls, counts):
		return true
	case slices.Contains(calls, a.ringing) && counts(a.ringing): // he may not take it, and whoever is free now may be needed for another
		return false
	}
	there := newGroups(slices.DeleteFunc(d.ready(a.pbx), func(b *agent) bool { return d.now.Mono < b.missed }))
	for _, b := range d.agents.list {
		if b.pbx == a.pbx && b.awaiting == awaitPausing && leavesAfter(b, a) && b.free(d.now.Mono) {
			there.join(b)
		}
	}
	without := map[string]bool{} // queues in which a call has nobody; nobody comes free for it by giving others somebody
	for _, c := range calls {
		if q := c.attempt.Queue; !without[q] {
			without[q] = !there.take(q)
		}
	}
	there.join(a)
	for q, nobody := range without {
		if nobody && there.take(q) {
			return false
		}
	}
	return true
}

// leavesAfter tells whether b wanted to leave after a: of two at once the second in the list.
func leavesAfter(b, a *agent) bool {
	return b.asked > a.asked || b.asked == a.asked && (b.until > a.until || b.until == a.until && compareAgents(b, a) > 0)
}

// settleAgents ends what has come to its end: first what ends whatever the others do, then those who may leave since
// others are there.
func (d *Dialer) settleAgents() {
	for _, a := range d.agents.list {
		if r := a.reserved; r != nil && r.until <= d.now.Mono {
			d.letGo(a.person, fmt.Sprintf("nothing has come of the call to lead %d in time", r.lead))
		}
		d.settleAgent(a)
	}
	for _, a := range d.agents.list {
		if a.awaiting == awaitPausing && d.dispensable(a) {
			d.leave(a)
		}
		d.settlePause(a)
		d.watchLimit(a.person)
	}
}

func (d *Dialer) settleAgent(a *agent) {
	over := a.until <= d.now.Mono
	switch {
	case a.awaiting == awaitPausing && a.bound() && (over || a.out()):
		d.leave(a)
	case a.awaiting == awaitPausing && !a.bound(), a.awaiting == awaitUnpausing && d.ticked && (over || d.back(a)):
		d.touched.agent(a)
		a.awaiting = awaitNone
	}
}

// leave ends pausing.
func (d *Dialer) leave(a *agent) {
	d.touched.agent(a)
	a.awaiting = awaitNone
	d.handOn(a)
}

// settlePause has a pause begin, after the call and its wrap-up, or a logout go through.
func (d *Dialer) settlePause(a *agent) {
	if a.awaiting != awaitNone {
		return
	}
	if !a.occupied(d.now.Mono) {
		d.beginPause(a.person)
	}
	if a.person.Leaving {
		d.removeMembers(a)
	}
}

// handOn has a call that counts on one who leaves count on another.
func (d *Dialer) handOn(a *agent) {
	if c := a.claim; c != nil && c != a.ringing {
		d.touched.call(c)
		d.unclaim(c)
		d.claim(c)
	}
}

// back tells whether Asterisk shows that he is in his queues again, and the penalty behind which he has come.
func (d *Dialer) back(a *agent) bool {
	for _, m := range a.members {
		pause, penalty := m.loans[LoanPause], m.loans[LoanPenalty]
		if pause != nil && pause.ours || penalty != nil && !penalty.ours {
			return false
		}
	}
	return true
}

// bound tells whether somebody wants him out of his queues.
func (a *agent) bound() bool {
	p := a.person
	return p.Own.stands() || p.Supervisor.stands() || p.Leaving || a.reserved != nil
}

// out tells whether no queue would ring him.
func (a *agent) out() bool {
	return !slices.ContainsFunc(a.members, func(m *member) bool { return !m.Paused })
}

// leavesAlready tells whether all his members are paused, or are about to be.
func (a *agent) leavesAlready(mono time.Duration) bool {
	return !slices.ContainsFunc(a.members, func(m *member) bool {
		l := m.loans[LoanPause]
		return !m.Paused && (l == nil || l.stage > loanSent || l.stage == loanSent && mono-l.since >= settling)
	})
}

// occupied tells whether he has a call, or wraps one up.
func (a *agent) occupied(mono time.Duration) bool {
	return a.claim != nil || a.talk != nil || a.ringing != nil || mono < a.wrapup
}

// reserve keeps an operator free for a lead, for so long.
func (d *Dialer) reserve(p *person, lead LeadID, span time.Duration) error {
	a := d.seat(p)
	if a == nil || !d.links.get(a.pbx).up || a.gone() {
		return fmt.Errorf("operator %q cannot be reached: he is in no queue, or his telephone is off", p.ID)
	}
	switch by, pause := d.standing(a); {
	case a.reserved != nil && a.reserved.lead != lead:
		return fmt.Errorf("operator %q is kept free for lead %d already", p.ID, a.reserved.lead)
	case by != ByNobody && by != ByDialer:
		return fmt.Errorf("operator %q is paused (%s) by %s", p.ID, pause.Reason, by)
	case p.Leaving:
		return fmt.Errorf("operator %q is logging out", p.ID)
	case a.comesAgain():
		return fmt.Errorf("operator %q is on his way into his queues: try again in a moment", p.ID)
	case d.draining:
		return fmt.Errorf("operator %q cannot be kept free: dialerd is ending", p.ID)
	case span < time.Second || span > longestReservation:
		return fmt.Errorf("%s: an operator is kept free for between 1s and %s", span, Duration(longestReservation))
	}
	d.depart(a)
	if a.reserved == nil {
		a.reserved = &reservation{lead: lead, since: d.now.Mono}
	}
	a.reserved.until = d.now.Mono + span
	return nil
}

// comesAgain tells whether he is only still shown where he was: he is being taken out of all his queues, and put in again.
func (a *agent) comesAgain() bool {
	return !slices.ContainsFunc(a.members, func(m *member) bool { return !a.person.adding[m.Queue] })
}

// longestReservation bounds how long an operator may be kept from all other calls.
const longestReservation = time.Hour

// letGo ends the reservation of an operator, if there is one; why is said where it ended by itself.
func (d *Dialer) letGo(p *person, why string) {
	for _, a := range d.seats(p) {
		if a.reserved == nil {
			continue
		}
		d.touched.agent(a)
		if why != "" {
			d.notice(Info, "operator %q is not kept free for lead %d any more: %s", p.ID, a.reserved.lead, why)
		}
		a.reserved = nil
	}
}
