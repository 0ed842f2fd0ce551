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
	Country   bool          // five time zones and six campaigns in place of one, from 22:00 UTC on; each has its own mode
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
	if o.Leads == 0 && o.Country {
		o.Leads = 100_000
	}
	if o.Leads == 0 {
		o.Leads = 200 + int(float64(o.Operators)*o.Length.Hours()*50)
	}
	if o.Ratio == 0 {
		o.Ratio = 1.5
	}
	return o
}
