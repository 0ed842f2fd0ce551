package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

// changer changes things through the API while daemons are killed: it adds leads and stops and starts a
// campaign. What was acknowledged is noted, and has to be there at the end.
type changer struct {
	client *api.Client
	random *rand.Rand
	leads  *leadMaker
	stop   chan struct{}
	ended  chan struct{}

	imported []string // external ids of acknowledged leads
	refused  []string // what the daemon answered instead of adding a lead, which it never should
	failed   int      // changes without an answer: the daemon was away, or was killed meanwhile
	runs     []bool   // what winter's switch may be: the last acknowledged, and what was asked since
	switched int      // acknowledged
	off      []span   // winter was off from the acknowledgement to when it was started again
}

type span struct{ from, to float64 }

// switchable is the campaign that is stopped and started.
const switchable = "winter"

func newChanger(dir string, random *rand.Rand, leads *leadMaker) *changer {
	return &changer{client: api.NewClient(filepath.Join(dir, "sock")), random: random, leads: leads,
		stop: make(chan struct{}), ended: make(chan struct{}), runs: []bool{true}}
}

// run makes a change every second or so until end is called.
func (c *changer) run() {
	defer close(c.ended)
	defer c.client.Close()
	for {
		select {
		case <-c.stop:
			return
		case <-time.After(500*time.Millisecond + time.Duration(c.random.Int64N(int64(time.Second)))):
		}
		if c.random.IntN(4) == 0 {
			c.turn(!c.runs[len(c.runs)-1])
		} else {
			c.add()
		}
	}
}

// end stops it, and waits for the change under way.
func (c *changer) end() {
	close(c.stop)
	<-c.ended
}

// add imports a number that does not exist, which is called once and leaves room for those that are called
// again, and now and then one that stays.
func (c *changer) add() {
	batch := []store.NewLead{c.leads.lead("spring", "801")}
	if c.random.IntN(3) == 0 {
		batch = append(batch, c.leads.lead("autumn", "040"))
	}
	results, err := c.client.Import(context.Background(), batch)
	if err != nil {
		c.failed++
		return
	}
	for i, r := range results {
		if r.Status != store.Inserted {
			c.refused = append(c.refused, fmt.Sprintf("%s: %s %s", batch[i].External, r.Status, r.Why))
			continue
		}
		c.imported = append(c.imported, batch[i].External)
	}
}

func (c *changer) turn(on bool) {
	asked := seconds(time.Now())
	if on && len(c.off) > 0 && c.off[len(c.off)-1].to == 0 {
		c.off[len(c.off)-1].to = asked // it may run from now on, whether it is acknowledged or not
	}
	if err := c.client.Switch(context.Background(), dialer.SwitchCampaign, switchable, on); err != nil {
		c.failed++
		c.runs = append(c.runs, on)
		return
	}
	c.runs = []bool{on}
	c.switched++
	if !on {
		c.off = append(c.off, span{from: seconds(time.Now())})
	}
}

// wasOff tells whether winter was stopped, for longer than a call on its way takes.
func (c *changer) wasOff(at float64) bool {
	return slices.ContainsFunc(c.off, func(s span) bool {
		return at > s.from+onItsWay && (s.to == 0 || at < s.to)
	})
}

// onItsWay is how long after its plan a telephone may ring: two seconds until the daemon lets the call go
// no more, and what a busy Asterisk takes.
const onItsWay = 3.0
