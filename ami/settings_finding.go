package ami

import (
	"cmp"
	"fmt"
	"slices"
)

// Finding is a setting of Asterisk that works against the dialer.
type Finding struct {
	Level   Level  `json:"level"`
	PBX     string `json:"pbx"`
	Queue   string `json:"queue,omitempty"` // empty when it is about the whole PBX
	Setting string `json:"setting"`
	Value   string `json:"value"`
	Effect  string `json:"effect"` // what comes of it
	Where   string `json:"where"`  // the file and section, or the program, that Write is for
	Write   string `json:"write"`  // the line that mends it; empty when there is nothing to be mended by one
}

// String is one line, for a log.
func (f Finding) String() string {
	text := fmt.Sprintf("%s = %s: %s", f.Setting, f.Value, f.Effect)
	if f.Write != "" {
		text += fmt.Sprintf(": %s: %s", f.Where, f.Write)
	}
	return text
}

// Level is how bad a finding is.
type Level uint8

// The levels.
const (
	Fine    Level = iota // nothing to be said
	Note                 // to be known
	Warning              // operators or customers wait, or are called, otherwise than dialerd counts on
	Fault                // calls are lost, or go to the wrong operator
)

var levelWords = [...]string{"fine", "note", "warning", "fault"}

// String is the word.
func (l Level) String() string { return levelWords[l] }

// MarshalText writes the word.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Same tells whether two findings are about the same thing, though the numbers in their texts may differ.
func (f Finding) Same(g Finding) bool {
	f.Effect, g.Effect, f.Write, g.Write = "", "", "", ""
	return f == g
}

// sortFindings puts those of the PBX first, then those of each queue, the worst first.
func sortFindings(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), cmp.Compare(b.Level, a.Level))
	})
}
