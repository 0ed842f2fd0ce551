package sim

import (
	"fmt"
	"strconv"
	"time"

	"dialerd/dialer"
)

// fetch brings the fields that the core wants of its leads: after some milliseconds, now and then much
// later, and now and then as they were before they changed.
func (d *daemon) fetch(e dialer.FieldsWanted) {
	s, life := d.sim, d.life
	fields := make([]dialer.LeadFields, 0, len(e.Leads))
	for _, x := range e.Leads {
		if f := d.fieldsOf(x.Lead); s.disk.rows.lead(x.Lead) != nil {
			f.LeadVersion = x
			fields = append(fields, f)
		}
	}
	took := s.between(time.Millisecond, 20*time.Millisecond)
	switch s.rand.IntN(50) {
	case 0:
		took = s.between(time.Second, 20*time.Second)
	case 1:
		for i := range fields {
			fields[i].Version--
			fields[i].Name = outdated
		}
	}
	s.after(took, func() {
		if d.life == life {
			d.put(dialer.FieldsFetched{Fields: fields})
		}
	})
}

// outdated is the name of whom the core must not take for anybody.
const outdated = "somebody who has changed"

func (d *daemon) fieldsOf(id dialer.LeadID) dialer.LeadFields {
	if d.sim.scenario.plant == plantStranger {
		id++
	}
	return dialer.LeadFields{External: external(id), Name: name(id), Attributes: map[string]string{"card": strconv.Itoa(int(id))}}
}

func name(id dialer.LeadID) string { return fmt.Sprintf("Person %d", id) }

func external(id dialer.LeadID) string { return fmt.Sprintf("x-%d", id) }

// introduces judges what an Answer says of the person who is on the line.
func (r *referee) introduces(call dialer.CallID, a dialer.Answer) {
	switch {
	case a.Fields.Lead == 0:
	case a.Fields.Lead != a.Lead:
		r.breach(call, "is lead %d, and is introduced as lead %d", a.Lead, a.Fields.Lead)
	case a.Fields.Name != name(a.Lead) || a.Fields.External != external(a.Lead):
		r.breach(call, "is %s (%s), and is introduced as %s (%s)", name(a.Lead), external(a.Lead), a.Fields.Name, a.Fields.External)
	default:
		r.introduced++
	}
}
