package dialer

import (
	"maps"
	"slices"
	"time"
)

// linkUp takes the whole state of a PBX. Whatever was missed while it could not be heard is made up
// from it: a call of ours that is not there any more has ended.
func (d *Dialer) linkUp(e LinkUp) {
	l := d.links.get(e.PBX)
	l.up, l.why, l.version, l.lagging, l.since = true, "", e.Version, 0, d.now.Wall.UTC()
	l.rests = 0 // whatever it was, this is a new connection
	l.ups++
	restarted := d.noteRestart(l, e)
	l.syncing, l.wiped = true, restarted
	d.doubtLoans(e.PBX, restarted)
	d.syncMembers(e)
	l.syncing, l.wiped = false, false
	d.settleLoans(e.PBX, restarted)
	d.followEdits()
	d.resumeLogins(e.PBX, restarted)
	live := map[CallID]LiveCall{}
	for _, x := range e.Calls {
		live[x.Call] = x
		if d.calls.byID[x.Call] == nil {
			d.notice(Info, "PBX %q has call %d, which is not under way here: it is left alone", e.PBX, x.Call)
			d.calls.next = max(d.calls.next, x.Call+1) // its row may be missing, after a backup was restored
		}
	}
	for _, c := range append([]*call(nil), d.calls.list...) {
		if c.attempt.PBX != e.PBX || c.phase == PhasePlanned {
			continue
		}
		d.touched.call(c)
		if x, ok := live[c.attempt.ID]; ok {
			d.found(c, x)
		} else {
			c.evidence.lost = !(c.attempt.Answered.IsZero() && c.evidence.tells())
			d.finish(c)
		}
	}
}

// followEdits follows what was edited in agents.toml while the daemon was down, as reconfigureLogins does an edit
// while it runs.
func (d *Dialer) followEdits() {
	if d.memory.agents == nil || !d.allUp() {
		return
	}
	before := Config{Queues: d.config.Queues}
	for _, s := range d.memory.agents {
		before.Agents = append(before.Agents, AgentConfig{ID: s.ID, Interface: s.Interface, Queues: s.Queues})
	}
	d.memory.agents, d.snapshotEmpty = nil, false
	d.reconfigureLogins(&before)
}

// sameStart is how far two readings of one start time may be apart: Asterisk says it in seconds.
const sameStart = 2 * time.Second

// noteRestart tells when this Asterisk is not the one that was there before: its calls are gone with it.
func (d *Dialer) noteRestart(l *link, e LinkUp) (restarted bool) {
	if !l.started.IsZero() && !e.Started.IsZero() && e.Started.Sub(l.started) > sameStart {
		l.restarts++
		restarted = true
		d.notice(Warning, "PBX %q was restarted: the %d calls it had are gone", e.PBX, l.calls)
	}
	if !e.Started.IsZero() {
		d.snapshotEmpty = d.snapshotEmpty && l.started.Equal(e.Started) // what starts next has to know of it
		l.started = e.Started
	}
	return restarted
}

func (d *Dialer) syncMembers(e LinkUp) {
	listed := map[memberKey]bool{}
	for _, m := range e.Members {
		listed[memberKey{e.PBX, m.Queue, m.Interface}] = true
	}
	for _, a := range append([]*agent(nil), d.agents.list...) {
		for _, m := range append([]*member(nil), a.members...) {
			if key := (memberKey{a.pbx, m.Queue, a.iface}); a.pbx == e.PBX && !listed[key] {
				d.memberRemoved(key)
			}
		}
	}
	for _, m := range e.Members {
		d.memberChanged(e.PBX, m)
	}
	for _, a := range d.agents.list {
		if a.pbx == e.PBX {
			for _, m := range a.members {
				m.lifting = ""
			}
			a.stopRinging()
			a.talk = nil
			d.reclaim(a)
		}
	}
}

// found is a call of ours that is live.
func (d *Dialer) found(c *call, x LiveCall) {
	c.evidence.ended = false // whatever was said of it, it is there
	if x.Up {
		d.answered(c)
	}
	switch {
	case x.Agent != "":
		if c.phase == PhaseTalking {
			if a := d.agents.find(c.attempt.PBX, x.Agent); a != nil {
				a.talk = c
				d.lendWrapup(a, c.attempt.Queue)
			}
			return
		}
		d.connected(CallConnected{PBX: c.attempt.PBX, Call: c.attempt.ID, Queue: x.Queue, Interface: x.Agent})
	case x.Queue != "":
		d.joined(c)
	}
}

