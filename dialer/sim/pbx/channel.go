package pbx

import (
	"fmt"
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// stage is how far a caller's channel has come.
//
//	dialing ─► asking ─► queue ─► talk
//	              │  ▲     ▲ │
//	              │  └ amd │ └──────► message
//	              └──────► hold
type stage uint8

const (
	stageDialing stage = iota
	stageAsking        // the dialplan waits for the daemon
	stageAMD
	stageHold
	stageQueue
	stageTalk
	stageMessage
	stageGone
)

// channel is a customer's channel: one that was originated, or a stranger's.
type channel struct {
	call     dialer.CallID // 0: a stranger's
	name     string
	number   phone.Number
	trunk    *trunk
	customer customer
	fate     *Fate // a stranger has one too, which nobody sees
	stage    stage
	turn     int // grows with each change of stage: a timer of an earlier one is void

	variables variables
	ask       dialer.AskID // the last one
	question  dialer.Question
	fallback  dialer.Action // when the question stays without an answer
	entry     *entry        // in a queue
	talk      *talk
}

func (c *channel) party() Party { return Party{c.call, c.name, c.number} }

// enter changes the stage.
func (c *channel) enter(s stage) {
	c.stage = s
	c.turn++
}

// timer has something happen after a while, if the channel is in the same stage then.
func (w *World) timer(c *channel, d time.Duration, do func()) {
	turn := c.turn
	w.after(d, func() {
		if c.turn == turn {
			do()
		}
	})
}

// originate is an Originate that has reached Asterisk.
func (w *World) originate(o dialer.Originate) {
	t, number := w.dialed(o.Dial)
	if w.fateOf[o.Call] != nil {
		w.breach(o.Call, "is originated a second time")
		w.say(topicOriginate, OriginateResponse{Party: Party{Call: o.Call, Number: number}})
		return
	}
	f := &Fate{Call: o.Call, Number: number, Originated: w.now}
	w.fates = append(w.fates, f)
	w.fateOf[o.Call] = f
	w.oneCall(o.Call, number)
	if t == nil || w.chance(w.config.Refuses) {
		f.Nature, f.Ended = Refused, w.now
		w.say(topicOriginate, OriginateRefused{o.Call, "Failed to parse message: line too long"})
		return
	}
	f.Trunk = t.Name
	w.begin(t, o.Call)
	c := w.channel(o.Call, number, t, f)
	c.variables.queue = o.Queue
	f.Nature = c.customer.nature
	if f.Nature == Undialable {
		w.drop(c)
		w.say(topicOriginate, OriginateResponse{Party: c.party()})
		return
	}
	w.say(topicChannel, ChannelNew{c.party(), o.Dial, o.Queue})
	w.timer(c, o.Timeout, func() { w.unanswered(c, timedOut) })
	w.dial(c)
}

// oneCall notes a second call to somebody who is in a call already.
func (w *World) oneCall(call dialer.CallID, number phone.Number) {
	for _, c := range w.live {
		if c.number == number && c.call != 0 {
			w.breach(call, "dials %s, which is in call %d", number, c.call)
		}
	}
}

func (w *World) channel(call dialer.CallID, number phone.Number, t *trunk, f *Fate) *channel {
	w.made++
	c := &channel{call: call, number: number, trunk: t, fate: f, name: fmt.Sprintf("PJSIP/%s-%08x", t.Name, w.made), customer: w.scripted(number, t)}
	w.live = append(w.live, c)
	if call != 0 {
		w.byCall[call] = c
	}
	return c
}

// dial is what the network does with the call.
func (w *World) dial(c *channel) {
	delay := w.between(200*time.Millisecond, 3*time.Second)
	if cause := c.customer.cause; cause != 0 {
		w.timer(c, delay/4, func() { w.unanswered(c, withCause(cause)) })
		return
	}
	switch c.customer.nature {
	case Busy:
		w.timer(c, delay, func() { w.unanswered(c, busy) })
	case Congestion:
		w.timer(c, delay/4, func() { w.unanswered(c, congested) })
	case Invalid:
		w.timer(c, delay/2, func() { w.unanswered(c, noSuch) })
	case Rejecting:
		w.ringing(c, delay, w.between(time.Second, 8*time.Second), func() { w.unanswered(c, rejected) })
	case NoAnswer:
		w.ringing(c, delay, w.between(20*time.Second, 50*time.Second), func() { w.unanswered(c, unavailable) })
	default:
		w.ringing(c, delay, c.customer.ring, func() { w.answered(c) })
	}
}

func (w *World) ringing(c *channel, delay, ring time.Duration, then func()) {
	w.timer(c, delay, func() {
		w.say(topicChannel, ChannelRinging{c.party()})
		w.timer(c, ring, then)
	})
}

// answered puts the customer into the dialplan.
func (w *World) answered(c *channel) {
	c.fate.Answered = w.now
	c.enter(stageAsking)
	w.say(topicChannel, DialEnd{c.party(), dialer.DialAnswer})
	w.say(topicOriginate, OriginateResponse{c.party(), true, 4})
	w.after(c.customer.patience, func() { w.loseHeart(c) })
	w.ask(c, dialer.QuestionAnswered, dialer.ActionQueue)
}

// loseHeart is the customer hanging up because nobody talks to him.
func (w *World) loseHeart(c *channel) {
	if c.stage == stageTalk || c.stage == stageGone {
		return
	}
	c.fate.Left = c.stage != stageMessage
	w.hangup(c)
}

// hangup ends an answered channel, wherever it is.
func (w *World) hangup(c *channel) {
	w.leaveQueue(c, true)
	w.endTalk(c, false)
	w.drop(c)
	w.say(topicChannel, ChannelGone{c.party(), w.clearing(c), 0})
}

// clearing is the cause that an answered channel ends with: a newer Asterisk gives none when the
// customer was never bridged.
func (w *World) clearing(c *channel) int {
	if !w.config.Version16 && c.fate.Bridged == 0 {
		return 0
	}
	return 16
}

// drop takes a channel out of the world, without a word.
func (w *World) drop(c *channel) {
	c.enter(stageGone)
	c.fate.Ended = w.now
	delete(w.asked, c.ask)
	if c.call != 0 {
		c.trunk.calls--
		delete(w.byCall, c.call)
	}
	w.live = slices.DeleteFunc(w.live, func(x *channel) bool { return x == c })
}
