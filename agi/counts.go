package agi

import "sync/atomic"

// Counts counts what happened since the server was made. Open is how many sessions there are now.
// A session may be counted in several places: one that is late has as a rule lost its answer.
type Counts struct {
	Sessions  uint64 // connections that were let in
	Open      int    // of them
	Refused   uint64 // connections closed without an answer: by Allow, or over MaxSessions
	Evicted   uint64 // sessions closed for newer ones, before they had asked
	Malformed uint64 // sessions without a readable environment, empty connections among them
	Hangups   uint64 // sessions that ended because the caller or Asterisk was gone
	Late      uint64 // sessions cut by the deadline
	Panics    uint64 // sessions that ended in a panic
	Lost      uint64 // answers that the dialplan did not get, or may not have got
	LeftOut   uint64 // log lines that were not written, for there were too many
}

type counters struct {
	sessions, malformed, hangups, late, panics, lost atomic.Uint64
}

// Counts may be called at any time, from any goroutine.
func (s *Server) Counts() Counts {
	return Counts{
		Sessions:  s.count.sessions.Load(),
		Open:      s.admission.open(),
		Refused:   s.notAllowed.total.Load() + s.tooMany.total.Load(),
		Evicted:   s.evicted.total.Load(),
		Malformed: s.count.malformed.Load(),
		Hangups:   s.count.hangups.Load(),
		Late:      s.count.late.Load(),
		Panics:    s.count.panics.Load(),
		Lost:      s.count.lost.Load(),
		LeftOut:   s.leftOut.total.Load(),
	}
}
