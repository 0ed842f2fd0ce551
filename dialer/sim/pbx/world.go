// Package pbx is an Asterisk with its queues, trunks, operators and customers, from one seed and in
// virtual time. It does what a dialer tells it and says what happens, and knows nothing of who
// drives it: a simulation hands it the core's effects, a server on a socket what came as AMI actions.
//
//	w := pbx.New(config)
//	at, _ := w.Next()                   // when something happens by itself
//	for _, h := range w.Advance(at) {   // let time go by
//		switch what := h.What.(type) {
//		case pbx.Question: // the dialplan asks the daemon
//			w.Answer(what.Ask, answer)
//		...
//	}
//	w.Do(dialer.Originate{...})
//
// What app_queue, the Originate and the dialplan do is taken from measurements on Asterisk 22 and 16;
// where the code is strange, so is Asterisk. Besides what it says aloud, a World knows the truth:
// Fates tells what became of each call, Breaches what no dialer should have done.
package pbx

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/agenda"
)

// World is one PBX and the people around it. It belongs to one goroutine.
type World struct {
	config    Config
	rand      *rand.Rand
	now       time.Duration
	agenda    agenda.Agenda
	out       outbox
	topics    [lastTopic]time.Duration
	down      bool
	started   time.Duration // of this Asterisk
	life      int           // grows with each start of Asterisk: what a former one had planned is void
	queues    []*queue
	operators []*operator
	trunks    []*trunk
	live      []*channel // in the order in which they began
	byCall    map[dialer.CallID]*channel
	asks      dialer.AskID
	asked     map[dialer.AskID]*channel
	made      int // channels
	fates     []*Fate
	fateOf    map[dialer.CallID]*Fate
	breaches  []Breach
}

// New is a world at time 0. Operators come to work by their shifts.
func New(config Config) *World {
	w := &World{config: config, rand: rand.New(rand.NewPCG(config.Seed, 0x9e3779b97f4a7c15)),
		byCall: map[dialer.CallID]*channel{}, asked: map[dialer.AskID]*channel{}, fateOf: map[dialer.CallID]*Fate{}}
	if w.config.Wait == 0 {
		w.config.Wait = 20 * time.Second
	}
	for _, q := range config.Queues {
		w.queues = append(w.queues, &queue{Queue: q})
	}
	for _, t := range config.Trunks {
		x := &trunk{Trunk: t}
		w.trunks = append(w.trunks, x)
		w.scheduleCongestion(x)
	}
	for _, o := range config.Operators {
		x := &operator{Operator: o, device: dialer.DeviceNotInUse}
		w.operators = append(w.operators, x)
		w.scheduleShift(x)
	}
	w.restore()
	for _, q := range w.queues {
		w.scheduleStranger(q)
	}
	return w
}

// Now is how far time has gone.
func (w *World) Now() time.Duration { return w.now }

// Next is when something happens or is said next; ok is false when nothing ever will.
func (w *World) Next() (at time.Duration, ok bool) {
	at, ok = w.agenda.Next()
	if len(w.out.list) > 0 && (!ok || w.out.list[0].At < at) {
		return w.out.list[0].At, true
	}
	return at, ok
}

// Advance lets time go by, and gives what Asterisk has said up to then, in order.
func (w *World) Advance(to time.Duration) []Heard {
	for at, ok := w.agenda.Next(); ok && at <= to; at, ok = w.agenda.Next() {
		w.now = max(w.now, at)
		w.agenda.Take()()
	}
	w.now = max(w.now, to)
	var heard []Heard
	for len(w.out.list) > 0 && w.out.list[0].At <= to {
		heard = append(heard, heap.Pop(&w.out).(said).Heard)
	}
	return heard
}

// after has something happen after a while, unless Asterisk is started anew before.
func (w *World) after(d time.Duration, do func()) {
	life := w.life
	w.agenda.Add(w.now+d, func() {
		if w.life == life {
			do()
		}
	})
}

// Breach is something that no dialer should have had the PBX do.
type Breach struct {
	At   time.Duration
	Call dialer.CallID
	Text string
}

// Breaches is what the PBX has seen of them so far.
func (w *World) Breaches() []Breach { return w.breaches }

func (w *World) breach(call dialer.CallID, format string, args ...any) {
	w.breaches = append(w.breaches, Breach{w.now, call, fmt.Sprintf(format, args...)})
}
