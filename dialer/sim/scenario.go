package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
	"dialerd/dialer/sim/pbx"
)

// scenario is everything that is settled before a run begins.
type scenario struct {
	seed    uint64
	start   time.Time // wall clock at the beginning
	length  time.Duration
	tick    time.Duration // how long the daemon goes without a Tick at most
	team    team
	world   pbx.Config
	leads   []dialer.Lead                               // a run takes them as its own
	person  func(*rand.Rand, dialer.LeadID) dialer.Lead // who comes in during the day
	loading loading
	zones   []dialer.NumberZones
	faults  faults
	staff   staffing
	crashes []int         // steps of the daemon, over all its lives, at which it crashes; in order
	look    time.Duration // between two looks of the referee at everything
	check   bool
	plant   plant

	editions []*dialer.Config
}

// team is what the configuration is made of. A reload brings another edition of it.
type team struct {
	queues    []pbx.Queue
	wrapup    time.Duration // by a pause of ours; 0: the queues do it
	trunks    []pbx.Trunk
	campaigns []dialer.Campaign
	calendars []calendar.Calendar
	barred    []string // numbers and masks that the files say are never called
	cps       float64  // of the PBX
	lines     int
	limit     int // of a caller ID per day
}

const pbxName = "sim"

// config is the edition of the configuration with this number. In every third a campaign is missing;
// from the third on there are numbers on the DNC list, and more each time.
func (s *scenario) config(edition int) *dialer.Config {
	for len(s.editions) <= edition {
		s.editions = append(s.editions, s.edit(len(s.editions)))
	}
	return s.editions[edition]
}

func (s *scenario) edit(edition int) *dialer.Config {
	t := &s.team
	c := &dialer.Config{Instance: "s", PBXs: []dialer.PBX{{Name: pbxName, CPS: t.cps, Lines: t.lines}},
		Departments: []dialer.Department{{Name: "sales", Running: true}}, Calendars: t.calendars, Zones: s.zones,
		Pools: []dialer.Pool{{Name: "moscow", Prefix: "7916", Numbers: []phone.Number{74950000001, 74950000002}, DailyLimit: t.limit}}}
	route := dialer.Route{Name: "out", Pools: []string{"moscow"}}
	for _, q := range t.queues {
		x := dialer.NewQueue()
		x.Name, x.Wrapup = q.Name, dialer.Duration(q.Wrapup)
		if t.wrapup > 0 {
			x.Wrapup, x.WrapupBy = dialer.Duration(t.wrapup), dialer.WrapupByPause
		}
		c.Queues = append(c.Queues, x)
	}
	c.Pauses, c.Agents = s.staff.pauses, s.staff.agents
	for _, x := range t.trunks {
		dial := "PJSIP/{digits}@" + x.Name
		if x.Local {
			dial = "Local/{digits}@" + x.Name + "/n"
		}
		trunk := dialer.NewTrunk()
		trunk.Name, trunk.Dial, trunk.Lines, trunk.CPS = x.Name, dial, x.Lines, float64(x.CPS)
		c.Trunks = append(c.Trunks, trunk)
		route.Trunks = append(route.Trunks, x.Name)
	}
	c.Routes = []dialer.Route{route, {Name: "out", Prefix: "7917", Trunks: route.Trunks[:1]}}
	c.Campaigns = append(c.Campaigns, t.campaigns...)
	if edition%3 == 1 && len(c.Campaigns) > 1 {
		c.Campaigns = c.Campaigns[:len(c.Campaigns)-1]
	}
	for _, mask := range s.masks(edition) {
		if err := c.DNC.Add(mask); err != nil {
			panic(err)
		}
	}
	s.plant.spoil(c)
	if faults := c.Validate(); len(faults) > 0 {
		panic(fmt.Sprintf("sim: seed %d: %v", s.seed, faults))
	}
	return c
}

// masks is who is never called, by the files of an edition.
func (s *scenario) masks(edition int) []string {
	all := slices.Clone(s.team.barred)
	for n := 2; n <= min(edition, 6); n++ {
		all = append(all, fmt.Sprintf("+7917??????%d", n))
	}
	return all
}

