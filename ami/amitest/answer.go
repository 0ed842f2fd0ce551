package amitest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/staskobzar/goami2"

	"dialerd/dialer"
)

// patience is how long Next waits before it takes a test for failed.
const patience = time.Minute

// Action is one action that was received.
type Action struct{ *goami2.Message }

// Name is what is to be done, as Originate.
func (a Action) Name() string { return a.Field("Action") }

// Actions are all of a name that were received after the login, oldest first; of an empty name, all.
func (s *Server) Actions(name string) (found []Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.actions {
		if name == "" || a.Name() == name {
			found = append(found, a)
		}
	}
	return found
}

// Next is the oldest action of a name that Next has not given yet. It waits for one to come.
// Those that a link asks with to learn its rights, without a channel, are passed over.
func (s *Server) Next(name string) Action {
	s.t.Helper()
	guard := time.NewTimer(patience)
	defer guard.Stop()
	for {
		a, ok, arrived := s.take(name)
		if ok {
			return a
		}
		select {
		case <-arrived:
		case <-guard.C:
			s.t.Fatalf("amitest: no %s within %s", name, patience)
		}
	}
}

func (s *Server) take(name string) (a Action, ok bool, arrived <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, a := range s.actions {
		if a.Name() == name && !s.taken[i] && !isProbe(a) {
			s.taken[i] = true
			return a, true, nil
		}
	}
	return a, false, s.arrived
}

func (s *Server) record(a Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.actions = append(s.actions, a)
	s.taken = append(s.taken, false)
	close(s.arrived)
	s.arrived = make(chan struct{})
}

func isProbe(a Action) bool {
	return (a.Name() == "Originate" || a.Name() == "Redirect") && a.Field("Channel") == ""
}

func (s *Server) isDeaf() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deaf
}

func (s *Server) loginRefusal() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusal
}

// answer is all that is sent for an action.
func (s *Server) answer(c *session, a Action) string {
	if with, stalled := s.scripted(a); stalled {
		return ""
	} else if with != nil {
		return with(a)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch a.Name() {
	case "Ping":
		return Response(a, "Success", "Ping", "Pong", "Timestamp", stamp(time.Now().Add(s.skew)))
	case "Filter":
		c.filters = append(c.filters, regexp.MustCompile("(?s)"+a.Field("Filter")))
		return Response(a, "Success", "Message", "Success")
	case "CoreStatus":
		return Response(a, "Success", "CoreStartupDate", s.started.UTC().Format(time.DateOnly),
			"CoreStartupTime", s.started.UTC().Format(time.TimeOnly), "CoreCurrentCalls", strconv.Itoa(len(s.channels)))
	case "CoreSettings":
		return Response(a, "Success", "AMIversion", "11.0.0", "AsteriskVersion", s.version)
	case "QueueStatus":
		return s.queueStatus(a)
	case "CoreShowChannels":
		return s.coreShowChannels(a)
	case "Originate":
		return Response(a, "Success", "Message", "Originate successfully queued")
	case "Redirect":
		return Response(a, "Success", "Message", "Redirect successful")
	case "QueueWithdrawCaller":
		return s.withdraw(a)
	case "Hangup":
		return Response(a, "Success", "Message", "Channel Hungup")
	}
	return unknown(a)
}

// scripted is what the test has said about an action: how to answer it, if so, or that nothing is
// answered.
func (s *Server) scripted(a Action) (with func(Action) string, stalled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.denied[a.Name()]:
		with = func(a Action) string { return Response(a, "Error", "Message", "Permission denied") }
	case isProbe(a):
		with = func(a Action) string { return Response(a, "Error", "Message", "Channel not specified") }
	default:
		with = s.answers[a.Name()]
	}
	return with, s.stalled
}

func unknown(a Action) string {
	return Response(a, "Error", "Message",
		"Invalid/unknown command: "+a.Name()+". Use Action: ListCommands to show available commands.")
}

