package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dialerd/ami/amitest"
	"dialerd/dialer"
)

// supervisor is the service manager's end of NOTIFY_SOCKET.
type supervisor struct {
	t    *testing.T
	conn *net.UnixConn
	all  []string // assignments, in the order they came
}

// watchdogMicros is short, so that the test is; how late a ping is decides nothing.
const watchdogMicros = 100_000

func supervise(t *testing.T) *supervisor {
	t.Helper()
	path := filepath.Join(newShell(t).dir, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", strconv.Itoa(watchdogMicros))
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	return &supervisor{t: t, conn: conn}
}

// hear takes what comes within some time; it is false when nothing does.
func (s *supervisor) hear(within time.Duration) bool {
	s.t.Helper()
	if err := s.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		s.t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, err := s.conn.Read(buf)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return false
	case err != nil:
		s.t.Fatal(err)
	}
	s.all = append(s.all, strings.Split(string(buf[:n]), "\n")...)
	return true
}

// until waits for an assignment that begins so, and gives the rest of it and all that came before.
func (s *supervisor) until(begin string) (rest string, before []string) {
	s.t.Helper()
	give := time.Now().Add(time.Minute)
	for i := 0; ; i++ {
		for i == len(s.all) {
			if !s.hear(time.Minute) || time.Now().After(give) {
				s.t.Fatalf("%s does not come; the last of %d others are %q", begin, len(s.all), s.all[max(0, len(s.all)-20):])
			}
		}
		if rest, ok := strings.CutPrefix(s.all[i], begin); ok {
			before, s.all = s.all[:i], s.all[i+1:]
			return rest, before
		}
	}
}

// daemonFor opens a daemon for one PBX, on ports and files of its own.
func daemonFor(t *testing.T, address string) (*daemon, shell) {
	t.Helper()
	sh := newShell(t)
	sh.write("dialerd.toml", fmt.Sprintf(`
instance = "a"
[[pbx]]
name = "one"
address = %q
user = %q
secret = %q
[agi]
listen = "127.0.0.1:0"
[api]
socket = "sock"
[store]
path = "db"
[[department]]
name = "sales"
`, address, amitest.User, amitest.Secret))
	d, err := newDaemon(sh.dir, "", zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	return d, sh
}

// supervised runs a daemon beside an AMI address, and gives what ends it.
func supervised(t *testing.T, address string) (d *daemon, sh shell, end func()) {
	t.Helper()
	d, sh = daemonFor(t, address)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	over := false
	end = func() {
		if over {
			return
		}
		over = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(end)
	return d, sh, end
}

// TestNotify is the daemon's life as systemd is told of it.
func TestNotify(t *testing.T) {
	s := supervise(t)
	asterisk := amitest.New(t)
	asterisk.SetBooting(true)
	d, sh, end := supervised(t, asterisk.Listen())

	asterisk.Next("Login")
	s.until("EXTEND_TIMEOUT_USEC=")
	s.until("STATUS=starting: waiting for Asterisk")
	_, before := s.until("WATCHDOG=1")
	s.never("READY=1", before)
	asterisk.SetBooting(false)
	s.until("READY=1")
	s.linkIsUp(d)
	s.until("WATCHDOG=1")

	s.stuck(d)

	d.wantReload()
	s.reloads()
	s.until("READY=1")
	sh.write("queues.toml", "[[queue]]\nnamee = \"sales\"\n")
	d.wantReload()
	s.reloads()
	s.until("READY=1")
	if status, _ := s.until("STATUS=the last reload was refused"); !strings.Contains(status, "PBX one is up") {
		t.Errorf("the status goes on %q", status)
	}

	end()
	_, before = s.until("STOPPING=1")
	s.never("READY=1", before)
	extend, _ := s.until("EXTEND_TIMEOUT_USEC=")
	if us, err := strconv.ParseInt(extend, 10, 64); err != nil || time.Duration(us)*time.Microsecond < d.patience() {
		t.Errorf("the end asks for %s µs (%v), and may take %v", extend, err, d.patience())
	}
}

func (s *supervisor) never(what string, in []string) {
	s.t.Helper()
	if slices.Contains(in, what) {
		s.t.Errorf("%s is in %q", what, in)
	}
}

func (s *supervisor) linkIsUp(d *daemon) {
	s.t.Helper()
	if err := d.read(s.t.Context(), func(core *dialer.Dialer) {
		if !core.Status().Links[0].Up {
			s.t.Error("it is ready, and its PBX is not up")
		}
	}); err != nil {
		s.t.Fatal(err)
	}
}

// reloads: systemd tells a reload from the one before by the time it bears.
func (s *supervisor) reloads() {
	s.t.Helper()
	s.until("RELOADING=1")
	if at, _ := s.until("MONOTONIC_USEC="); at == "" || at == "0" {
		s.t.Errorf("a reload at %q", at)
	}
}

// stuck has the loop stand still: no ping comes but one that was on its way, and again when it goes on.
func (s *supervisor) stuck(d *daemon) {
	s.t.Helper()
	within, release := make(chan struct{}), make(chan struct{})
	d.inbox.put(item{read: func(*dialer.Dialer) {
		close(within)
		<-release
	}})
	<-within
	s.all = nil
	for range 20 { // of the watchdog's intervals
		s.hear(watchdogMicros * time.Microsecond)
	}
	pings := 0
	for _, a := range s.all {
		if a == "WATCHDOG=1" {
			pings++
		}
	}
	// What lay in the socket before, and one that waited to be told.
	if pings > 3 {
		s.t.Errorf("%d pings of a loop that stands still", pings)
	}
	s.all = nil
	close(release)
	s.until("WATCHDOG=1")
}

// TestNotifyWithoutAsterisk: an Asterisk that is not there does not keep the daemon from starting, and
// the status names it.
func TestNotifyWithoutAsterisk(t *testing.T) {
	s := supervise(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	_, _, end := supervised(t, closed.Addr().String())
	s.until("READY=1")
	if why, _ := s.until("STATUS=PBX one is down: "); !strings.Contains(why, "refused") {
		t.Errorf("one is down: %s", why)
	}
	end()
	s.until("STOPPING=1")
}
