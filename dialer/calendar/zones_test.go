package calendar

import (
	"archive/zip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// everyZone is every zone of the tz database that comes with Go.
func everyZone(t testing.TB) (zones []*time.Location) {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	database, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	for _, f := range database.File {
		if !strings.HasSuffix(f.Name, "/") {
			zones = append(zones, location(t, f.Name))
		}
	}
	if len(zones) < 500 {
		t.Fatalf("%d zones: is the tz database where it was?", len(zones))
	}
	return zones
}

// changes are the instants in some years at which the clocks of a zone change.
func changes(zone *time.Location, from, to int) (all []time.Time) {
	for at := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC); ; {
		_, end := at.In(zone).ZoneBounds()
		if end.IsZero() || end.Year() > to {
			return all
		}
		all = append(all, end)
		at = end
	}
}

// shows tells whether a wall clock shows opening hours: the calendar read as a person would.
func (c *Calendar) shows(wall time.Time) bool {
	var spans []Span
	for _, h := range c.Hours {
		if h.Days[wall.Weekday()] {
			spans = append(spans, h.Spans...)
		}
	}
	for _, d := range c.Off {
		if d.String() == wall.Format(time.DateOnly) {
			spans = nil
		}
	}
	for _, d := range c.Dates {
		if d.Day.String() == wall.Format(time.DateOnly) {
			spans = d.Spans
		}
	}
	minute := wall.Hour()*60 + wall.Minute()
	return slices.ContainsFunc(spans, func(s Span) bool { return s.From <= minute && minute < s.To })
}

// TestEveryChangeOfEveryZone walks over each change of the clocks, minute by minute, in every zone of
// the tz database, and compares with what the wall shows: Open in each minute, NextOpen in some, that it
// is open there, not before, and without a break until it ends.
func TestEveryChangeOfEveryZone(t *testing.T) {
	calendars := []*Calendar{
		{Hours: hours(t, "mon-sun 00:00-00:30 01:15-02:00 02:30-03:15 22:45-23:30")},
		{Hours: hours(t, "mon-fri 09:00-13:00 14:00-20:00", "sat,sun 23:00-24:00", "sun 00:00-01:00")},
	}
	several := 0
	for _, zone := range everyZone(t) {
		for _, change := range append(changes(zone, 2011, 2011), changes(zone, 2026, 2027)...) { // in 2011 Samoa left out a day
			for _, c := range calendars {
				c.Dates = []Date{{Day: DayOf(change, zone) + 1, Spans: []Span{{From: 30, To: 90}, {From: 1380, To: 1440}}}}
				c.Off = []Day{DayOf(change.Add(-time.Minute), zone) - 1}
				several += scan(t, c, change.Add(-26*time.Hour), change.Add(26*time.Hour), zone)
			}
		}
		if t.Failed() {
			return
		}
	}
	if several < 300_000 {
		t.Errorf("only %d questions were asked: are there no changes of clocks any more?", several)
	}
}

// scan asks about each minute from one instant to another, back to front, so that the answer to NextOpen
// is known from the minutes behind.
func scan(t *testing.T, c *Calendar, from, to time.Time, zones ...*time.Location) (questions int) {
	t.Helper()
	s := New(c)
	from, to = from.Truncate(time.Minute), to.Truncate(time.Minute)
	var opens time.Time // the first open minute from here on, if it is known yet
	for at := to; !at.Before(from); at = at.Add(-time.Minute) {
		open := true
		for _, zone := range zones {
			shows := c.shows(at.In(zone))
			if got := s.Open(at, 0, zone); got != shows {
				t.Errorf("%s: open %t, the wall shows %s", zone, got, at.In(zone))
			}
			open = open && shows
		}
		if open {
			opens = at
		}
		if opens.IsZero() || at.Unix()/60%7 != 0 {
			continue
		}
		questions++
		for _, asked := range []time.Time{at, at.Add(-time.Nanosecond)} {
			next, ok := s.NextOpen(asked, 0, zones...)
			if before := c.open(asked, zones); before && !next.From.Equal(asked) || !before && !next.From.Equal(opens) || !ok {
				t.Errorf("%v from %s: %s, the wall shows %s", zones, asked, next.From, opens)
			}
			if last := next.To.Add(-time.Nanosecond); !next.To.After(next.From) || !c.open(last, zones) {
				t.Errorf("%v from %s: it says open until %s", zones, asked, next.To)
			}
		}
	}
	return questions
}

