package phone

import (
	"fmt"
	"slices"
	"strings"
)

// Masks is a set of numbers and of masks that stand for many: +7900* for all that begin so, and
// +7900123???? with a ? for any one digit. The zero Masks is empty and fits nothing.
type Masks struct {
	numbers  map[Number]struct{}
	patterns []string
}

// Add takes one number or mask, in E.164.
func (m *Masks) Add(s string) error {
	if !strings.ContainsAny(s, "*?") {
		n, err := Parse(s)
		if err != nil {
			return err
		}
		if m.numbers == nil {
			m.numbers = map[Number]struct{}{}
		}
		m.numbers[n] = struct{}{}
		return nil
	}
	body, star := strings.CutSuffix(strings.TrimPrefix(s, "+"), "*")
	if !strings.HasPrefix(s, "+") || strings.Trim(body, "0123456789?") != "" || len(body) > MaxDigits || strings.Trim(body, "?") == "" {
		return fmt.Errorf("%q is no mask: a plus, digits, ? for any one digit and * at the end for any more, as in +7900* or +7900123????", clip(s))
	}
	if star {
		body += "*"
	}
	m.patterns = append(m.patterns, body)
	return nil
}

// Has tells whether the number is in the set or fits a mask of it.
func (m *Masks) Has(n Number) bool {
	if _, ok := m.numbers[n]; ok {
		return true
	}
	if len(m.patterns) == 0 {
		return false
	}
	digits := n.Digits()
	for _, p := range m.patterns {
		if fits(digits, p) {
			return true
		}
	}
	return false
}

// MarshalText writes one number or mask a line, in order.
func (m Masks) MarshalText() ([]byte, error) {
	lines := make([]string, 0, m.Len())
	for n := range m.numbers {
		lines = append(lines, n.String())
	}
	for _, p := range m.patterns {
		lines = append(lines, "+"+p)
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, "\n")), nil
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

// Len counts numbers and masks.
func (m *Masks) Len() int { return len(m.numbers) + len(m.patterns) }

func fits(digits, pattern string) bool {
	body, star := strings.CutSuffix(pattern, "*")
	if len(digits) < len(body) || !star && len(digits) != len(body) {
		return false
	}
	for i := range len(body) {
		if body[i] != '?' && body[i] != digits[i] {
			return false
		}
	}
	return true
}
