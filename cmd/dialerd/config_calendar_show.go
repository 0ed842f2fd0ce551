package main

import (
	"fmt"
	"strings"
	"time"

	"dialerd/dialer/calendar"
)

// holidayNotes shows which holidays calendars keep in the coming twelve months: an administrator sees what
// a country's two letters have come to, and where his own dates are stronger.
func holidayNotes(calendars []calendar.Calendar, now time.Time) (notes []string) {
	for _, c := range calendars {
		if c.Holidays != "" {
			notes = append(notes, holidayNote(fmt.Sprintf("calendar %q", c.Name), c.Holidays, now, c.Dates))
		}
		for _, r := range c.Regions {
			if r.Holidays != "" {
				what := fmt.Sprintf("calendar %q, region %s", c.Name, strings.Join(r.Prefixes, " "))
				notes = append(notes, holidayNote(what, r.Holidays, now, r.Dates, c.Dates))
			}
		}
	}
	return notes
}

// holidayNote is one list; own is dates that are stronger, the strongest first.
func holidayNote(what, names string, now time.Time, own ...[]calendar.Date) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is shut on these holidays of %s in the coming 12 months:", what, strings.Join(holidayWords(names), ", "))
	from, to := calendar.DayOf(now, now.Location()), calendar.DayOf(now.AddDate(1, 0, 0), now.Location())
	for _, h := range holidaysOf(names, from.Year(), to.Year()) {
		if h.day < from || h.day >= to {
			continue
		}
		fmt.Fprintf(&b, "\n  %s %s  %s", h.day, h.day.Weekday().String()[:3], h.name)
		if d := ownDate(h.day, own); d != nil {
			text, _ := d.MarshalText() // it has no error
			fmt.Fprintf(&b, "; dates say otherwise: %s", strings.TrimPrefix(string(text), h.day.String()+" "))
		}
	}
	for _, name := range holidayWords(names) {
		if name == "ru" {
			b.WriteString("\n  Days off that the government of Russia moves each year are not among them: write those as dates.")
		}
	}
	return b.String()
}

func ownDate(day calendar.Day, own [][]calendar.Date) *calendar.Date {
	for _, dates := range own {
		for i := range dates {
			if dates[i].Day == day {
				return &dates[i]
			}
		}
	}
	return nil
}
