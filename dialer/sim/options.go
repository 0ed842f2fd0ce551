package sim

import (
	"io"
	"time"

	"dialerd/dialer"
)

// Options is what a person asks of a simulated day. What is left at zero is chosen.
type Options struct {
	Seed      uint64
	Length    time.Duration // 8 h
	Operators int           // 30
	Leads     int           // as many as the operators need, and some more
	Mode      dialer.Mode   // progressive or ratio
	Ratio     float64       // calls per free operator, in mode ratio
	Faults    bool          // cut the link, crash the daemon, stall the disk and so on
	Check     bool          // ask the core after each Step and Tick whether all its invariants hold
	Trace     io.Writer     // what happened, a line each; nil: nobody wants to know
}

func (o Options) filled() Options {
	if o.Length == 0 {
		o.Length = 8 * time.Hour
	}
	if o.Operators == 0 {
		o.Operators = 30
	}
	if o.Leads == 0 {
		o.Leads = 200 + int(float64(o.Operators)*o.Length.Hours()*50)
	}
	if o.Ratio == 0 {
		o.Ratio = 1.5
	}
	return o
}

// plant is a fault in the driver itself, put there to see that the referee finds it.
type plant uint8

const (
	plantNone    plant = iota
	plantLoss          // the link loses single events and nothing is read anew
	plantEager         // Committed comes before the commit
	plantTwice         // an Originate goes out twice
	plantCut           // a Hangup for a call that talks
	plantOften         // the history of numbers is forgotten at a restart
	plantKeep          // what was taken of the members is forgotten at a restart
	plantZones         // nobody has told the core where numbers are
	plantRefused       // who refused to be called is forgotten at a restart
	plantFuse          // trunks that fail are never shut
)
