package ami

import (
	"strings"

	"dialerd/dialer"
)

// message is one message with all its headers, in their order. What a look asks for has headers that no
// list of fields could name, and comes seldom.
type message struct {
	raw     []byte
	headers []Line
}

// read takes a message apart. It keeps nothing of the bytes but a copy.
func read(raw []byte) message {
	m := message{raw: append([]byte(nil), raw...)}
	for rest := m.raw; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		if name, value := cutHeader(line); len(name) > 0 {
			m.headers = append(m.headers, Line{string(name), string(value)})
		}
	}
	return m
}

// field is the value of a header, the first time it is there; empty when it is not.
func (m message) field(name string) string {
	for _, h := range m.headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// member is the member that an item of QueueStatus is about.
func (m message) member() dialer.Member {
	var f fields
	f.read(m.raw)
	return f.queueMember()
}

// lines are the settings in an answer to GetConfig, as in "Line-000000-000003: retry=1".
func (m message) lines() (section Section) {
	for _, h := range m.headers {
		name, value, ok := strings.Cut(h.Value, "=")
		if ok && strings.HasPrefix(h.Name, "Line-") {
			section = append(section, Line{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return section
}
