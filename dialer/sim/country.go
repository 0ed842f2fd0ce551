package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
	"dialerd/dialer/sim/pbx"
)

// country is a day and a night of a country with five time zones: six campaigns on buckets of their own and
// in common, hours with breaks, a region that has a holiday and one with half a day, rules that call again,
// people who share numbers, lists that come in. It may have a million leads.
func country(seed uint64, people, operators int) *scenario {
	s := &scenario{seed: seed, start: time.Date(2026, 3, 5, 22, 0, 0, 0, time.UTC), length: 24 * time.Hour,
		tick: 250 * time.Millisecond, look: 10 * time.Minute, check: true,
		loading: loading{chunk: max(1, people/50), every: time.Second},
		faults:  faults{edits: 30, imports: 1, refusals: 20, reloads: 0.1, outages: 0.1}}
	s.team = team{cps: 20, limit: 2000, calendars: []calendar.Calendar{workdays(), long(), late()}, barred: []string{"+79130*", "+7914?????77", "+79152*"},
		queues: []pbx.Queue{{Name: "east", Ring: 15 * time.Second, Wrapup: 10 * time.Second}, {Name: "west", Ring: 15 * time.Second, Wrapup: 10 * time.Second}},
		trunks: []pbx.Trunk{{Name: "main", Lines: 3 * operators, CPS: 10, Congested: 0.002}, {Name: "spare", Lines: operators, CPS: 5}}}
	s.zones = []dialer.NumberZones{
		{Zones: []string{"Europe/Moscow"}, Prefixes: []string{"7911"}},
		{Zones: []string{"Europe/Samara"}, Prefixes: []string{"79111", "7915"}},
		{Zones: []string{"Asia/Yekaterinburg"}, Prefixes: []string{"7912"}},
		{Zones: []string{"Asia/Novosibirsk"}, Prefixes: []string{"7913"}},
		{Zones: []string{"Asia/Vladivostok"}, Prefixes: []string{"7914"}},
		{Zones: []string{"Europe/Moscow", "Europe/Samara"}, Prefixes: []string{"7916"}},
		{Zones: []string{"Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok"}, Prefixes: []string{"7917"}},
		{Zones: []string{"Europe/Moscow", "Asia/Novosibirsk"}, Prefixes: []string{"7918"}},
	} // 7919 is nowhere: there it is the campaign's zone that counts
	s.team.campaigns = countryCampaigns()
	s.world = pbx.Config{Seed: seed, Queues: s.team.queues, Trunks: s.team.trunks, Strangers: 2}
	s.world.Customers, s.world.Teams = pbx.Usual()
	for i := range operators {
		s.world.Operators = append(s.world.Operators, shift(i))
	}
	s.person = func(r *rand.Rand, id dialer.LeadID) dialer.Lead { return inhabitant(r, id, people) }
	r := rand.New(rand.NewPCG(seed, 12))
	s.leads = make([]dialer.Lead, 0, people+people/20)
	for i := range people {
		s.leads = append(s.leads, s.person(r, dialer.LeadID(i+1)))
	}
	return s
}

// countryDay is one as the options say.
func countryDay(o Options) *scenario {
	o = o.filled()
	s := country(o.Seed, o.Leads, o.Operators)
	s.length, s.check = o.Length, o.Check
	if o.Faults {
		s.faults = usualFaults()
		s.guide(0.5)
	}
	return s
}

// The calendars. The day is Friday, 6 March 2026: in the Far East it has begun.
func workdays() calendar.Calendar {
	return calendar.Calendar{Name: "workdays",
		Hours: []calendar.Hours{week(1, 5, 9*60, 13*60, 14*60, 20*60), week(6, 6, 10*60, 16*60)},
		Off:   []calendar.Day{march(8)},
		Dates: []calendar.Date{{Day: march(7), Spans: []calendar.Span{{From: 10 * 60, To: 15 * 60}}}},
		Regions: []calendar.Region{
			{Prefixes: []string{"7913", "79171"}, Holidays: "own", Off: []calendar.Day{march(6)}},
			{Prefixes: []string{"7912"}, Dates: []calendar.Date{{Day: march(6), Spans: []calendar.Span{{From: 9 * 60, To: 14*60 + 30}}}}},
		}}
}

func long() calendar.Calendar {
	return calendar.Calendar{Name: "long", Hours: []calendar.Hours{week(0, 6, 8*60, 12*60+20, 12*60+50, 21*60+30)},
		Regions: []calendar.Region{{Prefixes: []string{"7911"}, Hours: []calendar.Hours{week(1, 5, 10*60, 19*60)}}}}
}

func late() calendar.Calendar {
	return calendar.Calendar{Name: "late", Hours: []calendar.Hours{week(0, 6, 12*60, 24*60)}}
}

// march is a day of March 2026.
func march(day int) calendar.Day {
	return calendar.DayOf(time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC), time.UTC)
}

// week is hours from one weekday to another, as pairs of minutes.
func week(first, last time.Weekday, minutes ...int) (h calendar.Hours) {
	for d := first; d <= last; d++ {
		h.Days[d] = true
	}
	for i := 0; i < len(minutes); i += 2 {
		h.Spans = append(h.Spans, calendar.Span{From: minutes[i], To: minutes[i+1]})
	}
	return h
}

