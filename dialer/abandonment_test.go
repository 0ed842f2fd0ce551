package dialer

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestAbandonmentAgainstList holds the counts of the three windows against a walk through all calls,
// over half a year in several zones, with snapshots between.
func TestAbandonmentAgainstList(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		zone, err := time.LoadLocation([]string{"Europe/Moscow", "Europe/London", "America/St_Johns", "UTC"}[seed%4])
		if err != nil {
			t.Fatal(err)
		}
		a := &abandonment{zone: zone}
		var all []Attempt
		at := time.Date(2026, 2, 27, 12, 0, 0, 0, time.UTC)
		for range 400 {
			at = at.Add(time.Duration(r.ExpFloat64() * 12 * float64(time.Hour)))
			x := Attempt{Answered: at, Outcome: []Outcome{Answered, Abandoned, HungUp, Machine, Busy}[r.IntN(5)]}
			all = append(all, x)
			a.add(x, at)
			if r.IntN(10) == 0 {
				b := &abandonment{zone: zone}
				for _, s := range a.save("c") {
					b.restore(s)
				}
				a = b
			}
			for _, s := range a.status(at) {
				if answered, abandoned := countSince(all, dumbFrom(s.Window, all, at, zone)); s.Answered != answered || s.Abandoned != abandoned {
					t.Fatalf("seed %d, window %s at %s: %d of %d, counted one by one %d of %d", seed, s.Window, at.In(zone), s.Abandoned, s.Answered, abandoned, answered)
				}
			}
		}
	}
}

// dumbFrom is when the present period began, found day by day.
func dumbFrom(w Window, all []Attempt, at time.Time, zone *time.Location) time.Time {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, zone)
	}
	day := midnight(at)
	switch w {
	case WindowMonth:
		for day.Day() != 1 {
			day = midnight(day.Add(-time.Hour))
		}
	case Window30Days:
		for _, x := range all {
			if x.Outcome == Answered || x.Outcome == Abandoned || x.Outcome == HungUp {
				from := midnight(x.Answered)
				for days := 0; ; days++ {
					next := midnight(from.AddDate(0, 0, days).Add(12 * time.Hour))
					if next.After(at) {
						return day
					}
					if days%30 == 0 {
						day = next
					}
				}
			}
		}
	}
	return day
}

func countSince(all []Attempt, from time.Time) (answered, abandoned int) {
	for _, x := range all {
		if x.Answered.Before(from) {
			continue
		}
		switch x.Outcome {
		case Abandoned:
			abandoned++
			answered++
		case Answered, HungUp:
			answered++
		}
	}
	return answered, abandoned
}

// TestAbandonmentLateEnd: a call that was answered before midnight and ends after it counts for the
// month, and not for the new day.
func TestAbandonmentLateEnd(t *testing.T) {
	a := &abandonment{zone: time.UTC}
	midnight := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		answered time.Duration
		outcome  Outcome
		ends     time.Duration
	}{{-time.Hour, Answered, -30 * time.Minute}, {time.Minute, Answered, 2 * time.Minute}, {-time.Minute, Abandoned, 3 * time.Minute}} {
		a.add(Attempt{Answered: midnight.Add(x.answered), Outcome: x.outcome}, midnight.Add(x.ends))
	}
	sameWindows(t, a, midnight.Add(time.Hour), AbandonmentStatus{WindowDay, midnight, 1, 0},
		AbandonmentStatus{Window30Days, midnight.AddDate(0, 0, -1), 3, 1}, AbandonmentStatus{WindowMonth, midnight.AddDate(0, 0, -2), 3, 1})
}

// TestAbandonmentWrongClock: a clock that is set over a midnight, or by years, and back, loses no count;
// a look at the status with a wrong clock changes nothing.
func TestAbandonmentWrongClock(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, 10 * 365 * 24 * time.Hour} {
		a := &abandonment{zone: time.UTC}
		at := time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC)
		for range 10 {
			a.add(Attempt{Answered: at, Outcome: Abandoned}, at)
		}
		a.status(at.Add(by))
		a.add(Attempt{Answered: at.Add(by), Outcome: Answered}, at.Add(by))
		a.add(Attempt{Answered: at, Outcome: Answered}, at)
		day, month := at.Add(-23*time.Hour-30*time.Minute), time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		got := a.status(at)
		if got[WindowDay] != (AbandonmentStatus{WindowDay, day, 11, 10}) || got[WindowMonth] != (AbandonmentStatus{WindowMonth, month, 11, 10}) || got[Window30Days].Abandoned != 10 {
			t.Errorf("set by %s: %+v", by, got)
		}
	}
}

// TestAbandonmentSlowClock: a clock that was fast over the midnight before a campaign's first call, or is slow by years for
// a moment, and is set right again, loses no count of the thirty days.
func TestAbandonmentSlowClock(t *testing.T) {
	at := time.Date(2026, 3, 31, 0, 30, 0, 0, time.UTC)
	day := at.Add(-30 * time.Minute)
	for _, c := range []struct {
		slow    time.Duration
		present AbandonmentStatus // with the slow clock
		later   AbandonmentStatus // with the right one
	}{
		{time.Hour, AbandonmentStatus{Window30Days, day.AddDate(0, 0, -1), 11, 10}, AbandonmentStatus{Window30Days, day.AddDate(0, 0, -1), 12, 10}},
		{10 * 365 * 24 * time.Hour, AbandonmentStatus{Window30Days, at.Add(-10 * 365 * 24 * time.Hour).Truncate(24 * time.Hour), 1, 0}, AbandonmentStatus{Window30Days, day, 11, 10}},
	} {
		a := &abandonment{zone: time.UTC}
		for range 10 {
			a.add(Attempt{Answered: at, Outcome: Abandoned}, at)
		}
		slow := at.Add(-c.slow)
		a.add(Attempt{Answered: slow, Outcome: Answered}, slow)
		if got := a.status(slow)[Window30Days]; got != c.present {
			t.Errorf("slow by %s: %+v, want %+v", c.slow, got, c.present)
		}
		a.add(Attempt{Answered: at, Outcome: Answered}, at)
		if got := a.status(at)[Window30Days]; got != c.later {
			t.Errorf("right again after %s: %+v, want %+v", c.slow, got, c.later)
		}
	}
}

func sameWindows(t *testing.T, a *abandonment, at time.Time, want ...AbandonmentStatus) {
	t.Helper()
	for w, got := range a.status(at) {
		if got != want[w] {
			t.Errorf("%+v, want %+v", got, want[w])
		}
	}
}
