package dialer

import (
	"fmt"
	"slices"
	"time"

	leadpool "dialerd/dialer/pool"
)

// A lead that waits was planned by the rules as they were when its last call ended. When they are edited it is
// planned anew from what is known of that attempt: by which rule, when, and on which number. What a rule has
// done to its bucket and its priority stays done. Finished leads stay finished: who was told that he would not
// be called again is not.

// replanBook is which campaigns have been edited, and how far their leads have been planned anew.
type replanBook struct {
	planned map[string]uint64  // by campaign, the rules by which all its leads are planned; see fingerprint
	edits   map[string]*edited // by campaign; empty: there is nothing to do
	cursor  uint32
	late    map[string]*edited // those of before this life, for leads that are loaded when the others are planned
}

func newReplanBook() replanBook {
	return replanBook{planned: map[string]uint64{}, edits: map[string]*edited{}, late: map[string]*edited{}}
}

// edited is what was changed of the rules of a campaign.
type edited struct {
	before map[string]step // what the rules did, by name; a rule that is not here did something that is not known
	parts  bool            // the parts of the day are others now
}

// What one Tick does, together less than a millisecond:
const (
	replanLooks   = 10_000 // leads it looks through for those of edited campaigns
	replanDecides = 360    // of which it decides on; one that changes takes as long as three that do not
	replanPerTick = replanDecides / 3
)

// replanAhead bounds how many Records may be on their way to disk while leads are planned anew: calls want to be
// written, too.
const replanAhead = 1000

// steps are what the rules of a campaign do, its defaults included.
func (c *Campaign) steps() map[string]step {
	gap := c.Attempts.Gap.Span()
	all := map[string]step{
		ruleAgain:  {rule: ruleAgain, again: After(max(defaultAgain, gap))},
		ruleNoSuch: {rule: ruleNoSuch, again: After(gap), number: NumberNext},
	}
	for i := range c.Rules {
		all[c.Rules[i].Name] = c.Rules[i].step()
	}
	return all
}

// fingerprint is a number that is another one when something of a campaign is changed by which leads are planned. It is
// the same for a configuration that was read from a recording.
func (c *Campaign) fingerprint() uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for _, b := range fmt.Appendf(nil, "%+v %v %d %d %s", c.Rules, c.DayParts, c.Attempts.Total, c.Attempts.Faults, c.Attempts.Gap) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

// edit notes that a campaign is configured. Before is how it was; nil when that is not known.
func (b *replanBook) edit(before, after *Campaign) {
	now := after.fingerprint()
	last, known := b.planned[after.Name]
	switch {
	case !known:
		b.planned[after.Name] = now
		return
	case last == now && b.edits[after.Name] == nil, before != nil && before.fingerprint() == now:
		return
	}
	e := &edited{parts: true}
	if before != nil {
		e.before, e.parts = before.steps(), !slices.Equal(before.DayParts, after.DayParts)
	}
	if pending := b.edits[after.Name]; pending != nil {
		e.join(pending)
	}
	b.edits[after.Name], b.cursor = e, 0
	if delete(b.late, after.Name); before == nil {
		b.late[after.Name] = e
	}
}

// loaded notes that a lead has come from the store.
func (b *replanBook) loaded(l *Lead) {
	if e := b.late[l.Campaign]; e != nil && b.edits[l.Campaign] == nil {
		b.edits[l.Campaign], b.cursor = e, 0
	}
}

// join takes in an edit whose leads were not all planned anew: some wait by the rules before it, some by those
// after it, so that only what both did is known.
func (e *edited) join(pending *edited) {
	for name, s := range e.before {
		if s != pending.before[name] {
			delete(e.before, name)
		}
	}
	e.parts = e.parts || pending.parts
}

// replan plans leads of edited campaigns anew, some of them in each Tick.
func (d *Dialer) replan() {
	b := &d.replans
	if len(b.edits) == 0 || len(d.leads.loading) > 0 || d.seq-d.committed > replanAhead {
		return
	}
	var names []string
	for _, c := range d.campaigns {
		if b.edits[c.Name] != nil {
			names = append(names, c.Name)
		}
	}
	left := replanDecides
	b.cursor = d.leads.pool.Scan(b.cursor, replanLooks, names, func(x leadpool.Lead) (more bool) {
		if left--; d.replanLead(x) {
			left -= 2
		}
		return left > 0
	})
	if b.cursor == 0 {
		d.replanned()
	}
}

