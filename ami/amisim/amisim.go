// Package amisim is an Asterisk for a daemon that has none: it serves a simulated PBX (package
// dialer/sim/pbx) over a real manager interface, and has its dialplan ask the daemon by real FastAGI,
// in real time.
//
//	server, err := amisim.New(amisim.Config{World: world, Instance: "a", User: "dialer", Secret: secret})
//	address, err := server.Listen("127.0.0.1:0")     // for [[pbx]] address
//	go server.Run(ctx, "127.0.0.1:4573")             // [agi] listen; until ctx ends
//	err = server.Look(ctx, func(w *pbx.World) { … }) // the truth, at this moment
//
// What is said on the wire is what an Asterisk 22 says, or a 16 when the World is one: the banner,
// MD5 logins, FullyBooted, filters, lists, the order and the headers of events. An action that is
// not known gets Asterisk's own error. Of actions it knows those that a dialer needs (see actions),
// and QueueAdd, QueueRemove, QueuePause and QueuePenalty, with which a person or a test plays the
// administrator of the queues.
//
// One goroutine owns the World. A connection that does not take its events is cut off, as Asterisk
// does it; everything ends with Run's context.
package amisim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"sync"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// Config is the Asterisk to serve.
type Config struct {
	World    pbx.Config
	Instance string // of the daemon: its channel ids are known by it
	User     string // the manager user who may log in
	Secret   string
	// Speed is how many seconds of the World go by in one of ours; 0: one. What the daemon counts,
	// it counts by its own clock, and the dialplan's half second for an answer shrinks too: beyond
	// 5 or so a busy machine is taken for a daemon that is away.
	Speed float64
}

// ErrOver says that the server runs no longer.
var ErrOver = errors.New("amisim: the simulated Asterisk has ended")

// Server is one simulated Asterisk.
type Server struct {
	cfg      Config
	listener net.Listener
	requests chan func() // for the goroutine that owns what follows
	over     chan struct{}
	running  sync.WaitGroup

	ctx      context.Context // of Run
	world    *pbx.World
	began    time.Time // World's time 0
	started  time.Time // this Asterisk
	agi      string
	sessions map[*session]bool
	calls    map[dialer.CallID]*call
	asking   map[dialer.AskID]*asking
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// New checks the configuration. Nothing is reachable before Listen, nothing happens before Run.
func New(cfg Config) (*Server, error) {
	switch {
	case !plainWord.MatchString(cfg.Instance):
		return nil, fmt.Errorf("amisim: instance %q: give the letters and digits of dialerd.toml's", cfg.Instance)
	case cfg.User == "" || cfg.Secret == "":
		return nil, errors.New("amisim: a manager user and a secret are needed, as in dialerd.toml")
	case cfg.Speed < 0:
		return nil, fmt.Errorf("amisim: speed %v: time cannot go backwards", cfg.Speed)
	}
	if cfg.Speed == 0 {
		cfg.Speed = 1
	}
	return &Server{cfg: cfg, requests: make(chan func()), over: make(chan struct{}), world: pbx.New(cfg.World),
		sessions: map[*session]bool{}, calls: map[dialer.CallID]*call{}, asking: map[dialer.AskID]*asking{}}, nil
}

// Listen opens the manager's port and gives the address it has.
func (s *Server) Listen(address string) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("amisim: the manager's port cannot be opened: %w", err)
	}
	s.listener = l
	return l.Addr().String(), nil
}

// Run lets time go by until ctx ends. Agi is where the daemon answers FastAGI. Run is called once,
// after Listen, and nothing that it started outlives it.
func (s *Server) Run(ctx context.Context, agi string) error {
	if s.listener == nil {
		return errors.New("amisim: Run was called before Listen")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer s.running.Wait()
	defer cancel()
	defer close(s.over)
	s.ctx, s.agi = ctx, agi
	s.began = time.Now()
	s.started = s.began.Truncate(time.Second)
	s.running.Go(func() {
		<-ctx.Done()
		s.listener.Close()
	})
	s.running.Go(s.accept)
	s.own()
	return nil
}

// Look has something looked at, or done, on the goroutine that owns the World, at its present time.
func (s *Server) Look(ctx context.Context, what func(*pbx.World)) error {
	done := make(chan struct{})
	look := func() {
		what(s.world)
		close(done)
	}
	select {
	case s.requests <- look:
		<-done
		return nil
	case <-s.over:
		return ErrOver
	case <-ctx.Done():
		return ctx.Err()
	}
}

// own is the goroutine that owns the World.
func (s *Server) own() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case do := <-s.requests:
			s.catchUp()
			do()
		case <-timer.C:
		}
		s.catchUp()
		timer.Reset(s.untilNext())
	}
}

// catchUp brings the World to the present and says what it has said.
func (s *Server) catchUp() {
	now := time.Duration(float64(time.Since(s.began)) * s.cfg.Speed)
	for _, h := range s.world.Advance(now) {
		s.tell(h)
	}
}

// untilNext is how long nothing happens.
func (s *Server) untilNext() time.Duration {
	at, ok := s.world.Next()
	if !ok {
		return time.Hour
	}
	return time.Until(s.clock(at))
}

// clock is the wall clock at a time of the World.
func (s *Server) clock(at time.Duration) time.Time {
	return s.began.Add(time.Duration(float64(at) / s.cfg.Speed))
}

// request has something done on the owner's goroutine, without waiting for it to be done; false
// when the server ends.
func (s *Server) request(do func()) bool {
	select {
	case s.requests <- do:
		return true
	case <-s.ctx.Done():
		return false
	}
}
