package dialer

import (
	"slices"

	"dialerd/dialer/phone"
)

// mergeLeads takes what an import has changed of leads that are known.
func (d *Dialer) mergeLeads(leads []Lead) {
	for _, x := range leads {
		if l := d.leads.known(x.ID); l != nil {
			d.mergeLead(l, x)
		}
	}
}

// mergeLead gives a lead its new bucket, priority, zone and numbers; its state, its attempts and its next
// call stay. A lead that waits is judged by them at once, one in a call when that has ended. A call that is
// only planned is given up when its number is not the lead's any more.
func (d *Dialer) mergeLead(l *lead, x Lead) {
	d.touched.lead(l)
	l.take().hopper = nil
	use, numbers := KeepUse(l.Numbers, l.Use, x.Numbers), len(l.Numbers)
	moved := use != l.Use || len(x.Numbers) < numbers
	l.Bucket, l.Priority, l.Zone, l.Numbers, l.Use = x.Bucket, x.Priority, x.Zone, x.Numbers, use
	if l.call == nil {
		d.leads.rest(l)
	}
	if c := l.call; c != nil && c.phase == PhasePlanned && !slices.Contains(l.Numbers, c.attempt.Number) {
		d.cancel(c, "its number was taken off the lead")
		return // which has written the lead
	}
	if moved { // a row that is on its way to disk may know the old numbers
		d.record(LeadChanged{l.Lead})
	}
}

// KeepUse is which of a lead's numbers is to be dialed next when others take the place of those before: the
// same one if it is still there, else the first.
func KeepUse(before []phone.Number, use int, after []phone.Number) int {
	if use >= 0 && use < len(before) {
		if i := slices.Index(after, before[use]); i >= 0 {
			return i
		}
	}
	return 0
}
