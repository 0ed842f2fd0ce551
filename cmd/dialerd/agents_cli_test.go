package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

// atNoon is noon in Moscow.
var atNoon = timepiece{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), here: time.FixedZone("MSK", 3*60*60)}

func before(d time.Duration) time.Time { return atNoon.now.Add(-d) }

func TestAgentsTable(t *testing.T) {
	free := dialer.DeviceNotInUse
	agents := []api.Agent{
		{ID: "anna", Name: "Анна", Interface: "PJSIP/101", State: "ready", Code: dialer.CodeWorking, LoggedIn: before(3 * time.Hour), Queues: []api.Membership{{Queue: "sales", Device: free}}},
		{ID: "102", Name: "Mallory \x1b[2J", Interface: "PJSIP/102", State: "paused", Code: dialer.CodePaused, Reason: "lunch", By: dialer.ByAgent, Since: before(12 * time.Minute), Until: before(-33 * time.Minute),
			LoggedIn: before(20 * time.Hour), Queues: []api.Membership{{Queue: "debts", Paused: true, Reason: "lunch", Device: free, Penalty: 3}, {Queue: "sales", Paused: true, Reason: "lunch", Device: dialer.DeviceUnavailable}}},
		{ID: "103", State: "paused", Code: dialer.CodePaused, Reason: "training", By: dialer.BySupervisor, Since: before(time.Hour), Until: before(13 * time.Minute), Over: true, Queues: []api.Membership{{Queue: "sales", Paused: true, Reason: "training", Device: free}}},
		{ID: "104", State: "talking", Code: dialer.CodePausing, Reason: "lunch", By: dialer.ByAgent, Since: before(time.Second), AfterCall: true, Queues: []api.Membership{{Queue: "sales", Device: dialer.DeviceInUse}}},
		{ID: "105", State: "pausing", Code: dialer.CodePausing, Reason: "lunch", By: dialer.ByAgent, Since: before(time.Second), Until: before(-27 * time.Second), Queues: []api.Membership{{Queue: "sales", Device: free, Penalty: 1000}}},
		{ID: "106", State: "reserved", Code: dialer.CodeCallback, Reason: "callback", By: dialer.ByDialer, Lead: 7, Until: before(-90 * time.Second), Queues: []api.Membership{{Queue: "sales", Device: free, Paused: true, Reason: "callback"}}},
		{ID: "107", State: "ready", Code: dialer.CodeWorking, Reason: "foo", Queues: []api.Membership{{Queue: "debts", Paused: true, Device: free}, {Queue: "sales", Device: free}}},
		{ID: "109", State: "ready", Code: dialer.CodeWorking, Reason: "coffee", Queues: []api.Membership{{Queue: "sales", Device: free}, {Queue: "support", Paused: true, Reason: "coffee", Penalty: 5, Device: free}}},
		{ID: "108", State: "paused", Code: dialer.CodePaused, Reason: "Auto-Pause", By: dialer.ByAsterisk, Over: true, Queues: []api.Membership{{Queue: "sales", Paused: true, Reason: "Auto-Pause", Device: free}}},
	}
	var b strings.Builder
	if err := agentTable(agents, atNoon).print(&b, false); err != nil {
		t.Fatal(err)
	}
	const want = `
OPERATOR  NAME          STATE            WHY                    SINCE  LEFT      LOGIN        INTERFACE  QUEUES
anna      Анна          ready            -                      -      -         09:00        PJSIP/101  sales
102       Mallory �[2J  paused           lunch                  12m    33m       11-22 16:00  PJSIP/102  debts (penalty 3), sales (unavailable)
103                     paused           training (supervisor)  1h     OVER 13m  -                       sales
104                     talking, leaves  lunch                  1s     -         -                       sales (in-use)
105                     pausing          lunch                  1s     27s       -                       sales (penalty 1000)
106                     reserved         callback, lead 7       -      1m30s     -                       sales
107                     ready            foo                    -      -         -                       debts (paused), sales
109                     ready            coffee                 -      -         -                       sales, support (paused: coffee, penalty 5)
108                     paused           Auto-Pause (asterisk)  -      OVER      -                       sales
`
	if "\n"+b.String() != want {
		t.Errorf("got:\n%s\nwant:%s", b.String(), want)
	}
}

