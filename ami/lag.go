package ami

import (
	"slices"
	"time"
)

// lagLimit is where lateness begins to matter: below it the noise of a healthy Asterisk lies.
const lagLimit = 200 * time.Millisecond

// lag measures how late events come. An Asterisk that is overloaded shows it by this alone: its
// calls go on and its pings are answered at once, while its events queue up.
//
// It says the ninetieth percentile of what came since it was last asked, so that one late event
// among many is no overload. Only the last events of a flood are kept.
type lag struct {
	samples [1024]time.Duration
	count   int
	above   bool
}

func (l *lag) add(late time.Duration) {
	l.samples[l.count%len(l.samples)] = max(0, late)
	l.count++
}

// take gives the lag and begins anew. It is worth telling while it is above the limit, and once when
// it is no longer. Where nothing came, nothing is late.
func (l *lag) take() (late time.Duration, tell bool) {
	if n := min(l.count, len(l.samples)); n > 0 {
		slices.Sort(l.samples[:n])
		late = l.samples[n*9/10]
	}
	l.count = 0
	was := l.above
	l.above = late > lagLimit
	return late, l.above || was
}

// offset is how far the PBX's clock is ahead of ours. It is measured by pings, which Asterisk
// answers at once however loaded it is.
type offset struct {
	known bool
	ahead time.Duration
	error time.Duration // at most, either way
	age   int           // pings since it was measured
}

// A measurement is replaced when it is this many pings old, as clocks drift apart.
const offsetAge = 12

// measure takes one ping: when it went out and was answered by our clock, and when it was answered
// by theirs. The quickest answer is the best measurement, unless a later one contradicts it: then
// one of the clocks was set.
func (o *offset) measure(sent, received, theirs time.Time) {
	trip := received.Sub(sent)
	now := offset{known: true, ahead: theirs.Sub(sent.Add(trip / 2)), error: trip/2 + time.Millisecond}
	o.age++
	apart := (now.ahead - o.ahead).Abs()
	if !o.known || now.error <= o.error || o.age >= offsetAge || apart > now.error+o.error {
		*o = now
	}
}

// late is how long ago, by their clock, something bore the time theirs, at the time now by ours.
func (o *offset) late(now, theirs time.Time) time.Duration {
	return now.Add(o.ahead).Sub(theirs)
}

// timestamp reads seconds and microseconds as in 1795352378.499013; ok is false for anything else.
func timestamp(s []byte) (t time.Time, ok bool) {
	const micros = 6
	dot := len(s) - micros - 1
	if dot < 1 || dot > 11 || s[dot] != '.' {
		return t, false
	}
	var n int64
	for i, c := range s {
		if i == dot {
			continue
		}
		if c < '0' || c > '9' {
			return t, false
		}
		n = n*10 + int64(c-'0')
	}
	return time.UnixMicro(n), true
}
