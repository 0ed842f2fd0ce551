package dialer

import (
	"time"

	"dialerd/dialer/phone"
	leadpool "dialerd/dialer/pool"
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
	External ExternalHash // of the id it has elsewhere
	Created  time.Time    // when it came into the store; zero when not known
	Bucket   string
	State    LeadState
	Priority int    // higher is called first
	Zone     string // IANA name; empty: that of its number, else the campaign's
	Numbers  []LeadNumber
	Use      int       // index of the number to dial next
	Next     time.Time // not before; zero: at once
	Attempts int       // made, counted towards attempts.total
	Faults   int       // that failed by the carrier's fault or ours, in a row
	Rule     string    // the rule that planned the next call or finished the lead
	Final    string    // the word it was finished with

	// Of the last attempt; zero when there was none.
	Last     time.Time // its start
	Campaign string
	Outcome  Outcome
	Dialed   int // index of the number
}

// LeadNumber is one of a lead's numbers.
type LeadNumber struct {
	Number  phone.Number `json:"number"`
	Kind    string       `json:"kind,omitempty"`    // what its list says of it, such as mobile
	Invalid bool         `json:"invalid,omitempty"` // a call to it has shown that there is no such number
}

// ExternalHash is the hash of an id that a lead has elsewhere; 0: none. The ids themselves stay in the store.
type ExternalHash uint32

// HashExternal is the hash of an external id.
func HashExternal(s string) ExternalHash { return ExternalHash(leadpool.HashExternal(s)) }
