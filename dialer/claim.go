package dialer

import "time"

// A claim is the operator whom an answered call counts on, so that no two count on the same one.

// ready is the agents of a PBX who are idle while its link is up, in order.
func (d *Dialer) ready(pbx string) (agents []*agent) {
	if !d.links.get(pbx).up {
		return nil
	}
	for _, a := range d.agents.list {
		if a.pbx == pbx && a.idle(d.now.Mono) {
			agents = append(agents, a)
		}
	}
	return agents
}

// claim counts on a ready member of the call's queue, and when there is none on one who is on his way out or in. Of
// several it takes the one who can serve the fewest queues, so that the others stay free for theirs; Asterisk may
// ring another all the same.
func (d *Dialer) claim(c *call) bool {
	if !d.links.get(c.attempt.PBX).up {
		return false
	}
	best := d.fewest(c, (*agent).idle)
	if best == nil {
		best = d.fewest(c, (*agent).lastResort)
	}
	if best == nil {
		return false
	}
	best.claim, c.claimed = c, best
	d.touched.agent(best)
	return true
}

// fewest is whoever of those that may can serve the call's queue and the fewest others.
func (d *Dialer) fewest(c *call, may func(*agent, time.Duration) bool) (best *agent) {
	for _, a := range d.agents.list {
		if a.pbx == c.attempt.PBX && a.serves(c.attempt.Queue) && may(a, d.now.Mono) && (best == nil || len(a.members) < len(best.members)) {
			best = a
		}
	}
	return best
}

func (d *Dialer) unclaim(c *call) {
	if c.claimed != nil {
		d.touched.agent(c.claimed)
		c.claimed.claim = nil
		c.claimed = nil
	}
}

// serveHeld sends held calls into their queues, the longest waiting first, while somebody is free. A
// call that waits in its queue with nobody counted on has its turn as well: app_queue will give it
// whoever becomes free. It runs after every event, so that a person who waits is not waiting for a
// tick. Who is held past his limit is left to the Tick, which has heard everything: after a standstill of ours the
// dialplan has sent him on by itself, and he may talk.
func (d *Dialer) serveHeld() {
	for _, c := range d.calls.list {
		switch {
		case c.phase == PhaseQueued && c.claimed == nil && c.rings == 0 && !c.abandoned:
			if d.claim(c) {
				d.touched.call(c)
			}
		case c.phase == PhaseHeld && d.now.Mono >= c.settles && d.now.Mono < c.deadline && d.claim(c):
			d.touched.call(c)
			d.toQueue(c)
			d.emit(Redirect{PBX: c.attempt.PBX, Call: c.attempt.ID, To: ActionQueue})
		}
	}
}

// reclaim lets go of a call whose operator has gone away before it reached him: at the end of the step serveHeld finds it
// another, when a whole list of members is known. A telephone that rings goes on ringing, though he is paused.
func (d *Dialer) reclaim(a *agent) {
	c := a.claim
	if c == nil || c == a.ringing || a.serves(c.attempt.Queue) && !a.gone() {
		return
	}
	d.unclaim(c)
}

// moveClaim follows Asterisk's choice: a call that rings at another operator than the one we counted on
// counts on him from now on, and ours is free for others.
func (d *Dialer) moveClaim(c *call, to *agent) {
	ours := c.claimed
	if ours == nil || ours == to {
		return
	}
	d.unclaim(c)
	d.swapClaim(to, ours)
	to.claim, c.claimed = c, to
}

// swapClaim gives the call that counted on taken to the agent who was freed, if he serves its queue.
func (d *Dialer) swapClaim(taken, freed *agent) {
	other := taken.claim
	if other == nil {
		return
	}
	d.touched.call(other)
	d.unclaim(other)
	if freed != nil && freed != taken && freed.idle(d.now.Mono) && freed.serves(other.attempt.Queue) {
		freed.claim, other.claimed = other, freed
		d.touched.agent(freed)
	}
}
