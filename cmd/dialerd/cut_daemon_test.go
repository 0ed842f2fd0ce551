package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

// TestCase53KilledBeforeTheOriginate: the daemon dies when an attempt is on disk and its Originate has
// not reached Asterisk. The next one calls the attempt lost, counts it as made, and does not call the
// person again before the gap is over.
func TestCase53KilledBeforeTheOriginate(t *testing.T) {
	r := openRoom(t)
	r.m.add("sales", "Local/op01@lab-operators/n", "anna")
	files := clone(awayFiles)
	files["campaigns/spring.toml"] = strings.Replace(campaignFile("spring", "sales", "out", "progressive", "", ""), `, "lost"]`, "]", 1) +
		"[[rule]]\nname = \"soon\"\non = [\"lost\"]\nagain = \"10s\"\n[attempts]\ngap = \"1m\"\n"
	r.proxy.swallowOriginates(true)
	p := startProcess(t, r.config(files, r.viaProxy))
	p.importCSV("spring", leadsLike("000", 1))
	waitFor(t, time.Minute, "an Originate is on its way", func() bool { return r.proxy.gulps() > 0 }, func() string { return "" })
	dir := p.killed()
	r.proxy.swallowOriginates(false)

	again := startProcess(t, dir)
	again.until("the attempt is over", func(s api.Status) bool { return s.Campaigns[0].Today.Outcomes[dialer.Lost] == 1 })
	made := again.attempts()
	gap := made[0].Planned.Add(time.Minute)
	s := again.until("the rule's ten seconds are over, and the gap holds the lead back", func(s api.Status) bool {
		return s.Campaigns[0].Today.Attempts > 1 || !s.Campaigns[0].Leads.NextCall.Before(gap)
	})
	if leads := s.Campaigns[0].Leads; leads.Waiting != 1 || leads.NextCall.Sub(gap) > time.Second {
		t.Errorf("the lead is to be called when the gap is over, at %s: %+v", gap, leads)
	}
	if made = again.attempts(); len(made) != 1 || made[0].Outcome != dialer.Lost || made[0].Cause.By != dialer.Us {
		t.Errorf("attempts: %+v", made)
	}
	if lead := leadIn(t, dir); lead.Attempts != 1 || lead.Rule != "soon" {
		t.Errorf("the attempt does not count as made: %+v", lead)
	}
	if n := countJudged(r.lab, "7900", "rung"); n != 0 {
		t.Errorf("the customer's telephone rang %d times", n)
	}
}

// TestCase54KilledWithCallsRingingAndTalking: the daemon dies while 20 people talk and the telephones of
// 50 others ring. The next one finds all of them, hangs up on nobody, and their outcomes are right.
func TestCase54KilledWithCallsRingingAndTalking(t *testing.T) {
	const talking, answering, silent = 20, 25, 25
	r := openRoom(t)
	for i := range talking + answering + silent {
		r.m.add("sales", fmt.Sprintf("Local/op%02d@lab-operators/n", i), fmt.Sprintf("anna%d", i))
	}
	files := clone(awayFiles)
	files["campaigns/spring.toml"] = campaignFile("spring", "sales", "out", "progressive", `ring_timeout = "20s"`, "")
	p := startProcess(t, r.config(files, func(toml string) string { return rate(toml, 25) }))
	p.importCSV("spring", leadsHeader+leadsFrom("000", 0, 9))
	p.until("nine talk", func(s api.Status) bool { return calls(s, dialer.PhaseTalking) == 9 })
	p.importCSV("spring", leadsHeader+leadsFrom("000", 9, talking))
	p.until("20 talk", func(s api.Status) bool { return calls(s, dialer.PhaseTalking) == talking })
	// Some answer after 9.9 s and leave after 3 more, the others never answer.
	p.importCSV("spring", leadsHeader+leadsFrom("199", 0, answering)+leadsFrom("400", 0, silent))
	before := p.until("50 telephones ring", func(s api.Status) bool { return calls(s, dialer.PhaseDialing) == answering+silent })
	r.lab.rung(talking + answering + silent)
	dir := p.killed()

	again := startProcess(t, dir)
	s := again.until("all are found", func(s api.Status) bool {
		return len(s.Calls) == len(before.Calls) && calls(s, dialer.PhaseTalking) >= talking
	})
	if n := calls(s, dialer.PhaseDialing); n != answering+silent {
		t.Errorf("%d telephones ring for the new daemon", n)
	}
	agents := map[dialer.CallID]string{}
	for _, c := range before.Calls {
		agents[c.ID] = c.Agent
	}
	for _, c := range s.Calls {
		if c.Agent != agents[c.ID] {
			t.Errorf("call %d talked with %q, and with %q after", c.ID, agents[c.ID], c.Agent)
		}
	}
	again.until("those who rang are served or rang out", func(s api.Status) bool { return len(s.Calls) == talking })
	tales := r.tales()
	for n := range talking {
		if ended := tales[channelNo(n)].ended; ended != 0 {
			t.Errorf("the talk of %s was cut at %.3f", channelNo(n), ended)
		}
		r.m.hangup(channelNo(n))
	}
	again.until("all is over", func(s api.Status) bool { return len(s.Calls) == 0 })
	made := again.attempts()
	if len(made) != len(before.Calls) {
		t.Errorf("%d attempts for %d leads", len(made), len(before.Calls))
	}
	tales = r.tales()
	for _, a := range made {
		want := dialer.Answered
		if a.Number.Digits()[4] == '4' {
			want = dialer.NoAnswer
		}
		if x := tales[channelOf(a)]; a.Outcome != want || a.Agent != x.operator || len(x.rung) != 1 {
			t.Errorf("attempt %d to %s is %s with %q: want %s; the far ends tell %+v", a.ID, a.Number, a.Outcome, a.Agent, want, *x)
		}
	}
}

const leadsHeader = "external_id,phone\n"

// leadsFrom are the rows of leads whose customers all do the same, from one number to another.
func leadsFrom(behaviour string, from, to int) (rows string) {
	for i := from; i < to; i++ {
		rows += fmt.Sprintf("x%s%d,+7900%s%04d\n", behaviour, i, behaviour, i)
	}
	return rows
}

// leadIn is the one lead in a daemon's files.
func leadIn(t *testing.T, dir string) (lead dialer.Lead) {
	t.Helper()
	r, err := store.OpenReader(filepath.Join(dir, "dialerd.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	err = r.LoadLeads(context.Background(), store.LeadFilter{}, 10, func(leads []dialer.Lead) error {
		if len(leads) != 1 {
			return fmt.Errorf("%d leads", len(leads))
		}
		lead = leads[0]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lead
}
