package dialer

import (
	"fmt"
	"slices"

	leadpool "dialerd/dialer/pool"
)

// touched is what one Step or Tick had its hands on.
type touched struct {
	calls  []*call
	leads  []*lead
	agents []*agent
	ended  []*call
	loaded []*Lead // that have come from the store
	before []Lead  // leads that were at rest and have been changed there, as they were
}

func (t *touched) reset() {
	t.calls, t.leads, t.agents, t.ended, t.before = t.calls[:0], t.leads[:0], t.agents[:0], t.ended[:0], nil
	t.loaded = t.loaded[:0]
}
func (t *touched) call(c *call)   { t.calls = append(t.calls, c) }
func (t *touched) lead(l *lead)   { t.leads = append(t.leads, l) }
func (t *touched) agent(a *agent) { t.agents = append(t.agents, a) }
func (t *touched) was(l Lead) {
	l.Numbers = slices.Clone(l.Numbers)
	t.before = append(t.before, l)
}
func (t *touched) forget(id LeadID) {
	t.leads = slices.DeleteFunc(t.leads, func(l *lead) bool { return l.ID == id })
}
func (t *touched) gone(c *call) { t.ended = append(t.ended, c) }

// Check is the first invariant that does not hold of what the last Step or Tick touched; nil when
// all do. It is cheap enough to be asked after every step.
func (d *Dialer) Check() error {
	for _, c := range d.touched.calls {
		if d.calls.byID[c.attempt.ID] == c {
			if err := d.checkCall(c); err != nil {
				return err
			}
		}
	}
	for _, c := range d.touched.ended {
		if err := d.checkEnded(c); err != nil {
			return err
		}
	}
	for _, l := range d.touched.leads {
		if err := d.checkLead(l); err != nil {
			return err
		}
	}
	for _, x := range d.touched.loaded {
		if err := d.checkLead(&lead{Lead: *x}); err != nil {
			return err
		}
	}
	for _, a := range d.touched.agents {
		if d.agents.byIface[agentKey{a.pbx, a.iface}] != a {
			continue // he has gone meanwhile
		}
		if err := d.checkAgent(a); err != nil {
			return err
		}
	}
	if err := d.checkLoans(); err != nil {
		return err
	}
	return d.checkLimits()
}

// CheckAll is Check for everything there is.
func (d *Dialer) CheckAll() error {
	for _, c := range d.calls.list {
		if err := d.checkCall(c); err != nil {
			return err
		}
	}
	for _, l := range d.leads.out {
		if err := d.checkLead(l); err != nil {
			return err
		}
	}
	if err := d.checkPool(); err != nil {
		return err
	}
	for _, a := range d.agents.list {
		if err := d.checkAgent(a); err != nil {
			return err
		}
	}
	if len(d.calls.byID) != len(d.calls.list) {
		return fmt.Errorf("%d calls by id, %d in the list", len(d.calls.byID), len(d.calls.list))
	}
	return d.checkLimits()
}

// checkPool: the pool holds together, and knows who is out.
func (d *Dialer) checkPool() error {
	if err := d.leads.pool.Check(); err != nil {
		return err
	}
	out := 0
	for _, name := range d.leads.pool.Buckets() {
		out += d.leads.pool.Count(name)[leadpool.Out]
	}
	if out != len(d.leads.out) {
		return fmt.Errorf("%d leads are worked, and the pool knows of %d", len(d.leads.out), out)
	}
	return nil
}

