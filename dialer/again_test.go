package dialer

import (
	"encoding"
	"testing"
	"time"

	"dialerd/dialer/calendar"
)

// ten is the hours between ten and noon.
var ten = calendar.Span{From: 600, To: 720}

func TestAgainIsRead(t *testing.T) {
	for text, want := range map[string]Again{
		"":                              {},
		"0s":                            {},
		"10m":                           After(10 * time.Minute),
		"2d":                            After(48 * time.Hour),
		"1h30m":                         After(90 * time.Minute),
		"next day":                      {Days: 1},
		"Next  Day":                     {Days: 1},
		"in 1 day":                      {Days: 1},
		"in 3 days":                     {Days: 3},
		"in 365 days":                   {Days: 365},
		"next day at 10:00-12:00":       {Days: 1, Hours: ten},
		"next day 10:00-12:00":          {Days: 1, Hours: ten},
		"next day 10:00–12:00":          {Days: 1, Hours: ten},
		" next day at 10:00 — 12:00 ":   {Days: 1, Hours: ten},
		"in 3 days at 10:00-12:00":      {Days: 3, Hours: ten},
		"in 3 days at 00:00-24:00":      {Days: 3, Hours: calendar.Span{From: 0, To: 1440}},
		"other day part":                {OtherPart: true},
		"\tother\tday part":             {OtherPart: true},
		"next day at 23:59-24:00":       {Days: 1, Hours: calendar.Span{From: 1439, To: 1440}},
		"in 2 days 10:00 - 12:00":       {Days: 2, Hours: ten},
		"3650d":                         After(3650 * 24 * time.Hour),
		"next day at  10:00  -  12:00 ": {Days: 1, Hours: ten},
	} {
		var got Again
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q is read as %+v, %v; want %+v", text, got, err, want)
		}
	}
}

// TestRuleValuesAreRefused: what could be taken for something else is refused.
func TestRuleValuesAreRefused(t *testing.T) {
	for _, c := range []struct {
		into  encoding.TextUnmarshaler
		texts []string
	}{
		{new(Again), []string{"10", "tomorrow", "10 minutes", "next days", "nextday", "next day at", "next day at ten", "next day at 10:00", "next day at 12:00-10:00",
			"next day at 10:00-10:00", "next day at 10:00-12:00 14:00-15:00", "in days", "in 0 days", "in -1 days", "in 366 days", "in 3 weeks", "in 3", "days", "10:00-12:00",
			"other", "other day parts", "other day part at 10:00-12:00", "2d at 10:00-12:00", "-10m", "3651d", "next day in 3 days"}},
		{new(AgeRange), []string{"-", "7d", "7d-2d", "7d-7d", "-0d", "0s-", "week-", "7-9", "2d-7d-9d", "--7d"}},
		{new(PriorityStep), []string{"high", "+", "-", "=", "5.5", "40000", "-40000", "++5", "=+", "0x10", "5 "}},
		{new(calendar.Span), []string{"9:00-12:00", "09:00", "09:00-", "-12:00", "12:00-09:00", "09:00-09:00", "09:00-25:00", "09:60-10:00", "09:00-12:00-13:00", " "}},
	} {
		for _, text := range c.texts {
			if err := c.into.UnmarshalText([]byte(text)); err == nil {
				t.Errorf("%T takes %q", c.into, text)
			}
		}
	}
}

func TestAgeRange(t *testing.T) {
	now := time.Date(2026, 3, 20, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text string
		days float64
		want bool
	}{{"-7d", 0, true}, {"-7d", 6.9, true}, {"-7d", 7, false}, {"7d-", 6.9, false}, {"7d-", 7, true}, {"7d-", 900, true},
		{"2d-7d", 1.9, false}, {"2d-7d", 2, true}, {"2d-7d", 7, false}, {"2d – 7d", 3, true}, {"", 900, true}} {
		var r AgeRange
		if err := r.UnmarshalText([]byte(c.text)); err != nil {
			t.Fatal(err)
		}
		if got := r.Has(now.Add(-time.Duration(c.days*24*float64(time.Hour))), now); got != c.want {
			t.Errorf("%g days are in %q: %t", c.days, c.text, got)
		}
		if got := r.Has(time.Time{}, now); got != (c.text == "") {
			t.Errorf("an unknown age is in %q: %t", c.text, got)
		}
	}
}

func TestPriorityStep(t *testing.T) {
	for _, c := range []struct {
		text         string
		before, want int
	}{{"", 3, 3}, {"5", 3, 5}, {"0", 3, 0}, {"=5", 3, 5}, {"=-5", 3, -5}, {"+5", 3, 8}, {"-5", 3, -2}, {"+0", 3, 3}, {"+9", 32760, 32767}, {"-9", -32760, -32768}} {
		var p PriorityStep
		if err := p.UnmarshalText([]byte(c.text)); err != nil {
			t.Fatal(err)
		}
		if got := p.of(c.before); got != c.want {
			t.Errorf("%q makes %d of %d, want %d", c.text, got, c.before, c.want)
		}
	}
}

// FuzzRuleValues: what a value is written as is read as the same value.
func FuzzRuleValues(f *testing.F) {
	for _, s := range []string{"10m", "next day at 10:00-12:00", "in 3 days", "other day part", "-7d", "7d-", "2d-7d", "+5", "=-5", "5", "09:00–12:00", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		readTwice[Again](t, text)
		readTwice[AgeRange](t, text)
		readTwice[PriorityStep](t, text)
		readTwice[calendar.Span](t, text)
	})
}

func readTwice[T comparable, P interface {
	*T
	encoding.TextUnmarshaler
	encoding.TextMarshaler
}](t *testing.T, text string) {
	var once, twice T
	if P(&once).UnmarshalText([]byte(text)) != nil {
		return
	}
	written, err := P(&once).MarshalText()
	if err == nil {
		err = P(&twice).UnmarshalText(written)
	}
	if err != nil || once != twice {
		t.Errorf("%T: %q is read as %+v, written as %q, and read as %+v: %v", once, text, once, written, twice, err)
	}
}
