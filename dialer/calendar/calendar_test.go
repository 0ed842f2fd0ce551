package calendar

import (
	"encoding"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"dialerd/dialer/phone"
)

// read is texts as their type reads them.
func read[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](t testing.TB, lines ...string) (all []T) {
	t.Helper()
	for _, s := range lines {
		var x T
		if err := P(&x).UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	return all
}

func hours(t testing.TB, lines ...string) []Hours { t.Helper(); return read[Hours](t, lines...) }
func dates(t testing.TB, lines ...string) []Date  { t.Helper(); return read[Date](t, lines...) }
func days(t testing.TB, lines ...string) []Day    { t.Helper(); return read[Day](t, lines...) }

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

const wallLayout = "2006-01-02 15:04"

// ask is one question to a calendar: asked at a time by the wall clock of a zone, it opens then, and
// shuts then.
type ask struct {
	at     string
	number phone.Number
	opens  string // empty: never
	shuts  string
}

func asked(t *testing.T, c *Calendar, zone *time.Location, asks ...ask) {
	t.Helper()
	s := New(c)
	for _, x := range asks {
		at, err := time.ParseInLocation(wallLayout, x.at, zone)
		if err != nil {
			t.Fatal(err)
		}
		next, ok := s.NextOpen(at, x.number, zone)
		opens, shuts := "", ""
		if ok {
			opens, shuts = next.From.In(zone).Format(wallLayout), next.To.In(zone).Format(wallLayout)
		}
		if opens != x.opens || shuts != x.shuts {
			t.Errorf("%s %s: open from %s to %s, want %s to %s", x.at, x.number, opens, shuts, x.opens, x.shuts)
		}
		if open := s.Open(at, x.number, zone); open != (x.at == x.opens) {
			t.Errorf("%s %s: open %t", x.at, x.number, open)
		}
	}
}

const (
	ofMoscow      phone.Number = 79161234567
	ofVladivostok phone.Number = 74231234567
	ofKazan       phone.Number = 78431234567
)

func TestOpen(t *testing.T) {
	c := &Calendar{
		Hours: hours(t, "mon-fri 09:00-13:00 14:00-20:00", "sat,sun 10:00-16:00"),
		Dates: dates(t, "2026-12-31 10:00-14:00", "2027-01-01 shut"),
		Regions: []Region{
			{Prefixes: []string{"+7423", "7415"}, Hours: hours(t, "mon-sun 00:00-24:00")},
			{Prefixes: []string{"+742"}, Hours: hours(t, "mon-sun 11:00-12:00")},
		},
	}
	asked(t, c, location(t, "Europe/Moscow"),
		ask{"2026-11-23 09:00", ofMoscow, "2026-11-23 09:00", "2026-11-23 13:00"}, // Monday
		ask{"2026-11-23 08:59", ofMoscow, "2026-11-23 09:00", "2026-11-23 13:00"},
		ask{"2026-11-23 13:00", ofMoscow, "2026-11-23 14:00", "2026-11-23 20:00"}, // the break
		ask{"2026-11-23 20:00", ofMoscow, "2026-11-24 09:00", "2026-11-24 13:00"},
		ask{"2026-11-27 21:00", ofMoscow, "2026-11-28 10:00", "2026-11-28 16:00"},      // into Saturday
		ask{"2026-12-31 09:30", ofMoscow, "2026-12-31 10:00", "2026-12-31 14:00"},      // the half day
		ask{"2026-12-31 14:00", ofMoscow, "2027-01-02 10:00", "2027-01-02 16:00"},      // over the date, a Friday
		ask{"2026-11-23 03:00", ofVladivostok, "2026-11-23 03:00", "2026-11-24 00:00"}, // the region is always open
		ask{"2027-01-01 03:00", ofVladivostok, "2027-01-02 00:00", "2027-01-03 00:00"}, // but not on the date
	)
}

// TestHolidays: own dates are stronger than holidays, both ways, and a region's than the calendar's.
func TestHolidays(t *testing.T) {
	c := &Calendar{
		Hours:    hours(t, "mon-fri 09:00-20:00"),
		Holidays: "ru", Off: days(t, "2027-02-22", "2027-02-23", "2027-03-08"),
		Dates: dates(t, "2027-02-20 10:00-14:00", "2027-02-22 10:00-15:00", "2027-02-24 shut"),
		Regions: []Region{
			{Prefixes: []string{"7423"}, Dates: dates(t, "2027-02-23 12:00-13:00", "2027-02-22 shut")},
			{Prefixes: []string{"7843"}, Holidays: "ru-ta", Off: days(t, "2027-03-09"), Hours: hours(t, "mon-fri 08:00-09:00")},
		},
	}
	asked(t, c, location(t, "Europe/Moscow"),
		ask{"2027-02-19 20:00", ofMoscow, "2027-02-20 10:00", "2027-02-20 14:00"},      // open on a Saturday
		ask{"2027-02-20 14:00", ofMoscow, "2027-02-22 10:00", "2027-02-22 15:00"},      // open on a holiday
		ask{"2027-02-22 15:00", ofMoscow, "2027-02-25 09:00", "2027-02-25 20:00"},      // shut on a holiday, and on a working day
		ask{"2027-02-20 14:00", ofVladivostok, "2027-02-23 12:00", "2027-02-23 13:00"}, // the region's own dates
		ask{"2027-02-23 13:00", ofVladivostok, "2027-02-25 09:00", "2027-02-25 20:00"}, // and the calendar's where it has none
		ask{"2027-03-07 12:00", ofMoscow, "2027-03-09 09:00", "2027-03-09 20:00"},
		ask{"2027-03-08 08:00", ofKazan, "2027-03-08 08:00", "2027-03-08 09:00"}, // its holidays are others
		ask{"2027-03-08 09:00", ofKazan, "2027-03-10 08:00", "2027-03-10 09:00"},
		ask{"2027-02-22 00:00", ofKazan, "2027-02-22 10:00", "2027-02-22 15:00"}, // the calendar's dates hold for it
	)
}

// TestSpans: what lies next to each other is one, over midnight it goes on, and a day may be empty.
func TestSpans(t *testing.T) {
	c := &Calendar{Hours: hours(t, "mon 22:00-24:00", "tue 00:00-02:00", "wed 12:00-14:00", "wed 08:00-10:00", "mon-wed 09:00-12:00")}
	asked(t, c, location(t, "Europe/Moscow"),
		ask{"2026-11-23 23:59", ofMoscow, "2026-11-23 23:59", "2026-11-24 00:00"},
		ask{"2026-11-24 00:00", ofMoscow, "2026-11-24 00:00", "2026-11-24 02:00"},
		ask{"2026-11-25 00:00", ofMoscow, "2026-11-25 08:00", "2026-11-25 14:00"},
		ask{"2026-11-25 14:00", ofMoscow, "2026-11-30 09:00", "2026-11-30 12:00"},
	)
	once := &Calendar{Dates: dates(t, "2026-12-24 10:00-11:00", "2028-06-01 10:00-11:00", "2026-12-25 shut")}
	asked(t, once, location(t, "Europe/Moscow"),
		ask{"2026-01-01 00:00", ofMoscow, "2026-12-24 10:00", "2026-12-24 11:00"},
		ask{"2026-12-24 11:00", ofMoscow, "", ""}, // the next is further away than anybody waits
		ask{"2027-06-01 00:00", ofMoscow, "2028-06-01 10:00", "2028-06-01 11:00"},
	)
	asked(t, &Calendar{}, time.UTC, ask{"2026-01-01 00:00", ofMoscow, "", ""})
}

// TestChangeOfTheClock: what the wall shows is what counts, when it skips an hour and when it shows
// one twice.
func TestChangeOfTheClock(t *testing.T) {
	s := New(&Calendar{Hours: hours(t, "sun 02:30-04:00")})
	for from, want := range map[string]Opening{
		"2026-03-28T23:00:00Z": {utc(t, "2026-03-29T01:00:00Z"), utc(t, "2026-03-29T02:00:00Z")}, // 02:30 does not exist: 03:00 summer time
		"2026-10-24T23:00:00Z": {utc(t, "2026-10-25T00:30:00Z"), utc(t, "2026-10-25T01:00:00Z")}, // 02:30 comes twice: the first of the two
		"2026-10-25T01:00:00Z": {utc(t, "2026-10-25T01:30:00Z"), utc(t, "2026-10-25T03:00:00Z")}, // and the second
	} {
		next, ok := s.NextOpen(utc(t, from), 0, location(t, "Europe/Berlin"))
		if !ok || !next.From.Equal(want.From) || !next.To.Equal(want.To) {
			t.Errorf("from %s: %v, want %v", from, next, want)
		}
	}
}

func utc(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestSeveralZones: it is open when it is in all of them.
func TestSeveralZones(t *testing.T) {
	kaliningrad, vladivostok := location(t, "Europe/Kaliningrad"), location(t, "Asia/Vladivostok") // UTC+2 and UTC+10
	s := New(&Calendar{Hours: hours(t, "mon-fri 09:00-20:00")})
	from, fridayNoon := utc(t, "2026-11-23T00:00:00Z"), utc(t, "2026-11-27T12:00:00Z")
	for _, x := range []struct {
		at         time.Time
		zones      []*time.Location
		opens, end string
	}{
		{from, []*time.Location{kaliningrad}, "2026-11-23T07:00:00Z", "2026-11-23T18:00:00Z"},
		{from, []*time.Location{vladivostok}, "2026-11-23T00:00:00Z", "2026-11-23T10:00:00Z"},
		{from, []*time.Location{kaliningrad, vladivostok}, "2026-11-23T07:00:00Z", "2026-11-23T10:00:00Z"},
		{fridayNoon, []*time.Location{vladivostok, kaliningrad}, "2026-11-30T07:00:00Z", "2026-11-30T10:00:00Z"},
	} {
		next, ok := s.NextOpen(x.at, 0, x.zones...)
		if !ok || !next.From.Equal(utc(t, x.opens)) || !next.To.Equal(utc(t, x.end)) {
			t.Errorf("%v from %s: %v", x.zones, x.at, next)
		}
	}
	morning := New(&Calendar{Hours: hours(t, "mon-fri 09:00-12:00")})
	if next, ok := morning.NextOpen(from, 0, kaliningrad, vladivostok); ok {
		t.Errorf("their mornings never meet, and it says %v", next)
	}
}

func TestDayEnd(t *testing.T) {
	for _, x := range []struct{ zone, at, end string }{
		{"Europe/Moscow", "2026-11-23T20:59:59Z", "2026-11-23T21:00:00Z"},
		{"Europe/Moscow", "2026-11-23T21:00:00Z", "2026-11-24T21:00:00Z"},
		{"Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-23T22:00:00Z"}, // midnight is skipped: 01:00 follows 23:59
		{"America/Havana", "2026-03-07T12:00:00Z", "2026-03-08T05:00:00Z"},
		{"Africa/Cairo", "2026-10-29T12:00:00Z", "2026-10-29T22:00:00Z"}, // at midnight back to 23:00: the date stays for an hour more
		{"Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-30T10:00:00Z"}, // a day is left out
	} {
		if end := DayEnd(utc(t, x.at), location(t, x.zone)).UTC().Format(time.RFC3339); end != x.end {
			t.Errorf("%s, the day of %s ends at %s, want %s", x.zone, x.at, end, x.end)
		}
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

// TestRecorded: a calendar goes through a recording unchanged.
func TestRecorded(t *testing.T) {
	c := Calendar{Name: "workdays", Hours: hours(t, "mon-fri 09:00-13:00 14:00-24:00"), Holidays: "ru", Off: days(t, "1969-12-31", "2027-01-01"),
		Dates: dates(t, "2026-12-31 10:00-14:00", "2024-02-29 shut"), Regions: []Region{{Prefixes: []string{"7495"}, Off: days(t, "2027-01-01")}}}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back Calendar
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(c, back) {
		t.Errorf("%v\n%+v\n%s", err, back, data)
	}
	if d := days(t, "2027-01-01")[0]; d.Weekday() != time.Friday || d.Year() != 2027 || days(t, "1969-12-31")[0].Weekday() != time.Wednesday {
		t.Errorf("%s is %s of %d", d, d.Weekday(), d.Year())
	}
}
