package sim

import (
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// ask puts a question about an operator to the daemon; again: until it is answered, or he does something else.
func (x *crew) ask(k *desk, q dialer.Question, again bool) {
	if x.sim.quiet {
		return
	}
	q.Agent = []string{k.id, k.Interface}[x.rand.IntN(2)]
	q.Stored = x.rand.IntN(2) == 0
	r := &request{desk: k, question: q, turn: k.turn, again: again}
	d := x.sim.daemon
	if d.core == nil || x.sim.link.parted {
		x.unheard(r)
		return
	}
	if x.spoilQuestion(k, q) {
		return
	}
	x.asks++
	id := firstStaff + x.asks
	x.pending[id] = r
	life := d.life
	x.sim.after(x.between(200*time.Microsecond, 2*time.Millisecond), func() {
		if d.life == life {
			d.put(dialer.Asked{Ask: id, Question: q})
		}
	})
}

// unheard is a question that nobody has answered.
func (x *crew) unheard(r *request) {
	if !r.again {
		return
	}
	x.sim.after(x.between(5*time.Second, 15*time.Second), func() {
		if r.desk.turn == r.turn {
			x.ask(r.desk, r.question, true)
		}
	})
}

// answered notes what the daemon has answered; it is false when it was no question of the staff's.
func (x *crew) answered(a dialer.Answer) bool {
	r := x.pending[a.Ask]
	if r == nil {
		return a.Ask >= firstStaff
	}
	if !r.question.Stored {
		delete(x.pending, a.Ask)
	}
	x.sim.say("operator %s: %s is answered %s by %s %s", r.desk.id, r.question.What, a.Agent.Code, a.Agent.By, a.Err)
	if a.OK {
		x.learn(r.desk, r.question, a.Agent)
		r.version = r.desk.version
		x.spoil(r.desk, a.Agent)
	} else {
		x.unheard(r)
	}
	return true
}

// learn is how an operator is to stand by an answer.
func (x *crew) learn(k *desk, q dialer.Question, a dialer.AgentReply) {
	s, next := x.sim, k.wants
	// A supervisor's work puts everything right, when the daemon has heard what was wrong.
	known := k.known || q.What == dialer.QuestionWork && q.Supervisor && s.referee.heardSince(k.touched) && k.reserved <= s.now &&
		(!k.named || !s.disk.rows.agent(k.id).Login.IsZero())
	switch q.What {
	case dialer.QuestionPause:
		switch {
		case q.Supervisor:
			next.over = a.Reason
		case a.By == dialer.BySupervisor:
			next.own = "?" // under his supervisor's, who gives the reason
		case a.By == dialer.ByAgent:
			next.own = a.Reason
		}
	case dialer.QuestionWork:
		next.own = ""
		known = known && (k.in || a.Code == dialer.CodeOffline) // it may have come too late to keep him in
		if q.Supervisor {
			next.over = ""
		}
		if known && !k.known {
			queues := s.referee.queuesOf(k.Interface)
			next.in = k.named || queues > 0
			known = queues == 0 && a.Code == dialer.CodeOffline || queues == len(k.Queues)
		}
	case dialer.QuestionReserve:
		next.reserved = s.now + q.For
		s.after(q.For, func() { k.change(s, func() {}) })
	case dialer.QuestionRelease:
		next.reserved = 0
	case dialer.QuestionLogin:
		next.in = true
		if a.By == dialer.ByAgent || a.Lead != 0 { // he is not out yet, and may get there still: his wishes end with that
			known = false
		}
	case dialer.QuestionLogout:
		next.in, next.own, next.reserved = false, "", 0
	default:
		return
	}
	if next.out(s.now) && !k.out(s.now) {
		k.left = s.now
	}
	k.change(s, func() { k.wants, k.known = next, known })
	s.world.Rest(k.Interface, next.out(s.now) || !next.in)
}

// stored notes that an answer is on disk.
func (x *crew) stored(id dialer.AskID) {
	r := x.pending[id]
	if r == nil {
		return
	}
	delete(x.pending, id)
	if r.version == r.desk.version { // else he has said something newer, which may not be on disk
		now := r.desk.wants
		r.desk.stored = &now
	}
}

// drained is a daemon that is to end: it keeps nobody free any more.
func (x *crew) drained() {
	for _, k := range x.desks {
		if k.reserved > 0 {
			k.reserved = 0
			k.change(x.sim, func() {})
		}
	}
}

// bereft is the staff without a daemon: what it has not answered it will not, and what it had not on disk may be
// forgotten. It keeps nobody free any more.
func (x *crew) bereft() {
	for _, id := range sorted(x.pending) {
		x.unheard(x.pending[id])
	}
	clear(x.pending)
	for _, k := range x.desks {
		row := x.sim.disk.rows.agent(k.id)
		joined := !k.named || !k.in || x.sim.referee.queuesOf(k.Interface) > 0 // or the next life may take him for gone
		same := joined && (row.Own.Reason == k.own || k.own == "?" && row.Own.Reason != "") && row.Supervisor.Reason == k.over &&
			(!k.named || (!row.Login.IsZero() && !row.Leaving) == k.in)
		if k.known && joined && !same && k.stored != nil && *k.stored == k.wants {
			x.sim.referee.breach(0, "operator %s was told that it is stored: %+v, and on disk is %+v", k.id, k.wants, row)
		}
		k.reserved = 0
		k.change(x.sim, func() { k.known = k.known && same && !x.pausedByOthers(k) })
	}
}

// pausedByOthers tells whether Asterisk shows a pause that is not the daemon's. The word of a supervisor who was to lift
// it may have been lost with the daemon: it is on no disk.
func (x *crew) pausedByOthers(k *desk) bool {
	members, _ := x.sim.world.State()
	return slices.ContainsFunc(members, func(m pbx.Record) bool {
		return m.Interface == k.Interface && m.Paused && (m.Reason == ownBreak || m.Reason == autoPause)
	})
}
