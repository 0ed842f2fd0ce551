package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// room is a machine room: a real Asterisk, a proxy on the line to its manager interface, and a daemon
// that calls people for ten operators without end.
type room struct {
	*lab
	m     *manager
	proxy *proxy
	p     *process
	blind []stretch // while the daemon could not hear its Asterisk, as far as the test has seen to it
}

// stretch is a stretch of time, in seconds since 1970 as the far ends count them.
type stretch struct{ from, to float64 }

func epoch(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

func (s stretch) overlaps(from, to float64) bool { return from <= s.to && to >= s.from }

// roomOperators talk for one to five seconds.
var roomOperators = []string{"talk10_00", "talk15_01", "talk20_02", "talk25_03", "talk30_04", "talk35_05", "talk40_06", "talk45_07", "talk50_08", "talk12_09"}

// roomKinds is who is called: most answer, sooner or later, and stay; the others are not to be had.
var roomKinds = []kind{
	{'0', 5, 200, served, true, 0}, {'0', 15, 200, served, true, 0}, {'0', 30, 200, served, true, 0},
	{'0', 60, 200, served, true, 0}, {'0', 90, 200, served, true, 0},
	{'2', 0, 200, []dialer.Outcome{dialer.Busy}, false, 0}, {'3', 0, 100, []dialer.Outcome{dialer.Congestion}, false, 0},
	{'4', 0, 100, []dialer.Outcome{dialer.NoAnswer}, false, 0},
}

// openRoom is a machine room without a daemon and without operators.
func openRoom(t *testing.T) *room {
	t.Helper()
	l := startAnyLab(t)
	return &room{lab: l, m: l.manager(), proxy: newProxy(t, l.env["AMI_ADDR"])}
}

// startRoom has the daemon at work, with some talking and some ringing.
func startRoom(t *testing.T) *room {
	t.Helper()
	r := openRoom(t)
	r.staff()
	files := clone(awayFiles)
	files["campaigns/spring.toml"] = campaignFile("spring", "sales", "out", "ratio", "ratio = 2\nring_timeout = \"15s\"\nabandon_max = \"100%\"", "")
	r.p = startProcess(t, r.config(files, r.viaProxy))
	text, _ := leadsOf(roomKinds, 1000)
	r.p.importCSV("spring", text)
	r.working("at first")
	return r
}

// staff makes the operators members of the queue. Asterisk forgets them when it ends.
func (r *room) staff() {
	r.t.Helper()
	for i, name := range roomOperators {
		r.m.add("sales", "Local/"+name+"@lab-operators/n", fmt.Sprintf("anna%d", i))
	}
}

// config writes a daemon's files, with its dialerd.toml changed.
func (r *room) config(files map[string]string, changes ...func(string) string) (dir string) {
	r.t.Helper()
	dir = r.lab.config(files)
	for _, change := range changes {
		path := filepath.Join(dir, "dialerd.toml")
		text, err := os.ReadFile(path)
		if err != nil {
			r.t.Fatal(err)
		}
		changed := change(string(text))
		if changed == string(text) {
			r.t.Fatal("a change of dialerd.toml has changed nothing")
		}
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	return dir
}

func (r *room) viaProxy(toml string) string {
	return strings.Replace(toml, r.env["AMI_ADDR"], r.proxy.address(), 1)
}

func rate(toml string, cps int) string {
	return strings.Replace(toml, fmt.Sprintf("cps = %d", labCPS), fmt.Sprintf("cps = %d", cps), 1)
}

// working waits until the daemon is well at work: people talk, telephones ring, and nearly all operators
// have had a talk since.
func (r *room) working(when string) {
	r.t.Helper()
	from := epoch(time.Now())
	r.p.until("people talk and telephones ring "+when, func(s api.Status) bool {
		return calls(s, dialer.PhaseTalking) >= 4 && calls(s, dialer.PhaseDialing) >= 2
	})
	waitFor(r.t, time.Minute, "all operators have had a talk "+when, func() bool { return len(r.idleSince(from)) == 0 },
		func() string { return fmt.Sprint(r.idleSince(from)) })
}

// idleSince is the operators who have had no talk since.
func (r *room) idleSince(from float64) (idle []string) {
	talked := map[string]bool{}
	for _, x := range r.judge("CUSTOMERS_LOG") {
		if x.what == "answered" && x.at > from {
			talked[x.number] = true
		}
	}
	for _, name := range roomOperators {
		if !talked[name] {
			idle = append(idle, name)
		}
	}
	return idle
}

// blindFor does something to the line or to Asterisk, and has it last until something else is so. The
// daemon says then that the link is down, and says that it is up after mend.
func (r *room) blindFor(what string, hurt, mend func(), lasts func(since time.Time) bool) stretch {
	r.t.Helper()
	ups := r.ups()
	began := time.Now()
	hurt()
	broken := epoch(time.Now())
	down := r.p.until(what+" is noticed", func(s api.Status) bool { return !s.PBXs[0].Up })
	noticed := time.Since(began)
	waitFor(r.t, time.Minute, what+" has lasted", func() bool { return lasts(began) }, func() string { return "" })
	blind := stretch{from: broken, to: epoch(time.Now())}
	mend()
	r.p.until("the link is up after "+what, func(s api.Status) bool { return s.PBXs[0].Up })
	r.blind = append(r.blind, stretch{from: epoch(began), to: epoch(time.Now())})
	r.t.Logf("%s: noticed after %s (%s), %d customers answered meanwhile, up %s after it was mended", what, noticed.Round(time.Millisecond),
		down.PBXs[0].Reason, len(r.answeredIn(blind)), time.Duration((epoch(time.Now())-blind.to)*1e9).Round(time.Millisecond))
	if now := r.ups(); now <= ups {
		r.t.Errorf("%s: the link came up %d times before and %d after", what, ups, now)
	}
	return blind
}

// ups is how often the link has come up.
func (r *room) ups() int {
	r.t.Helper()
	s, err := r.p.client.Status(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return s.PBXs[0].Ups
}

// answeredIn is the ids of the calls that a customer who stays answered then.
func (r *room) answeredIn(s stretch) (ids []string) {
	for _, x := range r.judge("CUSTOMERS_LOG") {
		if strings.HasPrefix(x.number, "79000") && x.what == "answered" && x.at > s.from && x.at < s.to {
			ids = append(ids, x.id)
		}
	}
	return ids
}

// campaignIn is one campaign of a status; nil when it is not there.
func campaignIn(s api.Status, name string) *api.Campaign {
	for i := range s.Campaigns {
		if s.Campaigns[i].Name == name {
			return &s.Campaigns[i]
		}
	}
	return nil
}

// finish stops the campaign and waits for the last call.
func (r *room) finish() api.Status {
	r.t.Helper()
	waitFor(r.t, 2*time.Minute, "somebody is every kind of customer", func() bool { return len(r.missing()) == 0 },
		func() string { return fmt.Sprint(r.missing()) })
	if err := r.p.client.Switch(context.Background(), dialer.SwitchCampaign, "spring", false); err != nil {
		r.t.Fatal(err)
	}
	return r.p.until("the last call is over", func(s api.Status) bool { return len(s.Calls) == 0 })
}

// missing are the outcomes of its customers that no attempt has had so far: which of them are called in what
// order is drawn, and how many calls that takes.
func (r *room) missing() (missing []dialer.Outcome) {
	had := map[dialer.Outcome]bool{}
	for _, a := range r.p.attempts() {
		had[a.Outcome] = true
	}
	for _, o := range []dialer.Outcome{dialer.Answered, dialer.Busy, dialer.Congestion, dialer.NoAnswer} {
		if !had[o] {
			missing = append(missing, o)
		}
	}
	return missing
}

// logHas tells whether the daemon's log says something.
func (p *process) logHas(text string) bool {
	p.t.Helper()
	log, err := os.ReadFile(filepath.Join(p.dir, "log"))
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.Contains(string(log), text)
}

// killed ends the daemon as a power cut does, and gives its files.
func (p *process) killed() (dir string) {
	p.t.Helper()
	p.signal(syscall.SIGKILL)
	<-p.ended
	return p.dir
}

// hangup ends calls from Asterisk's side.
func (m *manager) hangup(ids ...string) {
	m.t.Helper()
	for _, id := range ids {
		m.do("Hangup", "Channel", id)
	}
}

// kill is the end of Asterisk as a power cut is.
func (l *lab) kill() {
	l.t.Helper()
	pid := 0
	if _, err := fmt.Sscan(l.env["PID"], &pid); err != nil || pid <= 1 {
		l.t.Fatalf("Asterisk's process id is %q: %v", l.env["PID"], err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		l.t.Fatal(err)
	}
}

// startAgain starts an Asterisk that has died, with what it had on disk and on the same ports.
func (l *lab) startAgain() {
	l.t.Helper()
	out, err := exec.Command("../../scripts/asterisk", "up", l.version, l.dir).Output()
	if err != nil {
		l.t.Fatalf("scripts/asterisk up again: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		l.env[key] = value
	}
}

// cli runs a command of Asterisk's own console.
func (l *lab) cli(command string) {
	l.t.Helper()
	out, err := exec.Command("../../scripts/asterisk", "cli", l.version, l.dir, command).CombinedOutput()
	if err != nil {
		l.t.Fatalf("%s: %v\n%s", command, err, out)
	}
}
