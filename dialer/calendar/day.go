package calendar

import (
	"fmt"
	"time"
)

// Day is a date wherever one is, counted from 1 January 1970.
type Day int32

const daySeconds = 24 * 60 * 60

// DayOf is the date that the wall clock of a zone shows.
func DayOf(t time.Time, zone *time.Location) Day {
	_, offset := t.In(zone).Zone()
	return shown(t.Unix() + int64(offset))
}

// DayEnd is when the date that a zone shows at t is over for good: from then on it is a later one. A
// change of the clock may skip midnight, or show it twice.
func DayEnd(t time.Time, zone *time.Location) time.Time {
	day := DayOf(t, zone)
	for at := t; ; {
		local := at.In(zone)
		_, offset := local.Zone()
		_, end := local.ZoneBounds()
		over := time.Unix((int64(day)+1)*daySeconds-int64(offset), 0).In(zone)
		switch {
		case end.IsZero() || over.Before(end):
			return over
		case DayOf(end, zone) > day:
			return end
		}
		at = end
	}
}

// shown is the day of a wall clock that shows so many seconds since the beginning of 1970.
func shown(seconds int64) Day {
	d := seconds / daySeconds
	if seconds%daySeconds < 0 {
		d--
	}
	return Day(d)
}

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return time.Weekday(((int(d)+int(time.Thursday))%7 + 7) % 7) }

// time is the beginning of the day in UTC.
func (d Day) time() time.Time { return time.Unix(int64(d)*daySeconds, 0).UTC() }

// Year is the year it is in.
func (d Day) Year() int { return d.time().Year() }

// String is 2006-01-02.
func (d Day) String() string { return d.time().Format(time.DateOnly) }

// MarshalText writes 2006-01-02.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2006-01-02.
func (d *Day) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return fmt.Errorf("%q is no date: write it as 2026-12-31", text)
	}
	*d = shown(t.Unix())
	return nil
}
