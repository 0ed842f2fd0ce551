package dialer

import (
	"fmt"
	"strings"
	"testing"

	"dialerd/dialer/phone"
)

// trunk reads: trunk NAME lines=2 cps=5 breaker=50% of=4 pause=30s longest=2m. Without breaker= it is
// never shut.
func (c command) trunk() Trunk {
	t := NewTrunk()
	t.Name, t.Dial, t.Lines, t.CPS = c.arg(0), "PJSIP/{digits}@"+c.arg(0), c.number("lines"), float64(c.number("cps"))
	t.Breaker = 0
	c.option("breaker", &t.Breaker)
	c.option("pause", &t.BreakerPause)
	c.option("longest", &t.BreakerLongest)
	if _, ok := c.options["of"]; ok {
		t.BreakerCalls = c.number("of")
	}
	return t
}

// pool reads: pool NAME NUMBER... prefix=+7495 limit=3 zone=Europe/Moscow out=NUMBER,NUMBER.
func (c command) pool() Pool {
	p := NewPool()
	p.Name, p.Prefix, p.DailyLimit = c.arg(0), c.options["prefix"], c.number("limit")
	p.Numbers = numbersOf(c.t, c.args[1:])
	p.Out = numbersOf(c.t, strings.FieldsFunc(c.options["out"], func(r rune) bool { return r == ',' }))
	if z := c.options["zone"]; z != "" {
		p.Timezone = z
	}
	return p
}

func numbersOf(t *testing.T, texts []string) (all []phone.Number) {
	t.Helper()
	for _, s := range texts {
		n, err := phone.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

// again changes the configuration, in place of what has the same name.
func again[T any](list []T, x T, same func(T) bool) []T {
	for i := range list {
		if same(list[i]) {
			list[i] = x
			return list
		}
	}
	return append(list, x)
}

// routes shows the trunks with their breakers, and the caller IDs.
func (w *world) routes() {
	s := w.d.Status()
	for _, t := range s.Trunks {
		fmt.Fprintf(&w.out, "trunk %s: %s, %d calls, %d of the last %d failed", t.Name, t.State, t.Calls, t.Failures, t.Of)
		if t.State != TrunkOpen {
			fmt.Fprintf(&w.out, "; until %s: %s", t.Until.In(w.now.Wall.Location()).Format("15:04:05"), t.Why)
		}
		fmt.Fprintln(&w.out)
	}
	for _, p := range s.Pools {
		for _, n := range p.Shown {
			fmt.Fprintf(&w.out, "pool %s: %s shown %d times today", p.Name, n.Number, n.Today)
			if n.Why != "" {
				fmt.Fprintf(&w.out, ", %s", n.Why)
			}
			fmt.Fprintln(&w.out)
		}
	}
}
