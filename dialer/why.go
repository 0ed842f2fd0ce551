package dialer

import (
	"slices"
	"strings"
	"time"

	"dialerd/dialer/phone"
	leadpool "dialerd/dialer/pool"
)

// Why tells of a lead why it is not being called now, and when it will be.
type Why struct {
	Lead    Lead
	Call    *CallStatus // it is in
	Hopper  string      // campaign in whose hopper it is
	Reasons []Reason    // that hold it whatever the campaign
	// Looked is when the lead is looked at again; zero when it is in a hopper or a call, or never is. It can be
	// later than what held it, by up to a minute when another campaign shares its bucket.
	Looked    time.Time
	Campaigns []WhyCampaign // that draw on its bucket, by name
}

// WhyCampaign is what holds a lead for one campaign.
type WhyCampaign struct {
	Campaign string
	Number   phone.Number // that it would be called at; 0: none
	Zones    []string     // in which it has to be allowed to call it
	Reasons  []Reason     // all that hold it now; empty: it may be called
	Earliest time.Time    // when nothing of them does any more, as far as can be seen now; zero when Never
	Never    bool         // not before something is changed: a file, a list, the lead
	Waits    string       // what the campaign itself waits for just now; empty: nothing
	Before   int          // leads in its hopper that are called before this one, when it is there
}

// Reason is one thing that holds a lead.
type Reason struct {
	Text   string
	Number phone.Number // it is about; 0: the lead itself
	Until  time.Time    // zero when Never
	Never  bool         // until something is changed
}

// Why explains one lead; it is false when there is none with this id.
func (d *Dialer) Why(id LeadID) (Why, bool) {
	x, ok := d.leads.pool.Get(int64(id))
	if !ok {
		return Why{}, false
	}
	w := Why{Lead: unpack(x)}
	l := d.leads.out[id]
	if l != nil {
		w.Lead = l.Lead
		w.Lead.Numbers = slices.Clone(l.Numbers)
		d.whyOut(&w, l)
	} else {
		l = &lead{Lead: w.Lead}
	}
	d.whyHeld(&w, l)
	if w.Lead.State == LeadFinished || w.Lead.State == LeadHeld || w.Call != nil {
		return w, true
	}
	for _, c := range d.campaigns {
		if !c.gone && slices.Contains(c.Buckets, w.Lead.Bucket) {
			w.Campaigns = append(w.Campaigns, d.whyFor(c, l))
		}
	}
	w.whyPutOff(x, d.now.Wall)
	return w, true
}

// FindLeads is the leads that have a number.
func (d *Dialer) FindLeads(n phone.Number) (leads []LeadID) {
	d.leads.pool.ByNumber(n, func(id int64) { leads = append(leads, LeadID(id)) })
	slices.Sort(leads)
	return leads
}

// FindExternal is the leads whose id elsewhere has a hash: the one that is meant, and seldom another.
func (d *Dialer) FindExternal(h ExternalHash) (leads []LeadID) {
	d.leads.pool.ByExternal(uint32(h), func(id int64) { leads = append(leads, LeadID(id)) })
	slices.Sort(leads)
	return leads
}

// whyOut tells where a lead is that is worked.
func (d *Dialer) whyOut(w *Why, l *lead) {
	if c := l.call; c != nil {
		w.Call = &CallStatus{c.attempt, c.phase, c.ringing}
		if l.aside {
			w.Reasons = append(w.Reasons, Reason{Text: "it is put aside when its call has ended", Never: true})
		}
	}
	if l.hopper != nil {
		w.Hopper = l.hopper.Name
	}
}

// whyHeld tells what holds a lead whatever the campaign.
func (d *Dialer) whyHeld(w *Why, l *lead) {
	drawn := slices.ContainsFunc(d.campaigns, func(c *campaign) bool { return !c.gone && slices.Contains(c.Buckets, l.Bucket) })
	switch {
	case l.State == LeadFinished:
		w.Reasons = append(w.Reasons, Reason{Text: "it is finished: " + l.Final + byRule(l.Rule), Never: true})
	case l.State == LeadHeld:
		w.Reasons = append(w.Reasons, Reason{Text: "it was put aside by a person", Never: true})
	case !drawn:
		w.Reasons = append(w.Reasons, Reason{Text: "no campaign draws on its bucket", Never: true})
	}
}

// whyPutOff tells for how long a lead was put off, and why, if nothing else tells it: there was no way to it.
func (w *Why) whyPutOff(x leadpool.Lead, now time.Time) {
	if x.Place != leadpool.Waiting || !x.Due.After(now) {
		return
	}
	r := Reason{Text: x.Why, Until: x.Due}
	if x.Due.Sub(now) > never/2 { // it was put off for good, some time ago
		r.Never, r.Until = true, time.Time{}
	}
	w.Looked = r.Until
	if x.Why == "" || slices.ContainsFunc(w.Campaigns, func(c WhyCampaign) bool {
		return slices.ContainsFunc(c.Reasons, func(r Reason) bool { return r.Text == x.Why })
	}) {
		return
	}
	w.Reasons = append(w.Reasons, r)
}

