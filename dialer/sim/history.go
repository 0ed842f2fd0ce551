package sim

import (
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// placed is an attempt that reached the PBX, with the rules it was under.
type placed struct {
	dialer.Attempt
	sent
	campaign *dialer.Campaign
	at       time.Duration
}

// judgeHistory finds attempts that should not have been made: over the limits of their number or their lead,
// on the DNC list. Times are those of the daemon's wall clock, as it went.
func (r *referee) judgeHistory() {
	numbers := map[phone.Number][]placed{}
	leads := map[dialer.LeadID][]placed{}
	for _, a := range r.sim.disk.rows.attempts {
		f := r.sim.world.Fate(a.ID)
		if f == nil {
			continue
		}
		p := placed{a, r.sent[a.ID], r.campaign(a.Campaign), f.Originated}
		r.judgeNumber(p, numbers[a.Number])
		r.judgeTotal(p, leads[a.Lead])
		if mask := barredBy(r.masks(p), p.Number.Digits()); mask != "" {
			r.breach(p.ID, "dials %s, which is on the DNC list as %s", p.Number, mask)
		}
		numbers[a.Number] = append(numbers[a.Number], p)
		leads[a.Lead] = append(leads[a.Lead], p)
	}
}

// judgeNumber judges an attempt against the earlier ones to its number.
func (r *referee) judgeNumber(p placed, earlier []placed) {
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
			if e.Outcome.Counts() && e.Planned.In(zone).Format(time.DateOnly) == p.wall.In(zone).Format(time.DateOnly) {
				today++
			}
		}
		if today >= p.campaign.Attempts.PerDay {
			r.breach(p.ID, "is attempt %d of the day to %s in %s, and %d are allowed", today+1, p.Number, zone, p.campaign.Attempts.PerDay)
		}
	}
}

// judgeTotal judges an attempt against the earlier ones to its lead, since somebody has last had it begin anew.
func (r *referee) judgeTotal(p placed, earlier []placed) {
	counted, faults := 0, 0
	for _, e := range earlier {
		switch {
		case e.ID <= r.sim.disk.rows.renewedBefore(p.Lead, p.ID) || e.Outcome == dialer.Cancelled:
		case e.Outcome.Counts():
			counted++
			faults = 0
		default:
			faults++
		}
	}
	if limit := p.campaign.Attempts; counted >= limit.Total || faults >= limit.Faults {
		r.breach(p.ID, "is made after %d attempts to lead %d that count and %d that failed since; %d and %d are allowed", counted, p.Lead, faults, limit.Total, limit.Faults)
	}
}

// masks is what the configuration of the time says of who is never called.
func (r *referee) masks(p placed) []string {
	edition := 0
	for i, since := range r.loaded {
		if p.at > since+50*time.Millisecond {
			edition = i
		}
	}
	return r.sim.scenario.masks(edition)
}

func (r *referee) campaign(name string) *dialer.Campaign {
	for i := range r.sim.scenario.team.campaigns {
		if c := &r.sim.scenario.team.campaigns[i]; c.Name == name {
			return c
		}
	}
	panic("sim: an attempt of a campaign that never was: " + name)
}

// judgeLeads finds leads on disk that do not fit their attempts.
func (r *referee) judgeLeads() {
	rows := &r.sim.disk.rows
	counted := make([]int, len(rows.leads)+1)
	for _, a := range rows.attempts {
		if a.Outcome.Counts() && a.ID > rows.renewedBefore(a.Lead, dialer.CallID(len(rows.attempts)+1)) {
			counted[a.Lead]++
		}
	}
	for i := range rows.leads {
		l := &rows.leads[i]
		if l.ID != 0 && l.Attempts != counted[l.ID] {
			r.breach(0, "lead %d counts %d attempts, and %d were made", l.ID, l.Attempts, counted[l.ID])
		}
		if l.State == dialer.LeadFinished && l.Final == "" {
			r.breach(0, "lead %d is finished without a word", l.ID)
		}
	}
	for _, id := range sorted(rows.renewed) {
		if !r.revoked[id] {
			r.breach(0, "lead %d was finished and waits again, and nobody had it begin anew", id)
		}
	}
}

// judgeKnown finds leads of which the core and the disk know different things at the end.
func (r *referee) judgeKnown() {
	for _, id := range sorted(r.knows) {
		known, row := r.knows[id], r.sim.disk.rows.lead(id)
		if row == nil {
			continue
		}
		same := slices.EqualFunc(known.Numbers, row.Numbers, func(a, b dialer.LeadNumber) bool { return a.Number == b.Number })
		if known.Bucket != row.Bucket || known.Priority != row.Priority || known.Zone != row.Zone || !same {
			r.breach(0, "lead %d is, as the core knows it, in bucket %s with priority %d, zone %q, numbers %v, and on disk %s, %d, %q, %v",
				id, known.Bucket, known.Priority, known.Zone, known.Numbers, row.Bucket, row.Priority, row.Zone, row.Numbers)
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
