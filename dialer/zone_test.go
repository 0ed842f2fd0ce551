package dialer

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

// TestZonesOf: the lead's own zone, else those of its number, else the campaign's.
func TestZonesOf(t *testing.T) {
	b := newZoneBook()
	b.configure([]NumberZones{{[]string{"Europe/Moscow"}, []string{"7"}}, {[]string{"Asia/Almaty", "Asia/Aqtobe"}, []string{"77", "+76"}},
		{[]string{"Mars/Olympus"}, []string{"71"}}, {[]string{"Mars/Olympus", "Asia/Omsk"}, []string{"72"}}})
	for _, x := range []struct {
		own      string
		number   phone.Number
		campaign string
		want     string
	}{
		{"Asia/Tokyo", 77010000000, "Europe/Riga", "Asia/Tokyo"},
		{"", 77010000000, "Europe/Riga", "Asia/Almaty Asia/Aqtobe"},
		{"Asia/Wladiwostok", 76010000000, "Europe/Riga", "Asia/Almaty Asia/Aqtobe"},
		{"", 79160000000, "Europe/Riga", "Europe/Moscow"},
		{"", 71000000000, "Europe/Riga", "Europe/Riga"}, // the tz database knows none of its zones
		{"", 72000000000, "Europe/Riga", "Asia/Omsk"},
		{"", 4930000000, "Europe/Riga", "Europe/Riga"},
		{"Asia/Wladiwostok", 4930000000, "Mars/Olympus", "UTC"},
	} {
		var got []string
		for _, zone := range b.of(x.own, x.number, x.campaign).list {
			got = append(got, zone.String())
		}
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%q, %s, %q: %s, want %s", x.own, x.number, x.campaign, s, x.want)
		}
	}
	if b.of("", 77010000000, "Europe/Riga") != b.of("Asia/Nowhere", 76010000000, "") {
		t.Error("one set of zones is two")
	}
}

// TestOpeningRemembers compares what is remembered with asking anew, over days on which the clocks change
// and however the wall clock is set.
func TestOpeningRemembers(t *testing.T) {
	var h calendar.Hours
	if err := h.UnmarshalText([]byte("sat,sun 00:30-01:30 02:30-12:00")); err != nil {
		t.Fatal(err)
	}
	s := calendar.New(&calendar.Calendar{Hours: []calendar.Hours{h}, Regions: []calendar.Region{{Prefixes: []string{"7423"}, Dates: []calendar.Date{{Day: 20_541}}}}})
	b := newZoneBook()
	r := rand.New(rand.NewPCG(1, 1))
	start := time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC)
	for range 200 {
		var o opening
		now := start
		for range 300 {
			if now = now.Add(time.Duration(r.Int64N(int64(20 * time.Minute)))); r.IntN(50) == 0 {
				now = start.Add(time.Duration(r.Int64N(int64(60 * time.Hour))))
			}
			n := []phone.Number{79160000000, 74230000000}[r.IntN(2)]
			zones := b.named([]string{"Europe/Berlin", "Europe/Moscow Europe/London"}[r.IntN(2)])
			at, ok := o.next(s, now, n, zones)
			if want, _ := s.NextOpen(now, n, zones.list...); !ok || !at.Equal(want.From) {
				t.Fatalf("at %s: opens at %s, asked anew at %s", now, at, want.From)
			}
		}
	}
}

// TestAttemptsOfADay: with several zones it is the day on which the most were made that counts, and it
// has to be over in each of those.
func TestAttemptsOfADay(t *testing.T) {
	b := newZoneBook()
	moscow, both := b.named("Europe/Moscow"), b.named("Europe/Moscow Asia/Vladivostok") // UTC+3 and UTC+10
	at := func(hour int) time.Time { return time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC) }
	for _, x := range []struct {
		zones *zoneSet
		made  []time.Time
		now   time.Time
		want  string
	}{
		{moscow, []time.Time{at(10), at(12)}, at(15), "2026-03-02 21:00"},
		{both, []time.Time{at(10), at(12)}, at(13), "2026-03-02 21:00"}, // in Vladivostok until 14:00, in Moscow until 21:00
		{both, []time.Time{at(10), at(12)}, at(15), "2026-03-02 21:00"}, // over in one, and not in the other
		{both, []time.Time{at(10), at(12)}, at(21), ""},                 // over in both
		{both, []time.Time{at(15), at(20)}, at(22), "2026-03-03 14:00"}, // another day in Moscow, the same in Vladivostok
		{moscow, []time.Time{at(15), at(20)}, at(22), ""},
	} {
		until, over := x.zones.attempts(&numberState{counted: x.made}, x.now, 2)
		if got := strings.TrimPrefix(until.UTC().Format("2006-01-02 15:04"), "0001-01-01 00:00"); got != x.want || over != (x.want != "") {
			t.Errorf("%s made, at %s: until %s, want %s", fmt.Sprint(x.made), x.now, got, x.want)
		}
	}
}
