package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dialerd/ami/amisim"
	"dialerd/api"
	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
	"dialerd/store"
)

// team is a daemon and its operators on a simulated Asterisk, that outlives it.
type team struct {
	t   *testing.T
	dir string
	sim *amisim.Server
	*started
	api *api.Client
}

const teamAgents = `
[[agent]]
id = "anna"
name = "Anna Petrova"
interface = "PJSIP/101"
queues = ["sales", "support"]
[[agent]]
id = "boris"
interface = "PJSIP/102"
queues = ["sales"]
`

// newTeam has Boris at work in sales, and nobody else; Anna's telephones are PJSIP/101 and PJSIP/205.
func newTeam(t *testing.T) *team {
	t.Helper()
	dir, err := os.MkdirTemp("", "team") // a socket's path may have 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	world := pbx.Config{Queues: []pbx.Queue{{Name: "sales"}, {Name: "support"}}}
	for iface, name := range map[string]string{"PJSIP/101": "Anna", "PJSIP/102": "Boris", "PJSIP/205": "Anna"} {
		world.Operators = append(world.Operators, pbx.Operator{Name: name, Interface: iface, Guided: true})
	}
	sim, err := amisim.New(amisim.Config{World: world, Instance: "b", User: "u", Secret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	address, err := sim.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx, "127.0.0.1:1") }() // nobody is called
	tm := &team{t: t, dir: dir, sim: sim}
	t.Cleanup(func() {
		tm.leave()
		cancel()
		if err := errors.Join(<-ended, os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	tm.write(configMain, fmt.Sprintf("instance = \"b\"\n[[pbx]]\nname = \"main\"\naddress = %q\nuser = \"u\"\nsecret = \"s\"\n[agi]\nlisten = \"127.0.0.1:0\"\n[api]\nsocket = \"sock\"\n[store]\npath = \"db\"\n", address))
	tm.write(configQueues, "[[queue]]\nname = \"sales\"\n[[queue]]\nname = \"support\"\n")
	tm.write(configPauses, "[[pause]]\ncode = \"lunch\"\nlimit = \"45m\"\nself = true\n[[pause]]\ncode = \"training\"\n")
	tm.write(configAgents, teamAgents)
	tm.look(func(w *pbx.World) { err = w.Join(pbx.Joining{Queue: "sales", Interface: "PJSIP/102"}) })
	if err != nil {
		t.Fatal(err)
	}
	tm.come()
	return tm
}

func (tm *team) write(name, text string) {
	tm.t.Helper()
	if err := os.WriteFile(filepath.Join(tm.dir, name), []byte(text), 0o600); err != nil {
		tm.t.Fatal(err)
	}
}

// come starts the daemon, and waits until it knows Boris.
func (tm *team) come() {
	tm.t.Helper()
	tm.started = startDaemon(tm.t, tm.dir)
	tm.api = api.NewClient(tm.d.settings.API.Socket)
	tm.until("boris", func(s api.Standing) bool { return s.Code != dialer.CodeOffline })
}

// leave ends the daemon.
func (tm *team) leave() {
	if tm.started == nil {
		return
	}
	tm.api.Close()
	tm.end()
	tm.started = nil
}

func (tm *team) look(what func(*pbx.World)) {
	tm.t.Helper()
	if err := tm.sim.Look(tm.t.Context(), what); err != nil {
		tm.t.Fatal(err)
	}
}

// members is who is in the queues, as Asterisk has it: sales PJSIP/102 lunch, support PJSIP/101.
func (tm *team) members() string {
	tm.t.Helper()
	var all []string
	tm.look(func(w *pbx.World) {
		members, _ := w.State()
		for _, m := range members {
			all = append(all, strings.TrimSpace(fmt.Sprint(m.Queue, " ", m.Interface, " ", m.Reason)))
		}
	})
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func (tm *team) untilMembers(want string) {
	tm.t.Helper()
	waitFor(tm.t, time.Minute, "the members are "+want, func() bool { return tm.members() == want }, tm.members)
}

func (tm *team) standing(agent string) api.Standing {
	tm.t.Helper()
	s, err := tm.api.Agent(tm.t.Context(), agent)
	if err != nil {
		tm.t.Fatal(err)
	}
	return s
}

func (tm *team) until(agent string, so func(api.Standing) bool) {
	tm.t.Helper()
	waitFor(tm.t, time.Minute, agent+" stands otherwise", func() bool { return so(tm.standing(agent)) }, func() string { return fmt.Sprintf("%+v", tm.standing(agent)) })
}

// want wants something of an operator; it has to be on disk.
func (tm *team) want(agent string, want api.AgentRequest, code dialer.AgentCode) api.AgentAnswer {
	tm.t.Helper()
	a, err := tm.api.WantOfAgent(tm.t.Context(), agent, want)
	if err != nil || a.Code != code || !a.Stored {
		tm.t.Fatalf("%T of %s: %+v, %v, want %s", want, agent, a, err, code)
	}
	return a
}

// A pause is set in Asterisk, is there after a restart of the daemon as it was before, and is kept when it is over.
func TestPauseOverARestart(t *testing.T) {
	tm := newTeam(t)
	asked := time.Now()
	tm.want("PJSIP/102", api.AgentPause{Reason: "lunch"}, dialer.CodePaused)
	tm.untilMembers("sales PJSIP/102 lunch")
	before := tm.standing("boris")
	if before.Agent != "boris" || before.By != dialer.ByAgent || before.Reason != "lunch" || before.Since.Sub(asked).Abs() > time.Minute || before.Until.Sub(before.Since) != 45*time.Minute {
		t.Errorf("he stands %+v", before)
	}
	tm.leave()
	tm.untilMembers("sales PJSIP/102 lunch")
	tm.come()
	tm.until("boris", func(s api.Standing) bool { return s.Code == dialer.CodePaused })
	if after := tm.standing("boris"); !after.Since.Equal(before.Since.Truncate(time.Microsecond)) || after.By != dialer.ByAgent || after.Reason != "lunch" {
		t.Errorf("after the restart he stands %+v, before %+v", after, before)
	}
	tm.want("boris", api.AgentWork{}, dialer.CodeAwaiting)
	tm.untilMembers("sales PJSIP/102")
	tm.until("boris", func(s api.Standing) bool { return s.Code == dialer.CodeWorking })
	var kept []dialer.PauseEnded
	if err := tm.api.Pauses(t.Context(), store.PauseFilter{Agent: "boris", Since: asked}, func(p dialer.PauseEnded) error { kept = append(kept, p); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(kept) != 1 || kept[0].Reason != "lunch" || kept[0].By != dialer.ByAgent || kept[0].Over || !kept[0].Ended.After(kept[0].Began) {
		t.Errorf("kept: %+v", kept)
	}
}

// What cannot be done is refused with its reason, and with the status that fits.
func TestWantOfAgentRefused(t *testing.T) {
	tm := newTeam(t)
	for _, x := range []struct {
		agent string
		want  api.AgentRequest
		code  int
		text  string
	}{
		{"borris", api.AgentWork{}, http.StatusNotFound, `did you mean "boris"?`},
		{"PJSIP/777", api.AgentPause{}, http.StatusNotFound, `there is no operator "PJSIP/777"`},
		{"boris", api.AgentPause{Reason: "luch"}, http.StatusConflict, `there is no pause reason "luch"`},
		{"boris", api.AgentPause{Reason: "training"}, http.StatusConflict, "a supervisor's to give"},
		{"anna", api.AgentReserve{Lead: 7, For: dialer.Duration(time.Minute)}, http.StatusConflict, "cannot be reached"},
		{"boris", api.AgentReserve{Lead: 7, For: dialer.Duration(2 * time.Hour)}, http.StatusConflict, "between 1s and 1h"},
		{"anna", api.AgentLogin{Interface: "PJSIP/102"}, http.StatusConflict, `"boris" works with PJSIP/102`},
	} {
		_, err := tm.api.WantOfAgent(t.Context(), x.agent, x.want)
		refused := (*api.Error)(nil)
		if !errors.As(err, &refused) || refused.Code != x.code || !strings.Contains(refused.Text, x.text) {
			t.Errorf("%T of %s: %v, want %d with %q", x.want, x.agent, err, x.code, x.text)
		}
	}
}

// A supervisor's pause of one who is logged out is in the list as it is in his own standing.
func TestPauseOfOneWhoIsOffline(t *testing.T) {
	tm := newTeam(t)
	tm.want("anna", api.AgentPause{Reason: "training", Supervisor: true}, dialer.CodeOffline)
	agents, err := tm.api.Agents(t.Context())
	i := slices.IndexFunc(agents, func(a api.Agent) bool { return a.ID == "anna" })
	if err != nil || i < 0 {
		t.Fatalf("%+v, %v", agents, err)
	}
	if a := agents[i]; a.Code != dialer.CodeOffline || a.Reason != "training" || a.By != dialer.BySupervisor || time.Since(a.Since).Abs() > time.Minute {
		t.Errorf("in the list she is %+v", a)
	}
}

// What is wanted by telephone is logged, and what is refused with its reason; how one stands is not.
func TestAskedByTelephoneIsLogged(t *testing.T) {
	var log bytes.Buffer
	d := &daemon{log: zerolog.New(&log)}
	pause := dialer.Question{What: dialer.QuestionPause, Agent: "PJSIP/101", Reason: "luch"}
	d.sayAsked(pause, dialer.Answer{Err: `there is no pause reason "luch"`})
	pause.Reason = "lunch"
	d.sayAsked(pause, dialer.Answer{OK: true, Agent: dialer.AgentReply{Agent: "anna", Code: dialer.CodePausing}})
	d.sayAsked(dialer.Question{What: dialer.QuestionStatus, Agent: "anna"}, dialer.Answer{OK: true})
	d.sayAsked(dialer.Question{What: dialer.QuestionAnswered, Call: 7}, dialer.Answer{})
	const want = `{"level":"info","agent":"PJSIP/101","what":"pause","reason":"luch","error":"there is no pause reason \"luch\"","message":"an operator was refused something by telephone"}
{"level":"info","agent":"anna","what":"pause","reason":"lunch","code":"pausing","message":"an operator was told something by telephone"}
`
	if log.String() != want {
		t.Errorf("got\n%swant\n%s", log.String(), want)
	}
}

func TestReserveOverTheAPI(t *testing.T) {
	tm := newTeam(t)
	a := tm.want("boris", api.AgentReserve{Lead: 4711, For: dialer.Duration(90 * time.Second)}, dialer.CodeCallback)
	if a.Lead != 4711 || a.LeftSeconds != 90 {
		t.Errorf("answer %+v", a)
	}
	tm.untilMembers("sales PJSIP/102 callback")
	tm.want("boris", api.AgentRelease{}, dialer.CodeWorking)
	tm.untilMembers("sales PJSIP/102")
}

// While the disk stands still a pause is answered and set all the same; it is on disk when the disk goes on.
func TestPauseWhileTheDiskStandsStill(t *testing.T) {
	tm := newTeam(t)
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(tm.dir, "db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	a, err := tm.api.WantOfAgent(t.Context(), "boris", api.AgentPause{})
	if err != nil || a.Stored || a.Code != dialer.CodePaused || a.Reason != "lunch" {
		t.Errorf("while nothing can be written: %+v, %v", a, err)
	}
	tm.untilMembers("sales PJSIP/102 lunch")
	agents, err := tm.d.store.Agents(t.Context())
	if err != nil || len(agents) != 0 {
		t.Errorf("on disk are %+v, %v", agents, err)
	}
	if _, err := db.Exec(`ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	onDisk := func() bool {
		agents, err = tm.d.store.Agents(t.Context())
		return err == nil && len(agents) == 1 && agents[0].ID == "boris" && agents[0].Own.Reason == "lunch"
	}
	waitFor(t, time.Minute, "the pause is on disk", onDisk, func() string { return fmt.Sprintf("%+v, %v", agents, err) })
}

// When too many wait for the disk already an operator is answered, and not told that it is on disk.
func TestAgentIsAnsweredWhenManyWait(t *testing.T) {
	l := &loop{answers: map[dialer.AskID]chan<- dialer.Answer{}, dones: map[dialer.AskID]chan<- dialer.Done{}}
	ask := func() (dialer.Asked, chan dialer.Done) {
		done := make(chan dialer.Done, 1)
		return l.question(dialer.Asked{}, item{answer: make(chan dialer.Answer, 1), done: done}), done
	}
	for range donesMost {
		if e, _ := ask(); !e.Question.Stored || l.answers[e.Ask] == nil || l.dones[e.Ask] == nil {
			t.Fatalf("%+v", e)
		}
	}
	e, done := ask()
	if e.Question.Stored || e.Ask == 0 || l.answers[e.Ask] == nil || len(l.answers) != donesMost+1 || len(l.dones) != donesMost {
		t.Errorf("one more: %+v, %d answers, %d dones", e, len(l.answers), len(l.dones))
	}
	if d := <-done; d.Err != tooMany {
		t.Errorf("its done: %+v", d)
	}
	e = l.question(dialer.Asked{Question: dialer.Question{Stored: true}}, item{answer: make(chan dialer.Answer, 1)})
	if e.Question.Stored {
		t.Error("nobody waits for the disk, and the Dialer is told that somebody does")
	}
}

// Anna is logged in, and is given another telephone in agents.toml: she is logged in with that one, and stays who she is, her
// supervisor's pause too. When her entry is gone, she is logged out.
func TestAgentsFileIsEdited(t *testing.T) {
	tm := newTeam(t)
	tm.want("anna", api.AgentLogin{}, dialer.CodeAwaiting)
	tm.untilMembers("sales PJSIP/101, sales PJSIP/102, support PJSIP/101")
	tm.until("anna", func(s api.Standing) bool { return s.Code == dialer.CodeWorking })
	tm.want("anna", api.AgentPause{Reason: "training", Supervisor: true}, dialer.CodePaused)
	tm.untilMembers("sales PJSIP/101 training, sales PJSIP/102, support PJSIP/101 training")

	tm.write(configAgents, strings.Replace(teamAgents, "PJSIP/101", "PJSIP/205", 1))
	if err := tm.api.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	tm.untilMembers("sales PJSIP/102, sales PJSIP/205 training, support PJSIP/205 training")
	tm.until("anna", func(s api.Standing) bool { return s.Code == dialer.CodePaused })
	for _, name := range []string{"anna", "PJSIP/205"} {
		if s := tm.standing(name); s.Agent != "anna" || s.Code != dialer.CodePaused || s.Reason != "training" || s.By != dialer.BySupervisor {
			t.Errorf("after the edit %s stands %+v", name, s)
		}
	}

	_, gone, _ := strings.Cut(teamAgents[1:], "[[agent]]")
	tm.write(configAgents, gone[strings.Index(gone, "[[agent]]"):])
	if err := tm.api.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	tm.untilMembers("sales PJSIP/102")
	unknown := func() bool {
		_, err := tm.api.Agent(t.Context(), "anna")
		return err != nil
	}
	waitFor(t, 10*time.Second, "she is not known any more", unknown, func() string { return fmt.Sprintf("%+v", tm.standing("anna")) })
	if s := tm.standing("boris"); s.Code != dialer.CodeWorking {
		t.Errorf("boris stands %+v", s)
	}
}
