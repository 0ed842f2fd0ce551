package agi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Asterisk 22 sends about 25 lines and 800 bytes.
const (
	maxEnvLines = 150
	maxEnvBytes = 8 << 10
)

// readEnvironment reads the block that opens a session, its closing empty line included, and nothing
// behind it. It returns the block only if the library can read it: on less than that
// Session.Init panics, or takes it for a session.
func readEnvironment(in *bufio.Reader) ([]byte, error) {
	var block []byte
	seen := make(map[string]bool, 32)
	for range maxEnvLines + 1 {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) || len(block)+len(line) > maxEnvBytes {
			return nil, fmt.Errorf("%w: more than %d bytes", errMalformed, maxEnvBytes)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: ends after %d lines: %w", errMalformed, len(seen), err)
		}
		block = append(block, line...)
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if len(line) == 0 && len(seen) > 0 {
			return block, nil
		}
		name, ok := environmentName(line)
		if !ok {
			return nil, fmt.Errorf("%w: line %d is no \"agi_name: value\": %.60q", errMalformed, len(seen)+1, line)
		}
		// A line break in a caller's name would look like a second line of another name.
		if seen[name] {
			return nil, fmt.Errorf("%w: %s comes twice", errMalformed, name)
		}
		seen[name] = true
	}
	return nil, fmt.Errorf("%w: more than %d lines", errMalformed, maxEnvLines)
}

var errMalformed = errors.New("malformed AGI environment")

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

// maxReplyBytes is what may follow the environment. The longest honest session is 9 replies of 13
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
