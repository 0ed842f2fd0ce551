package sim

import (
	"slices"
	"time"

	"dialerd/dialer"
)

// loading is how the daemon reads the leads at start: all before anything else, or bucket by bucket while
// it is at work already.
type loading struct {
	chunk int           // leads at once; 0: all
	every time.Duration // from one chunk to the next
}

// state is what the disk says, in the order in which the core wants it.
func (d *daemon) state() []dialer.Event {
	s := d.sim
	now := s.wall()
	events := []dialer.Event{dialer.Configured{Config: s.scenario.config(s.edition)}}
	if s.scenario.plant != plantRefused {
		events = append(events, s.disk.rows.loadDNC()...)
	}
	if s.scenario.plant != plantOften {
		events = append(events, dialer.NumbersLoaded{Numbers: d.numbers(now)})
	}
	open, recent := s.disk.rows.split(now)
	s.say("daemon: life %d, %d attempts without outcome", d.life, len(open))
	events = append(events, d.firstLeads(open)...)
	events = append(events, dialer.AttemptsLoaded{Attempts: open, Recent: recent, NextID: dialer.CallID(len(s.disk.rows.attempts) + 1)})
	if s.scenario.plant != plantIntents {
		events = append(events, dialer.AgentsLoaded{Agents: slices.Clone(s.disk.rows.agents)})
	}
	if s.scenario.plant != plantKeep {
		events = append(events, dialer.LoansLoaded{Loans: slices.Clone(s.disk.rows.loans)})
	}
	for _, x := range s.disk.rows.switches {
		events = append(events, dialer.SwitchSet{Kind: x.Kind, Name: x.Name, Running: x.Running})
	}
	return events
}

func (d *daemon) numbers(now time.Time) []dialer.NumberHistory {
	all := d.sim.disk.rows.numbers(now)
	if d.sim.scenario.plant == plantServed {
		for i := range all {
			all[i].Abandoned = time.Time{}
		}
	}
	return all
}

// firstLeads is those that have to be there before the attempts are: all, or who may be in a call.
func (d *daemon) firstLeads(open []dialer.Attempt) []dialer.Event {
	if d.sim.scenario.loading.chunk == 0 {
		return []dialer.Event{dialer.LeadsLoaded{Leads: d.read(d.sim.disk.rows.all())}}
	}
	var ids []dialer.LeadID
	for _, a := range open {
		ids = append(ids, a.Lead)
	}
	names, _ := d.sim.disk.rows.buckets()
	return []dialer.Event{dialer.BucketsLoading{Buckets: names}, dialer.LeadsLoaded{Leads: d.read(ids)}}
}

// loadOn reads the leads that are still to come, a chunk at a time, and says when a bucket is there.
func (d *daemon) loadOn() {
	names, ids := d.sim.disk.rows.buckets()
	if d.sim.scenario.loading.chunk == 0 || len(names) == 0 {
		return
	}
	d.loading = true
	d.loadChunk(d.life, names, ids)
}

func (d *daemon) loadChunk(life int, names []string, ids map[string][]dialer.LeadID) {
	d.sim.after(d.sim.scenario.loading.every, func() {
		if d.life != life {
			return
		}
		bucket := ids[names[0]]
		n := min(len(bucket), d.sim.scenario.loading.chunk)
		d.put(dialer.LeadsLoaded{Leads: d.read(bucket[:n])})
		if ids[names[0]] = bucket[n:]; n == len(bucket) {
			names = names[1:]
			d.put(dialer.BucketsLoading{Buckets: names})
		}
		if len(names) == 0 {
			d.loading = false
			return
		}
		d.loadChunk(life, names, ids)
	})
}

// read is some leads from the disk.
func (d *daemon) read(ids []dialer.LeadID) []dialer.Lead {
	leads := d.sim.disk.rows.load(ids)
	if d.sim.scenario.plant == plantInvalid {
		for i := range leads {
			leads[i].Numbers = slices.Clone(leads[i].Numbers)
			for j := range leads[i].Numbers {
				leads[i].Numbers[j].Invalid = false
			}
		}
	}
	return leads
}

// withheld tells whether the plant keeps an event from the core.
func (d *daemon) withheld(e dialer.Event) bool {
	switch x := e.(type) {
	case dialer.BucketsLoading:
		return d.sim.scenario.plant == plantEarly
	case dialer.LeadsMerged:
		return d.sim.scenario.plant == plantMerge
	case dialer.LeadsEdited:
		if d.sim.scenario.plant == plantHold && x.What == dialer.EditHold {
			d.changed(dialer.Done{Ask: x.Ask})
			return true
		}
	}
	return false
}
