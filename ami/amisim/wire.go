package amisim

import (
	"bufio"
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Asterisk's own limits for an action.
const (
	maxLine  = 1022
	maxLines = 128
)

// action is what a session wants done.
type action struct {
	name    string
	headers []header
	refused string // it cannot be read: why
}

type header struct{ name, value string }

// readAction reads one action up to its empty line. One that is too long is read and refused; a line
// that does not end is an error.
func readAction(in *bufio.Reader) (*action, error) {
	a := &action{}
	for lines := 0; ; {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 && lines > 0 {
			a.name = a.get("Action")
			return a, nil
		}
		if len(line) == 0 {
			continue
		}
		switch lines++; {
		case len(line) > maxLine:
			a.refused = "Failed to parse message: line too long"
		case lines > maxLines:
			a.refused = "Too many lines in message or allocation failure"
		default:
			name, value, _ := strings.Cut(string(line), ":")
			a.headers = append(a.headers, header{name, strings.TrimLeft(value, " ")})
		}
	}
}

// get is a header's value. Of one that is repeated, the first counts.
func (a *action) get(name string) string {
	for _, h := range a.headers {
		if strings.EqualFold(h.name, name) {
			return h.value
		}
	}
	return ""
}

// variable is one of the variables that an Originate sets; a name may bear the marks of inheritance.
func (a *action) variable(name string) string {
	for _, h := range a.headers {
		key, value, _ := strings.Cut(h.value, "=")
		if strings.EqualFold(h.name, "Variable") && strings.TrimLeft(key, "_") == name {
			return value
		}
	}
	return ""
}

// answer is the response to an action, from headers and values.
func (a *action) answer(status string, pairs ...string) []byte {
	m := newMessage("Response", status)
	if id := a.get("ActionID"); id != "" {
		m.add("ActionID", id)
	}
	return m.pairs(pairs...).end()
}

func (a *action) fail(text string) []byte { return a.answer("Error", "Message", text) }

// item is one item of a list that answers an action.
func (a *action) item(name string, pairs ...string) []byte {
	return newMessage("Event", name).pairs(pairs...).pairs("ActionID", a.get("ActionID")).end()
}

// complete ends a list.
func (a *action) complete(name string, items int) []byte {
	return a.item(name, "EventList", "Complete", "ListItems", strconv.Itoa(items))
}

var errNoNumber = errors.New("is no number of milliseconds")

// milliseconds is a header that bears a time.
func (a *action) milliseconds(name string, otherwise time.Duration) (time.Duration, error) {
	text := a.get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		return 0, errNoNumber
	}
	return time.Duration(n) * time.Millisecond, nil
}

// message is a text in the making.
type message struct{ text []byte }

func newMessage(kind, name string) *message { return (&message{}).add(kind, name) }

func (m *message) add(name, value string) *message {
	m.text = append(append(append(append(m.text, name...), ": "...), value...), "\r\n"...)
	return m
}

func (m *message) number(name string, n int) *message { return m.add(name, strconv.Itoa(n)) }

func (m *message) pairs(pairs ...string) *message {
	for i := 0; i < len(pairs); i += 2 {
		m.add(pairs[i], pairs[i+1])
	}
	return m
}

func (m *message) end() []byte { return append(m.text, "\r\n"...) }

// stamp is a time with microseconds, as in 1795352378.499013.
func stamp(t time.Time) string {
	const micros = 6
	text := strconv.FormatInt(t.UnixMicro(), 10)
	return text[:len(text)-micros] + "." + text[len(text)-micros:]
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
