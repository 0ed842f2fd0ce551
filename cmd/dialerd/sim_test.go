package main

import (
	"encoding/json"
	"strings"
	"testing"

	"dialerd/dialer/sim"
)

func TestSimReports(t *testing.T) {
	s := newShell(t)
	code, report, stderr := s.run("sim", "--hours", "0.5", "--operators", "5", "--seed", "3")
	if code != exitDone || stderr != "" {
		t.Fatalf("exit %d: %s%s", code, report, stderr)
	}
	for _, word := range []string{"seed 3: 0.5 hours, 5 operators", "calls placed", "talk share", "abandoned", "wait for operator", "violations 0"} {
		if !strings.Contains(report, word) {
			t.Errorf("the report does not say %q:\n%s", word, report)
		}
	}
	_, again, _ := s.run("sim", "--hours", "0.5", "--operators", "5", "--seed", "3")
	if again != report {
		t.Errorf("the same seed gives another day:\n%s\n%s", report, again)
	}
}

func TestSimJSON(t *testing.T) {
	_, out, _ := newShell(t).run("sim", "--hours", "0.5", "--operators", "5", "--mode", "ratio", "--ratio", "2", "--faults", "--json")
	var r sim.Result
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Talks == 0 || r.Calls < r.Talks || r.Violations == nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestSimRefuses(t *testing.T) {
	s := newShell(t)
	for flag, says := range map[string]string{"--hours=0": "--hours 0", "--operators=0": "--operators 0", "--mode=preview": "--mode preview",
		"--mode=fast": "fast", "--ratio=0.5": "--ratio 0.5", "--leads=-1": "--leads -1"} {
		if code, _, stderr := s.run("sim", flag); code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("sim %s: exit %d, %q", flag, code, stderr)
		}
	}
}
