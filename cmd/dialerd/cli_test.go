package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/dialplan"
	"dialerd/store"
)

// shell runs commands on a configuration of its own, in a directory that goes with the test.
type shell struct {
	t   *testing.T
	dir string
}

func newShell(t *testing.T) shell {
	t.Helper()
	// t.TempDir is named after the test, and a socket's path may have 107 bytes.
	dir, err := os.MkdirTemp("", "cli")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := shell{t: t, dir: dir}
	s.write("dialerd.toml", `
instance = "a"
[[pbx]]
name    = "one"
address = "127.0.0.1:5038"
user    = "dialerd"
secret  = "not a secret"
[api]
socket = "dialerd.sock"
[store]
path = "dialerd.db"
[[department]]
name = "sales"
`)
	s.write("queues.toml", "[[queue]]\nname = \"sales\"\n")
	s.write("routes.toml", "[[trunk]]\nname = \"out\"\ndial = \"PJSIP/{digits}@out\"\n[[route]]\nname = \"all\"\ntrunks = [\"out\"]\n")
	s.write("campaigns/spring.toml", `
name       = "spring"
department = "sales"
queue      = "sales"
buckets    = ["spring-2026", "web"]
route      = "all"
caller_id  = "+74951234567"
[[rule]]
name  = "again"
on    = ["no-answer"]
again = "1h"
`)
	return s
}

func (s shell) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// run is `dialerd -c dir args`; the directory's name is taken out of what is printed.
func (s shell) run(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = execute(context.Background(), append([]string{"-c", s.dir}, args...), &out, &errs)
	clean := strings.NewReplacer(s.dir+"/", "", s.dir, "DIR")
	return code, clean.Replace(out.String()), clean.Replace(errs.String())
}

// serve has a daemon answer on the shell's socket until the test ends.
func (s shell) serve(d api.Daemon) {
	s.t.Helper()
	l, err := api.Listen(filepath.Join(s.dir, "dialerd.sock"))
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- api.Serve(ctx, l, d, zerolog.Nop()) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
}

// someStatus is a daemon with something of everything.
func someStatus() api.Status {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	return api.Status{
		Version: "1.2.3", Instance: "a", Now: now, Since: now.Add(-26 * time.Hour),
		Config:      api.Configuration{Loaded: now.Add(-time.Hour), Refused: "queues.toml:3:1: unknown key \"namee\""},
		Writer:      api.Writer{Behind: 12, Failed: now.Add(-90 * time.Second), Error: "no space left on device"},
		PBXs:        []api.PBX{{Name: "one", Up: true, Since: now.Add(-time.Hour), Version: "22.5.1", LagMS: 3, Calls: 7, Lines: 30}, {Name: "two", Reason: "connection refused"}},
		Departments: []api.Department{{Name: "sales", Running: true}, {Name: "debts"}},
		Campaigns: []api.Campaign{
			{Name: "spring", Department: "sales", Queue: "sales", Mode: dialer.Predictive, Running: true,
				Agents: api.AgentCounts{Ready: 1, Busy: 5, Paused: 2}, Leads: api.LeadCounts{Waiting: 123456, Ready: 300, Finished: 9},
				Calls: map[dialer.Phase]int{dialer.PhaseDialing: 6, dialer.PhasePlanned: 1, dialer.PhaseTalking: 4, dialer.PhaseHeld: 1},
				Today: api.Day{Attempts: 900, Answered: 310, Abandoned: 6}, Abandoned: []api.Abandonment{{Window: dialer.WindowDay, Share: 0.0194, Max: 0.03}}},
			{Name: "debts", Department: "debts", Queue: "debts", Running: true, Idle: "its department is stopped"},
		},
		Agents: []api.Agent{
			{ID: "101", Name: "Анна", Interface: "PJSIP/101", State: "ready", Since: now, Queues: []api.Membership{{Queue: "sales", Device: dialer.DeviceNotInUse}}},
			{ID: "102", Name: "Mallory \x1b[2J", Interface: "PJSIP/102", State: "paused", Queues: []api.Membership{
				{Queue: "debts", Paused: true, Device: dialer.DeviceNotInUse, Penalty: 3}, {Queue: "sales", Paused: true, Reason: "lunch", Device: dialer.DeviceUnavailable}}},
		},
		Loading: []string{"web", "spring-2026"},
		Pools: []api.Pool{
			{Name: "moscow", Prefix: "+7495", DailyLimit: 300, Numbers: []api.CallerID{{Number: 74951234501, Today: 300, Reason: "at the daily limit"},
				{Number: 74951234502, Today: 12}, {Number: 74951234503, Reason: "out of service"}}},
			{Name: "any", Numbers: []api.CallerID{{Number: 78001234567, Today: 5}}},
		},
		Trunks: []api.Trunk{{Name: "out", PBX: "one", Used: 7, Lines: 30}, {Name: "spare", PBX: "one", State: dialer.TrunkShut, ShutUntil: now.Add(time.Minute), Reason: "12 of its last 20 calls failed"}},
	}
}

