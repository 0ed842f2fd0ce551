package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"dialerd/dialer"
)

// change is what a person does with a lead. He asks for it until it is acknowledged.
type change struct {
	ask  dialer.AskID
	edit dialer.LeadEdit
	done bool
}

// clerk is somebody who works on the leads by hand: puts them aside, deletes them, moves them, calls those
// again that are finished. What he does is drawn by itself, so that the rest of the day is the same
// without him.
type clerk struct {
	sim  *simulation
	rand *rand.Rand
	has  map[dialer.LeadID]bool // in hand: one thing at a time is done with a lead
}

// scheduleEdits has him do something so many times an hour.
func (s *simulation) scheduleEdits(perHour float64) {
	c := &clerk{sim: s, rand: rand.New(rand.NewPCG(s.scenario.seed, 9)), has: map[dialer.LeadID]bool{}}
	s.oftenBy(c.rand, perHour, c.act)
}

func (c *clerk) act() {
	var ids []dialer.LeadID
	for range 1 + c.rand.IntN(3) {
		if id := c.pick(); id != 0 && !c.has[id] {
			c.has[id] = true
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	switch c.rand.IntN(8) {
	case 0:
		c.do(dialer.LeadEdit{Leads: ids, What: dialer.EditDelete})
	case 1, 2:
		buckets := c.sim.scenario.buckets()
		c.do(dialer.LeadEdit{Leads: ids, What: dialer.EditMove, Bucket: buckets[c.rand.IntN(len(buckets))]})
	case 3:
		c.do(dialer.LeadEdit{Leads: ids, What: dialer.EditRestart})
	default:
		c.do(dialer.LeadEdit{Leads: ids, What: dialer.EditHold})
	}
}

// pick is a lead that is there: mostly one that is to be called next, or was called of late.
func (c *clerk) pick() dialer.LeadID {
	s := c.sim
	var id dialer.LeadID
	soon, made := s.daemon.soon, s.disk.rows.attempts
	switch at := c.rand.IntN(8); {
	case at < 3 && len(soon) > 0:
		id = soon[c.rand.IntN(len(soon))].Lead
	case at < 6 && len(made) > 0:
		id = made[len(made)-1-c.rand.IntN(min(len(made), 50))].Lead
	case len(s.disk.rows.leads) > 0:
		id = dialer.LeadID(1 + c.rand.IntN(len(s.disk.rows.leads)))
	}
	if s.disk.rows.lead(id) == nil {
		return 0
	}
	return id
}

// do asks for an edit until it is acknowledged.
func (c *clerk) do(e dialer.LeadEdit) { c.ask(&change{edit: e}) }

func (c *clerk) ask(x *change) {
	d := c.sim.daemon
	if x.done || c.sim.quiet {
		return
	}
	c.sim.after(10*time.Second, func() { c.ask(x) })
	if d.core == nil {
		return
	}
	d.asks++
	x.ask = firstSwitch + d.asks
	at := slices.IndexFunc(d.changing, func(y *pendingChange) bool { return y.change == x })
	if at < 0 {
		d.changing = append(d.changing, &pendingChange{x, c})
	}
	c.sim.referee.wanted(x.edit) // it may take effect and be on disk, and a crash swallow the word of it
	d.put(dialer.LeadsEdited{Ask: x.ask, LeadEdit: x.edit})
}

// pendingChange is a change that is not acknowledged yet, and whose it is.
type pendingChange struct {
	change *change
	clerk  *clerk
}

// changed is an edit that holds from now on, over a crash too; or one that could not be made, because the leads
// are not there yet.
func (d *daemon) changed(e dialer.Done) {
	at := slices.IndexFunc(d.changing, func(y *pendingChange) bool { return y.change.ask == e.Ask })
	if at < 0 || e.Err != "" {
		return // it is asked for again
	}
	x := d.changing[at]
	d.changing = slices.Delete(d.changing, at, at+1)
	x.change.done = true
	x.clerk.goOn(x.change)
}

// goOn releases after a while most of those that were put aside.
func (c *clerk) goOn(x *change) {
	c.sim.referee.edited(x.edit)
	if x.edit.What == dialer.EditHold && c.rand.IntN(4) > 0 {
		release := dialer.LeadEdit{Leads: x.edit.Leads, What: dialer.EditRelease}
		c.sim.after(time.Duration(1+c.rand.IntN(900))*time.Second, func() { c.do(release) })
		return
	}
	if x.edit.What == dialer.EditMove || x.edit.What == dialer.EditRelease || x.edit.What == dialer.EditRestart {
		for _, id := range x.edit.Leads {
			delete(c.has, id)
		}
	}
}

// buckets is all that the campaigns draw on.
func (s *scenario) buckets() (all []string) {
	for _, c := range s.team.campaigns {
		for _, name := range c.Buckets {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}
