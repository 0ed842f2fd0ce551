package sim

import (
	"math/rand/v2"
	"time"

	"dialerd/dialer"
)

// importer brings new leads during the day, and changes some that are there. What it does is drawn by itself, so
// that the rest of the day is the same without it.
type importer struct {
	sim  *simulation
	rand *rand.Rand
}

// importOften has a list come in so many times an hour.
func (s *simulation) importOften(perHour float64) {
	im := &importer{sim: s, rand: rand.New(rand.NewPCG(s.scenario.seed, 11))}
	s.oftenBy(im.rand, perHour, im.list)
}

// list is one import: it is on disk, and then the core hears of it. While the core is still loading it waits:
// a lead that changed its bucket would be passed over.
func (im *importer) list() {
	s := im.sim
	if s.daemon.loading {
		s.after(5*time.Second, im.list)
		return
	}
	most := max(3, len(s.disk.rows.leads)/2000)
	var added []dialer.Lead
	var merged dialer.LeadsMerged
	for range im.rand.IntN(most) {
		added = append(added, im.add())
	}
	for range im.rand.IntN(most) {
		if before, now, ok := im.merge(); ok {
			merged.Before, merged.Leads = append(merged.Before, before), append(merged.Leads, now)
		}
	}
	s.daemon.put(dialer.LeadsLoaded{Leads: added})
	s.daemon.put(merged)
}

// add is a new lead. Some have the number of one that is there.
func (im *importer) add() dialer.Lead {
	rows := &im.sim.disk.rows
	l := im.sim.scenario.person(im.rand, dialer.LeadID(len(rows.leads)+1))
	if known := im.any(); known != nil && im.rand.IntN(4) == 0 {
		l.Numbers[0].Number = known.Numbers[0].Number
	}
	l.Created = im.sim.wall().UTC().Truncate(time.Second)
	rows.leads = append(rows.leads, l)
	return rows.marked(l)
}

// merge gives a lead that is there something of a new one.
func (im *importer) merge() (before, now dialer.Lead, ok bool) {
	rows := &im.sim.disk.rows
	l := im.any()
	if l == nil {
		return before, now, false
	}
	before = *l
	im.sim.referee.merging(*l)
	news := im.sim.scenario.person(im.rand, l.ID)
	switch im.rand.IntN(4) {
	case 0:
		l.Bucket = news.Bucket
	case 1:
		l.Priority = news.Priority
	case 2:
		l.Zone = news.Zone
	case 3:
		l.Use, l.Numbers = dialer.KeepUse(l.Numbers, l.Use, news.Numbers), news.Numbers
	}
	return before, rows.marked(*l), true
}

// any is a lead that is there: one of those called of late, or any.
func (im *importer) any() *dialer.Lead {
	rows := &im.sim.disk.rows
	if made := rows.attempts; len(made) > 0 && im.rand.IntN(2) == 0 {
		return rows.lead(made[len(made)-1-im.rand.IntN(min(len(made), 200))].Lead)
	}
	return rows.lead(dialer.LeadID(1 + im.rand.IntN(len(rows.leads))))
}
