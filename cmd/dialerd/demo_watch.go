package main

import (
	"fmt"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// demoPicture is what there is to be seen at one moment.
type demoPicture struct {
	at, total time.Duration
	ending    bool // no new calls are placed
	leads     int
	core      dialer.Status
	rows      []dialer.Attempt // all so far
	operators []demoOperator
	events    []demoEvent // the last, oldest first
	day       demoDay
}

// demoOperator is one operator, for how long he has been doing what he does, and with whom.
type demoOperator struct {
	name  string
	state dialer.AgentState
	since time.Duration
	with  string
}

type demoEvent struct {
	at    time.Duration
	text  string
	paint string // a word that paint knows
}

// demoDay is what has become of the calls so far.
type demoDay struct {
	placed, answered, talked, abandoned int
	outcomes                            map[dialer.Outcome]int
}

// demoWatch compares what is seen with what was seen before, and so knows what has happened.
type demoWatch struct {
	names  map[string]string // of operators, by interface and by id
	states map[string]demoState
	phases map[dialer.CallID]dialer.Phase
	ended  map[dialer.CallID]bool
	events []demoEvent
}

type demoState struct {
	state dialer.AgentState
	since time.Duration
}

// demoEvents is how many events are kept to be shown.
const demoEvents = 8

func newDemoWatch(world pbx.Config) *demoWatch {
	w := &demoWatch{names: map[string]string{}, states: map[string]demoState{}, phases: map[dialer.CallID]dialer.Phase{}, ended: map[dialer.CallID]bool{}}
	for _, o := range world.Operators {
		w.names[o.Interface] = o.Name
	}
	return w
}

// look completes a picture.
func (w *demoWatch) look(p *demoPicture) {
	numbers := map[dialer.CallID]string{}
	talkers := map[dialer.CallID]string{}
	for _, a := range p.core.Agents {
		talkers[a.Call] = w.names[a.Interface]
	}
	for _, c := range p.core.Calls {
		numbers[c.Attempt.ID] = demoNumber(c.Attempt)
		w.follow(p.at, c, talkers[c.Attempt.ID])
	}
	for _, a := range p.core.Agents {
		p.operators = append(p.operators, w.operator(p.at, a, numbers))
	}
	w.count(p)
	p.events = w.events
}

func (w *demoWatch) say(at time.Duration, paint, format string, args ...any) {
	w.events = append(w.events, demoEvent{at, fmt.Sprintf(format, args...), paint})
	w.events = w.events[max(0, len(w.events)-demoEvents):]
}

// follow tells of a call that has come further. Ringing is too common to be told.
func (w *demoWatch) follow(at time.Duration, c dialer.CallStatus, talker string) {
	if w.phases[c.Attempt.ID] == c.Phase {
		return
	}
	w.phases[c.Attempt.ID] = c.Phase
	number := demoNumber(c.Attempt)
	switch c.Phase {
	case dialer.PhaseTalking:
		w.say(at, "ready", "%s talks to %s, %s after answering", number, talker, waited(c.Attempt))
	case dialer.PhaseHeld:
		w.say(at, "paused", "%s has answered, nobody is free: held", number)
	case dialer.PhaseMessage:
		w.say(at, "stopped", "%s has waited for too long: given up", number)
	}
}

func (w *demoWatch) operator(at time.Duration, a dialer.AgentStatus, numbers map[dialer.CallID]string) demoOperator {
	name := w.names[a.Interface]
	w.names[a.ID] = name
	last, known := w.states[a.ID]
	if !known || last.state != a.State {
		w.states[a.ID] = demoState{a.State, at}
		switch {
		case a.State == dialer.AgentPaused:
			w.say(at, "paused", "%s takes a break", name)
		case known && last.state == dialer.AgentPaused:
			w.say(at, "paused", "%s is back from the break", name)
		}
	}
	return demoOperator{name: name, state: a.State, since: at - w.states[a.ID].since, with: numbers[a.Call]}
}

// count reads the rows, and tells of those that have ended.
func (w *demoWatch) count(p *demoPicture) {
	p.day = countDay(p.rows)
	for _, a := range p.rows {
		if a.Outcome == dialer.Unsettled || w.ended[a.ID] {
			continue
		}
		w.ended[a.ID] = true
		switch a.Outcome {
		case dialer.Answered:
			w.say(p.at, "", "%s and %s are done, %s", demoNumber(a), w.names[a.Agent], clock(a.Ended.Sub(a.Connected)))
		case dialer.Abandoned:
			w.say(p.at, "stopped", "%s is abandoned: no operator within %s", demoNumber(a), waited(a))
		case dialer.Cancelled:
		default:
			w.say(p.at, "", "%s: %s%s", demoNumber(a), a.Outcome, ruled(a))
		}
	}
}

// countDay is what the rows say together.
func countDay(rows []dialer.Attempt) demoDay {
	d := demoDay{outcomes: map[dialer.Outcome]int{}}
	for _, a := range rows {
		if a.Outcome != dialer.Cancelled {
			d.placed++
		}
		if !a.Answered.IsZero() {
			d.answered++
		}
		if !a.Connected.IsZero() {
			d.talked++
		}
		if a.Outcome == dialer.Abandoned {
			d.abandoned++
		}
		if a.Outcome != dialer.Unsettled {
			d.outcomes[a.Outcome]++
		}
	}
	return d
}

// waited is how long a person who answered waited for somebody to talk to, or until he gave up.
func waited(a dialer.Attempt) string {
	until := a.Connected
	if until.IsZero() {
		until = a.Ended
	}
	return fmt.Sprintf("%.1f s", until.Sub(a.Answered).Seconds())
}

func ruled(a dialer.Attempt) string {
	if a.Rule == "" {
		return ""
	}
	return ", by rule " + a.Rule
}

// demoNumber is a number in groups, with its last digits for the eye to catch: +7 916 123-45-67.
func demoNumber(a dialer.Attempt) string {
	n := a.Number.Digits()
	if len(n) != 11 {
		return a.Number.String()
	}
	return "+" + n[:1] + " " + n[1:4] + " " + n[4:7] + "-" + n[7:9] + "-" + n[9:]
}

// clock is minutes and seconds.
func clock(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
