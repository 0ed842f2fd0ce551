package dialer

import (
	"testing"
	"time"
)

func TestSameTelephone(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"PJSIP/101", "PJSIP/101", true},
		{"PJSIP/101", "PJSIP/102", false},
		{"PJSIP/101", "SIP/101", false},
		{"Local/7@desks/n", "Local/7@desks", true},
		{"Local/7@desks/n", "Local/7@desks/nj", true},
		{"Local/7@desks/n", "Local/8@desks/n", false},
		{"Local/7@desks", "Local/8@desks", false},
		{"Local/7", "Local/8", false},
		{"DAHDI/i1/7", "DAHDI/i1/8", false},
	} {
		if got := sameTelephone(test.a, test.b); got != test.same {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
}

// TestForeignPauseSince: a pause of somebody else's lasts since he was in no queue any more, be it that he was taken out of
// the last one in which he was not paused, and as long as it did when the wall clock is set.
func TestForeignPauseSince(t *testing.T) {
	w := newWorld(t)
	run := func(lines ...string) {
		for _, line := range lines {
			w.command(line)
		}
	}
	run("queue sales", "queue support", "trunk main", "route out main", "campaign spring sales out", "start",
		"member PJSIP/101 sales not-in-use", "member PJSIP/101 support not-in-use", "link up", "wait 5s",
		"by-hand PJSIP/101 sales,support paused=meeting", "wait 5m", "by-hand PJSIP/101 sales,support unpaused", "wait 50m",
		"by-hand PJSIP/101 sales paused=meeting", "wait 5m", "removed PJSIP/101 support", "wait 1s")
	for _, set := range []time.Duration{0, time.Hour} {
		w.now.Wall = w.now.Wall.Add(set)
		run("wait 1s")
		r := w.d.reply(w.d.persons["PJSIP/101"])
		if lasts := w.now.Wall.Sub(r.Since); r.Reason != "meeting" || r.By != ByForeign || lasts > 4*time.Second {
			t.Errorf("the clock set by %s: %s by %s, for %s", set, r.Reason, r.By, lasts)
		}
	}
}
