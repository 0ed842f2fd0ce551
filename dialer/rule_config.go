package dialer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"dialerd/dialer/calendar"
)

// Rule is one step of the planner, the funnel: after this outcome at this attempt, call again then, on that
// number, move the lead on, or finish. What is left out of the first part matches everything. A rule with a
// disposition is for what an operator says of a talk, not for the outcome alone.
type Rule struct {
	Name        string        `toml:"name"`
	On          []Outcome     `toml:"on"`
	Disposition []string      `toml:"disposition"`
	Attempt     AttemptRange  `toml:"attempt"`
	NumberKind  []string      `toml:"number_kind"` // of the number that was dialed, as its list has it; "": of no kind
	Hours       calendar.Span `toml:"hours"`       // in which it was dialed, wherever the person may be
	Age         AgeRange      `toml:"age"`         // of the lead when it was dialed

	Again    Again        `toml:"again"`
	Number   NumberChoice `toml:"number"`
	Priority PriorityStep `toml:"priority"`
	Bucket   string       `toml:"bucket"` // into which the lead is moved
	Finish   string       `toml:"finish"` // the final word
}

// AgeRange is how long after they came into the store leads are meant: "-7d", "7d-" or "2d-7d", the first
// included and the last not. A lead of which that is not known is in no range. The zero range is none.
type AgeRange struct{ From, To Duration }

// UnmarshalText reads the range.
func (r *AgeRange) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*r = AgeRange{}
		return nil
	}
	wrong := fmt.Errorf("%q is no range of ages: write it as -7d, 7d- or 2d-7d, counted from when the lead was imported", text)
	from, to, isRange := strings.Cut(strings.NewReplacer("–", "-", "—", "-", " ", "").Replace(string(text)), "-")
	var v AgeRange
	if !isRange || from != "" && v.From.UnmarshalText([]byte(from)) != nil || to != "" && v.To.UnmarshalText([]byte(to)) != nil {
		return wrong
	}
	if v == (AgeRange{}) || to != "" && v.To <= v.From {
		return wrong
	}
	*r = v
	return nil
}

// MarshalText writes the range.
func (r AgeRange) MarshalText() ([]byte, error) {
	var from, to string
	if r.From != 0 {
		from = r.From.String()
	}
	if r.To != 0 {
		to = r.To.String()
	}
	if r == (AgeRange{}) {
		return nil, nil
	}
	return []byte(from + "-" + to), nil
}

// Has tells whether a lead that was created then is of such an age at a time.
func (r AgeRange) Has(created, at time.Time) bool {
	if r == (AgeRange{}) {
		return true
	}
	age := at.Sub(created)
	return !created.IsZero() && age >= r.From.Span() && (r.To == 0 || age < r.To.Span())
}

// PriorityStep is what a rule does to a lead's priority: 5 sets it, "+5" and "-5" change it. The zero value does
// nothing.
type PriorityStep struct {
	Set bool
	By  int
}

const (
	leastPriority = -1 << 15
	mostPriority  = 1<<15 - 1
)

// UnmarshalText reads the step; =5 is 5.
func (p *PriorityStep) UnmarshalText(text []byte) error {
	s := string(text)
	v := PriorityStep{Set: s != "" && s[0] != '+' && s[0] != '-'}
	if s == "" {
		*p = v
		return nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(s, "="))
	if err != nil || n < leastPriority || n > mostPriority {
		return fmt.Errorf("%q is no priority: write 5 to set it, \"+5\" or \"-5\" in quotes to change it, up to %d", text, mostPriority)
	}
	v.By = n
	*p = v
	return nil
}

// MarshalText writes the step.
func (p PriorityStep) MarshalText() ([]byte, error) {
	switch {
	case p.Set && p.By < 0:
		return fmt.Appendf(nil, "=%d", p.By), nil
	case p.Set:
		return fmt.Appendf(nil, "%d", p.By), nil
	case p.By == 0:
		return nil, nil
	}
	return fmt.Appendf(nil, "%+d", p.By), nil
}

// of is the priority after the step.
func (p PriorityStep) of(priority int) int {
	if p.Set {
		priority = 0
	}
	return min(max(priority+p.By, leastPriority), mostPriority)
}

// Covers tells whether a rule matches all that another one does, which behind it is never reached.
func (r *Rule) Covers(other *Rule) bool {
	within := func(o Outcome) bool { return slices.Contains(r.On, o) }
	switch {
	case len(r.Disposition)+len(other.Disposition) > 0 || len(r.NumberKind) > 0 || !r.Hours.IsZero() || r.Age != AgeRange{}:
		return false
	case r.Attempt.From > max(1, other.Attempt.From) || r.Attempt.To != 0 && (other.Attempt.To == 0 || other.Attempt.To > r.Attempt.To):
		return false
	}
	return len(other.On) > 0 && !slices.ContainsFunc(other.On, func(o Outcome) bool { return !within(o) })
}

// usualDayParts are the parts of a day in which different people can be reached.
func usualDayParts() []calendar.Span {
	return []calendar.Span{{From: 9 * 60, To: 12 * 60}, {From: 12 * 60, To: 17 * 60}, {From: 17 * 60, To: 21 * 60}}
}

