package dialer

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The leaf types of the configuration. Each refuses its own bad value, in words; the reader of the
// files adds file, line and column.

// Duration is a span of time written with one unit or several: "90s", "15m", "3h", "2d", "1h30m".
// A day is 24 hours.
type Duration time.Duration

// UnmarshalText reads a duration; it is never negative.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := parseDuration(string(text))
	if err != nil {
		return err
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes the duration with the largest units that fit.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String is the duration as it is written in files.
func (d Duration) String() string {
	v := time.Duration(d)
	if v == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, u := range []struct {
		name string
		span time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}} {
		if n := v / u.span; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			v -= n * u.span
		}
	}
	return b.String()
}

// Span is the duration in the standard library's type.
func (d Duration) Span() time.Duration { return time.Duration(d) }

func parseDuration(s string) (time.Duration, error) {
	wrong := fmt.Errorf("%q is no duration: write it as 90s, 15m, 3h, 2d or 1h30m", s)
	var total time.Duration
	rest := s
	for rest != "" {
		digits := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if digits <= 0 {
			return 0, wrong
		}
		n, err := strconv.Atoi(rest[:digits])
		if err != nil || n > 1e9 {
			return 0, wrong
		}
		rest = rest[digits:]
		units := strings.IndexFunc(rest, func(r rune) bool { return r >= '0' && r <= '9' })
		if units < 0 {
			units = len(rest)
		}
		unit, ok := durationUnits[rest[:units]]
		if !ok || time.Duration(n) > 3650*24*time.Hour/unit {
			return 0, wrong
		}
		total += time.Duration(n) * unit
		rest = rest[units:]
	}
	if s == "" {
		return 0, wrong
	}
	return total, nil
}

var durationUnits = map[string]time.Duration{
	"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour,
}

// Share is a part of a whole, written "3%" or "2.8%" and kept as 0.03.
type Share float64

