package pbx

import (
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// queue is a queue of app_queue with strategy rrmemory, autofill=yes, ringinuse=no, retry=1,
// joinempty=yes.
type queue struct {
	Queue
	members []*member // in the order in which they were added
	waiting []*entry
	next    int // where rrmemory goes on
	saved   []saved
}

// entry is a caller in a queue.
type entry struct {
	queue     *queue
	channel   *channel
	original  int // position when he came
	joined    time.Duration
	expires   time.Duration
	withdrawn bool
	ringing   *member
	rang      time.Duration
	turn      int // grows with each thing that happens to him: an older timer is void
}

// recheck is how often a caller looks for a free member: nobody wakes him up.
const recheck = time.Second

func (w *World) queue(name string) *queue {
	for _, q := range w.queues {
		if q.Name == name {
			return q
		}
	}
	return nil
}

// join puts a caller at the end of a queue, or before those of a lower priority.
func (w *World) join(c *channel, q *queue, wait time.Duration) {
	c.enter(stageQueue)
	e := &entry{queue: q, channel: c, joined: w.now, expires: w.now + wait}
	at := len(q.waiting)
	for at > 0 && q.waiting[at-1].channel.variables.priority < c.variables.priority {
		at--
	}
	q.waiting = slices.Insert(q.waiting, at, e)
	e.original = at + 1
	c.entry = e
	c.fate.Queued = w.now
	w.say(topicQueue, CallerJoin{c.party(), q.Name, at + 1, len(q.waiting)})
	w.look(e, w.between(500*time.Microsecond, 2*time.Millisecond))
}

// look has a caller look for a member after a while.
func (w *World) look(e *entry, d time.Duration) {
	e.turn++
	turn := e.turn
	w.after(d, func() {
		if e.turn == turn {
			w.try(e)
		}
	})
}

// try is one round of a waiting caller: he gives up, or rings a member when it is his turn.
func (w *World) try(e *entry) {
	c := e.channel
	switch {
	case e.withdrawn:
		w.leaveQueue(c, false)
		w.message(c)
		return
	case w.now >= e.expires:
		c.fate.Expired = w.now
		w.leaveQueue(c, true)
		w.message(c)
		return
	}
	if m := w.choose(e); m != nil {
		w.ring(e, m)
		return
	}
	w.look(e, min(recheck, e.expires-w.now))
}

// choose is the member to ring: when there are more free members than callers before this one who
// ring nobody yet, the one with the least metric.
func (w *World) choose(e *entry) (best *member) {
	q := e.queue
	free := 0
	var least int32
	weight := int32(1_000_000)
	if len(q.members) <= q.PenaltyMembersLimit {
		weight = 0
	}
	for i, m := range q.members {
		if !w.available(m) {
			continue
		}
		free++
		// Asterisk's own arithmetic, overflow included.
		metric := int32(m.penalty)*weight + int32((i-q.next+len(q.members))%len(q.members))
		if best == nil || metric < least {
			best, least = m, metric
		}
	}
	before := 0
	for _, x := range q.waiting {
		if x == e {
			break
		}
		if x.ringing == nil {
			before++
		}
	}
	if before >= free {
		return nil
	}
	return best
}

// free is the interfaces of those in a queue whom app_queue could ring, one left out.
func (w *World) free(q *queue, but *member) (free []string) {
	for _, m := range q.members {
		if m != but && w.available(m) {
			free = append(free, m.operator.Interface)
		}
	}
	return free
}

// available tells whether app_queue would ring a member.
func (w *World) available(m *member) bool {
	o := m.operator
	if m.paused || o.device != dialer.DeviceNotInUse && o.device != dialer.DeviceUnknown {
		return false
	}
	// Wrap-up is counted in whole seconds, from the queue of the last call.
	return o.lastCall == 0 || w.now.Truncate(time.Second)-o.lastCall.Truncate(time.Second) >= o.wrapup
}

// ring has a member's telephone ring for a caller.
func (w *World) ring(e *entry, m *member) {
	q, c, o := e.queue, e.channel, m.operator
	q.next = (slices.Index(q.members, m) + 1) % len(q.members)
	e.ringing, e.rang = m, w.now
	e.turn++
	turn := e.turn
	w.say(topicQueue, AgentCalled{c.party(), w.record(m), w.free(q, m)})
	w.setDevice(o, dialer.DeviceRinging)
	until := min(q.Ring, max(e.expires-w.now, 0))
	pick := w.pickUp(o)
	w.after(min(pick, until), func() {
		switch {
		case e.turn != turn:
		case pick <= until:
			w.connect(e)
		default:
			w.missed(e)
		}
	})
}

// missed is a member who did not take the call; the caller tries again a second later.
func (w *World) missed(e *entry) {
	m := e.ringing
	w.stopRing(e)
	if e.queue.Autopause && m.listed {
		w.pause(m, true, "Auto-Pause")
		w.comeBack(m.operator)
	}
	w.look(e, min(recheck, max(e.expires-w.now, 0)))
}

// stopRing ends the ringing for a caller, without a talk.
func (w *World) stopRing(e *entry) {
	m := e.ringing
	e.ringing = nil
	e.channel.fate.Rang = w.now
	w.say(topicQueue, AgentRingNoAnswer{e.channel.party(), w.record(m), w.now - e.rang})
	w.setDevice(m.operator, dialer.DeviceNotInUse)
}

// leaveQueue takes a caller out of the queue he may be in.
func (w *World) leaveQueue(c *channel, abandoned bool) {
	e := c.entry
	if e == nil {
		return
	}
	e.turn++
	if e.ringing != nil {
		w.stopRing(e)
	}
	at := w.unlist(e)
	if abandoned {
		w.say(topicQueue, CallerAbandon{c.party(), e.queue.Name, at, e.original, w.now - e.joined})
	}
	w.say(topicQueue, CallerLeave{c.party(), e.queue.Name, at, len(e.queue.waiting)})
}

// unlist forgets an entry and gives the position it had.
func (w *World) unlist(e *entry) int {
	at := slices.Index(e.queue.waiting, e)
	e.queue.waiting = slices.Delete(e.queue.waiting, at, at+1)
	e.channel.entry = nil
	return at + 1
}

// talk is a caller with a member.
type talk struct {
	member *member
	began  time.Duration
	hold   time.Duration
}

// connect begins the talk.
func (w *World) connect(e *entry) {
	c, m := e.channel, e.ringing
	e.turn++
	e.ringing = nil
	at := w.unlist(e)
	c.enter(stageTalk)
	c.talk = &talk{m, w.now, w.now - e.joined}
	m.operator.talk = c
	c.fate.Bridged, c.fate.Interface = w.now, m.operator.Interface
	w.setDevice(m.operator, dialer.DeviceInUse)
	w.say(topicQueue, CallerLeave{c.party(), e.queue.Name, at, len(e.queue.waiting)})
	w.say(topicQueue, AgentConnect{c.party(), w.record(m), c.talk.hold, w.now - e.rang})
	length, byAgent := c.length()
	w.timer(c, length, func() {
		w.endTalk(c, byAgent)
		w.hangup(c)
	})
}

// endTalk ends the talk that a channel may be in: the operator is free, after his wrap-up.
func (w *World) endTalk(c *channel, byAgent bool) {
	t := c.talk
	if t == nil {
		return
	}
	c.talk = nil
	o := t.member.operator
	c.fate.Talked = w.now
	o.talk, o.lastCall, o.wrapup = nil, w.now, t.member.queue.Wrapup
	o.talked += w.now - t.began
	t.member.calls++
	party := c.party()
	if w.rand.IntN(40) == 0 {
		party = Party{} // the caller's leg was gone already
	}
	w.say(topicQueue, AgentComplete{party, w.record(t.member), t.hold, w.now - t.began, byAgent})
	w.setDevice(o, dialer.DeviceNotInUse)
}

// scheduleStranger has somebody call the queue by himself from time to time.
func (w *World) scheduleStranger(q *queue) {
	d, ever := w.every(w.config.Strangers)
	if !ever {
		return
	}
	w.agenda.Add(w.now+d, func() {
		w.scheduleStranger(q)
		if w.down {
			return
		}
		t := &trunk{Trunk: Trunk{Name: "in"}}
		c := w.channel(0, phone.Number(74990000000+uint64(w.made)), t, &Fate{Answered: w.now})
		w.after(c.customer.patience, func() { w.loseHeart(c) })
		w.join(c, q, time.Minute)
	})
}
