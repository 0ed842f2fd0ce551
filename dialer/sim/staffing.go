package sim

import (
	"math/rand/v2"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// drawStaff has some operators ask the daemon for their pauses on most days, some of them log in and out through
// it, some be members by queues.conf.
func (s *scenario) drawStaff(r *rand.Rand) {
	share := []float64{0, 0.5, 0.8, 1}[r.IntN(4)]
	if share == 0 {
		return
	}
	s.staff = staffing{every: time.Duration(1+r.IntN(8)) * time.Minute, brk: time.Duration(5+r.IntN(240)) * time.Second, foreign: r.Float64() * 0.3}
	if r.IntN(2) == 0 {
		s.staff.pauses = pauseReasons()
	}
	named, static := r.Float64(), float64(r.IntN(2))*r.Float64()
	for i := range s.world.Operators {
		o := &s.world.Operators[i]
		if r.Float64() > share {
			continue
		}
		o.Guided = true
		switch {
		case o.To == 0 && r.Float64() < static:
			o.Static, o.From = true, 0
		case r.Float64() < named:
			s.staff.agents = append(s.staff.agents, inFile(*o))
		}
	}
	s.world.Persistent = r.IntN(4) == 0
	s.faults.queueReloads = float64(r.IntN(2)) * r.Float64() * 6
}

func pauseReasons() []dialer.PauseReason {
	return []dialer.PauseReason{{Code: "lunch", Self: true, Limit: dialer.Duration(2 * time.Minute)}, {Code: "training", Self: true, Paid: true}}
}

// inFile is an operator in agents.toml.
func inFile(o pbx.Operator) dialer.AgentConfig {
	return dialer.AgentConfig{ID: o.Name, Name: o.Name, Interface: o.Interface, Queues: o.Queues, Penalty: o.Penalty}
}

// guide has a share of the operators ask the daemon, every second of them for his logins too.
func (s *scenario) guide(share float64) {
	s.staff = staffing{every: 20 * time.Minute, brk: 4 * time.Minute, foreign: 0.1, pauses: pauseReasons()}
	for i := range s.world.Operators {
		o := &s.world.Operators[i]
		if float64(i%10) >= share*10 {
			continue
		}
		o.Guided = true
		if i%2 == 0 {
			s.staff.agents = append(s.staff.agents, inFile(*o))
		}
	}
}
