package dialer

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"dialerd/dialer/phone"
)

// dumbWindow keeps everything it was ever told since a trunk was opened, and looks through all of it.
type dumbWindow struct{ all []report }

// last is the last report of each number, of those that count at a time, the newest n.
func (w *dumbWindow) last(n int, now time.Duration) (count []report) {
	seen := map[phone.Number]bool{}
	for _, r := range slices.Backward(w.all) {
		if seen[r.number] || now-r.at >= breakerWithin || len(count) == n {
			continue
		}
		seen[r.number] = true
		count = append(count, r)
	}
	return count
}

// TestBreakerAgainstAll: what a breaker keeps leads to the same decision as everything there was.
func TestBreakerAgainstAll(t *testing.T) {
	shut := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		x := NewTrunk()
		x.Breaker, x.BreakerCalls = Share(0.1+0.9*r.Float64()), 4+r.IntN(30)
		var b breaker
		b.configure(x, 0)
		var w dumbWindow
		fails, numbers := r.Float64(), 1+r.IntN(60)
		now := time.Hour
		for range 300 {
			now += time.Duration(r.IntN(60)) * time.Second
			rep := report{number: phone.Number(r.IntN(numbers) + 1), at: now, failed: r.Float64() < fails}
			w.all = append(w.all, rep)
			got := b.learn(rep, now)
			last, failed := w.last(x.BreakerCalls, now), 0
			for _, l := range last {
				if l.failed {
					failed++
				}
			}
			want := breakerStays
			if rep.failed && 2*len(last) >= x.BreakerCalls && float64(failed) >= float64(x.Breaker)*float64(len(last)) {
				want = breakerShut
			}
			if got != want {
				t.Fatalf("seed %d: %d of the last %d failed, share %g of %d: got turn %d, want %d", seed, failed, len(last), float64(x.Breaker), x.BreakerCalls, got, want)
			}
			if got == breakerShut { // the pause passes, and the trial is carried
				shut++
				now = b.until
				trial := report{number: 99999, at: now}
				if b.learn(trial, now) != breakerOpened {
					t.Fatalf("seed %d: a trial that was carried does not open it", seed)
				}
				w.all = []report{trial}
			}
		}
	}
	if shut < 100 {
		t.Errorf("shut %d times: that shows nothing", shut)
	}
}

// TestBreakerPauses: each failed trial doubles the pause up to the longest; being open for a while
// begins anew.
func TestBreakerPauses(t *testing.T) {
	x := NewTrunk()
	x.BreakerCalls, x.BreakerPause, x.BreakerLongest = 4, Duration(30*time.Second), Duration(3*time.Minute)
	var b breaker
	b.configure(x, 0)
	now, number := time.Hour, phone.Number(0)
	tell := func(failed bool) turn {
		number++
		return b.learn(report{number: number, at: now, failed: failed}, now)
	}
	fail := func() time.Duration { // until it is shut
		for range 100 {
			if tell(true) == breakerShut {
				return b.until - now
			}
		}
		t.Fatal("it is never shut")
		return 0
	}
	for i, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 3 * time.Minute, 3 * time.Minute} {
		if got := fail(); got != want {
			t.Errorf("pause %d is %s, want %s", i, got, want)
		}
		now = b.until - time.Second
		if tell(false) != breakerStays || !b.shut {
			t.Error("a call that was planned while it was shut opens it")
		}
		now = b.until
	}
	if tell(false) != breakerOpened {
		t.Fatal("a call that is carried does not open it")
	}
	now += time.Minute
	if got := fail(); got != 3*time.Minute {
		t.Errorf("it was open for a minute, and the pause is %s, want 3m", got)
	}
	now = b.until
	tell(false)
	now += breakerWithin
	if got := fail(); got != 30*time.Second {
		t.Errorf("it was open for long, and the pause is %s, want 30s", got)
	}
}

// TestBreakerHearsOldCalls: calls that were under way when it was shut say nothing afterwards, be they
// carried or not.
func TestBreakerHearsOldCalls(t *testing.T) {
	x := NewTrunk()
	x.BreakerCalls = 4
	var b breaker
	b.configure(x, 0)
	before := time.Hour
	for i := range phone.Number(4) {
		b.learn(report{number: i + 1, at: before, failed: true}, before)
	}
	if !b.shut {
		t.Fatal("four failures of four do not shut it")
	}
	after := b.until + time.Second
	for i, failed := range []bool{true, false} {
		if b.learn(report{number: phone.Number(10 + i), at: after, failed: failed}, before) != breakerStays {
			t.Errorf("an old call that failed: %t changes it", failed)
		}
	}
	b.learn(report{number: 20, at: after}, after)
	for i := range phone.Number(9) {
		if b.learn(report{number: 30 + i, at: after, failed: true}, before) != breakerStays {
			t.Error("old calls shut it again after it was opened")
		}
	}
}

