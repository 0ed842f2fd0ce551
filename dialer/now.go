package dialer

import "time"

// Now is the time of one Step or Tick, read by the caller: the Dialer knows no clock.
//
// Wall is for promises, calendars and rows. Mono counts from any fixed moment and never jumps:
// deadlines and ages run on it, so a wall clock set back or forth changes none of them.
type Now struct {
	Wall time.Time
	Mono time.Duration
}

// clockStep is how far the two clocks may drift apart between two Ticks before the wall clock counts as
// set by somebody.
const clockStep = 5 * time.Second

// watchClock looks at every lead anew when the wall clock was set: until when each was put off was
// reckoned by a clock that was wrong then, or is now.
func (d *Dialer) watchClock() {
	origin := d.now.Wall.Add(-d.now.Mono)
	by := origin.Sub(d.origin)
	known := !d.origin.IsZero()
	d.origin = origin
	if !known || by.Abs() < clockStep {
		return
	}
	d.notice(Warning, "the wall clock was set by %s: all leads are looked at anew", by.Round(time.Second))
	d.shiftPauses(by)
	d.lookAnew()
}
