package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"dialerd/dialer"
)

// refusal is somebody who is put on the list of numbers never called, or taken off it.
type refusal struct {
	ask    dialer.AskID
	remove bool
	done   bool
	barred
}

// barred is a number, or a mask of numbers, that a campaign must not call; no campaign: all.
type barred struct{ campaign, number string }

// refusals has people refuse to be called now and then: most of them are on the list of all campaigns, and a few
// are whole offices, a mask. They are drawn by themselves, so that the rest of the day is the same without them.
func (s *simulation) refusals(perHour float64) {
	r := rand.New(rand.NewPCG(s.scenario.seed, 8))
	s.oftenBy(r, perHour, func() {
		if lead := s.disk.rows.lead(dialer.LeadID(1 + r.IntN(len(s.disk.rows.leads)))); lead != nil {
			s.refusal(r, lead)
		}
	})
}

func (s *simulation) refusal(r *rand.Rand, lead *dialer.Lead) {
	x := &refusal{barred: barred{number: lead.Numbers[r.IntN(len(lead.Numbers))].Number.String()}}
	if r.IntN(30) == 0 {
		x.number = x.number[:len(x.number)-2] + []string{"??", "*"}[r.IntN(2)]
	}
	if r.IntN(4) == 0 {
		x.campaign = s.scenario.team.campaigns[r.IntN(len(s.scenario.team.campaigns))].Name
	}
	s.daemon.refuse(x)
	if r.IntN(2) == 0 { // he has changed his mind
		back := &refusal{barred: x.barred, remove: true}
		s.after(time.Duration(r.IntN(600))*time.Second, func() { s.daemon.refuse(back) })
	}
}

// refuse asks for it until it is acknowledged.
func (d *daemon) refuse(x *refusal) {
	if x.done || d.sim.quiet {
		return
	}
	d.sim.after(10*time.Second, func() { d.refuse(x) })
	if d.core == nil {
		return
	}
	d.asks++
	x.ask = firstSwitch + d.asks
	if !slices.Contains(d.refusing, x) {
		d.refusing = append(d.refusing, x)
	}
	if x.remove { // from now on it may be called again
		delete(d.sim.referee.barred, x.barred)
	}
	d.put(dialer.DNCChanged{Ask: x.ask, DNCChange: dialer.DNCChange{Campaign: x.campaign, Entries: []string{x.number}, Remove: x.remove}})
}

// refused is a change of the list that holds from now on, over a crash too.
func (d *daemon) refused(e dialer.Done) {
	at := slices.IndexFunc(d.refusing, func(x *refusal) bool { return x.ask == e.Ask })
	if at < 0 {
		return // it was asked for twice
	}
	x := d.refusing[at]
	d.refusing = slices.Delete(d.refusing, at, at+1)
	x.done = true
	underWay := slices.ContainsFunc(d.refusing, func(y *refusal) bool { return y.barred == x.barred })
	if e.Err == "" && !x.remove && !underWay {
		d.sim.referee.barred[x.barred] = d.sim.now
	}
}

// loadDNC is what the disk has of the list.
func (r *rows) loadDNC() (events []dialer.Event) {
	for _, x := range r.dnc {
		events = append(events, dialer.DNCLoaded{Campaign: x.campaign, Masks: []string{x.number}})
	}
	return events
}

// changeDNC is what store.Append does with a change.
func (r *rows) changeDNC(c dialer.DNCChange) {
	for _, entry := range c.Entries {
		x := barred{c.Campaign, entry}
		r.dnc = slices.DeleteFunc(r.dnc, func(y barred) bool { return x == y })
		if !c.Remove {
			r.dnc = append(r.dnc, x)
		}
	}
}

// dialsRefused judges an Originate by the list as it was acknowledged.
func (r *referee) dialsRefused(a *dialer.Attempt) {
	for x, since := range r.barred {
		switch {
		case r.sim.now-since <= 100*time.Millisecond || x.campaign != "" && x.campaign != a.Campaign:
		case barredBy([]string{x.number}, a.Number.Digits()) != "":
			r.breach(a.ID, "is originated to %s, which is on the DNC list as %s for %s", a.Number, x.number, r.sim.now-since)
		}
	}
}
