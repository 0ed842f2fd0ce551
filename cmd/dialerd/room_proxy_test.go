package main

import (
	"bytes"
	"net"
	"sync"
	"testing"
)

// proxy stands on the line between a daemon and its Asterisk's manager interface, and can hurt it. What
// it lets through, it lets through as it came.
type proxy struct {
	listen net.Listener
	target string
	ended  sync.WaitGroup

	mu    sync.Mutex
	moved *sync.Cond // how has changed, or a connection has gone
	how   damage
	lines map[*line]bool

	swallow   bool // Originates are not passed on
	swallowed int
}

// damage is what a proxy does to its line.
type damage uint8

const (
	whole     damage = iota
	cut              // every connection is closed, and every new one at once
	cutEvent         // as cut, but the next that Asterisk says gets through by half first
	cutAction        // as cut, but the next that the daemon says gets through by half first
	silent           // connections stay and nothing gets through, until later
)

// line is one connection of the daemon with its other half.
type line struct {
	daemon, asterisk net.Conn
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listen: l, target: target, lines: map[*line]bool{}}
	p.moved = sync.NewCond(&p.mu)
	p.ended.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		p.damage(cut)
		p.ended.Wait()
	})
	return p
}

func (p *proxy) address() string { return p.listen.Addr().String() }

// damage hurts the line, or mends it.
func (p *proxy) damage(how damage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.how = how
	if how == cut {
		p.closeAll()
	}
	p.moved.Broadcast()
}

// swallowOriginates keeps Originates from Asterisk, or lets them through again.
func (p *proxy) swallowOriginates(swallow bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swallow = swallow
}

// gulps is how many Originates were swallowed.
func (p *proxy) gulps() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.swallowed
}

// broken tells whether nobody is on the line: a half message has gone through, and that was all.
func (p *proxy) broken() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.how == cut && len(p.lines) == 0
}

func (p *proxy) accept() {
	for {
		conn, err := p.listen.Accept()
		if err != nil {
			return
		}
		p.connect(conn)
	}
}

func (p *proxy) connect(daemon net.Conn) {
	asterisk, err := net.Dial("tcp", p.target)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil || p.how != whole && p.how != silent {
		daemon.Close()
		if err == nil {
			asterisk.Close()
		}
		return
	}
	l := &line{daemon: daemon, asterisk: asterisk}
	p.lines[l] = true
	p.ended.Go(func() { p.carry(l, asterisk, daemon, cutAction) })
	p.ended.Go(func() { p.carry(l, daemon, asterisk, cutEvent) })
}

// carry takes one direction of a line, until it ends. By half is the damage that halves this direction.
func (p *proxy) carry(l *line, to, from net.Conn, byHalf damage) {
	buf := make([]byte, 16<<10)
	var kept []byte // the beginning of an action
	for {
		n, err := from.Read(buf)
		pass := buf[:n]
		if byHalf == cutAction {
			pass, kept = wholeActions(append(kept, pass...))
		}
		if err != nil || !p.pass(to, pass, byHalf) {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l.close()
	delete(p.lines, l)
	p.moved.Broadcast()
}

// wholeActions parts what the daemon has said into actions that are whole, and the rest.
func wholeActions(said []byte) (actions, rest []byte) {
	end := bytes.LastIndex(said, endOfMessage) + len(endOfMessage)
	if end < len(endOfMessage) {
		return nil, said
	}
	return said[:end], bytes.Clone(said[end:])
}

var endOfMessage = []byte("\r\n\r\n")

// pass lets something through, as far as the damage lets it; false ends the line.
func (p *proxy) pass(to net.Conn, said []byte, byHalf damage) bool {
	said, goOn := p.judge(said, byHalf)
	_, _ = to.Write(said) // who has gone is seen in the other direction, behind what he had said before
	if !goOn {
		p.damage(cut)
	}
	return goOn
}

// judge waits out a silence and says what of it gets through, and whether the line goes on.
func (p *proxy) judge(said []byte, byHalf damage) (through []byte, goOn bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.how == silent {
		p.moved.Wait()
	}
	switch {
	case p.how == cut:
		return nil, false
	case p.how == byHalf && len(said) > 1:
		return said[:middle(said)], false
	case p.swallow && byHalf == cutAction:
		return p.withoutOriginates(said), true
	}
	return said, true
}

// middle is a place within the last message.
func middle(said []byte) int {
	begin := 0
	if before := bytes.LastIndex(bytes.TrimSuffix(said, endOfMessage), endOfMessage); before >= 0 {
		begin = before + len(endOfMessage)
	}
	return begin + (len(said)-begin)/2
}

// withoutOriginates leaves out those that would call somebody: one without a channel asks for rights.
func (p *proxy) withoutOriginates(actions []byte) (rest []byte) {
	for action := range bytes.SplitAfterSeq(actions, endOfMessage) {
		if bytes.Contains(action, []byte("Action: Originate\r\n")) && bytes.Contains(action, []byte("\r\nChannel: ")) {
			p.swallowed++
			continue
		}
		rest = append(rest, action...)
	}
	return rest
}

func (p *proxy) closeAll() {
	for l := range p.lines {
		l.close()
	}
}

func (l *line) close() {
	l.daemon.Close()
	l.asterisk.Close()
}
