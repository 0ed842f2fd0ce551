package dialer

import (
	"fmt"
	"time"

	"dialerd/dialer/phone"
)

// stall is how long a Record may be on its way to disk before no more calls are planned: a slow
// disk ends in few cancelled intents instead of many.
const stall = 500 * time.Millisecond

// plan places calls while there are operators, leads, lines and calls per second for them. The
// campaign with the fewest calls for its weight comes first, and again after each call.
func (d *Dialer) plan() {
	p := d.newPlanning()
	for c := p.first(); c != nil; c = p.first() {
		if !d.planOne(p, c) {
			p.done[c] = true
		}
	}
}

// planning is what one Tick knows while it plans.
type planning struct {
	campaigns []*campaign
	done      map[*campaign]bool
	sharing   map[string]*sharing // by PBX
	booked    map[*trunk]int      // planned, not sent
	bookedPBX map[string]int
	why       string // nothing may be planned at all
}

func (d *Dialer) newPlanning() *planning {
	p := &planning{campaigns: d.campaigns, done: map[*campaign]bool{}, sharing: map[string]*sharing{},
		booked: map[*trunk]int{}, bookedPBX: map[string]int{}}
	switch {
	case d.draining:
		p.why = "the daemon is ending"
	case len(d.unwritten) > 0 && d.now.Mono-d.unwritten[0].at > stall:
		p.why = "the disk is slow"
	}
	for _, c := range d.calls.list {
		if c.phase != PhasePlanned {
			continue
		}
		p.booked[c.trunk]++
		p.bookedPBX[c.attempt.PBX]++
	}
	return p
}

// first is the campaign that is to call next.
func (p *planning) first() (best *campaign) {
	for _, c := range p.campaigns {
		if !p.done[c] && (best == nil || c.calls*best.Pacing.Weight < best.calls*c.Pacing.Weight) {
			best = c
		}
	}
	return best
}

// planOne plans one call of a campaign, or notes why there is none.
func (d *Dialer) planOne(p *planning, c *campaign) bool {
	c.idle = d.cannot(p, c)
	if c.idle != "" {
		if ok, _ := d.running(c); !ok {
			d.empty(c)
		}
		return false
	}
	d.fill(c)
	l := d.next(c)
	if l == nil {
		c.idle = "no lead is due"
		return false
	}
	number := l.Numbers[l.Use]
	route := c.route(number)
	if route == nil {
		c.idle = fmt.Sprintf("route %q has no way to %s", c.Route, number)
		d.putOff(l, c.idle)
		return true
	}
	t, why := d.trunks.pick(route.Trunks, p.booked, d.now.Mono)
	if t == nil {
		c.idle = why
		return false
	}
	callerID, pool := d.pools.choose(route.Pools, number, d.date(c))
	if pool == nil {
		callerID = c.CallerID
	}
	if len(route.Pools) > 0 && callerID == 0 {
		c.idle = "every caller ID of the route has been shown as often as it may be today"
		return false
	}
	s := p.sharing[c.pbx]
	if s == nil {
		s = d.newSharing(c.pbx, true)
		p.sharing[c.pbx] = s
	}
	if !s.want(c, c.Queue) {
		c.idle = "no operator is free"
		return false
	}
	if pool != nil {
		pool.shown[callerID]++
	}
	p.booked[t]++
	p.bookedPBX[c.pbx]++
	d.place(c, l, t, number, callerID)
	return true
}

// cannot tells why a campaign may not call at all at the moment; empty when it may.
func (d *Dialer) cannot(p *planning, c *campaign) string {
	if p.why != "" {
		return p.why
	}
	if ok, why := d.running(c); !ok {
		return why
	}
	l := d.links.get(c.pbx)
	l.recover(d.now.Mono)
	switch {
	case !l.up:
		return fmt.Sprintf("PBX %q cannot be reached: %s", c.pbx, l.why)
	case c.Pacing.LinesMax > 0 && c.calls >= c.Pacing.LinesMax:
		return "its lines are taken"
	case l.lines > 0 && l.calls >= l.lines:
		return fmt.Sprintf("the lines of PBX %q are taken", c.pbx)
	case l.rate.room(d.now.Mono, l.share) <= p.bookedPBX[c.pbx]:
		return fmt.Sprintf("PBX %q has started its calls of this second", c.pbx)
	}
	return ""
}

