package dialer

import (
	"slices"
	"sort"
	"strings"
	"time"
)

// agent is an operator: one person behind one device, who may be a member of several queues.
//
// He is ready when Asterisk would ring him, he wants to stay and nobody counts on him yet: a device not in use,
// no pause, out of wrap-up, no claim, no talk, nothing ringing.
type agent struct {
	id      string
	person  *person       // who he is, whatever his telephone
	since   time.Duration // Mono from which he is
	pbx     string
	iface   string
	members []*member // by queue
	served  string    // the queues of those that are not paused
	claim   *call     // answered, and sent to the queue for him
	talk    *call
	ringing *call
	missed  time.Duration // Mono until which Asterisk may pause him for a call that he did not answer (autopause)
	wrapup  time.Duration // Mono at which his wrap-up is over
	byPause bool          // his wrap-up is kept by a pause of ours

	awaiting awaiting
	asked    int64         // pausing: the last call that was sent before he wanted to leave
	until    time.Duration // Mono at which awaiting is over
	reserved *reservation
	outSince time.Time     // wall clock; since when no queue rings him, as far as is known
	departed time.Duration // Mono at which he last wanted to leave
	removed  time.Duration // Mono at which Asterisk was last told to take him out
	removals int           // how often it was
}

// member is the agent in one queue, as Asterisk shows him.
type member struct {
	Member
	agent *agent
	loans [2]*loan // what of it is lent, by LoanField

	pausedAt time.Duration // Mono at which it was last seen to be paused
	quit     int           // how often Asterisk is still to be told to take him out of the queue
	quitAt   time.Duration // Mono at which it was last told
	lifting  string        // reason of somebody else's pause that we have told Asterisk to lift
}

// reasonShown is why Asterisk shows him paused; empty when it does not.
func (m *member) reasonShown() string {
	switch {
	case !m.Paused:
		return ""
	case m.Reason == "":
		return "paused" // Asterisk takes a pause without a reason
	}
	return m.Reason
}

func (m *member) key() memberKey { return memberKey{m.agent.pbx, m.Queue, m.agent.iface} }

type memberKey struct{ pbx, queue, iface string }

// agentBook is the operators that the PBXs show.
type agentBook struct {
	list    []*agent // by PBX and interface
	byIface map[agentKey]*agent
	members map[memberKey]*member
}

type agentKey struct{ pbx, iface string }

func newAgentBook() agentBook {
	return agentBook{byIface: map[agentKey]*agent{}, members: map[memberKey]*member{}}
}

// set takes the whole state of a member; it returns the agent.
func (b *agentBook) set(pbx string, m Member, now Now) *agent {
	a := b.byIface[agentKey{pbx, m.Interface}]
	if a == nil {
		a = &agent{pbx: pbx, iface: m.Interface}
		b.byIface[agentKey{pbx, m.Interface}] = a
		at, _ := sort.Find(len(b.list), func(i int) int { return compareAgents(a, b.list[i]) })
		b.list = slices.Insert(b.list, at, a)
	}
	key := memberKey{pbx, m.Queue, m.Interface}
	known := b.members[key]
	if known == nil {
		known = &member{agent: a}
		b.members[key] = known
		at, _ := sort.Find(len(a.members), func(i int) int {
			if m.Queue < a.members[i].Queue {
				return -1
			}
			return 1
		})
		a.members = slices.Insert(a.members, at, known)
	}
	in := !a.out()
	if m.Paused && !known.Paused {
		known.pausedAt = now.Mono
	}
	known.Member = m
	a.serving()
	if in && a.out() {
		a.outSince = now.Wall.UTC()
	}
	return a
}

// serving notes the queues in which he would be rung, as one word.
func (a *agent) serving() {
	var b strings.Builder
	for _, m := range a.members {
		if !m.Paused {
			b.WriteString(m.Queue)
			b.WriteByte(' ')
		}
	}
	if b.String() != a.served {
		a.served = b.String()
	}
}

func compareAgents(a, b *agent) int {
	switch {
	case a.pbx != b.pbx && a.pbx < b.pbx, a.pbx == b.pbx && a.iface < b.iface:
		return -1
	case a.pbx == b.pbx && a.iface == b.iface:
		return 0
	}
	return 1
}

