package dialer

import (
	"slices"
	"time"
)

// LeadVersion names a lead as it is in memory: when something of it changes its Version does.
type LeadVersion struct {
	Lead    LeadID
	Version int64
}

// LeadFields is what a call needs of a lead and deciding does not. The Dialer asks for it when the lead comes
// into a hopper, and forgets it when the lead goes back.
type LeadFields struct {
	LeadVersion
	External   string            // the id it has elsewhere
	Name       string            // of the person
	Attributes map[string]string // nil when there are none
}

// fieldsBook asks for the fields of leads that are going to be called, those of a whole batch at once. No call
// waits for them.
type fieldsBook struct {
	version int64         // the last that was given
	wanted  []LeadVersion // since they were last asked for
	askAt   time.Duration // Mono from which on they may be asked for again
}

// fieldsEvery is how often fields are asked for at most. What is fetched is an event, an event brings a Tick, and
// in a Tick a hopper may fill that was empty: without a pause that would go round without end.
const fieldsEvery = 100 * time.Millisecond

// want asks for the fields of a lead, unless they are there or on their way.
func (b *fieldsBook) want(l *lead) {
	if l.version == 0 {
		b.renew(l)
	}
}

// renew asks for them anew: what is on its way is not true any more.
func (b *fieldsBook) renew(l *lead) {
	b.version++
	l.version, l.fields = b.version, nil
	b.wanted = append(b.wanted, LeadVersion{l.ID, l.version})
}

// askForFields asks for what is wanted.
func (d *Dialer) askForFields() {
	if len(d.fields.wanted) == 0 || d.now.Mono < d.fields.askAt {
		return
	}
	wanted := slices.DeleteFunc(d.fields.wanted, func(x LeadVersion) bool {
		l := d.leads.out[x.Lead]
		return l == nil || l.version != x.Version
	})
	if len(wanted) > 0 {
		d.emit(FieldsWanted{wanted})
		d.fields.askAt = d.now.Mono + fieldsEvery
	}
	d.fields.wanted = nil
}

// takeFields takes what was asked for, of the leads that are still out and as they were.
func (d *Dialer) takeFields(all []LeadFields) {
	for i := range all {
		if l := d.leads.out[all[i].Lead]; l != nil && l.version == all[i].Version {
			l.fields = &all[i]
		}
	}
}
