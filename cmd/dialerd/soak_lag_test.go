package main

import (
	"slices"
	"strconv"
	"sync"
	"time"
)

// lateness measures how late Asterisk's events come, on a manager connection of the test's own, as the
// daemon does on its own: by the times that they bear, on the same clock, as it is the same machine. The
// daemon tells its figure only while it is above 200 ms.
type lateness struct {
	mu sync.Mutex
	ms []int // since it was last asked
}

func listen(l *lab) *lateness {
	m := l.manager()
	m.do("Events", "EventMask", "agent,call")
	x := &lateness{}
	go func() {
		for {
			e, err := m.next()
			if err != nil {
				return // the Asterisk has ended, and so has the test
			}
			if at, err := strconv.ParseFloat(e["Timestamp"], 64); err == nil {
				x.hear(int((float64(time.Now().UnixMicro())/1e6 - at) * 1000))
			}
		}
	}()
	return x
}

func (x *lateness) hear(ms int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ms = append(x.ms, ms)
}

// take is the ninetieth percentile of what came since it was last asked, which is how the daemon measures it.
func (x *lateness) take() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.ms) == 0 {
		return 0
	}
	late := slices.Sorted(slices.Values(x.ms))[len(x.ms)*9/10]
	x.ms = nil
	return late
}
