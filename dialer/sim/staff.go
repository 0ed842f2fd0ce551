package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// staffing is how the operators who ask the daemon behave, and those over them.
type staffing struct {
	every   time.Duration // mean time at work between two things that one of them does; 0: nobody asks for anything
	brk     time.Duration // mean length of a break
	foreign float64       // share of the breaks that are taken at Asterisk, past the daemon
	pauses  []dialer.PauseReason
	agents  []dialer.AgentConfig // those who log in and out through the daemon
}

// firstStaff keeps the ids of what the staff asks apart from all others.
const firstStaff = dialer.AskID(1) << 41

// crew is the operators who ask the daemon for their pauses, as by a feature code or from the CRM, and who asks
// for them: supervisors, and programs that keep one free for a lead. What they do is drawn by itself.
type crew struct {
	sim     *simulation
	rand    *rand.Rand
	desks   []*desk
	asks    dialer.AskID
	pending map[dialer.AskID]*request
}

// desk is one operator, and what he is to be by all that was asked and answered.
type desk struct {
	pbx.Operator
	id      string // by which the daemon knows him
	named   bool   // he logs in and out through the daemon
	turn    int    // grows with each thing he does: a plan of an earlier one is void
	wants          // by the last answer
	version int    // of wants
	since   time.Duration
	left    time.Duration // when he last asked to be out, and was in
	came    time.Duration // when he last asked to be in, or came, and was out
	known   bool          // nobody else has had a hand in it since
	touched time.Duration
	stored  *wants // what was acknowledged as stored; nil when the last answer was not
}

// wants is what is wanted of and by an operator.
type wants struct {
	own, over string
	in        bool
	reserved  time.Duration // until then
}

// out tells whether he is to be paused.
func (w wants) out(now time.Duration) bool { return w.own != "" || w.over != "" || w.reserved > now }

// request is a question about an operator that is under way.
type request struct {
	desk     *desk
	question dialer.Question
	turn     int // of the desk; it is asked again while he has done nothing else
	again    bool
	version  int // of the desk, when it was answered
}

func newCrew(s *simulation) *crew {
	x := &crew{sim: s, rand: rand.New(rand.NewPCG(s.scenario.seed, 14)), pending: map[dialer.AskID]*request{}}
	for _, o := range s.scenario.world.Operators {
		if o.Guided {
			named := slices.ContainsFunc(s.scenario.staff.agents, func(a dialer.AgentConfig) bool { return a.Interface == o.Interface })
			x.desks = append(x.desks, &desk{Operator: o, id: o.Name, named: named, known: true, wants: wants{in: o.Static}})
		}
	}
	return x
}

func (x *crew) schedule() {
	for _, k := range x.desks {
		x.sim.agenda.Add(max(0, k.From)+x.between(20*time.Second, 40*time.Second), func() { x.arrive(k) })
		if k.To > k.From {
			x.sim.agenda.Add(k.To-x.between(time.Second, 10*time.Second), func() { x.goHome(k) })
		}
	}
}

func (x *crew) between(from, to time.Duration) time.Duration {
	return from + time.Duration(x.rand.Int64N(int64(to-from))).Truncate(time.Microsecond)
}

func (x *crew) exponential(mean time.Duration) time.Duration {
	return time.Duration(float64(mean) * x.rand.ExpFloat64()).Truncate(time.Microsecond)
}

// do has an operator do something, and the next thing after a while.
func (x *crew) do(k *desk, act func()) {
	k.turn++
	act()
	x.plan(k, x.exponential(x.sim.scenario.staff.every)+time.Second, func() { x.something(k) })
}

// plan has him do something after a while, unless he does something else before.
func (x *crew) plan(k *desk, d time.Duration, act func()) {
	turn := k.turn
	x.sim.after(d, func() {
		if k.turn == turn && !x.sim.quiet {
			x.do(k, act)
		}
	})
}

