package calendar

import (
	"testing"
	"time"
)

func hours(t *testing.T, lines ...string) (h []Hours) {
	t.Helper()
	for _, s := range lines {
		var x Hours
		if err := x.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		h = append(h, x)
	}
	return h
}

func dates(t *testing.T, lines ...string) (d []Date) {
	t.Helper()
	for _, s := range lines {
		var x Date
		if err := x.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		d = append(d, x)
	}
	return d
}

func TestOpen(t *testing.T) {
	c := Calendar{Hours: hours(t, "mon-fri 09:00-13:00 14:00-20:00", "sat,sun 10:00-16:00"),
		Dates:   dates(t, "2026-12-31 10:00-14:00", "2027-01-01 shut"),
		Regions: []Region{{Prefixes: []string{"+7423", "+7415"}, Hours: hours(t, "mon-sun 00:00-24:00")}}}
	moscow, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		at, digits, next string
	}{
		{"2026-11-23 09:00", "79161234567", "2026-11-23 09:00"}, // Monday
		{"2026-11-23 08:59", "79161234567", "2026-11-23 09:00"},
		{"2026-11-23 13:00", "79161234567", "2026-11-23 14:00"}, // the break
		{"2026-11-23 20:00", "79161234567", "2026-11-24 09:00"},
		{"2026-11-27 21:00", "79161234567", "2026-11-28 10:00"}, // into Saturday
		{"2026-12-31 09:30", "79161234567", "2026-12-31 10:00"}, // the half day
		{"2026-12-31 14:00", "79161234567", "2027-01-02 10:00"}, // over the holiday, a Friday
		{"2026-11-23 03:00", "74231234567", "2026-11-23 03:00"}, // the region is always open
		{"2027-01-01 03:00", "74231234567", "2027-01-02 00:00"}, // but not on the date
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", x.at, moscow)
		if err != nil {
			t.Fatal(err)
		}
		next, ok := c.NextOpen(at, x.digits, moscow)
		if got := next.In(moscow).Format("2006-01-02 15:04"); !ok || got != x.next {
			t.Errorf("%s %s: next open %s, want %s", x.at, x.digits, got, x.next)
		}
		if open := c.Open(at, x.digits, moscow); open != (x.at == x.next) {
			t.Errorf("%s %s: open %t", x.at, x.digits, open)
		}
	}
}

// TestChangeOfTheClock: what the wall shows is what counts, when it skips an hour and when it shows
// one twice.
func TestChangeOfTheClock(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := Calendar{Hours: hours(t, "sun 02:30-04:00")}
	for from, want := range map[string]string{
		"2026-03-28T23:00:00Z": "2026-03-29T01:00:00Z", // 02:30 does not exist: 03:00 summer time
		"2026-10-24T23:00:00Z": "2026-10-25T00:30:00Z", // 02:30 comes twice: the first of the two
	} {
		at, err := time.Parse(time.RFC3339, from)
		if err != nil {
			t.Fatal(err)
		}
		next, ok := c.NextOpen(at, "", berlin)
		if got := next.UTC().Format(time.RFC3339); !ok || got != want {
			t.Errorf("from %s: %s, want %s", from, got, want)
		}
	}
}

// TestNextOpenIsOpen: over a year of every zone given, NextOpen is the first open minute.
func TestNextOpenIsOpen(t *testing.T) {
	c := Calendar{Hours: hours(t, "mon-fri 09:00-12:30 13:15-20:00", "sun 23:00-24:00"), Dates: dates(t, "2026-05-01 shut")}
	for _, name := range []string{"Europe/Moscow", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == 2026; at = at.Add(7*time.Hour + 11*time.Minute) {
			next, ok := c.NextOpen(at, "", zone)
			if !ok || next.Before(at) || !c.Open(next, "", zone) {
				t.Fatalf("%s %s: %s, %t", name, at, next, ok)
			}
			for dumb := at; dumb.Before(next); dumb = dumb.Add(time.Minute) {
				if c.Open(dumb, "", zone) {
					t.Fatalf("%s from %s: open at %s already, NextOpen says %s", name, at, dumb, next)
				}
			}
		}
	}
}

func TestNever(t *testing.T) {
	if at, ok := (&Calendar{}).NextOpen(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "", time.UTC); ok {
		t.Errorf("a calendar without hours opens at %s", at)
	}
}

func TestRefused(t *testing.T) {
	for _, s := range []string{"", "mon", "mon 9:00-18:00", "mon 18:00-09:00", "mon 09:00-09:00", "moon 09:00-18:00", "mon-fri 09:00-25:00",
		"mon 09:00-12:00 11:00-13:00", "mon 09:60-10:00", "mon 09:00", "mon 24:01-24:30"} {
		if err := new(Hours).UnmarshalText([]byte(s)); err == nil {
			t.Errorf("hours %q are taken", s)
		}
	}
	for _, s := range []string{"", "2026-02-30 shut", "31.12.2026 shut", "2026-12-31", "2026-12-31 closed"} {
		if err := new(Date).UnmarshalText([]byte(s)); err == nil {
			t.Errorf("date %q is taken", s)
		}
	}
}
