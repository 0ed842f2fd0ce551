package main

import (
	"time"
)

// timepiece tells people of instants: as it is here, and as those have it who are called.
type timepiece struct {
	now  time.Time
	here *time.Location
}

func newTimepiece() timepiece { return timepiece{now: time.Now(), here: time.Local} }

// past is an instant that is over, or none.
func (c timepiece) past(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(c.here).Format("2006-01-02 15:04")
}

// at is an instant to come: Mon 2026-11-23 10:00 in Asia/Yekaterinburg, 08:00 here (in 11h); of today the hour is
// enough. Where several zones count, it is told for here alone.
func (c timepiece) at(t time.Time, zones ...string) string {
	if !t.After(c.now) {
		return "now"
	}
	here, there, name := t.In(c.here), t.In(c.here), ""
	if len(zones) == 1 {
		if zone, err := time.LoadLocation(zones[0]); err == nil {
			there, name = t.In(zone), printable(zones[0])
		}
	}
	const date, hours = "Mon 2006-01-02", "15:04"
	sameDay := there.Format(date) == here.Format(date)
	text := there.Format(hours)
	if !sameDay || here.Format(date) != c.now.In(c.here).Format(date) {
		text = there.Format(date + " " + hours)
	}
	switch {
	case there.Format(date+hours) == here.Format(date+hours):
	case sameDay:
		text += " in " + name + ", " + here.Format(hours) + " here"
	default:
		text += " in " + name + ", " + here.Format("Mon "+hours) + " here"
	}
	return text + " (in " + age(t, c.now) + ")"
}
