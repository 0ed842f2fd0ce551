package agi

import "sync/atomic"

// Stats counts what happened since the server was made. Open is how many sessions there are now.
// A session may be counted in several places: one that is late has as a rule lost its answer.
type Stats struct {
	Sessions  uint64 // connections that got a session
	Open      int64
	Refused   uint64 // connections closed at once: by Allow, or over MaxSessions
	Malformed uint64 // sessions without a readable environment, empty connections among them
	Hangups   uint64 // sessions that ended because the caller or Asterisk was gone
	Late      uint64 // sessions cut by the deadline
	Panics    uint64 // sessions that ended in a panic
	Lost      uint64 // answers that the dialplan did not get, or may not have got
}

type counters struct {
	sessions, refused, malformed, hangups, late, panics, lost atomic.Uint64
	open                                                      atomic.Int64
}

// Stats may be called at any time, from any goroutine.
func (s *Server) Stats() Stats {
	return Stats{
		Sessions:  s.count.sessions.Load(),
		Open:      s.count.open.Load(),
		Refused:   s.count.refused.Load(),
		Malformed: s.count.malformed.Load(),
		Hangups:   s.count.hangups.Load(),
		Late:      s.count.late.Load(),
		Panics:    s.count.panics.Load(),
		Lost:      s.count.lost.Load(),
	}
}
