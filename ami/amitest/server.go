// Package amitest is an Asterisk's manager interface for tests: a server whose state the test sets,
// which records what it is asked and sends what it is told to.
//
//	server := amitest.New(t)
//	server.SetMembers(dialer.Member{Queue: "sales", Interface: "PJSIP/1", Status: dialer.DeviceNotInUse})
//	link, err := ami.New(ami.Config{Address: server.Listen(), User: amitest.User, Secret: amitest.Secret, …}, inbox.Put)
//	…
//	originate := server.Next("Originate")
//	server.Send(server.Event("Hangup", "Uniqueid", originate.Field("ChannelId"), "Cause", "17"))
//
// It answers as 22.10 does, from the bytes of which its texts are taken. For simulated time give
// Config.Dial the server's Dial, which needs no socket and so works inside testing/synctest.
package amitest

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"dialerd/dialer"
)

// The manager user that may log in.
const (
	User   = "dialer"
	Secret = "amitest-secret"
)

// Server is one scripted Asterisk. It ends with the test.
type Server struct {
	t     testing.TB
	ended sync.WaitGroup

	mu        sync.Mutex
	listeners []net.Listener
	sessions  map[*session]bool
	actions   []Action
	taken     []bool        // by Next
	arrived   chan struct{} // closed and made anew when an action is recorded
	version   string
	started   time.Time
	booted    bool
	stalled   bool
	deaf      bool
	skew      time.Duration
	refusal   string
	denied    map[string]bool
	answers   map[string]func(Action) string
	members   []dialer.Member
	channels  []Channel
}

// Channel is what CoreShowChannels shows of one channel, and QueueStatus when it waits.
type Channel struct {
	ID     string // Uniqueid
	Name   string // as PJSIP/trunk-0000001
	Up     bool
	Bridge string // channels with the same are bridged
	Queue  string // that it waits in
}

// New is an Asterisk that has booted, without members and channels. Nobody reaches it but by Dial,
// until it is told to Listen.
func New(t testing.TB) *Server {
	s := &Server{
		t: t, arrived: make(chan struct{}), sessions: map[*session]bool{}, version: "22.10.1", booted: true,
		started: time.Now().Add(-time.Hour).Truncate(time.Second),
		denied:  map[string]bool{}, answers: map[string]func(Action) string{},
	}
	t.Cleanup(s.close)
	return s
}

func (s *Server) close() {
	s.mu.Lock()
	for _, l := range s.listeners {
		l.Close()
	}
	s.mu.Unlock()
	s.Drop()
	s.ended.Wait()
}

// Dial connects to the server in memory, in place of a net.Dialer's DialContext.
func (s *Server) Dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	s.serve(ours)
	return theirs, nil
}

// Listen gives the address, on 127.0.0.1, that the server from now on listens on.
func (s *Server) Listen() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	return s.listen(l)
}

func (s *Server) listen(l net.Listener) string {
	s.mu.Lock()
	s.listeners = append(s.listeners, l)
	s.mu.Unlock()
	s.ended.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.serve(conn)
		}
	})
	return l.Addr().String()
}

func (s *Server) serve(conn net.Conn) {
	c := &session{server: s, conn: conn, gone: make(chan struct{})}
	s.mu.Lock()
	s.sessions[c] = true
	s.mu.Unlock()
	s.ended.Go(func() {
		c.serve()
		c.drop()
		s.mu.Lock()
		delete(s.sessions, c)
		s.mu.Unlock()
	})
}

// Drop closes all connections.
func (s *Server) Drop() {
	for _, c := range s.all() {
		c.drop()
	}
}

// Restart is what a restart of Asterisk looks like from outside: all connections and channels are
// gone, and the start time is another.
func (s *Server) Restart() {
	s.set(func() {
		s.started = s.started.Add(time.Minute)
		s.channels = nil
	})
	s.Drop()
}

// Started is when this Asterisk says that it was started.
func (s *Server) Started() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started
}

// SetMembers sets what QueueStatus lists. It sends no event.
func (s *Server) SetMembers(members ...dialer.Member) { s.set(func() { s.members = members }) }

// SetChannels sets what CoreShowChannels lists, and QueueStatus of callers. It sends no event.
func (s *Server) SetChannels(channels ...Channel) { s.set(func() { s.channels = channels }) }

// SetVersion sets what CoreSettings says.
func (s *Server) SetVersion(version string) { s.set(func() { s.version = version }) }

// SetSkew sets the server's clock ahead of ours.
func (s *Server) SetSkew(ahead time.Duration) { s.set(func() { s.skew = ahead }) }

// RefuseLogin answers logins with this error and closes; an empty text accepts them again.
func (s *Server) RefuseLogin(text string) { s.set(func() { s.refusal = text }) }

// Deny answers these actions with "Permission denied", and none other.
func (s *Server) Deny(actions ...string) {
	s.set(func() {
		s.denied = map[string]bool{}
		for _, a := range actions {
			s.denied[a] = true
		}
	})
}

// Answer has an action answered by a function of the test, which gives the bytes to send; nil goes
// back to the server's own answer.
func (s *Server) Answer(action string, with func(Action) string) {
	s.set(func() { s.answers[action] = with })
}

// SetBooting is an Asterisk that still starts: logins are accepted, queues are not there. Leaving
// that state sends FullyBooted.
func (s *Server) SetBooting(booting bool) {
	s.set(func() { s.booted = !booting })
	if !booting {
		for _, c := range s.loggedIn() {
			c.write(s.fullyBooted())
		}
	}
}

// Stall leaves all actions without an answer, though they are read and recorded.
func (s *Server) Stall(stalled bool) { s.set(func() { s.stalled = stalled }) }

// Deafen stops reading, for good.
func (s *Server) Deafen() {
	s.set(func() { s.deaf = true })
	for _, c := range s.all() {
		c.conn.SetReadDeadline(time.Now())
	}
}

// Send sends events to all that have logged in, as far as the filters that they asked for let them
// through.
func (s *Server) Send(events ...string) {
	s.t.Helper()
	for _, c := range s.receivers() {
		for _, e := range events {
			if c.wants(e) {
				c.write(e)
			}
		}
	}
}

// SendRaw sends bytes to all that have logged in, whatever they asked for.
func (s *Server) SendRaw(raw string) {
	s.t.Helper()
	for _, c := range s.receivers() {
		c.write(raw)
	}
}

// Pour sends bytes to whoever has logged in, as SendRaw does, and is false when nobody has: a flood may
// have cost a link its connection.
func (s *Server) Pour(raw string) bool {
	to := s.loggedIn()
	for _, c := range to {
		c.write(raw)
	}
	return len(to) > 0
}

func (s *Server) receivers() []*session {
	s.t.Helper()
	to := s.loggedIn()
	if len(to) == 0 {
		s.t.Error("amitest: nobody is logged in to send to")
	}
	return to
}

func (s *Server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *Server) all() (sessions []*session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sessions {
		sessions = append(sessions, c)
	}
	return sessions
}

func (s *Server) loggedIn() (sessions []*session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sessions {
		if c.loggedIn {
			sessions = append(sessions, c)
		}
	}
	return sessions
}
