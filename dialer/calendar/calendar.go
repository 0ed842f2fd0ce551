// Package calendar tells when a person may be called: opening hours by weekday with breaks, holidays,
// own dates and half days, and overrides for regions, in the time zone of the called person.
//
//	s := calendar.New(c)
//	s.Open(now, number, zone)     // may he be called now?
//	s.NextOpen(now, number, zone) // when next, and until when?
//	s.NextOpen(now, number, moscow, samara) // when is it open in both?
package calendar

// Calendar is one set of hours, as the administrator writes it. Its toml keys are those of calendars.toml.
//
// What is written closer to the day and the person is stronger: dates of the region, dates of the
// calendar, holidays (the region's own if it names any), hours of the region, hours of the calendar.
type Calendar struct {
	Name     string   `toml:"name"`
	Hours    []Hours  `toml:"hours"`
	Holidays string   `toml:"holidays"` // countries whose public holidays are shut
	Dates    []Date   `toml:"dates"`
	Regions  []Region `toml:"region"`
	Off      []Day    // the days of Holidays, from whoever knows them
}

// Region is what is different for the numbers that begin with one of its prefixes; of several regions
// the one with the longest prefix counts.
type Region struct {
	Prefixes []string `toml:"prefix"`
	Hours    []Hours  `toml:"hours"`    // none: the calendar's
	Holidays string   `toml:"holidays"` // in place of the calendar's
	Dates    []Date   `toml:"dates"`    // besides the calendar's, and stronger
	Off      []Day
}

// Hours are spans of some weekdays, as "mon-fri 09:00-13:00 14:00-20:00" or "sat,sun 10:00-16:00".
type Hours struct {
	Days  [7]bool // by time.Weekday
	Spans []Span
}

// Date is a day with hours of its own, as "2026-12-31 10:00-14:00" or "2027-01-01 shut".
type Date struct {
	Day   Day
	Spans []Span
}

// Span is a stretch of a day in minutes from its midnight by the wall clock, From included and To
// not. To may be 1440.
type Span struct{ From, To int }
