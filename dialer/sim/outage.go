package sim

import (
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/dialer/sim/pbx"
)

// outage is a stretch in which every call over a trunk failed.
type outage struct {
	trunk string
	span
}

// judgeOutages finds trunks that were called on and on while their carrier failed: each such call is
// an attempt that somebody's lead has lost.
func (r *referee) judgeOutages() {
	for _, o := range r.outages {
		if !r.well(o.from, o.to) {
			continue
		}
		if n, most := r.burnt(o), r.burntAtMost(o); n > most {
			r.breach(0, "trunk %s carried nobody from %.0f to %.0f, and was given %d calls; %d are enough to know it", o.trunk, o.from.Seconds(), o.to.Seconds(), n, most)
		}
	}
}

// burnt is how many calls were placed over a trunk during its outage.
func (r *referee) burnt(o outage) (n int) {
	for _, f := range r.sim.world.Fates() {
		if f.Trunk == o.trunk && f.Originated >= o.from && f.Originated < o.to && (f.Nature == pbx.Congestion || f.Nature == pbx.Undialable) {
			n++
		}
	}
	return n
}

// burntAtMost is how many calls it takes to know that a trunk fails: those that its breaker looks at,
// those that are on their way meanwhile, and one for each pause.
func (r *referee) burntAtMost(o outage) int {
	rules := dialer.NewTrunk()
	most := rules.BreakerCalls + int(r.sim.scenario.team.cps)
	pause := rules.BreakerPause.Span()
	for at := o.from; at < o.to; at += pause {
		most++
		pause = min(2*pause, rules.BreakerLongest.Span())
	}
	return most
}

// judgeCallerIDs finds caller IDs that were shown more often on a day than their pool allows.
func (r *referee) judgeCallerIDs() {
	type day struct {
		number phone.Number
		date   string
	}
	shown := map[day]int{}
	pool := r.sim.scenario.config(0).Pools[0]
	for _, a := range r.sim.disk.rows.attempts {
		if pool.DailyLimit == 0 || r.sim.world.Fate(a.ID) == nil {
			continue
		}
		for _, n := range pool.Numbers {
			at := day{n, a.Planned.UTC().Format(time.DateOnly)}
			if a.CallerID != n {
				continue
			}
			if shown[at]++; shown[at] == pool.DailyLimit+1 {
				r.breach(a.ID, "shows %s, which has been shown %d times that day already", n, pool.DailyLimit)
			}
		}
	}
}
