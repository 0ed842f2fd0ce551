package api

import (
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// Status is everything that `dialerd status` shows. Instants are UTC; one that is not known is left
// out.
type Status struct {
	Version     string           `json:"version"`
	Instance    string           `json:"instance"`
	Now         time.Time        `json:"now"` // when this was put together
	Since       time.Time        `json:"since"`
	Draining    bool             `json:"draining"`          // it is ending: no new calls
	Loading     []string         `json:"loading,omitempty"` // buckets of which leads are still to come: nobody is called of these
	Config      Configuration    `json:"config"`
	PBXs        []PBX            `json:"pbxs"`
	Departments []Department     `json:"departments"`
	Campaigns   []Campaign       `json:"campaigns"`
	Agents      []Agent          `json:"agents"`
	Trunks      []Trunk          `json:"trunks"`
	Pools       []Pool           `json:"pools"`
	Calls       []Call           `json:"calls"`
	Writer      Writer           `json:"writer"`
	Process     Process          `json:"process"`
	Counters    map[string]int64 `json:"counters,omitempty"` // since the process began
}

// Process is what the daemon itself takes.
type Process struct {
	PID        int    `json:"pid"`
	Goroutines int    `json:"goroutines"`
	HeapBytes  uint64 `json:"heap_bytes"` // of objects, those among them that nobody needs any more
}

// whole has lists where there is nothing: a program that reads the JSON need not look for null.
func (s Status) whole() Status {
	s.PBXs, s.Departments, s.Calls = orEmpty(s.PBXs), orEmpty(s.Departments), orEmpty(s.Calls)
	s.Trunks, s.Pools = orEmpty(s.Trunks), orEmpty(s.Pools)
	s.Campaigns, s.Agents = orEmpty(slices.Clone(s.Campaigns)), orEmpty(slices.Clone(s.Agents))
	for i := range s.Campaigns {
		c := &s.Campaigns[i]
		c.Abandoned, c.Calls, c.Today.Outcomes = orEmpty(c.Abandoned), orNone(c.Calls), orNone(c.Today.Outcomes)
	}
	for i := range s.Agents {
		s.Agents[i].Queues = orEmpty(s.Agents[i].Queues)
	}
	return s
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func orNone[K comparable](counts map[K]int) map[K]int {
	if counts == nil {
		return map[K]int{}
	}
	return counts
}

// Configuration tells which files the daemon goes by.
type Configuration struct {
	Loaded  time.Time `json:"loaded,omitzero"`
	Refused string    `json:"refused,omitempty"` // what was wrong with the last reload; empty when it was taken
}

// PBX is the link to one Asterisk.
type PBX struct {
	Name    string    `json:"name"`
	Up      bool      `json:"up"`
	Since   time.Time `json:"since,omitzero"`   // since when it is up, or down
	Reason  string    `json:"reason,omitempty"` // why it is down
	Version string    `json:"version,omitempty"`
	LagMS   int64     `json:"lag_ms"` // how late its events come
	Calls   int       `json:"calls"`  // of ours, under way
	Lines   int       `json:"lines"`  // the limit; 0: none
	CPS     float64   `json:"cps"`

	Started  time.Time `json:"started,omitzero"` // this Asterisk
	Ups      int       `json:"ups"`              // how often the link came up since the daemon began
	Restarts int       `json:"restarts"`         // of Asterisk meanwhile
	Settings int       `json:"settings"`         // of Asterisk that work against the dialer: dialerd check --live names them
}

// Department is started and stopped as one.
type Department struct {
	Name    string `json:"name"`
	Running bool   `json:"running"`
}

// Campaign is how one campaign is doing.
type Campaign struct {
	Name       string               `json:"name"`
	Department string               `json:"department,omitempty"`
	Queue      string               `json:"queue"`
	Mode       dialer.Mode          `json:"mode"`
	Running    bool                 `json:"running"`        // by its own switch; its department has another
	Idle       string               `json:"idle,omitempty"` // why nothing is dialed just now; empty while dialing
	Agents     AgentCounts          `json:"agents"`
	Leads      LeadCounts           `json:"leads"`
	Calls      map[dialer.Phase]int `json:"calls"` // under way
	Today      Day                  `json:"today"`
	Abandoned  []Abandonment        `json:"abandoned"` // for each window that a rule defines
}

// AgentCounts is who serves a campaign's queue.
type AgentCounts struct {
	Ready   int `json:"ready"`
	Busy    int `json:"busy"` // ringing, talking, wrap-up
	Paused  int `json:"paused"`
	Offline int `json:"offline"`
}

// LeadCounts is the leads of a campaign's buckets by state.
type LeadCounts struct {
	Waiting  int       `json:"waiting"`
	Ready    int       `json:"ready"` // in the hopper
	Dialing  int       `json:"dialing"`
	Finished int       `json:"finished"`
	Held     int       `json:"held"`
	NextCall time.Time `json:"next_call,omitzero"` // the earliest of those waiting
}

// Total is all of them.
func (l LeadCounts) Total() int { return l.Waiting + l.Ready + l.Dialing + l.Finished + l.Held }

// Day is the attempts of today that are over.
type Day struct {
	Attempts  int                    `json:"attempts"`
	Answered  int                    `json:"answered"` // by a person: talked to, abandoned or hung up early
	Connected int                    `json:"connected"`
	Abandoned int                    `json:"abandoned"`
	Outcomes  map[dialer.Outcome]int `json:"outcomes"`
}

// Abandonment is the share of abandoned calls in one window.
type Abandonment struct {
	Window    dialer.Window `json:"window"`
	Answered  int           `json:"answered"`
	Abandoned int           `json:"abandoned"`
	Share     float64       `json:"share"`          // 0.03 is 3%
	Max       float64       `json:"max,omitempty"`  // set for the window the campaign is held to
	Held      bool          `json:"held,omitempty"` // nothing but one call per free operator until it falls
}

// Agent is one operator, as Asterisk shows him and as pacing counts him.
type Agent struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"`
	Interface string           `json:"interface"`
	State     string           `json:"state"`              // what he does
	Code      dialer.AgentCode `json:"code,omitempty"`     // what he is told when he asks how he stands; one who talks may be pausing
	Since     time.Time        `json:"since,omitzero"`     // of the code
	Reason    string           `json:"reason,omitempty"`   // of a pause
	By        dialer.PauseBy   `json:"by,omitempty"`       // whose pause it is
	Until     time.Time        `json:"until,omitzero"`     // when the pause is over its limit, or the state ends by itself
	AfterCall bool             `json:"after_call"`         // the code is so only after the call that he has, or wraps up
	Lead      dialer.LeadID    `json:"lead,omitempty"`     // whom he is kept free for
	Over      bool             `json:"over"`               // his pause is over its limit
	Overruns  int              `json:"overruns"`           // pauses that were, since the daemon began
	LoggedIn  time.Time        `json:"logged_in,omitzero"` // over dialerd; left out when he is a member by somebody else's doing
	Call      int64            `json:"call,omitempty"`     // that he talks on, when it is ours
	Queues    []Membership     `json:"queues"`
}

// Membership is an operator's place in one queue.
type Membership struct {
	Queue   string             `json:"queue"`
	PBX     string             `json:"pbx"`
	Device  dialer.DeviceState `json:"device"`
	Paused  bool               `json:"paused"`
	Reason  string             `json:"reason,omitempty"`
	Penalty int                `json:"penalty"`
}

// Trunk is how full a way out is.
type Trunk struct {
	Name  string  `json:"name"`
	PBX   string  `json:"pbx"`
	Used  int     `json:"used"`
	Lines int     `json:"lines"` // the limit; 0: none
	CPS   float64 `json:"cps"`   // the limit; 0: none

	State     dialer.TrunkState `json:"state"`               // shut or half-open when its carrier fails
	ShutUntil time.Time         `json:"shut_until,omitzero"` // then it is tried with one call
	Reason    string            `json:"reason,omitempty"`    // why it was shut
	Failures  int               `json:"failures"`            // among its last calls
	LastCalls int               `json:"last_calls"`          // that its breaker looks at
}

// Pool is a set of caller-ID numbers.
type Pool struct {
	Name       string     `json:"name"`
	Prefix     string     `json:"prefix,omitempty"`
	DailyLimit int        `json:"daily_limit"` // 0: none
	Numbers    []CallerID `json:"numbers"`
}

// CallerID is a number of a pool.
type CallerID struct {
	Number phone.Number `json:"number"`
	Today  int          `json:"today"`            // calls that showed it
	Reason string       `json:"reason,omitempty"` // why it is not shown any more
}

// Call is one call under way.
type Call struct {
	ID       dialer.CallID `json:"id"`
	Lead     dialer.LeadID `json:"lead"`
	Campaign string        `json:"campaign"`
	Number   phone.Number  `json:"number"`
	Trunk    string        `json:"trunk"`
	Phase    dialer.Phase  `json:"phase"`
	Since    time.Time     `json:"since"`
	Agent    string        `json:"agent,omitempty"`
}

// Writer is how far the disk keeps up. While it is behind, nothing new is dialed.
type Writer struct {
	Behind int       `json:"behind"`         // records not on disk yet
	Since  time.Time `json:"since,omitzero"` // they wait, and nothing has been written
	Failed time.Time `json:"failed,omitzero"`
	Error  string    `json:"error,omitempty"` // the last; empty when the last commit went well
}

// Version is which program answers.
type Version struct {
	Version string `json:"version"`
	Go      string `json:"go"`
}