// arrive has him come to work.
func (x *crew) arrive(k *desk) {
	if x.sim.quiet || k.To > k.From && x.sim.now > k.To-time.Minute {
		return
	}
	x.do(k, func() { x.comeIn(k) })
}

// comeIn makes him a member of his queues, if he is none.
func (x *crew) comeIn(k *desk) {
	switch {
	case k.Static:
	case k.named:
		x.ask(k, dialer.Question{What: dialer.QuestionLogin}, true)
	default:
		for _, q := range k.Queues {
			if x.sim.world.Add(q, k.Interface) {
				x.sim.referee.joined(k.Interface, q)
			}
		}
		k.own, k.reserved = "", 0
		k.change(x.sim, func() { k.in = true })
	}
}

// goHome has him leave.
func (x *crew) goHome(k *desk) {
	if x.sim.quiet {
		return
	}
	k.turn++
	switch {
	case k.Static:
		x.ask(k, dialer.Question{What: dialer.QuestionPause}, true)
	case k.named:
		x.ask(k, dialer.Question{What: dialer.QuestionLogout}, true)
	case !x.sim.world.Up(): // nobody takes him out, and he may be there again when it starts
	default:
		if x.sim.world.Remove("", k.Interface) && !x.sim.referee.wellNow() {
			x.disturb(k) // the daemon may never hear that he left, and keep his pause
		}
		k.own, k.reserved = "", 0
		k.change(x.sim, func() { k.in = false })
	}
}

// something is what he does next, or what is done with him.
func (x *crew) something(k *desk) {
	if !k.in && k.known {
		x.comeIn(k)
		return
	}
	switch at := x.rand.IntN(20); {
	case !k.known && at < 12:
		x.clear(k)
	case k.own != "" || !k.known:
		x.work(k)
	case at < 3:
		x.hurry(k)
	case at < 6:
		x.overrule(k)
	case at < 10:
		x.keepFree(k)
	case at < 12:
		x.goAndComeBack(k)
	case at < 13:
		x.ask(k, dialer.Question{What: dialer.QuestionStatus}, false)
	case x.rand.Float64() < x.sim.scenario.staff.foreign:
		x.pauseForeign(k)
	default:
		x.pause(k)
	}
}

// pause is a break, asked for.
func (x *crew) pause(k *desk) {
	x.ask(k, x.pauseQuestion(false), true)
	x.plan(k, x.exponential(x.sim.scenario.staff.brk), func() { x.work(k) })
}

func (x *crew) pauseQuestion(supervisor bool) dialer.Question {
	q := dialer.Question{What: dialer.QuestionPause, Supervisor: supervisor}
	if pauses := x.sim.scenario.staff.pauses; len(pauses) > 0 && x.rand.IntN(3) > 0 {
		q.Reason = pauses[x.rand.IntN(len(pauses))].Code
	}
	return q
}

func (x *crew) work(k *desk) { x.ask(k, dialer.Question{What: dialer.QuestionWork}, true) }

// clear has a supervisor put right what nobody knows any more.
func (x *crew) clear(k *desk) {
	x.ask(k, dialer.Question{What: dialer.QuestionRelease}, false)
	if k.named {
		x.ask(k, dialer.Question{What: dialer.QuestionLogin}, true)
	}
	turn := k.turn
	x.sim.after(x.between(time.Second, 10*time.Second), func() {
		if k.turn == turn {
			x.ask(k, dialer.Question{What: dialer.QuestionWork, Supervisor: true}, true)
		}
	})
}

// hurry is somebody who cannot make up his mind.
func (x *crew) hurry(k *desk) {
	at := time.Duration(0)
	for i := range 3 + x.rand.IntN(8) {
		q := dialer.Question{What: dialer.QuestionWork}
		if x.rand.IntN(2) == 0 {
			q = x.pauseQuestion(false)
		}
		last := i > 5
		x.sim.after(at, func() { x.ask(k, q, last) })
		at += x.exponential(30 * time.Millisecond)
	}
	x.plan(k, at+x.exponential(x.sim.scenario.staff.brk), func() { x.work(k) })
}

