package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

func listed(days []holiday) string {
	var b strings.Builder
	for _, h := range days {
		fmt.Fprintln(&b, h.day, h.day.Weekday().String()[:3])
	}
	return b.String()
}

// TestHolidaysOfRussia: what the library gives, the New Year holidays of the law beside it, and the
// Mondays after a weekend.
func TestHolidaysOfRussia(t *testing.T) {
	const want = `2027-01-01 Fri
2027-01-02 Sat
2027-01-03 Sun
2027-01-04 Mon
2027-01-05 Tue
2027-01-06 Wed
2027-01-07 Thu
2027-01-08 Fri
2027-02-23 Tue
2027-03-08 Mon
2027-05-01 Sat
2027-05-03 Mon
2027-05-09 Sun
2027-05-10 Mon
2027-06-12 Sat
2027-06-14 Mon
2027-11-04 Thu
`
	if got := listed(holidaysOf("ru", 2027, 2027)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for _, h := range holidaysOf("ru", 2034, 2034) { // 7 January is a Saturday, and not made up for on Monday
		if h.day.String() == "2034-01-09" {
			t.Error("the New Year holidays go on to 9 January")
		}
	}
}

// TestHolidaysOfRegions: a region has more than its country, several countries are all of them, and a
// holiday that is made up for may be so in the year before.
func TestHolidaysOfRegions(t *testing.T) {
	bavaria := listed(holidaysOf("DE-BY", 2027, 2027))
	if !strings.Contains(bavaria, "2027-01-06") || strings.Contains(listed(holidaysOf("de", 2027, 2027)), "2027-01-06") || !strings.Contains(bavaria, "2027-10-03") {
		t.Errorf("Bavaria:\n%s", bavaria)
	}
	if both := listed(holidaysOf("de, ru;at", 2027, 2027)); !strings.Contains(both, "2027-11-04") || !strings.Contains(both, "2027-10-26") {
		t.Errorf("all three:\n%s", both)
	}
	if us := listed(holidaysOf("us", 2021, 2021)); !strings.Contains(us, "2021-12-31 Fri") { // for Saturday, 1 January 2022
		t.Errorf("the United States:\n%s", us)
	}
}

// TestHolidaysOfEveryCountry: each list is read, and is one of some days in each year.
func TestHolidaysOfEveryCountry(t *testing.T) {
	lists := 0
	for code, c := range holidayCountries {
		names := []string{code}
		if c.all == nil {
			names = nil
		}
		for region := range c.regions {
			names = append(names, code+"-"+region)
		}
		for _, name := range names {
			lists++
			if n := len(holidaysOf(name, 2027, 2027)); n < 5 || n > 30 || len(unknownHolidays(name)) > 0 {
				t.Errorf("%s has %d holidays", name, n)
			}
		}
		if c.name == "" || len(code) != 2 {
			t.Errorf("%q is %q", code, c.name)
		}
	}
	if lists < 90 {
		t.Errorf("%d lists", lists)
	}
	for name, code := range holidayNames {
		if _, known := holidayCountries[code]; !known {
			t.Errorf("%q is to be %q, which is none", name, code)
		}
	}
}

// TestHolidaysOffered: what is offered in place of a country that there is not.
func TestHolidaysOffered(t *testing.T) {
	for name, want := range map[string]string{"russia": `did you mean "ru" (Russia)`, "rusia": `"ru"`, "germany": `"de"`, "uk": `"gb"`, "usa": `"us"`,
		"kz": "known are ar, at, au", "atlantis-north": "known are", "de-bayern": "de-by", "ru-mow": "as a whole only", "au": "au-nsw", "de_by": `"de-by"`} {
		if texts := unknownHolidays(name); len(texts) != 1 || !strings.Contains(texts[0], want) {
			t.Errorf("of %q it says %q, which is not about %q", name, texts, want)
		}
	}
	if texts := unknownHolidays("ru, De-By"); len(texts) > 0 {
		t.Error(texts)
	}
}

// TestHolidaysOfTheFiles: they are worked out for four years, of the calendar and of its regions.
func TestHolidaysOfTheFiles(t *testing.T) {
	s, faults := readConfig(configBase(t, "calendars.toml", `[[calendar]]
name     = "workdays"
hours    = ["mon-sun 00:00-24:00"]
holidays = "ru"

[[calendar.region]]
prefix   = ["+49"]
holidays = "de-by"
`))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	c, year := &s.Config.Calendars[0], time.Now().Year()
	for i, days := range [][]calendar.Day{c.Off, c.Regions[0].Off} {
		years := map[int]bool{}
		for _, d := range days {
			years[d.Year()] = true
		}
		if len(years) != 4 || !years[year-1] || !years[year] || !years[year+1] || !years[year+2] {
			t.Errorf("list %d is of the years %v", i, years)
		}
	}
	schedule := calendar.New(c)
	for at, number := range map[string]uint64{"-02-23": 79161234567, "-11-04": 79161234567, "-01-06": 498912345678} {
		noon, err := time.Parse(time.DateOnly+" 15:04", fmt.Sprint(year+2, at, " 12:00"))
		if err != nil {
			t.Fatal(err)
		}
		if schedule.Open(noon, phone.Number(number), time.UTC) || !schedule.Open(noon.AddDate(3, 0, 0), phone.Number(number), time.UTC) {
			t.Errorf("%s: open on the holiday, or known for longer than it should", noon)
		}
	}
	if len(s.Config.Zones) == 0 {
		t.Error("the zones of numbers are not handed over")
	}
}

// TestYearTurns: a daemon that is never reloaded has the holidays of the years to come all the same.
func TestYearTurns(t *testing.T) {
	s, faults := readConfig(configBase(t, "calendars.toml", "[[calendar]]\nname = \"workdays\"\nhours = [\"mon-sun 00:00-24:00\"]\nholidays = \"ru\"\n"+
		"[[calendar.region]]\nprefix = [\"+49\"]\nholidays = \"de\"\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	now := time.Date(s.Year, 12, 31, 23, 59, 0, 0, time.UTC)
	if s.turned(now) != nil {
		t.Error("the year has turned before its end")
	}
	before := slices.Clone(s.Config.Calendars[0].Off)
	next := s.turned(now.Add(time.Minute))
	if next == nil || next.turned(now.Add(time.Hour)) != nil {
		t.Fatal("the year does not turn, or turns twice")
	}
	has := func(days []calendar.Day, year int) bool {
		return slices.ContainsFunc(days, func(d calendar.Day) bool { return d.Year() == year })
	}
	old, c := &s.Config.Calendars[0], &next.Config.Calendars[0]
	if !has(c.Off, s.Year+3) || has(c.Off, s.Year-1) || !has(c.Regions[0].Off, s.Year+3) {
		t.Error("the years are not those that are wanted")
	}
	if !slices.Equal(old.Off, before) || has(old.Regions[0].Off, s.Year+3) {
		t.Error("the configuration that the Dialer holds was changed under it")
	}
	if next.Config.Instance != s.Config.Instance || len(next.Config.Campaigns) != len(s.Config.Campaigns) || len(next.PBXs) != len(s.PBXs) {
		t.Error("something else than the holidays has changed")
	}
}

// TestHolidayNotes is what `dialerd check` shows.
func TestHolidayNotes(t *testing.T) {
	var dates []calendar.Date
	for _, s := range []string{"2027-01-07 12:00-18:00", "2027-11-04 shut", "2026-12-31 10:00-14:00"} {
		var d calendar.Date
		if err := d.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		dates = append(dates, d)
	}
	calendars := []calendar.Calendar{{Name: "workdays", Holidays: "ru", Dates: dates, Regions: []calendar.Region{{Prefixes: []string{"+49", "+43"}, Holidays: "de, at"}}}, {Name: "always"}}
	got := strings.Join(holidayNotes(calendars, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)), "\n")
	for _, want := range []string{`(?m)^calendar "workdays" is shut on these holidays of ru in the coming 12 months:$`, `(?m)^  2027-01-01 Fri  Новый Год$`,
		`2027-01-07 Thu  .*; dates say otherwise: 12:00-18:00`, `2027-05-10 Mon  .* \(made up for\)`, `moves each year are not among them`,
		`(?m)^calendar "workdays", region \+49 \+43 is shut on these holidays of de, at in the coming 12 months:$`, `2026-12-26 Sat`, `2027-10-26`} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
	for _, no := range []string{"always", "2026-11-04", "2027-12-25"} {
		if strings.Contains(got, no) {
			t.Errorf("%s is in\n%s", no, got)
		}
	}
	s := newShell(t)
	s.write("calendars.toml", "[[calendar]]\nname = \"workdays\"\nhours = [\"mon-fri 09:00-20:00\"]\nholidays = \"ru\"\n")
	s.want("check --files", exitDone, "-01-01")
}