func (d *Dialer) linkDown(e LinkDown) {
	l := d.links.get(e.PBX)
	if l.up || l.since.IsZero() {
		l.since = d.now.Wall.UTC()
	}
	l.up, l.why = false, e.Reason
}

// loadAttempts brings the attempts of an earlier life that have no outcome to life again, with what
// the snapshot knows of them. LinkUp then tells which of them live.
func (d *Dialer) loadAttempts(e AttemptsLoaded) {
	d.calls.next = max(d.calls.next, e.NextID)
	for _, a := range e.Attempts {
		if d.calls.byID[a.ID] != nil {
			continue
		}
		c := &call{attempt: a, campaign: d.campaignOf(a), trunk: d.trunks.get(a.Trunk), phase: PhaseDialing, planned: d.now.Mono}
		c.deadline = d.now.Mono + c.campaign.Pacing.RingTimeout.Span() + silence
		if s, ok := d.memory.calls[a.ID]; ok {
			d.revive(c, s)
		}
		d.rejoin(c)
		d.calls.add(c)
		d.hold(c)
	}
	for _, a := range slices.Concat(e.Attempts, e.Recent) {
		if d.now.Wall.Sub(a.Planned) < 2*time.Second { // it counts towards the calls of this second
			d.links.get(a.PBX).rate.went(d.now.Mono)
			d.trunks.get(a.Trunk).rate.went(d.now.Mono)
		}
	}
	for _, a := range e.Recent {
		if c := d.campaign(a.Campaign); c != nil {
			if date := a.Planned.In(d.zone(c.Timezone)).Format(time.DateOnly); date == d.date(c) {
				c.today.add(a, date)
			}
		}
	}
	for _, a := range e.Recent {
		if d.memory.missed(a.ID) {
			d.abandoned.get(a.Campaign).add(a, d.now.Wall)
		}
	}
	clear(d.memory.calls)
	d.pools.recall(e.Recent, d.now.Wall)
	d.recallTrunks(e.Recent)
	d.dropPBXs()
}

// revive gives a call what the snapshot knew. Where it waited may have changed since, by the
// dialplan's own timers: it counts as in its queue, out of which nothing we do can cut a talk.
func (d *Dialer) revive(c *call, s CallState) {
	if s.Answered.IsZero() {
		return
	}
	c.attempt.Answered, c.attempt.Connected, c.attempt.Agent = s.Answered, s.Connected, s.Agent
	c.answered = d.now.Mono - d.now.Wall.Sub(s.Answered)
	c.abandoned, c.machine = s.Abandoned, s.Machine
	switch s.Phase {
	case PhaseTalking, PhaseMessage:
		c.phase, c.deadline = s.Phase, 0
	default:
		d.toQueue(c)
	}
}

// campaignOf is the campaign of an attempt; when it is configured no more, what is left of it.
func (d *Dialer) campaignOf(a Attempt) *campaign {
	if c := d.campaign(a.Campaign); c != nil {
		return c
	}
	c := &campaign{Campaign: NewCampaign(), gone: true, pbx: a.PBX}
	c.Name, c.Queue = a.Campaign, a.Queue
	d.campaigns = append(d.campaigns, c)
	return c
}

// dropPBXs lets go of PBXs that are not configured any more: nothing will be heard of their members and
// calls.
func (d *Dialer) dropPBXs() {
	for _, name := range slices.Sorted(maps.Keys(d.links)) {
		if slices.ContainsFunc(d.config.PBXs, func(p PBX) bool { return p.Name == name }) {
			continue
		}
		d.linkDown(LinkDown{PBX: name, Reason: "it is no longer configured"})
		d.links.get(name).wiped = true // nobody has taken anybody out
		for _, a := range slices.Clone(d.agents.list) {
			for _, m := range slices.Clone(a.members) {
				if a.pbx == name {
					a.person.loaded = true // his pause may be found again, by another name of its PBX
					d.memberRemoved(memberKey{name, m.Queue, a.iface})
				}
			}
		}
		d.links.get(name).wiped = false
		d.dropLoans(name)
		for _, c := range slices.Clone(d.calls.list) {
			if c.attempt.PBX == name && c.phase != PhasePlanned { // those are cancelled when their turn comes
				d.touched.call(c)
				c.evidence.lost = true
				d.finish(c)
			}
		}
	}
}
