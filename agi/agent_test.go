package agi

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"dialerd/agi/agitest"
	"dialerd/dialer"
)

// TestAgentAnswers: what the dialplan is told of an operator.
func TestAgentAnswers(t *testing.T) {
	asked := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name  string
		reply dialer.AgentReply
		set   string
	}{
		{"he works", dialer.AgentReply{Agent: "anna", Name: "Anna", Code: dialer.CodeWorking},
			"DIALER_CODE= DIALER_CODE=working DIALER_REASON= DIALER_BY= DIALER_SINCE= DIALER_UNTIL= DIALER_LEFT= DIALER_AFTER=0 DIALER_LEAD= DIALER_AGENT=anna DIALER_OK=1"},
		{"his pause begins after the call", dialer.AgentReply{Agent: "anna", Code: dialer.CodePausing, Reason: "lunch", By: dialer.ByAgent, Since: asked,
			Until: asked.Add(27 * time.Second), Left: 26700 * time.Millisecond, After: true},
			"DIALER_CODE= DIALER_CODE=pausing DIALER_REASON=lunch DIALER_BY=agent DIALER_SINCE=1775034000 DIALER_UNTIL=1775034027 DIALER_LEFT=26 DIALER_AFTER=1 DIALER_LEAD= DIALER_AGENT=anna DIALER_OK=1"},
		{"over the limit", dialer.AgentReply{Agent: "anna", Code: dialer.CodePaused, Reason: "lunch", By: dialer.BySupervisor, Since: asked,
			Until: asked.Add(time.Minute), Left: -90 * time.Second},
			"DIALER_CODE= DIALER_CODE=paused DIALER_REASON=lunch DIALER_BY=supervisor DIALER_SINCE=1775034000 DIALER_UNTIL=1775034060 DIALER_LEFT=-90 DIALER_AFTER=0 DIALER_LEAD= DIALER_AGENT=anna DIALER_OK=1"},
		{"kept free", dialer.AgentReply{Agent: "anna", Code: dialer.CodeCallback, Reason: "callback", By: dialer.ByDialer, Lead: 42},
			"DIALER_CODE= DIALER_CODE=callback DIALER_REASON=callback DIALER_BY=dialerd DIALER_SINCE= DIALER_UNTIL= DIALER_LEFT= DIALER_AFTER=0 DIALER_LEAD=42 DIALER_AGENT=anna DIALER_OK=1"},
		{"strangers' words", dialer.AgentReply{Agent: "An\"na\r\nX: y", Code: dialer.CodePaused, Reason: `a\b` + "\x00", By: dialer.ByForeign},
			"DIALER_CODE= DIALER_CODE=paused DIALER_REASON=a\\b  DIALER_BY=foreign DIALER_SINCE= DIALER_UNTIL= DIALER_LEFT= DIALER_AFTER=0 DIALER_LEAD= DIALER_AGENT=An\"na  X: y DIALER_OK=1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := toldAgent(t, dialer.Answer{OK: true, Agent: test.reply}, nil); got != test.set {
				t.Errorf("set  %s\nwant %s", got, test.set)
			}
		})
	}
}

// TestAgentRefused: he hears why, and nothing says that he stands in some way.
func TestAgentRefused(t *testing.T) {
	if got, want := toldAgent(t, dialer.Answer{Err: `there is no pause reason "9"`}, nil), `DIALER_CODE= DIALER_ERROR=there is no pause reason "9" DIALER_OK=0`; got != want {
		t.Errorf("set  %s\nwant %s", got, want)
	}
	if got, want := toldAgent(t, dialer.Answer{}, errors.New("it is starting")), "DIALER_CODE= DIALER_ERROR=the dialer did not answer: it is starting DIALER_OK=0"; got != want {
		t.Errorf("set  %s\nwant %s", got, want)
	}
	if got, want := toldAgent(t, dialer.Answer{OK: true}, nil), "DIALER_CODE= DIALER_ERROR=the dialer's answer does not say how the operator stands DIALER_OK=0"; got != want {
		t.Errorf("set  %s\nwant %s", got, want)
	}
}

// TestAgentGone: what an operator wants who waits no longer, since the daemon stood still, is not done.
func TestAgentGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{}, func(_ context.Context, q dialer.Question) (dialer.Answer, error) {
			t.Errorf("%+v was asked for who is gone", q)
			return dialer.Answer{}, nil
		})
		phone := w.dial()
		must(t, phone.Begin(agitest.Channel{Script: "pause", Name: "PJSIP/101-0000002a", UniqueID: "1795352378.2"}))
		must(t, phone.Close())
		if counts, lost := w.end(); counts.Hangups != 1 || len(lost) != 0 {
			t.Errorf("counts %+v, lost %v", counts, lost)
		}
	})
}

// toldAgent is what is set when an operator asks for a pause.
func toldAgent(t *testing.T, a dialer.Answer, err error) (set string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var asked dialer.Question
		w := newWorld(t, Config{}, func(_ context.Context, q dialer.Question) (dialer.Answer, error) {
			asked = q
			return a, err
		})
		phone := w.dial()
		must(t, phone.Begin(agitest.Channel{Script: "pause", Name: "PJSIP/101-0000002a", UniqueID: "1795352378.2", Args: []string{"", "2"}}))
		variables, err := phone.Answer()
		must(t, err)
		set = written(variables)
		if want := (dialer.Question{What: dialer.QuestionPause, Agent: "PJSIP/101", Reason: "2"}); asked != want {
			t.Errorf("asked %+v, want %+v", asked, want)
		}
		if counts, lost := w.end(); counts.Lost != 0 || len(lost) != 0 || counts.Sessions != 1 {
			t.Errorf("counts %+v, lost %v", counts, lost)
		}
	})
	return set
}
