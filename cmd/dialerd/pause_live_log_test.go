package main

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// memberLog writes down what Asterisk tells of the members of its queues and of their calls, on a manager session of
// the test's own, with Asterisk's own times.
type memberLog struct {
	t  testing.TB
	mu sync.Mutex
	es []memberEvent
}

// memberEvent is one event of app_queue. Those about a member bear all of his state.
type memberEvent struct {
	at      float64 // seconds since 1970
	what    string
	queue   string
	iface   string
	id      string // of the caller's channel
	paused  bool
	reason  string
	penalty int
	status  string // of his device
}

// notInUse is a device that is free.
const notInUse = "1"

// logMembers begins it. Members that are there already are not known to it.
func logMembers(l *lab) *memberLog {
	m := l.manager()
	m.do("Events", "EventMask", "agent")
	x := &memberLog{t: l.t}
	go func() {
		for {
			e, err := m.next()
			if err != nil {
				return // the Asterisk has ended, and so has the test
			}
			x.hear(e)
		}
	}()
	return x
}

func (x *memberLog) hear(e map[string]string) {
	if e["Queue"] == "" {
		return
	}
	at, _ := strconv.ParseFloat(e["Timestamp"], 64)
	penalty, _ := strconv.Atoi(e["Penalty"])
	x.mu.Lock()
	defer x.mu.Unlock()
	x.es = append(x.es, memberEvent{at, e["Event"], e["Queue"], e["Interface"], e["Uniqueid"], e["Paused"] == "1", e["PausedReason"], penalty, e["Status"]})
}

func (x *memberLog) events() []memberEvent {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.es)
}

// count is how often something was told of a member, in all his queues.
func (x *memberLog) count(what, iface string, so func(memberEvent) bool) (n int) {
	for _, e := range x.events() {
		if e.what == what && e.iface == iface && so(e) {
			n++
		}
	}
	return n
}

// awaitingFrom is the penalty from which a member is the last resort: that of the tests' queues, less than any base.
const awaitingFrom = 1000

// seatKey is a member of a queue.
type seatKey struct{ queue, iface string }

// spell is a stretch in which a member could be rung at once: his device is free, nobody rings him, he is not paused.
type spell struct {
	seatKey
	stretch
	awaiting bool
}

// seatState is a member as the events have shown him up to now.
type seatState struct {
	memberEvent
	there   bool
	since   float64 // when he became free; 0: he is not
	waiting bool    // behind the awaiting penalty, since then
	behind  float64 // when he came behind it; 0: he is not
}

// timeline plays the events from the first: the free spells of all members, and what was amiss at a ring.
type timeline struct {
	seats  map[seatKey]*seatState
	rung   map[string]bool // by interface: he is rung or talks on a call of a queue
	spells []spell
	amiss  []string
	doubts []doubt

	lastResort int // rings of who was behind the awaiting penalty
}

// doubt is a ring of the last resort while somebody else was free: unless he is being rung for another caller in the same
// moment, which is told a moment later.
type doubt struct {
	at    float64
	other string // interface
	amiss string
}

// play plays what was told. An operator who is the last resort may be rung only when nobody else is free.
func (x *memberLog) play() *timeline {
	l := &timeline{seats: map[seatKey]*seatState{}, rung: map[string]bool{}}
	var last float64
	for _, e := range x.events() {
		l.step(e)
		last = e.at
	}
	for _, s := range l.seats {
		l.close(s, last)
	}
	for _, x := range l.doubts {
		l.amiss = append(l.amiss, x.amiss)
	}
	return l
}

func (l *timeline) step(e memberEvent) {
	switch e.what {
	case "QueueMemberAdded", "QueueMemberPause", "QueueMemberPenalty", "QueueMemberStatus":
		s := l.seat(e)
		s.memberEvent, s.there = e, true
		switch {
		case e.penalty < awaitingFrom:
			s.behind = 0
		case s.behind == 0:
			s.behind = e.at
		}
	case "QueueMemberRemoved":
		l.seat(e).there = false
	case "AgentCalled":
		l.doubts = slices.DeleteFunc(l.doubts, func(x doubt) bool { return x.other == e.iface && e.at-x.at < choosing })
		l.judgeRing(e)
		l.rung[e.iface] = true
	case "AgentComplete", "AgentRingNoAnswer":
		l.rung[e.iface] = false
	default:
		return
	}
	for _, s := range l.seats {
		if s.iface == e.iface {
			l.turn(s, e.at)
		}
	}
}

func (l *timeline) seat(e memberEvent) *seatState {
	key := seatKey{e.queue, e.iface}
	if l.seats[key] == nil {
		l.seats[key] = &seatState{memberEvent: e}
	}
	return l.seats[key]
}

// turn begins and ends the spells of a member.
func (l *timeline) turn(s *seatState, at float64) {
	free, waiting := s.there && !s.paused && s.status == notInUse && !l.rung[s.iface], s.penalty >= awaitingFrom
	if s.since != 0 && (!free || waiting != s.waiting) {
		l.close(s, at)
	}
	if free && s.since == 0 {
		s.since, s.waiting = at, waiting
	}
}

func (l *timeline) close(s *seatState, at float64) {
	if s.since != 0 {
		l.spells = append(l.spells, spell{seatKey{s.queue, s.iface}, stretch{s.since, at}, s.waiting})
		s.since = 0
	}
}

// handOver is how long a member may be free in Asterisk's eyes, in seconds, before a caller who waits comes to him. It
// takes milliseconds on a quiet machine; app_queue by itself looks once a second.
const handOver = 0.6

// choosing is how long app_queue may take, in seconds, from looking at its members' penalties to ringing one.
const choosing = 0.1

// judgeRing: who is the last resort is rung while another has been free for a while.
func (l *timeline) judgeRing(e memberEvent) {
	him := l.seats[seatKey{e.queue, e.iface}]
	if him == nil || him.behind == 0 || e.at-him.behind < choosing {
		return
	}
	l.lastResort++
	for _, s := range l.seats {
		if s.queue == e.queue && s.iface != e.iface && s.since != 0 && !s.waiting && e.at-s.since > choosing {
			l.doubts = append(l.doubts, doubt{e.at, s.iface, e.iface + " was rung as the last resort, and " + s.iface + " was free"})
		}
	}
}

// freeFor is a member who was free for longer than a hand-over takes while somebody waited in his queue; empty: nobody.
func (l *timeline) freeFor(queue string, wait stretch) string {
	for _, s := range l.spells {
		if s.queue == queue && min(s.to, wait.to)-max(s.from, wait.from) > handOver {
			return s.iface
		}
	}
	return ""
}

// connects is who was connected to whom, in order.
func (x *memberLog) connects(queue string) (names []string) {
	for _, e := range x.events() {
		if e.what == "AgentConnect" && e.queue == queue {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(e.iface, "Local/"), "@lab-operators/n"))
		}
	}
	return names
}
