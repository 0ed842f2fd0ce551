package dialer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"dialerd/dialer/calendar"
)

// TestWhenByMinute: the next call of a rule is what a clerk finds who goes through the minutes one by one with a
// clock of each zone before him, over changes of the clocks too.
func TestWhenByMinute(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	book := newZoneBook()
	places := []string{"Europe/Berlin", "Europe/Moscow", "America/New_York America/Chicago", "Europe/Moscow Europe/Samara",
		"Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kolkata Asia/Kathmandu", "Pacific/Apia", "Europe/Moscow Asia/Kamchatka"}
	changes := []time.Time{time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2018, 11, 4, 0, 0, 0, 0, time.UTC), time.Date(2011, 12, 29, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 23, 12, 0, 0, 0, time.UTC)}
	home := book.home("Europe/Berlin")
	for range 3000 {
		zones := book.named(places[r.IntN(len(places))])
		last := changes[r.IntN(len(changes))].Add(time.Duration(r.IntN(3*24*60)-36*60) * time.Minute)
		end := last.Add(time.Duration(r.IntN(3)) * time.Minute)
		rule := Rule{Name: "x", Again: drawAgain(r)}
		parts := usualDayParts()[:2+r.IntN(2)]
		w := newWindow(&rule, parts, home)
		got, want := rule.Again.when(w, last, end, zones), whenByMinute(&rule, parts, last, end, zones, home)
		if !got.Equal(want) {
			t.Fatalf("%q after %s in %s: %s, want %s", rule.Again, last, zones.names(), got, want)
		}
	}
}

func (z *zoneSet) names() string {
	var all []string
	for _, l := range z.list {
		all = append(all, l.String())
	}
	return strings.Join(all, " ")
}

func drawAgain(r *rand.Rand) Again {
	from := r.IntN(23*60) / 15 * 15
	hours := calendar.Span{From: from, To: from + 15 + r.IntN(1440-15-from)}
	return []Again{{OtherPart: true}, {Days: 1 + r.IntN(3)}, {Days: 1, Hours: hours}, {Days: 2, Hours: hours}, After(time.Duration(1+r.IntN(99)) * time.Minute)}[r.IntN(5)]
}

// whenByMinute is the dumb model.
func whenByMinute(rule *Rule, parts []calendar.Span, last, end time.Time, zones, home *zoneSet) time.Time {
	days, at := rule.Again.Days, end.Add(rule.Again.Delay.Span())
	for ; days > 0; days-- { // until no clock shows a date as early as the latest of those that it showed
		dates := map[*time.Location]string{}
		for _, z := range zones.list {
			dates[z] = at.In(z).Format(time.DateOnly)
		}
		for slices.ContainsFunc(zones.list, func(z *time.Location) bool { return at.In(z).Format(time.DateOnly) <= dates[z] }) {
			at = at.Truncate(time.Minute).Add(time.Minute)
		}
	}
	for _, all := range []*zoneSet{zones, home} {
		for t, n := at, 0; n < 3*24*60; t, n = t.Truncate(time.Minute).Add(time.Minute), n+1 {
			if !slices.ContainsFunc(all.list, func(z *time.Location) bool { return !meant24(rule, parts, last, t, z, zones, home) }) {
				return t
			}
		}
	}
	return time.Time{}
}

// meant24 tells whether a clock shows a time that the rule means.
func meant24(rule *Rule, parts []calendar.Span, last, at time.Time, zone *time.Location, zones, home *zoneSet) bool {
	clock := func(t time.Time, z *time.Location) int { x := t.In(z); return x.Hour()*60 + x.Minute() }
	in := func(s calendar.Span, minute int) bool { return minute >= s.From && minute < s.To }
	if !rule.Again.OtherPart {
		return rule.Again.Hours == calendar.Span{} || in(rule.Again.Hours, clock(at, zone))
	}
	tried := func(all *zoneSet) (n int, of func(calendar.Span) bool) {
		of = func(p calendar.Span) bool {
			return slices.ContainsFunc(all.list, func(z *time.Location) bool { return in(p, clock(last, z)) })
		}
		for _, p := range parts {
			if of(p) {
				n++
			}
		}
		return n, of
	}
	n, of := tried(zones)
	if n == len(parts) {
		_, of = tried(home)
	}
	return slices.ContainsFunc(parts, func(p calendar.Span) bool { return in(p, clock(at, zone)) && !of(p) })
}

// TestWindowIsKept: over three days in which the clocks change, a lead is held by the law of its rule exactly while the
// dumb model says that it is to wait, and until then.
func TestWindowIsKept(t *testing.T) {
	for _, x := range []struct {
		places string
		again  Again
	}{{"Europe/Berlin", Again{OtherPart: true}}, {"Europe/Berlin Europe/Moscow", Again{OtherPart: true}}, {"Europe/Berlin Asia/Kamchatka", Again{Days: 1, Hours: ten}}} {
		d := New()
		d.zones.configure([]NumberZones{{Zones: strings.Fields(x.places), Prefixes: []string{"49"}}})
		rule := Rule{Name: "x", Again: x.again}
		c := &campaign{Campaign: Campaign{Name: "c", Timezone: "Europe/Berlin", DayParts: usualDayParts(), Rules: []Rule{rule}}}
		d.campaigns = []*campaign{c}
		d.configureWindows(c)
		last := time.Date(2026, 3, 28, 10, 30, 0, 0, time.UTC)
		l := &lead{Lead: Lead{Campaign: "c", Rule: "x", Last: last}}
		rule.Again.Days = 0 // the dumb model is to look for hours alone
		held := 0
		for at := last; at.Before(last.AddDate(0, 0, 3)); at = at.Add(7 * time.Minute) {
			d.now.Wall = at
			until, why := d.rulesHoursAreOn(d.trial(c, l, 4930000001))
			want := whenByMinute(&rule, c.DayParts, last, at, d.zones.named(x.places), c.home)
			if why == "" {
				until = at
			} else {
				held++
			}
			if !until.Equal(want) {
				t.Fatalf("%q in %s: at %s it is held until %s, want %s: %s", x.again, x.places, at, until, want, why)
			}
		}
		if held == 0 {
			t.Errorf("%q in %s: it was never held", x.again, x.places)
		}
	}
}

func TestBetween(t *testing.T) {
	for want, spans := range map[string][]calendar.Span{
		"between 10:00 and 12:00":                                                       {ten},
		"between 09:00 and 17:00":                                                       usualDayParts()[:2],
		"between 09:00 and 12:00 or between 17:00 and 21:00":                            {usualDayParts()[0], usualDayParts()[2]},
		"between 00:00 and 01:00 or between 09:00 and 21:00":                            append([]calendar.Span{{From: 0, To: 60}}, usualDayParts()...),
		"between 10:00 and 12:00 or between 13:00 and 14:00 or between 23:00 and 24:00": {ten, {From: 780, To: 840}, {From: 1380, To: 1440}},
	} {
		if got := between(spans); got != want {
			t.Errorf("%v: %s, want %s", spans, got, want)
		}
	}
}
