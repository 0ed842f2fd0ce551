package dialer

import (
	"fmt"
	"strings"
)

// walkCall is a call at Asterisk.
type walkCall struct {
	id    CallID
	queue string
	stage walkStage
	agent string // for whom it rings, or who talks
	over  bool
}

type walkStage uint8

const (
	walkDialing walkStage = iota
	walkAnswered
	walkHeld
	walkQueued
	walkRings
	walkTalks
)

func (k *walk) liveCalls() string {
	var all []string
	for _, c := range k.calls {
		s := fmt.Sprint(c.id)
		if c.stage > walkDialing {
			s += "up"
		}
		if c.stage == walkTalks {
			s += "@" + c.agent
		}
		all = append(all, s)
	}
	return strings.Join(all, ",")
}

// tell is a word about a call, which nobody hears while the link is down.
func (k *walk) tell(format string, args ...any) {
	k.acted = true
	if k.up {
		k.play(format, args...)
	}
}

// end takes a call out of Asterisk.
func (k *walk) end(c *walkCall) {
	for i, x := range k.calls {
		if x == c {
			k.calls = append(k.calls[:i:i], k.calls[i+1:]...)
		}
	}
	if c.agent != "" {
		k.device(c.agent, DeviceNotInUse)
	}
	switch c.stage {
	case walkDialing:
		k.tell("busy %d", c.id)
	case walkTalks:
		k.tell("complete %d %s", c.id, c.agent)
		k.tell("hangup %d cause=16", c.id)
	default:
		k.tell("hangup %d cause=16", c.id)
	}
}

// advance has a call take its next step.
func (k *walk) advance(c *walkCall, pick int) {
	switch c.stage {
	case walkDialing:
		c.stage = walkAnswered
		k.tell("answer %d", c.id)
	case walkAnswered:
		k.answered(c)
	case walkHeld:
	case walkQueued:
		k.ring(c, pick)
	case walkRings:
		if pick%3 == 0 {
			k.noAnswer(c, pick%2 == 0)
			return
		}
		c.stage = walkTalks
		k.device(c.agent, DeviceInUse)
		k.tell("connect %d %s", c.id, c.agent)
	case walkTalks:
		k.end(c)
	}
}

// answered has the dialplan ask what now. FastAGI is heard while the AMI link is down, too.
func (k *walk) answered(c *walkCall) {
	k.answer = Answer{}
	k.play("asked %d", c.id)
	switch {
	case k.answer.OK && k.answer.Action == ActionHold:
		c.stage = walkHeld
	default:
		c.stage = walkQueued
		k.tell("join %d", c.id)
	}
}

// ring has app_queue ring one of its members: any of those with the lowest penalty.
func (k *walk) ring(c *walkCall, pick int) {
	var free []*walkMember
	for _, m := range k.members {
		if m.in && m.queue == c.queue && !m.paused && m.status == DeviceNotInUse {
			if len(free) > 0 && m.penalty < free[0].penalty {
				free = free[:0]
			}
			if len(free) == 0 || m.penalty == free[0].penalty {
				free = append(free, m)
			}
		}
	}
	if len(free) == 0 {
		return
	}
	m := free[pick%len(free)]
	c.agent, c.stage = m.iface, walkRings
	k.device(m.iface, DeviceRinging)
	k.tell("rings %d %s", c.id, m.iface)
}

// noAnswer is an operator who lets his telephone ring; app_queue may pause him for it.
func (k *walk) noAnswer(c *walkCall, pauses bool) {
	iface := c.agent
	c.agent, c.stage = "", walkQueued
	k.device(iface, DeviceNotInUse)
	k.tell("noanswer %d %s", c.id, iface)
	if m := k.place(iface, c.queue); pauses && m != nil && !m.paused {
		k.pauseByOthers(m, autoPause)
	}
}

// applyCall does what we want of a call.
func (k *walk) applyCall(e Effect) {
	for _, c := range k.calls {
		switch e := e.(type) {
		case Redirect:
			if c.id == e.Call && c.stage == walkHeld {
				if e.To == ActionQueue {
					c.stage = walkQueued
					k.tell("join %d", c.id)
					return
				}
				k.end(c)
				return
			}
		case Withdraw:
			if c.id == e.Call && c.stage == walkQueued {
				k.end(c)
				return
			}
		case Hangup:
			if c.id == e.Call {
				k.end(c)
				return
			}
		}
	}
}
