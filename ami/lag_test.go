package ami

import (
	"testing"
	"time"
)

const ms = time.Millisecond

func TestLag(t *testing.T) {
	var l lag
	for _, step := range []struct {
		events []time.Duration
		late   time.Duration
		tell   bool
	}{
		{nil, 0, false},
		{[]time.Duration{10 * ms, 20 * ms}, 20 * ms, false},
		{[]time.Duration{-5 * ms}, 0, false},
		{[]time.Duration{201 * ms}, 201 * ms, true},
		{[]time.Duration{900 * ms, 300 * ms, 500 * ms}, 900 * ms, true},
		{[]time.Duration{50 * ms}, 50 * ms, true}, // once more, to say that it is over
		{[]time.Duration{50 * ms}, 50 * ms, false},
		{[]time.Duration{ms, ms, ms, ms, ms, ms, ms, ms, ms, ms, time.Minute}, ms, false}, // one in eleven is no overload
		{[]time.Duration{time.Second}, time.Second, true},
		{nil, 0, true}, // nothing comes: nothing is late
		{nil, 0, false},
	} {
		for _, late := range step.events {
			l.add(late)
		}
		if late, tell := l.take(); late != step.late || tell != step.tell {
			t.Errorf("after %v: %v, %v; want %v, %v", step.events, late, tell, step.late, step.tell)
		}
	}
}

func TestLagOfFlood(t *testing.T) {
	var l lag
	for range 100_000 {
		l.add(time.Hour)
	}
	for range len(l.samples) {
		l.add(300 * ms)
	}
	if late, tell := l.take(); late != 300*ms || !tell {
		t.Errorf("%v, %v", late, tell)
	}
}

func TestOffset(t *testing.T) {
	now := time.Unix(1_795_352_378, 0)
	var o offset
	// ping asks at now; it takes trip there and back, and their clock is ahead.
	ping := func(trip, ahead time.Duration) {
		o.measure(now, now.Add(trip), now.Add(trip/2+ahead))
		now = now.Add(5 * time.Second)
	}
	late := func(happened time.Duration) time.Duration { return o.late(now, now.Add(-happened+o.ahead)) }

	ping(2*ms, time.Hour)
	if o.ahead != time.Hour || late(30*ms) != 30*ms {
		t.Fatalf("an hour ahead: %v", o.ahead)
	}
	o.measure(now, now.Add(400*ms), now.Add(time.Hour+390*ms)) // answered late: a bad measurement
	if o.ahead != time.Hour {
		t.Errorf("a slow ping moved it to %v", o.ahead)
	}
	ping(1*ms, time.Hour+1*ms)
	if o.ahead != time.Hour+1*ms {
		t.Errorf("a quicker ping: %v", o.ahead)
	}
	ping(10*ms, time.Minute) // their clock was set
	if o.ahead != time.Minute {
		t.Errorf("their clock was set: %v", o.ahead)
	}
	for range offsetAge { // drift, each too small to contradict
		ping(40*ms, time.Minute+9*ms)
	}
	if o.ahead != time.Minute+9*ms {
		t.Errorf("drift: %v", o.ahead)
	}
}

func TestTimestamp(t *testing.T) {
	if got, ok := timestamp([]byte("1795352378.499013")); !ok || !got.Equal(time.UnixMicro(1795352378499013)) {
		t.Errorf("%v, %v", got, ok)
	}
	for _, bad := range []string{"", ".499013", "1795352378", "1795352378.49901", "17953x2378.499013", "1795352378.4990.3", "99999999999999.000000", "1795352378,499013"} {
		if got, ok := timestamp([]byte(bad)); ok {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}
