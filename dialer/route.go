package dialer

import (
	"strings"
	"time"

	"dialerd/dialer/phone"
)

// route is the entry of the campaign's route with the longest prefix of the number.
func (c *campaign) route(n phone.Number) *Route {
	for i := range c.routes {
		if n.HasPrefix(c.routes[i].Prefix) {
			return &c.routes[i]
		}
	}
	return nil
}

// obstacle is why no trunk of a list can start a call, and how long that will be so at least.
type obstacle struct {
	why  string
	wait time.Duration
}

// pick is the first trunk of the list that may start a call now: one that is full, or shut because
// its carrier fails, gives way to the next. Booked is how many calls each has been planned for already
// and not started.
func (b trunkBook) pick(names []string, booked map[*trunk]int, now Now) (*trunk, obstacle) {
	var whys []string
	var wait time.Duration
	for i, name := range names {
		t := b.get(name)
		why, span := t.refuses(booked[t], now)
		if why == "" {
			return t, obstacle{}
		}
		whys = append(whys, why)
		if i == 0 || span < wait {
			wait = span
		}
	}
	if len(whys) == 0 {
		return nil, obstacle{why: "no trunk is configured"}
	}
	return nil, obstacle{strings.Join(whys, ", "), wait}
}

// passed is why the leads were passed over that a campaign has put off for a while at last: it is
// idle for that reason, though none of them is due.
type passed struct {
	why   string
	until time.Duration
}

func (p passed) still(now time.Duration) string {
	if now < p.until {
		return p.why
	}
	return ""
}

// noTrunk tells why none of a campaign's trunks can start a call; empty when one can.
func (d *Dialer) noTrunk(p *planning, c *campaign) string {
	var no obstacle
	for _, r := range c.routes {
		var t *trunk
		if t, no = d.trunks.pick(r.Trunks, p.booked, d.now); t != nil {
			return ""
		}
	}
	return no.why
}

// ringing is the first sign that a trunk has carried a call to its number.
func (d *Dialer) ringing(c *call) {
	c.ringing = true
	d.tellTrunk(c, report{})
}

// tellTrunk has the trunk of a call learn what has become of it there.
func (d *Dialer) tellTrunk(c *call, r report) {
	t := c.trunk
	r.number, r.at = c.attempt.Number, d.now.Mono
	switch t.breaker.learn(r, c.planned) {
	case breakerShut:
		d.notice(Warning, "trunk %q is shut for %s: %s", t.Name, Duration(t.breaker.pause), t.breaker.why)
	case breakerOpened:
		d.notice(Info, "trunk %q carries calls again, after %s", t.Name, Duration((d.now.Mono - t.breaker.began).Round(time.Second)))
	}
}

// offTrunk takes a call that has ended off its trunk, with what that says of the trunk.
func (d *Dialer) offTrunk(c *call) {
	if r, tells := c.attempt.report(); tells {
		d.tellTrunk(c, r)
	}
	c.trunk.released(c)
}

// recallTrunks goes through the attempts of the life before, so that a restart does not try a trunk
// anew that was shut a moment ago.
func (d *Dialer) recallTrunks(recent []Attempt) {
	d.trunks.recall(recent, d.now)
	for _, x := range d.config.Trunks {
		t := d.trunks.get(x.Name)
		if b := &t.breaker; b.shut && d.now.Mono < b.until {
			d.notice(Warning, "trunk %q stays shut until %s: %s", t.Name, clockTime(d.now, b.until), b.why)
		}
	}
}
