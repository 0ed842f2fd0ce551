package agi

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"dialerd/agi/agitest"
	"dialerd/dialer"
)

// TestMain fails when a goroutine of this package outlives the tests.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leaked(); code == 0 && left != "" {
		println("goroutines were left behind:\n" + left)
		code = 1
	}
	os.Exit(code)
}

func leaked() string {
	var left string
	for range 100 {
		buf := make([]byte, 1<<20)
		stacks := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
		ours := slices.DeleteFunc(stacks, func(stack string) bool {
			return !strings.Contains(stack, "dialerd/agi.(") || strings.Contains(stack, "TestMain")
		})
		if left = strings.Join(ours, "\n\n"); left == "" {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
	}
	return left
}

// world is a server with connections in memory, so that a test in a synctest bubble runs on its
// clock. end has to be called in the bubble.
type world struct {
	t       *testing.T
	server  *Server
	dialled *pipes
	theirs  []*pipe // the server's ends, in the order of dialling
	cancel  context.CancelFunc
	done    chan error
	mu      sync.Mutex
	lost    []dialer.CallID
}

func newWorld(t *testing.T, cfg Config, ask Asker) *world {
	t.Helper()
	return newWorldLogging(t, zerolog.NewTestWriter(t), cfg, ask)
}

func newWorldLogging(t *testing.T, log io.Writer, cfg Config, ask Asker) *world {
	t.Helper()
	w := &world{t: t, dialled: newPipes(), done: make(chan error, 1)}
	cfg.Instance = "a"
	cfg.Lost = func(call dialer.CallID) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.lost = append(w.lost, call)
	}
	server, err := New(cfg, ask, zerolog.New(log))
	if err != nil {
		t.Fatal(err)
	}
	server.listener = w.dialled
	w.server = server
	ctx, cancel := context.WithCancel(t.Context())
	w.cancel = cancel
	go func() { w.done <- server.Run(ctx) }()
	return w
}

func (w *world) dial() *agitest.Asterisk { return w.dialFrom("127.0.0.1:40000") }

func (w *world) dialFrom(addr string) *agitest.Asterisk {
	w.t.Helper()
	near, far := net.Pipe()
	remote := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr))
	theirs := &pipe{Conn: far, remote: remote}
	w.theirs = append(w.theirs, theirs)
	select {
	case w.dialled.conns <- theirs:
	case <-w.dialled.closed:
		w.t.Fatal("the server accepts no more")
	}
	return agitest.New(near)
}

// end ends the server and returns what it counted and which answers it lost.
func (w *world) end() (Counts, []dialer.CallID) {
	w.t.Helper()
	w.cancel()
	if err := <-w.done; err != nil {
		w.t.Errorf("Run: %v", err)
	}
	return w.server.Counts(), w.lost
}

// closed are the connections that the server has closed by now, by the order of dialling.
func (w *world) closed() (closed []int) {
	synctest.Wait()
	for i, p := range w.theirs {
		if p.closed.Load() {
			closed = append(closed, i)
		}
	}
	return closed
}

// pipes is a listener whose connections are net.Pipes.
type pipes struct {
	conns    chan net.Conn
	failures chan error
	closed   chan struct{}
	once     sync.Once
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), failures: make(chan error), closed: make(chan struct{})}
}

// fail has Accept fail so often.
func (p *pipes) fail(times int, err error) {
	for range times {
		p.failures <- err
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case err := <-p.failures:
		return nil, &net.OpError{Op: "accept", Err: err}
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// pipe is the server's end of one.
type pipe struct {
	net.Conn
	remote net.Addr
	closed atomic.Bool // by the server
}

func (p *pipe) RemoteAddr() net.Addr { return p.remote }

func (p *pipe) Close() error {
	p.closed.Store(true)
	return p.Conn.Close()
}

// answer is an Asker that always gives the same answer.
func answer(a dialer.Answer) Asker {
	return func(context.Context, dialer.Question) (dialer.Answer, error) { return a, nil }
}

// toQueue is an ordinary answer, which takes eight variables; call7 the channel that asks for it.
var (
	toQueue = dialer.Answer{
		OK: true, Action: dialer.ActionQueue, Queue: "sales", Priority: 5,
		Within: 2500 * time.Millisecond, Message: "dialer/sorry", Lead: 42, Campaign: "spring-sale",
	}
	call7 = agitest.Channel{Script: "answered", UniqueID: "da-7", Args: []string{"da-7"}}
)
