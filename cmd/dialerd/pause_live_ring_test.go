package main

import (
	"slices"
	"strings"
	"testing"

	"dialerd/dialer"
)

// An operator asks for a pause while telephones ring that were dialed for him too (case 39).

const leaver = "op01"

var stayers = []string{"op02", "op03", "op04", "op05", "op06"}

func TestPauseWhileTelephonesRingOnAsterisk22(t *testing.T) { pauseWhileTelephonesRing(t, "22") }
func TestPauseWhileTelephonesRingOnAsterisk16(t *testing.T) { pauseWhileTelephonesRing(t, "16") }

func pauseWhileTelephonesRing(t *testing.T, version string) {
	x := startShift(t, version, shiftFiles)
	x.join("sales", append([]string{leaver}, stayers...)...)

	// Five ring, and five others are free for them: he may go at once, and nobody misses him. Two do not answer.
	x.call("spring", "120", "125", "130", "400", "400")
	x.ringing(5)
	x.asks(leaver, lunch, "paused(lunch) by agent", "sales paused(lunch) 2")
	x.quiet()
	x.served(3, nil)

	// As many ring as there are operators: he is needed, and gets the last.
	x.backToWork()
	x.call("spring", "120", "124", "128", "132", "136", "140")
	x.ringing(6)
	x.asks(leaver, lunch, "pausing(lunch) by agent", "sales works 1002")
	x.quiet()
	x.served(6, func(got []string) bool { return slices.Index(got, leaver) == 5 })
	x.shows(leaver, "sales paused(lunch) 2")
	x.stands(leaver, "paused(lunch) by agent")

	// The same, but two do not answer: he waits for them, until one of the others is free again.
	x.backToWork()
	x.call("spring", "120", "124", "400", "128", "132", "400")
	x.ringing(6)
	x.asks(leaver, lunch, "pausing(lunch) by agent", "sales paused(lunch) 2")
	x.quiet()
	x.served(4, func(got []string) bool { return !slices.Contains(got, leaver) })

	line := x.log.play()
	for _, what := range line.amiss {
		t.Error(what)
	}
	if line.lastResort != 1 {
		t.Errorf("the operator who leaves was rung %d times as the last resort, want once", line.lastResort)
	}
	x.allServed("spring")
}

func (x *shift) backToWork() {
	x.t.Helper()
	x.ask(leaver, work)
	x.shows(leaver, "sales works 2")
	for _, name := range append([]string{leaver}, stayers...) {
		x.state(name, dialer.AgentReady)
	}
}

// served judges the calls since it was last asked: how many were connected, and to whom.
func (x *shift) served(count int, so func(got []string) bool) {
	x.t.Helper()
	all := x.log.connects("sales")
	got := all[x.connected:]
	x.connected = len(all)
	x.t.Logf("connected in this order: %s", strings.Join(got, " "))
	if len(got) != count {
		x.t.Errorf("%d calls were connected, %d were to be: %s", len(got), count, got)
	}
	if so != nil && !so(got) || so == nil && slices.Contains(got, leaver) {
		x.t.Errorf("the operator who leaves is %s; connected in this order: %s", leaver, got)
	}
}

// allServed: everybody who answered talked to somebody, by the customers' own record and by queue_log.
func (x *shift) allServed(campaign string) {
	x.t.Helper()
	talked := x.talked()
	answered := 0
	for _, c := range farCalls(x.judge("CUSTOMERS_LOG"), false) {
		if strings.HasPrefix(c.number, "7900") && c.picked != 0 {
			answered++
			if !talked[c.id] {
				x.t.Errorf("%s of %s answered and talked to nobody", c.number, campaign)
			}
		}
	}
	if answered == 0 {
		x.t.Error("nobody answered: nothing is shown by that")
	}
}

// talked is the channel ids of the calls that an operator took, by queue_log.
func (x *shift) talked() map[string]bool {
	x.t.Helper()
	talked := map[string]bool{}
	for _, e := range x.log.events() {
		if e.what == "AgentConnect" {
			talked[e.id] = true
		}
	}
	for id, n := range x.queueLog("CONNECT") {
		if !talked[id] || n != 1 {
			x.t.Errorf("queue_log has %d talks of %s, the manager session has told of one: %t", n, id, talked[id])
		}
	}
	return talked
}
