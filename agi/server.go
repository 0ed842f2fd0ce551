// Package agi answers the dialplan's questions over FastAGI.
//
//	server, err := agi.New(agi.Config{Instance: "a", Lost: lost}, ask, log)
//	err = server.Listen()
//	err = server.Run(ctx) // until ctx ends
//
// Each AGI() of the dialplan is one connection, one question and one goroutine. The question is the
// path of the address (agi://host:4573/answered), the answer is set as DIALER_* channel variables,
// DIALER_OK=1 as the last of them: a dialplan that does not find it has got no answer and goes by
// its default. What an operator's feature code asks (agi://host:4573/pause) is answered with how he
// stands.
//
// Whatever connects is not trusted: the environment is checked before the library zaf/agi sees it,
// one deadline lies over the whole session, a panic costs one session. How many connections there are
// is bounded, and those that say nothing give way to those that ask (admission). What is shed is
// counted, and said in the log once a second.
package agi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"dialerd/dialer"
)

// Asker puts a question to the dialer. It has to answer from memory, may be called from many
// goroutines and must return when ctx ends, which is when the answer would come too late.
type Asker func(ctx context.Context, q dialer.Question) (dialer.Answer, error)

// Server is a FastAGI server.
type Server struct {
	cfg       Config
	ask       Asker
	plain     zerolog.Logger // as it was given
	log       zerolog.Logger // of sessions that asked, and of the port: at most ten lines a second
	noise     zerolog.Logger // of sessions that asked nothing: at most two lines a second
	panics    zerolog.Logger // with their stacks: at most five a second
	listener  net.Listener
	admission admission
	sessions  sync.WaitGroup
	lateOnes  chan struct{} // capacity 1: one is late that never asked
	count     counters

	notAllowed, tooMany, evicted, leftOut shed
}

// New checks the configuration. It opens nothing yet.
func New(cfg Config, ask Asker, log zerolog.Logger) (*Server, error) {
	cfg = cfg.withDefaults().fit(openFiles())
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, ask: ask, plain: log, lateOnes: make(chan struct{}, 1), admission: admission{maxWaiting: cfg.MaxWaiting, maxAsked: cfg.MaxSessions}}
	atMost := func(most int) zerolog.Logger { return log.Sample(&lineLimit{most: most, leftOut: &s.leftOut}) }
	s.log, s.noise, s.panics = atMost(10), atMost(2), atMost(5)
	return s, nil
}

// Listen opens the port, so that a port that is taken is known before anything else starts.
func (s *Server) Listen() error {
	// A session is over before keep-alive would begin; without it an accept takes four system calls less.
	without := net.ListenConfig{KeepAlive: -1}
	listener, err := without.Listen(context.Background(), "tcp", s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("FastAGI cannot listen on %s: %w; end what holds the port or change [agi] listen", s.cfg.Listen, err)
	}
	s.listener = listener
	if files := openFiles(); files < filesEnough {
		s.plain.Warn().Uint64("limit", files).Int("sessions", s.cfg.MaxSessions).Int("waiting", s.cfg.MaxWaiting).
			Msgf("FastAGI makes do with fewer connections than it could hold: raise the limit of open files (LimitNOFILE) to %d or more", filesEnough)
	}
	return nil
}

// Addr is the address that Listen opened; nil before.
func (s *Server) Addr() net.Addr {
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Run serves until ctx ends. Then it accepts no more and returns when the last session is over,
// which is within Config.Deadline. Its error says that the port was lost; it is nil when ctx ended.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		return errors.New("FastAGI server was run before Listen")
	}
	stop := context.AfterFunc(ctx, func() { s.listener.Close() })
	defer stop()
	over := make(chan struct{})
	var beside sync.WaitGroup
	beside.Go(func() { s.tellShed(over) })
	beside.Go(func() { s.closeLate(ctx, over) })
	err := s.accept(ctx)
	s.sessions.Wait()
	close(over)
	beside.Wait()
	return err
}

// acceptPause is waited after a failed accept that nothing can be done about.
const acceptPause = 50 * time.Millisecond

func (s *Server) accept(ctx context.Context) error {
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
			s.admit(ctx, conn)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("FastAGI port %s was closed: %w", s.cfg.Listen, err)
		default:
			s.log.Error().Err(err).Msg("FastAGI cannot accept connections; is the limit of open files (LimitNOFILE) too low?")
			s.makeRoom(ctx, err)
		}
	}
}

// makeRoom is done after a failed accept. Most fail for want of descriptors, and one that waits
// has one to give.
func (s *Server) makeRoom(ctx context.Context, err error) {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		if x := s.admission.evictOldest(); x != nil {
			s.evict(x)
			return
		}
	}
	pause(ctx, acceptPause)
}

// admit gives a connection a session, or closes it at once: to Asterisk that is an AGI() without an
// answer, and the call goes on by the dialplan's default.
func (s *Server) admit(ctx context.Context, conn net.Conn) {
	from, _ := conn.RemoteAddr().(*net.TCPAddr)
	if !s.allowed(from) {
		conn.Close()
		s.notAllowed.add(from)
		return
	}
	x := s.enter(ctx, conn, from)
	// A session that has begun is not cut by the end of the daemon: it has its own deadline.
	s.sessions.Go(func() { x.serve(context.WithoutCancel(ctx)) })
}

// enter makes the session of a connection, and room for it when there is none. The accept loop waits
// for that: connections that come meanwhile wait in the kernel, which is cheaper.
func (s *Server) enter(ctx context.Context, conn net.Conn, from *net.TCPAddr) *session {
	s.count.sessions.Add(1)
	x := &session{server: s, conn: conn, from: from}
	for {
		now := time.Now()
		x.entered, x.deadline = now, now.Add(s.cfg.Deadline)
		old, wait := s.admission.enter(x, now)
		if old != nil {
			s.evict(old)
		}
		if wait == 0 {
			return x
		}
		pause(ctx, wait)
	}
}

// pause waits, but not past the end of ctx.
func pause(ctx context.Context, wait time.Duration) {
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
}

// evict closes the connection of a session that was taken out of those that wait. The descriptor is
// free when it returns; the session's goroutine finds out and ends.
func (s *Server) evict(x *session) {
	x.conn.Close()
	s.evicted.add(x.from)
}

func (s *Server) allowed(from *net.TCPAddr) bool {
	if from == nil {
		return false
	}
	addr := from.AddrPort().Addr().Unmap().WithZone("")
	for _, prefix := range s.cfg.Allow {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// Those that are late and never asked are closed at this pace: what is closed comes back if it means
// harm, and a connection that lies there costs less than a new one. There are no more of them than may
// wait.
const (
	closeAtOnce = 5
	closePause  = 10 * time.Millisecond
)

// closeLate closes those that are late and never asked, the oldest first, until over. When ctx has
// ended it does not mind the pace.
func (s *Server) closeLate(ctx context.Context, over <-chan struct{}) {
	for closed := 0; ; {
		x := s.admission.nextLate()
		if x == nil {
			select {
			case <-s.lateOnes:
				continue
			case <-over:
				return
			}
		}
		x.conn.Close()
		if closed++; closed%closeAtOnce == 0 {
			pause(ctx, closePause)
		}
	}
}

func (s *Server) wakeCloser() {
	select {
	case s.lateOnes <- struct{}{}:
	default:
	}
}