func byRule(name string) string {
	if name == "" {
		return ""
	}
	return " (rule " + name + ")"
}

// whyFor tells what holds a lead for one campaign.
func (d *Dialer) whyFor(c *campaign, l *lead) WhyCampaign {
	w := WhyCampaign{Campaign: c.Name}
	if l.hopper == c {
		for _, other := range c.hopper.list {
			if other != l && byUrgency(other, l) {
				w.Before++
			}
		}
	}
	for _, n := range l.Numbers {
		switch {
		case n.Invalid:
			w.Reasons = append(w.Reasons, Reason{Text: "there is no such number", Number: n.Number, Never: true})
		case d.dnc.has(c.Name, n.Number):
			w.Reasons = append(w.Reasons, Reason{Text: onDNC, Number: n.Number, Never: true})
		}
	}
	use, ok := d.numberToCall(c, l)
	if !ok {
		w.Never = true
		return w
	}
	w.Number = l.Numbers[use].Number
	for _, z := range d.zones.of(l.Zone, w.Number, c.Timezone).list {
		w.Zones = append(w.Zones, z.String())
	}
	if on, why := d.running(c); on {
		w.Waits = c.idle
	} else {
		w.Reasons, w.Never = append(w.Reasons, Reason{Text: "its campaign is off: " + why, Never: true}), true
	}
	w.Reasons = append(w.Reasons, d.holds(c, l, w.Number)...)
	if !w.Never {
		w.Earliest, w.Never = d.earliest(c, l, w.Number)
	}
	return w
}

// holds is every law that a lead would break now if it was called.
func (d *Dialer) holds(c *campaign, l *lead, n phone.Number) (reasons []Reason) {
	t := d.trial(c, l, n)
	for _, law := range laws {
		until, why := law(d, t)
		if why == "" {
			continue
		}
		r := Reason{Text: why, Until: until}
		if d.isNever(until) {
			r.Never, r.Until = true, time.Time{}
		}
		reasons = append(reasons, r)
	}
	return reasons
}

func (d *Dialer) isNever(until time.Time) bool { return !until.Before(d.now.Wall.Add(never)) }

// looksAhead bounds how many reasons are followed one after the other into the future.
const looksAhead = 100

// earliest is when a lead may be called if nothing else changes: what holds it now may end at night.
func (d *Dialer) earliest(c *campaign, l *lead, n phone.Number) (at time.Time, never bool) {
	now := d.now
	defer func() { d.now = now; d.opening.clear() }()
	for range looksAhead {
		t := d.trial(c, l, n)
		t.ahead = d.now.Mono > now.Mono
		until, why := d.judgeTrial(t)
		switch {
		case why == "":
			return d.now.Wall, false
		case d.isNever(until):
			return time.Time{}, true
		}
		until = later(until, d.now.Wall)
		d.now = Now{Wall: until, Mono: d.now.Mono + until.Sub(d.now.Wall)}
	}
	return time.Time{}, true
}

// BucketStatus is the leads of one bucket.
type BucketStatus struct {
	Name                    string
	Waiting, Ready, Dialing int
	Finished, Held          int
	Next                    time.Time // of the leads that wait, the earliest; zero when none does
	Campaigns               []string  // that draw on it
	Loading                 bool      // not all of its leads are here yet
}

// Buckets is every bucket that has leads or a campaign, by name.
func (d *Dialer) Buckets() (all []BucketStatus) {
	counts := d.countLeads()
	for _, c := range d.campaigns {
		for _, b := range c.Buckets {
			if counts[b] == nil {
				counts[b] = &bucketCount{}
			}
		}
	}
	for name, n := range counts {
		s := BucketStatus{Name: name, Waiting: n.states[LeadWaiting], Ready: n.states[LeadReady], Dialing: n.states[LeadDialing],
			Finished: n.states[LeadFinished], Held: n.states[LeadHeld], Next: n.next, Loading: slices.Contains(d.leads.loading, name)}
		for _, c := range d.campaigns {
			if !c.gone && slices.Contains(c.Buckets, name) {
				s.Campaigns = append(s.Campaigns, c.Name)
			}
		}
		if s.Waiting+s.Ready+s.Dialing+s.Finished+s.Held > 0 || len(s.Campaigns) > 0 {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b BucketStatus) int { return strings.Compare(a.Name, b.Name) })
	return all
}
