package dialer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// edit is a person who changes leads: edit hold 1 2, edit move 1 to=web, edit release 3, edit delete 4.
func (w *world) edit(c command) {
	w.asks++
	e := LeadsEdited{Ask: w.asks, LeadEdit: LeadEdit{Bucket: c.options["to"]}}
	c.text(0, &e.What)
	for i := range c.args[1:] {
		e.Leads = append(e.Leads, LeadID(c.at(i+1)))
	}
	w.step(e)
}

// fields brings the fields of all leads that were wanted, late: of what has changed since they are not true.
func (w *world) fields(command) {
	var e FieldsFetched
	for _, v := range w.wanted {
		fmt.Fprintf(&w.out, "the store is asked for lead %d, version %d\n", v.Lead, v.Version)
		e.Fields = append(e.Fields, LeadFields{LeadVersion: v, Name: fmt.Sprintf("Ann of version %d", v.Version)})
	}
	w.wanted = nil
	w.step(e)
}

// why tells why a lead is not being called.
func (w *world) why(c command) {
	x, ok := w.d.Why(LeadID(c.at(0)))
	if !ok {
		fmt.Fprintf(&w.out, "there is no lead %d\n", c.at(0))
		return
	}
	place := x.Lead.State.String()
	switch {
	case x.Call != nil:
		place = fmt.Sprintf("in call %d, %s", x.Call.Attempt.ID, x.Call.Phase)
	case x.Hopper != "":
		place = "in the hopper of " + x.Hopper
	}
	fmt.Fprintf(&w.out, "lead %d is in bucket %s, %s", x.Lead.ID, x.Lead.Bucket, place)
	if !x.Looked.IsZero() {
		fmt.Fprintf(&w.out, ", looked at %s", w.clock(x.Looked))
	}
	fmt.Fprintln(&w.out)
	w.reasons("  ", x.Reasons)
	for _, c := range x.Campaigns {
		at := "may be called at " + w.clock(c.Earliest)
		switch {
		case c.Never:
			at = "never, unless something is changed"
		case !c.Earliest.After(w.now.Wall):
			at = "may be called now"
		}
		fmt.Fprintf(&w.out, "  %s at %s in %s: %s", c.Campaign, c.Number, strings.Join(c.Zones, " or "), at)
		if c.Waits != "" {
			fmt.Fprintf(&w.out, "; %s", c.Waits)
		}
		if c.Before > 0 {
			fmt.Fprintf(&w.out, "; %d before it", c.Before)
		}
		fmt.Fprintln(&w.out)
		w.reasons("    ", c.Reasons)
	}
}

func (w *world) reasons(indent string, all []Reason) {
	for _, r := range all {
		until := "until something is changed"
		if !r.Never {
			until = "until " + w.clock(r.Until)
		}
		about := ""
		if r.Number != 0 {
			about = r.Number.String() + ": "
		}
		fmt.Fprintf(&w.out, "%s%s%s, %s\n", indent, about, r.Text, until)
	}
}

// clock is a time as the scenario's people read it.
func (w *world) clock(t time.Time) string {
	return t.In(w.now.Wall.Location()).Format("02 Jan 15:04:05")
}

// buckets tells how many leads lie where.
func (w *world) buckets() {
	for _, b := range w.d.Buckets() {
		fmt.Fprintf(&w.out, "bucket %s: %d waiting, %d ready, %d dialing, %d finished, %d held; drawn on by %s\n", b.Name,
			b.Waiting, b.Ready, b.Dialing, b.Finished, b.Held, strings.Join(slices.Clone(b.Campaigns), " "))
	}
}

// at is an argument that is a number.
func (c command) at(i int) int {
	n, err := strconv.Atoi(c.arg(i))
	if err != nil {
		c.t.Fatalf("%s: %q is no number", c.word, c.arg(i))
	}
	return n
}
