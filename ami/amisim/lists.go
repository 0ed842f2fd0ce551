package amisim

import (
	"strconv"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// queueStatus lists the queues, their members and their callers, of one queue or of all.
func (s *Server) queueStatus(_ *session, a *action) []byte {
	list := a.answer("Success", "EventList", "start", "Message", "Queue status will follow")
	items := 0
	add := func(item []byte) {
		list = append(list, item...)
		items++
	}
	members, _ := s.world.State()
	channels := s.world.Channels()
	for _, q := range s.cfg.World.Queues {
		if only := a.get("Queue"); only != "" && only != q.Name {
			continue
		}
		add(a.item("QueueParams", queueParams(q, channels)...))
		for _, m := range members {
			if only := a.get("Member"); m.Queue == q.Name && (only == "" || only == m.Interface) {
				add(a.item("QueueMember", s.memberItem(m)...))
			}
		}
		for _, c := range channels {
			if c.Queue == q.Name {
				add(a.item("QueueEntry", s.entryItem(c)...))
			}
		}
	}
	return append(list, a.complete("QueueStatusComplete", items)...)
}

func queueParams(q pbx.Queue, channels []pbx.Channel) []string {
	calls := 0
	for _, c := range channels {
		if c.Queue == q.Name {
			calls++
		}
	}
	return []string{"Queue", q.Name, "Max", "0", "Strategy", "rrmemory", "Calls", strconv.Itoa(calls), "Holdtime", "0", "TalkTime", "0",
		"Completed", "0", "Abandoned", "0", "ServiceLevel", "0", "ServicelevelPerf", "0.0", "ServicelevelPerf2", "0.0", "Weight", "0"}
}

// memberItem is a member in a list: Name and Location are what events call MemberName and Interface.
func (s *Server) memberItem(m pbx.Record) []string {
	head := []string{"Queue", m.Queue, "Name", m.Name, "Location", m.Interface}
	return append(head, s.memberFigures(m)...)
}

func (s *Server) entryItem(c pbx.Channel) []string {
	return []string{"Queue", c.Queue, "Position", strconv.Itoa(c.Position), "Channel", c.Channel, "Uniqueid", s.uniqueid(c.Party),
		"CallerIDNum", s.callerID(c.Call), "CallerIDName", unknown, "ConnectedLineNum", unknown, "ConnectedLineName", unknown,
		"Wait", strconv.Itoa(int(c.Wait / time.Second)), "Priority", "0"}
}

// coreShowChannels lists customers' channels, and the operator's leg of each talk.
func (s *Server) coreShowChannels(_ *session, a *action) []byte {
	list := a.answer("Success", "EventList", "start", "Message", "Channels will follow")
	items := 0
	add := func(leg leg, bridge string) {
		list = append(list, a.item("CoreShowChannel", append(leg.pairs(""), "Application", leg.application, "ApplicationData", "",
			"Duration", "00:00:01", "BridgeId", bridge)...)...)
		items++
	}
	for _, c := range s.world.Channels() {
		customer := s.customerLeg(c.Party)
		customer.state = listedState(c.Up, s.calls[c.Call])
		if c.Interface == "" {
			add(customer, "")
			continue
		}
		bridge := "bridge-" + customer.uniqueid
		add(customer, bridge)
		add(s.operatorLeg(c.Party, c.Interface, stateUp), bridge)
	}
	return append(list, a.complete("CoreShowChannelsComplete", items)...)
}

// listedState is how a list, which may be ahead of events, shows a channel.
func listedState(up bool, c *call) int {
	switch {
	case up:
		return stateUp
	case c != nil:
		return c.state
	}
	return stateDown
}

func (s *Server) queueAdd(_ *session, a *action) []byte {
	j := pbx.Joining{Queue: a.get("Queue"), Interface: a.get("Interface"), Name: a.get("MemberName"), Device: a.get("StateInterface"),
		Paused: isTrue(a.get("Paused")), Reason: a.get("Reason")}
	switch {
	case j.Queue == "":
		return a.fail("'Queue' not specified.")
	case j.Interface == "":
		return a.fail("'Interface' not specified.")
	}
	if penalty, err := strconv.Atoi(a.get("Penalty")); err == nil {
		j.Penalty = max(penalty, 0)
	}
	if err := s.world.Join(j); err != nil {
		return a.fail(err.Error())
	}
	return a.answer("Success", "Message", "Added interface to queue")
}

func (s *Server) queueRemove(_ *session, a *action) []byte {
	queue, iface := a.get("Queue"), a.get("Interface")
	if queue == "" || iface == "" {
		return a.fail("Need 'Queue' and 'Interface' parameters.")
	}
	if err := s.world.Leave(queue, iface); err != nil {
		return a.fail(err.Error())
	}
	return a.answer("Success", "Message", "Removed interface from queue")
}

func (s *Server) queuePause(_ *session, a *action) []byte {
	paused, reason := isTrue(a.get("Paused")), a.get("Reason")
	if !paused {
		reason = "" // Asterisk clears it
	}
	if !s.world.Pause(a.get("Queue"), a.get("Interface"), paused, reason) {
		return a.fail("Interface not found")
	}
	if paused {
		return a.answer("Success", "Message", "Interface paused successfully")
	}
	return a.answer("Success", "Message", "Interface unpaused successfully")
}

func (s *Server) queuePenalty(_ *session, a *action) []byte {
	penalty, err := strconv.Atoi(a.get("Penalty"))
	if err != nil || penalty < 0 || !s.world.Penalty(a.get("Queue"), a.get("Interface"), penalty) {
		return a.fail("Invalid interface, queuename or penalty")
	}
	return a.answer("Success", "Message", "Interface penalty set successfully")
}

func isTrue(text string) bool {
	switch text {
	case "1", "true", "True", "yes", "y", "t", "on":
		return true
	}
	return false
}

func (s *Server) callerID(id dialer.CallID) string {
	if x := s.calls[id]; x != nil && x.callerID != "" {
		return x.callerID
	}
	return unknown
}