// overrule is a supervisor who takes him out for a while.
func (x *crew) overrule(k *desk) {
	x.ask(k, x.pauseQuestion(true), true)
	x.sim.after(x.exponential(x.sim.scenario.staff.brk), func() {
		x.ask(k, dialer.Question{What: dialer.QuestionWork, Supervisor: true}, true)
	})
}

// keepFree is a program that wants him for a lead.
func (x *crew) keepFree(k *desk) {
	span := x.between(time.Second, 2*time.Minute)
	x.ask(k, dialer.Question{What: dialer.QuestionReserve, Lead: 1, For: span}, false)
	if x.rand.IntN(2) == 0 {
		x.sim.after(x.exponential(span), func() { x.ask(k, dialer.Question{What: dialer.QuestionRelease}, false) })
	}
}

// goAndComeBack logs him out and in again, at times within moments.
func (x *crew) goAndComeBack(k *desk) {
	if !k.named {
		x.pause(k)
		return
	}
	x.ask(k, dialer.Question{What: dialer.QuestionLogout}, false)
	away := []time.Duration{20 * time.Millisecond, time.Second, 3 * time.Minute}[x.rand.IntN(3)]
	x.plan(k, x.exponential(away), func() { x.comeIn(k) })
}

// Reasons of pauses that are not the daemon's: of a break past it, and app_queue's own.
const (
	ownBreak  = "own"
	autoPause = "Auto-Pause"
)

// pauseForeign is a break past the daemon.
func (x *crew) pauseForeign(k *desk) {
	s := x.sim
	x.disturb(k)
	s.world.Pause("", k.Interface, true, ownBreak)
	s.after(x.exponential(s.scenario.staff.brk), func() {
		x.disturb(k)
		s.world.Pause("", k.Interface, false, "")
	})
}

// disturb notes that somebody else has had a hand in how an operator stands.
func (x *crew) disturb(k *desk) {
	k.touched = x.sim.now
	k.change(x.sim, func() { k.known = false })
}

// disturbAt is disturb by telephone.
func (x *crew) disturbAt(iface string) {
	for _, k := range x.desks {
		if k.Interface == iface {
			x.disturb(k)
		}
	}
}

// autopaused is an operator whom Asterisk has paused, because he did not take a call; he notices after a while.
func (x *crew) autopaused(iface string) {
	for _, k := range x.desks {
		if k.Interface == iface {
			x.disturb(k)
			x.sim.after(x.between(10*time.Second, 2*time.Minute), func() { x.work(k) })
		}
	}
}

// restarted is an Asterisk that has forgotten its members, unless it has kept them.
func (x *crew) restarted() {
	for _, k := range x.desks {
		k.change(x.sim, func() { k.touched, k.known = x.sim.now, k.known && k.reserved <= x.sim.now })
		if k.in && !k.named && !k.Static {
			k.since += 40 * time.Second
			x.sim.after(x.between(time.Second, 40*time.Second), func() { x.relogin(k) })
		}
	}
}

// relogin makes him a member again; what he wants has not changed.
func (x *crew) relogin(k *desk) {
	if !k.in {
		return // he has gone home meanwhile
	}
	for _, q := range k.Queues {
		if x.sim.world.Add(q, k.Interface) {
			x.sim.referee.joined(k.Interface, q)
		}
	}
	k.change(x.sim, func() {})
}

// change is something new about how he is to stand.
func (k *desk) change(s *simulation, do func()) {
	was := k.leaves(s.now) || !k.known
	do()
	if is := k.leaves(s.now); was && !is {
		k.came = s.now
	}
	k.version++
	k.since, k.stored = max(k.since, s.now), nil
	s.referee.promise(k)
}
