package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/store"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// someAgents answers for whoever is asked for, but for "nobody", whom there is not, and "boris", who is kept free.
func someAgents(asked *[]dialer.Question) Agents {
	return Agents{
		Ask: func(_ context.Context, q dialer.Question) (AgentAnswer, error) {
			*asked = append(*asked, q)
			switch q.Agent {
			case "nobody":
				return AgentAnswer{}, Errorf(http.StatusNotFound, `there is no operator "nobody"`)
			case "boris":
				return AgentAnswer{}, errors.New(`operator "boris" is kept free for lead 8 already`)
			}
			r := dialer.AgentReply{Agent: q.Agent, Name: "Anna", Code: dialer.CodePaused, Reason: "lunch", By: dialer.BySupervisor,
				Since: noon, Until: noon.Add(time.Minute), Left: -1600 * time.Millisecond, After: true, Lead: 7}
			return AgentAnswer{Standing: StandingOf(r), Stored: true}, nil
		},
		Pauses: func(_ context.Context, f store.PauseFilter, each func(dialer.PauseEnded) error) error {
			p := dialer.PauseEnded{Agent: f.Agent, Reason: "lunch", By: dialer.ByAgent, Began: f.Since, Ended: f.Until, Paid: true}
			return errors.Join(each(p), each(dialer.PauseEnded{Agent: "x", By: dialer.BySupervisor, Over: true}))
		},
		Reasons: func() []dialer.PauseReason {
			return []dialer.PauseReason{{Code: "training", Name: "Training", Paid: true}, {Code: "lunch", Limit: dialer.Duration(45 * time.Minute), Self: true}, {Code: "break", Self: true}}
		},
	}
}

