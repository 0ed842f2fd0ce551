package dialer

import "time"

// Snapshot is what rows do not hold: the calls under way with what is known of each. It is plain
// data, written as JSON by the store, and never carries leads.
type Snapshot struct {
	Wall  time.Time   `json:"wall"`
	Calls []CallState `json:"calls"`
}

// CallState is one call under way. Instants are wall clock in UTC, zero for what did not happen.
type CallState struct {
	ID        CallID    `json:"id"`
	Phase     Phase     `json:"phase"`
	Answered  time.Time `json:"answered,omitzero"`
	Connected time.Time `json:"connected,omitzero"`
	Agent     string    `json:"agent,omitempty"`
	Abandoned bool      `json:"abandoned,omitempty"` // we gave it up, and it is being told so
	Machine   bool      `json:"machine,omitempty"`
}

// snapshotEvery is how often Tick takes a snapshot while calls are under way.
const snapshotEvery = 5 * time.Second

// Snapshot is the present state of what rows do not hold.
func (d *Dialer) Snapshot() Snapshot {
	s := Snapshot{Wall: d.now.Wall.UTC(), Calls: []CallState{}}
	for _, c := range d.calls.list {
		s.Calls = append(s.Calls, CallState{ID: c.attempt.ID, Phase: c.phase, Answered: c.attempt.Answered,
			Connected: c.attempt.Connected, Agent: c.attempt.Agent, Abandoned: c.abandoned, Machine: c.machine})
	}
	return s
}

// Restore is a Dialer that remembers a snapshot. The calls of it that have no outcome come alive
// when AttemptsLoaded brings their rows.
func Restore(s Snapshot) *Dialer {
	d := New()
	for _, c := range s.Calls {
		d.restored[c.ID] = c
	}
	return d
}

// snapshot writes one when it is due: while calls are under way, and once after the last.
func (d *Dialer) snapshot() {
	if d.now.Mono < d.snapshotAt || len(d.calls.list) == 0 && d.snapshotEmpty {
		return
	}
	d.takeSnapshot()
}

func (d *Dialer) takeSnapshot() {
	s := d.Snapshot()
	d.snapshotAt, d.snapshotEmpty = d.now.Mono+snapshotEvery, len(s.Calls) == 0
	d.record(SnapshotTaken{s})
}
