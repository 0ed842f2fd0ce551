package dialer

import (
	"slices"

	"dialerd/dialer/phone"
)

// mergeLeads takes what an import has changed of leads that are known.
func (d *Dialer) mergeLeads(e LeadsMerged) {
	for i, x := range e.Leads {
		l := d.leads.known(x.ID)
		if l == nil {
			continue
		}
		if e.Before != nil && x.Bucket == e.Before[i].Bucket {
			x.Bucket = l.Bucket
		}
		if e.Before != nil && x.Priority == e.Before[i].Priority {
			x.Priority = l.Priority
		}
		d.mergeLead(l, x)
	}
}

// mergeLead gives a lead its new bucket, priority, zone and numbers; its state, its attempts and its next
// call stay. A lead that waits is judged by them at once, one in a call when that has ended. A call that is
// only planned is given up when its number is not the lead's any more.
func (d *Dialer) mergeLead(l *lead, x Lead) {
	d.touched.was(l.Lead)
	d.touched.lead(l)
	l.take().hopper = nil
	use, dialed := KeepUse(l.Numbers, l.Use, x.Numbers), KeepUse(l.Numbers, l.Dialed, x.Numbers)
	moved := use != l.Use || dialed != l.Dialed || len(x.Numbers) < len(l.Numbers)
	l.Numbers, l.Use, l.Dialed = d.leads.marked(x.Numbers), use, dialed
	l.Bucket, l.Priority, l.Zone = x.Bucket, x.Priority, x.Zone
	d.leads.rest(l)
	if l.call != nil {
		d.fields.renew(l)
	}
	if c := l.call; c != nil && c.phase == PhasePlanned && !hasNumber(l.Numbers, c.attempt.Number) {
		d.cancel(c, "its number was taken off the lead")
		moved = false // it is written with that
	}
	switch {
	case d.leads.wasPlaced(l.ID): // that may have reached the disk after the import, which did not know
		d.record(LeadPlaced{l.row()})
	case moved: // a row that is on its way to disk may know the old numbers
		d.record(LeadChanged{l.row()})
	}
}

// KeepUse is which of a lead's numbers is to be dialed next when others take the place of those before: the
// same one if it is still there, else the first.
func KeepUse(before []LeadNumber, use int, after []LeadNumber) int {
	if use >= 0 && use < len(before) {
		return max(0, numberIndex(after, before[use].Number))
	}
	return 0
}

func hasNumber(all []LeadNumber, n phone.Number) bool { return numberIndex(all, n) >= 0 }

// numberIndex is the place of a number; -1 when it is not there.
func numberIndex(all []LeadNumber, n phone.Number) int {
	return slices.IndexFunc(all, func(x LeadNumber) bool { return x.Number == n })
}
