package dialer

import (
	"maps"
	"slices"
	"time"
)

// Snapshot is what rows do not hold. It is plain data, written as JSON by the store, and never
// carries leads. Instants are wall clock in UTC, zero for what did not happen.
type Snapshot struct {
	Wall        time.Time          `json:"wall"`
	Next        CallID             `json:"next"` // the first that was not in use
	Calls       []CallState        `json:"calls"`
	Links       []LinkState        `json:"links,omitempty"`
	Wrapups     []WrapupState      `json:"wrapups,omitempty"`
	Abandonment []AbandonmentState `json:"abandonment,omitempty"`
	Rules       map[string]uint64  `json:"rules,omitempty"`  // by campaign, the rules by which its leads are planned
	Agents      []AgentSeat        `json:"agents,omitempty"` // agents.toml by which operators were logged in last
}

// CallState is one call under way.
type CallState struct {
	ID        CallID    `json:"id"`
	Phase     Phase     `json:"phase"`
	Answered  time.Time `json:"answered,omitzero"`
	Connected time.Time `json:"connected,omitzero"`
	Agent     string    `json:"agent,omitempty"`
	Abandoned bool      `json:"abandoned,omitempty"` // we gave it up, and it is being told so
	Machine   bool      `json:"machine,omitempty"`
}

// LinkState is what was learned of one PBX.
type LinkState struct {
	PBX     string    `json:"pbx"`
	Started time.Time `json:"started,omitzero"` // Asterisk
	Share   float64   `json:"share"`            // of its calls per second, when its events came late
}

// AgentSeat is what agents.toml said of an operator's place.
type AgentSeat struct {
	ID        string   `json:"id"`
	Interface string   `json:"interface"`
	Queues    []string `json:"queues,omitempty"`
}

// WrapupState is an operator's wrap-up, which Asterisk does not show.
type WrapupState struct {
	PBX       string    `json:"pbx"`
	Interface string    `json:"interface"`
	Until     time.Time `json:"until"`
	ByPause   bool      `json:"by_pause,omitempty"`
}

// snapshotEvery is how often Tick takes a snapshot while calls are under way.
const snapshotEvery = 5 * time.Second

// Snapshot is the present state of what rows do not hold.
func (d *Dialer) Snapshot() Snapshot {
	s := Snapshot{Wall: d.now.Wall.UTC(), Next: d.calls.next, Calls: []CallState{}, Abandonment: d.abandoned.save(), Rules: maps.Clone(d.replans.planned), Agents: d.memory.agents}
	if s.Agents == nil { // an edit while the daemon was down has been followed
		for _, f := range d.config.Agents {
			s.Agents = append(s.Agents, AgentSeat{f.ID, f.Interface, slices.Concat(f.Queues, d.leaving(f))})
		}
	}
	for _, c := range d.calls.list {
		s.Calls = append(s.Calls, CallState{ID: c.attempt.ID, Phase: c.phase, Answered: c.attempt.Answered,
			Connected: c.attempt.Connected, Agent: c.attempt.Agent, Abandoned: c.abandoned, Machine: c.machine})
	}
	for _, p := range d.config.PBXs {
		l := d.links.get(p.Name)
		s.Links = append(s.Links, LinkState{PBX: p.Name, Started: l.started, Share: l.share})
	}
	for _, a := range d.agents.list {
		if left := a.wrapup - d.now.Mono; left > 0 {
			s.Wrapups = append(s.Wrapups, WrapupState{PBX: a.pbx, Interface: a.iface, Until: s.Wall.Add(left), ByPause: a.byPause})
		}
	}
	return s
}

// leaving is the queues that an edit has taken from an operator and out of which Asterisk has not taken him yet.
func (d *Dialer) leaving(f AgentConfig) (queues []string) {
	for _, a := range d.seats(d.persons[f.ID]) {
		for _, m := range a.members {
			if m.quit > 0 {
				queues = append(queues, m.Queue)
			}
		}
	}
	return queues
}

// Restore is a Dialer that remembers a snapshot. The calls of it that have no outcome come alive
// when AttemptsLoaded brings their rows.
func Restore(s Snapshot) *Dialer {
	d := New()
	d.memory.next = s.Next
	for _, c := range s.Calls {
		d.memory.calls[c.ID] = c
	}
	for _, x := range s.Links {
		l := d.links.get(x.PBX)
		l.started = x.Started
		if x.Share > 0 {
			l.share = max(slowest, min(1, x.Share))
		}
	}
	for _, w := range s.Wrapups {
		d.memory.wrapups[agentKey{w.PBX, w.Interface}] = w
	}
	maps.Copy(d.replans.planned, s.Rules)
	d.memory.agents = s.Agents
	for _, a := range s.Abandonment {
		d.abandoned.get(a.Campaign).restore(a)
	}
	return d
}

// memory is what a snapshot says that has to wait for rows and members.
type memory struct {
	next    CallID
	calls   map[CallID]CallState     // until their rows are loaded
	agents  []AgentSeat              // until the PBXs have been up
	wrapups map[agentKey]WrapupState // until the operator is seen
}

func newMemory() memory {
	return memory{calls: map[CallID]CallState{}, wrapups: map[agentKey]WrapupState{}}
}

// missed tells whether an attempt that is over ended after the snapshot, which therefore does not
// count it.
func (m *memory) missed(id CallID) bool {
	_, lived := m.calls[id]
	return lived || id >= m.next
}

// resumeWrapup gives an operator who is seen for the first time what is left of the wrap-up he was in
// when the daemon ended. The wall clock may have been set meanwhile: he gets no more than a queue gives.
func (d *Dialer) resumeWrapup(a *agent) {
	w, ok := d.memory.wrapups[agentKey{a.pbx, a.iface}]
	if !ok {
		return
	}
	delete(d.memory.wrapups, agentKey{a.pbx, a.iface})
	longest := time.Duration(0)
	for _, q := range d.queues {
		longest = max(longest, q.Wrapup.Span())
	}
	a.wrapup = max(a.wrapup, d.now.Mono+min(w.Until.Sub(d.now.Wall), longest))
	a.byPause = w.ByPause
}

// snapshot writes one when it is due: while calls are under way, and once after the last. While the
// last one is not on disk there is no use in another.
func (d *Dialer) snapshot() {
	if d.now.Mono < d.snapshotAt || d.snapshotSeq > d.committed || len(d.calls.list) == 0 && d.snapshotEmpty {
		return
	}
	d.takeSnapshot()
}

func (d *Dialer) takeSnapshot() {
	s := d.Snapshot()
	d.snapshotAt, d.snapshotEmpty = d.now.Mono+snapshotEvery, len(s.Calls) == 0
	d.snapshotSeq = d.record(SnapshotTaken{s})
}
