package main

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

// What is left when the load has run out: of channels, calls, rows, leads, operators, changes.

// runOut stops the campaigns and waits until Asterisk has no channel any more, and then until the daemon
// knows of no call. What does not come about is a finding, not the end of the test.
func runOut(t *testing.T, found verdicts, m *manager, p *process) {
	t.Helper()
	for _, name := range []string{"spring", "autumn", "winter"} {
		if err := p.client.Switch(context.Background(), dialer.SwitchCampaign, name, false); err != nil {
			t.Fatal(err)
		}
	}
	// The longest ring is 15 s, the longest talk 20 s, the longest wait for nobody 20 s.
	var channels []map[string]string
	within(90*time.Second, func() bool {
		channels = m.list("CoreShowChannels", "CoreShowChannelsComplete")
		return len(channels) == 0
	})
	for _, c := range channels {
		found.add("stuck", "channel %s, %s, is left in Asterisk: %s, %s(%s)", c["Channel"], c["Uniqueid"], c["ChannelStateDesc"], c["Application"], c["ApplicationData"])
	}
	// A call whose end nobody told is found by the second audit of the link.
	var s api.Status
	within(70*time.Second, func() bool {
		var err error
		s, err = p.client.Status(context.Background())
		return err == nil && len(s.Calls) == 0
	})
	for _, c := range s.Calls {
		found.add("stuck", "call %d to %s is %s in the daemon, and no channel is left", c.ID, c.Number, c.Phase)
	}
	for _, c := range s.Campaigns {
		if c.Leads.Dialing > 0 {
			found.add("stuck", "%d leads of %s are dialing, and no channel is left", c.Leads.Dialing, c.Name)
		}
	}
}

// within polls until something is so, and gives up without a word.
func within(most time.Duration, so func() bool) {
	give := time.After(most)
	for !so() {
		select {
		case <-give:
			return
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// left is what the rows and the far ends' files show that never ended.
func (j *crashJudge) left() {
	for _, a := range j.rows {
		if a.Outcome == dialer.Unsettled {
			j.found.add("stuck", "%s to %s has no outcome", channelID(a), a.Number)
		}
	}
	for _, c := range slices.Concat(j.customers, j.operators, farCalls(j.lab.judge("AGENT_LOG"), true)) {
		if c.ended == 0 {
			j.found.add("stuck", "%s of %s rang at %.3f and never ended", c.number, c.id, c.rung)
		}
	}
}

// seatsHold waits until every seat is as the test set it, which is when the last wrap-up is over, and adds
// what is not.
func seatsHold(found verdicts, m *manager, p *process, seats []seat) {
	var amiss verdicts
	within(15*time.Second, func() bool {
		amiss = amissIn(m, p, seats)
		return len(amiss) == 0
	})
	for word, texts := range amiss {
		found[word] = append(found[word], texts...)
	}
}

// amissIn holds the seats against what Asterisk shows: penalty and pause are the test's or his own, and whose
// telephone is free and not paused is ready in the daemon's eyes.
func amissIn(m *manager, p *process, seats []seat) verdicts {
	amiss, states, shown := verdicts{}, map[string]string{}, map[[2]string]map[string]string{}
	s, err := p.client.Status(context.Background())
	if err != nil {
		amiss.add("stuck", "the daemon does not answer: %v", err)
	}
	for _, a := range s.Agents {
		states[a.Interface] = a.State
	}
	for _, e := range m.list("QueueStatus", "QueueStatusComplete") {
		if e["Event"] == "QueueMember" {
			shown[[2]string{e["Queue"], e["Location"]}] = e
		}
	}
	if len(shown) != len(seats) {
		amiss.add("penalty", "Asterisk has %d members, the test gave it %d", len(shown), len(seats))
	}
	for _, x := range seats {
		e := shown[[2]string{x.queue, x.iface()}]
		if e["Penalty"] != strconv.Itoa(x.penalty) || e["Paused"] != paused(x) || e["PausedReason"] != x.reason() {
			amiss.add("penalty", "%s in %s: penalty %s, paused %s, reason %q; the test or he himself gave penalty %d, paused %s, reason %q",
				x.name, x.queue, e["Penalty"], e["Paused"], e["PausedReason"], x.penalty, paused(x), x.reason())
		}
		if state := states[x.iface()]; x.reason() == "" && e["Status"] == notInUse && state != dialer.AgentReady.String() {
			amiss.add("stuck", "%s is free and not paused, to the daemon he is %q", x.name, state)
		}
	}
	return amiss
}

// pausedRung: nobody whom the test has paused was rung.
func (j *crashJudge) pausedRung(seats []seat) {
	for _, o := range j.operators {
		if slices.ContainsFunc(seats, func(x seat) bool { return x.name == o.number && x.paused != "" }) {
			j.found.add("penalty", "%s was rung while paused", o.number)
		}
	}
}

func paused(s seat) string {
	if s.reason() != "" {
		return "1"
	}
	return "0"
}

// changes: what was acknowledged is on disk, and was heeded.
func (j *crashJudge) changes(c *changer, leads []store.NewLead, dir string) {
	r, err := store.OpenReader(filepath.Join(dir, "dialerd.db"))
	if err != nil {
		j.t.Fatal(err)
	}
	defer r.Close()
	there := map[string]int{}
	if err := r.ExportLeads(context.Background(), store.LeadFilter{}, func(l store.ExportedLead) error {
		there[l.External]++
		return nil
	}); err != nil {
		j.t.Fatal(err)
	}
	want := slices.Clone(c.imported)
	for _, l := range leads {
		want = append(want, l.External)
	}
	for _, external := range want {
		if there[external] != 1 {
			j.found.add("stuck", "lead %s was acknowledged and is in the file %d times", external, there[external])
		}
	}
	for _, why := range c.refused {
		j.found.add("stuck", "a new lead was not added: %s", why)
	}
	switches, err := r.Switches(context.Background())
	if err != nil {
		j.t.Fatal(err)
	}
	off := 0
	for _, x := range switches {
		if !x.Running {
			off++
		}
	}
	if off != 3 {
		j.found.add("stuck", "three campaigns were stopped at the end, the file has %v", switches)
	}
	for _, x := range j.customers {
		if c.leads.bucketOf[x.number] == switchable && c.wasOff(x.rung) {
			j.found.add("stuck", "%s of %s was rung at %.3f, while the campaign was stopped", x.number, switchable, x.rung)
		}
	}
}
