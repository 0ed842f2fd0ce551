package main

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// killer kills daemons and starts them again, at moments that a seed decides.
type killer struct {
	t      *testing.T
	dir    string
	random *rand.Rand
	at     []float64 // of each kill, by the wall clock
	early  int       // kills of a daemon that was still starting
	died   []string  // daemons that ended before they were killed
}

// kill kills so many daemons, the first of which runs already, and leaves one running.
func (k *killer) kill(p *process, kills int) *process {
	for range kills {
		k.one(p)
		if k.random.IntN(2) == 0 {
			pause(k.upTo(3 * time.Second))
		}
		p = launch(k.t, k.dir)
	}
	p.linked()
	return p
}

// oneInFive kills comes while the daemon is still starting, which takes it some 100 ms here.
const (
	oneInFive = 5
	starting  = 250 * time.Millisecond
)

func (k *killer) one(p *process) {
	if k.random.IntN(oneInFive) == 0 {
		k.early++
		pause(k.upTo(starting))
	} else {
		p.linked()
		pause(500*time.Millisecond + k.upTo(5500*time.Millisecond))
	}
	if p.over() {
		k.died = append(k.died, fmt.Sprint(p.err))
	}
	k.at = append(k.at, seconds(time.Now()))
	p.kill()
}

func (k *killer) upTo(most time.Duration) time.Duration {
	return time.Duration(k.random.Int64N(int64(most)))
}

func seconds(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }
