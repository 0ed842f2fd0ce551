package agi

import (
	"fmt"
	"slices"
	"strings"

	"dialerd/dialer"
	"dialerd/dialplan"
)

// verdicts are what AMD can say; anything else the dialplan may send is passed on as none.
var verdicts = []string{"HUMAN", "MACHINE", "NOTSURE", "HANGUP"}

// question reads what is asked, from the environment with the library's names (without "agi_").
// The path says what.
func question(env map[string]string, instance string) (dialer.Question, error) {
	var q dialer.Question
	path, _, _ := strings.Cut(env["network_script"], "?")
	if err := q.What.UnmarshalText([]byte(strings.Trim(path, "/"))); err != nil {
		return dialer.Question{}, err
	}
	if q.What.AboutAgent() {
		return agentQuestion(q.What, env)
	}
	return callQuestion(q.What, env, instance), nil
}

// callQuestion is about a call of ours: that of the channel when it is the customer's own, else the
// one named by the first argument of AGI(), for legs that have inherited DIALER_ID. The second
// argument is AMD's verdict.
func callQuestion(what dialer.QuestionKind, env map[string]string, instance string) dialer.Question {
	q := dialer.Question{What: what}
	for _, id := range []string{env["uniqueid"], env["arg_1"]} {
		if call, ok := dialplan.ParseChannelID(instance, id); ok {
			q.Call = dialer.CallID(call)
			break
		}
	}
	if verdict := env["arg_2"]; what == dialer.QuestionMachine && slices.Contains(verdicts, verdict) {
		q.Verdict = verdict
	}
	return q
}

// agentQuestion is about an operator: whom the first argument names, else who calls. The second argument
// is the reason of a pause. Who says who he is and logs in works with the telephone that he says it from.
func agentQuestion(what dialer.QuestionKind, env map[string]string) (dialer.Question, error) {
	q := dialer.Question{What: what, Agent: env["arg_1"]}
	device := deviceOf(env["channel"])
	switch what {
	case dialer.QuestionReserve, dialer.QuestionRelease:
		return dialer.Question{}, fmt.Errorf("%q is not asked by the dialplan: an operator is kept free, and let go, over the API", what)
	case dialer.QuestionPause:
		q.Reason = env["arg_2"]
	case dialer.QuestionLogin:
		if q.Agent != "" {
			q.Interface = device
		}
	}
	if q.Agent == "" {
		q.Agent = device
	}
	return q, nil
}

// deviceOf is the telephone that a channel belongs to, as a queue names its member: PJSIP/101 of
// PJSIP/101-0000002a. That of Local/7@desks-00000003;1 is Local/7@desks/n, since without the n
// Asterisk would take the Local channel out of a talk.
func deviceOf(channel string) string {
	channel, _, _ = strings.Cut(channel, ";")
	if i := strings.LastIndexByte(channel, '-'); i > 0 {
		channel = channel[:i]
	}
	if strings.HasPrefix(channel, "Local/") {
		channel += "/n"
	}
	return channel
}
