package dialer

import (
	"slices"
	"time"
)

// What the referee judges of each step.

// judgeTaken: what we set was on disk before. A person is not kept from his pause by a slow disk.
func (k *walk) judgeTaken(key loanKey, reason string) {
	row, lent := k.rows[key]
	slow := k.stalled || k.unheard
	switch {
	case key.field == LoanPause && (!lent || row.Reason != reason): // a pause by others is given back
	case key.field == LoanPause && personal(reason) && slow:
	case k.rowSeq[key] > k.onDisk():
		k.fail("early", "%s of %s in queue %s is set, and its row is not on disk", key.field, key.iface, key.queue)
	}
}

// judgePause: a pause by others is neither covered nor lifted, as far as one can know.
func (k *walk) judgePause(m *walkMember, e SetPause, ours string, knows bool) {
	none := slices.Contains(m.foreign, "")
	switch {
	case e.Paused && slices.Contains(m.foreign, e.Reason): // theirs, given back
	case e.Paused && e.Reason != ours && (!knows || none && slices.Contains(theirReasons, e.Reason)): // theirs from before, given back
		m.foreign = either(m.foreign, "", e.Reason)
	case !knows:
		if m.foreign = either(m.foreign, ""); e.Paused && slices.Contains(m.past, e.Reason) { // theirs, which is called as ours is
			m.foreign = either(m.foreign, e.Reason)
		}
	case !e.Paused && m.lift:
		m.lifted, m.lift = m.reason, false
		if m.foreign = either(m.foreign, ""); !m.unheard {
			m.foreign = []string{""}
		}
	case !none && e.Paused:
		k.fail("overwritten", "the pause %v of %s in queue %s is not ours, and was covered by %q", m.foreign, m.iface, m.queue, e.Reason)
	case !none:
		k.fail("lifted", "the pause %v of %s in queue %s is not ours, and was lifted", m.foreign, m.iface, m.queue)
	}
}

// judgePenalty: what is set is his own, or ours on top of his own.
func (k *walk) judgePenalty(m *walkMember, penalty int, row Loan, knows bool) {
	switch {
	case penalty != row.Ours && penalty != row.Before || row.Ours == 0:
		k.fail("penalty", "the penalty of %s in queue %s is set to %d, and the rows know nothing of it: %+v", m.iface, m.queue, penalty, row)
	case slices.Contains(m.base, row.Before):
	case knows:
		k.fail("penalty", "the penalty of %s in queue %s is set to %d; his own is %v, not %d", m.iface, m.queue, penalty, m.base, row.Before)
	default:
		m.base = append(m.base, row.Before)
	}
}

// judgeAdded: who logs in has the penalty of the file.
func (k *walk) judgeAdded(m *walkMember, penalty int) {
	if penalty > 5 {
		k.fail("penalty", "%s is added to queue %s with penalty %d", m.iface, m.queue, penalty)
	}
}

// judgeQuiet: after a quiet time everybody has what he wants, and nothing of ours is left.
func (k *walk) judgeQuiet() {
	for _, a := range k.d.agents.list {
		p := k.person(a.id)
		why := ""
		for _, own := range p.own {
			for _, sup := range p.sup {
				want := own
				if sup != "" {
					want = sup
				}
				if why = k.wrong(a, want); why == "" {
					break
				}
			}
			if why == "" {
				break
			}
		}
		if why != "" {
			k.fail("stuck", "after a quiet time %s, %s: %s. He wants %q, his supervisor wants %q", a.id, a.iface, why, p.own, p.sup)
		}
		k.judgeReply(a, p)
	}
	for _, m := range k.members {
		if m.in && k.d.agents.members[memberKey{scenarioPBX, m.queue, m.iface}] == nil {
			k.fail("unknown", "%s is a member of queue %s, and the Dialer does not know", m.iface, m.queue)
		}
	}
	k.judgeLogins()
}

