package pbx

import (
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// Nature is what the called side is.
type Nature uint8

// The natures.
const (
	Person Nature = iota
	Machine
	Busy
	NoAnswer
	Congestion
	Invalid
	Rejecting
	Undialable // Asterisk cannot dial it at all
	Refused    // Asterisk would not take the Originate
)

// Fate is the truth about one call of the dialer's. Times are 0 for what did not happen.
type Fate struct {
	Call       dialer.CallID
	Number     phone.Number
	Trunk      string
	Nature     Nature
	Originated time.Duration
	Answered   time.Duration
	Heard      time.Duration // AMD came to a verdict
	Held       time.Duration // began to wait outside the queue, at last
	Bridged    time.Duration // began to talk to an operator
	Talked     time.Duration // ended the talk
	Ended      time.Duration // the channel is gone
	Interface  string        // of the operator
	Verdict    string        // AMD's
	Defaulted  bool          // the dialplan went on without the daemon, once at least
	Overstayed time.Duration // when the dialplan's own timer ended a hold
	Queued     time.Duration // came into the queue, at last
	Rang       time.Duration // a member's telephone stopped ringing for it, at last
	Expired    time.Duration // when the dialplan's own timer ended its wait in the queue
	CutByUs    bool          // the dialer hung it up
	Crashed    bool          // it ended with Asterisk
	Left       bool          // the customer hung up while he waited
}

// Live tells whether the channel is there.
func (f *Fate) Live() bool { return f.Ended == 0 }

// Fates is the truth about all calls so far, in the order of their Originates.
func (w *World) Fates() []*Fate { return w.fates }

// Fate is the truth about one call; nil when it has not been originated.
func (w *World) Fate(call dialer.CallID) *Fate { return w.fateOf[call] }
