package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// soak is a daemon under load and what was seen of it.
type soak struct {
	t    *testing.T
	load *loaded
	late *lateness
	span time.Duration // over which figures are taken
	lags []int         // one each second, in ms
}

// figures are the medians of one span, and what happened in it.
type figures struct {
	rss, goroutines, fds int // rss in kB
	calls                int // that rang
	seconds              float64
	at                   int // calls that have rung by its end
}

// sample looks at the daemon once a second for a span of time.
func (s *soak) sample(span time.Duration) figures {
	s.t.Helper()
	var rss, goroutines, fds []int
	begun, before := time.Now(), s.rung()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for time.Since(begun) < span {
		<-ticker.C
		status, err := s.load.p.client.Status(context.Background())
		if err != nil {
			s.t.Fatal(err)
		}
		pid := status.Process.PID
		if pid != s.load.p.cmd.Process.Pid || len(status.PBXs) != 1 || !status.PBXs[0].Up {
			s.t.Fatalf("the daemon %d says: %+v %+v", s.load.p.cmd.Process.Pid, status.Process, status.PBXs)
		}
		rss, fds = append(rss, residentKB(s.t, pid)), append(fds, openFiles(s.t, pid))
		goroutines = append(goroutines, status.Process.Goroutines)
		// The daemon tells its lag while it is above 200 ms; below, it is the one that we see.
		s.lags = append(s.lags, max(int(status.PBXs[0].LagMS), s.late.take()))
	}
	at := s.rung()
	return figures{rss: median(rss), goroutines: median(goroutines), fds: median(fds),
		calls: at - before, seconds: time.Since(begun).Seconds(), at: at}
}

// rung counts the calls, by the customers' own words.
func (s *soak) rung() (n int) {
	for _, key := range []string{"CUSTOMERS_LOG", "TRUNK_LOG"} {
		for _, x := range s.load.lab.judge(key) {
			if x.what == "rung" && strings.HasPrefix(x.number, "7900") {
				n++
			}
		}
	}
	return n
}

// alike fails when the load was not the same in both spans: figures of unlike loads show nothing.
func (s *soak) alike(start, end figures) {
	s.t.Helper()
	first, last := float64(start.calls)/start.seconds, float64(end.calls)/end.seconds
	fmt.Printf("%.1f calls a second in the beginning, %.1f at the end, %d in all\n", first, last, end.at)
	if first < 2 || last < first*2/3 || last > first*3/2 {
		s.t.Errorf("the load was not steady: %.1f calls a second in the beginning, %.1f at the end", first, last)
	}
}

// fewCalls is how far medians of the same load may lie apart: each FastAGI session is a goroutine and an
// open file, and some are under way at any time. What stays behind once in five hundred calls is more than
// that after half an hour.
const fewCalls = 8

// flat fails when there was no load, or when goroutines or files are left behind.
func (s *soak) flat(start, end figures) {
	s.t.Helper()
	if end.at < 30 || start.rss == 0 || start.goroutines == 0 || start.fds == 0 {
		s.t.Errorf("%d calls are no load, or there are no figures: %+v", end.at, start)
	}
	few := func(what string, first, last int) {
		if last > first+fewCalls {
			s.t.Errorf("%s: %d in the beginning, %d at the end, and %d more is all that a few calls take", what, first, last, fewCalls)
		}
	}
	few("goroutines", start.goroutines, end.goroutines)
	few("open files", start.fds, end.fds)
}

// What memory may grow by under the same load. Some growth is right: SQLite keeps pages of the database in
// memory, up to 64 MB, and a call takes some 250 bytes of it; a number's attempts of two days are
// remembered, at 24 bytes. When it was tried, it grew by 300 bytes a call, and by nothing that could be told
// from noise besides. In half an hour of some 7000 judged calls, a leak of 400 bytes a call breaks the bound.
const (
	rssPerCall = 400      // bytes
	rssNoise   = 2 * 1024 // kB: the collector's rhythm, and pages that a heap of 5 MB has or gives back
)

// even fails when memory grew by more than it may, or when events come late.
func (s *soak) even(start, end figures) {
	s.t.Helper()
	calls := end.at - start.at
	grew, may := end.rss-start.rss, rssNoise+calls*rssPerCall/1024
	fmt.Printf("rss grew by %d kB over %d calls, it may by %d kB; the database has %d kB\n", grew, calls, may, s.database())
	if grew > may {
		s.t.Errorf("the daemon took %d kB, and takes %d kB %d calls later: %d kB is what it may grow by", start.rss, end.rss, calls, may)
	}
	if lag := s.lag(); lag > 200 {
		s.t.Errorf("in one second of a hundred events came %d ms late", lag)
	}
}

// database is its size in kB.
func (s *soak) database() int64 {
	info, err := os.Stat(filepath.Join(s.load.dir, "dialerd.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	return info.Size() / 1024
}

// lag is the 99th percentile of the seconds' lags, in ms.
func (s *soak) lag() int {
	return slices.Sorted(slices.Values(s.lags))[len(s.lags)*99/100]
}

func median(of []int) int {
	if len(of) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(of))[len(of)/2]
}

// residentKB is what the process has in memory.
func residentKB(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb
}

func openFiles(t *testing.T, pid int) int {
	t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}
