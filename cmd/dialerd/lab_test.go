package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

// program builds the daemon once for all tests that run it as a process.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("dialerd-test-%d", os.Getpid()))
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		os.Remove(path)
	}
	os.Exit(code)
}

// lab is a real Asterisk of the test's own, with lab customers and operators in it.
type lab struct {
	t       *testing.T
	version string
	dir     string
	env     map[string]string
}

// exitNotToBeHad is the script's word that this machine cannot have this Asterisk.
const exitNotToBeHad = 75

// startAnyLab starts a 22, or a 16 where that is not to be had.
func startAnyLab(t *testing.T) *lab {
	t.Helper()
	for _, version := range []string{"22", "16"} {
		if l, _ := tryLab(t, version); l != nil {
			return l
		}
	}
	notRun(t, "neither Asterisk 22 nor 16 is to be had here")
	return nil
}

// startLab starts one. A machine that cannot have it skips the test, and says so aloud.
func startLab(t *testing.T, version string) *lab {
	t.Helper()
	l, why := tryLab(t, version)
	if l == nil {
		notRun(t, fmt.Sprintf("Asterisk %s is not to be had here:\n%s", version, why))
	}
	return l
}

// tryLab is nil, with the script's words, when the machine cannot have it.
func tryLab(t *testing.T, version string) (_ *lab, why string) {
	t.Helper()
	if testing.Short() {
		notRun(t, "real Asterisk takes its time, and -short was given")
	}
	dir, err := os.MkdirTemp("", "lab")
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, version: version, dir: dir, env: map[string]string{}}
	up := exec.Command("../../scripts/asterisk", "up", version, dir)
	up.Env = append(os.Environ(), fmt.Sprintf("PORT_BASE=%d", freePorts(t)))
	var said bytes.Buffer
	up.Stderr = &said
	out, err := up.Output()
	failed := (*exec.ExitError)(nil)
	if errors.As(err, &failed) && failed.ExitCode() == exitNotToBeHad {
		return nil, said.String()
	}
	if err != nil {
		t.Fatalf("scripts/asterisk up %s: %v\n%s", version, err, said.String())
	}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		l.env[key] = value
	}
	t.Cleanup(func() {
		if out, err := exec.Command("../../scripts/asterisk", "down", version, dir).CombinedOutput(); err != nil {
			t.Errorf("scripts/asterisk down: %v\n%s", err, out)
		}
		if !t.Failed() {
			os.RemoveAll(dir)
		} else {
			t.Logf("the instance is left in %s", dir)
		}
	})
	return l, ""
}

// notRun skips a test, and tells scripts/test of it, which says it aloud at the end.
func notRun(t *testing.T, why string) {
	t.Helper()
	if path := os.Getenv("NOT_RUN"); path != "" {
		file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if _, err := fmt.Fprintf(file, "%s: %s\n", t.Name(), why); err != nil {
			t.Fatal(err)
		}
	}
	t.Skip("NOT RUN: " + why)
}

// freePorts is the first of the ports that an instance may use. They lie below those that the kernel
// gives to outgoing connections.
func freePorts(t *testing.T) int {
	t.Helper()
next:
	for base := 16000; base <= 30000; base += 2000 {
		if !reserve(t, base) {
			continue
		}
		for port := base; port < base+6; port++ {
			tcp, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				continue next
			}
			tcp.Close()
			udp, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				continue next
			}
			udp.Close()
		}
		return base
	}
	t.Fatal("no ports are free for an Asterisk")
	return 0
}

// reserve keeps ports from other test processes until the test has ended.
func reserve(t *testing.T, base int) bool {
	t.Helper()
	lock, err := os.OpenFile(filepath.Join(os.TempDir(), fmt.Sprintf("dialerd-lab-%d.lock", base)), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return false
	}
	t.Cleanup(func() { lock.Close() })
	return true
}

// config writes the files of a daemon for this Asterisk: dialerd.toml and what the test gives.
func (l *lab) config(files map[string]string) (dir string) {
	l.t.Helper()
	dir, err := os.MkdirTemp("", "cfg")
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		if !l.t.Failed() {
			os.RemoveAll(dir)
		}
	})
	files["dialerd.toml"] += fmt.Sprintf(`
instance = "t"
[[pbx]]
name = "main"
address = %q
user = %q
secret = %q
cps = %d
[agi]
listen = %q
[api]
socket = "sock"
[store]
path = "dialerd.db"
[log]
level = "debug"
`, l.env["AMI_ADDR"], l.env["AMI_USER"], l.env["AMI_SECRET"], labCPS, l.env["AGI_ADDR"])
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			l.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			l.t.Fatal(err)
		}
	}
	return dir
}

// labCPS is the calls per second of the lab's PBX.
const labCPS = 10

// process is the daemon as a process of its own, which can be stopped and killed.
type process struct {
	t      *testing.T
	dir    string
	cmd    *exec.Cmd
	client *api.Client
	ended  chan struct{}
	err    error
}

// startProcess starts a daemon and waits until it answers.
func startProcess(t *testing.T, dir string, flags ...string) *process {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, dir: dir, cmd: exec.Command(path, append([]string{"run", "-c", dir}, flags...)...), ended: make(chan struct{}), client: api.NewClient(filepath.Join(dir, "sock"))}
	p.cmd.Stderr = log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		log.Close()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.client.Close()
		_ = p.cmd.Process.Kill() // if it still runs
		<-p.ended
		if t.Failed() {
			t.Logf("the daemon's files and its log are in %s", dir)
		}
	})
	p.until("the link is up", func(s api.Status) bool { return len(s.PBXs) == 1 && s.PBXs[0].Up })
	return p
}

