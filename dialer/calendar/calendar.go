// Package calendar tells when a person may be called: opening hours by weekday with breaks, own
// dates and half days, and overrides for regions, in the time zone of the called person.
//
//	c.Open(now, "+74951234567", zone)     // may he be called now?
//	c.NextOpen(now, "+74951234567", zone) // when next?
package calendar

import (
	"fmt"
	"strings"
	"time"
)

// Calendar is one set of hours. Its toml keys are those of calendars.toml.
type Calendar struct {
	Name     string   `toml:"name"`
	Hours    []Hours  `toml:"hours"`
	Holidays string   `toml:"holidays"` // country whose public holidays are shut
	Dates    []Date   `toml:"dates"`    // stronger than hours
	Regions  []Region `toml:"region"`
}

// Region overrides the weekly hours for numbers that begin with one of its prefixes. Dates of the
// calendar stay stronger.
type Region struct {
	Prefixes []string `toml:"prefix"`
	Hours    []Hours  `toml:"hours"`
}

// Hours are spans of some weekdays, as "mon-fri 09:00-13:00 14:00-20:00" or "sat,sun 10:00-16:00".
type Hours struct {
	Days  [7]bool // by time.Weekday
	Spans []Span
}

// Date is a day with hours of its own, as "2026-12-31 10:00-14:00" or "2027-01-01 shut".
type Date struct {
	Day   string // 2006-01-02
	Spans []Span
}

// Span is a stretch of a day in minutes from its midnight by the wall clock, From included and To
// not. To may be 1440.
type Span struct{ From, To int }

// horizon is how far NextOpen looks: over a year, so that a calendar open on one date a year works.
const horizon = 400

// Open tells whether the calendar is open at t for a number, in the person's zone.
func (c *Calendar) Open(t time.Time, digits string, zone *time.Location) bool {
	local := t.In(zone)
	minute := local.Hour()*60 + local.Minute()
	for _, s := range c.day(local, digits) {
		if minute >= s.From && minute < s.To {
			return true
		}
	}
	return false
}

// NextOpen is the first instant not before t at which the calendar is open; ok is false when there
// is none within 400 days. Hours that a change of the clock skips or repeats are judged by what
// the wall clock shows.
func (c *Calendar) NextOpen(t time.Time, digits string, zone *time.Location) (at time.Time, ok bool) {
	if c.Open(t, digits, zone) {
		return t, true
	}
	local := t.In(zone)
	for d := range horizon {
		noon := time.Date(local.Year(), local.Month(), local.Day()+d, 12, 0, 0, 0, zone)
		for _, s := range c.day(noon, digits) {
			if at, ok := c.first(t, wall(noon, s.From, zone), wall(noon, s.To, zone), digits, zone); ok {
				return at, true
			}
		}
	}
	return time.Time{}, false
}

// clockShift is more than any change of a wall clock: where it skips or repeats an hour, the instant
// that time.Date gives for what it shows may be off by as much.
const clockShift = 2 * time.Hour

// first is the first open minute of a span that is not before t.
func (c *Calendar) first(t, from, to time.Time, digits string, zone *time.Location) (time.Time, bool) {
	if to.Add(clockShift).Before(t) {
		return time.Time{}, false
	}
	at := from.Add(-clockShift)
	if at.Before(t) {
		at = t.Truncate(time.Minute)
		if at.Before(t) {
			at = at.Add(time.Minute)
		}
	}
	for ; at.Before(to.Add(clockShift)); at = at.Add(time.Minute) {
		if c.Open(at, digits, zone) {
			return at, true
		}
	}
	return time.Time{}, false
}

// day is the spans of the day that local falls on.
func (c *Calendar) day(local time.Time, digits string) []Span {
	date := local.Format(time.DateOnly)
	for _, d := range c.Dates {
		if d.Day == date {
			return d.Spans
		}
	}
	var spans []Span
	for _, h := range c.hours(digits) {
		if h.Days[local.Weekday()] {
			spans = append(spans, h.Spans...)
		}
	}
	return spans
}

