package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/calendar"
	"dialerd/dialer/sim/pbx"
)

// drawn is an hour of which everything comes from the seed: a small team, narrow limits, short gaps,
// and every fault.
func drawn(seed uint64) *scenario {
	r := rand.New(rand.NewPCG(seed, 2))
	s := &scenario{seed: seed, length: time.Hour, tick: time.Duration(100+r.IntN(150)) * time.Millisecond, look: time.Minute, check: true, faults: drawFaults(r)}
	s.team = drawTeam(r)
	s.start = time.Date(2026, 3, 2, 5, 30, 0, 0, time.UTC).Add(time.Duration(r.IntN(11*60)) * time.Minute)
	if s.team.calendars[0].Hours[0].Spans[0].To == 24*60 && r.IntN(2) == 0 { // over a midnight
		s.start = time.Date(2026, 3, 2, 20, 30, 0, 0, time.UTC)
	}
	s.team.campaigns = drawCampaigns(r, s.team.queues)
	s.world = pbx.Config{Seed: seed, Version16: r.IntN(3) == 0, Queues: s.team.queues, Trunks: s.team.trunks,
		Strangers: float64(r.IntN(3) * 10), Refuses: 0.002}
	s.world.Customers, s.world.Teams = drawPeople(r)
	operators := 2 + r.IntN(9)
	for i := range operators {
		s.world.Operators = append(s.world.Operators, drawOperator(r, i, s.team.queues))
	}
	if r.IntN(2) == 0 {
		s.team.wrapup = time.Duration(1+r.IntN(20)) * time.Second
		for i := range s.team.queues {
			s.team.queues[i].Wrapup = 0
		}
		s.world.Queues = s.team.queues
	}
	s.populate(r, 30+r.IntN(60*operators), []string{"b0", "b1", "shared"}, 0.1)
	s.drawZones(rand.New(rand.NewPCG(seed, 3)))
	s.drawRoutes(rand.New(rand.NewPCG(seed, 6)))
	s.drawRefusals(rand.New(rand.NewPCG(seed, 7)))
	s.drawClerks(rand.New(rand.NewPCG(seed, 10)))
	s.drawStaff(rand.New(rand.NewPCG(seed, 13)))
	return s
}

// drawZones tells the zones of numbers on some days, those of one prefix alone and those of another only
// as one of several, and gives some days hours of their own.
func (s *scenario) drawZones(r *rand.Rand) {
	if r.IntN(2) == 0 {
		s.zones = []dialer.NumberZones{
			{Zones: []string{"Europe/Moscow"}, Prefixes: []string{"79"}},
			{Zones: []string{"Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk"}, Prefixes: []string{"7917", "79160"}},
			{Zones: []string{"Asia/Vladivostok"}, Prefixes: []string{"79171", "7918"}},
		}[:1+r.IntN(3)]
	}
	if r.IntN(3) == 0 {
		from := 9 + r.IntN(5)
		spans := []calendar.Span{{From: from * 60, To: from*60 + 90}, {From: (from + 3) * 60, To: 20 * 60}}
		s.team.calendars[0].Dates = []calendar.Date{{Day: calendar.DayOf(s.start, time.UTC), Spans: spans[:r.IntN(3)]}}
	}
}

// drawRoutes has carriers fail on some days, and makes caller IDs scarce on some.
func (s *scenario) drawRoutes(r *rand.Rand) {
	s.faults.outages = float64(r.IntN(2)) * r.Float64() * 6
	s.team.limit = []int{0, 500, 1 + r.IntN(40)}[r.IntN(3)]
}

// drawRefusals has people refuse to be called on some days.
func (s *scenario) drawRefusals(r *rand.Rand) {
	s.faults.refusals = float64(r.IntN(2)) * r.Float64() * 120
}

// drawClerks has somebody work on the leads on some days, rules move them, and the daemon load them in pieces.
func (s *scenario) drawClerks(r *rand.Rand) {
	s.faults.edits, s.faults.imports = float64(r.IntN(2))*r.Float64()*120, float64(r.IntN(2))*r.Float64()*12
	if r.IntN(2) == 0 {
		s.loading = loading{chunk: 1 + r.IntN(100), every: time.Duration(1+r.IntN(3000)) * time.Millisecond}
	}
	for i := range s.team.campaigns {
		if rules := s.team.campaigns[i].Rules; r.IntN(2) == 0 {
			last := &rules[len(rules)-1]
			last.Bucket, last.Priority = []string{"", "b0", "shared"}[r.IntN(3)], dialer.PriorityStep{By: r.IntN(3) - 1}
		}
	}
}

