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
	x := Channel{Party: c.party(), Up: c.stage != stageDialing}
	if e := c.entry; e != nil {
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