// countryCampaigns: one calls few people again and again, so that gaps and limits matter.
func countryCampaigns() []dialer.Campaign {
	campaign := func(name, queue, calendar, zone string, perDay, total int, gap time.Duration, buckets ...string) dialer.Campaign {
		c := dialer.NewCampaign()
		c.Name, c.Department, c.Queue, c.Route, c.Calendar, c.Timezone, c.Buckets = name, "sales", queue, "out", calendar, zone, buckets
		c.CallerID, c.Answer.AbandonMessage, c.Rules = 74950000009, "dialer/sorry", countryRules()
		c.Attempts.PerDay, c.Attempts.Total, c.Attempts.Gap = perDay, total, dialer.Duration(gap)
		return c
	}
	all := []dialer.Campaign{
		campaign("again", "west", "long", "Europe/Moscow", 4, 3, 40*time.Minute, "hot"),
		campaign("dawn", "east", "long", "Asia/Vladivostok", 2, 6, 30*time.Minute, "east"),
		campaign("evening", "west", "late", "Europe/Samara", 1, 5, time.Hour, "late", "common"),
		campaign("loans", "east", "workdays", "Asia/Yekaterinburg", 2, 5, 30*time.Minute, "common", "east"),
		campaign("sales", "west", "workdays", "Europe/Moscow", 2, 5, 45*time.Minute, "west", "common"),
		campaign("web", "east", "long", "Asia/Novosibirsk", 3, 8, 15*time.Minute, "web"),
	}
	for i := range all {
		if i%2 == 0 {
			all[i].Pacing.Mode, all[i].Pacing.Ratio = dialer.Ratio, 1.6
		}
		all[i].Pacing.Weight = 1 + i%3
	}
	return all
}

func countryRules() []dialer.Rule {
	minutes := func(n int) dialer.Again { return dialer.After(time.Duration(n) * time.Minute) }
	return []dialer.Rule{
		{Name: "busy-soon", On: []dialer.Outcome{dialer.Busy, dialer.Congestion}, Attempt: dialer.AttemptRange{From: 1, To: 3}, Again: minutes(10)},
		{Name: "not-there", On: []dialer.Outcome{dialer.NoAnswer}, Attempt: dialer.AttemptRange{From: 1, To: 2}, Again: minutes(20), Number: dialer.NumberNext},
		{Name: "try-web", On: []dialer.Outcome{dialer.NoAnswer}, Attempt: dialer.AttemptRange{From: 3, To: 3}, Again: minutes(15), Bucket: "web"},
		{Name: "machine", On: []dialer.Outcome{dialer.Machine, dialer.HungUp, dialer.Abandoned, dialer.Lost}, Again: minutes(30)},
		{Name: "talk-on", On: []dialer.Outcome{dialer.Answered}, Attempt: dialer.AttemptRange{From: 1, To: 1}, Again: minutes(60)},
		{Name: "refused", On: []dialer.Outcome{dialer.Rejected}, Finish: "refused"},
	}
}

// shift is an operator of the early, the middle or the late shift, or of the night.
func shift(i int) pbx.Operator {
	o := pbx.Operator{Name: fmt.Sprintf("op%03d", i+1), Interface: fmt.Sprintf("PJSIP/%d", 1001+i), Penalty: i % 3}
	begin := [...]int{0, 0, 0, 6, 6, 6, 6, 11, 11, 16}[i%10]
	o.From = time.Duration(begin)*time.Hour + time.Duration(i%7)*time.Minute
	o.To = o.From + 8*time.Hour
	o.Queues = [][]string{{"east"}, {"west"}, {"east", "west"}}[i/10%3]
	return o
}

// inhabitant is one of about so many people: with one number to three, of which some are a household's, and
// with a zone of his own or without.
func inhabitant(r *rand.Rand, id dialer.LeadID, people int) dialer.Lead {
	l := dialer.Lead{ID: id, External: dialer.HashExternal(external(id)), Created: time.Date(2026, 1, 1, 0, 0, int(id), 0, time.UTC)}
	l.Numbers = make([]dialer.LeadNumber, [...]int{1, 1, 1, 1, 1, 1, 1, 2, 2, 3}[r.IntN(10)])
	at := r.IntN(100)
	if few := max(40, people/300); int(id) <= few {
		l.Bucket = "hot"
		for i := range l.Numbers {
			l.Numbers[i] = dialer.LeadNumber{Number: subscriber(uint64(r.IntN(few))), Kind: "mobile"}
		}
	} else {
		l.Bucket = [...]string{"common", "common", "common", "common", "east", "east", "west", "west", "late", "web"}[at/10]
		for i := range l.Numbers {
			l.Numbers[i] = dialer.LeadNumber{Number: subscriber(uint64(r.IntN(2 * people))), Kind: [...]string{"mobile", "home", "work"}[i]}
		}
	}
	if at%10 == 0 {
		l.Priority = 1 + at/50
	}
	if at%7 == 0 {
		l.Zone = [...]string{"Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok"}[r.IntN(5)]
	}
	return l
}

// subscriber is a number: of which zone, the last digits decide.
func subscriber(n uint64) phone.Number {
	return phone.Number(79110000000 + 10_000_000*(n%9) + n*37%10_000_000)
}
