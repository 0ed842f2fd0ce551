package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"dialerd/ami"
	"dialerd/api"
)

// Queues, a manager user and a dialplan with everything wrong on a real Asterisk: each thing is found, and
// mended by the very line that is given for it.

// wrongQueues has a setting that comes from a template and another that stands in an included file.
const wrongQueues = `[general]
persistentmembers = yes
shared_lastcall = no

[taken](!)
strategy = rrmemory
autofill = yes
retry = 1
ringinuse = no
autopause = yes

[sales]
strategy = wrandom
autopause = all
autopausebusy = yes
autopauseunavail = yes
penaltymemberslimit = 5
ringinuse = yes
wrapuptime = 20
weight = 3
autofill = no
timeout = 0
retry = 0
timeoutpriority = conf
joinempty = strict
leavewhenempty = paused,inuse
maxlen = 2
memberdelay = 1
reportholdtime = yes
announce = beep
queue-callerannounce = beep
announce-frequency = 30
announce-to-first-user = yes
periodic-announce-frequency = 60
defaultrule = slow
member => Local/op01@lab-operators/n,1500,Anna
member => Local/op02@lab-operators,0,Boris
member => Local/op03@lab-operators/n,0,Vera

[Later](taken)
member => Local/op01@lab-operators/n,0,Anna

#include "included.conf"
`

const includedQueues = `[q1](taken)
wrapuptime = 4
member => Local/op03@lab-operators/n,0,Vera
`

var wrongFiles = map[string]string{
	"queues.toml": `
[[queue]]
name = "sales"
wrapup = "10s"
[[queue]]
name = "later"
[[queue]]
name = "q1"
wrapup = "10s"
wrapup_by = "pause"
[[queue]]
name = "lost"
`,
	"agents.toml": "[[agent]]\nid = \"anna\"\ninterface = \"Local/op01@lab-operators/n\"\nqueues = [\"sales\"]\n",
}

// wrongWas is every finding of the above.
const wrongWas = `fault context = dialerd-answered
fault context = dialerd-message
fault context = dialerd-queue
fault write = without originate
note persistentmembers = yes
warning DIALERD_AGI = 127.0.0.1:1
warning shared_lastcall = no
warning timestampevents = no
fault lost: name = lost
warning q1: autopause = yes
warning q1: wrapuptime = 4
fault sales: member = Local/op02@lab-operators
fault sales: penalty of Local/op01@lab-operators/n = 1500
fault sales: penaltymemberslimit = 5
fault sales: ringinuse = yes
fault sales: strategy = wrandom
fault sales: wrapuptime = 20
note sales: announce-frequency = 30
note sales: periodic-announce-frequency = 60
warning sales: announce = beep
warning sales: announce-to-first-user = yes
warning sales: autofill = no
warning sales: autopause = all
warning sales: autopausebusy = yes
warning sales: autopauseunavail = yes
warning sales: defaultrule = slow
warning sales: joinempty = strict
warning sales: leavewhenempty = paused,inuse
warning sales: maxlen = 2
warning sales: memberdelay = 1
warning sales: queue-callerannounce = beep
warning sales: reportholdtime = yes
warning sales: retry = 0
warning sales: timeout = 0
warning sales: timeoutpriority = conf
warning sales: weight = 3
fault later: name = later`

func TestCheckLiveOnAsterisk22(t *testing.T) { liveCheck(t, "22") }
func TestCheckLiveOnAsterisk16(t *testing.T) { liveCheck(t, "16") }

func liveCheck(t *testing.T, version string) {
	l := startLab(t, version)
	x := &liveLab{lab: l, dir: l.config(clone(wrongFiles))}
	x.department()
	manager, plan := x.read("manager.conf"), x.read("extensions_dialerd.conf")
	x.write("queues.conf", wrongQueues)
	x.write("included.conf", includedQueues)
	x.write("manager.conf", strings.Replace(strings.Replace(manager, "timestampevents = yes", "timestampevents = no", 1),
		"write = system,call,agent,user,originate,reporting", "write = system,call,agent,user", 1))
	x.write("extensions_dialerd.conf", "")
	extensions := x.read("extensions.conf")
	x.write("extensions.conf", strings.Replace(extensions, "DIALERD_AGI = "+l.env["AGI_ADDR"], "DIALERD_AGI = 127.0.0.1:1", 1))
	x.reload("queue reload all", "manager reload", "dialplan reload")

	all := x.check(exitFailed)
	var got []string
	for _, f := range all {
		got = append(got, wrongLine(f))
	}
	want := strings.Split(wrongWas, "\n")
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("it does not find %s", w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("it finds %s", g)
		}
	}

	// What keeps a link from coming up is mended first; the daemon then says the rest, once.
	for _, f := range all {
		if f.Queue == "" {
			x.mend(f)
		}
	}
	x.write("extensions_dialerd.conf", plan)
	x.reload("queue reload all", "manager reload", "dialplan reload")
	all = x.check(exitFailed)
	p := startProcess(t, x.dir)
	said := x.daemonSays(p, all)
	x.write("included.conf", x.read("included.conf")+"memberdelay = 2\n")
	x.reload("module reload app_queue.so")
	if more := x.daemonSays(p, x.check(exitFailed)); more != said+1 {
		t.Errorf("after one more setting was wrong it has said %d, and %d before", more, said)
	}

	for round := 0; len(all) > 0 && round < 3; round++ { // what one remedy brings to light is the next one's
		all = x.check(-1)
		for _, f := range all {
			x.mend(f)
		}
		x.reload("queue reload all")
	}
	if all = x.check(exitDone); len(all) > 0 {
		t.Errorf("after all was mended it finds %v", all)
	}
	if err := p.client.Reload(context.Background()); err != nil { // queues.toml was among what had to be mended
		t.Fatal(err)
	}
	x.reload("module reload app_queue.so")
	p.until("the daemon finds nothing any more", func(s api.Status) bool { return s.PBXs[0].Settings == 0 })
	x.shipped()
}

