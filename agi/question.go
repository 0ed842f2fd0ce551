package agi

import (
	"slices"
	"strings"

	"dialerd/dialer"
	"dialerd/dialplan"
)

// verdicts are what AMD can say; anything else the dialplan may send is passed on as none.
var verdicts = []string{"HUMAN", "MACHINE", "NOTSURE", "HANGUP"}

// question reads what is asked, from the environment with the library's names (without "agi_").
//
// The path says what. The call is that of the channel when it is the customer's own, else the
// one named by the first argument of AGI(), for legs that have inherited DIALER_ID. The second
// argument is AMD's verdict.
func question(env map[string]string, instance string) (dialer.Question, error) {
	var q dialer.Question
	path, _, _ := strings.Cut(env["network_script"], "?")
	if err := q.What.UnmarshalText([]byte(strings.Trim(path, "/"))); err != nil {
		return dialer.Question{}, err
	}
	for _, id := range []string{env["uniqueid"], env["arg_1"]} {
		if call, ok := dialplan.ParseChannelID(instance, id); ok {
			q.Call = dialer.CallID(call)
			break
		}
	}
	if verdict := env["arg_2"]; q.What == dialer.QuestionMachine && slices.Contains(verdicts, verdict) {
		q.Verdict = verdict
	}
	return q, nil
}
