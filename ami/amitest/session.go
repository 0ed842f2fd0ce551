package amitest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"net"
	"regexp"
	"strings"
	"sync"

	"github.com/staskobzar/goami2"
)

// session is one connection.
type session struct {
	server   *Server
	conn     net.Conn
	gone     chan struct{} // closed by drop
	once     sync.Once
	writing  sync.Mutex
	filters  []*regexp.Regexp // guarded by the server's mutex, as loggedIn
	loggedIn bool
}

const challenge = "248504465"

// serve reads actions and answers them until the connection ends.
func (c *session) serve() {
	c.write("Asterisk Call Manager/11.0.0\r\n")
	var pending []byte
	chunk := make([]byte, 16<<10)
	for {
		n, err := c.conn.Read(chunk)
		if c.server.isDeaf() {
			<-c.gone
			return
		}
		pending = append(pending, chunk[:n]...)
		for {
			wire, rest, whole := bytes.Cut(pending, []byte("\r\n\r\n"))
			if !whole {
				break
			}
			pending = rest
			if !c.act(string(wire) + "\r\n\r\n") {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// drop closes the connection from this side.
func (c *session) drop() {
	c.once.Do(func() {
		close(c.gone)
		c.conn.Close()
	})
}

// act does one action; false ends the connection.
func (c *session) act(wire string) bool {
	m, err := goami2.Parse(wire)
	if err != nil {
		c.server.t.Errorf("amitest: not an action: %q: %v", wire, err)
		return false
	}
	a := Action{m}
	if !c.isLoggedIn() {
		return c.login(a)
	}
	c.server.record(a)
	c.write(c.server.answer(c, a))
	return true
}

func (c *session) login(a Action) bool {
	sum := md5.Sum([]byte(challenge + Secret))
	refusal := c.server.loginRefusal()
	switch {
	case refusal != "":
	case a.Name() == "Challenge":
		c.write(Response(a, "Success", "Challenge", challenge))
		return true
	case a.Name() != "Login":
		c.write(Response(a, "Error", "Message", "Permission denied"))
		return true
	case a.Field("Username") != User || a.Field("Secret") != Secret && a.Field("Key") != hex.EncodeToString(sum[:]):
		refusal = "Authentication failed"
	}
	c.server.record(a)
	if refusal != "" {
		c.write(Response(a, "Error", "Message", refusal))
		return false
	}
	c.write(Response(a, "Success", "Message", "Authentication accepted"))
	if c.enter() && strings.Contains(a.Field("Events"), "system") {
		c.write(c.server.fullyBooted())
	}
	return true
}

// enter makes the session one that gets events, and tells whether Asterisk has booted.
func (c *session) enter() bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.loggedIn = true
	return c.server.booted
}

func (c *session) isLoggedIn() bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return c.loggedIn
}

// wants tells whether the filters let an event through, as Asterisk does: any of them may match
// anywhere in the event's text.
func (c *session) wants(event string) bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	for _, f := range c.filters {
		if f.MatchString(event) {
			return true
		}
	}
	return len(c.filters) == 0
}

func (c *session) write(s string) {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, _ = c.conn.Write([]byte(s)) // a link that has gone is the test's business
}
