package main

import (
	"strings"
	"testing"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// TestWithoutEffect: what this version does not do is said, and what it does is not.
func TestWithoutEffect(t *testing.T) {
	plain := dialer.NewCampaign()
	plain.Name = "plain"
	plain.Rules = []dialer.Rule{{Name: "busy", On: []dialer.Outcome{dialer.Busy}, Finish: "done"}}
	if notes := withoutEffect(&dialer.Config{Campaigns: []dialer.Campaign{plain}, Agents: []dialer.AgentConfig{{ID: "anna"}}}); len(notes) != 0 {
		t.Errorf("said of what has its effect: %q", notes)
	}
	x := dialer.NewCampaign()
	x.Name, x.Pacing.Mode, x.Callback.Retries = "spring", dialer.Predictive, 7
	x.Rules = []dialer.Rule{{Name: "sold", Disposition: []string{"sale"}, Finish: "sold"}}
	notes := strings.Join(withoutEffect(&dialer.Config{Campaigns: []dialer.Campaign{x},
		Agents: []dialer.AgentConfig{{ID: "boris", CallerID: phone.Number(74951234567)}}, Pauses: []dialer.PauseReason{{Code: "lunch"}}}), "\n")
	for _, want := range []string{"predictive", "[callback]", `"sold"`, `"boris"`, "pause reasons"} {
		if !strings.Contains(notes, want) {
			t.Errorf("nothing is said of %s:\n%s", want, notes)
		}
	}
}