// hours is the weekly hours for a number: those of its region, else the calendar's.
func (c *Calendar) hours(digits string) []Hours {
	if r := c.Region(digits); r >= 0 {
		return c.Regions[r].Hours
	}
	return c.Hours
}

// Region is the index of the region with the longest prefix of a number; -1 when it is in none. Numbers
// of one region are open at the same times.
func (c *Calendar) Region(digits string) (best int) {
	best, length := -1, -1
	digits = strings.TrimPrefix(digits, "+")
	for i, r := range c.Regions {
		for _, p := range r.Prefixes {
			p = strings.TrimPrefix(p, "+")
			if len(p) > length && strings.HasPrefix(digits, p) {
				best, length = i, len(p)
			}
		}
	}
	return best
}

// wall is the instant at which the wall clock of the day shows the minute.
func wall(day time.Time, minute int, zone *time.Location) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, minute, 0, 0, zone)
}

var weekdays = map[string]time.Weekday{"mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday,
	"thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday, "sun": time.Sunday}

// UnmarshalText reads hours.
func (h *Hours) UnmarshalText(text []byte) error {
	days, spans, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	var v Hours
	for _, part := range strings.Split(days, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, ok := weekdays[from]
		last, ok2 := first, true
		if isRange {
			last, ok2 = weekdays[to]
		}
		if !ok || !ok2 {
			return fmt.Errorf("%q does not begin with weekdays: write it as mon-fri 09:00-13:00 14:00-20:00", text)
		}
		for d := first; ; d = (d + 1) % 7 {
			v.Days[d] = true
			if d == last {
				break
			}
		}
	}
	var err error
	if v.Spans, err = parseSpans(spans); err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	*h = v
	return nil
}

// UnmarshalText reads a date.
func (d *Date) UnmarshalText(text []byte) error {
	day, spans, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return fmt.Errorf("%q does not begin with a date: write it as 2026-12-31 10:00-14:00 or 2027-01-01 shut", text)
	}
	v := Date{Day: day}
	if strings.TrimSpace(spans) != "shut" {
		var err error
		if v.Spans, err = parseSpans(spans); err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
	}
	*d = v
	return nil
}

// MarshalText writes the hours with each weekday by its name.
func (h Hours) MarshalText() ([]byte, error) {
	var days []string
	for _, name := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		if h.Days[weekdays[name]] {
			days = append(days, name)
		}
	}
	return []byte(strings.Join(days, ",") + formatSpans(h.Spans)), nil
}

// MarshalText writes the date.
func (d Date) MarshalText() ([]byte, error) {
	if len(d.Spans) == 0 {
		return []byte(d.Day + " shut"), nil
	}
	return []byte(d.Day + formatSpans(d.Spans)), nil
}

func formatSpans(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		fmt.Fprintf(&b, " %02d:%02d-%02d:%02d", s.From/60, s.From%60, s.To/60, s.To%60)
	}
	return b.String()
}

func parseSpans(s string) (spans []Span, err error) {
	for _, field := range strings.Fields(s) {
		from, to, ok := strings.Cut(field, "-")
		span := Span{parseMinute(from), parseMinute(to)}
		if !ok || span.From < 0 || span.To < 0 || span.From >= span.To {
			return nil, fmt.Errorf("%q is no span of hours: write it as 09:00-18:00, up to 24:00, the first before the second", field)
		}
		if n := len(spans); n > 0 && span.From < spans[n-1].To {
			return nil, fmt.Errorf("%q begins before the span before it ends", field)
		}
		spans = append(spans, span)
	}
	if len(spans) == 0 {
		return nil, fmt.Errorf("no hours: write them as 09:00-18:00")
	}
	return spans, nil
}

// parseMinute is the minutes from midnight of hh:mm; -1 when it is none.
func parseMinute(s string) int {
	if len(s) != 5 || s[2] != ':' {
		return -1
	}
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
	}
	hour, minute := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	if minute > 59 || hour > 24 || hour == 24 && minute > 0 {
		return -1
	}
	return hour*60 + minute
}
