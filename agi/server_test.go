package agi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"dialerd/agi/agitest"
	"dialerd/dialer"
	"dialerd/dialplan"
)

func TestConfigIsChecked(t *testing.T) {
	for _, test := range []struct {
		cfg  Config
		want string
	}{
		{Config{}, `instance = "" has to be`},
		{Config{Instance: "a b"}, `instance = "a b" has to be`},
		{Config{Instance: "a", Listen: "4573"}, `[agi] listen = "4573" is no host:port`},
		{Config{Instance: "a", Deadline: 501 * time.Millisecond}, `[agi] deadline = "501ms" has to be more than 0 and at most "500ms"`},
		{Config{Instance: "a", Deadline: -1}, `[agi] deadline = "-1ns" has to be`},
		{Config{Instance: "a", MaxSessions: -1}, `[agi] max_sessions = -1`},
		{Config{Instance: "a", MaxWaiting: -1}, `[agi] max_waiting = -1`},
	} {
		_, err := New(test.cfg, answer(toQueue), zerolog.Nop())
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %s", test.cfg, err, test.want)
		}
	}
}

func TestAllow(t *testing.T) {
	office := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8::/32")}
	for _, test := range []struct {
		allow []netip.Prefix
		from  string
		want  bool
	}{
		{nil, "127.0.0.1:40000", true},
		{nil, "[::1]:40000", true},
		{nil, "[::ffff:127.0.0.2]:40000", true},
		{nil, "10.1.2.3:40000", false},
		{nil, "[fe80::1%eth0]:40000", false},
		{office, "10.1.2.3:40000", true},
		{office, "[2001:db8::7]:40000", true},
		{office, "127.0.0.1:40000", false},
		{[]netip.Prefix{}, "127.0.0.1:40000", false},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, Config{Allow: test.allow}, answer(toQueue))
			a := w.dialFrom(test.from)
			err := a.Begin(call7)
			if err == nil {
				_, err = a.Answer()
			}
			counts, lost := w.end()
			served := err == nil && counts.Sessions == 1 && counts.Refused == 0
			if served != test.want || !served && (counts != Counts{Refused: 1} || len(lost) != 0) {
				t.Errorf("%s with %v: %v, counts %+v, lost %v", test.from, test.allow, err, counts, lost)
			}
		})
	}
}

// TestSessionLimit has more ask than may at once. Those that wait beside them do not count.
func TestSessionLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{MaxSessions: 2}, answer(toQueue))
		first, second, silent := w.dial(), w.dial(), w.dial()
		for _, a := range []*agitest.Asterisk{first, second} {
			must(t, a.Begin(call7))
			_, err := a.AnswerN(2)
			must(t, err)
		}
		for range 3 {
			over := w.dial()
			must(t, over.Begin(call7))
			if _, err := over.Command(); !errors.Is(err, io.EOF) {
				t.Errorf("a question over the limit: %v, want EOF at once", err)
			}
		}
		for _, a := range []*agitest.Asterisk{first, second} {
			_, err := a.Answer()
			must(t, err)
		}
		synctest.Wait() // until they have left
		must(t, silent.Begin(call7))
		_, err := silent.Answer()
		must(t, err)
		if counts, lost := w.end(); counts != (Counts{Sessions: 6, Refused: 3}) || len(lost) != 0 {
			t.Errorf("counts %+v, lost %v", counts, lost)
		}
	})
}

// TestGracefulEnd ends the server while one session is in the middle and one is silent.
func TestGracefulEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{}, answer(toQueue))
		busy, silent := w.dial(), w.dial()
		must(t, busy.Begin(call7))
		_, err := busy.AnswerN(2)
		must(t, err)
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		w.cancel()
		<-w.dialled.closed
		set, err := busy.Answer()
		must(t, err)
		if set.Get(dialplan.VarOK) != "1" {
			t.Errorf("the session that had begun was cut: %v", set)
		}
		counts, lost := w.end()
		if took := time.Since(began); took != 300*time.Millisecond {
			t.Errorf("the end took %v, want 300ms: what was left to the silent session", took)
		}
		if counts != (Counts{Sessions: 2, Late: 1}) || len(lost) != 0 {
			t.Errorf("counts %+v, lost %v", counts, lost)
		}
		if _, err := silent.Command(); !errors.Is(err, io.EOF) {
			t.Errorf("the silent session: %v, want EOF", err)
		}
	})
}