// remove forgets a member, and the agent with his last one; a talk of his is remembered by its call.
func (b *agentBook) remove(key memberKey, now Now) {
	m := b.members[key]
	if m == nil {
		return
	}
	delete(b.members, key)
	a := m.agent
	in := !a.out()
	a.members = slices.DeleteFunc(a.members, func(x *member) bool { return x == m })
	if len(a.members) > 0 {
		a.serving()
		if in && a.out() {
			a.outSince = now.Wall.UTC()
		}
		return
	}
	a.drop()
	delete(b.byIface, agentKey{a.pbx, a.iface})
	b.list = slices.DeleteFunc(b.list, func(x *agent) bool { return x == a })
}

// drop lets go of the calls that count on him.
func (a *agent) drop() {
	if a.claim != nil {
		a.claim.claimed = nil
		a.claim = nil
	}
	if a.ringing != nil {
		a.ringing.rings--
		a.ringing = nil
	}
	a.talk = nil
}

func (b *agentBook) find(pbx, iface string) *agent { return b.byIface[agentKey{pbx, iface}] }

// serves tells whether he is a member of the queue who would be rung.
func (a *agent) serves(queue string) bool {
	for _, m := range a.members {
		if m.Queue == queue {
			return !m.Paused
		}
	}
	return false
}

// idle tells whether he could take a call now, in the queues where he is not paused, and will be there for others.
func (a *agent) idle(mono time.Duration) bool {
	return a.awaiting == awaitNone && !a.bound() && a.free(mono)
}

// lastResort tells whether he could take a call now on his way out of his queues, or into them.
func (a *agent) lastResort(mono time.Duration) bool {
	return a.awaiting != awaitNone && a.free(mono)
}

// free tells whether nothing keeps him from a call.
func (a *agent) free(mono time.Duration) bool {
	if a.claim != nil || a.talk != nil || a.ringing != nil || mono < a.wrapup {
		return false
	}
	for _, m := range a.members {
		if m.Status != DeviceNotInUse && m.Status != DeviceUnknown {
			return false
		}
	}
	return true
}

// memberRemoved forgets a member. A call that counted on him counts on another.
func (d *Dialer) memberRemoved(key memberKey) {
	m := d.agents.members[key]
	if m == nil {
		return
	}
	a, c := m.agent, m.agent.claim
	d.agents.remove(key, d.now)
	d.forgetMember(m)
	if len(a.members) == 0 {
		d.removed(a)
	}
	if c != nil && (c.claimed == nil || !c.claimed.serves(c.attempt.Queue)) {
		d.touched.call(c)
		d.unclaim(c) // serveHeld finds another when all is known that this step brings
	}
}

// removed is an operator who is a member of no queue any more. Whoever took him out: he has left. When Asterisk
// was restarted, nobody did.
func (d *Dialer) removed(a *agent) {
	if a.reserved != nil {
		d.notice(Info, "operator %q is not kept free for lead %d any more: he is in no queue", a.id, a.reserved.lead)
	}
	a.awaiting, a.reserved = awaitNone, nil
	if len(d.seats(a.person)) == 0 && len(a.person.adding) == 0 && !d.links.get(a.pbx).wiped {
		d.loggedOut(a.person)
	}
}

func (d *Dialer) memberChanged(pbx string, m Member) {
	was := d.agents.members[memberKey{pbx, m.Queue, m.Interface}]
	lifted := was != nil && was.Paused && !m.Paused
	byUs := lifted && was.lifting != ""
	if lifted && (byUs || d.links.get(pbx).wiped) { // by us, or by nobody
		lifted, was.lifting = false, ""
	}
	if lifted && d.now.Mono-was.pausedAt < lasting+d.links.get(pbx).lagging { // an event may be older than a list
		lifted = false
	}
	a := d.agents.set(pbx, m, d.now)
	d.touched.agent(a)
	d.heedLoans(d.agents.members[memberKey{pbx, m.Queue, m.Interface}])
	if l := d.agents.members[memberKey{pbx, m.Queue, m.Interface}].loans[LoanPause]; byUs && l != nil && l.stage > loanTaken {
		d.letBack(l) // it went with the one that we have lifted
	}
	if a.person == nil {
		d.identify(a)
		d.resumeWrapup(a)
	}
	if was == nil || d.links.get(pbx).wiped {
		d.remembered(d.agents.members[memberKey{pbx, m.Queue, m.Interface}])
	}
	if was == nil {
		delete(a.person.adding, m.Queue)
		d.entered(a.person)
		d.welcome(a)
	}
	if lifted && was.loans[LoanPause] == nil && d.now.Mono-a.since >= lasting {
		d.foreignWork(a.person)
	}
	d.reclaim(a)
}

