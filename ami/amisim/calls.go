package amisim

import (
	"strconv"
	"strings"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/dialplan"
)

// defaultTimeout is how long an Originate without a Timeout rings.
const defaultTimeout = 30 * time.Second

// call is what was said of a call of the daemon's, beside what the World knows.
type call struct {
	actionID string
	callerID string
	channel  string // its name, when it has one
	state    int    // of the channel, as events have told it
	reported bool   // its OriginateResponse is out
	gone     bool   // its Hangup is out
	refusing func(text string)
}

// The states of a channel that the simulation knows.
const (
	stateDown    = 0
	stateRinging = 5
	stateUp      = 6
)

// id is the call whose channel an action names, by its id as the daemon does.
func (s *Server) id(channel string) (dialer.CallID, bool) {
	call, ok := dialplan.ParseChannelID(s.cfg.Instance, channel)
	return dialer.CallID(call), ok
}

// originate answers at once, unless the World refuses the call: that it says by itself, a moment
// later.
func (s *Server) originate(c *session, a *action) []byte {
	o, problem := s.originateOf(a)
	if problem != "" {
		return a.fail(problem)
	}
	first := s.world.Fate(o.Call) == nil
	if !first {
		s.world.Do(o) // it is said to have failed
		return a.answer("Success", "Message", "Originate successfully queued")
	}
	x := &call{actionID: a.get("ActionID"), callerID: o.CallerID.Digits()}
	s.calls[o.Call] = x
	s.world.Do(o)
	if f := s.world.Fate(o.Call); f != nil && f.Trunk == "" { // it never got as far as a trunk
		x.refusing = func(text string) { c.send(a.fail(text)) }
		return nil
	}
	return a.answer("Success", "Message", "Originate successfully queued")
}

// originateOf reads an Originate, and tells why it cannot be carried out.
func (s *Server) originateOf(a *action) (o dialer.Originate, problem string) {
	timeout, err := a.milliseconds("Timeout", defaultTimeout)
	id, ours := s.id(a.get("ChannelId"))
	dial := a.get("Channel")
	switch {
	case dial == "":
		return o, "Channel not specified"
	case !strings.Contains(dial, "/"):
		return o, "Invalid channel"
	case err != nil:
		return o, "Invalid timeout"
	case !ours:
		return o, "The simulated Asterisk places calls of dialerd instance " + s.cfg.Instance + " only: ChannelId has to name one"
	case a.get("Context") != dialplan.ContextAnswered:
		return o, "Extension does not exist."
	case !strings.EqualFold(a.get("Async"), "true"):
		return o, "The simulated Asterisk places calls with Async: true only"
	}
	_, number, _ := strings.Cut(a.get("CallerID"), "<")
	shown, _ := phone.Parse("+" + strings.TrimSuffix(number, ">")) // none is shown when there is none
	return dialer.Originate{Call: id, Dial: dial, CallerID: shown, Queue: a.variable(dialplan.VarQueue), Timeout: timeout}, ""
}

func (s *Server) redirect(_ *session, a *action) []byte {
	channel := a.get("Channel")
	if channel == "" {
		return a.fail("Channel not specified")
	}
	id, ok := s.id(channel)
	if _, lives := s.world.Channel(id); !ok || !lives {
		return a.fail("Channel does not exist: " + channel)
	}
	to := map[string]dialer.Action{dialplan.ContextQueue: dialer.ActionQueue, dialplan.ContextMessage: dialer.ActionMessage}[a.get("Context")]
	if to == dialer.ActionNone {
		return a.fail("The simulated dialplan has no context " + strconv.Quote(a.get("Context")))
	}
	s.world.Do(dialer.Redirect{Call: id, To: to})
	return a.answer("Success", "Message", "Redirect successful")
}

func (s *Server) hangup(_ *session, a *action) []byte {
	channel := a.get("Channel")
	if channel == "" {
		return a.fail("No channel specified")
	}
	id, ok := s.id(channel)
	if _, lives := s.world.Channel(id); !ok || !lives {
		return a.fail("No such channel")
	}
	s.world.Do(dialer.Hangup{Call: id})
	return a.answer("Success", "Message", "Channel Hungup")
}

// withdraw names the caller by his channel's name, as app_queue wants it.
func (s *Server) withdraw(_ *session, a *action) []byte {
	for _, c := range s.world.Channels() {
		if c.Channel == a.get("Caller") && c.Queue != "" && c.Queue == a.get("Queue") && c.Call != 0 {
			s.world.Do(dialer.Withdraw{Call: c.Call, Queue: c.Queue})
			return a.answer("Success", "Message", "Withdraw requested successfully")
		}
	}
	return a.fail("Unable to request withdraw from queue: No such caller")
}

// forget drops what is known of a call when both its ends have been said.
func (s *Server) forget(id dialer.CallID) {
	if x := s.calls[id]; x != nil && x.reported && (x.gone || x.channel == "") {
		delete(s.calls, id)
	}
}
