package main

import (
	"fmt"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// The cases of pause and work, 39 to 52, on a real Asterisk. Each has operators of its own. What Asterisk shows is
// read from its own lists; what the daemon has set, from the events of a manager session of the test's own.

func TestPauseCasesOnAsterisk22(t *testing.T) { pauseCases(t, "22") }
func TestPauseCasesOnAsterisk16(t *testing.T) { pauseCases(t, "16") }

func pauseCases(t *testing.T, version string) {
	t.Parallel() // most of it is waiting
	x := startShift(t, version, shiftFiles)
	x.queuesConf("[auto](base)\nautopause = yes\ntimeout = 1\n[fixed](base)\nmember => " + operatorAt("op51") + ",2,op51\n")
	for _, c := range []struct {
		name string
		play func(*shift)
	}{
		{"39 pause with calls in flight", (*shift).case39},
		{"40 pause while his telephone rings and in the talk", (*shift).case40},
		{"wrap-up ended early by work", (*shift).wrapupEndedByWork},
		{"41 another reason", (*shift).case41},
		{"42 work while pausing", (*shift).case42},
		{"43 pause while unpausing", (*shift).case43},
		{"44 a supervisor's pause", (*shift).case44},
		{"45 autopause", (*shift).case45},
		{"46 pause changed by others", (*shift).case46},
		{"47 penalty changed by others", (*shift).case47},
		{"48, 49 removed and added again", (*shift).case48and49},
		{"50 three queues", (*shift).case50},
		{"51 the queues reloaded", (*shift).case51},
		{"52 in a hurry", (*shift).case52},
		{"logged in and out", (*shift).loggedInAndOut},
		{"Asterisk restarted, and it remembers its members", (*shift).asteriskRemembers},
		{"Asterisk killed and started", (*shift).asteriskRestarted},
	} {
		t.Run(c.name, func(t *testing.T) {
			x.t, x.p.t, x.m.t = t, t, t
			defer func() { x.t, x.p.t, x.m.t = x.whole, x.whole, x.whole }()
			began := time.Now()
			c.play(x)
			t.Logf("%.1f s", time.Since(began).Seconds())
		})
	}
}

func (x *shift) case39() {
	x.join("sales", "talk05_39")
	x.call("spring", "110")
	x.ringing(1)
	x.asks("talk05_39", lunch, "pausing(lunch) by agent", "sales works 1002")
	x.quiet()
	x.shows("talk05_39", "sales paused(lunch) 2")
	x.stands("talk05_39", "paused(lunch) by agent")
	x.pauses("talk05_39", 1)
	if got := x.log.connects("sales"); len(got) != 1 || got[0] != "talk05_39" {
		x.t.Errorf("the one call that counted on him was connected to %s", got)
	}
	x.leave("talk05_39")
}

// told waits until Asterisk has told so often of a member, in all his queues, and has it be no more often.
func (x *shift) told(name, what string, want int, so func(memberEvent) bool) {
	x.t.Helper()
	n := func() int { return x.log.count(what, operatorAt(name), so) }
	waitFor(x.t, 10*time.Second, fmt.Sprintf("%s of %s was told %d times", what, name, want), func() bool { return n() >= want }, func() string { return fmt.Sprint(n()) })
	if n() != want {
		x.t.Errorf("%s of %s was told %d times, want %d", what, name, n(), want)
	}
}

// pauses and lifts: so many pauses were set and lifted in Asterisk, by whomever.
func (x *shift) pauses(name string, want int) {
	x.t.Helper()
	x.told(name, "QueueMemberPause", want, func(e memberEvent) bool { return e.paused })
}

func (x *shift) lifts(name string, want int) {
	x.t.Helper()
	x.told(name, "QueueMemberPause", want, func(e memberEvent) bool { return !e.paused })
}

// put is how often his penalty was set to this.
func (x *shift) put(name string, penalty, want int) {
	x.t.Helper()
	x.told(name, "QueueMemberPenalty", want, func(e memberEvent) bool { return e.penalty == penalty })
}

// In his queue we pause who talks until his wrap-up is over: that pause becomes his own.
func (x *shift) case40() {
	x.join("support", "slow10_40")
	x.call("summer", "718") // answers, and leaves after 1.8 s
	x.state("slow10_40", dialer.AgentRings)
	x.says("slow10_40", lunch, "pausing(lunch) by agent, after the call")
	x.state("slow10_40", dialer.AgentTalking)
	x.stands("slow10_40", "pausing(lunch) by agent, after the call")
	x.quiet()
	x.stands("slow10_40", "pausing(lunch) by agent, after the call") // his wrap-up
	x.shows("slow10_40", "support paused(lunch) 2")
	x.asks("slow10_40", coffee, "pausing(break) by agent, after the call", "support paused(break) 2")
	x.leave("slow10_40")
}

func (x *shift) wrapupEndedByWork() {
	x.join("support", "op38")
	x.call("summer", "705")
	x.state("op38", dialer.AgentWrapup)
	x.shows("op38", "support paused(dialerd-wrapup) 2")
	x.asks("op38", work, "working", "support works 2")
	x.state("op38", dialer.AgentReady)
	x.leave("op38")
}

func (x *shift) case41() {
	x.join("sales", "op41")
	x.says("op41", lunch, "paused(lunch) by agent")
	x.says("op41", coffee, "paused(break) by agent")
	x.asks("op41", coffee, "paused(break) by agent", "sales paused(break) 2")
	x.asks("op41", work, "awaiting", "sales works 2")
	x.state("op41", dialer.AgentReady)
	x.leave("op41")
}

func (x *shift) case42() {
	x.join("sales", "op42")
	x.call("spring", "400")
	x.ringing(1)
	x.asks("op42", lunch, "pausing(lunch) by agent", "sales works 1002")
	x.asks("op42", work, "working", "sales works 2")
	x.state("op42", dialer.AgentReady)
	x.pauses("op42", 0)
	x.hangUp()
	x.leave("op42")
}

// Nothing was dialed for him while he was on his way in, so he is paused at once.
func (x *shift) case43() {
	x.join("sales", "op43")
	x.asks("op43", lunch, "paused(lunch) by agent", "sales paused(lunch) 2")
	x.says("op43", work, "awaiting")
	x.asks("op43", coffee, "paused(break) by agent", "sales paused(break) 2")
	x.leave("op43")
}

func (x *shift) case44() {
	x.join("sales", "op44")
	x.says("op44", lunch, "paused(lunch) by agent")
	x.asks("op44", sentOut, "paused(training) by supervisor", "sales paused(training) 2")
	x.asks("op44", work, "paused(training) by supervisor", "sales paused(training) 2")
	x.asks("op44", calledIn, "awaiting", "sales works 2")
	x.lifts("op44", 1)
	x.leave("op44")
}

// Ten times to and fro, as fast as the API answers. The last word holds.
func (x *shift) case52() {
	x.join("sales", "op52")
	hurry := func(last api.AgentRequest) {
		began := time.Now()
		for i := range 10 {
			if i%2 == 0 {
				x.ask("op52", lunch)
			} else {
				x.ask("op52", work)
			}
		}
		x.ask("op52", last)
		x.t.Logf("eleven words in %s", time.Since(began).Round(time.Millisecond))
	}
	hurry(work)
	x.state("op52", dialer.AgentReady)
	x.shows("op52", "sales works 2")
	hurry(coffee)
	x.stands("op52", "paused(break) by agent")
	x.shows("op52", "sales paused(break) 2")
	x.leave("op52")
}

func (x *shift) loggedInAndOut() {
	x.says("olga", api.AgentLogin{}, "awaiting")
	x.state("olga", dialer.AgentReady)
	x.shows("op71", "q1 works 2, sales works 2")
	x.call("lasting", "400")
	x.ringing(1)
	x.says("olga", goingHome, "pausing")
	x.shows("op71", "q1 works 1002, sales works 1002")
	x.hangUp()
	x.shows("op71", "")
	x.stands("olga", "offline")
}
