package sim

import (
	"fmt"
	"slices"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// lead is the row of a lead; nil when there is none, or no more.
func (r *rows) lead(id dialer.LeadID) *dialer.Lead {
	if id < 1 || int(id) > len(r.leads) || r.leads[id-1].ID == 0 {
		return nil
	}
	return &r.leads[id-1]
}

// change is what store.Append does with a lead: what is not worked is the importer's to change, bucket and
// priority too unless they were placed.
func (r *rows) change(l dialer.Lead, placed bool) error {
	to := r.lead(l.ID)
	if to == nil {
		return fmt.Errorf("lead %d changes and is not there", l.ID)
	}
	if l.State == dialer.LeadReady || l.State == dialer.LeadDialing {
		l.State = dialer.LeadWaiting // positions in memory
	}
	if to.State == dialer.LeadFinished && l.State != dialer.LeadFinished {
		r.renewed[l.ID] = append(r.renewed[l.ID], dialer.CallID(len(r.attempts)))
	}
	if !placed {
		l.Bucket, l.Priority = to.Bucket, to.Priority
	}
	l.External, l.Created, l.Zone, l.Numbers = to.External, to.Created, to.Zone, to.Numbers
	*to = l
	return nil
}

// renewedBefore is the last attempt that does not count any more when a lead is called: it was finished after it,
// and waited again. 0: all count.
func (r *rows) renewedBefore(lead dialer.LeadID, call dialer.CallID) (last dialer.CallID) {
	for _, id := range r.renewed[lead] {
		if id < call {
			last = id
		}
	}
	return last
}

// drop is what store.Append does with a lead that was deleted.
func (r *rows) drop(id dialer.LeadID) error {
	l := r.lead(id)
	if l == nil {
		return fmt.Errorf("lead %d is deleted and is not there", id)
	}
	*l = dialer.Lead{}
	return nil
}

// judged is what store.Append does with the judgement on a number.
func (r *rows) judged(n phone.Number, invalid bool) {
	if invalid {
		r.invalid[n] = true
		return
	}
	delete(r.invalid, n)
	delete(r.noSuch, n)
}

// load is some leads as the store hands them over.
func (r *rows) load(ids []dialer.LeadID) []dialer.Lead {
	all := make([]dialer.Lead, 0, len(ids))
	for _, id := range ids {
		if l := r.lead(id); l != nil {
			all = append(all, r.marked(*l))
		}
	}
	return all
}

// marked is a lead with the marks of its numbers, which are kept by number.
func (r *rows) marked(l dialer.Lead) dialer.Lead {
	for i, n := range l.Numbers {
		if r.invalid[n.Number] {
			l.Numbers = slices.Clone(l.Numbers)
			for ; i < len(l.Numbers); i++ {
				l.Numbers[i].Invalid = r.invalid[l.Numbers[i].Number]
			}
			return l
		}
	}
	return l
}

// all is the ids of all leads.
func (r *rows) all() []dialer.LeadID {
	ids := make([]dialer.LeadID, 0, len(r.leads))
	for i := range r.leads {
		if r.leads[i].ID != 0 {
			ids = append(ids, r.leads[i].ID)
		}
	}
	return ids
}

// buckets is the ids of all leads by bucket, and the buckets in their order.
func (r *rows) buckets() (names []string, ids map[string][]dialer.LeadID) {
	ids = map[string][]dialer.LeadID{}
	for i := range r.leads {
		if l := &r.leads[i]; l.ID != 0 {
			ids[l.Bucket] = append(ids[l.Bucket], l.ID)
		}
	}
	return sorted(ids), ids
}