func drawTeam(r *rand.Rand) team {
	t := team{cps: float64(2 + r.IntN(20)), calendars: []calendar.Calendar{hours(9, 20)}}
	if r.IntN(4) == 0 {
		t.calendars[0] = hours(0, 24)
	}
	if r.IntN(3) == 0 {
		t.lines = 5 + r.IntN(20)
	}
	for i := range 1 + r.IntN(2) {
		t.queues = append(t.queues, pbx.Queue{Name: fmt.Sprintf("q%d", i), Ring: time.Duration(8+r.IntN(8)) * time.Second,
			Wrapup: time.Duration(r.IntN(20)) * time.Second, Autopause: r.IntN(2) == 0})
	}
	for i := range 1 + r.IntN(2) {
		t.trunks = append(t.trunks, pbx.Trunk{Name: fmt.Sprintf("t%d", i), Lines: r.IntN(25), CPS: r.IntN(6),
			Local: r.IntN(3) == 0, Congested: r.Float64() * 0.05})
	}
	return t
}

func drawCampaigns(r *rand.Rand, queues []pbx.Queue) (all []dialer.Campaign) {
	for i := range 1 + r.IntN(3) {
		c := dialer.NewCampaign()
		c.Name, c.Department, c.Queue, c.Route, c.Calendar = fmt.Sprintf("c%d", i), "sales", queues[r.IntN(len(queues))].Name, "out", "work"
		c.Timezone = []string{"Europe/Moscow", "Asia/Yekaterinburg"}[r.IntN(2)]
		c.CallerID = 74950000009
		c.Buckets = []string{fmt.Sprintf("b%d", i%2), "shared"}
		c.Pacing.Mode, c.Pacing.Ratio = dialer.Mode(r.IntN(2)), 1+r.Float64()*3
		c.Pacing.RingTimeout = dialer.Duration(time.Duration(15+r.IntN(15)) * time.Second)
		c.Pacing.LinesMax, c.Pacing.Weight = r.IntN(2)*(3+r.IntN(20)), 1+r.IntN(3)
		c.Attempts.Gap = dialer.Duration(time.Duration(1+r.IntN(10)) * time.Minute)
		c.Attempts.PerDay, c.Attempts.Total = 1+r.IntN(4), 2+r.IntN(8)
		c.Answer.AMD, c.Answer.OnMachine = dialer.AMD(r.IntN(2)), dialer.OnMachine(r.IntN(3))
		c.Answer.AgentWithin = dialer.Duration(time.Duration(1000+r.IntN(4000)) * time.Millisecond)
		c.Answer.AbandonMessage = []string{"", "dialer/sorry"}[r.IntN(2)]
		again := dialer.After(time.Duration(1+r.IntN(20)) * time.Minute)
		c.Rules = append(rules()[:1:1], dialer.Rule{Name: "soon", On: []dialer.Outcome{dialer.NoAnswer, dialer.Machine, dialer.HungUp, dialer.Lost, dialer.Answered},
			Attempt: dialer.AttemptRange{From: 1, To: 4}, Again: again, Number: dialer.NumberChoice(r.IntN(2))})
		all = append(all, c)
	}
	return all
}

func drawPeople(r *rand.Rand) (pbx.Customers, pbx.Teams) {
	c, t := pbx.Usual()
	c.NoAnswer = 0.1 + r.Float64()*0.5
	c.Machine = r.Float64() * 0.4
	c.Patience = time.Duration(2+r.IntN(20)) * time.Second
	c.Talk = time.Duration(10+r.IntN(110)) * time.Second
	c.Early = r.Float64() * 0.15
	t.Misses = r.Float64() * 0.15
	t.PickUp = time.Duration(500+r.IntN(4000)) * time.Millisecond
	t.BreakEvery, t.Break = time.Duration(5+r.IntN(40))*time.Minute, time.Duration(1+r.IntN(8))*time.Minute
	t.OwnCalls, t.Unreachable = r.Float64()*3, r.Float64()*3
	return c, t
}

func drawOperator(r *rand.Rand, i int, queues []pbx.Queue) pbx.Operator {
	o := pbx.Operator{Name: fmt.Sprintf("op%d", i+1), Interface: fmt.Sprintf("PJSIP/%d", 101+i), Penalty: r.IntN(2) * r.IntN(5)}
	first := r.IntN(len(queues))
	o.Queues = []string{queues[first].Name}
	if len(queues) > 1 && r.IntN(2) == 0 {
		o.Queues = append(o.Queues, queues[1-first].Name)
	}
	if r.IntN(4) == 0 {
		o.From = time.Duration(r.IntN(20)) * time.Minute
		o.To = o.From + time.Duration(10+r.IntN(30))*time.Minute
	}
	return o
}
