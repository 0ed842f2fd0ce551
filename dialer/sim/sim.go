// Package sim runs the core against a simulated PBX, its people and their faults, in virtual time.
// A seed is a whole world: the same seed gives the same events at the same times.
//
//	result := sim.Run(sim.Options{Seed: 7, Operators: 30, Faults: true})
//	fmt.Print(result) // calls, outcomes, talk share, violations
//
// The world is dialer/sim/pbx. Here is what stands between it and the core: a daemon that can crash
// and freeze, a link that can be cut and late, a disk that can stall. A referee of its own, who knows
// the truth of each call, judges what the core has done; what he finds is in Result.Violations.
//
// go test ./dialer/sim -seed=7 -v runs one drawn hour with its trace.
package sim

import (
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/agenda"
	"dialerd/dialer/sim/pbx"
)

// Run simulates a day.
func Run(o Options) *Result {
	if o.Country {
		return newSimulation(countryDay(o), o.Trace).run()
	}
	return newSimulation(ordinary(o), o.Trace).run()
}

// simulation is one run. Time is virtual: it goes from one thing that happens to the next.
type simulation struct {
	scenario *scenario
	rand     *rand.Rand // of everything outside the world
	now      time.Duration
	jumped   time.Duration // what the wall clock was set forth
	edition  int           // of the configuration
	agenda   agenda.Agenda
	world    *pbx.World
	daemon   *daemon
	link     *link
	disk     *disk
	referee  *referee
	staff    *crew
	trace    io.Writer
	quiet    bool // the end: no more faults
	worked   int  // steps of the daemon until then
}

func newSimulation(c *scenario, trace io.Writer) *simulation {
	s := &simulation{scenario: c, rand: rand.New(rand.NewPCG(c.seed, 3)), trace: trace, world: pbx.New(c.world)}
	s.disk = &disk{sim: s, rows: newRows(c.leads)}
	s.daemon = &daemon{sim: s}
	s.link = &link{sim: s}
	s.referee = newReferee(s)
	s.staff = newCrew(s)
	return s
}

// settling is how long the world has at the end to come to rest, without new calls and without
// faults. Talks end within ten minutes.
const settling = 15 * time.Minute

func (s *simulation) run() *Result {
	s.daemon.start()
	s.scheduleFaults()
	s.referee.schedule()
	s.staff.schedule()
	s.until(s.scenario.length)
	work := s.world.Work()
	s.quiet, s.worked = true, s.daemon.steps
	s.calm()
	s.daemon.put(dialer.Drain{})
	s.staff.drained()
	s.until(s.scenario.length + settling)
	s.referee.settle()
	return s.result(work)
}

// calm ends the faults that last.
func (s *simulation) calm() {
	s.disk.stalled, s.link.lag, s.daemon.frozen = s.now, 0, s.now
	s.daemon.revive()
}

// until lets time go to an end.
func (s *simulation) until(end time.Duration) {
	for {
		at, ok := s.agenda.Next()
		if world, more := s.world.Next(); more && (!ok || world < at) {
			at, ok = world, true
		}
		if !ok || at > end || s.referee.enough() {
			s.now = max(s.now, min(end, at))
			return
		}
		s.now = at
		for _, h := range s.world.Advance(at) {
			s.hear(h)
		}
		for next, ok := s.agenda.Next(); ok && next <= s.now; next, ok = s.agenda.Next() {
			s.agenda.Take()()
		}
	}
}

// after has something happen after a while.
func (s *simulation) after(d time.Duration, do func()) { s.agenda.Add(s.now+d, do) }

// hear takes what Asterisk says: questions come by FastAGI, everything else by AMI.
func (s *simulation) hear(h pbx.Heard) {
	switch what := h.What.(type) {
	case pbx.Question:
		s.daemon.asked(what)
	case pbx.Stopped:
		s.referee.wiped()
		s.link.cut(0, s.between(0, time.Second))
	case pbx.Started:
		s.staff.restarted()
	default:
		if rings, ok := what.(pbx.AgentCalled); ok {
			s.referee.rings(rings)
		}
		if paused, ok := what.(pbx.MemberPause); ok && paused.Reason == autoPause {
			s.staff.autopaused(paused.Interface)
		}
		s.link.hear(h)
	}
}

// wall is what the wall clock shows.
func (s *simulation) wall() time.Time { return s.scenario.start.Add(s.now + s.jumped) }

func (s *simulation) say(format string, args ...any) {
	if s.trace != nil {
		fmt.Fprintf(s.trace, "%12.6f %s\n", s.now.Seconds(), fmt.Sprintf(format, args...))
	}
}

func (s *simulation) between(from, to time.Duration) time.Duration {
	if to <= from {
		return from
	}
	return from + time.Duration(s.rand.Int64N(int64(to-from))).Truncate(time.Microsecond)
}