// Every wish reaches the daemon, of an operator who is named by his id or by any interface.
func TestWantOfAgent(t *testing.T) {
	var asked []dialer.Question
	path, _ := start(t, Daemon{Agents: someAgents(&asked)})
	c := NewClient(path)
	defer c.Close()
	for _, name := range []string{"anna", "PJSIP/101", "Local/101@agents-12/n", "SIP/a b%2F?#&", "Анна"} {
		for _, x := range []struct {
			want AgentRequest
			is   dialer.Question
		}{
			{AgentPause{Reason: "lunch", Supervisor: true}, dialer.Question{What: dialer.QuestionPause, Reason: "lunch", Supervisor: true}},
			{AgentPause{}, dialer.Question{What: dialer.QuestionPause}},
			{AgentWork{}, dialer.Question{What: dialer.QuestionWork}},
			{AgentWork{Supervisor: true}, dialer.Question{What: dialer.QuestionWork, Supervisor: true}},
			{AgentLogin{Interface: "PJSIP/102"}, dialer.Question{What: dialer.QuestionLogin, Interface: "PJSIP/102"}},
			{AgentLogout{}, dialer.Question{What: dialer.QuestionLogout}},
			{AgentReserve{Lead: 7, For: dialer.Duration(90 * time.Second)}, dialer.Question{What: dialer.QuestionReserve, Lead: 7, For: 90 * time.Second}},
			{AgentRelease{}, dialer.Question{What: dialer.QuestionRelease}},
		} {
			x.is.Agent, asked = name, nil
			a, err := c.WantOfAgent(t.Context(), name, x.want)
			if err != nil || len(asked) != 1 || asked[0] != x.is {
				t.Errorf("%+v of %s: asked for %+v, %v", x.want, name, asked, err)
			}
			want := Standing{Agent: name, Name: "Anna", Code: dialer.CodePaused, Reason: "lunch", By: dialer.BySupervisor, Since: noon, Until: noon.Add(time.Minute),
				LeftSeconds: -2, AfterCall: true, Lead: 7}
			if a.Standing != want || !a.Stored {
				t.Errorf("answer %+v", a)
			}
		}
		asked = nil
		s, err := c.Agent(t.Context(), name)
		if err != nil || s.Agent != name || len(asked) != 1 || asked[0] != (dialer.Question{What: dialer.QuestionStatus, Agent: name}) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// What is not so is left out, what a program has to look at is not.
func TestAgentAnswerAsJSON(t *testing.T) {
	path, _ := start(t, Daemon{Agents: Agents{Ask: func(_ context.Context, q dialer.Question) (AgentAnswer, error) {
		return AgentAnswer{Standing: StandingOf(dialer.AgentReply{Agent: q.Agent, Name: "Anna", Code: dialer.CodeWorking})}, nil
	}}})
	const standing = `{"agent":"PJSIP/101","name":"Anna","code":"working","after_call":false`
	for _, x := range []struct{ method, url, body, want string }{
		{"POST", "/v1/agents/PJSIP%2F101/work", "", standing + `,"stored":false}`},
		{"POST", "/v1/agents/PJSIP%2f101/work", "{}", standing + `,"stored":false}`},
		{"GET", "/v1/agents/PJSIP%2F101", "", standing + `}`},
	} {
		code, text := ask(t, path, x.method, x.url, x.body)
		if code != http.StatusOK || strings.TrimSpace(text) != x.want {
			t.Errorf("%s %s: %d %s, want %s", x.method, x.url, code, text, x.want)
		}
	}
}

func TestAgentRefusals(t *testing.T) {
	var asked []dialer.Question
	path, _ := start(t, Daemon{Agents: someAgents(&asked)})
	for _, x := range []struct {
		method, url, body string
		code              int
		text              string
	}{
		{"POST", "/v1/agents/nobody/pause", `{}`, 404, `no operator \"nobody\"`},
		{"GET", "/v1/agents/nobody", ``, 404, `no operator \"nobody\"`},
		{"POST", "/v1/agents/boris/reserve", `{"lead":7,"for":"90s"}`, 409, "for lead 8 already"},
		{"POST", "/v1/agents/anna/pause", `{"reson":"lunch"}`, 400, `unknown field \"reson\"`},
		{"POST", "/v1/agents/anna/pause", `["lunch"]`, 400, "no JSON object"},
		{"POST", "/v1/agents/anna/pause", `{"reason":`, 400, "no JSON object"},
		{"POST", "/v1/agents/anna/work", `{"reason":"lunch"}`, 400, `unknown field \"reason\"`},
		{"POST", "/v1/agents/anna/logout", `{"supervisor":true}`, 400, `unknown field \"supervisor\"`},
		{"POST", "/v1/agents/anna/reserve", ``, 400, "for which lead?"},
		{"POST", "/v1/agents/anna/reserve", `{"lead":-7,"for":"90s"}`, 400, "for which lead?"},
		{"POST", "/v1/agents/anna/reserve", `{"lead":7}`, 400, "for how long?"},
		{"POST", "/v1/agents/anna/reserve", `{"lead":7,"for":90}`, 400, `\"for\" is a span in quotes, as \"90s\", not a number`},
		{"POST", "/v1/agents/anna/reserve", `{"lead":"7","for":"90s"}`, 400, `\"lead\" is a whole number without quotes, not a string`},
		{"POST", "/v1/agents/anna/work", `{"supervisor":"yes"}`, 400, `\"supervisor\" is true or false, not a string`},
		{"POST", "/v1/agents/anna/pause", `{"reason":1}`, 400, `\"reason\" is text in quotes, not a number`},
		{"POST", "/v1/agents/anna/reserve", `{"lead":7,"for":"soon"}`, 400, "is no duration"},
		{"POST", "/v1/agents/anna/sleep", `{}`, 404, "GET /v1/status"},
		{"POST", "/v1/agents/PJSIP/101/pause", `{}`, 404, "GET /v1/status"},
		{"GET", "/v1/agents/anna/pause", ``, 405, "Method Not Allowed"},
		{"GET", "/v1/pauses?agnet=anna", ``, 400, `no condition \"agnet\": choose pauses by agent, since, until`},
		{"GET", "/v1/pauses?agent=", ``, 400, "agent is empty"},
		{"GET", "/v1/pauses?since=yesterday", ``, 400, `since: \"yesterday\" is no instant`},
		{"GET", "/v1/pauses?until=2026-11-22", ``, 400, `until: \"2026-11-22\" is no instant`},
	} {
		code, text := ask(t, path, x.method, x.url, x.body)
		if code != x.code || !strings.Contains(text, x.text) {
			t.Errorf("%s %s %s: %d %s, want %d with %q", x.method, x.url, x.body, code, text, x.code, x.text)
		}
	}
	for _, q := range asked {
		if q.Agent != "nobody" && q.Agent != "boris" {
			t.Errorf("what is refused was asked for: %+v", q)
		}
	}
}

func TestPausesOverTheAPI(t *testing.T) {
	var asked []dialer.Question
	path, _ := start(t, Daemon{Agents: someAgents(&asked)})
	c := NewClient(path)
	defer c.Close()
	f := store.PauseFilter{Agent: "PJSIP/101&x", Since: noon.Add(time.Microsecond), Until: noon.Add(time.Hour)}
	var got []string
	err := c.Pauses(t.Context(), f, func(p dialer.PauseEnded) error { got = append(got, fmt.Sprintf("%+v", p)); return nil })
	want := []string{
		fmt.Sprintf("%+v", dialer.PauseEnded{Agent: f.Agent, Reason: "lunch", By: dialer.ByAgent, Began: f.Since, Ended: f.Until, Paid: true}),
		fmt.Sprintf("%+v", dialer.PauseEnded{Agent: "x", By: dialer.BySupervisor, Over: true}),
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
	_, text := ask(t, path, "GET", "/v1/pauses?agent=anna&since=2026-11-22T15:00:00%2B03:00&until=2026-11-22T12:30:00Z", "")
	if first, _, _ := strings.Cut(text, "\n"); first != `{"agent":"anna","reason":"lunch","by":"agent","began":"2026-11-22T15:00:00+03:00","ended":"2026-11-22T12:30:00Z","paid":true,"over":false}` {
		t.Errorf("a line: %s", first)
	}
	reasons, err := c.PauseReasons(t.Context())
	if err != nil || !slices.Equal(reasons, []PauseReason{{Code: "training", Name: "Training", Paid: true}, {Code: "lunch", LimitSeconds: 2700, Self: true, Number: 1}, {Code: "break", Self: true, Number: 2}}) {
		t.Errorf("reasons %+v, %v", reasons, err)
	}
}
