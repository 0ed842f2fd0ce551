package dialer

import (
	"time"

	"dialerd/dialer/phone"
)

// MaxNumbers is how many numbers a lead may have.
const MaxNumbers = 8

// LeadState is a lead's place in its life.
//
//	waiting ──due──► ready ──taken──► dialing ──rule──► waiting
//	   ▲               │                 │
//	   └───not legal───┘                 └──rule──► finished
//
//	held: put aside by a person, from waiting or ready, and back to waiting.
//
// Ready and dialing are positions in memory; on disk such a lead is waiting.
type LeadState uint8

// The states.
const (
	LeadWaiting LeadState = iota
	LeadReady
	LeadDialing
	LeadFinished
	LeadHeld
)

var leadWords = words{"waiting", "ready", "dialing", "finished", "held"}

// String is the state's word.
func (s LeadState) String() string { return leadWords.text(uint8(s)) }

// MarshalText writes the word.
func (s LeadState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText refuses what is not in the list.
func (s *LeadState) UnmarshalText(text []byte) error {
	v, err := leadWords.value("lead state", text)
	*s = LeadState(v)
	return err
}

// Lead is one person to call, with what deciding needs. Name and attributes stay in the store.
type Lead struct {
	ID       LeadID
	Bucket   string
	State    LeadState
	Priority int    // higher is called first
	Zone     string // IANA name; empty: the campaign's
	Numbers  []phone.Number
	Use      int       // index of the number to dial next
	Next     time.Time // not before; zero: at once
	Attempts int       // made, counted towards attempts.total
	Faults   int       // that failed by the carrier's fault or ours, in a row
	Last     time.Time // start of the last attempt
	Rule     string    // the rule that planned the next call or finished the lead
	Final    string    // the word it was finished with
}
