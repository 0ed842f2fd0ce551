package ami

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"time"

	"dialerd/dialer"
)

// roomPoll is how often an event that must not be lost is offered again to an inbox that is full.
const roomPoll = 20 * time.Millisecond

// Link is the line to one PBX. Its methods may be called from any goroutine.
type Link struct {
	cfg     Config
	deliver func(dialer.Event) bool

	mu  sync.Mutex
	out *outbox // of the live connection; nil when there is none

	// Run's own.
	said    map[string]bool
	reason  string // why the link was down, as last told
	retries int
}

// New makes a Link that does nothing before Run. Deliver takes the events; it is called by one
// goroutine at a time and must not block: when it has no room it takes nothing and returns false,
// upon which the connection is dropped and the state read anew.
func New(cfg Config, deliver func(dialer.Event) bool) (*Link, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Link{cfg: cfg, deliver: deliver, said: map[string]bool{}}, nil
}

// Send queues what the Dialer wants done: an Originate, a Redirect, a Withdraw or a Hangup. It never
// blocks. An error says that the effect never went out and never will: ErrDown, ErrFull, ErrStalled, or why it
// cannot be encoded; the caller makes a dialer.CallUnsent of an Originate. Without an error the link
// itself delivers CallUnsent when it falls before the Originate is written.
func (l *Link) Send(effect dialer.Effect) error {
	l.mu.Lock()
	out := l.out
	l.mu.Unlock()
	if out == nil {
		return ErrDown
	}
	var channel string
	if e, ok := effect.(dialer.Withdraw); ok {
		channel = out.caller(e.Call)
	}
	a, err := encode(l.cfg.Instance, effect, channel)
	if err != nil {
		return err
	}
	return out.put(a)
}

// Run keeps the link up until ctx is done, and returns ctx's error then. Nothing that it started
// outlives it. It delivers LinkDown when the link falls, and when it cannot be brought up for
// another reason than was said last.
func (l *Link) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		f := l.connect(ctx)
		for _, id := range f.unsent {
			text := "the link fell before it was sent: " + f.cause.Error()
			l.insist(ctx, dialer.CallUnsent{PBX: l.cfg.PBX, Call: id, Text: text})
		}
		if ctx.Err() == nil {
			l.fallen(ctx, f)
			pause(ctx, l.backoff(f))
		}
	}
	return ctx.Err()
}

// fall is how a connection ended.
type fall struct {
	cause  error
	up     time.Time       // when LinkUp was told; zero when it never was
	unsent []dialer.CallID // Originates that were taken and never written
}

// connect makes one connection and lives with it.
func (l *Link) connect(ctx context.Context) (f fall) {
	within, cancel := context.WithTimeout(ctx, l.cfg.ConnectTimeout)
	defer cancel()
	conn, err := l.dial(within)
	if err != nil {
		return fall{cause: err}
	}
	s := &session{
		cfg: &l.cfg, log: l.cfg.Log, said: l.said, deliver: l.deliver,
		decoder: Decoder{PBX: l.cfg.PBX, Instance: l.cfg.Instance},
		conn:    conn, in: newFrames(conn), out: newOutbox(l.cfg.Queue),
		onLive: func(out *outbox) {
			f.up = time.Now()
			l.use(out)
		},
	}
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-ctx.Done():
			s.fail(ctx.Err())
		case <-s.out.done:
		}
	})
	if err := s.login(); err != nil {
		s.fail(err)
	} else {
		s.run()
	}
	l.use(nil)
	watch.Wait()
	f.cause, f.unsent = s.cause, s.out.unsent()
	return f
}

// use is where Send puts effects from now on.
func (l *Link) use(out *outbox) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = out
}

func (l *Link) dial(ctx context.Context) (net.Conn, error) {
	conn, err := l.cfg.Dial(ctx, "tcp", l.cfg.Address)
	if err != nil {
		return nil, broken("no connection to Asterisk", err)
	}
	if l.cfg.TLS == nil {
		return conn, nil
	}
	secure := tls.Client(conn, l.cfg.TLS)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, broken("TLS with "+l.cfg.Address, err)
	}
	return secure, nil
}

// fallen tells that the link is down, or still down for another reason than before.
func (l *Link) fallen(ctx context.Context, f fall) {
	reason := f.cause.Error()
	if f.up.IsZero() && reason == l.reason {
		l.cfg.Log.Debug().Str("reason", reason).Msg("link is still down")
		return
	}
	l.reason = reason
	l.cfg.Log.Warn().Str("reason", reason).Msg("link is down")
	l.insist(ctx, dialer.LinkDown{PBX: l.cfg.PBX, Reason: reason})
}

// insist delivers what must not be lost, waiting for room when there is none.
func (l *Link) insist(ctx context.Context, e dialer.Event) {
	for !l.deliver(e) && pause(ctx, roomPoll) {
	}
}

// backoff is how long to wait before the next attempt: twice as long each time, somewhere in the
// upper half of it, so that many daemons do not come back in step. A connection that lasted makes
// it begin anew.
func (l *Link) backoff(f fall) time.Duration {
	if !f.up.IsZero() && time.Since(f.up) > l.cfg.RetryMax {
		l.retries = 0
	}
	most := l.cfg.RetryMend
	if !errors.As(f.cause, new(needsPerson)) {
		most = min(l.cfg.RetryMax, l.cfg.RetryMin<<min(l.retries, 16))
	}
	l.retries++
	return most/2 + rand.N(most/2+1)
}

// broken is a socket's error in words, without its addresses, of which one changes with every
// connection.
func broken(doing string, err error) error {
	for _, closed := range []error{io.EOF, io.ErrClosedPipe, syscall.EPIPE, syscall.ECONNRESET} {
		if errors.Is(err, closed) {
			return fmt.Errorf("%s: Asterisk closed the connection", doing)
		}
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op != "dial" {
		err = op.Err
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// pause is false when ctx is done before it is over.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
