package calendar

import (
	"fmt"
	"strings"
	"time"
)

var weekdays = map[string]time.Weekday{"mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday,
	"thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday, "sun": time.Sunday}

// UnmarshalText reads hours.
func (h *Hours) UnmarshalText(text []byte) error {
	days, spans, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	var v Hours
	for _, part := range strings.Split(days, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, ok := weekdays[from]
		last, ok2 := first, true
		if isRange {
			last, ok2 = weekdays[to]
		}
		if !ok || !ok2 {
			return fmt.Errorf("%q does not begin with weekdays: write it as mon-fri 09:00-13:00 14:00-20:00", text)
		}
		for d := first; ; d = (d + 1) % 7 {
			v.Days[d] = true
			if d == last {
				break
			}
		}
	}
	var err error
	if v.Spans, err = parseSpans(spans); err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	*h = v
	return nil
}

// UnmarshalText reads a date.
func (d *Date) UnmarshalText(text []byte) error {
	day, spans, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	var v Date
	if err := v.Day.UnmarshalText([]byte(day)); err != nil {
		return fmt.Errorf("%q does not begin with a date: write it as 2026-12-31 10:00-14:00 or 2027-01-01 shut", text)
	}
	if strings.TrimSpace(spans) != "shut" {
		var err error
		if v.Spans, err = parseSpans(spans); err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
	}
	*d = v
	return nil
}

// MarshalText writes the hours with each weekday by its name.
func (h Hours) MarshalText() ([]byte, error) {
	var days []string
	for _, name := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		if h.Days[weekdays[name]] {
			days = append(days, name)
		}
	}
	return []byte(strings.Join(days, ",") + formatSpans(h.Spans)), nil
}

// MarshalText writes the date.
func (d Date) MarshalText() ([]byte, error) {
	if len(d.Spans) == 0 {
		return []byte(d.Day.String() + " shut"), nil
	}
	return []byte(d.Day.String() + formatSpans(d.Spans)), nil
}

// UnmarshalText reads a stretch of a day, as 09:00-12:00. The dash may be a long one, with space around it. The
// empty text is the zero span, which is none.
func (s *Span) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = Span{}
		return nil
	}
	from, to, ok := strings.Cut(strings.NewReplacer("–", "-", "—", "-").Replace(string(text)), "-")
	v := Span{parseMinute(strings.TrimSpace(from)), parseMinute(strings.TrimSpace(to))}
	switch {
	case !ok || v.From < 0 || v.To < 0:
		return fmt.Errorf("%q is no span of hours: write it as 09:00-18:00, with two digits each", text)
	case v.From >= v.To:
		return fmt.Errorf("%q ends before it has begun: a span lies within one day, up to 24:00", text)
	}
	*s = v
	return nil
}

// MarshalText writes it as 09:00-12:00.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String is 09:00-12:00.
func (s Span) String() string {
	if s.IsZero() {
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", s.From/60, s.From%60, s.To/60, s.To%60)
}

// IsZero tells whether it is none.
func (s Span) IsZero() bool { return s == Span{} }

// Has tells whether a zone's wall clock shows a time within the span.
func (s Span) Has(t time.Time, zone *time.Location) bool {
	hour, minute, _ := t.In(zone).Clock()
	return s.From <= hour*60+minute && hour*60+minute < s.To
}

func formatSpans(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(" " + s.String())
	}
	return b.String()
}

func parseSpans(s string) (spans []Span, err error) {
	for _, field := range strings.Fields(s) {
		from, to, ok := strings.Cut(field, "-")
		span := Span{parseMinute(from), parseMinute(to)}
		if ok && span.To >= 0 && span.From > span.To {
			return nil, fmt.Errorf("%q goes past midnight: write %s-24:00 here and 00:00-%s for the day after", field, from, to)
		}
		if !ok || span.From < 0 || span.To < 0 || span.From == span.To {
			return nil, fmt.Errorf("%q is no span of hours: write it as 09:00-18:00, up to 24:00, the first before the second", field)
		}
		if n := len(spans); n > 0 && span.From < spans[n-1].To {
			return nil, fmt.Errorf("%q begins before the span before it ends", field)
		}
		spans = append(spans, span)
	}
	if len(spans) == 0 {
		return nil, fmt.Errorf("no hours: write them as 09:00-18:00")
	}
	return spans, nil
}

// parseMinute is the minutes from midnight of hh:mm; -1 when it is none.
func parseMinute(s string) int {
	if len(s) != 5 || s[2] != ':' {
		return -1
	}
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
	}
	hour, minute := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	if minute > 59 || hour > 24 || hour == 24 && minute > 0 {
		return -1
	}
	return hour*60 + minute
}
