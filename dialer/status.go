package dialer

import (
	"slices"
	"time"

	leadpool "dialerd/dialer/pool"
)

// Status is what a person sees of the Dialer. It is a copy: nothing in it changes afterwards.
type Status struct {
	Draining    bool
	Links       []LinkStatus
	Departments []DepartmentStatus
	Campaigns   []CampaignStatus
	Agents      []AgentStatus
	Trunks      []TrunkStatus
	Pools       []PoolStatus
	Calls       []CallStatus
	Loading     []string // buckets of which leads are still to come
	Uncommitted int64    // Records that are not on disk yet
	Overruns    int      // pauses that were over their limit, of all operators, since the daemon began
}

// LinkStatus is one PBX.
type LinkStatus struct {
	PBX
	Up      bool
	Since   time.Time
	Version string
	Why     string // it is not up
	Lag     time.Duration
	Share   float64 // of its calls per second, while its events come late
	Calls   int

	Started  time.Time // this Asterisk; zero when not known
	Ups      int       // how often the link came up since the daemon started
	Restarts int       // of Asterisk meanwhile
}

// DepartmentStatus is one department.
type DepartmentStatus struct {
	Name    string
	Running bool
}

// CampaignStatus is one campaign, and the leads of the buckets it draws on.
type CampaignStatus struct {
	Name, Department, Queue string
	Mode                    Mode
	Switched                bool   // on, by its own switch; its department has another
	Idle                    string // why it places no call; empty when it does
	Waiting, Ready, Dialing int    // leads
	Finished, Held          int
	NextCall                time.Time // of the leads that wait, the earliest; zero when none does
	Calls                   map[Phase]int
	Agents                  map[AgentState]int
	Today                   Day
	Abandonment             []AbandonmentStatus // of each window
}

// AgentStatus is one operator; of one who is nowhere only what agents.toml says.
type AgentStatus struct {
	ID, Name, PBX, Interface string
	Members                  []Member
	State                    AgentState
	Reason                   string // of the pause
	Call                     CallID // he talks to, rings for, or is claimed for
	Reply                    AgentReply
	LoggedIn                 time.Time // by us; zero when he is a member by somebody else's doing
	Over                     bool      // his pause is over its limit
	Overruns                 int       // pauses that were, since the daemon began
}

// CallStatus is one call under way.
type CallStatus struct {
	Attempt Attempt
	Phase   Phase
	Ringing bool // at the customer's
}

// AgentState is what an operator does, as far as AMI shows it.
type AgentState uint8

// The states.
const (
	AgentOffline AgentState = iota // his device cannot be reached, or the link is down
	AgentPaused                    // in all his queues
	AgentReady
	AgentClaimed // a call is on its way to him
	AgentRings
	AgentTalking
	AgentWrapup
	AgentBusy // his device is in use for something that is not ours
	AgentPausing
	AgentUnpausing
	AgentReserved // kept free for a lead
)

var agentWords = words{"offline", "paused", "ready", "claimed", "ringing", "talking", "wrap-up", "busy", "pausing", "unpausing", "reserved"}

// String is the state's word.
func (s AgentState) String() string { return agentWords.text(uint8(s)) }

