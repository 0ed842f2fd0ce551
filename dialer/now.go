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
