package main

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"dialerd/dialer"
)

var soakMinutes = flag.Float64("soak", 0, "minutes that TestSoak loads the daemon for; 0: its short form of some seconds, which judges less")

// TestSoak loads the daemon evenly and looks at what it takes, in the beginning and at the end: whatever
// grows by itself would stop it one day.
func TestSoak(t *testing.T) {
	whole := time.Duration(*soakMinutes * float64(time.Minute))
	long := whole > 0
	if !long {
		whole = 18 * time.Second
	}
	// Twice the leads that are needed: one that was abandoned is left alone for the rest of the run.
	x := startLoad(t, loadFiles(5, 3, "mode = \"progressive\""), 2)
	s := &soak{t: t, load: x, late: listen(x.lab), span: whole / 3}
	warm := s.span
	if long {
		// What is made once is made in the first minute: caches, connections, the size of the heap.
		s.span, warm = whole/10, max(whole/10, time.Minute)
	}
	s.sample(warm)
	start := s.sample(s.span)
	s.sample(whole - warm - 2*s.span)
	end := s.sample(s.span)
	s.flat(start, end)
	if long {
		s.alike(start, end)
		s.even(start, end)
		s.judge()
	}
	fmt.Printf("soak: minutes=%g rss_start=%d rss_end=%d goroutines_start=%d goroutines_end=%d fds_start=%d fds_end=%d lag_p99_ms=%d\n",
		whole.Minutes(), start.rss, end.rss, start.goroutines, end.goroutines, start.fds, end.fds, s.lag())
}

// judge lets the load run out: nobody killed anything, so nothing at all may be wrong with the calls.
func (s *soak) judge() {
	j := s.load.judge(s.t, verdicts{})
	j.print()
	lost := j.outcomes(dialer.Lost)
	fmt.Printf("calls=%d talks=%d abandoned=%d %s lost=%d\n", len(j.customers), len(j.talks), j.abandoned, j.found.counts(), lost)
	if lost > 0 {
		s.t.Errorf("%d calls are lost, and the daemon was there all the time", lost)
	}
}
