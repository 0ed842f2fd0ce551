package sim

import (
	"slices"
	"strings"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

// placed is an attempt that reached the PBX, with the rules it was under.
type placed struct {
	dialer.Attempt
	campaign *dialer.Campaign
	zones    []*time.Location // in all of which it has to be allowed
	at       time.Duration
}

// judgeHistory finds attempts that should not have been made: over the limits of their number,
// outside hours, on the DNC list. Times are those of the daemon's wall clock, as it went.
func (r *referee) judgeHistory() {
	history := map[phone.Number][]placed{}
	for _, a := range r.sim.disk.rows.attempts {
		f := r.sim.world.Fate(a.ID)
		if f == nil {
			continue
		}
		p := placed{a, r.campaign(a.Campaign), nil, f.Originated}
		p.zones = r.zonesOf(&p)
		r.judgePlaced(p, history[a.Number])
		history[a.Number] = append(history[a.Number], p)
	}
}

// judgePlaced judges an attempt against the earlier ones to its number.
func (r *referee) judgePlaced(p placed, earlier []placed) {
	for _, zone := range p.zones {
		if local := p.Planned.In(zone); !r.open(local) {
			r.breach(p.ID, "is placed outside the calendar, at %s in %s", local.Format(time.DateTime), zone)
		}
	}
	if r.forbidden(p) {
		r.breach(p.ID, "dials %s, which is on the DNC list", p.Number)
	}
	for _, e := range earlier {
		if gap := p.Planned.Sub(e.Planned); gap < p.campaign.Attempts.Gap.Span() {
			r.breach(p.ID, "dials %s %s after call %d did, and the gap is %s", p.Number, gap, e.ID, p.campaign.Attempts.Gap)
		}
		if e.Unserved() && p.Planned.Sub(e.Planned) < 72*time.Hour {
			r.breach(p.ID, "dials %s, where call %d was abandoned %s before", p.Number, e.ID, p.Planned.Sub(e.Planned))
		}
	}
	for _, zone := range p.zones {
		today := 0
		for _, e := range earlier {
			if e.Outcome.Counts() && e.Planned.In(zone).Format(time.DateOnly) == p.Planned.In(zone).Format(time.DateOnly) {
				today++
			}
		}
		if today >= p.campaign.Attempts.PerDay {
			r.breach(p.ID, "is attempt %d of the day to %s in %s, and %d are allowed", today+1, p.Number, zone, p.campaign.Attempts.PerDay)
		}
	}
}

// open tells whether the calendar is open at what a wall clock shows.
func (r *referee) open(local time.Time) bool {
	c := &r.sim.scenario.team.calendar
	var spans []calendar.Span
	for _, h := range c.Hours {
		if h.Days[local.Weekday()] {
			spans = append(spans, h.Spans...)
		}
	}
	for _, d := range c.Dates {
		if d.Day.String() == local.Format(time.DateOnly) {
			spans = d.Spans
		}
	}
	minute := local.Hour()*60 + local.Minute()
	return slices.ContainsFunc(spans, func(s calendar.Span) bool { return s.From <= minute && minute < s.To })
}

// forbidden tells whether the configuration of the time has the number on its list.
func (r *referee) forbidden(p placed) bool {
	edition := 0
	for i, since := range r.loaded {
		if p.at > since+50*time.Millisecond {
			edition = i
		}
	}
	return r.sim.scenario.config(edition).DNC.Has(p.Number)
}

func (r *referee) campaign(name string) *dialer.Campaign {
	for i := range r.sim.scenario.team.campaigns {
		if c := &r.sim.scenario.team.campaigns[i]; c.Name == name {
			return c
		}
	}
	panic("sim: an attempt of a campaign that never was: " + name)
}

// zonesOf is where the person may be: the lead's own zone, else all those of the longest prefix of the
// number, else the campaign's.
func (r *referee) zonesOf(p *placed) []*time.Location {
	names := []string{p.campaign.Timezone}
	longest := 0
	for _, x := range r.sim.scenario.zones {
		for _, prefix := range x.Prefixes {
			if len(prefix) > longest && strings.HasPrefix(p.Number.Digits(), prefix) {
				names, longest = x.Zones, len(prefix)
			}
		}
	}
	if own := r.sim.scenario.leads[p.Lead-1].Zone; own != "" {
		names = []string{own}
	}
	var zones []*time.Location
	for _, name := range names {
		zones = append(zones, r.zone(name))
	}
	return zones
}

func (r *referee) zone(name string) *time.Location {
	if r.zones[name] == nil {
		loc, err := time.LoadLocation(name)
		if err != nil {
			panic("sim: " + err.Error())
		}
		r.zones[name] = loc
	}
	return r.zones[name]
}

// judgeLeads finds leads on disk that do not fit their attempts.
func (r *referee) judgeLeads() {
	counted := make([]int, len(r.sim.disk.rows.leads)+1)
	for _, a := range r.sim.disk.rows.attempts {
		if a.Outcome.Counts() {
			counted[a.Lead]++
		}
	}
	for _, l := range r.sim.disk.rows.leads {
		if l.Attempts != counted[l.ID] {
			r.breach(0, "lead %d counts %d attempts, and %d were made", l.ID, l.Attempts, counted[l.ID])
		}
		if l.State == dialer.LeadFinished && l.Final == "" {
			r.breach(0, "lead %d is finished without a word", l.ID)
		}
	}
}

// judgeAbandonment finds campaigns whose count of abandoned calls is not what their attempts say. The
// counts go through every crash in snapshots.
func (r *referee) judgeAbandonment(campaigns []dialer.CampaignStatus) {
	for _, c := range campaigns {
		w := c.Abandonment[dialer.Window30Days]
		answered, abandoned := 0, 0
		for _, a := range r.sim.disk.rows.attempts {
			if a.Campaign != c.Name || a.Answered.Before(w.From) {
				continue
			}
			switch a.Outcome {
			case dialer.Abandoned:
				abandoned++
				answered++
			case dialer.Answered, dialer.HungUp:
				answered++
			}
		}
		if !w.From.IsZero() && (w.Answered != answered || w.Abandoned != abandoned) {
			r.breach(0, "campaign %s counts %d abandoned of %d answered, its attempts %d of %d", c.Name, w.Abandoned, w.Answered, abandoned, answered)
		}
	}
}
