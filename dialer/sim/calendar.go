package sim

import (
	"slices"
	"strings"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

// open tells whether the calendar of a call is open at what a wall clock shows where the person is: dates of
// his region, else those of all, else days off, else the hours of his region, else those of all.
func (r *referee) open(p *placed, local time.Time) bool {
	at := slices.IndexFunc(r.sim.scenario.team.calendars, func(c calendar.Calendar) bool { return c.Name == p.campaign.Calendar })
	if at < 0 {
		return true
	}
	c := &r.sim.scenario.team.calendars[at]
	region := regionOf(c, p.Number.Digits())
	minute := local.Hour()*60 + local.Minute()
	return slices.ContainsFunc(spansOf(c, region, local), func(s calendar.Span) bool { return s.From <= minute && minute < s.To })
}

func spansOf(c *calendar.Calendar, region *calendar.Region, local time.Time) (spans []calendar.Span) {
	today := local.Format(time.DateOnly)
	for _, d := range slices.Concat(region.Dates, c.Dates) {
		if d.Day.String() == today {
			return d.Spans
		}
	}
	off, hours := c.Off, c.Hours
	if region.Holidays != "" {
		off = region.Off
	}
	if len(region.Hours) > 0 {
		hours = region.Hours
	}
	if slices.ContainsFunc(off, func(d calendar.Day) bool { return d.String() == today }) {
		return nil
	}
	for _, h := range hours {
		if h.Days[local.Weekday()] {
			spans = append(spans, h.Spans...)
		}
	}
	return spans
}

// regionOf is the region with the longest prefix of a number; an empty one when there is none.
func regionOf(c *calendar.Calendar, digits string) *calendar.Region {
	region, longest := &calendar.Region{}, 0
	for i := range c.Regions {
		if n := longestPrefix(c.Regions[i].Prefixes, digits); n > longest {
			region, longest = &c.Regions[i], n
		}
	}
	return region
}

// longestPrefix is how long the longest of some prefixes is that a number begins with; 0 when none.
func longestPrefix(prefixes []string, digits string) (longest int) {
	for _, prefix := range prefixes {
		if strings.HasPrefix(digits, prefix) {
			longest = max(longest, len(prefix))
		}
	}
	return longest
}

// zonesOf is where the person may be: the lead's own zone, else all those of the longest prefix of the
// number, else the campaign's.
func (r *referee) zonesOf(l *dialer.Lead, n phone.Number, c *dialer.Campaign) (zones []*time.Location) {
	names, longest := []string{c.Timezone}, 0
	for _, x := range r.sim.scenario.zones {
		if found := longestPrefix(x.Prefixes, n.Digits()); found > longest {
			names, longest = x.Zones, found
		}
	}
	if l.Zone != "" {
		names = []string{l.Zone}
	}
	for _, name := range names {
		zones = append(zones, r.zone(name))
	}
	return zones
}

func (r *referee) zone(name string) *time.Location {
	if r.zones[name] == nil {
		loc, err := time.LoadLocation(name)
		if err != nil {
			panic("sim: " + err.Error())
		}
		r.zones[name] = loc
	}
	return r.zones[name]
}
