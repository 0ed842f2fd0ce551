package main

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dialerd/dialer"
)

// TestEventKinds: every event that the core can learn can be recorded.
func TestEventKinds(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../dialer/event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv == nil || f.Name.Name != "event" {
			continue
		}
		found++
		name := f.Recv.List[0].Type.(*ast.Ident).Name
		if _, ok := eventKinds[name]; !ok {
			t.Errorf("event %s cannot be recorded: it is not in eventKinds", name)
		}
	}
	if found != len(eventKinds) {
		t.Errorf("%d events in event.go, %d in eventKinds", found, len(eventKinds))
	}
}

// TestRecordedConfiguration: a configuration comes out of a recording as it went in. An attempt range
// that was left out, which is all attempts, may come back spelt out.
func TestRecordedConfiguration(t *testing.T) {
	s, faults := readConfig("../../etc")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for i := range s.Config.Campaigns {
		for j := range s.Config.Campaigns[i].Rules {
			if r := &s.Config.Campaigns[i].Rules[j].Attempt; r.From == 0 {
				r.From = 1
			}
		}
	}
	line, err := encodeStep(dialer.Now{}, dialer.Configured{Config: s.Config}, nil)
	if err != nil {
		t.Fatal(err)
	}
	event, err := line.decodeEvent()
	if err != nil {
		t.Fatal(err)
	}
	if got := event.(dialer.Configured).Config; !reflect.DeepEqual(got, s.Config) {
		t.Errorf("it went in as\n%+v\nand came out as\n%+v", s.Config, got)
	}
}

// recordCall records one call from its plan to its end, and returns the file.
func recordCall(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recording")
	r, err := newRecorder(path, dialer.Snapshot{}, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	core := dialer.New()
	now := dialer.Now{Wall: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Mono: time.Hour}
	step := func(e dialer.Event) {
		now.Mono += time.Millisecond
		now.Wall = now.Wall.Add(time.Millisecond)
		r.step(now, e, core.Step(now, e), core.Touched())
	}
	tick := func() { r.step(now, nil, core.Tick(now), core.Touched()) }
	x := dialer.NewCampaign()
	x.Name, x.Queue, x.Route, x.Buckets = "c", "q", "o", []string{"b"}
	config := &dialer.Config{Instance: "a", PBXs: []dialer.PBX{{Name: "p"}}, Queues: []dialer.Queue{{Name: "q", PBX: "p"}},
		Trunks: []dialer.Trunk{{Name: "t", PBX: "p", Dial: "PJSIP/{digits}@t"}}, Routes: []dialer.Route{{Name: "o", Trunks: []string{"t"}}}, Campaigns: []dialer.Campaign{x}}
	if err := config.DNC.Add("+7900*"); err != nil {
		t.Fatal(err)
	}
	step(dialer.Configured{Config: config})
	core.Step(now, dialer.LeadsLoaded{Leads: []dialer.Lead{
		{ID: 1, Bucket: "b", Numbers: []dialer.LeadNumber{{Number: 79161234567}}}, {ID: 2, Bucket: "elsewhere", Numbers: []dialer.LeadNumber{{Number: 79161234568}}}}})
	anna := dialer.Intent{Reason: "lunch", Asked: now.Wall, Began: now.Wall}
	step(dialer.AgentsLoaded{Agents: []dialer.AgentRecord{{ID: "anna", Own: anna}, {ID: "PJSIP/1", Login: now.Wall, Desk: "PJSIP/1"}}})
	step(dialer.LoansLoaded{Loans: []dialer.Loan{{PBX: "p", Queue: "q", Interface: "PJSIP/9", Reason: "lunch", Prior: "break"}}})
	step(dialer.LinkUp{PBX: "p", Members: []dialer.Member{{Queue: "q", Interface: "PJSIP/1", Status: dialer.DeviceNotInUse}}})
	tick()
	step(dialer.Committed{Seq: 1})
	step(dialer.CallAnswered{PBX: "p", Call: 1})
	step(dialer.Asked{Ask: 1, Question: dialer.Question{What: dialer.QuestionAnswered, Call: 1}})
	step(dialer.CallConnected{PBX: "p", Call: 1, Queue: "q", Interface: "PJSIP/1"})
	step(dialer.CallEnded{PBX: "p", Call: 1, Cause: 16})
	step(dialer.Asked{Ask: 2, Question: dialer.Question{What: dialer.QuestionPause, Agent: "PJSIP/1", Reason: "lunch", Supervisor: true, Stored: true}})
	step(dialer.Committed{Seq: 100})
	step(dialer.Asked{Ask: 3, Question: dialer.Question{What: dialer.QuestionReserve, Agent: "PJSIP/1", Lead: 7, For: time.Minute}})
	step(dialer.Asked{Ask: 4, Question: dialer.Question{What: dialer.QuestionWork, Agent: "PJSIP/1", Supervisor: true}})
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReplay(t *testing.T) {
	path := recordCall(t)
	var out, errs bytes.Buffer
	if code := execute(context.Background(), []string{"replay", path, "--show", "--call", "1"}, &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s%s", code, out.String(), errs.String())
	}
	for _, want := range []string{"Originate", "CallConnected", "AttemptEnded", "leads=1 different=0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the replay:\n%s", want, out.String())
		}
	}
}

// TestReplayOfAgents: what was wanted of operators comes out again as it was.
func TestReplayOfAgents(t *testing.T) {
	var out, errs bytes.Buffer
	if code := execute(context.Background(), []string{"replay", recordCall(t), "--show"}, &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s%s", code, out.String(), errs.String())
	}
	for _, want := range []string{"AgentsLoaded", `"effect":"AgentKept"`, `"effect":"PauseKept"`, `"effect":"SetPause"`, `"effect":"Done"`, "is paused (lunch) by supervisor"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the replay:\n%s", want, out.String())
		}
	}
}

// TestReplayFindsADifference: an event that was not as recorded comes out otherwise.
func TestReplayFindsADifference(t *testing.T) {
	path := recordCall(t)
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(body, []byte(`"event":"CallConnected"`), []byte(`"event":"AgentRinging"`), 1)
	if bytes.Equal(changed, body) {
		t.Fatal("there is no CallConnected in the recording")
	}
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := execute(context.Background(), []string{"replay", path}, &out, &errs); code != 1 || !strings.Contains(out.String(), "hung-up") {
		t.Errorf("exit %d: %s%s", code, out.String(), errs.String())
	}
}

// TestReplayOfAnything: what is no recording is refused with its line, and a cut-off end is taken.
func TestReplayOfAnything(t *testing.T) {
	path := recordCall(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		body string
		code int
	}{{"", 1}, {"hello\n", 1}, {"{}\n", 1}, {string(whole[:len(whole)-20]), 0}, {string(whole) + "{\"event\":\"Nonsense\",\"value\":{}}\n", 1}} {
		file := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := os.WriteFile(file, []byte(c.body), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		if code := execute(context.Background(), []string{"replay", file}, &out, &errs); code != c.code {
			t.Errorf("%.40q: exit %d, want %d: %s%s", c.body, code, c.code, out.String(), errs.String())
		}
	}
}