// someDaemon answers with someStatus, and refuses all that is called "no".
func someDaemon() api.Daemon {
	return api.Daemon{
		Version: api.Version{Version: "1.2.3", Go: "go1.26"},
		Status:  func(context.Context) (api.Status, error) { return someStatus(), nil },
		Reload:  func(context.Context) error { return nil },
		Switch: func(_ context.Context, kind dialer.SwitchKind, name string, running bool) error {
			if name == "no" {
				return api.Errorf(http.StatusNotFound, "there is no %s %q", kind, name)
			}
			return nil
		},
	}
}

func TestExitCodes(t *testing.T) {
	s := newShell(t)
	up := newShell(t)
	up.serve(someDaemon())
	for _, c := range []struct {
		shell  shell
		args   string
		code   int
		stderr string // has to be in it
	}{
		{s, "", 2, "dialerd: which command?"},
		{s, "staus", 2, `dialerd: there is no command "staus": did you mean "status"?`},
		{s, "zzz", 2, `there is no command "zzz"`},
		{s, "leads", 2, "dialerd leads: which command?"},
		{s, "leads imprt", 2, `did you mean "import"?`},
		{s, "completion fish2", 2, `did you mean "fish"?`},
		{s, "help staus", 2, `there is no command "staus"`},
		{s, "status --jsn", 2, "unknown flag: --jsn"},
		{s, "status now", 2, "now"},
		{s, "leads import", 2, "accepts 1 arg(s), received 0"},
		{s, "leads import a b", 2, "accepts 1 arg(s), received 2"},
		{s, "leads import x.csv --bucket b --region XX", 2, `--region "XX" is no country`},
		{s, "leads import x.csv --bucket b/c", 2, `"b/c" is no bucket`},
		{s, "leads import x.csv --bucket b --map phone", 2, `--map "phone"`},
		{s, "leads import x.csv --campaign spring --bucket other", 2, `does not draw on bucket "other"`},
		{s, "leads import x.csv --campaign sprung", 1, `there is no campaign "sprung" in campaigns: did you mean "spring"?`},
		{s, "leads import x.csv --bucket b", 1, "x.csv: no such file"},
		{s, "campaigns start", 2, "name campaigns, or give --department"},
		{s, "campaigns start a --department b", 2, "one of the two"},
		{s, "status", 1, "dialerd is not running: nobody answers on dialerd.sock"},
		{s, "reload", 1, "not running"},
		{s, "campaigns list", 1, "not running"},
		{s, "leads export", 1, "start the daemon once, which makes it"},
		{s, "--socket /dev/null status", 1, "not running"},
		{s, "why", 2, "accepts 1 arg(s), received 0"},
		{s, "why 17", 1, "is not running: nobody answers on dialerd.sock: start it with systemctl start dialerd; what its database has of the lead: dialerd leads show 17"},
		{s, "leads show 17", 1, "start the daemon once, which makes it"},
		{s, "leads buckets", 1, "start the daemon once, which makes it"},
		{s, "leads hold 17", 1, "is not running"},
		{s, "leads export --state ready", 2, "a lead is ready in memory alone"},
		{s, "leads export --number 8916", 2, "--number: \"8916\" is not a number"},
		{s, "backup", 2, "accepts 1 arg(s), received 0"},
		{s, "backup x.db", 1, "start the daemon once, which makes it"},
		{s, "check --full --files", 2, "full"},
		{s, "version", 0, ""},
		{s, "--version", 0, ""},
		{s, "help leads import", 0, ""},
		{s, "leads import --help", 0, ""},
		{s, "completion bash", 0, ""},
		{up, "status", 0, ""},
		{up, "agents", 0, ""},
		{up, "agents list", 0, ""},
		{s, "agents", 1, "not running"},
		{s, "agents paus anna", 2, `there is no command "paus": did you mean "pause"?`},
		{s, "agents pause", 2, "which operator?"},
		{s, "agents pause anna lunch now", 2, "accepts at most 2 arg(s), received 3"},
		{s, "agents work anna lunch", 2, "accepts at most 1 arg(s), received 2"},
		{s, "agents logout anna --supervisor", 2, "unknown flag: --supervisor"},
		{s, "agents pause anna", 1, "not running"},
		{s, "agents pauses --since soon", 2, `--since "soon" is neither a day`},
		{s, "agents pauses", 1, "start the daemon once, which makes it"},
		{s, "agents reasons now", 2, "now"},
		{s, "agents release", 2, "which operator?"},
		{up, "-c nowhere status", 1, "nowhere: there is no such directory: name the one that holds dialerd.toml"},
		{up, "-c /dev/null agents pauses", 1, "/dev/null: there is no such directory"},
		{up, "-c nowhere check", 1, ""},
		{up, "reload", 0, ""},
		{up, "campaigns stop spring autumn", 0, ""},
		{up, "campaigns start --department sales", 0, ""},
		{up, "campaigns stop spring no", 1, `there is no campaign "no"`},
		{up, "campaigns list --department no", 1, `there is no department "no"`},
	} {
		code, _, stderr := c.shell.run(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(stderr, c.stderr) || c.stderr == "" && stderr != "" {
			t.Errorf("dialerd %s: exit %d, want %d; stderr %q, want %q in it", c.args, code, c.code, stderr, c.stderr)
		}
	}
}

func TestEveryCommandIsExplained(t *testing.T) {
	s := newShell(t)
	for _, name := range []string{"run", "check", "backup", "status", "agents", "reload", "dialplan", "version", "leads", "leads import", "leads export",
		"agents list", "agents status", "agents pause", "agents work", "agents login", "agents logout", "agents release", "agents reasons", "agents pauses",
		"leads show", "leads buckets", "leads move", "leads hold", "leads release", "leads restart", "leads delete", "why",
		"campaigns", "campaigns list", "campaigns start", "campaigns stop"} {
		code, help, _ := s.run(append(strings.Fields(name), "--help")...)
		if code != 0 || !strings.Contains(help, "dialerd "+name) {
			t.Errorf("%s: exit %d, help %q", name, code, help)
		}
		if name != "version" && !strings.Contains(help, "Examples:") {
			t.Errorf("%s: no examples in its help", name)
		}
	}
}

func TestStatusTable(t *testing.T) {
	s := newShell(t)
	s.serve(someDaemon())
	_, got, _ := s.run("status")
	const want = `dialerd 1.2.3, instance a, up 1d2h
The last reload was refused, it goes on with the files of 1h ago:
  queues.toml:3:1: unknown key "namee"
Leads are still being loaded: campaigns that draw on web, spring-2026 call nobody before that is done.
THE DATABASE CANNOT BE WRITTEN, for 1m30s: no space left on device
  Nothing is dialed, 12 records wait. Calls under way and answers to the dialplan go on; dialing resumes when that is mended.

PBX  LINK  SINCE  VERSION  LAG  CALLS  REASON
one  up    1h      22.5.1  3ms   7/30
two  down  -               0ms      0  connection refused

DEPARTMENT  STATE
sales       running
debts       stopped

CAMPAIGN  STATE               MODE         READY  BUSY  PAUSED  WAITING  HOPPER  FINISHED  CALLS      TODAY    ABANDON  NOT DIALING
spring    running             predictive       1     5       2   123456     300         9  7/1/4  900/310/6  1.9%/3.0%
debts     department stopped  progressive      0     0       0        0       0         0  0/0/0      0/0/0          -  its department is stopped

OPERATORS  NUMBER
ready           1
paused          1

TRUNK  PBX  LINES  STATE  TRIED IN  REASON
out    one   7/30  open
spare  one      0  shut   1m        12 of its last 20 calls failed

CALLER IDS  REGION  NUMBERS  SHOWN TODAY     MOST  NOT SHOWN ANY MORE
moscow      +7495         3          312  300/300  1: at the daily limit; 1: out of service
any                       1            5        5
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestColorsAreForTerminalsAlone(t *testing.T) {
	table := newTable("A", "B")
	table.add("running", "x")
	var plain, colored strings.Builder
	if err := table.print(&plain, wantsColors(&plain)); err != nil {
		t.Fatal(err)
	}
	if err := table.print(&colored, true); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(colored.String(), "\x1b[32mrunning\x1b[0m  x") {
		t.Errorf("plain %q, colored %q", plain.String(), colored.String())
	}
}

func TestJSON(t *testing.T) {
	s := newShell(t)
	s.serve(someDaemon())
	for args, want := range map[string]string{
		"status --json":                            `"refused": "queues.toml:3:1: unknown key \"namee\""`,
		"agents --json":                            `"reason": "lunch"`,
		"campaigns list --json":                    `"mode": "predictive"`,
		"campaigns list --department sales --json": `"name": "spring"`,
		"campaigns list --department debts --json": `"idle": "its department is stopped"`,
		"version --json":                           `"version": "1.2.3"`,
		"check --json":                             "[]\n",
	} {
		code, stdout, stderr := s.run(strings.Fields(args)...)
		if code != 0 || !strings.Contains(stdout, want) || stderr != "" {
			t.Errorf("dialerd %s: exit %d, stdout %s, stderr %s", args, code, stdout, stderr)
		}
	}
}

func TestCheckTellsAllFaults(t *testing.T) {
	s := newShell(t)
	if code, stdout, stderr := s.run("check"); code != 0 || stderr != "" || !strings.Contains(stdout, "DIR is in order: 1 PBX") {
		t.Fatalf("exit %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	s.write("queues.toml", "[[queue]]\nnamee = \"sales\"\n")
	code, stdout, stderr := s.run("check")
	if code != 1 || stderr != "" || !strings.HasPrefix(stdout, "queues.toml:2:1: unknown key \"namee\"") {
		t.Errorf("exit %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	code, stdout, _ = s.run("check", "--json")
	if code != 1 || !strings.Contains(stdout, `"line": 2`) {
		t.Errorf("exit %d, stdout %s", code, stdout)
	}
	s.serve(someDaemon())
	s.write("dialerd.toml", "[api]\nsocket = \"dialerd.sock\"\n[[pbx]\n")
	if code, _, stderr := s.run("status"); code != 0 {
		t.Errorf("a file that is being edited keeps the daemon from being asked: %s", stderr)
	}
}

func TestReloadTellsAllFaults(t *testing.T) {
	s := newShell(t)
	d := someDaemon()
	d.Reload = func(context.Context) error {
		return configFaultsForTest{"a.toml:1:1: one", "b.toml:2:2: two"}
	}
	s.serve(d)
	code, stdout, stderr := s.run("reload")
	const want = "dialerd reload: the files have faults, the daemon goes on with what it had:\na.toml:1:1: one\nb.toml:2:2: two\n"
	if code != 1 || stdout != "" || stderr != want {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

type configFaultsForTest []string

func (f configFaultsForTest) Error() string { return strings.Join(f, "\n") }

func TestDialplanIsPrintedAsItIs(t *testing.T) {
	if code, stdout, _ := newShell(t).run("dialplan"); code != 0 || stdout != dialplan.Text() {
		t.Errorf("exit %d, %d bytes of %d", code, len(stdout), len(dialplan.Text()))
	}
}

// leadsDaemon is a daemon on the shell's own database, as far as leads go.
func (s shell) leadsDaemon() {
	s.t.Helper()
	db, err := store.Open(filepath.Join(s.dir, "dialerd.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	d := someDaemon()
	d.Import, d.Export = db.ImportLeads, db.ExportLeads
	s.serve(d)
}
