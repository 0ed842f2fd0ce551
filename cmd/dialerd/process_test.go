package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	built = path
	return path, nil
})

// built is the program, once there is one.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.Remove(built)
	}
	os.Exit(code)
}

// process is the daemon as a process of its own, which can be stopped and killed.
type process struct {
	t      *testing.T
	dir    string
	cmd    *exec.Cmd
	client *api.Client
	ended  chan struct{}
	err    error
}

// startProcess starts a daemon and waits until its link is up.
func startProcess(t *testing.T, dir string, flags ...string) *process {
	t.Helper()
	p := launch(t, dir, flags...)
	p.linked()
	return p
}

// launch starts a daemon and waits for nothing.
func launch(t *testing.T, dir string, flags ...string) *process {
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
		p.kill()
		if t.Failed() {
			t.Logf("the daemon's files and its log are in %s, which ends with\n%s", dir, lastLines(t, log.Name(), 12))
		}
	})
	return p
}

// lastLines are the last lines of a file, for who reads of the failure on a machine that is gone.
func lastLines(t *testing.T, path string, n int) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// linked waits until the daemon answers and its link is up.
func (p *process) linked() api.Status {
	p.t.Helper()
	return p.until("the link is up", func(s api.Status) bool { return len(s.PBXs) == 1 && s.PBXs[0].Up })
}

// over tells whether the process has ended.
func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// kill ends the process as a power cut does, if it still runs.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
	p.client.Close()
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

// attempts reads what the daemon has written, from outside it, when all that it knows is on disk.
func (p *process) attempts() []dialer.Attempt {
	p.t.Helper()
	select {
	case <-p.ended:
	default:
		p.until("all that is known is on disk", func(s api.Status) bool { return s.Writer.Behind == 0 })
	}
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
