package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// The daemon away, on a real Asterisk: stopped, killed, started again, told to end.

var awayFiles = map[string]string{
	"queues.toml": "[[queue]]\nname = \"sales\"\n",
	"routes.toml": `
[[trunk]]
name = "local"
dial = "Local/{digits}@lab-customers/n"
[[route]]
name = "out"
trunks = ["local"]
`,
	"campaigns/spring.toml": campaignFile("spring", "sales", "out", "progressive", "", ""),
}

// leadsLike are leads whose customers all do the same.
func leadsLike(behaviour string, count int) string {
	rows := []string{"external_id,phone"}
	for i := range count {
		rows = append(rows, fmt.Sprintf("x%d,+7900%s%04d", i, behaviour, i+1))
	}
	return strings.Join(rows, "\n") + "\n"
}

// clone lets a test change the files of another.
func clone(files map[string]string) map[string]string {
	c := map[string]string{}
	for k, v := range files {
		c[k] = v
	}
	return c
}

// TestAnsweredWhileTheDaemonIsAway: customers who answer while the daemon is stopped, then killed,
// reach the queue by the dialplan's own default within a second, and none hangs.
func TestAnsweredWhileTheDaemonIsAway(t *testing.T) {
	for _, how := range []struct {
		name   string
		signal syscall.Signal
	}{{"stopped", syscall.SIGSTOP}, {"killed", syscall.SIGKILL}} {
		t.Run(how.name, func(t *testing.T) {
			l := startAnyLab(t)
			m := l.manager()
			for i := range 4 {
				m.add("sales", fmt.Sprintf("Local/op0%d@lab-operators/n", i), fmt.Sprintf("anna%d", i))
			}
			p := startProcess(t, l.config(clone(awayFiles)))
			p.importCSV("spring", leadsLike("120", 4)) // answer after 2 s, leave after 3 s more
			p.until("four telephones ring", func(s api.Status) bool { return calls(s, dialer.PhaseDialing) == 4 })
			l.rung(4)
			p.signal(how.signal)
			ended := func(what string) (n int) {
				for _, x := range l.judge("CUSTOMERS_LOG") {
					if strings.HasPrefix(x.number, "7900") && x.what == what {
						n++
					}
				}
				return n
			}
			waitFor(t, time.Minute, "all four have ended", func() bool { return ended("ended") == 4 }, func() string { return fmt.Sprint(ended("ended")) })
			waits := queueWaits(l)
			slices.Sort(waits)
			t.Logf("%s: seconds from the answer to the queue: %.3f", how.name, waits)
			if len(waits) != 4 {
				t.Errorf("%d of 4 customers reached the queue", len(waits))
			}
			if slices.Max(waits) > 1 {
				t.Errorf("a customer took %.3f s to the queue", slices.Max(waits))
			}
			if how.signal == syscall.SIGSTOP {
				p.signal(syscall.SIGCONT)
				p.until("it has taken note of all ends", func(s api.Status) bool { return len(s.Calls) == 0 })
				return
			}
			<-p.ended
			again := startProcess(t, p.dir)
			again.until("nothing is under way", func(s api.Status) bool { return len(s.Calls) == 0 })
			for _, a := range again.attempts() {
				if a.Outcome != dialer.Lost {
					t.Errorf("attempt %d ended as %s while nobody looked; want lost", a.ID, a.Outcome)
				}
			}
			if n := len(again.attempts()); n != 4 {
				t.Errorf("%d attempts for 4 leads: somebody was called twice", n)
			}
		})
	}
}

// queueWaits is the seconds from each customer's answer to his joining a queue, by the customers'
// own record and by Asterisk's queue_log.
func queueWaits(l *lab) (waits []float64) {
	l.t.Helper()
	joined := map[string]float64{}
	text, err := os.ReadFile(l.env["QUEUE_LOG"])
	if err != nil {
		l.t.Fatal(err)
	}
	// time|callid|queue|member|event|...; the time is in whole seconds, so operators' clocks serve.
	for _, x := range l.judge("CUSTOMERS_LOG") {
		if strings.HasPrefix(x.number, "op") && x.what == "rung" && joined[x.id] == 0 {
			joined[x.id] = x.at
		}
	}
	for _, x := range l.judge("CUSTOMERS_LOG") {
		if strings.HasPrefix(x.number, "7900") && x.what == "answered" && strings.Contains(string(text), x.id+"|sales|") && joined[x.id] != 0 {
			waits = append(waits, joined[x.id]-x.at)
		}
	}
	return waits
}