// welcome has an operator leave whom somebody wants out and who was there when the link came up: any call may count on
// him. On one who has just come none does, and he is paused at once.
func (d *Dialer) welcome(a *agent) {
	switch {
	case !d.links.get(a.pbx).syncing || !a.bound():
	case a.awaiting == awaitPausing && a.departed == d.now.Mono: // he is in more queues than the list has said so far
		a.until = max(a.until, d.now.Mono+d.longestWait(a))
	case a.awaiting == awaitNone:
		d.depart(a)
	}
}

// gone tells whether his telephone cannot be reached.
func (a *agent) gone() bool {
	for _, m := range a.members {
		if m.Status == DeviceInvalid || m.Status == DeviceUnavailable {
			return true
		}
	}
	return false
}

func (d *Dialer) agentRinging(e AgentRinging) {
	a := d.agents.find(e.PBX, e.Interface)
	if a == nil {
		return
	}
	d.touched.agent(a)
	d.withCall(e.Call, func(c *call) {
		if !d.joined(c) {
			return
		}
		if a.ringing != nil {
			a.ringing.rings--
		}
		a.ringing = c
		c.rings++
		d.moveClaim(c, a)
	})
}

// autopauses is how long after somebody has not answered Asterisk may still say that it has paused him: it says so in its
// next event, which may be read after a Tick.
const autopauses = 100 * time.Millisecond

func (d *Dialer) agentNoAnswer(e AgentNoAnswer) {
	if a := d.agents.find(e.PBX, e.Interface); a != nil {
		d.touched.agent(a)
		a.stopRinging()
		a.missed = d.now.Mono + autopauses
		d.reclaim(a)
	}
}

// stopRings notes that nobody's telephone rings for the call any more.
func (d *Dialer) stopRings(c *call) {
	for _, a := range d.agents.list {
		if a.ringing == c {
			a.stopRinging()
			d.touched.agent(a)
		}
	}
}

// freeAgents lets go of everybody who rings or talks for a call that is over. Its Hangup may come
// before app_queue's word that the talk is complete.
func (d *Dialer) freeAgents(c *call) {
	d.stopRings(c)
	for _, a := range d.agents.list {
		if a.talk == c {
			d.endTalk(a, c.attempt.Queue)
		}
	}
}

func (a *agent) stopRinging() {
	if a.ringing != nil {
		a.ringing.rings--
		a.ringing = nil
	}
}

// connected begins a talk. Asterisk may have chosen another operator than the one we counted on: a
// call that counted on the chosen one gets ours.
func (d *Dialer) connected(e CallConnected) {
	a := d.agents.find(e.PBX, e.Interface)
	c := d.sent(e.Call)
	if c != nil && !d.answered(c) {
		c = nil
	}
	if c != nil {
		ours := c.claimed
		d.unclaim(c)
		c.phase, c.deadline, c.abandoned = PhaseTalking, 0, false
		d.stopRings(c)
		if c.attempt.Connected.IsZero() {
			c.attempt.Connected = d.now.Wall.UTC()
		}
		c.attempt.Agent = e.Interface
		if a != nil {
			c.attempt.Agent = a.id
			d.swapClaim(a, ours)
		}
	}
	if a != nil {
		d.touched.agent(a)
		a.stopRinging()
		a.talk = c
		if c != nil {
			e.Queue = c.attempt.Queue
		}
		d.lendWrapup(a, e.Queue)
	}
}

func (d *Dialer) completed(e CallCompleted) {
	a := d.agents.find(e.PBX, e.Interface)
	if a == nil {
		for _, x := range d.agents.list {
			if e.Call != 0 && x.talk != nil && x.talk.attempt.ID == e.Call {
				a = x
			}
		}
	}
	if a == nil || a.talk != nil && e.Call != 0 && a.talk.attempt.ID != e.Call {
		return // late: he is in his next talk already
	}
	d.endTalk(a, e.Queue)
}

// endTalk begins an operator's wrap-up, as long as the queue of the talk gives.
func (d *Dialer) endTalk(a *agent, queue string) {
	d.touched.agent(a)
	a.talk = nil
	a.wrapup = d.now.Mono
	if q := d.queues[queue]; q != nil {
		a.wrapup += q.Wrapup.Span()
	}
}
