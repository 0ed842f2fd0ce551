// Package agi answers the dialplan's questions over FastAGI.
//
//	server, err := agi.New(agi.Config{Instance: "a", Lost: lost}, ask, log)
//	err = server.Listen()
//	err = server.Run(ctx) // until ctx ends
//
// Each AGI() of the dialplan is one connection, one question and one goroutine. The question is the
// path of the address (agi://host:4573/answered), the answer is set as DIALER_* channel variables,
// DIALER_OK=1 as the last of them: a dialplan that does not find it has got no answer and goes by
// its default.
//
// Whatever connects is not trusted: the environment is checked before the library zaf/agi sees it,
// one deadline lies over the whole session, a panic costs one session.
package agi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dialerd/dialer"
)

// Asker puts a question to the dialer. It has to answer from memory, may be called from many
// goroutines and must return when ctx ends, which is when the answer would come too late.
type Asker func(ctx context.Context, q dialer.Question) (dialer.Answer, error)

// Server is a FastAGI server.
type Server struct {
	cfg      Config
	ask      Asker
	log      zerolog.Logger // of sessions: at most ten lines a second
	refusals zerolog.Logger // of connections not served: at most one line a second
	listener net.Listener
	slots    chan struct{} // one taken by each session
	sessions sync.WaitGroup
	count    counters
}

// New checks the configuration. It opens nothing yet.
func New(cfg Config, ask Asker, log zerolog.Logger) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	atMost := func(lines uint32) zerolog.Logger {
		return log.Sample(&zerolog.BurstSampler{Burst: lines, Period: time.Second})
	}
	return &Server{
		cfg:      cfg,
		ask:      ask,
		log:      atMost(10),
		refusals: atMost(1),
		slots:    make(chan struct{}, cfg.MaxSessions),
	}, nil
}

// Listen opens the port, so that a port that is taken is known before anything else starts.
func (s *Server) Listen() error {
	listener, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("FastAGI cannot listen on %s: %w; end what holds the port or change [agi] listen", s.cfg.Listen, err)
	}
	s.listener = listener
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
	err := s.accept(ctx)
	s.sessions.Wait()
	return err
}

// acceptPause is waited after a failed accept: most fail for want of descriptors, and a session's
// end gives one back.
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
			s.refusals.Error().Err(err).Msg("FastAGI cannot accept connections; is the limit of open files (LimitNOFILE) too low?")
			select {
			case <-ctx.Done():
			case <-time.After(acceptPause):
			}
		}
	}
}

// admit gives a connection a session, or closes it at once: to Asterisk that is an AGI() without an
// answer, and the call goes on by the dialplan's default.
func (s *Server) admit(ctx context.Context, conn net.Conn) {
	if !s.allowed(conn.RemoteAddr()) {
		s.refuse(conn, "FastAGI connection refused: its address is not in [agi] allow")
		return
	}
	select {
	case s.slots <- struct{}{}:
	default:
		s.refuse(conn, "FastAGI connection refused: too many sessions at once")
		return
	}
	s.count.open.Add(1)
	s.sessions.Go(func() {
		defer func() {
			s.count.open.Add(-1)
			<-s.slots
		}()
		// A session that has begun is not cut by the end of the daemon: it has its own deadline.
		s.serve(context.WithoutCancel(ctx), conn)
	})
}

func (s *Server) refuse(conn net.Conn, why string) {
	conn.Close()
	total := s.count.refused.Add(1)
	s.refusals.Warn().Stringer("from", conn.RemoteAddr()).Uint64("refused", total).Int("max_sessions", s.cfg.MaxSessions).Msg(why)
}

func (s *Server) allowed(remote net.Addr) bool {
	from, err := netip.ParseAddrPort(remote.String())
	if err != nil {
		return false
	}
	addr := from.Addr().Unmap().WithZone("")
	for _, prefix := range s.cfg.Allow {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