func (c *Calendar) open(at time.Time, zones []*time.Location) bool {
	return !slices.ContainsFunc(zones, func(zone *time.Location) bool { return !c.shows(at.In(zone)) })
}

// TestSeveralZonesByMinute does the same for people who may be in one of several zones, over days on
// which the clocks of one of them change.
func TestSeveralZonesByMinute(t *testing.T) {
	c := &Calendar{Hours: hours(t, "mon-fri 09:00-13:00 14:00-20:00", "sat 10:00-16:00"), Dates: dates(t, "2026-03-30 12:00-15:00", "2026-11-02 shut")}
	questions := 0
	for _, names := range [][]string{{"Europe/London", "Europe/Moscow"}, {"America/New_York", "America/Chicago", "America/Phoenix", "America/Los_Angeles"},
		{"Australia/Lord_Howe", "Australia/Perth"}, {"Africa/Casablanca", "Africa/Cairo"}} {
		var zones []*time.Location
		for _, name := range names {
			zones = append(zones, location(t, name))
		}
		for _, from := range []time.Time{time.Date(2026, 2, 13, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 4, 3, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC)} {
			questions += scan(t, c, from, from.Add(4*24*time.Hour), zones...)
		}
	}
	if questions < 5000 {
		t.Errorf("%d questions", questions)
	}
}

// TestDayEndInEveryZone: around each change of the clocks the end of a day is the first moment of a
// later one.
func TestDayEndInEveryZone(t *testing.T) {
	for _, zone := range everyZone(t) {
		for _, change := range changes(zone, 2007, 2030) {
			for _, by := range []time.Duration{-25 * time.Hour, -time.Hour, -time.Minute, 0, time.Minute, 45 * time.Minute, 23 * time.Hour} {
				at := change.Add(by)
				end, day := DayEnd(at, zone), at.In(zone).Format(time.DateOnly)
				if end.In(zone).Format(time.DateOnly) <= day || end.Add(-time.Nanosecond).In(zone).Format(time.DateOnly) > day || !end.After(at) {
					t.Fatalf("%s: the day of %s ends at %s", zone, at.In(zone), end.In(zone))
				}
			}
		}
	}
}

// FuzzNextOpen asks at any instant, in any pair of zones: the answer is open, and what lies between is
// not, as far as a look at some of it shows.
func FuzzNextOpen(f *testing.F) {
	zones := everyZone(f)
	c := &Calendar{Hours: hours(f, "mon-fri 09:00-13:00 14:00-20:00", "sat,sun 10:00-16:00"), Off: days(f, "2027-01-01", "2027-01-04"), Dates: dates(f, "2026-12-31 10:00-14:00")}
	s := New(c)
	f.Add(int64(1_790_000_000), int64(0), uint16(0), uint16(100))
	f.Add(int64(1_800_000_000), int64(999_999_999), uint16(300), uint16(301))
	f.Fuzz(func(t *testing.T, second, nano int64, a, b uint16) {
		at := time.Unix(second%4_000_000_000, nano%1_000_000_000)
		two := []*time.Location{zones[int(a)%len(zones)], zones[int(b)%len(zones)]}
		next, ok := s.NextOpen(at, 0, two...)
		if !ok {
			return // they are too far apart
		}
		if next.From.Before(at) || !c.open(next.From, two) || !c.open(next.To.Add(-time.Nanosecond), two) {
			t.Fatalf("%v from %s: %v", two, at, next)
		}
		step := max(next.From.Sub(at)/500, time.Nanosecond)
		for dumb := at; dumb.Before(next.From); dumb = dumb.Add(step) {
			if c.open(dumb, two) {
				t.Fatalf("%v from %s: open at %s, it says %v", two, at, dumb, next)
			}
		}
	})
}

func BenchmarkNextOpen(b *testing.B) {
	s := New(&Calendar{Hours: hours(b, "mon-fri 09:00-20:00")})
	at := time.Date(2026, 11, 27, 21, 0, 0, 0, time.UTC) // a Friday evening
	one, many := []*time.Location{location(b, "Europe/Moscow")}, everyZone(b)[:40]
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			s.NextOpen(at.Add(-5*time.Hour), ofMoscow, one...)
		}
	})
	b.Run("over the weekend", func(b *testing.B) {
		for b.Loop() {
			s.NextOpen(at, ofMoscow, one...)
		}
	})
	b.Run("never, in 40 zones", func(b *testing.B) {
		hour := New(&Calendar{Hours: hours(b, "mon-fri 09:00-10:00")})
		for b.Loop() {
			hour.NextOpen(at, ofMoscow, many...)
		}
	})
}
