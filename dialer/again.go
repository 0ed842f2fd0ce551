package dialer

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"dialerd/dialer/calendar"
)

// Again is when a rule has a lead called again. The zero value is: not.
//
//	10m, 3h, 2d                        after a delay
//	next day                           from midnight on, wherever the person is; the calendar says when it is open
//	next day at 10:00-12:00            in these hours, of that day or of a later one
//	in 3 days at 10:00-12:00
//	other day part                     in a part of the day in which the last attempt was not made
type Again struct {
	Delay     Duration
	Days      int           // later; 0: a delay, or another part of the day
	Hours     calendar.Span // with Days; the zero span is the whole day
	OtherPart bool
}

// After is a delay.
func After(d time.Duration) Again { return Again{Delay: Duration(d)} }

// IsZero tells whether nobody is called again.
func (a Again) IsZero() bool { return a == Again{} }

const (
	nextDay      = "next day"
	otherDayPart = "other day part"
	mostDays     = 365
)

// UnmarshalText reads it as it is written in files.
func (a *Again) UnmarshalText(text []byte) error {
	s := strings.Join(strings.Fields(strings.ToLower(string(text))), " ")
	switch s {
	case "":
		*a = Again{}
		return nil
	case otherDayPart:
		*a = Again{OtherPart: true}
		return nil
	}
	if days, rest, ok := cutDays(s); ok {
		v := Again{Days: days}
		if err := v.at(rest); err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
		*a = v
		return nil
	}
	delay, err := parseDuration(s)
	if err != nil {
		return fmt.Errorf(`%q is no time to call again%s: write it as "10m", "3h", "2d", "next day", "next day at 10:00-12:00", "in 3 days at 10:00-12:00" or "other day part"`,
			text, againHint(s))
	}
	*a = Again{Delay: Duration(delay)}
	return nil
}

// cutDays reads the day that it begins with.
func cutDays(s string) (days int, rest string, ok bool) {
	if rest, ok = strings.CutPrefix(s, nextDay); ok {
		return 1, rest, rest == "" || rest[0] == ' '
	}
	rest, ok = strings.CutPrefix(s, "in ")
	number, rest, _ := strings.Cut(rest, " ")
	unit, rest, _ := strings.Cut(rest, " ")
	days, err := strconv.Atoi(number)
	return days, rest, ok && err == nil && days >= 1 && days <= mostDays && (unit == "days" || unit == "day")
}

// at reads the hours behind the day.
func (a *Again) at(rest string) error {
	rest = strings.TrimPrefix(strings.TrimSpace(rest), "at ")
	return a.Hours.UnmarshalText([]byte(rest))
}

// againHint says what is wrong in the usual slips.
func againHint(s string) string {
	_, err := strconv.Atoi(s)
	switch {
	case err == nil:
		return ", it has no unit"
	case strings.HasPrefix(s, "tomorrow"):
		return ", tomorrow is the next day"
	case strings.Contains(s, ":"):
		return ", hours stand behind a day"
	}
	return ""
}

// MarshalText writes it as UnmarshalText reads it.
func (a Again) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// String is how it is written in files.
func (a Again) String() string {
	var s string
	switch {
	case a.OtherPart:
		return otherDayPart
	case a.IsZero():
		return ""
	case a.Days == 0:
		return a.Delay.String()
	case a.Days == 1:
		s = nextDay
	default:
		s = fmt.Sprintf("in %d days", a.Days)
	}
	if !a.Hours.IsZero() {
		s += " at " + a.Hours.String()
	}
	return s
}
