package pbx

import (
	"time"

	"dialerd/dialer"
)

// Channel is a customer's channel as Asterisk lists it for whoever asks.
type Channel struct {
	Party
	Up        bool          // it has been answered
	Queue     string        // that it waits in; empty: none
	Position  int           // there, from 1
	Wait      time.Duration // since it joined
	Interface string        // of the operator it talks to; empty: none
	Held      bool          // it waits outside its queue
	Rings     bool          // an operator's telephone rings for it
	Message   bool          // it hears the message, or is about to
}

// Channels is every customer's channel at this moment, in the order in which they began.
func (w *World) Channels() (channels []Channel) {
	for _, c := range w.live {
		channels = append(channels, w.list(c))
	}
	return channels
}

// Channel is the channel of one call of the dialer's.
func (w *World) Channel(call dialer.CallID) (x Channel, ok bool) {
	c := w.byCall[call]
	if c == nil {
		return x, false
	}
	return w.list(c), true
}

func (w *World) list(c *channel) Channel {
	x := Channel{Party: c.party(), Up: c.stage != stageDialing, Held: c.stage == stageHold, Message: c.stage == stageMessage}
	if e := c.entry; e != nil {
		x.Rings, x.Message = e.ringing != nil, e.withdrawn
		x.Queue, x.Wait = e.queue.Name, w.now-e.joined
		for i, other := range e.queue.waiting {
			if other == e {
				x.Position = i + 1
			}
		}
	}
	if c.talk != nil {
		x.Interface = c.talk.member.operator.Interface
	}
	return x
}

// Spare is the interfaces of the members of a queue who are free, when there are more of them than callers in all
// queues who wait for somebody to ring.
func (w *World) Spare(queue string) []string {
	q := w.queue(queue)
	if q == nil {
		return nil
	}
	free, waiting := w.free(q, nil), 0
	for _, other := range w.queues {
		for _, e := range other.waiting {
			if e.ringing == nil {
				waiting++
			}
		}
	}
	if len(free) <= waiting {
		return nil
	}
	return free
}

// FreeIn is the interfaces of the members of a queue who are free.
func (w *World) FreeIn(queue string) []string {
	if q := w.queue(queue); q != nil {
		return w.free(q, nil)
	}
	return nil
}
