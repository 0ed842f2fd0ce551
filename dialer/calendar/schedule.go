package calendar

import (
	"cmp"
	"slices"
	"time"

	"dialerd/dialer/phone"
)

// Schedule is a Calendar worked out for asking: for each region, what is open on which day.
type Schedule struct {
	plans   []plan // the first for numbers of no region, then by Calendar.Regions
	regions phone.Table
}

// plan is the spans of each day, in order and none on another.
type plan struct {
	week  [7][]Span
	dates map[Day][]Span // stronger
}

// Opening is a stretch of time in which it is open, From included and To not. It may go on after To.
type Opening struct{ From, To time.Time }

// New works a calendar out.
func New(c *Calendar) *Schedule {
	s := &Schedule{plans: []plan{c.plan(&Region{})}}
	var prefixes []phone.Prefix
	for i := range c.Regions {
		for _, p := range c.Regions[i].Prefixes {
			prefixes = append(prefixes, phone.Prefix{Digits: p, Value: i + 1})
		}
		s.plans = append(s.plans, c.plan(&c.Regions[i]))
	}
	s.regions = phone.NewTable(prefixes)
	return s
}

// plan lays what the region says over what the calendar says.
func (c *Calendar) plan(r *Region) plan {
	p := plan{dates: map[Day][]Span{}}
	hours, off := c.Hours, c.Off
	if len(r.Hours) > 0 {
		hours = r.Hours
	}
	if r.Holidays != "" {
		off = r.Off
	}
	for _, h := range hours {
		for day, on := range h.Days {
			if on {
				p.week[day] = append(p.week[day], h.Spans...)
			}
		}
	}
	for day := range p.week {
		p.week[day] = Merged(p.week[day])
	}
	for _, d := range off {
		p.dates[d] = nil
	}
	for _, dates := range [][]Date{c.Dates, r.Dates} {
		for _, d := range dates {
			p.dates[d.Day] = Merged(slices.Clone(d.Spans))
		}
	}
	return p
}

// Merged puts spans in order, and makes one of those that touch or lie over each other.
func Merged(spans []Span) (all []Span) {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	for _, s := range spans {
		if n := len(all); n > 0 && s.From <= all[n-1].To {
			all[n-1].To = max(all[n-1].To, s.To)
			continue
		}
		all = append(all, s)
	}
	return all
}

// Region is which region a number is in, from 1; 0 for none. Numbers of one region are open at the
// same times.
func (s *Schedule) Region(n phone.Number) int {
	region, _ := s.regions.Find(n)
	return region
}

// Open tells whether it is open at t for a number, in a zone.
func (s *Schedule) Open(t time.Time, n phone.Number, zone *time.Location) bool {
	_, offset := t.In(zone).Zone()
	wall := t.Unix() + int64(offset)
	day := shown(wall)
	for _, span := range s.plans[s.Region(n)].day(day) {
		if second := int(wall - int64(day)*daySeconds); second >= span.From*60 && second < span.To*60 {
			return true
		}
	}
	return false
}

// horizon is how far NextOpen looks: over a year, so that a calendar open on one date a year works.
const horizon = 400 * 24 * time.Hour

// NextOpen is the first time from t on at which it is open for a number in all zones at once; ok is
// false when there is none within 400 days. What the wall clock of each zone shows is what counts, also
// where a change of the clock skips an hour or shows it twice.
func (s *Schedule) NextOpen(t time.Time, n phone.Number, zones ...*time.Location) (o Opening, ok bool) {
	p := &s.plans[s.Region(n)]
	end := t.Add(horizon)
	o = Opening{t, end}
	for i, agreed := 0, 0; agreed < len(zones); i++ {
		next, ok := p.next(o.From, end, zones[i%len(zones)])
		switch {
		case !ok:
			return Opening{}, false
		case next.From.After(o.From): // the zones before have to be asked again
			o, agreed = next, 1
			continue
		case next.To.Before(o.To):
			o.To = next.To
		}
		agreed++
	}
	return o, true
}

// next is the first opening in one zone that ends after t and begins before end.
func (p *plan) next(t, end time.Time, zone *time.Location) (o Opening, ok bool) {
	for t.Before(end) {
		local := t.In(zone)
		_, offset := local.Zone()
		_, change := local.ZoneBounds()
		if change.IsZero() || change.After(end) {
			change = end
		}
		if o, ok = p.even(t, change, int64(offset)); ok {
			return o, true
		}
		t = change
	}
	return Opening{}, false
}

// even is the first opening of a stretch in which the wall clock runs evenly, ahead of UTC by offset.
func (p *plan) even(from, to time.Time, offset int64) (o Opening, ok bool) {
	wall, last := from.Unix()+offset, to.Unix()+offset
	whole := from.Add(-time.Duration(from.Nanosecond()))
	for day := shown(wall); int64(day)*daySeconds < last; day++ {
		for _, s := range p.day(day) {
			opens, shuts := int64(day)*daySeconds+int64(s.From)*60, int64(day)*daySeconds+int64(s.To)*60
			if shuts <= wall || opens >= last {
				continue
			}
			o = Opening{from, to}
			if opens > wall {
				o.From = whole.Add(time.Duration(opens-wall) * time.Second)
			}
			if shuts < last {
				o.To = whole.Add(time.Duration(shuts-wall) * time.Second)
			}
			return o, true
		}
	}
	return Opening{}, false
}

func (p *plan) day(d Day) []Span {
	if spans, ok := p.dates[d]; ok {
		return spans
	}
	return p.week[d.Weekday()]
}
