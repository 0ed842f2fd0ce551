package sim

import (
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// daemon is the loop around the core: an inbox, a Tick, effects that are carried out without
// waiting. It can be frozen, as by a machine that swaps, and it can crash.
type daemon struct {
	sim      *simulation
	core     *dialer.Dialer // nil while the daemon is down
	life     int
	began    time.Duration // of this life: Mono counts from here
	inbox    []dialer.Event
	awake    bool          // the inbox will be looked at
	frozen   time.Duration // nothing is done before
	froze    time.Duration // since when
	follow   []dialer.Event
	asks     dialer.AskID // of switches
	wanted   []*switching // that are not acknowledged yet
	refusing []*refusal   // as well
	changing []*pendingChange
	loading  bool                 // leads are still to come
	coming   []string             // buckets of them, as the core was told
	soon     []dialer.LeadVersion // leads that the core has wanted the fields of, at last
	asking   map[dialer.AskID]dialer.CallID
	steps    int
	fallen   int // how many of the scenario's crashes have come
}

// firstSwitch keeps the ids of switches apart from those of the dialplan's questions.
const firstSwitch = dialer.AskID(1) << 40

// start brings the core to where the disk says it was.
func (d *daemon) start() {
	s := d.sim
	d.life++
	d.core = dialer.Restore(s.disk.rows.snapshot)
	d.began, d.froze, d.frozen = s.now, s.now, s.now
	d.inbox, d.follow, d.awake, d.asking = nil, nil, false, map[dialer.AskID]dialer.CallID{}
	d.loading, d.coming, d.soon = false, nil, nil
	s.referee.restarted()
	for _, e := range d.state() {
		if !d.step(e) {
			return
		}
	}
	s.referee.inspectAll()
	s.link.connect()
	d.loadOn()
	d.scheduleTick(d.life)
	if s.quiet {
		d.put(dialer.Drain{})
		s.staff.drained()
	}
}

// freeze has it do nothing for a while, like every process of a machine that swaps.
func (d *daemon) freeze(span time.Duration) {
	if d.sim.now >= d.frozen {
		d.froze = d.sim.now
	}
	d.frozen = max(d.frozen, d.sim.now+span)
	d.sim.referee.trouble(slow, 0, span+time.Second)
	d.sim.say("daemon: frozen for %s", span)
}

// behind is how old the oldest event may be that lies in the inbox.
func (d *daemon) behind() time.Duration {
	if d.sim.now > d.frozen { // in the moment in which it thaws it may still lie there
		return 0
	}
	return d.sim.now - d.froze
}

// crash ends it on the spot.
func (d *daemon) crash() {
	d.sim.say("daemon: crashes")
	d.sim.disk.crash()
	d.stop()
}

// stop is what the outside sees of an end.
func (d *daemon) stop() {
	s := d.sim
	d.life++
	d.core, d.wanted, d.refusing, d.changing = nil, nil, nil, nil
	s.staff.bereft()
	for _, ask := range sorted(d.asking) {
		s.world.Unheard(ask)
	}
	s.link.drop()
}

// upgrade ends it as systemctl restart does: no new calls, what rings is waited for, the state is
// saved, and the next one starts.
func (d *daemon) upgrade() {
	if d.core == nil {
		return
	}
	d.sim.say("daemon: is to end")
	d.put(dialer.Drain{})
	d.sim.staff.drained()
	d.endDrained(d.life, d.sim.now+patience)
}

// patience is how long a daemon that is to end waits for what rings.
const patience = 30 * time.Second

func (d *daemon) endDrained(life int, until time.Duration) {
	s := d.sim
	s.after(500*time.Millisecond, func() {
		if d.life != life {
			return
		}
		if s.now < d.frozen || !d.core.Drained() && s.now < until {
			d.endDrained(life, until)
			return
		}
		away := s.between(200*time.Millisecond, 3*time.Second)
		s.referee.trouble(deaf, s.link.behind(), away+5*time.Second)
		s.say("daemon: ends")
		if !d.step(dialer.SnapshotWanted{}) {
			return
		}
		s.disk.finish()
		d.stop()
		s.after(away, d.revive)
	})
}

// revive starts the daemon, if nobody else has.
func (d *daemon) revive() {
	if d.core == nil {
		d.start()
	}
}

func (d *daemon) scheduleTick(life int) {
	d.sim.agenda.Add(max(d.sim.now+d.sim.scenario.tick, d.frozen), func() {
		if d.life != life {
			return
		}
		d.wake()
		d.scheduleTick(life)
	})
}

// put lays an event into the inbox.
func (d *daemon) put(e dialer.Event) {
	if d.core == nil {
		return
	}
	d.inbox = append(d.inbox, e)
	if d.awake {
		return
	}
	d.awake = true
	life := d.life
	d.sim.agenda.Add(max(d.sim.now, d.frozen), func() {
		if d.life == life && d.awake {
			d.wake()
		}
	})
}

// wake learns what is in the inbox, and plans.
func (d *daemon) wake() {
	if d.sim.now < d.frozen {
		return
	}
	d.awake = false
	inbox := d.inbox
	d.inbox = nil
	for _, e := range inbox {
		if !d.step(e) || !d.followUp() {
			return
		}
	}
	if d.carry("Tick", d.core.Tick(d.time())) {
		d.followUp()
	}
}

// followUp learns what carrying out effects has shown. It is false when the daemon has crashed.
func (d *daemon) followUp() (lives bool) {
	for len(d.follow) > 0 {
		next := d.follow[0]
		d.follow = d.follow[1:]
		if !d.step(next) {
			return false
		}
	}
	return true
}

func (d *daemon) time() dialer.Now {
	return dialer.Now{Wall: d.sim.wall(), Mono: d.sim.now - d.began}
}

// step learns one event. It is false when the daemon has crashed over it.
func (d *daemon) step(e dialer.Event) (lives bool) {
	if d.sim.trace != nil {
		d.sim.say("< %s", describe(e))
	}
	var effects []dialer.Effect
	if !d.withheld(e) {
		effects = d.core.Step(d.time(), e)
	}
	d.learned(e)
	if !d.carry(e, effects) {
		return false
	}
	if _, reconciled := e.(dialer.LinkUp); reconciled {
		d.sim.referee.inspectAll()
	}
	return true
}

// learned notes what the core knows from now on.
func (d *daemon) learned(e dialer.Event) {
	switch e := e.(type) {
	case dialer.BucketsLoading:
		d.coming = e.Buckets
	case dialer.LeadsMerged:
		d.sim.referee.merged(e.Leads)
	}
}

// carry carries out the effects of a step, unless it is the one that the daemon is to crash at: then
// some of them.
func (d *daemon) carry(after any, effects []dialer.Effect) (lives bool) {
	d.inspect(after)
	if !d.doomed() {
		d.do(effects)
		return true
	}
	d.fallen++
	if cut := d.sim.rand.IntN(len(effects) + 1); cut < len(effects) {
		effects = withoutRecords(effects[:cut])
	}
	d.do(effects)
	d.sim.crash()
	return false
}

// withoutRecords is what a step that is cut short has done: its Records are handed to the writer last,
// and together.
func withoutRecords(effects []dialer.Effect) []dialer.Effect {
	return slices.DeleteFunc(slices.Clone(effects), func(e dialer.Effect) bool {
		_, is := e.(dialer.Record)
		return is
	})
}

// doomed tells whether this step is one of those that the scenario has it crash at.
func (d *daemon) doomed() bool {
	at := d.sim.scenario.crashes
	return !d.sim.quiet && d.fallen < len(at) && d.steps >= at[d.fallen]
}

// inspect asks the core whether all holds of what it had its hands on.
func (d *daemon) inspect(after any) {
	d.steps++
	if !d.sim.scenario.check {
		return
	}
	if err := d.core.Check(); err != nil {
		d.sim.referee.breach(0, "Check after %T: %v", after, err)
	}
}

// do carries out effects.
func (d *daemon) do(effects []dialer.Effect) {
	s := d.sim
	var records []dialer.Record
	for _, e := range effects {
		if s.trace != nil {
			s.say("> %s", describe(e))
		}
		switch e := e.(type) {
		case dialer.Record:
			records = append(records, e)
			s.referee.recorded(e.Row)
		case dialer.Originate, dialer.Redirect, dialer.Withdraw, dialer.Hangup, dialer.SetPause, dialer.SetPenalty, dialer.AddMember, dialer.RemoveMember:
			s.link.send(e)
		case dialer.Answer:
			if !s.staff.answered(e) {
				d.answer(e)
			}
		case dialer.Done:
			d.acknowledged(e)
			d.refused(e)
			d.changed(e)
			s.staff.stored(e.Ask)
		case dialer.FieldsWanted:
			d.soon = slices.Clone(e.Leads)
			d.fetch(e)
		}
	}
	if len(records) > 0 {
		s.disk.put(records)
	}
}

// asked brings a question of the dialplan to the core. While nobody listens the connection is
// refused, and the dialplan knows at once; what gets lost on the way it waits for.
func (d *daemon) asked(q pbx.Question) {
	s := d.sim
	switch {
	case s.link.parted:
		return
	case d.core == nil:
		s.world.Unheard(q.Ask)
		return
	}
	life := d.life
	d.asking[q.Ask] = q.Call
	s.after(s.between(200*time.Microsecond, 2*time.Millisecond), func() {
		if d.life == life {
			d.put(dialer.Asked{Ask: q.Ask, Question: q.Question})
		}
	})
}

// answer brings the core's answer to the dialplan, which may have gone on meanwhile.
func (d *daemon) answer(a dialer.Answer) {
	s, life, call := d.sim, d.life, d.asking[a.Ask]
	s.referee.introduces(call, a)
	s.scenario.plant.answers(&a)
	s.after(s.between(300*time.Microsecond, 3*time.Millisecond), func() {
		if d.life != life {
			return
		}
		delete(d.asking, a.Ask)
		if s.world.Answer(a.Ask, a) != nil {
			d.put(dialer.AnswerLost{Call: call})
		} else if a.Action == dialer.ActionHold {
			s.referee.held(call, a.Queue, 0)
		}
	})
}