// MarshalText writes the word.
func (s AgentState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText refuses what is not in the list.
func (s *AgentState) UnmarshalText(text []byte) error {
	v, err := agentWords.value("state of an agent", text)
	*s = AgentState(v)
	return err
}

// Status is the present state, for people.
func (d *Dialer) Status() Status {
	s := Status{Draining: d.draining, Loading: slices.Clone(d.leads.loading), Uncommitted: d.seq - d.committed}
	for _, p := range d.config.PBXs {
		l := d.links.get(p.Name)
		s.Links = append(s.Links, LinkStatus{PBX: p, Up: l.up, Since: l.since, Version: l.version, Why: l.why, Lag: l.lagging, Share: l.share, Calls: l.calls,
			Started: l.started, Ups: l.ups, Restarts: l.restarts})
	}
	for _, x := range d.config.Departments {
		on, set := d.switches[switchKey{SwitchDepartment, x.Name}]
		s.Departments = append(s.Departments, DepartmentStatus{x.Name, on || !set && x.Running})
	}
	for _, t := range d.config.Trunks {
		s.Trunks = append(s.Trunks, d.trunkStatus(t))
	}
	for _, p := range d.config.Pools {
		s.Pools = append(s.Pools, d.poolStatus(p))
	}
	for _, a := range d.agents.list {
		s.Agents = append(s.Agents, d.agentStatus(a))
	}
	for _, f := range d.config.Agents {
		if p := d.persons.get(f.ID); d.seat(p) == nil {
			s.Agents = append(s.Agents, AgentStatus{ID: p.ID, Name: f.Name, Interface: f.Interface, Reply: d.reply(p), LoggedIn: p.Login, Overruns: p.overruns})
		}
	}
	for _, p := range d.persons {
		s.Overruns += p.overruns
	}
	leads := d.countLeads()
	for _, c := range d.campaigns {
		if c.gone && c.calls == 0 {
			continue
		}
		s.Campaigns = append(s.Campaigns, d.campaignStatus(c, leads))
	}
	for _, c := range d.calls.list {
		s.Calls = append(s.Calls, CallStatus{c.attempt, c.phase, c.ringing})
	}
	return s
}

// bucketCount is how many leads of a bucket are in each state.
type bucketCount struct {
	states [LeadHeld + 1]int
	next   time.Time
}

func (d *Dialer) countLeads() map[string]*bucketCount {
	counts := map[string]*bucketCount{}
	for _, name := range d.leads.pool.Buckets() {
		in := d.leads.pool.Count(name)
		n := &bucketCount{}
		n.states[LeadWaiting], n.states[LeadFinished], n.states[LeadHeld] = in[leadpool.Waiting], in[leadpool.Finished], in[leadpool.Held]
		if due, ok := d.leads.pool.NextDue(name); ok {
			n.next = laterOf(due, d.now.Wall)
		}
		counts[name] = n
	}
	for _, l := range d.leads.out {
		counts[l.Bucket].states[l.State]++
	}
	return counts
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (d *Dialer) campaignStatus(c *campaign, leads map[string]*bucketCount) CampaignStatus {
	on, set := d.switches[switchKey{SwitchCampaign, c.Name}]
	c.today.turn(d.date(c))
	s := CampaignStatus{Name: c.Name, Department: c.Department, Queue: c.Queue, Mode: c.Pacing.Mode, Switched: on || !set,
		Idle: c.idle, Calls: map[Phase]int{}, Agents: map[AgentState]int{}, Today: c.today,
		Abandonment: d.abandoned.get(c.Name).status(d.now.Wall)}
	for _, b := range c.Buckets {
		n := leads[b]
		if n == nil {
			continue
		}
		s.Waiting += n.states[LeadWaiting]
		s.Ready += n.states[LeadReady]
		s.Dialing += n.states[LeadDialing]
		s.Finished += n.states[LeadFinished]
		s.Held += n.states[LeadHeld]
		if !n.next.IsZero() && (s.NextCall.IsZero() || n.next.Before(s.NextCall)) {
			s.NextCall = n.next
		}
	}
	for _, x := range d.calls.list {
		if x.campaign == c {
			s.Calls[x.phase]++
		}
	}
	for _, a := range d.agents.list {
		for _, m := range a.members {
			if a.pbx == c.pbx && m.Queue == c.Queue {
				s.Agents[d.agentState(a)]++
			}
		}
	}
	return s
}

func (d *Dialer) agentStatus(a *agent) AgentStatus {
	s := AgentStatus{ID: a.id, Name: a.members[0].Name, PBX: a.pbx, Interface: a.iface, State: d.agentState(a)}
	s.Reply = d.reply(a.person)
	s.LoggedIn, s.Overruns = a.person.Login, a.person.overruns
	s.Over = d.overLimit(a.person.Supervisor) || d.overLimit(a.person.Own)
	if by, pause := d.standing(a); by == BySupervisor || by == ByAgent {
		s.Reason = pause.Reason
	}
	for _, m := range a.members {
		s.Members = append(s.Members, m.Member)
		if m.Paused && s.Reason == "" {
			s.Reason = m.Reason
		}
	}
	for _, c := range []*call{a.talk, a.ringing, a.claim} {
		if c != nil && s.Call == 0 {
			s.Call = c.attempt.ID
		}
	}
	return s
}

func (d *Dialer) agentState(a *agent) AgentState {
	wrapup := d.now.Mono < a.wrapup
	switch {
	case !d.links.get(a.pbx).up || a.gone():
		return AgentOffline
	case a.talk != nil:
		return AgentTalking
	case a.ringing != nil:
		return AgentRings
	case a.out() && !(d.lent(a) && (wrapup || a.bound() || a.awaiting != awaitNone)): // by somebody else, or by nobody's will any more
		return AgentPaused
	case a.claim != nil:
		return AgentClaimed
	case wrapup:
		return AgentWrapup
	case a.awaiting == awaitPausing:
		return AgentPausing
	case a.awaiting == awaitUnpausing:
		return AgentUnpausing
	case a.person.Own.stands() || a.person.Supervisor.stands():
		return AgentPaused
	case a.reserved != nil:
		return AgentReserved
	case a.person.Leaving:
		return AgentPausing
	case a.idle(d.now.Mono):
		return AgentReady
	}
	return AgentBusy
}
