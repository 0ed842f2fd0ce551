package dialer

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
)

// The random walk: operators, supervisors, other people at Asterisk's console, Asterisk itself and the disk act in any
// order, with crashes between, and after every step two referees look: the Dialer's own Check, and walkReferee,
// which knows who asked what last and what Asterisk really has.
//
//	go test ./dialer -run '^TestWalk$' -v -walk 10000000 -walkseed 7
//
// A seed is one walk. One that fails is shrunk to a scenario file, whose name is printed.
var (
	walkSteps = flag.Int64("walk", 200_000, "how many steps TestWalk goes")
	walkSeed  = flag.Uint64("walkseed", 1, "the first seed of TestWalk")
)

// walkActs is how many acts one seed draws.
const walkActs = 1000

func TestWalk(t *testing.T) {
	var steps, seeds atomic.Int64
	var violations walkViolations
	next := *walkSeed - 1
	var take sync.Mutex
	var runners sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		runners.Go(func() {
			for steps.Load() < *walkSteps && violations.few() {
				take.Lock()
				next++
				seed := next
				take.Unlock()
				acts, size := drawWalk(seed)
				k := newWalk(t, size, plantNothing)
				k.run(acts)
				steps.Add(int64(k.steps))
				if n := seeds.Add(1); n%1000 == 0 {
					fmt.Printf("seeds %d to %d: %d steps\n", *walkSeed, seed, steps.Load())
				}
				if k.failed != nil {
					violations.add(t, seed, size, acts)
				}
			}
		})
	}
	runners.Wait()
	fmt.Printf("walk: steps=%d seeds=%d violations=%d\n", steps.Load(), seeds.Load(), violations.n)
}

// walkViolations shrinks walks that have failed, one at a time.
type walkViolations struct {
	mu sync.Mutex
	n  int
}

func (v *walkViolations) few() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.n < 5
}

func (v *walkViolations) add(t *testing.T, seed uint64, size int, acts []walkAct) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.n++
	failed := shrinkWalk(t, size, acts, plantNothing)
	file := filepath.Join(os.TempDir(), fmt.Sprintf("walk-%d.txt", seed))
	text := failed.scenario(seed)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Error(err)
	}
	t.Errorf("seed %d: %s\nin %s; copy it to dialer/testdata and play it with go test ./dialer -run TestScenarios -rewrite:\n%s", seed, failed.failed.text, file, text)
}

// drawWalk is the acts of a seed, and how big its world is.
func drawWalk(seed uint64) (acts []walkAct, size int) {
	r := rand.New(rand.NewPCG(seed, 5))
	size = r.IntN(walkSizes)
	acts = make([]walkAct, walkActs)
	for i := range acts {
		acts[i] = drawAct(r)
	}
	return acts, size
}

// run does the acts, and ends with quiet. What has failed is in failed; a panic is a failure too.
func (k *walk) run(acts []walkAct) {
	defer func() {
		if p := recover(); p != nil {
			k.failed = &violation{"panic", fmt.Sprintf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	k.begin()
	for i, a := range acts {
		if k.failed != nil {
			return
		}
		k.at = i
		k.acted = false
		if k.act(a); k.acted {
			k.steps++
		}
	}
	k.at = len(acts)
	if k.failed == nil {
		k.quiet(true)
	}
}
