package agenda

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestOrder: by time, and of the same time in the order in which it was added, whatever is added
// meanwhile.
func TestOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var a Agenda
	var now time.Duration
	added, done := 0, 0
	last := map[time.Duration]int{}
	add := func() {
		at, order := now+time.Duration(r.IntN(20)), added
		added++
		a.Add(at, func() {
			if at != now || order < last[at] {
				t.Fatalf("number %d for %d comes at %d, after number %d", order, at, now, last[at])
			}
			last[at] = order
			done++
		})
	}
	for range 2000 {
		add()
		if r.IntN(3) > 0 {
			now, _ = a.Next()
			a.Take()()
		}
	}
	for at, ok := a.Next(); ok; at, ok = a.Next() {
		now = at
		a.Take()()
	}
	if done != added {
		t.Errorf("%d of %d were done", done, added)
	}
}
