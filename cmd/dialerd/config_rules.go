package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"dialerd/dialer"
	"dialerd/dialer/calendar"
)

// configPriority is the one type that is written as a number or as text: 5 sets a priority, "+5" changes it.
var configPriority = reflect.TypeFor[dialer.PriorityStep]()

// priority is a number as the text that it stands for. To toml +5 is 5, and so it would set what it is to raise.
func (d *configDocument) priority(p configPlace, n int64) string {
	_, written, _ := strings.Cut(d.lines.text[p.node.at:], "=")
	written, _, _ = strings.Cut(written, "\n")
	if written = strings.TrimSpace(written); strings.HasPrefix(written, "+") || n < 0 {
		set := fmt.Sprint(n)
		if n < 0 {
			set = fmt.Sprintf("\"=%d\"", n)
		}
		d.reject(p, fmt.Sprintf("%+d may mean two things: write \"%+d\" in quotes to change the priority by it, or %s to set it", n, n, set))
		return ""
	}
	return fmt.Sprint(n)
}

// ruleNotes is what the rules of a campaign say without effect.
func ruleNotes(c *dialer.Config, x *dialer.Campaign) (notes []string) {
	note := func(format string, args ...any) {
		notes = append(notes, fmt.Sprintf("campaign %q: ", x.Name)+fmt.Sprintf(format, args...))
	}
	for i := range x.Rules {
		r := &x.Rules[i]
		before := slices.IndexFunc(x.Rules[:i], func(b dialer.Rule) bool { return b.Covers(r) })
		switch {
		case r.Attempt.From > x.Attempts.Total:
			note("rule %q is for attempts from %d on, and a lead has %d at the most (total in [attempts]): it never matches", r.Name, r.Attempt.From, x.Attempts.Total)
		case before >= 0:
			note("rule %q is never reached: rule %q before it takes all it is for", r.Name, x.Rules[before].Name)
		}
		if r.Bucket != "" && !drawn(c, r.Bucket) {
			note("rule %q moves leads to bucket %q, on which no campaign draws: nobody calls them there%s", r.Name, r.Bucket, meantBucket(c, r.Bucket))
		}
	}
	if !slices.ContainsFunc(x.Rules, func(r dialer.Rule) bool { return r.Again.OtherPart }) {
		if !slices.Equal(x.DayParts, dialer.NewCampaign().DayParts) {
			note("day_parts are without effect: no rule says again = \"other day part\"")
		}
		return notes
	}
	if i := slices.IndexFunc(c.Calendars, func(k calendar.Calendar) bool { return k.Name == x.Calendar }); i >= 0 {
		open := x.OpenDayParts(&c.Calendars[i])
		for _, p := range x.DayParts {
			if !slices.Contains(open, p) {
				note("the day part %s is without effect: calendar %q is never open in it", p, x.Calendar)
			}
		}
	}
	return notes
}

func drawn(c *dialer.Config, bucket string) bool {
	return slices.ContainsFunc(c.Campaigns, func(x dialer.Campaign) bool { return slices.Contains(x.Buckets, bucket) })
}

// meantBucket offers the bucket that is spelt alike.
func meantBucket(c *dialer.Config, bucket string) string {
	var names []string
	for _, x := range c.Campaigns {
		names = append(names, x.Buckets...)
	}
	if near := dialer.Nearest(bucket, names); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return ""
}
