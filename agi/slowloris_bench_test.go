package agi

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"dialerd/agi/agitest"
	"dialerd/dialplan"
)

// The attack and the traffic of BenchmarkSlowloris.
const (
	slowClients = 2000
	slowEvery   = 200 * time.Millisecond // a dribbling client's pause
	askEvery    = 5 * time.Millisecond
	askFor      = 10 * time.Second
	askPatience = maxDeadline // the dialplan's
)

// BenchmarkSlowloris keeps 2,000 connections open that say nothing, dribble a byte now and then or
// stop in the middle of the environment, and are made anew as soon as they are closed. Beside them
// an Asterisk asks 200 times a second, and has to get every answer. The time of an answer counts
// from when it was due to be asked, and the attackers' own work, on the same processors, is in it.
func BenchmarkSlowloris(b *testing.B) {
	for b.Loop() {
		a := underAttack(b, 65536)
		for _, err := range a.failed[:min(len(a.failed), 3)] {
			b.Errorf("one of %d questions without an answer: %v", len(a.failed), err)
		}
	}
}

// BenchmarkFewFiles is the same attack on a server that has places for a third of it only, as with a
// limit of 1024 open files. How many calls go on by the dialplan's default depends on the processors.
func BenchmarkFewFiles(b *testing.B) {
	for b.Loop() {
		a := underAttack(b, 1024)
		b.ReportMetric(float64(len(a.failed)), "unanswered")
	}
}

// asked is how steady questions were answered.
type asked struct {
	mu     sync.Mutex
	took   []time.Duration
	failed []error
}

func underAttack(b *testing.B, files uint64) *asked {
	raiseOpenFiles(b, 2*slowClients+1000)
	server, stop := startServer(b, Config{Instance: "a", Listen: "127.0.0.1:0"}.fit(files))
	defer stop()
	ctx, cancel := context.WithCancel(b.Context())
	addr := server.Addr().String()
	var attack sync.WaitGroup
	for i := range slowClients {
		attack.Go(func() { beSlow(ctx, addr, i) })
	}
	for server.Counts().Sessions < slowClients {
		runtime.Gosched()
	}
	before := server.Counts()
	a := askSteadily(addr)
	after := server.Counts()
	cancel()
	attack.Wait()
	a.report(b, before, after)
	return a
}

func (a *asked) report(b *testing.B, before, after Counts) {
	slices.Sort(a.took)
	n := len(a.took)
	b.ReportMetric(milliseconds(a.took[n/2]), "agi-p50-ms")
	b.ReportMetric(milliseconds(a.took[n*99/100]), "agi-p99-ms")
	b.ReportMetric(0, "ns/op")
	attackers := after.Sessions - before.Sessions - uint64(n)
	b.Logf("%d questions, the slowest answered after %v; beside them %d connections a second; %d refused, %d evicted",
		n, a.took[n-1], attackers/uint64(askFor/time.Second), after.Refused, after.Evicted)
	if after.Refused > 0 {
		b.Errorf("%d were refused", after.Refused)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// askSteadily asks so often whatever becomes of the questions before.
func askSteadily(addr string) *asked {
	a := &asked{}
	var asking sync.WaitGroup
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	began := time.Now()
	for i := range int(askFor / askEvery) {
		due := began.Add(time.Duration(i) * askEvery)
		for time.Until(due) > 0 {
			<-ticker.C
		}
		asking.Go(func() { a.note(askPatiently(addr), due) })
	}
	asking.Wait()
	return a
}

func (a *asked) note(err error, due time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.took = append(a.took, time.Since(due))
	if err != nil {
		a.failed = append(a.failed, err)
	}
}

func askPatiently(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, askPatience)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(askPatience))
	a := agitest.New(conn)
	if err := a.Begin(call7); err != nil {
		return err
	}
	set, err := a.Answer()
	if err == nil && set.Get(dialplan.VarOK) != "1" {
		err = fmt.Errorf("set %v", set)
	}
	return err
}

// beSlow is an attacker that connects again whenever it is closed.
func beSlow(ctx context.Context, addr string, i int) {
	environment := call7.Environment()
	var dialer net.Dialer
	select { // they are not in step
	case <-time.After(slowEvery * time.Duration(i) / slowClients):
	case <-ctx.Done():
	}
	for ctx.Err() == nil {
		conn, err := dialer.DialContext(ctx, "tcp", addr)
		if err != nil {
			continue
		}
		release := context.AfterFunc(ctx, func() { conn.Close() })
		switch i % 4 {
		case 0, 2:
			_ = dribble(conn, environment)
		case 1:
			_, _ = conn.Write(environment[:len(environment)/2])
		}
		_, _ = conn.Read(make([]byte, 1))
		release()
		conn.Close()
	}
}

// dribble sends a byte now and then until it is closed.
func dribble(conn net.Conn, text []byte) error {
	for i := range text {
		if _, err := conn.Write(text[i : i+1]); err != nil {
			return err
		}
		conn.SetReadDeadline(time.Now().Add(slowEvery))
		if _, err := conn.Read(make([]byte, 1)); err != nil && !isTimeout(err) {
			return err
		}
	}
	return nil
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// raiseOpenFiles has this process open so many files.
func raiseOpenFiles(b *testing.B, files uint64) {
	b.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	if limit.Cur >= files {
		return
	}
	limit.Cur, limit.Max = files, max(limit.Max, files)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Skipf("the attack takes %d open files, and the limit is lower: %v", files, err)
	}
}
