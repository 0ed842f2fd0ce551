package amisim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"dialerd/dialer/sim/pbx"
	"dialerd/dialplan"
)

const (
	unknown    = "<unknown>"
	systemName = "sim"
)

// leg is one channel as events and lists describe it.
type leg struct {
	channel     string
	state       int
	number      string // CallerIDNum
	context     string
	exten       string
	application string
	uniqueid    string
	linkedid    string
	variable    string // ChanVariable; empty for a channel that has just been made
}

// pairs are the headers of a leg, each with a prefix: none, or Dest.
func (l leg) pairs(prefix string) []string {
	p := func(name string) string { return prefix + name }
	pairs := []string{p("Channel"), l.channel, p("ChannelState"), strconv.Itoa(l.state), p("ChannelStateDesc"), stateWord(l.state),
		p("CallerIDNum"), l.number, p("CallerIDName"), unknown, p("ConnectedLineNum"), l.number, p("ConnectedLineName"), unknown,
		p("Language"), "en", p("AccountCode"), "", p("Context"), l.context, p("Exten"), l.exten, p("Priority"), "1",
		p("Uniqueid"), l.uniqueid, p("Linkedid"), l.linkedid}
	if l.variable != "" {
		pairs = append(pairs, p("ChanVariable"), l.variable)
	}
	return pairs
}

func stateWord(state int) string {
	switch state {
	case stateRinging:
		return "Ringing"
	case stateUp:
		return "Up"
	}
	return "Down"
}

// customerLeg is a caller's channel. Its state is what events have told.
func (s *Server) customerLeg(p pbx.Party) leg {
	id := s.uniqueid(p)
	l := leg{channel: p.Channel, state: stateUp, number: s.callerID(p.Call), context: dialplan.ContextAnswered, exten: dialplan.Extension,
		application: "AppDial2", uniqueid: id, linkedid: id, variable: variable("")}
	if p.Call != 0 {
		l.variable = variable(id)
		l.state = stateDown
	}
	if x := s.calls[p.Call]; x != nil {
		l.state = x.state
	}
	return l
}

// operatorLeg is the channel to an operator's telephone. Asterisk names it after the device.
func (s *Server) operatorLeg(p pbx.Party, iface string, state int) leg {
	technology, resource, _ := strings.Cut(iface, "/")
	resource, _, local := strings.Cut(resource, "/")
	serial := serial(p.Channel) + 1<<20
	l := leg{channel: fmt.Sprintf("%s/%s-%08x", technology, resource, serial), state: state, number: s.callerID(p.Call),
		context: dialplan.ContextQueue, exten: dialplan.Extension, application: "AppQueue",
		uniqueid: fmt.Sprintf("%s-%d.%d", systemName, s.began.Unix(), serial), linkedid: s.uniqueid(p), variable: variable("")}
	if local && technology == "Local" {
		l.channel += ";1"
	}
	if p.Call != 0 {
		l.variable = variable(l.linkedid)
	}
	return l
}

// uniqueid of a caller's channel is the one that the Originate gave it, or Asterisk's own for a
// stranger.
func (s *Server) uniqueid(p pbx.Party) string {
	switch {
	case p.Call != 0:
		return dialplan.ChannelID(s.cfg.Instance, int64(p.Call))
	case p.Channel == "":
		return ""
	}
	return fmt.Sprintf("%s-%d.%d", systemName, s.began.Unix(), serial(p.Channel))
}

// serial is the number in a channel's name, as in PJSIP/main-0000002a.
func serial(channel string) uint64 {
	n, _ := strconv.ParseUint(channel[strings.LastIndexByte(channel, '-')+1:], 16, 64) // 0 for a name without
	return n
}

func variable(id string) string { return dialplan.VarID + "=" + id }

// memberFigures are what an event of a member and its item in a list have in common.
func (s *Server) memberFigures(m pbx.Record) []string {
	device, membership := m.Device, "dynamic"
	if device == "" {
		device = m.Interface
	}
	if m.Static {
		membership = "static"
	}
	return []string{"StateInterface", device, "Membership", membership, "Penalty", strconv.Itoa(m.Penalty),
		"CallsTaken", strconv.Itoa(m.Calls), "LastCall", s.epoch(m.LastCall), "LastPause", "0", "LoginTime", s.epoch(m.Login),
		"InCall", flag(m.InCall), "Status", strconv.Itoa(int(m.Status)), "Paused", flag(m.Paused), "PausedReason", m.Reason, "Wrapuptime", "0"}
}

// epoch is a time of the World in whole seconds; 0 for what never was.
func (s *Server) epoch(at time.Duration) string {
	if at == 0 {
		return "0"
	}
	return strconv.FormatInt(s.clock(at).Unix(), 10)
}
