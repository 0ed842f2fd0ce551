package phone

import (
	"fmt"
	"slices"
	"strings"
)

// Masks is a set of numbers, by the million, and of masks that stand for many: +7900* for all that begin
// so, and +7900123???? with a ? for any one digit. The zero Masks is empty and fits nothing. One that is
// being changed must not be copied.
type Masks struct {
	numbers Set
	masks   patterns
}

// Entry is one number or mask.
type Entry struct {
	Number Number // 0: it is a mask
	body   string // of the mask, without plus and star
	star   bool
}

// ParseEntry reads a number or mask in E.164.
func ParseEntry(s string) (Entry, error) {
	if !strings.ContainsAny(s, "*?") {
		n, err := Parse(s)
		return Entry{Number: n}, err
	}
	body, star := strings.CutSuffix(strings.TrimPrefix(s, "+"), "*")
	if !strings.HasPrefix(s, "+") || strings.Trim(body, "0123456789?") != "" || len(body) > MaxDigits || strings.Trim(body, "?") == "" {
		return Entry{}, fmt.Errorf("%q is no mask: a plus, digits, ? for any one digit and * at the end for any more, as in +7900* or +7900123????", clip(s))
	}
	return Entry{body: body, star: star}, nil
}

// UnmarshalText is ParseEntry.
func (e *Entry) UnmarshalText(text []byte) (err error) {
	*e, err = ParseEntry(string(text))
	return err
}

// String is the entry as ParseEntry reads it.
func (e Entry) String() string {
	switch {
	case e.Number != 0:
		return e.Number.String()
	case e.star:
		return "+" + e.body + "*"
	}
	return "+" + e.body
}

// Mask is the mask, its plus included; empty for a number.
func (e Entry) Mask() string {
	if e.Number != 0 {
		return ""
	}
	return e.String()
}

// Fits tells whether a number is the one, or fits the mask.
func (e Entry) Fits(n Number) bool {
	if e.Number != 0 {
		return n == e.Number
	}
	digits := n.Digits()
	if len(digits) < len(e.body) || !e.star && len(digits) != len(e.body) {
		return false
	}
	for i := range len(e.body) {
		if e.body[i] != '?' && e.body[i] != digits[i] {
			return false
		}
	}
	return true
}

// Add takes one number or mask, in E.164.
func (m *Masks) Add(s string) error {
	e, err := ParseEntry(s)
	if err == nil {
		m.Put(e)
	}
	return err
}

// Put takes an entry; it is false when it was there.
func (m *Masks) Put(e Entry) bool {
	if e.Number != 0 {
		return m.numbers.Add(e.Number)
	}
	return m.masks.add(e.body, e.star)
}

// Remove takes an entry out; it is false when it was not there. A number is still in the set for Has when a
// mask fits it.
func (m *Masks) Remove(e Entry) bool {
	if e.Number != 0 {
		return m.numbers.Remove(e.Number)
	}
	return m.masks.remove(e.body, e.star)
}

// Holds tells whether the set has this very entry.
func (m *Masks) Holds(e Entry) bool {
	if e.Number != 0 {
		return m.numbers.Has(e.Number)
	}
	return m.masks.has(e.body, e.star)
}

// Has tells whether the number is in the set or fits a mask of it.
func (m *Masks) Has(n Number) bool { return m.masks.fit(n) || m.numbers.Has(n) }

// Len counts numbers and masks.
func (m *Masks) Len() int { return m.numbers.Len() + m.masks.count }

// Numbers counts the numbers alone.
func (m *Masks) Numbers() int { return m.numbers.Len() }

// Patterns counts the masks alone.
func (m *Masks) Patterns() int { return m.masks.count }

// MarshalText writes one number or mask a line: the numbers in order, then the masks.
func (m Masks) MarshalText() ([]byte, error) {
	numbers := make([]Number, 0, m.numbers.Len())
	m.numbers.Each(func(n Number) bool {
		numbers = append(numbers, n)
		return true
	})
	slices.Sort(numbers)
	text := make([]byte, 0, 16*m.Len())
	for _, n := range numbers {
		text = append(text, n.String()...)
		text = append(text, '\n')
	}
	m.masks.each(func(mask string) bool {
		text = append(append(text, mask...), '\n')
		return true
	})
	return text[:max(len(text)-1, 0)], nil
}

// UnmarshalText reads what MarshalText wrote.
func (m *Masks) UnmarshalText(text []byte) error {
	*m = Masks{}
	for line := range strings.Lines(string(text)) {
		if err := m.Add(strings.TrimSuffix(line, "\n")); err != nil {
			return err
		}
	}
	return nil
}