// judgeReply: the answer says how he stands.
func (k *walk) judgeReply(a *agent, p *walkPerson) {
	free, out := true, true
	for _, m := range k.members {
		if m.in && m.iface == a.iface {
			free, out = free && !m.paused, out && m.paused
		}
	}
	switch r := k.d.reply(a.person); {
	case free && p.login != loggedOut && r.Code != CodeWorking && r.Code != CodeCallback && len(k.d.seats(a.person)) == 1:
		k.fail("answer", "%s is in his queues, and is told %s", a.id, r.Code)
	case out && r.Code != CodePaused && len(k.d.seats(a.person)) == 1:
		k.fail("answer", "%s is paused in all his queues, and is told %s", a.id, r.Code)
	}
}

// judgeLogins: who has logged in is a member of his queues, and who has logged out of none.
func (k *walk) judgeLogins() {
	for _, f := range k.config.Agents {
		p := k.truth[f.ID]
		if p == nil {
			continue
		}
		for _, m := range k.members {
			if m.iface != f.Interface || m.static {
				continue
			}
			switch {
			case p.login == loggedIn && !m.in && slices.Contains(f.Queues, m.queue):
				k.fail("login", "%s has logged in, and is not in queue %s", f.ID, m.queue)
			case p.login == loggedOut && m.in:
				k.fail("login", "%s has logged out, and is in queue %s", f.ID, m.queue)
			}
		}
	}
}

// judgeBooks: after a long quiet time the books hold nothing but pauses that are wanted.
func (k *walk) judgeBooks() {
	if err := k.d.CheckAll(); err != nil {
		k.fail("check", "%s", err)
	}
	for _, l := range k.d.loans.list {
		if l.Field == LoanPenalty || l.member == nil || l.foreign == "" && (!personal(l.Reason) || k.d.pauseFor(l.member.agent) != l.Reason) {
			k.fail("books", "%s of %s in queue %s is in the books still: %+v", l.Field, l.Interface, l.Queue, l.Loan)
		}
	}
}

// walkLeave is an operator who leaves: the calls that count on him, and when he may go whatever becomes of them.
type walkLeave struct {
	calls map[CallID]bool
	until time.Duration
	idle  int // how many Ticks none of them was left
}

// judgeStep: who leaves goes no earlier than he may, and no later; nobody is claimed who is paused, and nobody on
// his way out or in while somebody else is free.
func (k *walk) judgeStep() {
	for _, a := range k.d.agents.list {
		k.judgeLeaving(a)
	}
	k.judgeClaims()
}

func (k *walk) judgeLeaving(a *agent) {
	leave := k.leaving[a]
	if a.awaiting != awaitPausing {
		if leave == nil {
			return
		}
		delete(k.leaving, a)
		if a.bound() && len(a.members) > 0 && k.now.Mono < leave.until && !a.out() && !k.mayGo(a, leave) {
			k.fail("too early", "%s is not pausing any more, %s before he has to, and %d calls count on him", a.id, leave.until-k.now.Mono, len(k.counting(a, leave)))
		}
		return
	}
	if leave == nil {
		leave = &walkLeave{calls: map[CallID]bool{}, until: k.now.Mono}
		for _, c := range k.d.calls.list {
			if c.phase >= PhaseDialing && k.word != "member" {
				leave.calls[c.attempt.ID] = true
			}
		}
		for _, c := range k.config.Campaigns {
			if a.serves(c.Queue) {
				leave.until = max(leave.until, k.now.Mono+c.Pacing.RingTimeout.Span()+c.Answer.AgentWithin.Span())
			}
		}
		k.leaving[a] = leave
	}
	switch {
	case !k.d.ticked:
	case k.now.Mono >= leave.until:
		k.fail("too late", "%s is pausing past his deadline", a.id)
	case len(k.counting(a, leave)) > 0:
		leave.idle = 0
	default: // what others have changed in this very Tick counts in the next
		if leave.idle++; leave.idle > 1 {
			k.fail("too late", "%s is pausing, and no call counts on him", a.id)
		}
	}
}

// counting is the calls that an operator who leaves is needed for.
func (k *walk) counting(a *agent, leave *walkLeave) (calls []*call) {
	for _, c := range k.unsettled(a, leave) {
		if a.serves(c.attempt.Queue) {
			calls = append(calls, c)
		}
	}
	return calls
}