// What is told of one operator is a sentence that a shift leader understands.
func TestAgentSentence(t *testing.T) {
	for _, x := range []struct {
		s    api.Standing
		want string
	}{
		{api.Standing{Agent: "anna", Name: "Anna Petrova", Code: dialer.CodeWorking}, "anna (Anna Petrova) works."},
		{api.Standing{Agent: "anna", Name: "anna", Code: dialer.CodeAwaiting}, "anna works in a moment."},
		{api.Standing{Agent: "anna", Code: dialer.CodeCallback, Lead: 7, Until: before(-28 * time.Second), LeftSeconds: 28, AfterCall: true}, "anna is kept free for lead 7 after the call that he has, until 12:00 (in 28s)."},
		{api.Standing{Agent: "anna", Code: dialer.CodePausing, Reason: "lunch", By: dialer.ByAgent, Until: before(-27 * time.Second), LeftSeconds: 27}, "anna will be paused as soon as no call counts on him any more, at the latest 12:00 (in 27s): lunch."},
		{api.Standing{Agent: "anna", Code: dialer.CodePausing, Reason: "training", By: dialer.BySupervisor, AfterCall: true}, "anna will be paused after the call that he has: training, by a supervisor."},
		{api.Standing{Agent: "anna", Code: dialer.CodePausing}, "anna logs out as soon as no call counts on him any more."},
		{api.Standing{Agent: "anna", Code: dialer.CodePaused, Reason: "lunch", By: dialer.ByAgent, Since: before(12 * time.Minute), Until: before(-33 * time.Minute), LeftSeconds: 33 * 60}, "anna is paused since 11:48 (12m), until 12:33 (in 33m): lunch."},
		{api.Standing{Agent: "anna", Code: dialer.CodePaused, Reason: "lunch", By: dialer.ByAgent, Since: before(25 * time.Hour), Until: before(3 * time.Minute), LeftSeconds: -180}, "anna is paused since 11-22 11:00 (1d1h), OVER its limit by 3m: lunch."},
		{api.Standing{Agent: "anna", Code: dialer.CodePaused, By: dialer.ByForeign}, "anna is paused: no reason given, by somebody else at Asterisk."},
		{api.Standing{Agent: "anna", Code: dialer.CodeOffline, Reason: "training", By: dialer.BySupervisor}, "anna is offline, and paused when he comes: training, by a supervisor."},
		{api.Standing{Agent: "anna", Code: dialer.CodeOffline}, "anna is offline: he is in no queue, or his telephone cannot be reached."},
	} {
		if got := sentence(x.s, atNoon); got != x.want {
			t.Errorf("got  %s\nwant %s", got, x.want)
		}
	}
}

// wished is a daemon that notes what is wanted of operators, and answers with the code that is the operator's name.
func wished(asked *[]dialer.Question) api.Daemon {
	d := someDaemon()
	d.Agents = api.Agents{
		Ask: func(_ context.Context, q dialer.Question) (api.AgentAnswer, error) {
			*asked = append(*asked, q)
			a := api.AgentAnswer{Stored: true}
			code, reason, _ := strings.Cut(q.Agent, "/")
			a.Agent, a.Reason, a.Stored = q.Agent, reason, code != "working"
			if err := a.Code.UnmarshalText([]byte(code)); err != nil {
				return a, api.Errorf(http.StatusNotFound, "there is no operator %q", q.Agent)
			}
			return a, nil
		},
		Reasons: func() []dialer.PauseReason {
			return []dialer.PauseReason{{Code: "lunch", Name: "Lunch", Limit: dialer.Duration(45 * time.Minute), Self: true}, {Code: "training", Paid: true}, {Code: "break", Paid: true, Self: true}}
		},
		Pauses: func(_ context.Context, f store.PauseFilter, each func(dialer.PauseEnded) error) error {
			end := f.Since.Add(time.Hour)
			return each(dialer.PauseEnded{Agent: "anna", Reason: "lunch", By: dialer.ByAgent, Began: f.Since, Ended: end, Over: true})
		},
	}
	d.Status = func(context.Context) (api.Status, error) {
		paused := api.Agent{ID: "101", Code: dialer.CodePaused, Reason: "break", By: dialer.BySupervisor, Since: time.Now().Add(-10 * time.Second)}
		foreign, leaving := paused, paused
		foreign.By, leaving.Code = dialer.ByForeign, dialer.CodePausing
		return api.Status{Agents: []api.Agent{paused, foreign, leaving, paused}}, nil
	}
	return d
}

