package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// twoCampaigns each have a queue of their own, and two operators in it.
func twoCampaigns(r *room) map[string]string {
	for _, m := range []struct{ queue, operator string }{{"sales", "op01"}, {"sales", "op02"}, {"support", "op03"}, {"support", "op04"}} {
		r.m.add(m.queue, "Local/"+m.operator+"@lab-operators/n", m.operator)
	}
	files := clone(awayFiles)
	files["queues.toml"] += "[[queue]]\nname = \"support\"\n"
	files["campaigns/autumn.toml"] = campaignFile("autumn", "support", "out", "progressive", "", "")
	return files
}

var queueOf = map[string]string{"spring": "sales", "autumn": "support"}

// TestCase58FastAGIUnreachable: Asterisk does not reach the daemon's FastAGI, once because nobody listens
// there, though the daemon lives, and once because it is dead. Each customer who answers goes to the
// queue named in his own call's variable, and a daemon that lives knows of the talk by AMI.
func TestCase58FastAGIUnreachable(t *testing.T) {
	r := openRoom(t)
	p := startProcess(t, r.config(twoCampaigns(r), func(toml string) string { return strings.Replace(toml, r.env["AGI_ADDR"], "127.0.0.1:0", 1) }))
	p.importCSV("spring", leadsHeader+leadsFrom("105", 0, 2)) // answers after half a second, leaves after 3 more
	p.importCSV("autumn", leadsHeader+leadsFrom("105", 2, 4))
	p.until("all four are done", func(s api.Status) bool { return finishedLeads(s) == 4 && len(s.Calls) == 0 })
	r.inOwnQueues(p, 4)
	if p.logHas("FastAGI session") {
		t.Error("the daemon was asked something: nothing is shown by that")
	}

	p.importCSV("spring", leadsHeader+leadsFrom("120", 10, 12)) // answers after two seconds
	p.importCSV("autumn", leadsHeader+leadsFrom("120", 12, 14))
	p.until("four telephones ring", func(s api.Status) bool { return calls(s, dialer.PhaseDialing) == 4 })
	r.lab.rung(8)
	dir := p.killed()
	waitFor(t, time.Minute, "all have ended", func() bool { return countJudged(r.lab, "7900", "ended") == 8 }, func() string { return "" })
	again := startProcess(t, dir)
	again.until("all eight are done", func(s api.Status) bool { return finishedLeads(s) == 8 && len(s.Calls) == 0 })
	r.inOwnQueues(again, 8)
}

func finishedLeads(s api.Status) (n int) {
	for _, c := range s.Campaigns {
		n += c.Leads.Finished
	}
	return n
}

// inOwnQueues: every call came into its campaign's queue and talked to an operator of it. Of those that
// came and went while the daemon was dead, it knows nothing.
func (r *room) inOwnQueues(p *process, count int) {
	r.t.Helper()
	tales, made := r.tales(), p.attempts()
	if len(made) != count {
		r.t.Errorf("%d attempts, want %d", len(made), count)
	}
	for _, a := range made {
		x := tales[channelOf(a)]
		if x == nil || x.queued != queueOf[a.Campaign] || x.operator == "" {
			r.t.Errorf("call %d of %s: %+v", a.ID, a.Campaign, x)
		} else if a.Outcome != dialer.Lost && (a.Outcome != dialer.Answered || a.Agent != x.operator) || a.Outcome == dialer.Lost && a.ID <= 4 {
			r.t.Errorf("call %d is %s with %q, the far ends tell %+v", a.ID, a.Outcome, a.Agent, *x)
		}
	}
}

// TestCase61CampaignGoneByReload: a campaign and its queue are taken out of the files while one of its
// customers talks and the telephone of another rings. Both calls end as they would have, nobody else
// of it is called, and its leads wait until it is back.
func TestCase61CampaignGoneByReload(t *testing.T) {
	r := openRoom(t)
	files := twoCampaigns(r)
	p := startProcess(t, r.config(files))
	p.importCSV("spring", leadsHeader+leadsFrom("000", 0, 1)) // answers and stays
	p.until("one talks", func(s api.Status) bool { return calls(s, dialer.PhaseTalking) == 1 })
	p.importCSV("spring", leadsHeader+leadsFrom("030", 1, 2)) // answers after three seconds and stays
	p.until("one rings", func(s api.Status) bool { return calls(s, dialer.PhaseDialing) == 1 })
	p.importCSV("spring", leadsHeader+leadsFrom("000", 10, 15))
	r.reload(p, map[string]string{"campaigns/spring.toml": "", "queues.toml": "[[queue]]\nname = \"support\"\n"})

	s := p.until("both talk", func(s api.Status) bool { return calls(s, dialer.PhaseTalking) == 2 })
	if talks := s.Calls; talks[0].Agent == "" || talks[1].Agent == "" || talks[0].Campaign != "spring" {
		t.Errorf("calls: %+v", talks)
	}
	r.m.hangup(channelNo(0), channelNo(1))
	s = p.until("both have ended", func(s api.Status) bool { return len(s.Calls) == 0 })
	if c := campaignIn(s, "spring"); c != nil {
		t.Errorf("the campaign is still shown: %+v", c)
	}
	// The other campaign is called for, and the operators of this one are free: nobody of it is called.
	p.importCSV("autumn", leadsHeader+leadsFrom("105", 20, 22))
	s = p.until("the other campaign is done", func(s api.Status) bool { return finishedLeads(s) == 2 && len(s.Calls) == 0 })
	if free := slices.DeleteFunc(slices.Clone(s.Agents), func(a api.Agent) bool { return a.State != "ready" }); len(free) != 4 {
		t.Errorf("not all operators are free: %+v", s.Agents)
	}
	if n := r.rungOf(p, "spring"); n != 2 {
		t.Errorf("%d people of the campaign were called, 2 of them before it was taken out", n)
	}

	r.reload(p, map[string]string{"campaigns/spring.toml": files["campaigns/spring.toml"], "queues.toml": files["queues.toml"]})
	s = p.until("its other leads are called when it is back", func(s api.Status) bool { return calls(s, dialer.PhaseTalking) == 2 })
	if leads := campaignIn(s, "spring").Leads; leads.Finished != 2 || leads.Total() != 7 {
		t.Errorf("leads: %+v", leads)
	}
	for _, a := range p.attempts() {
		if x := r.tales()[channelOf(a)]; a.Outcome != dialer.Unsettled && (a.Outcome != dialer.Answered || a.Agent != x.operator || x.queued != queueOf[a.Campaign]) {
			t.Errorf("attempt %d of %s is %s with %q; the far ends tell %+v", a.ID, a.Campaign, a.Outcome, a.Agent, *x)
		}
	}
}

// reload changes files, or removes those that are to be empty, and has the daemon read them.
func (r *room) reload(p *process, files map[string]string) {
	r.t.Helper()
	for name, text := range files {
		path := filepath.Join(p.dir, name)
		err := os.Remove(path)
		if text != "" {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
	if err := p.client.Reload(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// rungOf counts the people of a campaign whose telephones rang.
func (r *room) rungOf(p *process, campaign string) (n int) {
	tales := r.tales()
	for _, a := range p.attempts() {
		if x := tales[channelOf(a)]; a.Campaign == campaign && x != nil {
			n += len(x.rung)
		}
	}
	return n
}
