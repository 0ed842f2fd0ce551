package agi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Asterisk 22 sends about 25 lines and 800 bytes.
const (
	maxEnvLines = 150
	maxEnvLine  = 4 << 10
	maxEnvBytes = 8 << 10
	envRoom     = 1 << 10 // that a connection takes at first
)

var errMalformed = errors.New("malformed AGI environment")

// readEnvironment reads the block that opens a session, its closing empty line included; rest is what
// came with it from behind it. It gives the block only if the library can read it: on less than that
// Session.Init panics, or takes it for a session.
func readEnvironment(in io.Reader) (block, rest []byte, err error) {
	e := environment{text: make([]byte, 0, envRoom)}
	for {
		whole, err := e.check()
		if err != nil {
			return nil, nil, err
		}
		if whole {
			return e.text[:e.checked:e.checked], e.text[e.checked:], nil
		}
		if len(e.text) == cap(e.text) {
			e.text = slices.Grow(e.text, len(e.text))
		}
		n, err := in.Read(e.text[len(e.text):min(cap(e.text), maxEnvBytes)])
		e.text = e.text[:len(e.text)+n]
		if err != nil && n == 0 {
			return nil, nil, fmt.Errorf("%w: ends after %d lines: %w", errMalformed, e.lines, err)
		}
	}
}

// environment is what has come of a block.
type environment struct {
	text    []byte
	checked int // bytes of whole lines that were looked at
	lines   int // in them
}

// check looks at the lines that are whole by now, and tells whether the last of the block is among
// them.
func (e *environment) check() (whole bool, err error) {
	for {
		line, _, found := bytes.Cut(e.text[e.checked:], []byte("\n"))
		switch {
		case len(line) >= maxEnvLine || !found && len(e.text) >= maxEnvBytes:
			return false, fmt.Errorf("%w: more than %d bytes, or %d in one line", errMalformed, maxEnvBytes, maxEnvLine)
		case !found:
			return false, nil
		}
		before := e.text[:e.checked]
		e.checked += len(line) + 1
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 && e.lines > 0 {
			return true, nil
		}
		e.lines++
		name, ok := environmentName(line)
		switch {
		case e.lines > maxEnvLines:
			return false, fmt.Errorf("%w: more than %d lines", errMalformed, maxEnvLines)
		case !ok:
			return false, fmt.Errorf("%w: line %d is no \"agi_name: value\": %.60q", errMalformed, e.lines, line)
		// A line break in a caller's name would look like a second line of another name.
		case named(before, name):
			return false, fmt.Errorf("%w: %s comes twice", errMalformed, name)
		}
	}
}

// named tells whether a line of the block has the name.
func named(block []byte, name string) bool {
	line := []byte("\n" + name + ": ")
	return bytes.HasPrefix(block, line[1:]) || bytes.Contains(block, line)
}

// environmentName is the name of a line "agi_name: value". Values may be empty and hold any bytes.
func environmentName(line []byte) (name string, ok bool) {
	before, _, found := bytes.Cut(line, []byte(": "))
	rest, prefixed := bytes.CutPrefix(before, []byte("agi_"))
	if !found || !prefixed || len(rest) == 0 {
		return "", false
	}
	for _, c := range rest {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return "", false
		}
	}
	return string(before), true
}

// maxReplyBytes is what may follow the environment. The longest honest session is 12 replies of 13
// bytes; the library would read a line without an end into memory for as long as it comes.
const maxReplyBytes = 8 << 10

var errFlood = fmt.Errorf("more than %d bytes came from Asterisk's side of the session", maxEnvBytes+maxReplyBytes)

// meter ends a stream that brings more than a session can have to say.
type meter struct {
	from io.Reader
	left int
}

func newMeter(from io.Reader) *meter { return &meter{from: from, left: maxEnvBytes + maxReplyBytes} }

func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errFlood
	}
	n, err := m.from.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}
