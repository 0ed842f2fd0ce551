package amisim

import (
	"bufio"
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"math/rand/v2"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	maxSessions  = 50               // Asterisk's authlimit
	maxWaiting   = 8192             // messages that a session may be behind
	writeTimeout = 5 * time.Second  // as the manual recommends to set it
	authTimeout  = 30 * time.Second // to log in
)

// session is one manager connection. Its own goroutines read actions and write messages; all else
// belongs to the owner.
type session struct {
	server *Server
	conn   net.Conn
	out    chan []byte // nil is the end: close when all before it is written
	gone   chan struct{}
	once   sync.Once

	challenge string
	user      bool // logged in
	classes   map[string]bool
	filters   []filter
}

// filter lets events through, or keeps them back.
type filter struct {
	pattern *regexp.Regexp
	out     bool
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // the listener is closed with Run's context
		}
		c := &session{server: s, conn: conn, out: make(chan []byte, maxWaiting), gone: make(chan struct{})}
		if !s.request(func() { s.open(c) }) {
			conn.Close()
		}
	}
}

// open begins a session, unless Asterisk is down or has too many.
func (s *Server) open(c *session) {
	if !s.world.Up() || len(s.sessions) >= maxSessions {
		c.conn.Close()
		return
	}
	s.sessions[c] = true
	c.send([]byte("Asterisk Call Manager/" + s.release().manager + "\r\n"))
	s.running.Go(c.write)
	s.running.Go(func() {
		c.read()
		c.drop()
		s.request(func() { delete(s.sessions, c) })
	})
	s.running.Go(func() { c.limit(authTimeout) })
}

// limit ends a session with the server, and one that does not log in.
func (c *session) limit(login time.Duration) {
	timer := time.NewTimer(login)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			c.server.request(func() {
				if !c.user {
					c.drop()
				}
			})
		case <-c.server.ctx.Done():
			c.drop()
			return
		case <-c.gone:
			return
		}
	}
}

// read takes actions until the connection ends.
func (c *session) read() {
	in := bufio.NewReaderSize(c.conn, 4<<10)
	for {
		a, err := readAction(in)
		if err != nil {
			return
		}
		if !c.server.request(func() { c.server.act(c, a) }) {
			return
		}
	}
}

func (c *session) write() {
	defer c.drop()
	for {
		select {
		case message := <-c.out:
			if message == nil {
				return
			}
			c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if _, err := c.conn.Write(message); err != nil {
				return
			}
		case <-c.gone:
			return
		}
	}
}

// send queues a message. Asterisk closes a connection that does not keep up, without a word.
func (c *session) send(message []byte) {
	select {
	case c.out <- message:
	default:
		c.drop()
	}
}

// drop closes the connection at once.
func (c *session) drop() {
	c.once.Do(func() {
		close(c.gone)
		c.conn.Close()
	})
}

// login takes what comes before a session is logged in.
func (s *Server) login(c *session, a *action) {
	switch strings.ToLower(a.name) {
	case "challenge":
		if !strings.EqualFold(a.get("AuthType"), "MD5") {
			c.send(a.fail("Must specify AuthType"))
			return
		}
		c.challenge = strconv.Itoa(100_000_000 + rand.IntN(900_000_000))
		c.send(a.answer("Success", "Challenge", c.challenge))
	case "login":
		if !s.knows(c, a) {
			c.send(a.fail("Authentication failed"))
			c.send(nil)
			return
		}
		c.user = true
		c.listen(a.get("Events"), "on")
		c.send(a.answer("Success", "Message", "Authentication accepted"))
		c.offer("system", s.booted())
	default:
		c.send(a.fail("Permission denied"))
	}
}

// knows tells whether a login names the user and proves the secret, as it is or by the challenge.
func (s *Server) knows(c *session, a *action) bool {
	given, want := a.get("Secret"), s.cfg.Secret
	if strings.EqualFold(a.get("AuthType"), "MD5") && c.challenge != "" {
		sum := md5.Sum([]byte(c.challenge + s.cfg.Secret))
		given, want = a.get("Key"), hex.EncodeToString(sum[:])
	}
	return a.get("Username") == s.cfg.User && subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1
}

// listen sets which classes of events the session gets: on, off, or their names.
func (c *session) listen(mask, otherwise string) {
	if mask == "" {
		mask = otherwise
	}
	c.classes = map[string]bool{}
	for _, class := range strings.Split(strings.ToLower(mask), ",") {
		c.classes[strings.TrimSpace(class)] = true
	}
}

// offer sends an event to a session that wants it: one whose mask has the class, and whose filters,
// if it has any that let through, know the text.
func (c *session) offer(class string, event []byte) {
	if !c.user || !c.classes[class] && !c.classes["on"] && !c.classes["all"] {
		return
	}
	wanted, asked := false, false
	for _, f := range c.filters {
		if f.out && f.pattern.Match(event) {
			return
		}
		asked = asked || !f.out
		wanted = wanted || !f.out && f.pattern.Match(event)
	}
	if wanted || !asked {
		c.send(event)
	}
}

// filter is Action: Filter. A pattern that begins with ! keeps events back.
func (c *session) filter(a *action) []byte {
	text, out := strings.CutPrefix(a.get("Filter"), "!")
	pattern, err := regexp.Compile("(?s)" + text)
	switch {
	case !strings.EqualFold(a.get("Operation"), "Add"):
		return a.fail("Unknown operation")
	case err != nil || text == "":
		return a.fail("Filter did not compile")
	}
	c.filters = append(c.filters, filter{pattern, out})
	return a.answer("Success", "Message", "Success")
}

// broadcast sends an event to all who want it.
func (s *Server) broadcast(class string, event []byte) {
	for c := range s.sessions {
		c.offer(class, event)
	}
}
