package dialer

import (
	"slices"
	"time"

	"dialerd/dialer/phone"
)

// never is when a lead may be looked at again that nothing but a change of configuration can free.
const never = 365 * 24 * time.Hour

// judge tells whether a lead may be called now for a campaign, and if not, until when it has to wait
// and why. Its Use then points to the number to call. It is asked when the lead enters the hopper,
// when it is taken, and for that number once more right before the call goes out.
func (d *Dialer) judge(c *campaign, l *lead) (until time.Time, why string) {
	for i := range l.Numbers {
		use := (l.Use + i) % len(l.Numbers)
		if d.callable(c, l.Numbers[use]) {
			l.Use = use
			return d.judgeNumber(c, l, l.Numbers[use])
		}
	}
	if slices.ContainsFunc(l.Numbers, func(n phone.Number) bool { return d.dnc.has(c.Name, n) }) {
		return d.now.Wall.Add(never), onDNC
	}
	return d.now.Wall.Add(never), "it has no number that may be called"
}

// callable tells whether a campaign may call a number at all: it exists as far as we know, and is not on the
// DNC list.
func (d *Dialer) callable(c *campaign, n phone.Number) bool {
	s := d.numbers.states[n]
	return (s == nil || !s.invalid) && !d.dnc.has(c.Name, n)
}

// judgeNumber is judge for one number. It is legal when why is empty.
func (d *Dialer) judgeNumber(c *campaign, l *lead, n phone.Number) (until time.Time, why string) {
	now := d.now.Wall
	if l.Next.After(now) {
		return l.Next, "its next call is later"
	}
	switch {
	case l.Attempts >= c.Attempts.Total || l.Faults >= c.Attempts.Faults:
		return now.Add(never), "its attempts are made"
	case c.route(n) == nil:
		return now.Add(never), "the route has no way to its number"
	}
	zones := d.zones.of(l.Zone, n, c.Timezone)
	if c.calendar != nil {
		if at, ok := d.opening.next(c.calendar, now, n, zones); !ok {
			return now.Add(never), zones.neverOpen()
		} else if at.After(now) {
			return at, "outside the calendar"
		}
	}
	s := d.numbers.states[n]
	if s == nil {
		return now, ""
	}
	switch {
	case s.call != nil && s.call.lead != l:
		return now.Add(time.Minute), "another call to the number is under way"
	case now.Sub(s.last) < c.Attempts.Gap.Span():
		return s.last.Add(c.Attempts.Gap.Span()), "the gap between attempts"
	case s.called && d.now.Mono-s.mono < c.Attempts.Gap.Span(): // the wall clock was set forward
		return now.Add(c.Attempts.Gap.Span() - (d.now.Mono - s.mono)), "the gap between attempts"
	case now.Sub(s.abandoned) < afterAbandoned:
		return s.abandoned.Add(afterAbandoned), "72 hours after an abandoned call"
	}
	if until, over := zones.attempts(s, now, c.Attempts.PerDay); over {
		return until, "the attempts of the day are made"
	}
	return now, ""
}