// unsettled is the calls of all queues that had been sent before he wanted to leave, or count on him, and are nobody's.
func (k *walk) unsettled(a *agent, leave *walkLeave) (calls []*call) {
	for _, c := range k.d.calls.list {
		b := c.claimed
		nobodys := b == nil || b.awaiting == awaitNone && b.bound() || !b.serves(c.attempt.Queue) // who has left may be rung still
		if (nobodys && leave.calls[c.attempt.ID] || b == a) && c.phase <= PhaseQueued && !c.machine && !c.abandoned {
			calls = append(calls, c)
		}
	}
	return calls
}

// mayGo tells whether as many of the calls can have an operator without him, and without whoever goes with him, as with
// him.
func (k *walk) mayGo(a *agent, leave *walkLeave) bool {
	calls := k.unsettled(a, leave)
	m := walkMatching{taken: map[*agent]*call{}, may: func(b *agent, c *call) bool {
		other := k.leaving[b]
		return b.serves(c.attempt.Queue) && (b == a || other == nil || other.calls[c.attempt.ID])
	}}
	for _, b := range k.d.agents.list {
		if b != a && (k.ready(b) || b.awaiting == awaitPausing && k.free(b) || k.justClaimed(b)) {
			m.agents = append(m.agents, b)
		}
	}
	var without []*call
	for _, c := range calls {
		if !m.give(c, map[*agent]bool{}) {
			without = append(without, c)
		}
	}
	m.agents = append(m.agents, a)
	return !slices.ContainsFunc(without, func(c *call) bool { return m.give(c, map[*agent]bool{}) })
}

// justClaimed tells whether an operator was free until this very step.
func (k *walk) justClaimed(b *agent) bool {
	return b.claim != nil && k.claims[b.claim.attempt.ID] != b && b.talk == nil && b.ringing == nil
}

// walkMatching gives calls operators one by one, and whoever has one another where that helps.
type walkMatching struct {
	agents []*agent
	taken  map[*agent]*call
	may    func(*agent, *call) bool
}

func (m *walkMatching) give(c *call, asked map[*agent]bool) bool {
	for _, a := range m.agents {
		if asked[a] || !m.may(a, c) {
			continue
		}
		asked[a] = true
		if other := m.taken[a]; other == nil || m.give(other, asked) {
			m.taken[a] = c
			return true
		}
	}
	return false
}

// ready tells whether an operator could take a call and stays.
func (k *walk) ready(a *agent) bool {
	p := a.person
	return a.awaiting == awaitNone && p.Own.Reason == "" && p.Supervisor.Reason == "" && !p.Leaving && a.reserved == nil && k.free(a)
}

func (k *walk) free(a *agent) bool {
	busy := a.claim != nil || a.talk != nil || a.ringing != nil || k.now.Mono < a.wrapup
	return !busy && !slices.ContainsFunc(a.members, func(m *member) bool { return m.Status != DeviceNotInUse && m.Status != DeviceUnknown })
}

func (k *walk) judgeClaims() {
	for _, c := range k.d.calls.list {
		a := c.claimed
		if a == nil || k.claims[c.attempt.ID] == a || a.ringing == c { // Asterisk's own choice is followed
			continue
		}
		if !a.serves(c.attempt.Queue) {
			k.fail("claim", "call %d counts on %s, who is paused in queue %s", c.attempt.ID, a.id, c.attempt.Queue)
		}
		for b := range k.idle {
			if a.awaiting != awaitNone && b != a && k.ready(b) && len(b.members) > 0 && b.serves(c.attempt.Queue) {
				k.fail("claim", "call %d counts on %s, who is on his way in or out, and %s is free", c.attempt.ID, a.id, b.id)
			}
		}
	}
	clear(k.claims)
	for _, c := range k.d.calls.list {
		if c.claimed != nil {
			k.claims[c.attempt.ID] = c.claimed
		}
	}
	clear(k.idle)
	for _, a := range k.d.agents.list {
		if k.ready(a) {
			k.idle[a] = true
		}
	}
}
