package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// TestCase56AsteriskKilledAndRestarted: Asterisk is killed under load and started again, then told to
// restart, then to load app_queue's files anew. Its calls are gone and end as what was known of them;
// the daemon notices each, calls nobody while the queue is empty, and goes on when there are members.
func TestCase56AsteriskKilledAndRestarted(t *testing.T) {
	r := startRoom(t)
	restarted := func(what string, hurt, mend func(), rang ...dialer.Outcome) {
		before := r.p.until("the status is there", func(api.Status) bool { return true })
		r.blindFor(what, hurt, mend, func(time.Time) bool { return true })
		s := r.p.until("it is noticed that Asterisk is another", func(s api.Status) bool {
			return s.PBXs[0].Restarts == before.PBXs[0].Restarts+1 && s.PBXs[0].Started.After(before.PBXs[0].Started)
		})
		r.goneWith(what, before, s, rang)
		s = r.p.until("the campaign says that nobody is there", func(s api.Status) bool { return s.Campaigns[0].Idle == "no operator is free" && len(s.Agents) == 0 })
		if s.Campaigns[0].Leads.Dialing != 0 {
			t.Errorf("%s: leads are left in dialing: %+v", what, s.Campaigns[0].Leads)
		}
		r.m = r.manager()
		r.staff()
		r.working("after " + what)
	}
	restarted("a kill of Asterisk", r.kill, r.startAgain, dialer.Lost)
	if !r.p.logHas("was restarted") {
		t.Error("the log does not say that Asterisk was restarted")
	}
	// Told to restart, it first hangs up on everybody, in order; the daemon may hear of that, or have gone
	// when it was refused a call.
	restarted("a restart of Asterisk", func() { r.cli("core restart now") }, func() {}, dialer.NoAnswer, dialer.Lost)
	r.reloadQueues()
	r.working("after the queues were reloaded")
	s := r.finish()
	if s.Campaigns[0].Leads.Dialing != 0 || s.PBXs[0].Calls != 0 || s.Trunks[0].Used != 0 {
		t.Errorf("something is left over: %+v %+v %+v", s.Campaigns[0].Leads, s.PBXs[0], s.Trunks[0])
	}
	r.judgeAll()
}

// goneWith: the calls that an Asterisk took with it have ended, those that talked as talks, and those
// that rang with an outcome of their own.
func (r *room) goneWith(what string, before, after api.Status, rang []dialer.Outcome) {
	r.t.Helper()
	began := r.blind[len(r.blind)-1].from
	for _, c := range after.Calls {
		if slices.ContainsFunc(before.Calls, func(x api.Call) bool { return x.ID == c.ID }) {
			r.t.Errorf("%s: call %d is still %s", what, c.ID, c.Phase)
		}
	}
	attempts := map[dialer.CallID]dialer.Attempt{}
	for _, a := range r.p.attempts() {
		attempts[a.ID] = a
	}
	counts, tales := map[dialer.Outcome]int{}, r.tales()
	for _, c := range before.Calls {
		a := attempts[c.ID]
		if t := tales[channelOf(a)]; t == nil || t.ended != 0 && t.ended < began {
			continue // it ended by itself, before
		}
		counts[a.Outcome]++
		if c.Phase == dialer.PhaseTalking && a.Outcome != dialer.Answered {
			r.t.Errorf("%s: call %d talked and is %s", what, c.ID, a.Outcome)
		}
	}
	ringing := 0
	for _, o := range rang {
		ringing += counts[o]
	}
	if ringing == 0 || counts[dialer.Answered] == 0 {
		r.t.Errorf("%s: of the calls that it took with it became %v: want some that talked and some that rang", what, counts)
	}
	r.t.Logf("%s: of the calls that it took with it became %v", what, counts)
}

// reloadQueues: a member whom only the queue's file shows is known soon after app_queue has read it,
// for which Asterisk has no event, and is forgotten when the file shows him no more.
func (r *room) reloadQueues() {
	r.t.Helper()
	const written = "Local/talk10_77@lab-operators/n"
	path := filepath.Join(r.dir, "etc", "queues.conf")
	was, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	there := func(s api.Status) bool {
		return slices.ContainsFunc(s.Agents, func(a api.Agent) bool { return a.Interface == written })
	}
	for _, file := range []struct {
		text string
		want bool
	}{{string(was) + "\n[sales](+)\nmember => " + written + ",5\n", true}, {string(was), false}} {
		if err := os.WriteFile(path, []byte(file.text), 0o600); err != nil {
			r.t.Fatal(err)
		}
		r.cli("module reload app_queue.so")
		s := r.p.until("the members of the file are known", func(s api.Status) bool { return there(s) == file.want })
		if len(s.Agents) < len(roomOperators) {
			r.t.Errorf("a reload of the queues has lost operators: %+v", s.Agents)
		}
	}
}
