package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// configText is a file as text, cleaned of what neither a person nor the toml library can read.
type configText struct {
	text   string
	faults []configTextFault
	binary bool // no text at all: nothing more can be said about it
}

type configTextFault struct {
	at   int // offset into text
	what string
}

// configClean takes off the mark that Windows editors put before UTF-8, and replaces bytes that
// are no text, keeping every other byte at its offset; it reports one fault per line. (The
// library would end at the first, and hangs on more than ten bad bytes in one comment.)
func configClean(raw string) configText {
	c := configText{text: strings.TrimPrefix(raw, "\ufeff")}
	wide := strings.HasPrefix(raw, "\xff\xfe") || strings.HasPrefix(raw, "\xfe\xff")
	if zero := strings.IndexByte(c.text, 0); wide || zero >= 0 {
		if wide {
			zero = 0
		}
		c.binary = true
		c.faults = []configTextFault{{zero, "is no UTF-8 text: save the file as UTF-8 (it may be in UTF-16, or no text at all)"}}
		return c
	}
	if utf8.ValidString(c.text) && !strings.ContainsFunc(c.text, configControl) {
		return c
	}
	c.replace()
	return c
}

func (c *configText) replace() {
	clean := []byte(c.text)
	reported := false // on this line
	for at := 0; at < len(clean); {
		r, size := utf8.DecodeRune(clean[at:])
		what := ""
		switch {
		case r == '\n':
			reported = false
		case r == utf8.RuneError && size == 1:
			what = fmt.Sprintf("byte 0x%02x is no UTF-8: save the file as UTF-8, not in an 8-bit code page", clean[at])
			clean[at] = '?'
		case r == '\r' && at+1 < len(clean) && clean[at+1] == '\n':
		case r == '\r':
			what = "line ends of an old Mac: save the file with those of Unix or Windows"
			clean[at] = ' '
		case configControl(r):
			what = fmt.Sprintf("control character 0x%02x: remove it", clean[at])
			clean[at] = ' '
		}
		if what != "" && !reported {
			c.faults = append(c.faults, configTextFault{at, what})
			reported = true
		}
		at += size
	}
	c.text = string(clean)
}

// configControl tells control characters; a CR is one unless an LF is behind it.
func configControl(r rune) bool { return r < ' ' && r != '\t' && r != '\n' || r == 0x7f }