// checkCall: a call has one lead that knows it, holds its number, and is on disk before it goes out.
func (d *Dialer) checkCall(c *call) error {
	id := c.attempt.ID
	switch {
	case c.lead != nil && c.lead.call != c:
		return fmt.Errorf("call %d has lead %d, which is in another call", id, c.lead.ID)
	case c.phase != PhasePlanned && c.seq > d.committed:
		return fmt.Errorf("call %d is %s before its attempt is on disk", id, c.phase)
	case c.claimed != nil && c.claimed.claim != c:
		return fmt.Errorf("call %d counts on agent %q, who is not claimed for it", id, c.claimed.id)
	case c.claimed != nil && c.phase != PhaseQueued:
		return fmt.Errorf("call %d is %s and has agent %q claimed", id, c.phase, c.claimed.id)
	case c.rings < 0:
		return fmt.Errorf("call %d: %d members ring for it", id, c.rings)
	case c.phase >= PhaseAnswered && c.attempt.Answered.IsZero():
		return fmt.Errorf("call %d is %s and was never answered", id, c.phase)
	case c.phase == PhaseTalking && c.attempt.Connected.IsZero():
		return fmt.Errorf("call %d talks and was never connected", id)
	case c.evidence.ended && c.deadline == 0:
		return fmt.Errorf("call %d has ended and nothing will take note of it", id)
	case d.ticked && c.deadline != 0 && c.deadline <= d.now.Mono:
		return fmt.Errorf("call %d is %s past its deadline", id, c.phase)
	}
	if c.deadline == 0 && (c.phase == PhasePlanned || c.phase == PhaseDialing || c.phase == PhaseHeld) {
		return fmt.Errorf("call %d is %s and has no deadline", id, c.phase)
	}
	return nil
}

// checkEnded: a call ends with exactly one outcome and leaves nothing behind.
func (d *Dialer) checkEnded(c *call) error {
	id := c.attempt.ID
	if c.attempt.Outcome == Unsettled || c.attempt.Outcome > Lost {
		return fmt.Errorf("call %d has ended with outcome %q", id, c.attempt.Outcome)
	}
	if c.lead != nil && c.lead.call == c {
		return fmt.Errorf("call %d has ended and lead %d is still in it", id, c.lead.ID)
	}
	for _, a := range d.agents.list {
		if a.claim == c || a.talk == c || a.ringing == c {
			return fmt.Errorf("call %d has ended and agent %q is still with it", id, a.id)
		}
	}
	if s := d.numbers.states[c.attempt.Number]; s != nil && s.call == c {
		return fmt.Errorf("call %d has ended and holds number %s", id, c.attempt.Number)
	}
	return nil
}

// checkLead: a lead is in exactly one of a bucket, a hopper, a call, finished, held.
func (d *Dialer) checkLead(l *lead) error {
	x, known := d.leads.pool.Get(int64(l.ID))
	if !known {
		return fmt.Errorf("lead %d is in no pool", l.ID)
	}
	worked := d.leads.out[l.ID]
	if (worked != nil) != (x.Place == leadpool.Out) {
		return fmt.Errorf("lead %d is in place %d of the pool, and worked: %t", l.ID, x.Place, worked != nil)
	}
	if worked == nil {
		return nil
	}
	l = worked
	if l.place != nil && (l.index >= len(l.place.list) || l.place.list[l.index] != l) {
		return fmt.Errorf("lead %d does not lie where it says", l.ID)
	}
	if (l.place != nil) == (l.call != nil) {
		return fmt.Errorf("lead %d is %s, in a hopper: %t, in a call: %t", l.ID, l.State, l.place != nil, l.call != nil)
	}
	if l.hopper != nil && d.dnc.has(l.hopper.Name, l.Numbers[l.Use].Number) {
		return fmt.Errorf("lead %d is in the hopper of %q, and %s is on the DNC list", l.ID, l.hopper.Name, l.Numbers[l.Use].Number)
	}
	if (l.State == LeadDialing) != (l.call != nil) || (l.State == LeadReady) != (l.hopper != nil) {
		return fmt.Errorf("lead %d is %s, in call: %t, in a hopper: %t", l.ID, l.State, l.call != nil, l.hopper != nil)
	}
	return nil
}

