package sim

import (
	"flag"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	everyStep  = flag.Int("every", 4, "crash after every n-th step of the scripted hour; make live takes each")
	randomDays = flag.Int("days", 40, "random days with crashes in them; make live takes 110")
)

// crashesPerDay is how many steps of each random day are crashed at.
const crashesPerDay = 100

// TestCrashAtEveryStep crashes a quiet hour at each of its steps, one run for each: in the middle of
// what the step wants done, while loading and while reconciling too. The daemon starts again, Check
// runs after it has loaded and again after it has reconciled, and the referee judges the whole hour.
//
//	go test ./dialer/sim -run CrashAtEveryStep -every=1
func TestCrashAtEveryStep(t *testing.T) {
	whole := newSimulation(scripted(nil), nil)
	r := whole.run()
	if len(r.Violations) > 0 || r.Talks < 20 || whole.worked < 1000 {
		t.Fatalf("the scripted hour itself: %d talks, %d steps, %v", r.Talks, whole.worked, r.Violations)
	}
	var runs []*scenario
	for at := 1; at <= whole.worked; at += *everyStep {
		runs = append(runs, scripted([]int{at}))
	}
	crashes := judgeAll(t, runs)
	t.Logf("%d calls, %d talks, %d steps, a crash at %d of them", r.Calls, r.Talks, whole.worked, crashes)
}

// TestCrashAtRandomSteps crashes random days, with all their other faults, at random steps.
//
//	go test ./dialer/sim -run CrashAtRandomSteps -days=110
func TestCrashAtRandomSteps(t *testing.T) {
	var runs []*scenario
	for seed := range uint64(*randomDays) {
		c := drawn(100_000 + seed)
		c.length = 8 * time.Hour
		c.crashes = drawSteps(rand.New(rand.NewPCG(seed, 4)), 150_000)
		runs = append(runs, c)
	}
	t.Logf("%d days, %d crashes", len(runs), judgeAll(t, runs))
}

// drawSteps is when to crash: spread over a day, and some of them right after each other, so that the
// daemon crashes while it starts.
func drawSteps(r *rand.Rand, steps int) (at []int) {
	for range crashesPerDay {
		at = append(at, 1+r.IntN(steps))
	}
	for i := range crashesPerDay / 5 {
		at[i] = at[i+crashesPerDay/5] + 1 + r.IntN(8)
	}
	slices.Sort(at)
	return at
}

// scripted is an hour in which everything happens that a call and a lead can come to, and nothing is broken
// but what the test breaks.
func scripted(crashes []int) *scenario {
	s := ordinary(Options{Seed: 1, Length: time.Hour, Operators: 3, Leads: 60, Check: true, Ratio: 1.3, Mode: 1})
	s.start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s.tick, s.look = time.Second, time.Minute
	s.team.wrapup, s.team.queues[0].Wrapup = 5*time.Second, 0 // so that it takes pauses too
	s.world.Queues = s.team.queues
	s.faults.edits, s.faults.imports = 20, 6
	s.loading = loading{chunk: 30, every: 500 * time.Millisecond}
	s.crashes = crashes
	s.guide(1)
	s.staff.every, s.staff.brk, s.staff.foreign = 4*time.Minute, time.Minute, 0
	return s
}

// judgeAll runs scenarios beside each other and says of each that went wrong how to see it.
func judgeAll(t *testing.T, runs []*scenario) (crashes int64) {
	t.Helper()
	var fallen atomic.Int64
	next := make(chan *scenario)
	var lanes sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		lanes.Go(func() {
			for c := range next {
				s := newSimulation(c, nil)
				r := s.run()
				fallen.Add(int64(s.daemon.fallen))
				if len(r.Violations) > 0 {
					t.Errorf("seed %d, crashes at steps %v: %d violations, the first %s", c.seed, c.crashes, len(r.Violations), r.Violations[0])
				} else if s.daemon.fallen == 0 {
					t.Errorf("seed %d, crashes at steps %v: none came", c.seed, c.crashes)
				}
			}
		})
	}
	for _, c := range runs {
		next <- c
	}
	close(next)
	lanes.Wait()
	return fallen.Load()
}
