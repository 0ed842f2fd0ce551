package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// lab is a real Asterisk of the test's own, with lab customers and operators in it.
type lab struct {
	t       *testing.T
	version string
	dir     string
	env     map[string]string
}

// exitNotToBeHad is the script's word that this machine cannot have this Asterisk.
const exitNotToBeHad = 75

// startAnyLab starts a 22, or a 16 where that is not to be had; ASTERISK in the environment chooses.
func startAnyLab(t *testing.T) *lab {
	t.Helper()
	if version := os.Getenv("ASTERISK"); version != "" {
		return startLab(t, version)
	}
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

// notRun skips a test, and says so aloud.
func notRun(t *testing.T, why string) {
	t.Helper()
	leftOut(t, why)
	t.Skip("NOT RUN: " + why)
}

// leftOut tells scripts/test what could not be run, which says it aloud at the end.
func leftOut(t *testing.T, why string) {
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