// TestBreakerNever: without a share a trunk is never shut, and a reload that takes the share away opens it.
func TestBreakerNever(t *testing.T) {
	x := NewTrunk()
	x.Breaker = 0
	var b breaker
	b.configure(x, 0)
	for i := range phone.Number(100) {
		if b.learn(report{number: i + 1, at: time.Hour, failed: true}, time.Hour) != breakerStays {
			t.Fatal("it is shut")
		}
	}
	b.configure(NewTrunk(), 0)
	for i := range phone.Number(100) {
		b.learn(report{number: i + 1, at: time.Hour, failed: true}, time.Hour)
	}
	shut := b.shut
	b.configure(x, time.Hour)
	if !shut || b.shut {
		t.Errorf("shut with a breaker: %t, without: %t", shut, b.shut)
	}
}

// TestBreakerOverRestart: a breaker that has seen the rows of its trunk is as it was before, whenever
// the daemon ended.
func TestBreakerOverRestart(t *testing.T) {
	start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	shut := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		x := NewTrunk()
		x.Name = "t"
		live := trunkBook{}
		live.configure([]Trunk{x}, 0)
		var rows []Attempt
		for mono := time.Hour; mono < 2*time.Hour; mono += time.Duration(1+r.IntN(20)) * time.Second {
			a := Attempt{ID: CallID(len(rows) + 1), Trunk: "t", Number: phone.Number(1 + r.IntN(1000)), Planned: start.Add(mono),
				Ended: start.Add(mono + time.Second), Outcome: Busy, Cause: Cause{By: Person}}
			if r.IntN(10) < 7 {
				a.Outcome, a.Cause.By = Congestion, Carrier
			}
			rows = append(rows, a)
			rep, _ := a.report()
			rep.number, rep.at = a.Number, mono+time.Second
			live["t"].breaker.learn(rep, mono)
		}
		again := trunkBook{}
		now := Now{Wall: start.Add(2 * time.Hour), Mono: 0}
		again.configure([]Trunk{x}, 0)
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		again.recall(rows, now)
		a, b := &live["t"].breaker, &again["t"].breaker
		if a.shut != b.shut || a.pause != b.pause || a.shut && a.until-2*time.Hour != b.until {
			t.Fatalf("seed %d: shut %t for %s until %s, after the restart %t for %s until %s", seed, a.shut, a.pause, a.until-2*time.Hour, b.shut, b.pause, b.until)
		}
		if a.shut {
			shut++
		}
	}
	if shut < 20 || shut > 199 {
		t.Errorf("shut in %d of 200: that shows nothing", shut)
	}
}

// TestReports: whose doing an outcome was decides what it says of the trunk.
func TestReports(t *testing.T) {
	answered := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		a             Attempt
		tells, failed bool
	}{
		{Attempt{Outcome: Congestion, Cause: Cause{By: Carrier}}, true, true},
		{Attempt{Outcome: Failed, Cause: Cause{By: Carrier}}, true, true},
		{Attempt{Outcome: Failed, Cause: Cause{By: Us}}, false, false},
		{Attempt{Outcome: Cancelled, Cause: Cause{By: Us}}, false, false},
		{Attempt{Outcome: Lost, Cause: Cause{By: Us}}, false, false},
		{Attempt{Outcome: Abandoned, Cause: Cause{By: Us}, Answered: answered}, true, false},
		{Attempt{Outcome: Busy, Cause: Cause{By: Person}}, true, false},
		{Attempt{Outcome: Rejected, Cause: Cause{By: Person}}, true, false},
		{Attempt{Outcome: InvalidNumber, Cause: Cause{By: Person}}, true, false},
		{Attempt{Outcome: NoAnswer, Cause: Cause{By: Person}}, true, false},
		{Attempt{Outcome: Answered, Cause: Cause{By: Person}, Answered: answered}, true, false},
	} {
		if r, tells := c.a.report(); tells != c.tells || r.failed != c.failed {
			t.Errorf("%s by %s: tells %t, failed %t", c.a.Outcome, c.a.Cause.By, tells, r.failed)
		}
	}
}