// TestPanicsCostOneSession has every other session panic while the rest are answered.
func TestPanicsCostOneSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{}, func(_ context.Context, q dialer.Question) (dialer.Answer, error) {
			if q.Call%2 == 1 {
				panic(q)
			}
			return toQueue, nil
		})
		for call := range 10 {
			a := w.dial()
			must(t, a.Begin(agitest.Channel{Script: "answered", UniqueID: dialplan.ChannelID("a", int64(call+1))}))
			set, err := a.Answer()
			must(t, err)
			if want := call%2 == 1; (set.Get(dialplan.VarOK) == "1") != want {
				t.Errorf("call %d: %v", call+1, set)
			}
		}
		if counts, lost := w.end(); counts != (Counts{Sessions: 10, Panics: 5, Lost: 5}) || len(lost) != 5 {
			t.Errorf("counts %+v, lost %v", counts, lost)
		}
	})
}

// TestAcceptGoesOnAfterAnError has accepts fail: one that waits gives its descriptor, as long as one
// does; else there is a pause.
func TestAcceptGoesOnAfterAnError(t *testing.T) {
	for _, test := range []struct {
		failure       error
		waiting       int
		pauses, evict int
	}{
		{syscall.ECONNABORTED, 5, 3, 0},
		{syscall.EMFILE, 0, 3, 0},
		{syscall.EMFILE, 2, 1, 2},
		{syscall.EMFILE, 5, 0, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, Config{}, answer(toQueue))
			for range test.waiting {
				w.dial()
			}
			began := time.Now()
			w.dialled.fail(3, test.failure)
			a := w.dial()
			must(t, a.Begin(call7))
			_, err := a.Answer()
			must(t, err)
			if waited, want := time.Since(began), time.Duration(test.pauses)*acceptPause; waited != want {
				t.Errorf("%v, %d waiting: the fourth accept came after %v, want %v", test.failure, test.waiting, waited, want)
			}
			if counts, _ := w.end(); counts.Evicted != uint64(test.evict) {
				t.Errorf("%v, %d waiting: %d evicted, want %d", test.failure, test.waiting, counts.Evicted, test.evict)
			}
		})
	}
}

// TestLoopback goes over real sockets: two servers cannot have one port, a call is answered, and a
// reset connection is a hang-up.
func TestLoopback(t *testing.T) {
	lost := make(chan dialer.CallID, 1)
	cfg := Config{Instance: "a", Listen: "127.0.0.1:0", Lost: func(call dialer.CallID) { lost <- call }}
	server, err := New(cfg, answer(toQueue), zerolog.Nop())
	must(t, err)
	if server.Addr() != nil || server.Run(t.Context()) == nil {
		t.Error("a server that does not listen has no address and cannot run")
	}
	must(t, server.Listen())
	cfg.Listen = server.Addr().String()
	second, err := New(cfg, answer(toQueue), zerolog.Nop())
	must(t, err)
	if err := second.Listen(); err == nil || !strings.Contains(err.Error(), "change [agi] listen") {
		t.Errorf("a port that is taken: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()

	a, err := agitest.Dial(cfg.Listen)
	must(t, err)
	must(t, a.Begin(call7))
	set, err := a.Answer()
	must(t, err)
	must(t, a.Close())
	if set.Get(dialplan.VarOK) != "1" || len(set) != 8 {
		t.Errorf("set %v", set)
	}
	a, err = agitest.Dial(cfg.Listen)
	must(t, err)
	must(t, a.Begin(call7))
	_, err = a.AnswerN(1)
	must(t, err)
	must(t, a.Reset())
	if call := <-lost; call != 7 {
		t.Errorf("lost %d, want 7", call)
	}
	cancel()
	must(t, <-done)
	if counts := server.Counts(); counts != (Counts{Sessions: 2, Hangups: 1, Lost: 1}) {
		t.Errorf("counts %+v", counts)
	}
}

// TestPortLost tells the end of the listener from the end of the daemon.
func TestPortLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{}, answer(toQueue))
		must(t, w.dialled.Close())
		if err := <-w.done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("Run: %v, want net.ErrClosed", err)
		}
		w.cancel()
	})
}