// A command ends with 0 when, and only when, what was wanted is so.
func TestWantOfAgentCommands(t *testing.T) {
	var asked []dialer.Question
	s := newShell(t)
	s.serve(wished(&asked))
	for _, x := range []struct {
		args   string
		is     dialer.Question
		code   int
		stdout string
		stderr string
	}{
		{"pause paused/lunch lunch", dialer.Question{What: dialer.QuestionPause, Agent: "paused/lunch", Reason: "lunch"}, 0, "is paused: lunch.", ""},
		{"pause offline", dialer.Question{What: dialer.QuestionPause, Agent: "offline"}, 1, "is offline:", "he is not paused"},
		{"pause offline/training training --supervisor", dialer.Question{What: dialer.QuestionPause, Agent: "offline/training", Reason: "training", Supervisor: true}, 0, "paused when he comes", ""},
		{"pause anybody", dialer.Question{What: dialer.QuestionPause, Agent: "anybody"}, 1, "", `there is no operator "anybody"`},
		{"work working", dialer.Question{What: dialer.QuestionWork, Agent: "working"}, 0, "working works. This is in force, but not on disk yet", ""},
		{"work awaiting --supervisor", dialer.Question{What: dialer.QuestionWork, Agent: "awaiting", Supervisor: true}, 0, "works in a moment", ""},
		{"work paused/training", dialer.Question{What: dialer.QuestionWork, Agent: "paused/training"}, 1, "is paused: training", "--supervisor ends every pause"},
		{"work paused/training --supervisor", dialer.Question{What: dialer.QuestionWork, Agent: "paused/training", Supervisor: true}, 1, "is paused: training", "whether his PBX can be reached"},
		{"work offline", dialer.Question{What: dialer.QuestionWork, Agent: "offline"}, 0, "is offline", ""},
		{"work offline --supervisor", dialer.Question{What: dialer.QuestionWork, Agent: "offline", Supervisor: true}, 0, "is offline", ""},
		{"work offline/training", dialer.Question{What: dialer.QuestionWork, Agent: "offline/training"}, 1, "paused when he comes: training", "--supervisor ends every pause"},
		{"work callback", dialer.Question{What: dialer.QuestionWork, Agent: "callback"}, 1, "is kept free for lead", "dialerd agents release callback ends that he is kept free"},
		{"release working", dialer.Question{What: dialer.QuestionRelease, Agent: "working"}, 0, "working works.", ""},
		{"release anybody", dialer.Question{What: dialer.QuestionRelease, Agent: "anybody"}, 1, "", `there is no operator "anybody"`},
		{"login awaiting --interface PJSIP/205", dialer.Question{What: dialer.QuestionLogin, Agent: "awaiting", Interface: "PJSIP/205"}, 0, "works in a moment", ""},
		{"logout offline", dialer.Question{What: dialer.QuestionLogout, Agent: "offline"}, 0, "is offline", ""},
		{"status paused/lunch", dialer.Question{What: dialer.QuestionStatus, Agent: "paused/lunch"}, 0, "is paused: lunch.", ""},
		{"status anybody", dialer.Question{What: dialer.QuestionStatus, Agent: "anybody"}, 1, "", `there is no operator "anybody"`},
	} {
		asked = nil
		code, stdout, stderr := s.run(append([]string{"agents"}, strings.Fields(x.args)...)...)
		if code != x.code || !strings.Contains(stdout, x.stdout) || !strings.Contains(stderr, x.stderr) || (stderr == "") != (x.code == 0) {
			t.Errorf("agents %s: exit %d, stdout %q, stderr %q", x.args, code, stdout, stderr)
		}
		if len(asked) != 1 || asked[0] != x.is {
			t.Errorf("agents %s: asked for %+v", x.args, asked)
		}
	}
	_, stdout, _ := s.run("agents", "pause", "paused/lunch", "lunch", "--json")
	var a api.AgentAnswer
	if err := json.Unmarshal([]byte(stdout), &a); err != nil || a.Code != dialer.CodePaused || a.Reason != "lunch" || !a.Stored {
		t.Errorf("--json: %s: %v", stdout, err)
	}
}

func TestAgentsReasons(t *testing.T) {
	var asked []dialer.Question
	s := newShell(t)
	s.serve(wished(&asked))
	_, got, _ := s.run("agents", "reasons")
	const want = `
REASON    NAME   LIMIT  PAID  GIVEN BY    DIALED
lunch     Lunch  45m    no    operator    1
training         -      yes   supervisor  -
break            -      yes   operator         2
`
	if strings.ReplaceAll("\n"+got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got:\n%s\nwant:%s", got, want)
	}
}

// Pauses that are over and those that go on, each once; what somebody else has paused is not among them.
func TestAgentsPauses(t *testing.T) {
	var asked []dialer.Question
	s := newShell(t)
	s.serve(wished(&asked))
	code, got, stderr := s.run("agents", "pauses", "--json", "--since", "2h")
	var report pauseReport
	if err := json.Unmarshal([]byte(got), &report); err != nil || code != 0 || len(report.Pauses) != 2 || len(report.Sums) != 2 {
		t.Fatalf("exit %d: %s%s: %v", code, got, stderr, err)
	}
	over, on := report.Pauses[0], report.Pauses[1]
	if over.Agent != "anna" || over.Ended.Sub(over.Began) != time.Hour || !over.Over || time.Since(over.Began).Round(time.Minute) != 2*time.Hour {
		t.Errorf("one that is over: %+v", over)
	}
	if on.Agent != "101" || !on.Ended.IsZero() || !on.Paid || on.By != dialer.BySupervisor {
		t.Errorf("one that goes on: %+v", on)
	}
	if x := report.Sums[1]; x != (pauseSum{Agent: "anna", Reason: "lunch", Pauses: 1, Seconds: 3600, Over: 1}) {
		t.Errorf("a sum: %+v", x)
	}
	if x := report.Sums[0]; x.Seconds < 10 || x.Paid != x.Seconds {
		t.Errorf("the sum of one that goes on: %+v", x)
	}
	if _, got, stderr = s.run("agents", "pauses", "--agent", "101"); stderr != "" || !strings.Contains(got, "supervisor") || !strings.Contains(got, "OPERATOR  REASON  PAUSES") {
		t.Errorf("as tables:\n%s", got)
	}
}

