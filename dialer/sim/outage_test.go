package sim

import (
	"testing"
	"time"

	"dialerd/dialer/sim/pbx"
)

// TestOutage has the first trunk of a full team fail for half an hour, with a second one there. With its
// breaker hardly anybody is called in vain, and the talks go on; without it hundreds are.
func TestOutage(t *testing.T) {
	run := func(p plant, fails bool) (burnt int, r *Result) {
		c := ordinary(Options{Seed: 5, Operators: 20, Length: time.Hour, Ratio: 1.5, Mode: 1})
		c.plant = p
		for i := range c.team.trunks {
			c.team.trunks[i].Congested = 0
			c.team.trunks[i].Lines = 60
		}
		c.world.Trunks = c.team.trunks
		s := newSimulation(c, nil)
		o := outage{"main", span{20 * time.Minute, 50 * time.Minute}}
		if fails {
			s.after(o.from, func() {
				s.world.Fail(o.trunk, pbx.Congestion)
				s.referee.outages = append(s.referee.outages, o)
			})
			s.after(o.to, func() { s.world.Mend(o.trunk) })
		}
		r = s.run()
		return s.referee.burnt(o), r
	}
	_, without := run(plantNone, false)
	burnt, with := run(plantNone, true)
	blind, never := run(plantFuse, true)
	t.Logf("no outage: %d talks; with a breaker: %d calls in vain, %d talks; without one: %d calls in vain, %d talks",
		without.Talks, burnt, with.Talks, blind, never.Talks)
	if len(with.Violations) > 0 || len(never.Violations) == 0 {
		t.Errorf("violations with a breaker: %v; without: %v", with.Violations, never.Violations)
	}
	if burnt > 40 || blind < 10*burnt {
		t.Errorf("%d calls in vain with a breaker, %d without", burnt, blind)
	}
	if with.Talks < without.Talks*9/10 {
		t.Errorf("%d talks with the outage, %d without", with.Talks, without.Talks)
	}
}
