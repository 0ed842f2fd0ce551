package dialer

import (
	"time"

	"dialerd/dialer/phone"
)

// TrunkState is what the breaker of a trunk lets through.
type TrunkState uint8

// The states.
const (
	TrunkOpen     TrunkState = iota // as many calls as lines and calls per second allow
	TrunkShut                       // none: its carrier failed
	TrunkHalfOpen                   // one at a time, to try it
)

var trunkWords = words{"open", "shut", "half-open"}

// String is the state's word.
func (s TrunkState) String() string { return trunkWords.text(uint8(s)) }

// MarshalText writes the word.
func (s TrunkState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText refuses what is not in the list.
func (s *TrunkState) UnmarshalText(text []byte) error {
	v, err := trunkWords.value("state of a trunk", text)
	*s = TrunkState(v)
	return err
}

// TrunkStatus is one trunk.
type TrunkStatus struct {
	Trunk
	Calls    int
	State    TrunkState
	Until    time.Time // it is shut, and then tried; zero while it is open
	Why      string    // it was shut
	Failures int       // among the last calls that its breaker looks at, of as many as Of
	Of       int
}

// PoolStatus is one pool of caller IDs.
type PoolStatus struct {
	Pool
	Shown []CallerIDStatus // its numbers
}

// CallerIDStatus is one number of a pool.
type CallerIDStatus struct {
	Number phone.Number
	Today  int    // calls that showed it, on the day of the pool's zone
	Why    string // it is not shown any more; empty while it is
}

func (d *Dialer) trunkStatus(x Trunk) TrunkStatus {
	t := d.trunks.get(x.Name)
	b := &t.breaker
	s := TrunkStatus{Trunk: x, Calls: t.calls, Failures: b.failures(), Of: len(b.reports)}
	if b.shut {
		s.State, s.Why = TrunkShut, b.why
		s.Until = d.now.Wall.UTC().Add(b.until - d.now.Mono)
		if d.now.Mono >= b.until {
			s.State = TrunkHalfOpen
		}
	}
	return s
}

func (d *Dialer) poolStatus(x Pool) PoolStatus {
	p := d.pools.byName[x.Name]
	p.today.turn(d.now.Wall)
	s := PoolStatus{Pool: x}
	for _, n := range x.Numbers {
		s.Shown = append(s.Shown, CallerIDStatus{n, p.today.shown[n], p.bars(n)})
	}
	return s
}