// An operator may be named by his telephone; one whom the daemon does not know is known by his pauses, and else refused.
func TestPausesOfAnOperator(t *testing.T) {
	d := wished(new([]dialer.Question))
	d.Agents.Ask = func(_ context.Context, q dialer.Question) (api.AgentAnswer, error) {
		a := api.AgentAnswer{Standing: api.Standing{Agent: "anna", Code: dialer.CodeWorking}}
		if q.Agent != "PJSIP/101" {
			return a, api.Errorf(http.StatusNotFound, "there is no operator %q", q.Agent)
		}
		return a, nil
	}
	d.Agents.Pauses = func(_ context.Context, f store.PauseFilter, each func(dialer.PauseEnded) error) error {
		if f.Agent == "bors" || f.Agent == "gone" && !f.Since.IsZero() { // he had his long ago
			return nil
		}
		return each(dialer.PauseEnded{Agent: f.Agent, Reason: "lunch", By: dialer.ByAgent, Began: time.Now(), Ended: time.Now()})
	}
	s := newShell(t)
	s.serve(d)
	for name, want := range map[string]struct {
		code int
		says string
	}{"PJSIP/101": {0, "anna      lunch"}, "gone": {0, "No pause since"}, "bors": {1, `there is no operator "bors"`}} {
		s.want("agents pauses --agent "+name, want.code, want.says)
	}
}

// Sums are by operator and reason, in their order.
func TestSumPauses(t *testing.T) {
	p := func(agent, reason string, minutes int, paid, over bool) shownPause {
		end := before(time.Hour)
		return shownPause{dialer.PauseEnded{Agent: agent, Reason: reason, Began: end.Add(-time.Duration(minutes) * time.Minute), Paid: paid, Over: over}, end}
	}
	goesOn := p("anna", "break", 0, true, false)
	goesOn.Ended = time.Time{}
	got := sumPauses([]shownPause{p("boris", "lunch", 30, false, true), p("anna", "lunch", 20, false, false), p("anna", "lunch", 40, true, true), goesOn}, atNoon.now)
	want := []pauseSum{{"anna", "break", 1, 3600, 3600, 0}, {"anna", "lunch", 2, 3600, 2400, 1}, {"boris", "lunch", 1, 1800, 0, 1}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// Without a daemon the database tells of the pauses that are over.
func TestPausesOfTheDatabase(t *testing.T) {
	s := newShell(t)
	db, err := store.Open(filepath.Join(s.dir, "dialerd.db"))
	if err != nil {
		t.Fatal(err)
	}
	p := dialer.PauseEnded{Agent: "anna", Reason: "lunch", By: dialer.ByAgent, Began: time.Now().Add(-time.Minute), Ended: time.Now()}
	old := p
	old.Reason, old.Began, old.Ended = "break", p.Began.AddDate(0, 0, -3), p.Ended.AddDate(0, 0, -3)
	rows := []dialer.Record{{Seq: 1, Row: dialer.PauseKept{Pause: old}}, {Seq: 2, Row: dialer.PauseKept{Pause: p}}}
	if err := db.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for _, x := range []struct {
		args []string
		want int
	}{{nil, 1}, {[]string{"--since", "7d"}, 2}, {[]string{"--since", "7d", "--agent", "boris"}, 0}, {[]string{"--since", time.Now().AddDate(0, 0, -4).Format(time.DateOnly)}, 2}} {
		code, out, stderr := s.run(append([]string{"agents", "pauses", "--json"}, x.args...)...)
		var report pauseReport
		if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 || len(report.Pauses) != x.want {
			t.Errorf("%v: exit %d, %s%s: %v, want %d pauses", x.args, code, out, stderr, err, x.want)
		}
	}
	_, out, stderr := s.run("agents", "pauses", "--agent", "boris")
	if !strings.HasPrefix(out, "No pause since ") || stderr != "dialerd is not running: from its database, dialerd.db, without the pauses that go on\n" {
		t.Errorf("none: %q, %q", out, stderr)
	}
}