// ordinary is a day as the options say.
func ordinary(o Options) *scenario {
	o = o.filled()
	r := rand.New(rand.NewPCG(o.Seed, 1))
	s := &scenario{seed: o.Seed, start: time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC), length: o.Length, tick: 250 * time.Millisecond, look: 10 * time.Minute, check: o.Check}
	queue := pbx.Queue{Name: "sales", Ring: 15 * time.Second, Wrapup: 10 * time.Second}
	lines := o.Operators * max(2, int(o.Ratio+1))
	s.team = team{queues: []pbx.Queue{queue}, cps: 20, calendars: []calendar.Calendar{hours(9, 22)},
		trunks: []pbx.Trunk{{Name: "main", Lines: lines, CPS: 10, Congested: 0.005}, {Name: "spare", Lines: lines / 2, CPS: 5}}}
	c := dialer.NewCampaign()
	c.Name, c.Department, c.Queue, c.Route, c.Calendar, c.Timezone = "spring-sale", "sales", "sales", "out", "work", "Europe/Moscow"
	c.CallerID = 74950000009
	c.Buckets = []string{"spring"}
	c.Pacing.Mode, c.Pacing.Ratio = o.Mode, o.Ratio
	c.Answer.AbandonMessage = "dialer/sorry"
	c.Rules = rules()
	s.team.campaigns = []dialer.Campaign{c}
	s.world = pbx.Config{Seed: o.Seed, Queues: s.team.queues, Trunks: s.team.trunks}
	s.world.Customers, s.world.Teams = pbx.Usual()
	for i := range o.Operators {
		s.world.Operators = append(s.world.Operators, pbx.Operator{Name: fmt.Sprintf("op%02d", i+1), Interface: fmt.Sprintf("PJSIP/%d", 101+i), Queues: []string{"sales"}})
	}
	s.populate(r, o.Leads, []string{"spring"}, 0)
	if o.Faults {
		s.faults = usualFaults()
		s.guide(0.5)
	}
	return s
}

// hours is a calendar that is open every day between two full hours.
func hours(from, to int) calendar.Calendar {
	every := calendar.Hours{Spans: []calendar.Span{{From: from * 60, To: to * 60}}}
	for i := range every.Days {
		every.Days[i] = true
	}
	return calendar.Calendar{Name: "work", Hours: []calendar.Hours{every}}
}

func rules() []dialer.Rule {
	return []dialer.Rule{
		{Name: "busy-soon", On: []dialer.Outcome{dialer.Busy, dialer.Congestion}, Attempt: dialer.AttemptRange{From: 1, To: 3}, Again: dialer.After(10 * time.Minute)},
		{Name: "not-there", On: []dialer.Outcome{dialer.NoAnswer, dialer.Machine}, Again: dialer.After(3 * time.Hour), Number: dialer.NumberNext},
		{Name: "refused", On: []dialer.Outcome{dialer.Rejected}, Finish: "refused"},
	}
}

// populate has people to call: so many at the beginning, and more during the day. Some share a number.
func (s *scenario) populate(r *rand.Rand, n int, buckets []string, shared float64) {
	s.person = func(r *rand.Rand, id dialer.LeadID) dialer.Lead { return person(r, id, n, buckets) }
	for i := range n {
		l := s.person(r, dialer.LeadID(i+1))
		if i > 0 && r.Float64() < shared {
			l.Numbers[0].Number = s.leads[r.IntN(i)].Numbers[0].Number
		}
		s.leads = append(s.leads, l)
	}
}

// person is one of about n, perhaps with a second number or a zone of his own.
func person(r *rand.Rand, id dialer.LeadID, n int, buckets []string) dialer.Lead {
	i := int(id) - 1
	l := dialer.Lead{ID: id, External: dialer.HashExternal(external(id)), Bucket: buckets[r.IntN(len(buckets))], Numbers: []dialer.LeadNumber{{Number: number(r, i), Kind: "mobile"}}}
	if r.IntN(4) == 0 {
		l.Numbers = append(l.Numbers, dialer.LeadNumber{Number: number(r, n+i), Kind: "home"})
	}
	if r.IntN(10) == 0 {
		l.Priority = 1
	}
	if r.IntN(8) == 0 {
		l.Zone = []string{"Asia/Yekaterinburg", "Europe/Kaliningrad"}[r.IntN(2)]
	}
	return l
}

func number(r *rand.Rand, i int) phone.Number {
	return phone.Number(79160000000 + uint64(r.IntN(3))*10_000_000 + uint64(i))
}
