package ami

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dialerd/dialer"
)

// The settings of a queue that dialerd can work with, one per rule; see etc/asterisk/queues_dialerd.conf.
const rightQueue = `autopause=no
penaltymemberslimit=0
ringinuse=no
wrapuptime=10
autofill=yes
timeout=15
retry=1
joinempty=yes
leavewhenempty=no
memberdelay=0
reportholdtime=no
announce-frequency=0
periodic-announce-frequency=0`

// sectionOf reads settings as a file has them.
func sectionOf(text string) (s Section) {
	for _, line := range strings.Split(text, "\n") {
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, ";") {
			s = append(s, Line{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return s
}

// anna is a member as he ought to be.
func anna() MemberSettings {
	return MemberSettings{Member: dialer.Member{Queue: "sales", Name: "Anna", Interface: "PJSIP/101"}}
}

// world is a PBX with one queue, sales, and what dialerd knows of it; nothing in it is wrong.
func world() (*Settings, *dialer.Config) {
	q := dialer.NewQueue()
	q.Name, q.PBX, q.Wrapup = "sales", "main", durationOf("10s")
	second := anna()
	second.Interface = "PJSIP/102"
	return &Settings{User: "dialer", Hears: true, AGI: agiOf, Manager: Section{{"timestampevents", "yes"}},
		Queues: []QueueSettings{{Name: "sales", There: true, Strategy: "rrmemory", Section: sectionOf("strategy=rrmemory\n" + rightQueue), Members: []MemberSettings{anna(), second}}},
	}, &dialer.Config{Queues: []dialer.Queue{q}}
}

func durationOf(text string) (d dialer.Duration) {
	if err := d.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return d
}

const agiOf = "127.0.0.1:4573"

// TestRightSettings: nothing is said of what is right.
func TestRightSettings(t *testing.T) {
	if found := Judge("main", theirs(world()), ours(world()), agiOf); len(found) > 0 {
		t.Errorf("said of what is right: %v", found)
	}
}

func theirs(s *Settings, _ *dialer.Config) *Settings    { return s }
func ours(_ *Settings, c *dialer.Config) *dialer.Config { return c }

// TestQueueRules: what a line of queues.conf is, and that the line that is given mends it. A setting that is not
// set is what Asterisk takes then.
func TestQueueRules(t *testing.T) {
	const unset = "not set"
	tested := map[string]bool{}
	for _, c := range []struct {
		line, level, write string
		with               string // other lines
	}{
		{"autopause=yes", "warning", "autopause = no", ""},
		{"autopause=ALL", "warning", "autopause = no", ""},
		{"autopause=" + unset, "", "", ""},
		{"autopausebusy=yes", "", "", ""},
		{"autopausebusy=yes", "warning", "autopausebusy = no", "autopause=yes"},
		{"autopauseunavail=yes", "warning", "autopauseunavail = no", "autopause=all"},
		{"autopauseunavail=no", "", "", "autopause=all"},
		{"penaltymemberslimit=1", "warning", "penaltymemberslimit = 0", ""},
		{"penaltymemberslimit=2", "fault", "penaltymemberslimit = 0", ""},
		{"ringinuse=yes", "fault", "ringinuse = no", ""},
		{"ringinuse=" + unset, "fault", "ringinuse = no", ""},
		{"wrapuptime=9", "warning", "wrapuptime = 10", ""},
		{"wrapuptime=11", "fault", "wrapuptime = 10", ""},
		{"wrapuptime=" + unset, "warning", "wrapuptime = 10", ""},
		{"autofill=no", "warning", "autofill = yes", ""},
		{"autofill=" + unset, "warning", "autofill = yes", ""},
		{"timeout=0", "warning", "timeout = 15", ""},
		{"timeout=45", "note", "timeout = 15", ""},
		{"timeout=" + unset, "", "", ""},
		{"retry=0", "warning", "retry = 1", ""},
		{"retry=2", "warning", "retry = 1", ""},
		{"retry=" + unset, "warning", "retry = 1", ""},
		{"timeoutpriority=conf", "warning", "timeoutpriority = app", ""},
		{"timeoutpriority=app", "", "", ""},
		{"joinempty=no", "warning", "joinempty = yes", ""},
		{"joinempty=off", "warning", "joinempty = yes", ""},
		{"joinempty=strict", "warning", "joinempty = yes", ""},
		{"joinempty=inuse,wrapup", "warning", "joinempty = yes", ""},
		{"joinempty=" + unset, "", "", ""},
		{"leavewhenempty=yes", "warning", "leavewhenempty = no", ""},
		{"leavewhenempty=loose", "warning", "leavewhenempty = no", ""},
		{"leavewhenempty=" + unset, "", "", ""},
		{"memberdelay=2", "warning", "memberdelay = 0", ""},
		{"reportholdtime=yes", "warning", "reportholdtime = no", ""},
		{"announce=hello", "warning", ";announce = hello", ""},
		{"queue-callerannounce=hello", "warning", ";queue-callerannounce = hello", ""},
		{"announce-frequency=30", "note", "announce-frequency = 0", ""},
		{"periodic-announce-frequency=60", "note", "periodic-announce-frequency = 0", ""},
		{"announce-to-first-user=yes", "warning", "announce-to-first-user = no", ""},
		{"defaultrule=slow", "warning", ";defaultrule = slow", ""},
	} {
		name, value, _ := strings.Cut(c.line, "=")
		tested[name] = true
		lines := linesWithout(rightQueue, name) + "\n" + c.with
		bad := lines + "\n" + c.line
		if value == unset {
			bad = lines
		}
		f, is := judged(bad, name)
		if !is && c.level != "" || is && (f.Level.String() != c.level || f.Write != c.write || f.Where != "queues.conf [sales]") {
			t.Errorf("%s (with %q): %+v, want %s and %q", c.line, c.with, f, c.level, c.write)
		}
		if f.Effect != "" && strings.Contains(fmt.Sprint(f), "%!") {
			t.Errorf("%s: %s", c.line, f)
		}
		if f, is := judged(lines+"\n"+c.write, name); is && c.write != "" {
			t.Errorf("%s: after it was mended by %q: %+v", c.line, c.write, f)
		}
	}
	for _, r := range queueRules {
		if !tested[r.setting] {
			t.Errorf("no line tries %s", r.setting)
		}
	}
}

// judged is what is said of a setting when sales has these lines.
func judged(lines, name string) (Finding, bool) {
	s, c := world()
	s.Queues[0].Section = sectionOf("strategy=rrmemory\n" + lines)
	all := Judge("main", s, c, agiOf)
	i := slices.IndexFunc(all, func(f Finding) bool { return f.Setting == name })
	if i < 0 {
		return Finding{}, false
	}
	return all[i], true
}

func linesWithout(lines, name string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(lines, "\n"), func(l string) bool { return strings.HasPrefix(l, name+"=") }), "\n")
}

// TestFindings: all else that is looked at, each time one thing away from what is right.
func TestFindings(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Settings, *dialer.Config)
		want   string // setting = value: level: where: write
	}{
		{"wrandom", func(s *Settings, _ *dialer.Config) { loaded(s, "strategy=wrandom", "wrandom") }, "strategy = wrandom: fault: queues.conf [sales]: strategy = rrmemory"},
		{"ringall", func(s *Settings, _ *dialer.Config) { loaded(s, "", "ringall") }, "strategy = ringall: warning: queues.conf [sales]: strategy = rrmemory"},
		{"linear", func(s *Settings, _ *dialer.Config) { loaded(s, "strategy=linear", "linear") }, "strategy = linear: note: queues.conf [sales]: strategy = rrmemory"},
		{"of a template and an own strategy the first counts", func(s *Settings, _ *dialer.Config) {
			loaded(s, "strategy=ringall\nstrategy=rrmemory", "ringall")
		}, "strategy = ringall: warning: queues.conf [sales]: strategy = rrmemory   ; of the 2 lines that it gets, from templates too, the first counts: change that one"},
		{"a file that is not loaded", func(s *Settings, _ *dialer.Config) { loaded(s, "strategy=random\nweight=0", "rrmemory") }, "strategy = rrmemory: warning: asterisk -rx: 'queue reload all'"},
		{"a strategy of a later Asterisk", func(s *Settings, _ *dialer.Config) { loaded(s, "strategy=newest", "leastrecent") }, ""},
		{"weight", func(s *Settings, _ *dialer.Config) {
			loaded(s, "strategy=rrmemory\nweight=5", "rrmemory")
			s.Queues[0].Weight = 5
		}, "weight = 5: note: queues.conf [sales]: weight = 0"},
		{"weight, shared", func(s *Settings, _ *dialer.Config) {
			loaded(s, "strategy=rrmemory\nweight=5", "rrmemory")
			s.Queues[0].Weight = 5
			s.Queues = append(s.Queues, QueueSettings{Name: "inbound", There: true, Members: []MemberSettings{anna()}})
			s.General = Section{{"shared_lastcall", "yes"}}
		}, "weight = 5: warning: queues.conf [sales]: weight = 0"},
		{"maxlen", func(s *Settings, _ *dialer.Config) { s.Queues[0].Max = 3 }, "maxlen = 3: warning: queues.conf [sales]: maxlen = 0"},
		{"autofill for all queues", func(s *Settings, _ *dialer.Config) {
			s.General = Section{{"autofill", "yes"}}
			s.Queues[0].Section = sectionOf("strategy=rrmemory\n" + linesWithout(rightQueue, "autofill"))
		}, ""},
		{"a queue that is not in the file", func(s *Settings, _ *dialer.Config) { s.Queues[0].Section = nil }, "queues.conf = not in it: note: : "},
		{"a file that is not shown", func(s *Settings, _ *dialer.Config) { s.Queues[0].Section, s.Unread = nil, "Config file not found" }, "queues.conf = not shown: note: : "},
		{"no such queue", func(s *Settings, _ *dialer.Config) { s.Queues[0] = QueueSettings{Name: "sales"} }, "name = sales: fault: queues.conf, then its settings below, as in queues_dialerd.conf: [sales]"},
		{"a queue that is spelt otherwise", func(s *Settings, _ *dialer.Config) {
			s.Queues[0].Name = "Sales"
			s.Queues = append(s.Queues, QueueSettings{Name: "sales"})
		}, `name = sales: fault: queues.toml: name = "Sales"`},
		{"a queue of another PBX", func(s *Settings, c *dialer.Config) { s.Queues[0].Max, c.Queues[0].PBX = 3, "other" }, ""},

		{"wrap-up by pause, and by the queue too", func(_ *Settings, c *dialer.Config) { c.Queues[0].WrapupBy = dialer.WrapupByPause }, "wrapuptime = 10: warning: queues.conf [sales]: wrapuptime = 0"},
		{"wrap-up by pause, and longer by the queue", func(_ *Settings, c *dialer.Config) {
			c.Queues[0].WrapupBy, c.Queues[0].Wrapup = dialer.WrapupByPause, durationOf("5s")
		}, "wrapuptime = 10: fault: queues.conf [sales]: wrapuptime = 0"},
		{"a wrap-up of no whole second", func(_ *Settings, c *dialer.Config) { c.Queues[0].Wrapup = durationOf("9500ms") }, `wrapuptime = 10: fault: queues.toml, since app_queue knows whole seconds only: wrapup = "10s"`},
		{"a wrap-up that another queue does not heed", func(s *Settings, _ *dialer.Config) {
			s.Queues = append(s.Queues, QueueSettings{Name: "inbound", There: true, Members: []MemberSettings{anna()}})
		}, "shared_lastcall = no (not set): warning: queues.conf [general]: shared_lastcall = yes"},
		{"a wrap-up of his own", func(s *Settings, _ *dialer.Config) { s.Queues[0].Members[0].Wrapup = 3 }, "wrapuptime of PJSIP/101 = 3: warning: queues.conf [sales]: his member line without its sixth field"},

		{"who is rung while he talks", func(s *Settings, _ *dialer.Config) { s.Queues[0].Members[0].RingInUse = true }, "ringinuse of PJSIP/101 = yes: fault: asterisk -rx: 'queue set ringinuse no on PJSIP/101 in sales'"},
		{"a penalty of dialerd's", func(s *Settings, _ *dialer.Config) { punished(s, 1005, "PJSIP/101,5,Anna") }, ""},
		{"a penalty of queues.conf", func(s *Settings, _ *dialer.Config) { punished(s, 1500, "PJSIP/101,1500,Anna") }, "penalty of PJSIP/101 = 1500: fault: queues.conf [sales]: member => PJSIP/101,999,Anna"},
		{"a penalty of queues.conf that dialerd has taken back", func(s *Settings, _ *dialer.Config) { punished(s, 500, "PJSIP/101,1500,Anna") }, "penalty of PJSIP/101 = 1500: fault: queues.conf [sales]: member => PJSIP/101,999,Anna"},
		{"a penalty of somebody's", func(s *Settings, _ *dialer.Config) { punished(s, 1500, "") }, "penalty of PJSIP/101 = 1500: note: : "},
		{"a penalty that is not dialerd's", func(s *Settings, _ *dialer.Config) { punished(s, 2000, "") }, "penalty of PJSIP/101 = 2000: fault: asterisk -rx: 'queue set penalty 0 on PJSIP/101 in sales'"},
		{"Local without /n that was added", func(s *Settings, _ *dialer.Config) { s.Queues[0].Members[0].Interface = "Local/101@operators" }, `member = Local/101@operators: fault: agents.toml, or whatever else has added him: interface = "Local/101@operators/n"`},
		{"Local without /n", func(s *Settings, _ *dialer.Config) {
			s.Queues[0].Members[0].Interface, s.Queues[0].Members[0].Static = "Local/101@operators", true
		}, "member = Local/101@operators: fault: queues.conf [sales]: member => Local/101@operators/n,0,Anna,PJSIP/101   ; the fourth is his telephone"},
		{"Local without /n, with his telephone", func(s *Settings, _ *dialer.Config) {
			s.Queues[0].Members[0].Interface, s.Queues[0].Members[0].Device = "Local/101@operators", "PJSIP/101"
		}, ""},
		{"Local with /n", func(s *Settings, _ *dialer.Config) { s.Queues[0].Members[0].Interface = "Local/101@operators/nj" }, ""},
		{"operators who are not there", func(_ *Settings, c *dialer.Config) {
			c.Agents = []dialer.AgentConfig{{ID: "anna", Interface: "PJSIP/101", Queues: []string{"sales"}}, {ID: "boris", Interface: "PJSIP/7", Queues: []string{"sales"}}, {ID: "vera"}}
		}, "operators = boris: note: : "},
		{"members that two make", func(s *Settings, c *dialer.Config) {
			c.Agents = []dialer.AgentConfig{{ID: "anna", Interface: "PJSIP/101", Queues: []string{"sales"}}}
			s.General = Section{{"persistentmembers", "yes"}}
		}, "persistentmembers = yes: note: queues.conf [general]: persistentmembers = no"},
		{"the longest wait of all queues", func(s *Settings, _ *dialer.Config) {
			s.General = Section{{"force_longest_waiting_caller", "yes"}}
		}, "force_longest_waiting_caller = yes: note: queues.conf [general]: force_longest_waiting_caller = no"},

		{"rights", func(s *Settings, _ *dialer.Config) { s.Denied = []string{"Originate"} }, "write = without originate: fault: manager.conf [dialer], then asterisk -rx 'manager reload': write = " + write},
		{"no right to look", func(s *Settings, _ *dialer.Config) {
			s.Denied, s.Unread, s.Queues[0].Section = []string{"Filter", "GetConfig"}, "Permission denied", nil
		}, "write = without system: warning: manager.conf [dialer], then asterisk -rx 'manager reload': write = " + write},
		{"nothing is heard", func(s *Settings, _ *dialer.Config) { s.Hears = false }, "read = without system: fault: manager.conf [dialer], then asterisk -rx 'manager reload': read = system,call,agent,user"},
		{"no times", func(s *Settings, _ *dialer.Config) { s.Manager = Section{} }, "timestampevents = no (not set): warning: manager.conf [general], then asterisk -rx 'manager reload': timestampevents = yes"},
		{"manager.conf is not shown", func(s *Settings, _ *dialer.Config) { s.Manager = nil }, ""},
		{"no context", func(s *Settings, _ *dialer.Config) { s.Missing = []string{"dialerd-queue"} }, "context = dialerd-queue: fault: extensions.conf, then asterisk -rx 'dialplan reload': #include extensions_dialerd.conf"},
		{"where the dialplan asks is not shown", func(s *Settings, _ *dialer.Config) { s.AGI = "" }, ""},
		{"the dialplan asks elsewhere", func(s *Settings, _ *dialer.Config) { s.AGI = "10.0.0.5:9999" }, "DIALERD_AGI = 10.0.0.5:9999: warning: extensions.conf [globals], then asterisk -rx 'dialplan reload': DIALERD_AGI=10.0.0.5:4573"},
	} {
		s, config := world()
		c.change(s, config)
		var got []string
		for _, f := range Judge("main", s, config, agiOf) {
			got = append(got, fmt.Sprintf("%s = %s: %s: %s: %s", f.Setting, f.Value, f.Level, f.Where, f.Write))
			if f.Effect == "" || f.PBX != "main" {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: it says\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), c.want)
		}
	}
}

// loaded sets the strategy that Asterisk goes by, and lines of the file.
func loaded(s *Settings, lines, strategy string) {
	s.Queues[0].Section, s.Queues[0].Strategy = sectionOf(lines+"\n"+rightQueue), strategy
}

// punished gives anna a penalty, and a line in the file unless it is empty.
func punished(s *Settings, penalty int, line string) {
	s.Queues[0].Members[0].Penalty = penalty
	if line != "" {
		s.Queues[0].Section = append(s.Queues[0].Section, Line{"member", line})
	}
}

// TestOverflown: what app_queue makes of penalties, as it was measured.
func TestOverflown(t *testing.T) {
	for penalty, want := range map[int]string{2148: "before everybody", 3000: "before everybody", 11000: "before everybody", 10000: "counts as 1410"} {
		if got := overflown(penalty); !strings.Contains(got, want) {
			t.Errorf("%d: %s, want %s", penalty, got, want)
		}
	}
}
