package dialer

import "time"

// throttle lets through so many in any one second. It remembers when the last ones went, so that
// the limit holds in every second, not on average.
type throttle struct {
	sent []time.Duration // ring of the last ones
	at   int
	span time.Duration // in which len(sent) may go
}

// second is a little longer than one, because the far end counts by its own clock and the way there
// does not always take as long: a limit is kept where it is counted, for a tenth of the rate.
const second = 1100 * time.Millisecond

// set changes the rate, per second; a rate under 1 lets one through in a longer time. 0 is no limit.
func (t *throttle) set(cps float64) {
	if cps <= 0 {
		*t = throttle{}
		return
	}
	n := max(1, int(cps))
	t.span = time.Duration(float64(second) * float64(n) / cps)
	if n == len(t.sent) {
		return
	}
	sent := make([]time.Duration, n)
	for i := range sent {
		sent[i] = -time.Hour
	}
	// What went out a moment ago still counts, the newest first.
	for i := 0; i < min(n, len(t.sent)); i++ {
		sent[n-1-i] = t.sent[(t.at-1-i+len(t.sent))%len(t.sent)]
	}
	t.sent, t.at = sent, 0
}

// room is how many may go now, with the rate slowed to a share of itself; no limit is a big number.
func (t *throttle) room(now time.Duration, share float64) int {
	if len(t.sent) == 0 {
		return 1 << 20
	}
	span := time.Duration(float64(t.span) / share)
	free := 0
	for _, at := range t.sent {
		if now-at >= span {
			free++
		}
	}
	return free
}

func (t *throttle) went(now time.Duration) {
	if len(t.sent) > 0 {
		t.sent[t.at] = now
		t.at = (t.at + 1) % len(t.sent)
	}
}