// department is the one that the shipped operators are of.
func (x *liveLab) department() {
	x.t.Helper()
	path := filepath.Join(x.dir, "dialerd.toml")
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(text, "[[department]]\nname = \"sales\"\n"...), 0o600)
	}
	if err != nil {
		x.t.Fatal(err)
	}
}

// shipped has nothing found in the queues that we ship.
func (x *liveLab) shipped() {
	x.t.Helper()
	for from, to := range map[string]string{"../../etc/asterisk/queues_dialerd.conf": filepath.Join(x.lab.dir, "etc", "queues.conf"), "../../etc/queues.toml": filepath.Join(x.dir, "queues.toml"), "../../etc/agents.toml": filepath.Join(x.dir, "agents.toml")} {
		text, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, text, 0o600)
		}
		if err != nil {
			x.t.Fatal(err)
		}
	}
	x.reload("queue reload all")
	for _, f := range x.check(exitDone) {
		if f.Setting != "operators" { // who are not logged in
			x.t.Errorf("in what we ship it finds %s", f)
		}
	}
}

// liveLab is an Asterisk whose files the test writes, and a daemon's directory.
type liveLab struct {
	*lab
	dir string
}

func (x *liveLab) read(name string) string {
	x.t.Helper()
	text, err := os.ReadFile(filepath.Join(x.lab.dir, "etc", name))
	if err != nil {
		x.t.Fatal(err)
	}
	return string(text)
}

func (x *liveLab) write(name, text string) {
	x.t.Helper()
	if err := os.WriteFile(filepath.Join(x.lab.dir, "etc", name), []byte(text), 0o600); err != nil {
		x.t.Fatal(err)
	}
}

func (x *liveLab) reload(commands ...string) {
	x.t.Helper()
	for _, c := range commands {
		x.cli(c)
	}
}

// check is what `dialerd check --live --json` finds; it ends with this code, unless that is -1.
func (x *liveLab) check(code int) []ami.Finding {
	x.t.Helper()
	var out, errs bytes.Buffer
	got := execute(context.Background(), []string{"check", "--live", "--json", "-c", x.dir}, &out, &errs)
	if code >= 0 && got != code {
		x.t.Errorf("check --live ends with %d, want %d: %s", got, code, errs.String())
	}
	var report struct {
		PBXs []struct{ Findings []rawFinding }
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || len(report.PBXs) != 1 {
		x.t.Fatalf("%v: %s", err, out.String())
	}
	var all []ami.Finding
	for _, f := range report.PBXs[0].Findings {
		all = append(all, f.finding())
	}
	return all
}

// rawFinding is a finding as JSON has it.
type rawFinding struct{ Level, Queue, Setting, Value, Effect, Where, Write string }

func (r rawFinding) finding() ami.Finding {
	levels := map[string]ami.Level{"note": ami.Note, "warning": ami.Warning, "fault": ami.Fault}
	return ami.Finding{Level: levels[r.Level], Queue: r.Queue, Setting: r.Setting, Value: r.Value, Effect: r.Effect, Where: r.Where, Write: r.Write}
}

func wrongLine(f ami.Finding) string {
	queue := ""
	if f.Queue != "" {
		queue = f.Queue + ": "
	}
	return fmt.Sprintf("%s %s%s = %s", f.Level, queue, f.Setting, f.Value)
}

// mend does what a finding says, as a person would.
func (x *liveLab) mend(f ami.Finding) {
	x.t.Helper()
	where, _, _ := strings.Cut(f.Where, ",")
	file, section, _ := strings.Cut(where, " ")
	line, _, _ := strings.Cut(f.Write, "   ;")
	switch {
	case f.Write == "":
	case file == "asterisk":
		x.cli(strings.Trim(f.Write, "'"))
	case file == "queues.toml":
		path := filepath.Join(x.dir, file)
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, []byte(strings.Replace(string(text), "name = \""+f.Queue+"\"", line, 1)), 0o600)
		}
		if err != nil {
			x.t.Fatal(err)
		}
	case strings.HasPrefix(line, "["): // a queue that there was not
		x.write(file, x.read(file)+"\n"+line+"\nstrategy = rrmemory\nautofill = yes\nretry = 1\nringinuse = no\n")
	case file == "extensions.conf" && section == "[globals]":
		x.write(file, replaced(x.read(file), "[globals]", line, "="))
	case file == "extensions.conf":
	case strings.Contains(x.read("included.conf"), section+"("):
		x.write("included.conf", replaced(x.read("included.conf"), section, line, " "))
	default:
		x.write(file, replaced(x.read(file), section, line, " "))
	}
}

