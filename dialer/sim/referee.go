package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// referee judges the core from outside: by the far ends' own counts, by what the disk held at each
// moment, and by what really became of each call.
type referee struct {
	sim        *simulation
	violations []Violation
	troubles   [kinds][]span // stretches in which something was broken, and a little longer
	troubled   time.Duration
	loaded     []time.Duration // when each edition of the configuration began to hold
	stopped    map[string]time.Duration
	barred     map[barred]time.Duration // since when
	suspects   map[string]bool          // of the last look: what is so twice is wrong
	breaches   int                      // of the PBX, seen so far
	zones      map[string]*time.Location
	outages    []outage
	sent       map[dialer.CallID]sent
	knows      map[dialer.LeadID]dialer.Lead     // leads of which the core and the disk know different things
	aside      map[dialer.LeadID]dialer.EditKind // held or deleted, acknowledged
	revoked    map[dialer.LeadID]bool            // that somebody has asked to be called again, ever
	early      int                               // calls that were planned while leads were still to come
	edits      map[dialer.EditKind]int           // of leads, acknowledged
	penalties  map[seat][]int                    // that somebody else has set; more than one: whichever stands
	meddled    map[seat]time.Duration            // when, and nothing of ours has arrived since
	refreshed  time.Duration                     // when the queues were reloaded, last
	hasty      map[dialer.CallID]string          // calls that may have lost their operator too early
	kept       map[bool]int                      // operators who stood as they were to: paused, at work
	introduced int                               // answers with the fields of the lead
}

// Violation is something that must not be.
type Violation struct {
	At   time.Duration
	Call dialer.CallID // 0 when it is about none
	Text string
}

func (v Violation) String() string {
	if v.Call == 0 {
		return fmt.Sprintf("%.3f: %s", v.At.Seconds(), v.Text)
	}
	return fmt.Sprintf("%.3f: call %d %s", v.At.Seconds(), v.Call, v.Text)
}

type span struct{ from, to time.Duration }

// kind is what a trouble does to what the core can know.
type kind uint8

const (
	slow  kind = iota // it learns everything, late
	deaf              // it misses something
	kinds             // how many there are
)

func newReferee(s *simulation) *referee {
	return &referee{sim: s, stopped: map[string]time.Duration{}, barred: map[barred]time.Duration{}, suspects: map[string]bool{},
		loaded: []time.Duration{0}, zones: map[string]*time.Location{}, sent: map[dialer.CallID]sent{}, knows: map[dialer.LeadID]dialer.Lead{},
		aside: map[dialer.LeadID]dialer.EditKind{}, revoked: map[dialer.LeadID]bool{}, edits: map[dialer.EditKind]int{},
		penalties: map[seat][]int{}, meddled: map[seat]time.Duration{}, kept: map[bool]int{}, hasty: map[dialer.CallID]string{}}
}

func (r *referee) breach(call dialer.CallID, format string, args ...any) {
	v := Violation{r.sim.now, call, fmt.Sprintf(format, args...)}
	r.violations = append(r.violations, v)
	r.sim.say("VIOLATION %s", v)
}

// enough tells whether there is no use in going on: the first violations tell.
func (r *referee) enough() bool { return len(r.violations) >= 20 }

// trouble notes that something is broken from now on for a while, and what was under way a while
// before is lost with it.
func (r *referee) trouble(k kind, before, d time.Duration) {
	now := r.sim.now
	r.troubled = max(r.troubled, now+d)
	spans := r.troubles[k]
	if n := len(spans); n > 0 && spans[n-1].to >= now {
		spans[n-1] = span{min(spans[n-1].from, now-before), max(spans[n-1].to, now+d)}
		return
	}
	r.troubles[k] = append(spans, span{now - before, now + d})
}

// was tells whether there was a trouble of a kind in a stretch of time.
func (r *referee) was(k kind, from, to time.Duration) bool {
	return slices.ContainsFunc(r.troubles[k], func(t span) bool { return t.from <= to && from <= t.to })
}

// placing judges an Originate that arrives at the PBX.
func (r *referee) placing(o dialer.Originate) {
	s := r.sim
	a := s.disk.rows.attempt(o.Call)
	if a == nil {
		r.breach(o.Call, "is originated and its attempt is not on disk")
		return
	}
	if a.Outcome != dialer.Unsettled {
		r.breach(o.Call, "is originated after it ended as %s", a.Outcome)
	}
	r.dialsRefused(a)
	for _, name := range []string{"department sales", "campaign " + a.Campaign} {
		if since, ok := r.stopped[name]; ok && s.now-since > 100*time.Millisecond {
			r.breach(o.Call, "is originated %s after %s was stopped", s.now-since, name)
		}
	}
}

// switched is an acknowledged start or stop.
func (r *referee) switched(x *switching) {
	name := x.kind.String() + " " + x.name
	if x.running {
		delete(r.stopped, name)
	} else if _, ok := r.stopped[name]; !ok {
		r.stopped[name] = r.sim.now
	}
}

// reloaded is a new edition of the configuration, on its way to the core, which may be frozen.
func (r *referee) reloaded() { r.loaded = append(r.loaded, max(r.sim.now, r.troubled)) }

// inspectAll asks the core whether everything holds.
func (r *referee) inspectAll() {
	if err := r.sim.daemon.core.CheckAll(); err != nil {
		r.breach(0, "CheckAll: %v", err)
	}
}

// schedule looks at everything from time to time.
func (r *referee) schedule() {
	r.sim.after(r.sim.scenario.look, func() {
		r.look()
		r.schedule()
	})
}

