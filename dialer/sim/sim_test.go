package sim

import (
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

var (
	oneSeed = flag.Int64("seed", -1, "run this seed alone, and print its trace")
	seeds   = flag.Int("seeds", 1000, "how many drawn hours to run")
	first   = flag.Int("first", 0, "the first of them")
)

// TestHours runs drawn hours, with all faults, and has the referee judge each.
//
//	go test ./dialer/sim -seed=7 -v                              one seed with its trace
//	go test ./dialer/sim -run TestHours -first=1000 -seeds=9000  more of them
func TestHours(t *testing.T) {
	if *oneSeed >= 0 {
		r := newSimulation(drawn(uint64(*oneSeed)), os.Stdout).run()
		fmt.Print(r)
		if len(r.Violations) > 0 {
			t.Fail()
		}
		return
	}
	const lanes = 8
	var calls, talks atomic.Int64
	t.Run("seeds", func(t *testing.T) {
		for lane := range lanes {
			t.Run(fmt.Sprint(lane), func(t *testing.T) {
				t.Parallel()
				for seed := *first + lane; seed < *first+*seeds; seed += lanes {
					r := newSimulation(drawn(uint64(seed)), nil).run()
					calls.Add(int64(r.Calls))
					talks.Add(int64(r.Talks))
					if len(r.Violations) > 0 {
						t.Errorf("seed %d: %s\n%d violations; see it with: go test ./dialer/sim -seed=%d -v",
							seed, r.Violations[0], len(r.Violations), seed)
					}
				}
			})
		}
	})
	t.Logf("%d hours: %d calls, %d talks", *seeds, calls.Load(), talks.Load())
	if talks.Load() < int64(*seeds)*10 {
		t.Errorf("%d talks in %d hours: the worlds are too quiet to show anything", talks.Load(), *seeds)
	}
}

// TestSameSeedSameTrace: a seed is the whole world, to the last event.
func TestSameSeedSameTrace(t *testing.T) {
	if *oneSeed >= 0 {
		t.Skip("one seed is wanted")
	}
	for seed := range uint64(10) {
		if a, b := traceOf(drawn(seed)), traceOf(drawn(seed)); a != b {
			t.Errorf("seed %d gives two traces", seed)
		}
	}
	o := Options{Seed: 1, Operators: 5, Length: time.Hour, Faults: true}
	if a, b := traceOf(ordinary(o)), traceOf(ordinary(o)); a != b {
		t.Error("an ordinary day gives two traces")
	}
	if a, b := traceOf(troubled(1, 2*time.Hour)), traceOf(troubled(1, 2*time.Hour)); a != b {
		t.Error("a country's day gives two traces")
	}
	if traceOf(drawn(1)) == traceOf(drawn(2)) {
		t.Error("two seeds give one trace")
	}
}

func traceOf(s *scenario) uint64 {
	h := fnv.New64a()
	newSimulation(s, h).run()
	return h.Sum64()
}

// TestRefereeFinds: each of these faults of the driver itself is found within some hours. A referee
// who finds nothing else would prove nothing.
func TestRefereeFinds(t *testing.T) {
	if *oneSeed >= 0 {
		t.Skip("one seed is wanted")
	}
	for plant, name := range map[plant]string{plantLoss: "events lost without a resync", plantEager: "released before the commit",
		plantTwice: "an Originate twice", plantCut: "a talk cut", plantOften: "history forgotten at a restart",
		plantKeep: "a pause forgotten at a restart", plantFuse: "a failing trunk that is called on",
		plantZones: "zones of numbers not known", plantRefused: "refusals forgotten at a restart"} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(40) {
				c := drawn(seed)
				c.plant = plant
				if r := newSimulation(c, nil).run(); len(r.Violations) > 0 {
					t.Logf("seed %d: %s", seed, r.Violations[0])
					return
				}
			}
			t.Error("nobody noticed in 40 hours")
		})
	}
}

// BenchmarkSimDay is a day of 30 operators, with Check at each step.
func BenchmarkSimDay(b *testing.B) {
	for i := range b.N {
		r := Run(Options{Seed: uint64(i), Operators: 30, Length: 8 * time.Hour, Check: true})
		if len(r.Violations) > 0 {
			b.Fatal(r.Violations[0])
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/day")
}
