package dialer

import (
	"fmt"
	"strings"
)

// words spells the values of a closed list, by value. The kinds below are small integers, so that
// a misspelling cannot compile, and are read and written as words.
type words []string

func (w words) text(v uint8) string {
	if int(v) < len(w) {
		return w[v]
	}
	return fmt.Sprintf("unknown(%d)", v)
}

// value finds the word; what says of what kind it is, for the error a person reads.
func (w words) value(what string, text []byte) (uint8, error) {
	for v, word := range w {
		if word != "" && word == string(text) {
			return uint8(v), nil
		}
	}
	return 0, fmt.Errorf("%q is no %s: %s", text, what, w.list())
}

// list names all words for an error: `one of "a", "b" or "c"`.
func (w words) list() string {
	var named []string
	for _, word := range w {
		if word != "" {
			named = append(named, fmt.Sprintf("%q", word))
		}
	}
	if len(named) == 1 {
		return named[0]
	}
	return "one of " + strings.Join(named[:len(named)-1], ", ") + " or " + named[len(named)-1]
}