// mostDayParts is how many parts a day may have.
const mostDayParts = 12

// validateRules finds what cannot be in the rules and in the parts of the day.
func (c *Campaign) validateRules(fault reporter) {
	c.validateDayParts(fault)
	seen := unique{}
	for i := range c.Rules {
		r := &c.Rules[i]
		at := func(key, format string, args ...any) { fault(fmt.Sprintf("rule[%d].%s", i, key), format, args...) }
		seen.add(at, "name", "rule", r.Name)
		r.validate(at)
		if r.Again.OtherPart && len(c.DayParts) < 2 {
			at("again", "%q needs two day_parts at least: write them above the first [table], as in day_parts = [\"09:00-13:00\", \"13:00-20:00\"]", r.Again)
		}
	}
}

func (c *Campaign) validateDayParts(fault reporter) {
	if len(c.DayParts) > mostDayParts {
		fault("day_parts", "%d parts: at most %d", len(c.DayParts), mostDayParts)
	}
	for i, s := range c.DayParts {
		key := fmt.Sprintf("day_parts[%d]", i)
		if s.IsZero() {
			fault(key, "an empty text is no part of the day: write it as 09:00-12:00")
			continue
		}
		for _, other := range c.DayParts[:i] {
			if overlaps([]calendar.Span{other}, s) {
				fault(key, "%s lies over %s: the parts of a day may touch and leave gaps, not lie over each other", s, other)
				break
			}
		}
	}
}

func (r *Rule) validate(fault reporter) {
	if r.Name == "" {
		fault("name", "a rule needs a name: it is written on the leads it decides")
	}
	r.validateActions(fault)
	if len(r.On) == 0 && len(r.Disposition) == 0 {
		fault("on", "the rule is for no outcome: give it on = [\"busy\"] or disposition = [\"sale\"]")
	}
	for i, o := range r.On {
		if o == Unsettled {
			fault(fmt.Sprintf("on[%d]", i), "an empty word is no outcome: %s", outcomeWords.list())
		}
	}
}

func (r *Rule) validateActions(fault reporter) {
	again, finish, moves := !r.Again.IsZero(), r.Finish != "", r.Bucket != ""
	switch {
	case !again && !finish && !moves:
		fault("again", "the rule decides nothing: give it again = \"3h\", finish = \"word\" or bucket = \"second-round\"")
	case again && finish:
		fault("finish", "the rule both calls again and finishes: keep one of the two")
	case finish && moves:
		fault("bucket", "the rule finishes the lead, and nobody calls it from a bucket: keep finish or bucket")
	case finish && r.Priority != PriorityStep{}:
		fault("priority", "the rule finishes the lead, whose priority does not matter any more: keep finish or priority")
	}
	if again && r.Again.Delay != 0 && r.Again.Delay.Span() < 10*time.Second {
		fault("again", "%s: at least 10s", r.Again)
	}
	if moves {
		name(fault, "bucket", r.Bucket)
	}
}

// ruleHours refuses rules that wait for hours in which the calendar of their campaign is never open.
func (v *validation) ruleHours(fault reporter, c *Campaign) {
	i := slices.IndexFunc(v.config.Calendars, func(x calendar.Calendar) bool { return x.Name == c.Calendar })
	if i < 0 || len(v.config.Calendars[i].Hours) == 0 {
		return // there is no calendar, or none that can be judged by
	}
	x := &v.config.Calendars[i]
	open := openAtAll(x)
	for j, r := range c.Rules {
		key := fmt.Sprintf("rule[%d].again", j)
		switch {
		case !r.Again.Hours.IsZero() && !overlaps(open, r.Again.Hours):
			fault(key, "calendar %q is never open %s, only %s: choose hours of these", c.Calendar, between([]calendar.Span{r.Again.Hours}), between(open))
		case r.Again.OtherPart && len(c.DayParts) >= 2 && len(c.OpenDayParts(x)) < 2:
			fault(key, "there is no other part: of the day_parts calendar %q is open in %d, as it is open only %s", c.Calendar, len(c.OpenDayParts(x)), between(open))
		}
	}
}

// OpenDayParts is the parts of the day in which a calendar is ever open.
func (c *Campaign) OpenDayParts(x *calendar.Calendar) (parts []calendar.Span) {
	open := openAtAll(x)
	for _, p := range c.DayParts {
		if overlaps(open, p) {
			parts = append(parts, p)
		}
	}
	return parts
}

// openAtAll is all hours of a calendar, of whatever day and region, in order and none on another.
func openAtAll(c *calendar.Calendar) (all []calendar.Span) {
	add := func(hours []calendar.Hours, dates []calendar.Date) {
		for _, h := range hours {
			all = append(all, h.Spans...)
		}
		for _, d := range dates {
			all = append(all, d.Spans...)
		}
	}
	add(c.Hours, c.Dates)
	for _, r := range c.Regions {
		add(r.Hours, r.Dates)
	}
	return calendar.Merged(all)
}

func overlaps(open []calendar.Span, with calendar.Span) bool {
	return slices.ContainsFunc(open, func(s calendar.Span) bool { return s.From < with.To && with.From < s.To })
}
