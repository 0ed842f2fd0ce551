package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// leadCommands is a day with leads, told of in testdata/leads/commands.golden. The quotes are for empty words.
var leadCommands = []string{
	"leads buckets",
	"leads import list.csv --campaign spring",
	"leads buckets",
	"leads buckets --json",
	"leads show 1",
	"leads show crm-2",
	"leads show 4",
	"leads show 4 --external",
	"leads show +7(916)123-45-03",
	"leads show 1 --json",
	"leads show 99",
	"leads show 89161234501",
	"leads show +7916*",
	"leads show +7916",
	"leads show ''",
	"leads show crm-9",
	"why 1",
	"why crm-2",
	"why +79161234503",
	"why +79990000000",
	"why +79990000000 --json",
	"why crm-9",
	"why 1 --json",
	"leads hold 3 4 99",
	"leads hold 3",
	"leads hold 99",
	"leads hold 98 99",
	"leads hold",
	"leads hold 3 --bucket web",
	"leads hold --bucket ''",
	"leads hold --bucket web",
	"leads hold --bucket nowhere",
	"leads hold --bucket web --yes --json",
	"why 4",
	"leads release --state ready",
	"leads release --state sold",
	"leads release --state held",
	"leads release --state held --yes",
	"leads restart 4",
	"leads restart --state finished --yes",
	"leads move 1 --to wev",
	"leads move 4 --to elsewhere",
	"leads move 4 --to old --yes",
	"why 4",
	"leads buckets",
	"leads move --file ids.txt --to web",
	"leads move --file ids.txt --to web --yes",
	"leads move 1 --to agent/5",
	"leads move 1",
	"leads move +79161234503 --to web",
	"leads move crm-1 --to web",
	"leads move --number +79161234503 --to spring-2026",
	"leads move --number +7916* --to web",
	"leads move --file list.csv --to web",
	"leads move --file nothing.txt --to web",
	"leads move --file missing.txt --to web",
	"leads delete --external crm-2",
	"leads delete --rule busy-soon",
	"leads delete --unfinished --bucket web",
	"leads buckets",
	"leads export --state waiting --bucket spring-2026",
	"campaigns stop spring",
	"why 3",
	"__complete leads move --to ''",
}

// TestLeadCommands goes through them beside a daemon that cannot call anybody.
func TestLeadCommands(t *testing.T) {
	_, sh, _ := supervised(t, "127.0.0.1:1")
	soon := time.Now().AddDate(0, 0, 100).Format(time.DateOnly)
	sh.write("list.csv", `id,phone,phone_kind,phone2,phone2_kind,name,timezone,bucket,next_call,plan
crm-1,+79161234501,mobile,+74951234501,home,Anna Petrova,Asia/Yekaterinburg,web,`+soon+` 10:30,gold
crm-2,+79161234502,,,,Boris,,web,,
4,+79161234503,,,,"Ira ""I"" Ivanova",,web,,
,+79161234504,,,,,,web,,
`)
	sh.write("ids.txt", "\ufeff# by hand\r\n4\r\n\r\n  3 # Ira\r\n77\n")
	sh.write("nothing.txt", "# nobody\n")
	t.Chdir(sh.dir)
	compareGolden(t, filepath.Join(goldenDir, "leads", "commands.golden"), sh.story(leadCommands))
}

// story is what commands print, without what is another each time.
func (s shell) story(commands []string) string {
	var b strings.Builder
	for _, line := range commands {
		var args []string
		for _, arg := range strings.Fields(line) {
			args = append(args, strings.Trim(arg, "'"))
		}
		code, stdout, stderr := s.run(args...)
		text := changing.ReplaceAllStringFunc(stdout+stderr, func(s string) string {
			switch {
			case strings.HasPrefix(s, "(in "):
				return "(in SOME TIME)"
			case strings.HasPrefix(s, "PBX"):
				return "its PBX cannot be reached"
			case s[0] != '2':
				return "ONE DAY"
			}
			return "NOW"
		})
		fmt.Fprintf(&b, "$ dialerd %s\n%s[exit %d]\n\n", line, text, code)
	}
	return b.String()
}

// changing is the times of this day, how long something is off, and why the test's PBX is away.
var changing = regexp.MustCompile(`[A-Z][a-z]{2} 20\d\d-\d\d-\d\d|20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?Z)?|\(in \w+\)|PBX \\?"one\\?" cannot be reached: [^"\n]*`)