func calls(s api.Status, p dialer.Phase) (n int) {
	for _, c := range s.Calls {
		if c.Phase == p {
			n++
		}
	}
	return n
}

// TestRestartedWhileTelephonesRing: a daemon that is killed while customers' telephones ring, and is
// there again when they answer, knows them and hands them over.
func TestRestartedWhileTelephonesRing(t *testing.T) {
	l := startAnyLab(t)
	m := l.manager()
	for i := range 4 {
		m.add("sales", fmt.Sprintf("Local/op0%d@lab-operators/n", i), fmt.Sprintf("anna%d", i))
	}
	p := startProcess(t, l.config(clone(awayFiles)))
	p.importCSV("spring", leadsLike("140", 4)) // answer after 4 s, leave after 3 s more
	p.until("four telephones ring", func(s api.Status) bool { return calls(s, dialer.PhaseDialing) == 4 })
	l.rung(4)
	p.signal(syscall.SIGKILL)
	<-p.ended
	again := startProcess(t, p.dir)
	again.until("all have talked", func(s api.Status) bool { return s.Campaigns[0].Leads.Finished == 4 })
	if waits := queueWaits(l); len(waits) != 4 || slices.Max(waits) > 1 {
		t.Errorf("seconds from the answer to the queue: %.3f", waits)
	}
	attempts := again.attempts()
	for _, a := range attempts {
		if a.Outcome != dialer.Answered || a.Agent == "" {
			t.Errorf("attempt %d: %s, talked to %q", a.ID, a.Outcome, a.Agent)
		}
	}
	if len(attempts) != 4 {
		t.Errorf("%d attempts for 4 leads", len(attempts))
	}
}

// TestRestartTakesCallsBack: a daemon that is killed while people talk finds them again; nobody is
// cut off and nobody is called twice.
func TestRestartTakesCallsBack(t *testing.T) {
	l := startAnyLab(t)
	m := l.manager()
	m.add("sales", "Local/op01@lab-operators/n", "anna")
	m.add("sales", "Local/op02@lab-operators/n", "berta")
	p := startProcess(t, l.config(clone(awayFiles)))
	p.importCSV("spring", leadsLike("002", 2)) // answer, and stay
	p.until("two talk", func(s api.Status) bool { return calls(s, dialer.PhaseTalking) == 2 })
	p.signal(syscall.SIGKILL)
	<-p.ended
	again := startProcess(t, p.dir)
	again.until("both talks are back", func(s api.Status) bool { return calls(s, dialer.PhaseTalking) == 2 })
	for _, id := range []string{channelNo(0), channelNo(1)} {
		m.do("Hangup", "Channel", id)
	}
	again.until("both have ended", func(s api.Status) bool { return len(s.Calls) == 0 })
	for _, a := range again.attempts() {
		if a.Outcome != dialer.Answered || a.Agent == "" {
			t.Errorf("attempt %d: %s, talked to %q", a.ID, a.Outcome, a.Agent)
		}
	}
	if n := len(again.attempts()); n != 2 {
		t.Errorf("%d attempts for 2 leads", n)
	}
}

// TestTermDrains: told to end, the daemon places no new call, waits for what rings, leaves talks
// alone, and writes down how things stand.
func TestTermDrains(t *testing.T) {
	l := startAnyLab(t)
	m := l.manager()
	m.add("sales", "Local/op01@lab-operators/n", "anna")
	m.add("sales", "Local/op02@lab-operators/n", "berta")
	p := startProcess(t, l.config(clone(awayFiles)))
	p.importCSV("spring", leadsLike("020", 10)) // answer after 2 s, and stay
	p.until("two ring", func(s api.Status) bool { return calls(s, dialer.PhaseDialing) == 2 })
	p.signal(syscall.SIGTERM)
	<-p.ended
	if p.err != nil {
		t.Errorf("ended with %v", p.err)
	}
	attempts := p.attempts()
	if len(attempts) != 2 {
		t.Fatalf("%d attempts, two rang when it was told to end", len(attempts))
	}
	live := m.do("Status", "Channel", channelNo(0))
	if live["Response"] != "Success" {
		t.Errorf("the talk is not alive after the end: %v", live)
	}
	again := startProcess(t, p.dir)
	s := again.until("both talks are back", func(s api.Status) bool { return calls(s, dialer.PhaseTalking) == 2 })
	if s.Campaigns[0].Leads.Finished != 0 {
		t.Errorf("a lead was finished while it talked: %+v", s.Campaigns[0].Leads)
	}
}