// until polls the status until something is so. It has two minutes.
func (p *process) until(what string, so func(api.Status) bool) api.Status {
	p.t.Helper()
	var last api.Status
	var failed error
	waitFor(p.t, 4*time.Minute, what, func() bool {
		select {
		case <-p.ended:
			p.t.Fatalf("the daemon has ended while waiting until %s: %v", what, p.err)
		default:
		}
		var s api.Status
		if s, failed = p.client.Status(context.Background()); failed == nil {
			last = s
		}
		return failed == nil && so(s)
	}, func() string { return fmt.Sprintf("%+v %v", last, failed) })
	return last
}

// waitFor asks every 50 ms. Real processes leave no other way to see that something has come about;
// how long it takes decides nothing but when the test gives up.
func waitFor(t *testing.T, most time.Duration, what string, so func() bool, state func() string) {
	t.Helper()
	give := time.After(most)
	for !so() {
		select {
		case <-give:
			t.Fatalf("it did not come about that %s: %s", what, state())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// importCSV imports leads by the command line, as an administrator does.
func (p *process) importCSV(bucket, text string) {
	p.t.Helper()
	file := filepath.Join(p.dir, bucket+".csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := execute(context.Background(), []string{"leads", "import", file, "-c", p.dir, "--bucket", bucket}, &out, &errs); code != 0 {
		p.t.Fatalf("leads import ended with %d: %s%s", code, out.String(), errs.String())
	}
}

// attempts reads what the daemon has written, from outside it.
func (p *process) attempts() []dialer.Attempt {
	p.t.Helper()
	return attemptsIn(p.t, p.dir)
}

func attemptsIn(t *testing.T, dir string) []dialer.Attempt {
	t.Helper()
	r, err := store.OpenReader(filepath.Join(dir, "dialerd.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	attempts, err := r.Attempts(context.Background(), store.AttemptFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return attempts
}

// manager is an AMI session of the test's own: it plays the administrator of the queues.
type manager struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func (l *lab) manager() *manager {
	l.t.Helper()
	conn, err := net.Dial("tcp", l.env["AMI_ADDR"])
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { conn.Close() })
	m := &manager{t: l.t, conn: conn, in: bufio.NewReader(conn)}
	if _, err := m.in.ReadString('\n'); err != nil {
		l.t.Fatal(err)
	}
	m.do("Login", "Username", l.env["AMI_TEST_USER"], "Secret", l.env["AMI_TEST_SECRET"], "Events", "off")
	return m
}

// do sends an action and returns its response; an error of Asterisk fails the test.
func (m *manager) do(action string, pairs ...string) map[string]string {
	m.t.Helper()
	r := m.try(action, pairs...)
	if r["Response"] == "Error" {
		m.t.Fatalf("%s %v: %s", action, pairs, r["Message"])
	}
	return r
}

func (m *manager) try(action string, pairs ...string) map[string]string {
	m.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "Action: %s\r\n", action)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", pairs[i], pairs[i+1])
	}
	b.WriteString("\r\n")
	if _, err := m.conn.Write([]byte(b.String())); err != nil {
		m.t.Fatal(err)
	}
	for {
		message := m.read()
		if message["Response"] != "" {
			return message
		}
	}
}

func (m *manager) read() map[string]string {
	m.t.Helper()
	message, err := m.next()
	if err != nil {
		m.t.Fatal(err)
	}
	return message
}

// next is the next message, whatever it is.
func (m *manager) next() (map[string]string, error) {
	message := map[string]string{}
	for {
		line, err := m.in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return message, nil
		}
		key, value, _ := strings.Cut(line, ": ")
		message[key] = value
	}
}

// add makes an operator a member of a queue.
func (m *manager) add(queue, iface, name string) {
	m.t.Helper()
	m.do("QueueAdd", "Queue", queue, "Interface", iface, "MemberName", name)
}

func (m *manager) pause(iface, reason string, paused bool) {
	m.t.Helper()
	m.do("QueuePause", "Interface", iface, "Paused", strconv.FormatBool(paused), "Reason", reason)
}

// judged is one line of what the far ends wrote down, out of the daemon's sight.
type judged struct {
	at       float64 // seconds since 1970
	number   string  // dialed: digits of a customer, or an operator's extension
	callerID string
	id       string // the daemon's channel id, where it was inherited
	what     string // rung, answered, ended
	detail   string
}

// judge reads one of the far ends' files.
func (l *lab) judge(key string) (lines []judged) {
	l.t.Helper()
	for _, f := range l.csv(key) {
		if len(f) < 6 {
			l.t.Fatalf("%s: short line %q", key, f)
		}
		at, err := strconv.ParseFloat(f[0], 64)
		if err != nil {
			l.t.Fatal(err)
		}
		lines = append(lines, judged{at, f[1], f[2], f[3], f[4], f[5]})
	}
	return lines
}

func (l *lab) csv(key string) [][]string {
	l.t.Helper()
	file, err := os.Open(l.env[key])
	if err != nil {
		l.t.Fatal(err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	records, err := r.ReadAll()
	if err != nil {
		l.t.Fatal(err)
	}
	return records
}

// cdr is Asterisk's own record of the channels, by channel id: whether each was answered. The
// disposition does not tell: it is NO ANSWER for a customer who answered and left before an operator
// did.
func (l *lab) cdr() map[string]bool {
	l.t.Helper()
	const answer, uniqueid = 10, 16
	answered := map[string]bool{}
	for _, f := range l.csv("CDR_CSV") {
		if len(f) <= uniqueid {
			l.t.Fatalf("short CDR %q", f)
		}
		answered[f[uniqueid]] = answered[f[uniqueid]] || f[answer] != ""
	}
	return answered
}
