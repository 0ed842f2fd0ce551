package pbx

import (
	"time"

	"dialerd/dialer/phone"
)

// Config is the world before anything has happened in it.
type Config struct {
	Seed       uint64
	Version16  bool // an Asterisk 16: no SIP status, no cause after a ring timeout
	Queues     []Queue
	Trunks     []Trunk
	Operators  []Operator
	Customers  Customers
	Teams      Teams
	Strangers  float64       // callers an hour, into each queue, who are none of the dialer's
	Wait       time.Duration // DIALERD_WAIT; 0: 20 s
	Refuses    float64       // share of Originates that are refused at once
	Persistent bool          // persistentmembers: dynamic members outlive a restart of Asterisk
	// Script tells what the person behind a number does. Nil, or false: it is drawn.
	Script func(phone.Number) (Part, bool)
}

// Queue is a section of queues.conf.
type Queue struct {
	Name      string
	Ring      time.Duration // timeout: how long one member's telephone rings
	Wrapup    time.Duration // wrapuptime
	Autopause bool          // who does not take a call is paused
	// PenaltyMembersLimit has penalties count for nothing while no more members than this are in the queue.
	PenaltyMembersLimit int
}

// Trunk is a way out. The far end counts its lines and the calls started in any second.
type Trunk struct {
	Name  string
	Lines int // 0: no limit
	CPS   int // 0: no limit
	Local bool
	// Congested is the share of the time in which the trunk has no room, in episodes.
	Congested float64
}

// Operator is a person behind a device, who is a member of queues while he is at work.
type Operator struct {
	Name      string
	Interface string
	Queues    []string
	Penalty   int
	Device    string        // the telephone whose state counts; empty: the interface
	Static    bool          // a member by queues.conf: nobody takes him out of his queues
	Guided    bool          // somebody else has him log in and out and take breaks; see Rest
	From, To  time.Duration // his shift; To 0: for ever
	PickUp    time.Duration // how long he lets it ring; 0: as Teams says; Never
	Ends      time.Duration // how long until he ends a talk; 0: as it comes
}

// Teams is how operators behave.
type Teams struct {
	PickUp      time.Duration // median from ringing to answering
	Misses      float64       // share of rings that he does not take
	BreakEvery  time.Duration // mean time at work between two pauses; 0: none
	Break       time.Duration // mean length of one
	OwnCalls    float64       // calls of his own, an hour
	Unreachable float64       // times an hour that his device drops out
}

// Customers is who is called, and what comes of it. The shares of those who do not answer are of
// all calls; the rest answer.
type Customers struct {
	Busy       float64
	NoAnswer   float64
	Congestion float64
	Invalid    float64
	Rejected   float64
	Failed     float64       // Asterisk cannot dial at all: no channel event, only its report
	Machine    float64       // of those that answer
	Deaf       float64       // share of machines that AMD takes for a person, and the other way round
	Early      float64       // of the persons: hang up within the first second
	Ring       time.Duration // median until the answer
	Patience   time.Duration // mean wait for an operator after the answer
	Talk       time.Duration // median length of a talk
	ByAgent    float64       // share of talks that the operator ends
}

// Usual is what an ordinary list of people gives.
func Usual() (Customers, Teams) {
	return Customers{Busy: 0.08, NoAnswer: 0.34, Congestion: 0.01, Invalid: 0.03, Rejected: 0.04, Failed: 0.002,
			Machine: 0.12, Deaf: 0.05, Early: 0.04, Ring: 9 * time.Second, Patience: 15 * time.Second, Talk: 100 * time.Second, ByAgent: 0.5},
		Teams{PickUp: 1500 * time.Millisecond, Misses: 0.01, BreakEvery: 55 * time.Minute, Break: 8 * time.Minute, OwnCalls: 0.3, Unreachable: 0.05}
}