func (s *Server) queueStatus(a Action) string {
	if !s.booted {
		return unknown(a)
	}
	var list strings.Builder
	list.WriteString(Response(a, "Success", "EventList", "start", "Message", "Queue status will follow"))
	for _, m := range s.members {
		list.WriteString(packet("Event", "QueueMember", slices.Concat(
			[]string{"Queue", m.Queue, "Name", m.Name, "Location", m.Interface}, record(m), []string{"ActionID", a.ActionID()})...))
	}
	for _, c := range s.channels {
		if c.Queue != "" {
			list.WriteString(packet("Event", "QueueEntry", "Queue", c.Queue, "Position", "1", "Channel", c.Name,
				"Uniqueid", c.ID, "ActionID", a.ActionID()))
		}
	}
	list.WriteString(packet("Event", "QueueStatusComplete", "ActionID", a.ActionID(), "EventList", "Complete",
		"ListItems", strconv.Itoa(len(s.members))))
	return list.String()
}

func (s *Server) coreShowChannels(a Action) string {
	var list strings.Builder
	list.WriteString(Response(a, "Success", "EventList", "start", "Message", "Channels will follow"))
	for _, c := range s.channels {
		state := "0"
		if c.Up {
			state = "6"
		}
		list.WriteString(packet("Event", "CoreShowChannel", "ActionID", a.ActionID(), "Channel", c.Name,
			"ChannelState", state, "Uniqueid", c.ID, "BridgeId", c.Bridge))
	}
	list.WriteString(packet("Event", "CoreShowChannelsComplete", "ActionID", a.ActionID(), "EventList", "Complete",
		"ListItems", strconv.Itoa(len(s.channels))))
	return list.String()
}

func (s *Server) withdraw(a Action) string {
	for i, c := range s.channels {
		if c.Name == a.Field("Caller") && c.Queue != "" && c.Queue == a.Field("Queue") {
			s.channels[i].Queue = ""
			return Response(a, "Success", "Message", "Withdraw requested successfully")
		}
	}
	return Response(a, "Error", "Message", "Unable to request withdraw from queue: No such caller")
}

// Response is the answer to an action, from headers and values; status is Success or Error.
func Response(a Action, status string, headers ...string) string {
	return packet("Response", status, append([]string{"ActionID", a.ActionID()}, headers...)...)
}

// Event is an event that happens now, from headers and values.
func (s *Server) Event(name string, headers ...string) string {
	return s.EventAt(time.Now(), name, headers...)
}

// EventAt is an event that happened then, by our clock.
func (s *Server) EventAt(then time.Time, name string, headers ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return packet("Event", name, append([]string{"Privilege", "all,all", "Timestamp", stamp(then.Add(s.skew))}, headers...)...)
}

// MemberEvent is one of the QueueMember events, with the member's whole record; name is what follows
// QueueMember, as Pause.
func (s *Server) MemberEvent(name string, m dialer.Member) string {
	return s.Event("QueueMember"+name, append([]string{"Queue", m.Queue, "MemberName", m.Name, "Interface", m.Interface}, record(m)...)...)
}

func (s *Server) fullyBooted() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	uptime := int(time.Since(s.started) / time.Second)
	return packet("Event", "FullyBooted", "Privilege", "system,all", "Uptime", strconv.Itoa(uptime), "Status", "Fully Booted")
}

// record is what a member's event and its item of a list have in common.
func record(m dialer.Member) []string {
	device, membership := m.Device, "dynamic"
	if device == "" {
		device = m.Interface
	}
	if m.Static {
		membership = "static"
	}
	return []string{
		"StateInterface", device, "Membership", membership, "Penalty", strconv.Itoa(m.Penalty),
		"InCall", bit(m.InCall), "Status", strconv.Itoa(int(m.Status)),
		"Paused", bit(m.Paused), "PausedReason", m.Reason, "Wrapuptime", "0",
	}
}

func bit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func packet(kind, name string, headers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\r\n", kind, name)
	for i := 0; i < len(headers); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", headers[i], headers[i+1])
	}
	b.WriteString("\r\n")
	return b.String()
}

func stamp(t time.Time) string { return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000) }
