package pbx

import (
	"strings"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// trunk is a way out, with the count that its far end keeps.
type trunk struct {
	Trunk
	calls  int
	starts []time.Duration // of the calls begun in the last second
	choked bool            // it has no room for anybody at the moment
	out    bool            // its carrier fails, in the way of as
	as     Nature
}

// dialed takes apart what an Originate dials: PJSIP/79161234567@main or Local/79161234567@main/n.
func (w *World) dialed(dial string) (*trunk, phone.Number) {
	_, rest, _ := strings.Cut(dial, "/")
	rest = strings.TrimSuffix(rest, "/n")
	digits, name, _ := strings.Cut(rest, "@")
	number, _ := phone.Parse("+" + strings.TrimPrefix(digits, "+"))
	for _, t := range w.trunks {
		if t.Name == name {
			return t, number
		}
	}
	return nil, number
}

// begin counts a call in, as the far end does.
func (w *World) begin(t *trunk, call dialer.CallID) {
	t.calls++
	if t.Lines > 0 && t.calls > t.Lines {
		w.breach(call, "trunk %s has %d calls on %d lines", t.Name, t.calls, t.Lines)
	}
	for len(t.starts) > 0 && w.now-t.starts[0] >= time.Second {
		t.starts = t.starts[1:]
	}
	t.starts = append(t.starts, w.now)
	if t.CPS > 0 && len(t.starts) > t.CPS {
		w.breach(call, "trunk %s got %d calls within a second, and takes %d", t.Name, len(t.starts), t.CPS)
	}
}

// Fail has every call over a trunk fail in one way, Congestion or Undialable, until Mend. It is false
// when the trunk fails already.
func (w *World) Fail(name string, as Nature) bool {
	for _, t := range w.trunks {
		if t.Name == name && !t.out {
			t.out, t.as = true, as
			return true
		}
	}
	return false
}

// Mend ends the outage of a trunk.
func (w *World) Mend(name string) {
	for _, t := range w.trunks {
		if t.Name == name {
			t.out = false
		}
	}
}

// scheduleCongestion has a trunk run out of room from time to time, for some minutes.
func (w *World) scheduleCongestion(t *trunk) {
	if t.Congested <= 0 {
		return
	}
	const episode = 4 * time.Minute
	w.agenda.Add(w.now+w.exponential(time.Duration(float64(episode)/t.Congested)), func() {
		t.choked = true
		w.agenda.Add(w.now+w.exponential(episode), func() {
			t.choked = false
			w.scheduleCongestion(t)
		})
	})
}
