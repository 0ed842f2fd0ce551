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
	looks     int    // at leads, that are left to this Tick
	why       string // nothing may be planned at all
}

func (d *Dialer) newPlanning() *planning {
	d.leads.ripening = ripenPerTick
	p := &planning{campaigns: d.campaigns, done: map[*campaign]bool{}, sharing: map[string]*sharing{},
		booked: map[*trunk]int{}, bookedPBX: map[string]int{}, looks: looksPerTick}
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
	why := d.cannot(p, c)
	if why == "" {
		why = d.planFor(p, c)
	}
	c.idle = why
	if why == "" {
		c.idleSince = d.now.Mono
		return true
	}
	// Leads that it cannot call for a while are others' to call.
	if len(c.hopper.list) > 0 && d.now.Mono-c.idleSince > time.Second {
		d.empty(c, &p.looks)
	}
	return false
}

// planFor counts an operator for one more call, and places it.
func (d *Dialer) planFor(p *planning, c *campaign) (why string) {
	s := p.sharing[c.pbx]
	if s == nil {
		s = d.newSharing(c.pbx, true)
		p.sharing[c.pbx] = s
	}
	if !s.want(c, c.Queue) {
		return "no operator is free"
	}
	if why = d.placeNext(p, c); why != "" {
		s.unwant(c, c.Queue)
	}
	return why
}

// triesPerCall is how many leads are passed over, because there is no way to them just now, before a
// campaign is left for this Tick.
const triesPerCall = 16

// placeNext places a call to the most urgent lead that there is a way to.
func (d *Dialer) placeNext(p *planning, c *campaign) (why string) {
	if why = d.noTrunk(p, c); why != "" {
		return why
	}
	d.fill(c, &p.looks)
	for range triesPerCall {
		l := d.next(c, &p.looks)
		if l == nil {
			break
		}
		number := l.Numbers[l.Use].Number
		route := c.route(number)
		t, no := d.trunks.pick(route.Trunks, p.booked, d.now)
		if t == nil {
			why = no.why
			d.passOver(c, l, max(time.Second, no.wait), why)
			continue
		}
		callerID, none := d.callerID(c, route, number, "")
		if none != "" {
			why = none
			d.passOver(c, l, time.Minute, why)
			continue
		}
		p.booked[t]++
		p.bookedPBX[c.pbx]++
		d.place(c, l, t, number, callerID)
		c.batch.used++
		return ""
	}
	if why == "" {
		why = c.passed.still(d.now.Mono)
	}
	if why == "" {
		why = "no lead is due"
	}
	return why
}

// passOver puts off a lead that there is no way to at the moment, so that others have their turn.
func (d *Dialer) passOver(c *campaign, l *lead, span time.Duration, why string) {
	l.take().hopper = nil
	c.passed = passed{why, d.now.Mono + span}
	d.putOff(c, l, d.now.Wall.Add(span), why)
}

// cannot tells why a campaign may not call at all at the moment; empty when it may.
func (d *Dialer) cannot(p *planning, c *campaign) string {
	if p.why != "" {
		return p.why
	}
	if ok, why := d.running(c); !ok {
		return why
	}
	if d.leads.arriving(c) {
		return "its leads are still being loaded"
	}
	l := d.links.get(c.pbx)
	l.recover(d.now.Mono)
	switch {
	case !l.up:
		return fmt.Sprintf("PBX %q cannot be reached: %s", c.pbx, l.why)
	case d.now.Mono < l.rests:
		return fmt.Sprintf("PBX %q takes no calls just now: %s", c.pbx, l.refusal)
	case c.Pacing.LinesMax > 0 && c.calls >= c.Pacing.LinesMax:
		return "its lines are taken"
	case l.lines > 0 && l.calls >= l.lines:
		return fmt.Sprintf("the lines of PBX %q are taken", c.pbx)
	case l.rate.room(d.now.Mono, l.share) <= p.bookedPBX[c.pbx]:
		return fmt.Sprintf("PBX %q has started its calls of this second", c.pbx)
	}
	return ""
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
	c.trunk.took(c, d.now.Mono)
	c.campaign.calls++
	d.links.get(c.attempt.PBX).calls++
	d.pools.show(c.attempt.CallerID, c.attempt.Planned, d.now.Wall)
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
	if c.trunk.gone {
		return fmt.Sprintf("trunk %q is no longer configured", c.trunk.Name)
	}
	if why, _ := c.trunk.shutFor(c, d.now); why != "" {
		return why
	}
	i := numberIndex(c.lead.Numbers, c.attempt.Number)
	if i < 0 || !d.callable(c.campaign, c.lead.Numbers[i]) {
		return "the number is on the DNC list, does not exist, or is not the lead's any more"
	}
	_, why := d.judgeNumber(c.campaign, c.lead, c.attempt.Number)
	return why
}

func (d *Dialer) send(c *call, l *link) {
	l.rate.went(d.now.Mono)
	c.trunk.rate.went(d.now.Mono)
	ring := c.campaign.Pacing.RingTimeout.Span()
	d.sends++
	c.phase, c.order = PhaseDialing, d.sends
	c.deadline = d.now.Mono + ring + silence
	d.emit(Originate{PBX: c.attempt.PBX, Call: c.attempt.ID, Dial: c.trunk.dial(c.attempt.Number),
		CallerID: c.attempt.CallerID, Queue: c.attempt.Queue, Timeout: ring})
}
