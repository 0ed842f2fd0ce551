package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rickar/cal/v2"

	"dialerd/dialer"
	"dialerd/dialer/calendar"
)

// holidays works out the public holidays that calendars name, into plain dates: of last year, this one
// and the next two. The daemon does so again when the year turns, see settings.turned.
func (r *configReader) holidays(calendars []calendar.Calendar, now time.Time) {
	for i := range calendars {
		c := &calendars[i]
		at := fmt.Sprintf("calendar[%d].", i)
		for _, text := range unknownHolidays(c.Holidays) {
			r.check(at+"holidays", "%s", text)
		}
		for j, region := range c.Regions {
			for _, text := range unknownHolidays(region.Holidays) {
				r.check(fmt.Sprintf("%sregion[%d].holidays", at, j), "%s", text)
			}
		}
		r.regions(at, c)
	}
	workOut(calendars, now)
}

// workOut puts the dates of holidays into calendars.
func workOut(calendars []calendar.Calendar, now time.Time) {
	for i := range calendars {
		c := &calendars[i]
		c.Off = daysOff(c.Holidays, now.Year())
		for j := range c.Regions {
			c.Regions[j].Off = daysOff(c.Regions[j].Holidays, now.Year())
		}
	}
}

// turned is the settings with the holidays of another year worked out; nil when the year has not turned.
// Nothing else is read: a file that somebody is in the middle of editing is his.
func (s *settings) turned(now time.Time) *settings {
	if s.Year == now.Year() {
		return nil
	}
	next, config := *s, *s.Config
	config.Calendars = slices.Clone(config.Calendars)
	for i := range config.Calendars {
		config.Calendars[i].Regions = slices.Clone(config.Calendars[i].Regions)
	}
	workOut(config.Calendars, now)
	next.Config, next.Year = &config, now.Year()
	return &next
}

// turnYear has the Dialer know the holidays of one more year, when the year has turned.
func (r *service) turnYear(now time.Time) {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	r.mu.Lock()
	s := r.settings.turned(now)
	if s != nil {
		r.settings = s
	}
	r.mu.Unlock()
	if s != nil {
		r.inbox.put(item{event: dialer.Configured{Config: s.Config}})
		r.log.Info().Int("year", s.Year).Msg("a new year: the holidays of the calendars are worked out again")
	}
}

// daysOff is the days of the holidays from the year before to two years after.
func daysOff(names string, year int) (days []calendar.Day) {
	for _, h := range holidaysOf(names, year-1, year+2) {
		days = append(days, h.day)
	}
	return days
}

// holiday is one day that is shut, with what is celebrated on it.
type holiday struct {
	day  calendar.Day
	name string
}

// holidaysOf is the holidays of some countries from one year to another, by date. Where a holiday on a
// weekend is made up for on another day, both are.
func holidaysOf(names string, from, to int) []holiday {
	found := map[calendar.Day]string{}
	for _, name := range holidayWords(names) {
		list, _ := holidayList(name)
		for _, h := range list {
			for year := from - 1; year <= to+1; year++ { // what is made up for may be in the year beside
				actual, observed := h.Calc(year)
				addHoliday(found, actual, h.Name)
				if !observed.Equal(actual) {
					addHoliday(found, observed, h.Name+" (made up for)")
				}
			}
		}
	}
	var all []holiday
	for day, name := range found {
		if day.Year() >= from && day.Year() <= to {
			all = append(all, holiday{day, name})
		}
	}
	slices.SortFunc(all, func(a, b holiday) int { return cmp.Compare(a.day, b.day) })
	return all
}

func addHoliday(found map[calendar.Day]string, at time.Time, name string) {
	if at.IsZero() {
		return // not in this year
	}
	day := calendar.DayOf(at, at.Location())
	if before := found[day]; before == "" || len(name) < len(before) {
		found[day] = name
	}
}

// holidayWords is what is named in "ru" or "de-by, at".
func holidayWords(names string) []string {
	return strings.FieldsFunc(strings.ToLower(names), func(c rune) bool { return c == ',' || c == ';' || c == ' ' })
}

// holidayList is the holidays of a country, or of a region of it as de-by; known is false when there are none.
func holidayList(name string) (list []*cal.Holiday, known bool) {
	country, region, regional := strings.Cut(name, "-")
	c := holidayCountries[country]
	if regional {
		list, known = c.regions[region]
		return list, known
	}
	return c.all, c.all != nil
}

// unknownHolidays says of each name that nothing is known of what is nearest to it.
func unknownHolidays(names string) (texts []string) {
	for _, name := range holidayWords(names) {
		if _, known := holidayList(name); !known {
			texts = append(texts, unknownHoliday(name))
		}
	}
	return texts
}

func unknownHoliday(name string) string {
	country, region, _ := strings.Cut(strings.ReplaceAll(name, "_", "-"), "-")
	c, known := holidayCountries[country]
	regions := slices.Sorted(maps.Keys(c.regions))
	switch {
	case known && len(regions) == 0:
		return fmt.Sprintf("%q: holidays of %s are known as a whole only: write %q, and days of a region as dates", name, c.name, country)
	case known && slices.Contains(regions, region):
		return fmt.Sprintf("%q is written %q", name, country+"-"+region)
	case known && c.all == nil:
		return fmt.Sprintf("%q: holidays of %s differ by region: one of %s", name, c.name, regionNames(country, regions))
	case known:
		return fmt.Sprintf("%q: of %s there are %q as a whole and %s", name, c.name, country, regionNames(country, regions))
	}
	if near := nearestCountry(country); near != "" {
		return fmt.Sprintf("no holidays are known of %q: did you mean %q (%s)?", name, near, holidayCountries[near].name)
	}
	return fmt.Sprintf("no holidays are known of %q: known are %s; other days are written as dates", name, strings.Join(slices.Sorted(maps.Keys(holidayCountries)), ", "))
}

func regionNames(country string, regions []string) string {
	var all []string
	for _, r := range regions {
		all = append(all, country+"-"+r)
	}
	return strings.Join(all, ", ")
}

// nearestCountry is the two letters of the country that a word may mean: its name, or something like it. Two
// letters that are no country's are like too many others.
func nearestCountry(word string) string {
	if len(word) <= 2 {
		return holidayNames[word]
	}
	byName := maps.Clone(holidayNames)
	for code, c := range holidayCountries {
		byName[strings.ToLower(c.name)] = code
	}
	return byName[dialer.Nearest(word, slices.Sorted(maps.Keys(byName)))]
}

// regions refuses a region of a calendar that would never count, or says nothing.
func (r *configReader) regions(at string, c *calendar.Calendar) {
	taken := map[string]bool{}
	for j, region := range c.Regions {
		at := fmt.Sprintf("%sregion[%d].", at, j)
		if len(region.Prefixes) == 0 {
			r.check(at+"prefix", "for no numbers: give it prefix = [\"+7495\"]")
		}
		if len(region.Hours) == 0 && len(region.Dates) == 0 && region.Holidays == "" {
			r.check(at+"hours", "nothing is different in this region: give it hours = [\"mon-fri 09:00-20:00\"], holidays or dates of its own")
		}
		for k, p := range region.Prefixes {
			digits := strings.TrimPrefix(p, "+")
			key := fmt.Sprintf("%sprefix[%d]", at, k)
			switch {
			case strings.Trim(digits, "0123456789") != "" || strings.Trim(p, "+") == "":
				r.check(key, "%q is no prefix: the first digits of a number in E.164, as in +7495", p)
			case taken[digits]:
				r.check(key, "%q is there twice: a number can only be in one region", p)
			}
			taken[digits] = true
		}
	}
}
