package dialer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// name refuses what would break a channel variable, a file name or a line of a report.
func name(fault reporter, key, s string) {
	switch {
	case s == "":
		fault(key, "is missing: it needs a name")
	case len(s) > 64 || !plainWord(s, "_-."):
		fault(key, "%q is no name: up to 64 ASCII letters, digits, _ - and .", s)
	}
}

// memberName refuses what would break the line that Asterisk keeps of a member (persistentmembers), or an action.
func memberName(fault reporter, s string) {
	if len(s) > 79 || strings.ContainsFunc(s, func(r rune) bool { return r == ';' || r == '|' || unicode.IsControl(r) }) {
		fault("name", "%q cannot be the name of a member: up to 79 bytes, without ; and | and line ends", s)
	}
}

func prefix(fault reporter, s string) {
	for i, r := range s {
		if (r < '0' || r > '9') && !(r == '+' && i == 0) {
			fault("prefix", "%q is no prefix: the first digits of a number in E.164, as in +7495", s)
			return
		}
	}
}

func lines(fault reporter, n int) {
	if n < 0 {
		fault("lines", "%d: 0 for no limit, or how many calls at once", n)
	}
}

func rate(fault reporter, cps float64) {
	if cps < 0 || cps > 1000 || cps != cps {
		fault("cps", "%g: calls per second, between 0 and 1000; 0 is the default", cps)
	}
}

// plainWord tells whether s has only ASCII letters, digits and the characters of more.
func plainWord(s, more string) bool {
next:
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			continue
		}
		for j := range len(more) {
			if more[j] == c {
				continue next
			}
		}
		return false
	}
	return true
}

// unique finds names that are given twice.
type unique map[string]bool

func (u unique) add(fault reporter, key, what, s string) {
	if s != "" && u[s] {
		fault(key, "%s %q is defined twice: rename or remove one", what, s)
	}
	u[s] = true
}

func (u unique) names() (names []string) {
	for n := range u {
		names = append(names, n)
	}
	return names
}

// didYouMean offers the name that is nearest to a misspelt one, when one is near.
func didYouMean(wrong string, names []string) string {
	if near := Nearest(wrong, names); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return ""
}

// meant is didYouMean, or the names that there are, when they are few.
func meant(wrong string, names []string) string {
	if near := didYouMean(wrong, names); near != "" || len(names) > 5 {
		return near
	}
	var quoted []string
	for _, n := range slices.Sorted(slices.Values(names)) {
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	return ": there is " + strings.Join(quoted, ", ")
}

// Nearest is the name with the fewest changes of a letter from a misspelt one; empty when none is
// near enough to be meant. Of two equally near, the first in the alphabet.
func Nearest(wrong string, names []string) string {
	best, least := "", len(wrong)/3+2
	for _, n := range names {
		if d := distance(wrong, n); d < least || d == least && best != "" && n < best {
			best, least = n, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := diagonal
			if a[i] != b[j] {
				next = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
