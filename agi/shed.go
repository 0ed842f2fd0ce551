package agi

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// shed counts what was not served, for one reason, and says so once a second at most.
type shed struct {
	total atomic.Uint64
	from  atomic.Pointer[net.TCPAddr] // the last it came from; nil: from nobody
	said  uint64                      // of total; only say's
}

func (c *shed) add(from *net.TCPAddr) {
	if from != nil {
		c.from.Store(from)
	}
	c.total.Add(1)
}

// say says how many there were since it was said last, if there were any.
func (c *shed) say(log *zerolog.Logger, what string) {
	total := c.total.Load()
	if total == c.said {
		return
	}
	entry := log.Warn().Uint64("count", total-c.said).Uint64("since_start", total)
	if from := c.from.Load(); from != nil {
		entry.Stringer("last_from", from)
	}
	entry.Msg(what)
	c.said = total
}

// tellShed says once a second, until over, what was shed in it.
func (s *Server) tellShed(over <-chan struct{}) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.sayShed()
		case <-over:
			s.sayShed()
			return
		}
	}
}

// What is said of each reason.
const (
	saidNotAllowed = "FastAGI connections closed at once: their address is not in [agi] allow"
	saidEvicted    = "FastAGI connections that asked nothing closed for newer ones: something that is not Asterisk connects, or far too many do"
	saidTooMany    = "FastAGI questions not answered: more at once than there may be; their calls went on by the dialplan's default"
	saidLeftOut    = "FastAGI log lines left out: there were more than are written in a second"
)

func (s *Server) sayShed() {
	s.notAllowed.say(&s.plain, saidNotAllowed)
	s.evicted.say(&s.plain, saidEvicted)
	s.tooMany.say(&s.plain, saidTooMany)
	s.leftOut.say(&s.plain, saidLeftOut)
}

// lineLimit lets so many lines of a log through in a second, and counts those it leaves out.
type lineLimit struct {
	most    int
	leftOut *shed

	mu      sync.Mutex
	since   time.Time
	written int
}

// Sample is called by the logger for each line it would write.
func (l *lineLimit) Sample(zerolog.Level) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	// By the clock that does not jump: else a wall clock set back would silence the log.
	if now := time.Now(); now.Sub(l.since) >= time.Second {
		l.since, l.written = now, 0
	}
	if l.written >= l.most {
		l.leftOut.add(nil)
		return false
	}
	l.written++
	return true
}