// route is the entry of the campaign's route with the longest prefix of the number.
func (c *campaign) route(n phone.Number) *Route {
	for i := range c.routes {
		if n.HasPrefix(c.routes[i].Prefix) {
			return &c.routes[i]
		}
	}
	return nil
}

// putOff sends a lead that cannot be called as things are configured back to its bucket.
func (d *Dialer) putOff(l *lead, why string) {
	l.take().hopper = nil
	d.leads.wait(l, d.now.Wall.Add(never), why)
}

// place makes an attempt of a lead. It is written down now; the call goes out when that is on disk.
func (d *Dialer) place(c *campaign, l *lead, t *trunk, number, callerID phone.Number) {
	l.take().hopper = nil
	x := &call{
		attempt: Attempt{ID: d.calls.next, Lead: l.ID, Campaign: c.Name, PBX: c.pbx, Trunk: t.Name, Queue: c.Queue,
			Number: number, CallerID: callerID, Planned: d.now.Wall.UTC()},
		campaign: c, lead: l, trunk: t,
		planned: d.now.Mono, deadline: d.now.Mono + intentAge,
	}
	l.State, l.call = LeadDialing, x
	d.calls.add(x)
	d.hold(x)
	d.touched.lead(l)
	x.seq = d.record(AttemptPlanned{x.attempt})
}

// hold takes what a call holds until finish: a line, the number, a place among its campaign's calls.
func (d *Dialer) hold(c *call) {
	c.trunk.calls++
	c.campaign.calls++
	d.links.get(c.attempt.PBX).calls++
	d.numbers.start(c)
	d.touched.call(c)
}

// release sends the planned calls whose attempts are on disk, and judges each once more: the disk
// may have taken long, and the world has not waited.
func (d *Dialer) release() {
	sharings := map[string]*sharing{}
	for _, c := range d.calls.in(PhasePlanned) {
		if c.seq > d.committed {
			return
		}
		d.touched.call(c)
		if why := d.stale(c); why != "" {
			d.cancel(c, why)
			continue
		}
		l := d.links.get(c.attempt.PBX)
		if l.rate.room(d.now.Mono, l.share) == 0 || c.trunk.rate.room(d.now.Mono, 1) == 0 {
			continue // its turn comes, or it grows too old
		}
		s := sharings[c.attempt.PBX]
		if s == nil {
			s = d.newSharing(c.attempt.PBX, false)
			sharings[c.attempt.PBX] = s
		}
		if !s.want(c.campaign, c.attempt.Queue) {
			d.cancel(c, "its operator is not free any more")
			continue
		}
		d.send(c, l)
	}
}

// stale tells why a planned call may not go out any more; empty when it may.
func (d *Dialer) stale(c *call) string {
	if d.now.Mono-c.planned > intentAge {
		return "it was planned too long ago"
	}
	if ok, why := d.running(c.campaign); !ok {
		return why
	}
	if l := d.links.get(c.attempt.PBX); !l.up {
		return fmt.Sprintf("PBX %q cannot be reached: %s", c.attempt.PBX, l.why)
	}
	if c.lead == nil {
		return "its lead is gone"
	}
	if d.config.DNC.Has(c.attempt.Number) {
		return "the number is on the DNC list"
	}
	_, why := d.judgeNumber(c.campaign, c.lead, c.attempt.Number)
	return why
}

func (d *Dialer) send(c *call, l *link) {
	l.rate.went(d.now.Mono)
	c.trunk.rate.went(d.now.Mono)
	ring := c.campaign.Pacing.RingTimeout.Span()
	c.phase = PhaseDialing
	c.deadline = d.now.Mono + ring + silence
	d.emit(Originate{PBX: c.attempt.PBX, Call: c.attempt.ID, Dial: c.trunk.dial(c.attempt.Number),
		CallerID: c.attempt.CallerID, Queue: c.attempt.Queue, Timeout: ring})
}
