package ami

import (
	"fmt"
	"strings"
	"time"

	"github.com/staskobzar/goami2"
)

// parse reads a response with goami2, and with our own reader what goami2 refuses: a header name
// with a dot, an underscore or of one letter, a bare LF in a value. The message must be whole: of a
// single byte goami2 makes a panic.
func parse(message []byte) *goami2.Message {
	if m, err := goami2.Parse(string(message)); err == nil {
		return m
	}
	m := goami2.NewMessage()
	for rest := message; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		if name, value := cutHeader(line); len(name) > 0 {
			m.AddField(string(name), string(value))
		}
	}
	return m
}

// listFollows tells whether the answer is in the events after a response.
func listFollows(m *goami2.Message) bool {
	return m.IsSuccess() && strings.EqualFold(m.Field("EventList"), "start")
}

// refusal is Asterisk's text of an error.
func refusal(m *goami2.Message) string {
	if text := m.Field("Message"); text != "" {
		return text
	}
	return "no reason given"
}

func denied(m *goami2.Message) bool {
	return !m.IsSuccess() && m.Field("Message") == "Permission denied"
}

// doneAlready tells whether what was refused is so already: somebody else was faster, or it was said twice.
func doneAlready(m *goami2.Message) bool {
	switch m.Field("Message") {
	case "Unable to add interface: Already there", "Unable to remove interface: Not there":
		return true
	}
	return false
}

// A person has to mend this; trying again soon is of no use.
type needsPerson struct{ text string }

func (e needsPerson) Error() string { return e.text }

// rights says what a manager user needs in manager.conf for an action.
var rights = map[string]string{
	"Originate":        "originate",
	"Redirect":         "call",
	"Hangup":           "call",
	"CoreShowChannels": "reporting",
	"CoreStatus":       "reporting",
	"CoreSettings":     "reporting",
	"QueueStatus":      "agent",
	"QueueAdd":         "agent",
	"QueueRemove":      "agent",
	"QueuePause":       "agent",
	"QueuePenalty":     "agent",
	"Filter":           "system",
}

// lacking says in words which right an action lacks and what to do.
func lacking(user, action string) error {
	return needsPerson{fmt.Sprintf("manager user %s may not use %s: add %s to write= in its section of manager.conf, then `manager reload`",
		user, action, rights[action])}
}

// startup is when Asterisk was started. CoreStatus says it exactly, but in Asterisk's own zone;
// the uptime, which FullyBooted says in seconds, tells the zone. It is zero when nothing was said.
func startup(status *goami2.Message, about time.Time) time.Time {
	said := status.Field("CoreStartupDate") + " " + status.Field("CoreStartupTime")
	local, err := time.ParseInLocation(time.DateTime, said, time.Local)
	if err != nil || about.IsZero() {
		return local.UTC()
	}
	naive, _ := time.Parse(time.DateTime, said)
	return naive.Add(about.Sub(naive).Round(15 * time.Minute))
}