// TestEditsOfMany go to the daemon part by part, and to the Dialer in smaller parts.
func TestEditsOfMany(t *testing.T) {
	d, sh, _ := supervised(t, "127.0.0.1:1")
	var list strings.Builder
	list.WriteString("phone\n")
	const leads = 12_000 // more than one request may change
	for i := range leads {
		fmt.Fprintf(&list, "+7916%07d\n", i)
	}
	sh.write("list.csv", list.String())
	if code, _, stderr := sh.run("leads", "import", filepath.Join(sh.dir, "list.csv"), "--bucket", "web"); code != 0 {
		t.Fatal(stderr)
	}
	for _, x := range []struct{ args, want string }{
		{"leads hold --bucket web --yes", "12000 leads put aside\n"},
		{"leads hold --bucket web --yes", "0 leads put aside, 12000 not changed: held already, or finished\n"},
		{"leads move --bucket web --to spring-2026 --yes", "12000 leads moved to spring-2026\n"},
	} {
		if code, stdout, stderr := sh.run(strings.Fields(x.args)...); code != 0 || stdout != x.want {
			t.Fatalf("%s: exit %d, %s%s", x.args, code, stdout, stderr)
		}
	}
	held := 0
	if err := d.read(t.Context(), func(core *dialer.Dialer) { held = core.Status().Campaigns[0].Held }); err != nil || held != leads {
		t.Errorf("%d leads are held in memory, %v", held, err)
	}
	if _, out, _ := sh.run("leads", "export", "--bucket", "spring-2026", "--state", "held"); strings.Count(out, "\n") != leads+1 {
		t.Errorf("%d lines of leads that are held on disk", strings.Count(out, "\n"))
	}
}

// TestLeadsWithoutDaemon: what looks at leads reads the database, what changes them does not.
func TestLeadsWithoutDaemon(t *testing.T) {
	sh := newShell(t)
	sh.write("list.csv", "id,phone,bucket\ncrm-1,+79161234501,web\n2,+79161234502,old\n")
	if code, _, stderr := sh.run("leads", "import", filepath.Join(sh.dir, "list.csv"), "--bucket", "web"); code != 0 {
		t.Fatal(stderr)
	}
	const buckets = `BUCKET       WAITING  HOPPER  DIALING  FINISHED  HELD  NEXT CALL  DRAWN BY
old                1       0        0         0     0          -  NO CAMPAIGN: its leads are not called
spring-2026        0       0        0         0     0          -  spring
web                1       0        0         0     0          -  spring
`
	if code, stdout, stderr := sh.run("leads", "buckets"); code != 0 || stdout != buckets {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	for args, want := range map[string]string{
		"leads show crm-1":        "Lead 1, elsewhere crm-1\n  bucket    web\n  state     waiting, next call: now\n",
		"leads show +79161234502": "Lead 2, elsewhere 2\n  bucket    old\n",
		"leads hold 1":            "dialerd leads hold: dialerd is not running",
	} {
		if _, stdout, stderr := sh.run(strings.Fields(args)...); !strings.HasPrefix(stdout+stderr, want) {
			t.Errorf("%s\n%s%s", args, stdout, stderr)
		}
	}
}

// TestNumberOfManyLeads: an answer tells of some, and how many more there are.
func TestNumberOfManyLeads(t *testing.T) {
	sh := newShell(t)
	var list strings.Builder
	list.WriteString("phone,bucket\n")
	for i := range api.MaxShown + 12 {
		fmt.Fprintf(&list, "+79161234567,b%d\n", i) // in one bucket they would be duplicates
	}
	sh.write("list.csv", list.String())
	if code, _, stderr := sh.run("leads", "import", filepath.Join(sh.dir, "list.csv")); code != 0 {
		t.Fatal(stderr)
	}
	_, stdout, stderr := sh.run("leads", "show", "+79161234567")
	if n := strings.Count(stdout, "\nLead ") + 1; n != api.MaxShown || !strings.HasSuffix(stdout, "\nAnd 12 more leads that have the number: dialerd leads export --number has them all.\n") {
		t.Errorf("%d leads are told of\n%s", n, stderr)
	}
}
