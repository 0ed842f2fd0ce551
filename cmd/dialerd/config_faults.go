package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// configFault is one thing in the files that cannot be: where it stands, what is wrong with it and
// what would be right.
type configFault struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`   // from 1; 0: the file as a whole
	Column int    `json:"column,omitempty"` // in characters, from 1
	Text   string `json:"text"`
	Source string `json:"source,omitempty"` // the line itself, when it is no toml
}

// configFaultsShown is how many faults are printed: more do not help a person, and one wrong file
// under dnc can have very many.
const configFaultsShown = 100

// String is file:line:column: text, the way editors and grep understand; below it, when the line
// is no toml, the line with a caret under the character at which reading ended.
func (f configFault) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Text
	}
	s := fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Text)
	if f.Source == "" {
		return s
	}
	under := []rune(f.Source)
	under = under[:min(f.Column-1, len(under))]
	for i, r := range under {
		if r != '\t' { // a tab stays, so that the caret is under its character however wide a tab is
			under[i] = ' '
		}
	}
	return fmt.Sprintf("%s\n%6d | %s\n       | %s^", s, f.Line, f.Source, string(under))
}

// configFaults is all that is wrong, by file, line and column, each fault once. Empty: all is well.
type configFaults []configFault

// String is the list for people, one fault after another, cut off with a word on how many are
// left out.
func (f configFaults) String() string {
	var b strings.Builder
	for _, one := range f[:min(len(f), configFaultsShown)] {
		b.WriteString(one.String())
		b.WriteByte('\n')
	}
	if more := len(f) - configFaultsShown; more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	return b.String()
}

// sorted puts the faults into the order of reading and takes out what is there twice.
func (f configFaults) sorted() configFaults {
	slices.SortFunc(f, func(a, b configFault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(f)
}
