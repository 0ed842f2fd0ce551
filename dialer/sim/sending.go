package sim

import (
	"slices"
	"strings"
	"time"

	"dialerd/dialer"
)

// sent is an Originate as it was when the core let it go.
type sent struct {
	wall  time.Time
	zones []*time.Location // in all of which it had to be allowed
}

// sending judges an Originate in the moment in which the core lets it go: by what the core knows of the lead
// and by what the disk holds, which is never behind an attempt that is on it.
func (r *referee) sending(o dialer.Originate) {
	a := r.sim.disk.rows.attempt(o.Call)
	if a == nil {
		return // placing tells
	}
	r.dialsAside(a)
	l := r.known(a.Lead)
	if l == nil {
		return
	}
	if !slices.ContainsFunc(l.Numbers, func(n dialer.LeadNumber) bool { return n.Number == a.Number }) {
		r.breach(a.ID, "dials %s, which is no number of lead %d", a.Number, a.Lead)
	}
	p := placed{Attempt: *a, campaign: r.campaign(a.Campaign)}
	p.sent = sent{r.sim.wall(), r.zonesOf(l, a.Number, p.campaign)}
	r.sent[a.ID] = p.sent
	for _, zone := range p.zones {
		if local := p.wall.In(zone); !r.open(&p, local) {
			r.breach(p.ID, "is placed outside the calendar, at %s in %s", local.Format(time.DateTime), zone)
		}
	}
}

// dialsAside judges an Originate by what people have done with its lead and by what is known of its number.
func (r *referee) dialsAside(a *dialer.Attempt) {
	l := r.sim.disk.rows.lead(a.Lead)
	what, aside := r.aside[a.Lead]
	switch {
	case aside:
		r.breach(a.ID, "is originated to lead %d after its %s was acknowledged", a.Lead, what)
	case l == nil:
		r.breach(a.ID, "is originated to lead %d, which is deleted", a.Lead)
	case l.State != dialer.LeadWaiting:
		r.breach(a.ID, "is originated to lead %d, which is %s", a.Lead, l.State)
	}
	if r.sim.disk.rows.noSuch[a.Number] {
		r.breach(a.ID, "is originated to %s, and there is no such number", a.Number)
	}
}

// recorded sees what the core hands to the writer.
func (r *referee) recorded(row dialer.Row) {
	switch x := row.(type) {
	case dialer.AttemptPlanned:
		r.planned(&x.Attempt)
	case dialer.LeadPlaced:
		if l := r.known(x.Lead.ID); l != nil {
			now := *l
			now.Bucket, now.Priority = x.Lead.Bucket, x.Lead.Priority
			r.knows[now.ID] = now
		}
	}
}

// planned judges from where a campaign takes a lead, and whether it may take any yet.
func (r *referee) planned(a *dialer.Attempt) {
	c := r.campaign(a.Campaign)
	for _, bucket := range r.sim.daemon.coming {
		if slices.Contains(c.Buckets, bucket) {
			r.breach(a.ID, "is planned by campaign %s while leads of its bucket %s are still to come", c.Name, bucket)
		}
	}
	if len(r.sim.daemon.coming) > 0 {
		r.early++
	}
	if l := r.known(a.Lead); l != nil && !slices.Contains(c.Buckets, l.Bucket) {
		r.breach(a.ID, "is planned by campaign %s to lead %d of bucket %s, on which it does not draw", c.Name, a.Lead, l.Bucket)
	}
}

// known is a lead as the core has to know it: the row, unless the core has still to hear of what is in it or
// the row of what the core has done; nil when there is none.
func (r *referee) known(id dialer.LeadID) *dialer.Lead {
	if l, ok := r.knows[id]; ok {
		return &l
	}
	return r.sim.disk.rows.lead(id)
}

// merging is a lead that an import is going to change.
func (r *referee) merging(before dialer.Lead) {
	if _, ok := r.knows[before.ID]; !ok {
		r.knows[before.ID] = before
	}
}

// merged is what the core has heard of it.
func (r *referee) merged(leads []dialer.Lead) {
	for _, l := range leads {
		r.knows[l.ID] = l
	}
}

// restarted is a core that knows what is on disk.
func (r *referee) restarted() { clear(r.knows) }

// edited is an edit that was acknowledged. Some leads must not be called after it.
func (r *referee) edited(e dialer.LeadEdit) {
	r.edits[e.What] += len(e.Leads)
	if e.What != dialer.EditHold && e.What != dialer.EditDelete {
		return
	}
	for _, id := range e.Leads {
		r.aside[id] = e.What
	}
}

// wanted is an edit that is asked for. Leads that somebody wants to have called again may be called from then on.
func (r *referee) wanted(e dialer.LeadEdit) {
	for _, id := range e.Leads {
		switch e.What {
		case dialer.EditRelease:
			delete(r.aside, id)
		case dialer.EditRestart:
			r.revoked[id] = true
		}
	}
}

// barredBy is what of the masks and numbers in a list fits a number: its digits, with ? for any one and * for
// any more. Empty: nothing.
func barredBy(list []string, digits string) string {
	for _, mask := range list {
		if fits(strings.TrimPrefix(mask, "+"), digits) {
			return mask
		}
	}
	return ""
}

func fits(mask, digits string) bool {
	switch {
	case mask == "":
		return digits == ""
	case mask[0] == '*':
		return fits(mask[1:], digits) || digits != "" && fits(mask, digits[1:])
	case digits == "":
		return false
	}
	return (mask[0] == '?' || mask[0] == digits[0]) && fits(mask[1:], digits[1:])
}
