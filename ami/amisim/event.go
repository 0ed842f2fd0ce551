package amisim

import (
	"strconv"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// tell says what has happened to all who listen, and has the dialplan's questions put.
func (s *Server) tell(h pbx.Heard) {
	switch what := h.What.(type) {
	case pbx.Question:
		s.ask(what)
	case pbx.Stopped:
		s.stopped()
	case pbx.Started:
		s.started = time.Now().Truncate(time.Second)
	case pbx.OriginateRefused:
		if x := s.calls[what.Call]; x != nil && x.refusing != nil {
			x.refusing(what.Text)
			delete(s.calls, what.Call)
		}
	case pbx.ChannelNew, pbx.ChannelRinging, pbx.DialEnd, pbx.OriginateResponse, pbx.ChannelGone:
		s.tellCall(h)
	case pbx.CallerJoin, pbx.CallerLeave, pbx.CallerAbandon:
		s.tellCaller(h)
	case pbx.AgentCalled, pbx.AgentRingNoAnswer, pbx.AgentConnect, pbx.AgentComplete:
		s.tellAgent(h)
	default:
		s.tellMember(h)
	}
}

// stopped ends all connections, as the end of Asterisk does.
func (s *Server) stopped() {
	for c := range s.sessions {
		c.drop()
	}
	for _, a := range s.asking {
		a.cancel()
	}
	clear(s.calls)
}

// event begins an event that was said at a time.
func (s *Server) event(name, class string, at time.Duration) *message {
	return newMessage("Event", name).add("Privilege", class+",all").add("Timestamp", stamp(s.clock(at))).add("SystemName", systemName)
}

func (s *Server) tellCall(h pbx.Heard) {
	switch what := h.What.(type) {
	case pbx.ChannelNew:
		s.channelNew(h.At, what)
	case pbx.ChannelRinging:
		s.moved(what.Call, stateRinging)
		l := s.customerLeg(what.Party)
		s.broadcast("call", s.event("Newstate", "call", h.At).pairs(l.pairs("")...).end())
		s.broadcast("call", s.event("DialState", "call", h.At).pairs(l.pairs("Dest")...).add("DialStatus", "RINGING").end())
	case pbx.DialEnd:
		if what.Status == dialer.DialAnswer {
			s.moved(what.Call, stateUp)
			s.broadcast("call", s.event("Newstate", "call", h.At).pairs(s.customerLeg(what.Party).pairs("")...).end())
		}
		s.broadcast("call", s.event("DialEnd", "call", h.At).pairs(s.customerLeg(what.Party).pairs("Dest")...).
			add("DialStatus", dialWord(what.Status)).end())
	case pbx.OriginateResponse:
		s.reported(h.At, what)
	case pbx.ChannelGone:
		s.channelGone(h.At, what)
	}
}

func (s *Server) channelNew(at time.Duration, what pbx.ChannelNew) {
	if x := s.calls[what.Call]; x != nil {
		x.channel = what.Channel
	}
	l := s.customerLeg(what.Party)
	fresh := l
	fresh.variable, fresh.number = variable(""), unknown
	s.broadcast("call", s.event("Newchannel", "call", at).pairs(fresh.pairs("")...).end())
	s.broadcast("call", s.event("DialBegin", "call", at).pairs(l.pairs("Dest")...).add("DialString", what.Dial).end())
}

// moved notes the state that a call's channel has from now on in events.
func (s *Server) moved(id dialer.CallID, state int) {
	if x := s.calls[id]; x != nil {
		x.state = state
	}
}

func dialWord(status dialer.DialStatus) string {
	switch status {
	case dialer.DialAnswer:
		return "ANSWER"
	case dialer.DialBusy:
		return "BUSY"
	case dialer.DialCongestion:
		return "CONGESTION"
	case dialer.DialCancel:
		return "CANCEL"
	case dialer.DialUnavailable:
		return "CHANUNAVAIL"
	}
	return "NOANSWER"
}

func (s *Server) reported(at time.Duration, what pbx.OriginateResponse) {
	m := s.event("OriginateResponse", "call", at)
	l := s.customerLeg(what.Party)
	x := s.calls[what.Call]
	if x != nil {
		m.add("ActionID", x.actionID)
		x.reported = true
	}
	response := "Failure"
	if what.Answered {
		response = "Success"
	}
	m.add("Response", response).add("Channel", what.Channel).add("Context", l.context).add("Exten", l.exten).
		number("Reason", what.Reason).add("Uniqueid", l.uniqueid).add("CallerIDNum", l.number).add("CallerIDName", unknown)
	if what.Answered {
		m.add("ChanVariable("+what.Channel+")", l.variable)
	}
	s.broadcast("call", m.end())
	s.forget(what.Call)
}

func (s *Server) channelGone(at time.Duration, what pbx.ChannelGone) {
	m := s.event("Hangup", "call", at).pairs(s.customerLeg(what.Party).pairs("")...).number("Cause", what.Cause).
		add("Cause-txt", causeText(what.Cause))
	if what.SIP != 0 {
		m.number("TechCause", what.SIP)
	}
	s.broadcast("call", m.end())
	if x := s.calls[what.Call]; x != nil {
		x.gone = true
	}
	for _, a := range s.asking {
		if a.call == what.Call && what.Call != 0 {
			a.cancel()
		}
	}
	s.forget(what.Call)
}

func causeText(cause int) string {
	texts := map[int]string{1: "Unallocated (unassigned) number", 16: "Normal Clearing", 17: "User busy", 18: "No user responding",
		19: "User alerting, no answer", 21: "Call Rejected", 34: "Circuit/channel congestion", 38: "Network out of order"}
	if text := texts[cause]; text != "" {
		return text
	}
	return "Unknown"
}

func (s *Server) tellCaller(h pbx.Heard) {
	tell := func(name string, p pbx.Party, pairs ...string) {
		s.broadcast("agent", s.event(name, "agent", h.At).pairs(s.callerLeg(p).pairs("")...).pairs(pairs...).end())
	}
	switch what := h.What.(type) {
	case pbx.CallerJoin:
		tell("QueueCallerJoin", what.Party, "Queue", what.Queue, "Position", strconv.Itoa(what.Position), "Count", strconv.Itoa(what.Count))
	case pbx.CallerLeave:
		tell("QueueCallerLeave", what.Party, "Queue", what.Queue, "Position", strconv.Itoa(what.Position), "Count", strconv.Itoa(what.Count))
	case pbx.CallerAbandon:
		tell("QueueCallerAbandon", what.Party, "Queue", what.Queue, "Position", strconv.Itoa(what.Position),
			"OriginalPosition", strconv.Itoa(what.Original), "HoldTime", seconds(what.Hold))
	}
}

// callerLeg is a channel in a queue: it has been answered, whatever events have told of it so far.
func (s *Server) callerLeg(p pbx.Party) leg {
	l := s.customerLeg(p)
	l.state = stateUp
	return l
}

func (s *Server) tellAgent(h pbx.Heard) {
	tell := func(name string, p pbx.Party, m pbx.Record, state int, pairs ...string) {
		e := s.event(name, "agent", h.At)
		if p.Channel != "" { // Asterisk leaves out a leg that is gone
			e.pairs(s.callerLeg(p).pairs("")...)
		}
		e.pairs(s.operatorLeg(p, m.Interface, state).pairs("Dest")...)
		s.broadcast("agent", e.pairs("Queue", m.Queue, "Interface", m.Interface, "MemberName", m.Name).pairs(pairs...).end())
	}
	switch what := h.What.(type) {
	case pbx.AgentCalled:
		tell("AgentCalled", what.Party, what.Member, stateDown)
	case pbx.AgentRingNoAnswer:
		tell("AgentRingNoAnswer", what.Party, what.Member, stateRinging, "RingTime", strconv.FormatInt(what.Ring.Milliseconds(), 10))
	case pbx.AgentConnect:
		tell("AgentConnect", what.Party, what.Member, stateUp, "HoldTime", seconds(what.Hold), "RingTime", seconds(what.Ring))
	case pbx.AgentComplete:
		by := "caller"
		if what.ByAgent {
			by = "agent"
		}
		tell("AgentComplete", what.Party, what.Member, stateUp, "HoldTime", seconds(what.Hold), "TalkTime", seconds(what.Talk), "Reason", by)
	}
}

func (s *Server) tellMember(h pbx.Heard) {
	tell := func(name string, m pbx.Record, pairs ...string) {
		s.broadcast("agent", s.event(name, "agent", h.At).pairs("Queue", m.Queue, "MemberName", m.Name, "Interface", m.Interface).
			pairs(s.memberFigures(m)...).pairs("Ringinuse", "0").pairs(pairs...).end())
	}
	switch what := h.What.(type) {
	case pbx.MemberAdded:
		tell("QueueMemberAdded", what.Record)
	case pbx.MemberRemoved:
		tell("QueueMemberRemoved", what.Record)
	case pbx.MemberStatus:
		tell("QueueMemberStatus", what.Record)
	case pbx.MemberPenalty:
		tell("QueueMemberPenalty", what.Record)
	case pbx.MemberPause:
		if s.cfg.World.Version16 {
			tell("QueueMemberPause", what.Record, "Reason", what.Reason)
			return
		}
		tell("QueueMemberPause", what.Record)
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Round(time.Second) / time.Second)) }
