package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// crashOperators pause, come back to work and are kept free for somebody, through the API, while daemons are killed.
// What was acknowledged as stored has to hold at the end.
type crashOperators struct {
	client *api.Client
	random *rand.Rand
	stop   chan struct{}
	ended  chan struct{}

	names  []string
	wants  map[string][]string // reasons of the pause that each may be in: the last acknowledged, and what was asked since; empty: he works
	stored int                 // words that were
	slow   int                 // words that were acknowledged and not stored yet
	failed int                 // words without an answer
	kept   int                 // reservations that were acknowledged
}

func newCrashOperators(dir string, random *rand.Rand) *crashOperators {
	o := &crashOperators{client: api.NewClient(filepath.Join(dir, "sock")), random: random, stop: make(chan struct{}), ended: make(chan struct{}),
		names: []string{"op01", "op02", "op03", "op04", "op05", "slow05_11", "pa1", "talk25_17", "talk60_19", "talk60_22", "talk90_23"}, wants: map[string][]string{}}
	for _, name := range o.names {
		o.wants[name] = []string{""}
	}
	return o
}

// run has one of them say something ten times a second or so, until end is called.
func (o *crashOperators) run() {
	defer close(o.ended)
	defer o.client.Close()
	for {
		select {
		case <-o.stop:
			return
		case <-time.After(time.Duration(o.random.Int64N(int64(200 * time.Millisecond)))):
		}
		name := o.names[o.random.IntN(len(o.names))]
		switch o.random.IntN(6) {
		case 0:
			o.reserve(name)
		case 1:
			_, _ = o.client.WantOfAgent(context.Background(), name, api.AgentRelease{})
		case 2:
			o.want(name, "lunch", api.AgentPause{Reason: "lunch"})
		case 3:
			o.want(name, "break", api.AgentPause{Reason: "break"})
		default:
			o.want(name, "", api.AgentWork{})
		}
	}
}

// end stops it, and waits for the word under way.
func (o *crashOperators) end() {
	close(o.stop)
	<-o.ended
}

// want asks for a pause, or for work. It counts as said whatever the answer, and as the only word when it is stored.
func (o *crashOperators) want(name, reason string, word api.AgentRequest) {
	a, err := o.client.WantOfAgent(context.Background(), name, word)
	switch {
	case err == nil && a.Stored:
		o.stored++
		o.wants[name] = []string{reason}
		return
	case err == nil:
		o.slow++
	default:
		o.failed++
	}
	o.wants[name] = append(o.wants[name], reason)
}

// reserve keeps one free for a few seconds; who is paused is not to be had.
func (o *crashOperators) reserve(name string) {
	_, err := o.client.WantOfAgent(context.Background(), name, api.AgentReserve{Lead: 1, For: dialer.Duration(time.Second + time.Duration(o.random.Int64N(int64(4*time.Second))))})
	if err == nil {
		o.kept++
	}
}

// hold holds what the last daemon has of each against what was acknowledged, and notes it at his seats, for Asterisk to be held
// against that.
func (o *crashOperators) hold(found verdicts, p *process, seats []seat) {
	for _, name := range o.names {
		s, err := p.client.Agent(context.Background(), name)
		if err != nil {
			found.add("stuck", "the daemon does not know %s: %v", name, err)
			continue
		}
		has := ""
		if s.By == dialer.ByAgent {
			has = s.Reason
		}
		if !slices.Contains(o.wants[name], has) {
			found.add("stuck", "%s asked for the pause %q, which was stored; to the last daemon he is %s(%s) by %s", name, o.wants[name], s.Code, s.Reason, s.By)
		}
		for i := range seats {
			if seats[i].name == name {
				seats[i].asked = has
			}
		}
	}
}

func (o *crashOperators) String() string {
	return fmt.Sprintf("words of operators: stored=%d, not stored in time=%d, without an answer=%d, kept free=%d", o.stored, o.slow, o.failed, o.kept)
}

// enough fails a run in which hardly anything was asked, or the daemons were hardly ever killed with something of theirs lent.
func (o *crashOperators) enough(kills, lent int) error {
	if o.stored < 5*kills || o.kept < kills/2 || lent < kills/3 {
		return errors.New("hardly any operator came or went")
	}
	return nil
}

// lentAt is how many members had something of ours at these moments: the awaiting penalty, or the pause of one who is kept free.
func (x *memberLog) lentAt(moments []float64) (leaving, reserved int) {
	for _, at := range moments {
		last := map[seatKey]memberEvent{}
		for _, e := range x.events() {
			if e.at < at && e.status != "" && e.iface != "" {
				last[seatKey{e.queue, e.iface}] = e
			}
		}
		for _, e := range last {
			switch {
			case e.penalty >= awaitingFrom:
				leaving++
			case e.paused && e.reason == "callback":
				reserved++
			}
		}
	}
	return leaving, reserved
}
