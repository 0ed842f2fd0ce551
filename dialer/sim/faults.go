package sim

import (
	"math/rand/v2"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// faults are how often things go wrong, an hour each.
type faults struct {
	cuts         float64 // of the link
	lags         float64 // stretches in which events come late
	crashes      float64 // of the daemon
	upgrades     float64 // of the daemon: it ends in good order and starts again
	freezes      float64 // of the daemon
	stalls       float64 // of the disk
	restarts     float64 // of Asterisk
	jumps        float64 // of the wall clock
	reloads      float64 // of the configuration
	outages      float64 // of a trunk's carrier
	refusals     float64 // people are put on the list of numbers never called, and off it
	edits        float64 // somebody puts leads aside, moves them, deletes them
	imports      float64 // a list comes in
	switches     float64 // somebody stops a department or a campaign for a while
	meddling     float64 // somebody changes penalties and pauses by hand
	queueReloads float64 // queues.conf is read anew
	twice        float64 // share of the events that come twice
}

// usualFaults are those of a bad day.
func usualFaults() faults {
	return faults{cuts: 0.5, lags: 0.3, crashes: 0.3, upgrades: 0.2, freezes: 0.5, stalls: 0.5, restarts: 0.1, reloads: 0.3, switches: 0.2, meddling: 1, twice: 0.001, outages: 0.2, refusals: 20, edits: 20, imports: 2}
}

// drawFaults are those of a terrible hour; some of them do not come at all.
func drawFaults(r *rand.Rand) faults {
	rate := func(most float64) float64 { return float64(r.IntN(2)) * r.Float64() * most }
	return faults{cuts: rate(8), lags: rate(4), crashes: rate(6), upgrades: rate(4), freezes: rate(6), stalls: rate(6), restarts: rate(2), jumps: rate(2),
		reloads: rate(5), switches: rate(4), meddling: rate(20), twice: rate(0.02)}
}

func (s *simulation) scheduleFaults() {
	f := s.scenario.faults
	s.often(f.cuts, func() {
		unnoticed := time.Duration(s.rand.IntN(2)) * s.between(0, 15*time.Second)
		s.link.cut(unnoticed, s.between(100*time.Millisecond, 90*time.Second))
	})
	s.often(f.lags, s.fallBehind)
	s.often(f.crashes, s.crash)
	s.often(f.upgrades, s.daemon.upgrade)
	s.often(f.freezes, func() { s.daemon.freeze(s.between(100*time.Millisecond, 10*time.Second)) })
	s.often(f.stalls, func() {
		d := s.between(300*time.Millisecond, 15*time.Second)
		s.disk.stalled = s.now + d
		s.referee.trouble(slow, 0, d+time.Second)
		s.say("disk: stalls for %s", d)
	})
	s.often(f.restarts, func() {
		s.say("pbx: restarts")
		s.referee.trouble(deaf, s.link.behind(), 10*time.Second)
		s.world.Restart(s.between(time.Second, 20*time.Second))
	})
	s.often(f.jumps, func() {
		s.jumped += s.between(-time.Hour, time.Hour)
		s.say("clock: set to %s", s.wall().Format(time.DateTime))
	})
	s.often(f.reloads, func() {
		if s.daemon.core != nil {
			s.edition++
			s.referee.reloaded()
			s.daemon.put(dialer.Configured{Config: s.scenario.config(s.edition)})
		}
	})
	s.often(f.switches, s.daemon.turnOff)
	s.often(f.outages, s.fail)
	s.often(f.meddling, s.meddle)
	s.often(f.queueReloads, s.reloadQueues)
	s.refusals(f.refusals)
	s.scheduleEdits(f.edits)
	s.importOften(f.imports)
	s.everySecond()
}

// often has something happen so many times an hour, until the end.
func (s *simulation) often(perHour float64, do func()) { s.oftenBy(s.rand, perHour, do) }

// oftenBy is often, at times that are drawn by themselves.
func (s *simulation) oftenBy(r *rand.Rand, perHour float64, do func()) {
	if perHour <= 0 {
		return
	}
	s.after(time.Duration(r.ExpFloat64()*float64(time.Hour)/perHour), func() {
		if s.quiet {
			return
		}
		do()
		s.oftenBy(r, perHour, do)
	})
}

func (s *simulation) everySecond() {
	s.after(time.Second, func() {
		s.link.tellLag()
		if s.scenario.plant == plantCut && s.rand.IntN(100) == 0 {
			_, calls := s.world.State()
			for _, c := range calls {
				if c.Agent != "" {
					s.world.Do(dialer.Hangup{PBX: pbxName, Call: c.Call})
					break
				}
			}
		}
		s.everySecond()
	})
}

// mostLate is how late events ever come.
const mostLate = 4 * time.Second

// fallBehind has Asterisk's events come late for a while.
func (s *simulation) fallBehind() {
	late, length := s.between(100*time.Millisecond, mostLate), s.between(5*time.Second, 2*time.Minute)
	s.link.lag = late
	s.referee.trouble(slow, 0, length+late+2*time.Second)
	s.say("link: events come %s late for %s", late, length)
	s.after(length, func() { s.link.lag = 0 })
}

// crash ends the daemon, and starts it again after a while.
func (s *simulation) crash() {
	if s.daemon.core == nil {
		return
	}
	away := s.between(300*time.Millisecond, 40*time.Second)
	s.referee.trouble(deaf, max(s.link.behind(), s.disk.behind(), s.daemon.behind()), away+5*time.Second)
	s.daemon.crash()
	s.after(away, s.daemon.revive)
}

// fail has the carrier of a trunk fail for some minutes.
func (s *simulation) fail() {
	t := &s.scenario.team.trunks[s.rand.IntN(len(s.scenario.team.trunks))]
	as := []pbx.Nature{pbx.Congestion, pbx.Undialable}[s.rand.IntN(2)]
	length := s.between(time.Minute, 10*time.Minute)
	if !s.world.Fail(t.Name, as) {
		return
	}
	s.say("trunk %s: its carrier fails for %s", t.Name, length)
	s.referee.outages = append(s.referee.outages, outage{t.Name, span{s.now, s.now + length}})
	s.after(length, func() { s.world.Mend(t.Name) })
}

// meddle is somebody at another console.
func (s *simulation) meddle() {
	operators := s.scenario.world.Operators
	o := operators[s.rand.IntN(len(operators))]
	switch s.rand.IntN(4) {
	case 0:
		s.penalize(o.Interface)
	case 1:
		s.staff.disturbAt(o.Interface)
		s.world.Pause(o.Queues[0], o.Interface, true, "supervisor")
		s.after(s.between(time.Second, 3*time.Minute), func() {
			s.staff.disturbAt(o.Interface)
			s.world.Pause(o.Queues[0], o.Interface, false, "")
		})
	case 2:
		s.staff.disturbAt(o.Interface)
		if s.world.Remove(o.Queues[0], o.Interface) {
			s.after(s.between(time.Second, time.Minute), func() {
				s.staff.disturbAt(o.Interface)
				if s.world.Add(o.Queues[0], o.Interface) {
					s.referee.joined(o.Interface, o.Queues[0])
				}
			})
		}
	case 3:
		s.staff.disturbAt(o.Interface)
		for range 5 {
			s.world.Pause("", o.Interface, true, "quick")
			s.world.Pause("", o.Interface, false, "")
		}
	}
}

// penalize sets a penalty by hand: one that nobody can take for ours on top of his own.
func (s *simulation) penalize(iface string) {
	penalty := []int{0, 1, 5, 999, 3000}[s.rand.IntN(5)]
	s.world.Penalty("", iface, penalty)
	s.referee.penalized(iface, penalty)
}

// reloadQueues has Asterisk read its queues anew. Nobody is told what that has changed; the daemon finds it when it
// next reads the lists.
func (s *simulation) reloadQueues() {
	s.say("pbx: reloads its queues")
	s.referee.reloadedQueues()
	s.world.Reload()
	s.after(s.between(time.Second, 40*time.Second), s.link.audit)
}
