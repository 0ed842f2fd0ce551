package dialer

import (
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
		if !d.config.DNC.Has(l.Numbers[use]) {
			l.Use = use
			return d.judgeNumber(c, l, l.Numbers[use])
		}
	}
	return d.now.Wall.Add(never), "it has no number that may be called"
}

// judgeNumber is judge for one number. It is legal when why is empty.
func (d *Dialer) judgeNumber(c *campaign, l *lead, n phone.Number) (until time.Time, why string) {
	now := d.now.Wall
	zone := d.zone(l.Zone, c.Timezone)
	if l.Next.After(now) {
		return l.Next, "its next call is later"
	}
	if c.calendar != nil {
		if at, ok := c.calendar.NextOpen(now, n.Digits(), zone); !ok {
			return now.Add(never), "the calendar never opens"
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
	case now.Sub(s.abandoned) < afterAbandoned:
		return s.abandoned.Add(afterAbandoned), "72 hours after an abandoned call"
	case s.today(now, zone) >= c.Attempts.PerDay:
		return midnight(now, zone), "the attempts of the day are made"
	}
	return now, ""
}

// midnight is the end of the day that now is in the zone.
func midnight(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	return time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone)
}

// zone is the location of a lead: its own, else its campaign's. A name that the tz database does
// not know falls back to the campaign's.
func (d *Dialer) zone(names ...string) *time.Location {
	for _, name := range names {
		if name == "" {
			continue
		}
		loc, known := d.zones[name]
		if !known {
			loc, _ = time.LoadLocation(name)
			d.zones[name] = loc
		}
		if loc != nil {
			return loc
		}
	}
	return time.UTC
}