// replanned ends it. The next snapshot says so, so that a restart does not begin it again.
func (d *Dialer) replanned() {
	for _, c := range d.campaigns {
		if d.replans.edits[c.Name] != nil {
			d.replans.planned[c.Name] = c.fingerprint()
		}
	}
	clear(d.replans.edits)
	d.snapshotEmpty = false
}

// replanLead plans one lead anew, unless it is in a call, the end of which will do so. It tells whether that has
// changed anything.
func (d *Dialer) replanLead(x leadpool.Lead) (changed bool) {
	l := unpack(x)
	if out := d.leads.out[l.ID]; out != nil {
		if out.call != nil {
			return false
		}
		l = out.Lead
	}
	c := d.campaign(l.Campaign)
	after, moved, changed := d.plannedAnew(c, d.replans.edits[c.Name], l)
	if !changed {
		return false
	}
	k := d.leads.known(l.ID)
	d.touched.was(k.Lead)
	d.touched.lead(k)
	k.take().hopper = nil
	k.Lead = after
	d.leads.rest(k)
	if moved {
		d.leads.placed[k.ID] = d.now.Mono
		d.record(LeadPlaced{k.row()})
	} else {
		d.record(LeadChanged{k.row()})
	}
	return true
}

// plannedAnew is what a lead becomes by the rules that hold now: moved when its bucket or priority are others, changed when
// anything is.
func (d *Dialer) plannedAnew(c *campaign, e *edited, l Lead) (after Lead, moved, changed bool) {
	after = l
	if !after.undo() {
		return l, false, false
	}
	o := d.triedAgain(c, &after)
	before, known := e.before[l.Rule]
	if o.disposition = c.wordFor(l.Rule); known && before.disposed && o.disposition == "" {
		return l, false, false // nothing is known any more of what the operator said
	}
	s := c.decide(o)
	if known && s.does(before) && !(e.parts && s.again.OtherPart) {
		return l, false, false
	}
	s.apply(&after)
	if after.State != LeadFinished {
		after.Next = s.again.when(c.windows[s.rule], l.Last, l.ended(before, known), o.zones)
		after.Use = d.useAfter(c, &after, s.number)
		moved = s.notDone(before, known).place(&after)
	}
	same := !moved && after.State != LeadFinished && after.Rule == l.Rule && after.Use == l.Use && after.Next.Equal(l.Next)
	return after, moved, !same
}

// triedAgain is the last attempt of a lead as a rule sees it.
func (d *Dialer) triedAgain(c *campaign, l *Lead) *tried {
	l.Dialed = min(l.Dialed, len(l.Numbers)-1)
	dialed := l.Numbers[l.Dialed]
	return &tried{Lead: l, kind: dialed.Kind, zones: d.zones.of(l.Zone, dialed.Number, c.Timezone),
		others: d.otherNumber(c, &lead{Lead: *l}, dialed.Number)}
}

// wordFor is a disposition by which a rule is chosen; empty when there is no such rule, or it is for none.
func (c *Campaign) wordFor(rule string) string {
	for i := range c.Rules {
		if r := &c.Rules[i]; r.Name == rule && len(r.Disposition) > 0 {
			return r.Disposition[0]
		}
	}
	return ""
}

// does tells whether a step does what another did, by whatever name of limits.
func (s step) does(before step) bool {
	s.counts, s.fault = false, false
	return s == before
}

// notDone is the step without what another has done to the lead, or may have done.
func (s step) notDone(before step, known bool) step {
	if !known || before.bucket != "" {
		s.bucket = ""
	}
	if !known || before.priority != (PriorityStep{}) {
		s.priority = PriorityStep{}
	}
	return s
}

// ended is when the last attempt was over: as long before the next call as the rule let pass. When it was another
// kind of rule, or is not known, the beginning of the attempt has to do.
func (l *Lead) ended(before step, known bool) time.Time {
	if at := l.Next.Add(-before.again.Delay.Span()); known && before.again.Days == 0 && !before.again.OtherPart && at.After(l.Last) {
		return at
	}
	return l.Last
}
