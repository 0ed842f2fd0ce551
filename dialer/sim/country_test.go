package sim

import (
	"flag"
	"slices"
	"testing"
	"time"

	"dialerd/dialer"
)

var (
	leads      = flag.Int("leads", 1_000_000, "how many people the country has")
	countryFor = flag.Duration("for", 8*time.Hour, "how long the country is called, from noon in Novosibirsk on; make live takes a whole day")
	staff      = flag.Int("operators", 200, "how many work there")
)

// TestCountry calls a country of a million people in five time zones. The referee judges each call by the hours,
// limits and gaps that hold where the person is, the core is asked after each step whether its invariants
// hold, and every ten minutes about all leads. Once the daemon crashes, and loads the million anew while it
// calls again.
//
//	go test ./dialer/sim -run 'TestCountry$' -for=24h -v -timeout 1h
func TestCountry(t *testing.T) {
	if *oneSeed >= 0 {
		t.Skip("one seed is wanted")
	}
	c := country(1, *leads, *staff)
	c.length, c.crashes = *countryFor, []int{100_000}
	c.guide(0.5)
	if c.length < 24*time.Hour {
		c.start = time.Date(2026, 3, 6, 5, 0, 0, 0, time.UTC)
	}
	s := newSimulation(c, nil)
	r := s.run()
	t.Logf("%s\n%d calls planned before all leads were there", r, s.referee.early)
	for _, v := range r.Violations {
		t.Error(v)
	}
	if perHour := float64(r.Calls) / r.Hours; perHour < float64(*staff)*5 || s.referee.early == 0 || s.daemon.fallen != 1 {
		t.Errorf("%.0f calls an hour, %d of them before all leads were there, %d crashes: it shows too little", perHour, s.referee.early, s.daemon.fallen)
	}
	if s.referee.introduced < r.Talks {
		t.Errorf("%d answers told who was called, of %d talks", s.referee.introduced, r.Talks)
	}
	s.showsAll(t)
}

// showsAll fails when some of what is to be judged has not come.
func (s *simulation) showsAll(t *testing.T) {
	t.Helper()
	campaigns, zones, again := map[string]int{}, map[string]int{}, 0
	for _, a := range s.disk.rows.attempts {
		sent, ok := s.referee.sent[a.ID]
		if !ok {
			continue
		}
		campaigns[a.Campaign]++
		for _, zone := range sent.zones {
			zones[zone.String()]++
		}
		if l := s.disk.rows.lead(a.Lead); l != nil && l.Attempts > 1 {
			again++
		}
	}
	t.Logf("calls by campaign %v, by zone %v, of leads called again %d", campaigns, zones, again)
	edits := s.referee.edits
	for _, what := range []dialer.EditKind{dialer.EditMove, dialer.EditHold, dialer.EditRelease, dialer.EditRestart, dialer.EditDelete} {
		if edits[what] == 0 {
			t.Errorf("no %s of a lead in %v", what, edits)
		}
	}
	if len(zones) < 5 || again < len(s.referee.sent)/50 || !slices.ContainsFunc(s.disk.rows.attempts, func(a dialer.Attempt) bool { return a.Unserved() }) {
		t.Errorf("zones %v, %d calls of leads called again: it shows too little", zones, again)
	}
}

// TestCountryInTrouble calls small countries on bad days, with everything that goes wrong.
func TestCountryInTrouble(t *testing.T) {
	if *oneSeed >= 0 {
		t.Skip("one seed is wanted")
	}
	for seed := range uint64(4) {
		s := newSimulation(troubled(seed, 24*time.Hour), nil)
		if r := s.run(); len(r.Violations) > 0 || r.Talks < 500 {
			t.Errorf("seed %d: %d talks, %d violations: %v", seed, r.Talks, len(r.Violations), r.Violations)
		}
	}
}

// troubled is a day among few people, on which the daemon crashes and the link is cut.
func troubled(seed uint64, length time.Duration) *scenario {
	c := country(seed, 2500, 12)
	c.length = length
	c.guide(0.7)
	c.faults.crashes, c.faults.upgrades, c.faults.cuts, c.faults.stalls, c.faults.jumps = 0.5, 0.2, 0.5, 0.5, 0.1
	c.faults.edits, c.faults.imports, c.faults.refusals = 60, 3, 30
	return c
}

// TestRefereeFindsRules: each of these faults is found within some days of a small country.
func TestRefereeFindsRules(t *testing.T) {
	if *oneSeed >= 0 {
		t.Skip("one seed is wanted")
	}
	for plant, name := range map[plant]string{plantZones: "zones of numbers not known", plantBreaks: "breaks not known",
		plantHolidays: "holidays not known", plantMasks: "masks not known", plantGap: "a shorter gap", plantDay: "more attempts a day",
		plantTotal: "more attempts in all", plantServed: "abandoned calls forgotten at a restart", plantInvalid: "invalid numbers forgotten at a restart",
		plantHold: "a lead put aside and not told", plantDelete: "a deleted lead that is back", plantMerge: "an import that is not told",
		plantEarly: "calls before all leads are there", plantStranger: "the fields of somebody else"} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(4) {
				c := troubled(seed, 12*time.Hour)
				c.plant = plant
				if r := newSimulation(c, nil).run(); len(r.Violations) > 0 {
					t.Logf("seed %d: %s", seed, r.Violations[0])
					return
				}
			}
			t.Error("nobody noticed in 4 days")
		})
	}
}