// checkAgent: who is claimed is claimed by one call that knows it; nobody is on his way, or kept free, for longer than he may be.
func (d *Dialer) checkAgent(a *agent) error {
	switch {
	case a.claim != nil && (a.claim.claimed != a || d.calls.byID[a.claim.attempt.ID] != a.claim):
		return fmt.Errorf("agent %q is claimed by call %d, which does not know it", a.id, a.claim.attempt.ID)
	case a.talk != nil && d.calls.byID[a.talk.attempt.ID] != a.talk:
		return fmt.Errorf("agent %q talks to call %d, which is over", a.id, a.talk.attempt.ID)
	case a.person == nil || a.person.ID != a.id:
		return fmt.Errorf("agent %q is nobody", a.id)
	case d.ticked && a.awaiting != awaitNone && a.until <= d.now.Mono:
		return fmt.Errorf("agent %q is on his way in or out past his deadline", a.id)
	case d.ticked && a.reserved != nil && a.reserved.until <= d.now.Mono:
		return fmt.Errorf("agent %q is kept free for lead %d past the deadline", a.id, a.reserved.lead)
	case d.ticked && a.awaiting == awaitPausing && !a.bound():
		return fmt.Errorf("agent %q leaves, and nobody wants it", a.id)
	}
	return d.checkReady(a)
}

// checkReady: who is ready has his own penalty and no pause of ours; what he still has of it is being given back.
func (d *Dialer) checkReady(a *agent) error {
	if !d.ticked || !a.idle(d.now.Mono) || !d.links.get(a.pbx).up {
		return nil
	}
	for _, m := range a.members {
		for _, f := range []LoanField{LoanPause, LoanPenalty} {
			if l := m.loans[f]; l != nil && l.ours && l.stage != loanBack && l.seq <= d.committed {
				return fmt.Errorf("agent %q is ready, and his %s in queue %q is ours and not given back", a.id, f, m.Queue)
			}
		}
	}
	return nil
}

// checkLoans: what was set in Asterisk was on disk before, and nothing is kept that is not wanted.
func (d *Dialer) checkLoans() error {
	for _, l := range d.loans.list {
		switch {
		case l.over, l.member != d.agents.members[l.key()], l.member != nil && l.member.loans[l.Field] != l:
			return fmt.Errorf("%s of %s in queue %q and its member do not know each other", l.Field, l.Interface, l.Queue)
		case l.stage == loanSent && l.seq > d.committed && !(l.Field == LoanPause && personal(l.Reason)):
			return fmt.Errorf("%s of %s in queue %q is set before it is on disk", l.Field, l.Interface, l.Queue)
		case d.ticked && l.ours && l.seq <= d.committed && !d.wanted(l) && d.links.get(l.PBX).up && d.links.get(l.PBX).lagging <= lagMax && d.now.Mono-l.said > sayAgain:
			return fmt.Errorf("%s of %s in queue %q is ours, not wanted, and not given back", l.Field, l.Interface, l.Queue)
		}
	}
	return nil
}

func (d *Dialer) wanted(l *loan) bool {
	m := l.member
	switch {
	case m == nil:
		return false
	case l.Field == LoanPenalty:
		return d.wantsPenalty(m)
	}
	return d.pauseFor(m.agent) != "" || d.behind(m)
}

// checkLimits: the calls of trunks and campaigns are counted right.
func (d *Dialer) checkLimits() error {
	for name, t := range d.trunks {
		if t.calls < 0 || t.calls > len(d.calls.list) {
			return fmt.Errorf("trunk %q counts %d calls of %d", name, t.calls, len(d.calls.list))
		}
		if x := t.breaker.trial; x != nil && (!t.breaker.shut || d.calls.byID[x.attempt.ID] != x) {
			return fmt.Errorf("trunk %q is tried by call %d, and is open or the call over", name, x.attempt.ID)
		}
	}
	for _, c := range d.campaigns {
		if c.calls < 0 || c.calls > len(d.calls.list) {
			return fmt.Errorf("campaign %q counts %d calls of %d", c.Name, c.calls, len(d.calls.list))
		}
	}
	return nil
}

// Touched is the leads that the last Step or Tick had its hands on, those first that it has changed at rest, as
// they were before; the others are as they are now. Who records a day needs no other leads to play it again.
func (d *Dialer) Touched() []Lead {
	leads := append(make([]Lead, 0, len(d.touched.before)+len(d.touched.leads)), d.touched.before...)
	for _, l := range d.touched.leads {
		leads = append(leads, l.Lead)
	}
	for _, x := range d.touched.loaded {
		leads = append(leads, *x)
	}
	return leads
}
