package dialer

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestSharing holds the matching to a dumb one that tries every way to give operators to queues.
func TestSharing(t *testing.T) {
	queues := []string{"a", "b", "c"}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 2))
		var agents []*agent
		for i := range r.IntN(6) {
			x := &agent{id: fmt.Sprint(i)}
			for _, q := range queues {
				if r.IntN(2) == 0 {
					x.members = append(x.members, &member{Member: Member{Queue: q, Paused: r.IntN(5) == 0}, agent: x})
				}
			}
			x.serving()
			agents = append(agents, x)
		}
		s := newGroups(agents)
		var given []string
		for range 8 {
			q := queues[r.IntN(len(queues))]
			could := served(agents, append(given, q))
			if got := s.take(q); got != could {
				t.Fatalf("seed %d: after %v one more for %q: %t, every way tried says %t", seed, given, q, got, could)
			}
			if could {
				given = append(given, q)
			}
		}
	}
}

// served tries every way to give each call of the queues an operator of its own.
func served(agents []*agent, calls []string) bool {
	if len(calls) == 0 {
		return true
	}
	for i, a := range agents {
		if a != nil && a.serves(calls[0]) {
			rest := append([]*agent(nil), agents...)
			rest[i] = nil
			if served(rest, calls[1:]) {
				return true
			}
		}
	}
	return false
}

// TestRatio: so many unanswered calls go to so many operators.
func TestRatio(t *testing.T) {
	for _, c := range []struct {
		mode      Mode
		ratio     float64
		operators int
		want      int
	}{{Progressive, 3, 4, 4}, {Ratio, 1, 4, 4}, {Ratio, 1.5, 1, 1}, {Ratio, 1.5, 2, 3}, {Ratio, 1.5, 5, 7}, {Ratio, 2, 3, 6}, {Ratio, 2.5, 2, 5}, {Predictive, 9, 2, 2}, {Ratio, 2, 0, 0}} {
		var agents []*agent
		for range c.operators {
			agents = append(agents, &agent{served: "q ", members: []*member{{Member: Member{Queue: "q"}}}})
		}
		s := newGroups(agents)
		x := &campaign{Campaign: Campaign{Pacing: PacingRule{Mode: c.mode, Ratio: c.ratio}}}
		got := 0
		for s.want(x, "q") {
			got++
		}
		if got != c.want {
			t.Errorf("%s %g with %d operators: %d calls, want %d", c.mode, c.ratio, c.operators, got, c.want)
		}
	}
}

// TestThrottle: whatever the times at which calls are wanted, no second has more than the limit, and
// a limit that is wanted all the time is used.
func TestThrottle(t *testing.T) {
	for _, cps := range []float64{0.5, 1, 3, 10, 33.4} {
		r := rand.New(rand.NewPCG(uint64(cps*10), 3))
		var limit throttle
		limit.set(cps)
		var went []time.Duration
		now := time.Hour
		for range 5000 {
			now += time.Duration(r.IntN(60)) * time.Millisecond
			if limit.room(now, 1) > 0 {
				limit.went(now)
				went = append(went, now)
			}
		}
		for i := range went {
			n := 0
			for _, at := range went[i:] {
				if at-went[i] < time.Second {
					n++
				}
			}
			if float64(n) > max(1, cps) {
				t.Fatalf("%g per second: %d within one", cps, n)
			}
		}
		if rate := float64(len(went)) / (now - time.Hour).Seconds(); rate < 0.8*cps {
			t.Errorf("%g per second: only %g were let through", cps, rate)
		}
	}
}

// TestThrottleReload: a limit that changes forgets nothing of the second before.
func TestThrottleReload(t *testing.T) {
	var limit throttle
	limit.set(4)
	for range 4 {
		limit.went(time.Hour)
	}
	limit.set(6)
	if room := limit.room(time.Hour, 1); room != 2 {
		t.Errorf("after 4 of 4 the limit is raised to 6: room for %d, want 2", room)
	}
	limit.set(3)
	if room := limit.room(time.Hour, 1); room != 0 {
		t.Errorf("after 4 the limit is lowered to 3: room for %d, want 0", room)
	}
}

// TestLag: late events halve the rate each second down to a sixteenth, and it grows back.
func TestLag(t *testing.T) {
	b := linkBook{}
	b.configure([]PBX{{Name: "p", CPS: 16}})
	l := b.get("p")
	at := time.Hour
	for range 8 {
		at += time.Second
		b.lag("p", 300*time.Millisecond, at)
	}
	if l.share != slowest {
		t.Errorf("share %g after 8 s of late events, want %g", l.share, slowest)
	}
	b.lag("p", 10*time.Millisecond, at)
	for range 14 {
		at += time.Second
		l.recover(at)
	}
	if l.share != 1 {
		t.Errorf("share %g after 14 s in time, want 1", l.share)
	}
}