// UnmarshalText reads a percentage between 0% and 100%.
func (s *Share) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(string(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || v < 0 || v > 100 || v != v {
		return fmt.Errorf("%q is no share: write it as 3%% or 2.8%%, between 0%% and 100%%", text)
	}
	*s = Share(v / 100)
	return nil
}

// MarshalText writes the percentage.
func (s Share) MarshalText() ([]byte, error) {
	return []byte(strconv.FormatFloat(float64(s)*100, 'g', 6, 64) + "%"), nil
}

// AttemptRange is which attempts a rule is for, by number from 1: "1", "1-3" or "4-". The zero
// range is all of them.
type AttemptRange struct{ From, To int }

// UnmarshalText reads the range.
func (r *AttemptRange) UnmarshalText(text []byte) error {
	wrong := fmt.Errorf("%q is no range of attempts: write it as 1, 1-3 or 4-, counted from 1", text)
	from, to, isRange := strings.Cut(string(text), "-")
	var v AttemptRange
	var err error
	if v.From, err = strconv.Atoi(from); err != nil || v.From < 1 {
		return wrong
	}
	switch {
	case !isRange:
		v.To = v.From
	case to == "":
		v.To = 0
	default:
		if v.To, err = strconv.Atoi(to); err != nil || v.To < v.From {
			return wrong
		}
	}
	*r = v
	return nil
}

// MarshalText writes the range.
func (r AttemptRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String is the range as it is written in files; all attempts are "1-".
func (r AttemptRange) String() string {
	from := max(1, r.From)
	switch r.To {
	case 0:
		return fmt.Sprintf("%d-", from)
	case from:
		return strconv.Itoa(from)
	}
	return fmt.Sprintf("%d-%d", from, r.To)
}

// Has tells whether the attempt with this number, from 1, is in the range.
func (r AttemptRange) Has(attempt int) bool {
	return r.From == 0 || attempt >= r.From && (r.To == 0 || attempt <= r.To)
}

// Mode is how a campaign decides how many calls to place.
type Mode uint8

// The modes. Progressive is the zero value: the one that can lose nobody.
const (
	Progressive Mode = iota // one call per free operator
	Ratio                   // a fixed number of calls per free operator
	Predictive              // by prediction of free operators and answers
	Preview                 // the operator sees the lead first
)

var modeWords = words{"progressive", "ratio", "predictive", "preview"}

// String is the mode's word.
func (m Mode) String() string { return modeWords.text(uint8(m)) }

// MarshalText writes the word.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText refuses what is not in the list.
func (m *Mode) UnmarshalText(text []byte) error {
	v, err := modeWords.value("mode", text)
	*m = Mode(v)
	return err
}

// AMD is whether answering machines are looked for.
type AMD uint8

// The ways of looking.
const (
	AMDOff      AMD = iota
	AMDAsterisk     // Asterisk's AMD() listens first; costs 1.5 to 2.5 s of the customer's patience
)

var amdWords = words{"off", "asterisk"}

// String is the word.
func (a AMD) String() string { return amdWords.text(uint8(a)) }

// MarshalText writes the word.
func (a AMD) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText refuses what is not in the list.
func (a *AMD) UnmarshalText(text []byte) error {
	v, err := amdWords.value("way of detecting machines", text)
	*a = AMD(v)
	return err
}

// OnMachine is what is done with an answering machine.
type OnMachine uint8

// What is done.
const (
	MachineHangup OnMachine = iota
	MachineMessage
	MachineQueue
)

var onMachineWords = words{"hangup", "message", "queue"}

// String is the word.
func (o OnMachine) String() string { return onMachineWords.text(uint8(o)) }

// MarshalText writes the word.
func (o OnMachine) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText refuses what is not in the list.
func (o *OnMachine) UnmarshalText(text []byte) error {
	v, err := onMachineWords.value("way to treat a machine", text)
	*o = OnMachine(v)
	return err
}

// Window is the period over which the share of abandoned calls is counted.
type Window uint8

// The windows that the regulators define.
const (
	WindowDay Window = iota
	Window30Days
	WindowMonth
)

var windowWords = words{"day", "30d", "month"}

// String is the word.
func (w Window) String() string { return windowWords.text(uint8(w)) }

// MarshalText writes the word.
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText refuses what is not in the list.
func (w *Window) UnmarshalText(text []byte) error {
	v, err := windowWords.value("window", text)
	*w = Window(v)
	return err
}

// WrapupBy is who keeps an operator free after a talk.
type WrapupBy uint8

// Who keeps him free.
const (
	WrapupByQueue WrapupBy = iota // app_queue's wrapuptime, of which we are told the same figure
	WrapupByPause                 // a pause of ours
)

var wrapupWords = words{"queue", "pause"}

// String is the word.
func (w WrapupBy) String() string { return wrapupWords.text(uint8(w)) }

// MarshalText writes the word.
func (w WrapupBy) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText refuses what is not in the list.
func (w *WrapupBy) UnmarshalText(text []byte) error {
	v, err := wrapupWords.value("keeper of wrap-up", text)
	*w = WrapupBy(v)
	return err
}

// NumberChoice is which of a lead's numbers a rule has called next.
type NumberChoice uint8

// The choices.
const (
	NumberSame NumberChoice = iota
	NumberNext
)

var numberWords = words{"same", "next"}

// String is the word.
func (n NumberChoice) String() string { return numberWords.text(uint8(n)) }

// MarshalText writes the word.
func (n NumberChoice) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText refuses what is not in the list.
func (n *NumberChoice) UnmarshalText(text []byte) error {
	v, err := numberWords.value("choice of number", text)
	*n = NumberChoice(v)
	return err
}

// Then is what becomes of a callback whose owner does not appear.
type Then uint8

// What becomes of it.
const (
	ThenQueue Then = iota
	ThenDeputy
	ThenNextShift
	ThenHold
)

var thenWords = words{"queue", "deputy", "next-shift", "hold"}

// String is the word.
func (t Then) String() string { return thenWords.text(uint8(t)) }

// MarshalText writes the word.
func (t Then) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText refuses what is not in the list.
func (t *Then) UnmarshalText(text []byte) error {
	v, err := thenWords.value("way on for a callback", text)
	*t = Then(v)
	return err
}

// Order is who is rung first for a personal callback.
type Order uint8

// The orders. OrderAuto is the zero value: by how fast the owner picks up.
const (
	OrderAuto Order = iota
	CustomerFirst
	OperatorFirst
)

var orderWords = words{"auto", "customer-first", "operator-first"}

// String is the word.
func (o Order) String() string { return orderWords.text(uint8(o)) }

// MarshalText writes the word.
func (o Order) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText refuses what is not in the list.
func (o *Order) UnmarshalText(text []byte) error {
	v, err := orderWords.value("order", text)
	*o = Order(v)
	return err
}

// WhenPaused is what becomes of promised callbacks while their campaign is paused.
type WhenPaused uint8

// What becomes of them.
const (
	PausedKeep WhenPaused = iota // kept, not dialed, first on resume
	PausedDial                   // dialed all the same
)

var whenPausedWords = words{"keep", "dial"}

// String is the word.
func (w WhenPaused) String() string { return whenPausedWords.text(uint8(w)) }

// MarshalText writes the word.
func (w WhenPaused) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText refuses what is not in the list.
func (w *WhenPaused) UnmarshalText(text []byte) error {
	v, err := whenPausedWords.value("way to treat callbacks", text)
	*w = WhenPaused(v)
	return err
}