// replaced puts a line into a section, in place of the one for the same setting; a member's line in place of the one
// that begins alike.
func replaced(text, section, line, end string) string {
	var lines []string
	in, done := false, false
	name, _, _ := strings.Cut(strings.TrimPrefix(line, ";"), end)
	if name == "member" {
		name, _, _ = strings.Cut(line, ",")
		name = strings.TrimSuffix(name, "/n")
	}
	for _, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(l, "[") {
			if in && !done {
				lines, done = append(lines, line), true
			}
			in = strings.HasPrefix(l, section)
		}
		if in && (l == name || strings.HasPrefix(l, name) && strings.ContainsAny(l[len(name):len(name)+1], " =,/")) {
			l, done = line, true
		}
		lines = append(lines, l)
	}
	if in && !done {
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// daemonSays waits until the daemon has found these, notes left out, and gives how much it has said so far.
func (x *liveLab) daemonSays(p *process, all []ami.Finding) (said int) {
	x.t.Helper()
	n := len(slices.DeleteFunc(slices.Clone(all), func(f ami.Finding) bool { return f.Level < ami.Warning }))
	p.until(fmt.Sprintf("the daemon has found %d", n), func(s api.Status) bool { return s.PBXs[0].Settings == n })
	log, err := os.ReadFile(filepath.Join(x.dir, "log"))
	if err != nil {
		x.t.Fatal(err)
	}
	said = strings.Count(string(log), "works against the dialer")
	if said < n {
		x.t.Errorf("it has said %d of %d", said, n)
	}
	return said
}

// TestSettingsSaidOnce: what is wrong is logged when it comes about, not each time it is seen, and notes never.
func TestSettingsSaidOnce(t *testing.T) {
	var log bytes.Buffer
	d := &daemon{log: zerolog.New(&log), mu: sync.Mutex{}}
	w := newSettingsWatch(&service{daemon: d, against: map[string]int{}}, "main")
	wrong := ami.Finding{Level: ami.Fault, PBX: "main", Queue: "sales", Setting: "ringinuse", Value: "yes", Effect: "e"}
	other := ami.Finding{Level: ami.Warning, PBX: "main", Queue: "sales", Setting: "penaltymemberslimit", Value: "5", Effect: "with 3 members"}
	later := other
	later.Effect = "with 2 members"
	note := ami.Finding{Level: ami.Note, PBX: "main", Setting: "persistentmembers", Value: "yes"}
	for i, c := range []struct {
		found []ami.Finding
		said  int // in all
		count int
	}{{[]ami.Finding{wrong, note}, 1, 1}, {[]ami.Finding{wrong, other}, 2, 2}, {[]ami.Finding{later, wrong}, 2, 2}, {nil, 2, 0}, {[]ami.Finding{wrong}, 3, 1}} {
		w.say(c.found)
		if said := strings.Count(log.String(), "\n"); said != c.said || strings.Count(log.String(), `"level":`) != said || w.service.against["main"] != c.count {
			t.Errorf("look %d: said %d, counted %d; want %d, %d", i, said, w.service.against["main"], c.said, c.count)
		}
	}
}

// TestCheckLiveUnreachable: a PBX that cannot be looked at is a fault, and faults of the files are said beside it.
func TestCheckLiveUnreachable(t *testing.T) {
	s := newShell(t)
	out := s.want("check --live", exitFailed, "PBX one: 1 fault")
	if !strings.Contains(out, "no connection to Asterisk") || strings.Contains(out, "not a secret") {
		t.Errorf("it says %s", out)
	}
	s.want("check --live --json", exitFailed, `"level": "fault"`)
	s.write("queues.toml", "[[queue]]\nnamee = \"sales\"\n")
	s.want("check --live", exitFailed, "queues.toml:2:1")
	s.want("check --live --json", exitFailed, `"pbxs": []`)
}
