package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// TestDemo runs the demo as a person does who has nothing: no HOME, a working directory that is not
// his, no terminal.
func TestDemo(t *testing.T) {
	if testing.Short() {
		notRun(t, "the demo takes its time, and -short was given")
	}
	t.Setenv("HOME", "")
	t.Setenv("TMPDIR", t.TempDir())
	t.Chdir("/")
	var out, errs bytes.Buffer
	if code := execute(context.Background(), []string{"demo", "--seconds", "5"}, &out, &errs); code != exitDone {
		t.Errorf("ended with %d", code)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	last := lines[len(lines)-1]
	if !regexp.MustCompile(`^demo: calls=[1-9][0-9]* answered=[0-9]+ talked=[0-9]+ abandoned=[0-9]+ missing=0$`).MatchString(last) || errs.Len() > 0 {
		t.Errorf("the last line is %q\n%s%s", last, out.String(), errs.String())
	}
	if strings.Contains(out.String(), "default") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("not what a file should hold, or answers of the daemon were late:\n%s", out.String())
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestDemoCompares: every way in which a row can be untrue is found.
func TestDemoCompares(t *testing.T) {
	at := time.Unix(1, 0)
	talk := pbx.Fate{Call: 1, Originated: 1, Answered: 2, Bridged: 3, Talked: 4, Ended: 4}
	row := dialer.Attempt{ID: 1, Answered: at, Connected: at, Outcome: dialer.Answered}
	for _, x := range []struct {
		name   string
		rows   []dialer.Attempt
		fate   pbx.Fate
		faults int
	}{
		{"true", []dialer.Attempt{row}, talk, 0},
		{"a call given up before it went out", []dialer.Attempt{row, {ID: 2, Outcome: dialer.Cancelled}}, talk, 0},
		{"no row", nil, talk, 1},
		{"open", []dialer.Attempt{{ID: 1, Answered: at}}, talk, 1},
		{"lost", []dialer.Attempt{{ID: 1, Answered: at, Outcome: dialer.Lost}}, talk, 1},
		{"still alive", []dialer.Attempt{row}, pbx.Fate{Call: 1, Answered: 2, Bridged: 3}, 1},
		{"never answered", []dialer.Attempt{{ID: 1, Answered: at, Outcome: dialer.Busy}}, pbx.Fate{Call: 1, Nature: pbx.Busy, Ended: 2}, 1},
		{"never placed", []dialer.Attempt{row, {ID: 2, Outcome: dialer.Busy}}, talk, 1},
	} {
		if v := compare(x.rows, []*pbx.Fate{&x.fate}); len(v.faults) != x.faults {
			t.Errorf("%s: %q, want %d", x.name, v.faults, x.faults)
		}
	}
}

// TestDemoPicture: a picture fits into the terminal it is drawn for.
func TestDemoPicture(t *testing.T) {
	world := demoWorld(1)
	p := &demoPicture{at: 20 * time.Second, total: time.Minute, leads: 400, day: demoDay{outcomes: map[dialer.Outcome]int{dialer.Answered: 900, dialer.Busy: 1}}}
	for _, o := range world.Operators {
		p.operators = append(p.operators, demoOperator{name: o.Name, state: dialer.AgentTalking, since: time.Minute, with: "+7 916 123-45-67"})
	}
	for range demoEvents {
		p.events = append(p.events, demoEvent{text: strings.Repeat("x", 300)})
	}
	for _, size := range [][2]int{{80, 24}, {100, 40}, {demoNarrow, 20}, {200, 60}} {
		lines := (&demoScreen{bar: "#"}).picture(p, size[0], size[1]-1)
		if len(lines) >= size[1] {
			t.Errorf("%d lines for %d", len(lines), size[1])
		}
		for _, l := range lines {
			if utf8Len(l) > size[0] {
				t.Errorf("%d columns for %d: %s", utf8Len(l), size[0], l)
			}
		}
	}
}