// TestHostileLeads: what a lead's data says is never executed, and what cannot be carried is refused
// with its line.
func TestHostileLeads(t *testing.T) {
	l := startAnyLab(t)
	m := l.manager()
	m.add("sales", "Local/talk05_01@lab-operators/n", "anna")
	p := startProcess(t, l.config(clone(awayFiles)))
	long := strings.Repeat("x", 10_000)
	p.importCSV("spring", "external_id,phone,name,note\n"+
		"h1,+79001000001,\"Ann\r\nAction: Command\r\nCommand: core stop now\r\n\r\n\",x\n"+
		"h2,+79001000002,\"Bob \"\"the, quote\"\" O'Neil\",\"${SHELL(touch /tmp/owned)},A=1\"\n"+
		"h3,+79001000003,"+long+",$[1+1]\n"+
		"\"h4|Action: Originate\",+79001000004,Action: Command,\"Variable: X=(1,2\"\n"+
		"h5,\"+79001000005\r\nAction: Ping\",Eve,x\n")
	s := p.until("the leads are done", func(s api.Status) bool {
		leads := s.Campaigns[0].Leads
		return leads.Total() > 0 && leads.Finished == leads.Total()
	})
	t.Logf("%d leads were taken", s.Campaigns[0].Leads.Total())
	if _, err := os.Stat("/tmp/owned"); err == nil {
		t.Error("a lead's data was executed")
	}
	rejects, err := os.ReadFile(filepath.Join(p.dir, "spring.csv.rejects.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"h1", "h5"} {
		if !strings.Contains(string(rejects), id) {
			t.Errorf("%s holds a line end and is not among the rejects:\n%s", id, rejects)
		}
	}
	for _, a := range p.attempts() {
		if a.Outcome != dialer.Answered {
			t.Errorf("attempt %d to %s: %s", a.ID, a.Number, a.Outcome)
		}
	}
	if r := m.do("CoreStatus"); r["Response"] != "Success" {
		t.Errorf("Asterisk: %v", r)
	}
}

// TestAbandoned: one operator who never picks up. Who was sent to the queue for her is withdrawn from
// it when her telephone has rung out, who was held is let go at the limit; both are abandoned, and
// neither is called again.
func TestAbandoned(t *testing.T) {
	l := startAnyLab(t)
	l.manager().add("sales", "Local/dead01@lab-operators/n", "anna")
	files := clone(awayFiles)
	files["campaigns/spring.toml"] = campaignFile("spring", "sales", "out", "ratio", "ratio = 2", "")
	p := startProcess(t, l.config(files))
	p.importCSV("spring", leadsLike("000", 2)) // answer, and stay
	p.until("both are over", func(s api.Status) bool { return s.Campaigns[0].Leads.Finished == 2 })
	for _, a := range p.attempts() {
		if a.Outcome != dialer.Abandoned {
			t.Errorf("attempt %d: %s", a.ID, a.Outcome)
		}
		if waited := a.Ended.Sub(a.Answered); waited < 2*time.Second {
			t.Errorf("attempt %d was given up after %s, before agent_within", a.ID, waited)
		}
	}
	withdrawn, held := false, false
	for _, a := range p.attempts() {
		waited := a.Ended.Sub(a.Answered)
		withdrawn = withdrawn || waited > 10*time.Second // while the telephone rang, the limit waited
		held = held || waited < 10*time.Second
	}
	if !withdrawn || !held {
		t.Errorf("want one who was held and one who was withdrawn: %+v", p.attempts())
	}
}
