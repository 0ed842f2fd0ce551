package amisim

import (
	"strconv"
	"strings"
	"time"
)

// actions are those that a session that is logged in may ask for; each gives all that is sent for it.
var actions = map[string]func(*Server, *session, *action) []byte{
	"ping": func(_ *Server, _ *session, a *action) []byte {
		return a.answer("Success", "Ping", "Pong", "Timestamp", stamp(time.Now()))
	},
	"events": func(_ *Server, c *session, a *action) []byte {
		c.listen(a.get("EventMask"), "off")
		state := "On"
		if c.classes["off"] {
			state = "Off"
		}
		return a.answer("Success", "Events", state)
	},
	"filter":              func(_ *Server, c *session, a *action) []byte { return c.filter(a) },
	"corestatus":          (*Server).coreStatus,
	"coresettings":        (*Server).coreSettings,
	"coreshowchannels":    (*Server).coreShowChannels,
	"originate":           (*Server).originate,
	"redirect":            (*Server).redirect,
	"hangup":              (*Server).hangup,
	"queuewithdrawcaller": (*Server).withdraw,
	"queuestatus":         (*Server).queueStatus,
	"queueadd":            (*Server).queueAdd,
	"queueremove":         (*Server).queueRemove,
	"queuepause":          (*Server).queuePause,
	"queuepenalty":        (*Server).queuePenalty,
}

// act does one action and answers it.
func (s *Server) act(c *session, a *action) {
	name := strings.ToLower(a.name)
	do := actions[name]
	switch {
	case a.refused != "":
		c.send(a.fail(a.refused))
	case name == "logoff":
		c.send(a.answer("Goodbye", "Message", "Thanks for all the fish."))
		c.send(nil)
	case !c.user:
		s.login(c, a)
	case a.name == "":
		c.send(a.fail("Missing action in request"))
	case do == nil:
		c.send(a.fail("Invalid/unknown command: " + a.name + ". Use Action: ListCommands to show available commands."))
	default:
		if answer := do(s, c, a); answer != nil {
			c.send(answer)
		}
	}
}

// release is what tells one Asterisk from another.
type release struct{ version, manager string }

func (s *Server) release() release {
	if s.cfg.World.Version16 {
		return release{"16.28.0", "5.0.2"}
	}
	return release{"22.10.1", "11.0.0"}
}

func (s *Server) booted() []byte {
	return newMessage("Event", "FullyBooted").add("Privilege", "system,all").
		number("Uptime", int(time.Since(s.started)/time.Second)).number("LastReload", int(time.Since(s.started)/time.Second)).
		add("Status", "Fully Booted").end()
}

func (s *Server) coreStatus(_ *session, a *action) []byte {
	local := s.started.Local()
	return a.answer("Success", "CoreStartupDate", local.Format(time.DateOnly), "CoreStartupTime", local.Format(time.TimeOnly),
		"CoreReloadDate", local.Format(time.DateOnly), "CoreReloadTime", local.Format(time.TimeOnly),
		"CoreCurrentCalls", strconv.Itoa(len(s.world.Channels())))
}

func (s *Server) coreSettings(_ *session, a *action) []byte {
	r := s.release()
	return a.answer("Success", "AMIversion", r.manager, "AsteriskVersion", r.version, "SystemName", systemName)
}