func (r *referee) look() {
	r.readBreaches()
	if r.sim.daemon.core == nil {
		return
	}
	r.inspectAll()
	if r.sim.now < r.troubled+30*time.Second {
		clear(r.suspects)
		return
	}
	now := map[string]bool{}
	status := r.sim.daemon.core.Status()
	r.lookAtAgents(now, status.Agents)
	r.lookAtCampaigns(now, status)
	r.lookAtAttempts(now)
	r.lookAtDesks()
	for _, text := range sorted(now) {
		if r.suspects[text] {
			r.breach(0, "%s, for %s at least", text, r.sim.scenario.look)
		}
	}
	r.suspects = now
}

// readBreaches takes over what the PBX has seen.
func (r *referee) readBreaches() {
	all := r.sim.world.Breaches()
	for _, b := range all[r.breaches:] {
		r.violations = append(r.violations, Violation{b.At, b.Call, "at the PBX: " + b.Text})
	}
	r.breaches = len(all)
}

// lookAtAgents finds operators whom the core thinks occupied and who are not.
func (r *referee) lookAtAgents(suspects map[string]bool, agents []dialer.AgentStatus) {
	for _, a := range agents {
		f := r.sim.world.Fate(a.Call)
		switch {
		case a.State == dialer.AgentClaimed || a.State == dialer.AgentRings:
			suspects[fmt.Sprintf("operator %s is %s for call %d", a.ID, a.State, a.Call)] = true
		case a.Call != 0 && (f == nil || !f.Live()):
			suspects[fmt.Sprintf("operator %s is %s for call %d, which is over", a.ID, a.State, a.Call)] = true
		case a.State == dialer.AgentWrapup && r.sim.now-r.sim.world.LastCall(a.Interface) < r.sim.scenario.team.wrapup+10*time.Second:
			// Asterisk need not know of it: somebody else may have lifted our pause
		case a.State == dialer.AgentPausing || a.State == dialer.AgentUnpausing: // see keeps
		case a.State != dialer.AgentReady && r.sim.world.Free(a.Interface):
			suspects[fmt.Sprintf("operator %s is free, and the core thinks %s", a.ID, a.State)] = true
		}
	}
}

// lookAtCampaigns finds those that call nobody for want of something that there is: while nobody has
// been called for a while and no call of ours lives, all lines are free and all ready operators.
func (r *referee) lookAtCampaigns(suspects map[string]bool, status dialer.Status) {
	_, calls := r.sim.world.State()
	fates := r.sim.world.Fates()
	if len(calls) > 0 || len(fates) > 0 && r.sim.now-fates[len(fates)-1].Originated < r.sim.scenario.look/2 {
		return
	}
	for _, c := range status.Campaigns {
		short := c.Idle == "" || strings.Contains(c.Idle, "taken") || strings.Contains(c.Idle, "this second") ||
			strings.Contains(c.Idle, "no operator") || strings.Contains(c.Idle, "slow") || strings.Contains(c.Idle, "reached")
		if short && slices.ContainsFunc(status.Agents, func(a dialer.AgentStatus) bool { return ready(a, c.Queue) }) {
			suspects[fmt.Sprintf("campaign %s calls nobody: %s", c.Name, c.Idle)] = true
		}
	}
}

// ready tells whether the core thinks that an operator can take a call of a queue.
func ready(a dialer.AgentStatus, queue string) bool {
	return a.State == dialer.AgentReady && slices.ContainsFunc(a.Members, func(m dialer.Member) bool { return m.Queue == queue && !m.Paused })
}

// lookAtAttempts finds attempts that have no outcome though their call is over.
func (r *referee) lookAtAttempts(suspects map[string]bool) {
	for _, a := range r.sim.disk.rows.attempts {
		if a.Outcome != dialer.Unsettled {
			continue
		}
		if f := r.sim.world.Fate(a.ID); f == nil || !f.Live() {
			suspects[fmt.Sprintf("call %d is over, and has no outcome", a.ID)] = true
		}
	}
}

// settle judges the end, when everything has come to rest.
func (r *referee) settle() {
	r.readBreaches()
	s := r.sim
	if s.daemon.core != nil {
		r.inspectAll()
		status := s.daemon.core.Status()
		for _, c := range status.Calls {
			r.breach(c.Attempt.ID, "is %s at the end, when nothing is under way any more", c.Phase)
		}
		r.judgeAbandonment(status.Campaigns)
	}
	r.judgeLoans()
	r.judgePenalties()
	for i := range s.disk.rows.attempts {
		r.judge(&s.disk.rows.attempts[i])
	}
	r.judgeHistory()
	r.judgeLeads()
	r.judgeKnown()
	r.judgeOutages()
	r.judgeCallerIDs()
}

// overstayed finds a customer whom the daemon let wait too long while all was well: the dialplan's own
// timer had to end it. While a telephone rings for him he may wait.
func (r *referee) overstayed(a *dialer.Attempt, f *pbx.Fate) {
	if f.Overstayed != 0 && r.well(f.Held, f.Overstayed) {
		r.breach(f.Call, "waited outside the queue until the dialplan's own timer went off")
	}
	within := r.campaign(a.Campaign).Answer.AgentWithin.Span()
	if since := max(f.Queued, f.Rang); f.Expired-since > within+3*time.Second && r.well(since, f.Expired) {
		r.breach(f.Call, "waited in the queue for %s, until the dialplan's own timer went off", f.Expired-since)
	}
}

// well tells whether nothing was broken in a stretch of time.
func (r *referee) well(from, to time.Duration) bool {
	return !r.was(slow, from-time.Second, to) && !r.was(deaf, from-time.Second, to)
}
