package dialer

import (
	"time"

	"dialerd/dialer/calendar"
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
		if d.callable(l.Numbers[use]) {
			l.Use = use
			return d.judgeNumber(c, l, l.Numbers[use])
		}
	}
	return d.now.Wall.Add(never), "it has no number that may be called"
}

// callable tells whether a number may be called at all: it exists as far as we know, and is not on the
// DNC list.
func (d *Dialer) callable(n phone.Number) bool {
	s := d.numbers.states[n]
	return (s == nil || !s.invalid) && !d.config.DNC.Has(n)
}

// judgeNumber is judge for one number. It is legal when why is empty.
func (d *Dialer) judgeNumber(c *campaign, l *lead, n phone.Number) (until time.Time, why string) {
	now := d.now.Wall
	zone := d.zone(l.Zone, c.Timezone)
	if l.Next.After(now) {
		return l.Next, "its next call is later"
	}
	switch {
	case l.Attempts >= c.Attempts.Total || l.Faults >= c.Attempts.Faults:
		return now.Add(never), "its attempts are made"
	case c.route(n) == nil:
		return now.Add(never), "the route has no way to its number"
	}
	if c.calendar != nil {
		if at, ok := d.opening.next(c.calendar, now, n.Digits(), zone); !ok {
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
	case s.called && d.now.Mono-s.mono < c.Attempts.Gap.Span(): // the wall clock was set forward
		return now.Add(c.Attempts.Gap.Span() - (d.now.Mono - s.mono)), "the gap between attempts"
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

// opening remembers for the present minute when each calendar opens, by zone and region: leads are
// judged by the thousand, and few of them differ in that.
type opening struct {
	minute time.Time
	known  map[openingKey]openingTime
}

type openingKey struct {
	calendar *calendar.Calendar
	zone     *time.Location
	region   int
}

type openingTime struct {
	at time.Time
	ok bool
}

func (o *opening) clear() { o.known = nil }

// next is Calendar.NextOpen.
func (o *opening) next(c *calendar.Calendar, now time.Time, digits string, zone *time.Location) (time.Time, bool) {
	if minute := now.Truncate(time.Minute); o.known == nil || !minute.Equal(o.minute) {
		o.minute, o.known = minute, map[openingKey]openingTime{}
	}
	key := openingKey{c, zone, c.Region(digits)}
	t, known := o.known[key]
	if !known {
		t.at, t.ok = c.NextOpen(o.minute, digits, zone)
		o.known[key] = t
	}
	if t.at.Before(now) {
		return now, t.ok
	}
	return t.at, t.ok
}
