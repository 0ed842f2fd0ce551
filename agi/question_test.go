package agi

import (
	"strings"
	"testing"

	"dialerd/dialer"
)

// TestAgentQuestion: who asks what, by the address, the arguments and the channel of an AGI().
func TestAgentQuestion(t *testing.T) {
	for _, test := range []struct {
		path, channel, who, argument string
		want                         dialer.Question
	}{
		{"status", "PJSIP/101-0000002a", "", "", dialer.Question{What: dialer.QuestionStatus, Agent: "PJSIP/101"}},
		{"work", "SIP/desk-7-0000002a", "", "", dialer.Question{What: dialer.QuestionWork, Agent: "SIP/desk-7"}},
		{"work", "Local/7@agents-00000003;1", "", "", dialer.Question{What: dialer.QuestionWork, Agent: "Local/7@agents/n"}},
		{"work", "Local/7@my-agents-00000003;2", "", "", dialer.Question{What: dialer.QuestionWork, Agent: "Local/7@my-agents/n"}},
		{"work", "odd", "", "", dialer.Question{What: dialer.QuestionWork, Agent: "odd"}},
		{"work", "", "", "", dialer.Question{What: dialer.QuestionWork}},
		{"pause", "PJSIP/101-0000002a", "", "", dialer.Question{What: dialer.QuestionPause, Agent: "PJSIP/101"}},
		{"pause", "PJSIP/101-0000002a", "anna", "2", dialer.Question{What: dialer.QuestionPause, Agent: "anna", Reason: "2"}},
		{"work", "PJSIP/101-0000002a", "anna", "2", dialer.Question{What: dialer.QuestionWork, Agent: "anna"}},
		{"login", "PJSIP/101-0000002a", "", "", dialer.Question{What: dialer.QuestionLogin, Agent: "PJSIP/101"}},
		{"login", "PJSIP/101-0000002a", "anna", "", dialer.Question{What: dialer.QuestionLogin, Agent: "anna", Interface: "PJSIP/101"}},
		{"login", "Local/7@agents-00000003;1", "anna", "", dialer.Question{What: dialer.QuestionLogin, Agent: "anna", Interface: "Local/7@agents/n"}},
		{"logout", "PJSIP/101-0000002a", "anna", "", dialer.Question{What: dialer.QuestionLogout, Agent: "anna"}},
		{"answered", "PJSIP/t-0000002a", "da-7", "", dialer.Question{What: dialer.QuestionAnswered, Call: 7}},
	} {
		env := map[string]string{"network_script": test.path, "channel": test.channel, "arg_1": test.who, "arg_2": test.argument, "uniqueid": "1795352378.2"}
		if got, err := question(env, "a"); err != nil || got != test.want {
			t.Errorf("%s of %q with %q, %q:\n     %+v, %v\nwant %+v", test.path, test.channel, test.who, test.argument, got, err, test.want)
		}
	}
}

// TestNotByTheDialplan: whose time an operator is kept free for is no business of who can dial a number.
func TestNotByTheDialplan(t *testing.T) {
	for _, path := range []string{"reserve", "release"} {
		if q, err := question(map[string]string{"network_script": path, "arg_1": "anna"}, "a"); err == nil || !strings.Contains(err.Error(), "over the API") {
			t.Errorf("%s: %+v, %v", path, q, err)
		}
	}
}
