package dialer

import (
	"container/heap"
	"slices"
	"time"

	"dialerd/dialer/phone"
)

// lead is a Lead with its place in memory: in a bucket, in a campaign's hopper, in a call, or in
// none because it is finished or held.
type lead struct {
	Lead
	due    time.Time // when it may be looked at again: Next, or later for a reason in why
	why    string    // what put due off; empty when nothing did
	place  *leadHeap // the bucket or hopper it is in
	index  int       // within place
	call   *call
	hopper *campaign // whose hopper it is in
}

// leadBook is all leads, and the buckets of those that wait.
type leadBook struct {
	byID    map[LeadID]*lead
	buckets map[string]*bucket
}

// bucket is leads that wait: those whose time has not come, the next first, and those that are due,
// the most urgent first.
type bucket struct {
	later leadHeap
	due   leadHeap
}

func newLeadBook() leadBook {
	return leadBook{byID: map[LeadID]*lead{}, buckets: map[string]*bucket{}}
}

func (b *leadBook) bucket(name string) *bucket {
	x := b.buckets[name]
	if x == nil {
		x = &bucket{later: leadHeap{less: byDue}, due: leadHeap{less: byUrgency}}
		b.buckets[name] = x
	}
	return x
}

// wait puts a lead into its bucket until due, for the reason in why.
func (b *leadBook) wait(l *lead, due time.Time, why string, now time.Time) {
	l.State, l.due, l.why = LeadWaiting, due, why
	x := b.bucket(l.Bucket)
	if due.After(now) {
		x.later.put(l)
		return
	}
	x.due.put(l)
}

// ripen moves the leads whose time has come, at most as many as looks allows.
func (b *bucket) ripen(now time.Time, looks *int) {
	for l := b.later.first(); l != nil && !l.due.After(now) && *looks > 0; l = b.later.first() {
		*looks--
		b.due.put(l.take())
	}
}

// again has every lead that was put off looked at anew.
func (b *bucket) again(now time.Time) {
	all := append(b.later.list, b.due.list...)
	b.later.list, b.due.list = nil, nil
	for _, l := range all {
		l.due, l.why = l.Next, ""
		h := &b.due
		if l.due.After(now) {
			h = &b.later
		}
		l.place, l.index = h, len(h.list)
		h.list = append(h.list, l)
	}
	heap.Init((*heapOrder)(&b.later))
	heap.Init((*heapOrder)(&b.due))
}

// leadHeap is leads in an order. A lead is in one heap at most, and knows where.
type leadHeap struct {
	less func(a, b *lead) bool
	list []*lead
}

func byDue(a, b *lead) bool {
	if !a.due.Equal(b.due) {
		return a.due.Before(b.due)
	}
	return byUrgency(a, b)
}

// byUrgency orders leads that may be called: priority, the earlier call, fewer attempts, age.
func byUrgency(a, b *lead) bool {
	switch {
	case a.Priority != b.Priority:
		return a.Priority > b.Priority
	case !a.Next.Equal(b.Next):
		return a.Next.Before(b.Next)
	case a.Attempts != b.Attempts:
		return a.Attempts < b.Attempts
	}
	return a.ID < b.ID
}

func (h *leadHeap) put(l *lead) {
	if l.place != nil {
		panic("dialer: a lead is put into two places")
	}
	l.place = h
	heap.Push((*heapOrder)(h), l)
}

func (h *leadHeap) first() *lead {
	if len(h.list) == 0 {
		return nil
	}
	return h.list[0]
}

// take removes a lead from wherever it waits.
func (l *lead) take() *lead {
	if l.place != nil {
		heap.Remove((*heapOrder)(l.place), l.index)
		l.place = nil
	}
	return l
}

// heapOrder is leadHeap as container/heap wants it.
type heapOrder leadHeap

func (h *heapOrder) Len() int           { return len(h.list) }
func (h *heapOrder) Less(i, j int) bool { return h.less(h.list[i], h.list[j]) }
func (h *heapOrder) Swap(i, j int) {
	h.list[i], h.list[j] = h.list[j], h.list[i]
	h.list[i].index, h.list[j].index = i, j
}
func (h *heapOrder) Push(x any) {
	l := x.(*lead)
	l.index = len(h.list)
	h.list = append(h.list, l)
}
func (h *heapOrder) Pop() any {
	last := len(h.list) - 1
	l := h.list[last]
	h.list[last] = nil
	h.list = h.list[:last]
	return l
}

// loadLeads takes leads from the store. Those that are known stay as they are: what memory says of
// them is newer.
func (d *Dialer) loadLeads(leads []Lead) {
	for _, x := range leads {
		if d.leads.byID[x.ID] != nil {
			continue
		}
		l := &lead{Lead: x}
		d.leads.byID[x.ID] = l
		d.touched.lead(l)
		if l.State == LeadFinished || l.State == LeadHeld {
			continue
		}
		if c := d.calls.byLead(x.ID); c != nil {
			l.State, l.call, c.lead = LeadDialing, c, l
			continue
		}
		d.leads.wait(l, l.Next, "", d.now.Wall)
	}
}

// otherNumber tells whether a lead has another number that may be called.
func (d *Dialer) otherNumber(l *lead, n phone.Number) bool {
	return slices.ContainsFunc(l.Numbers, func(x phone.Number) bool { return x != n && d.callable(x) })
}

// byLead finds the call of a lead that was under way before the lead was loaded.
func (b *callBook) byLead(id LeadID) *call {
	for _, c := range b.list {
		if c.attempt.Lead == id {
			return c
		}
	}
	return nil
}

// putBack plans what becomes of the lead of a call that has ended, by the rule for its outcome.
func (d *Dialer) putBack(c *call) {
	l := c.lead
	if l == nil {
		return
	}
	d.touched.lead(l)
	l.call = nil
	if c.evidence.cancelled { // never placed: as if it had not been planned
		d.leads.wait(l, d.now.Wall.Add(c.evidence.retry), "", d.now.Wall)
		return
	}
	l.Last = c.attempt.Planned
	step := c.campaign.decide(&l.Lead, c.attempt.Outcome, d.otherNumber(l, c.attempt.Number))
	c.attempt.Rule = step.rule
	step.apply(&l.Lead, d.now.Wall)
	if l.State == LeadFinished {
		return
	}
	d.leads.wait(l, l.Next, "", d.now.Wall)
}
