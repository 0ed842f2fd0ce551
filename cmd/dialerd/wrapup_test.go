package main

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// Pauses of ours on a real Asterisk: set in a talk, lifted after the wrap-up, and given back by the next
// daemon when this one is killed.

var wrapupFiles = map[string]string{
	"queues.toml": "[[queue]]\nname = \"sales\"\nwrapup = \"2s\"\nwrapup_by = \"pause\"\n[[queue]]\nname = \"support\"\n",
	"routes.toml": awayFiles["routes.toml"], "campaigns/spring.toml": awayFiles["campaigns/spring.toml"],
}

const anna = "Local/op01@lab-operators/n"

func TestWrapupByPauseOnAsterisk22(t *testing.T) { wrapupByPause(t, "22") }
func TestWrapupByPauseOnAsterisk16(t *testing.T) { wrapupByPause(t, "16") }

func wrapupByPause(t *testing.T, version string) {
	t.Parallel() // most of it is waiting
	whole := t   // whose end ends the daemon
	l := startLab(t, version)
	m := l.manager()
	m.add("sales", anna, "anna")
	m.add("support", anna, "anna")
	p := startProcess(t, l.config(clone(wrapupFiles)))

	t.Run("after each talk", func(t *testing.T) {
		p.importCSV("spring", leadsLike("100", 3)) // answer at once, leave after 3 s
		p.until("she talks, paused by us in both queues", func(s api.Status) bool {
			return calls(s, dialer.PhaseTalking) == 1 && pausedBy(m) == "dialerd-wrapup dialerd-wrapup"
		})
		p.until("all three are done", func(s api.Status) bool { return s.Campaigns[0].Leads.Finished == 3 && len(s.Calls) == 0 })
		waitFor(t, time.Minute, "her last pause is lifted", func() bool { return pausedBy(m) == "" }, func() string { return pausedBy(m) })
		free := wrapupsOf(l, "op01")
		if len(free) != 2 {
			t.Fatalf("want 3 talks: %v", l.judge("CUSTOMERS_LOG"))
		}
		for _, s := range free {
			if s < 2 || s > 4 {
				t.Errorf("she was rung %.2f s after her talk, her wrap-up is 2 s", s)
			}
		}
		t.Logf("from the end of a talk to the next: %.2f s", free)
	})

	// Case 55, as far as it is ours to take something: killed in a talk.
	t.Run("killed in a talk", func(t *testing.T) {
		p.importCSV("spring", "external_id,phone\ny1,+79001000077\n")
		p.until("she talks, paused by us", func(s api.Status) bool {
			return calls(s, dialer.PhaseTalking) == 1 && pausedBy(m) == "dialerd-wrapup dialerd-wrapup"
		})
		p.signal(syscall.SIGKILL)
		<-p.ended
		waitFor(t, time.Minute, "her talk is over", func() bool { return endedCalls(l, "op01") == 4 }, func() string { return fmt.Sprint(l.judge("CUSTOMERS_LOG")) })
		if got := pausedBy(m); got != "dialerd-wrapup dialerd-wrapup" {
			t.Fatalf("nobody is there to lift her pause, and it is %q", got)
		}
		p = startProcess(whole, p.dir)
		waitFor(t, time.Minute, "the next daemon lifts it", func() bool { return pausedBy(m) == "" }, func() string { return pausedBy(m) })
	})

	t.Run("ended in a talk", func(t *testing.T) {
		p.importCSV("spring", "external_id,phone\ny2,+79001000078\n")
		p.until("she talks, paused by us", func(s api.Status) bool {
			return calls(s, dialer.PhaseTalking) == 1 && pausedBy(m) == "dialerd-wrapup dialerd-wrapup"
		})
		p.signal(syscall.SIGTERM)
		<-p.ended
		if got := pausedBy(m); got != "" || p.err != nil {
			t.Errorf("the daemon has ended with %v and has left her paused: %q", p.err, got)
		}
	})
}

// pausedBy is the reasons of her pauses, as Asterisk shows them.
func pausedBy(m *manager) string {
	var reasons []string
	for _, e := range m.list("QueueStatus", "QueueStatusComplete") {
		if e["Location"] == anna && e["Paused"] == "1" {
			reasons = append(reasons, e["PausedReason"])
		}
	}
	return strings.Join(reasons, " ")
}

// wrapupsOf is how long an operator's telephone was left alone after each talk, in seconds.
func wrapupsOf(l *lab, operator string) (free []float64) {
	lines := l.judge("CUSTOMERS_LOG")
	slices.SortStableFunc(lines, func(a, b judged) int { return int((a.at - b.at) * 1e6) })
	over := 0.0
	for _, x := range lines {
		switch {
		case x.number != operator:
		case x.what == "ended":
			over = x.at
		case x.what == "rung" && over > 0:
			free = append(free, x.at-over)
		}
	}
	return free
}

func endedCalls(l *lab, number string) (n int) {
	for _, x := range l.judge("CUSTOMERS_LOG") {
		if x.number == number && x.what == "ended" {
			n++
		}
	}
	return n
}
