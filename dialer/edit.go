package dialer

import (
	"fmt"
	"time"
)

// LeadEdit is what a person does with leads: those that are chosen by their ids. Leads that are not known are
// passed over, and so are those that are as they are to be already.
type LeadEdit struct {
	Leads  []LeadID
	What   EditKind
	Bucket string // where EditMove puts them
}

// EditKind is what is done with leads.
type EditKind uint8

// The edits. A call that is only planned is given up; one that is on its way, or talks, goes on, and what
// was wanted holds after it.
const (
	EditNone    EditKind = iota
	EditMove             // into another bucket; state, attempts and next call stay
	EditHold             // put aside: not called before it is released
	EditRelease          // a lead that is held waits again, as it did before
	EditRestart          // a lead that is finished is called again from the beginning
	EditDelete           // forget it
)

var editWords = words{"", "move", "hold", "release", "restart", "delete"}

// String is the edit's word.
func (k EditKind) String() string { return editWords.text(uint8(k)) }

// MarshalText writes the word.
func (k EditKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText refuses what is not in the list.
func (k *EditKind) UnmarshalText(text []byte) error {
	v, err := editWords.value("edit of leads", text)
	*k = EditKind(v)
	return err
}

// editLeads carries out a LeadsEdited; who asked hears of it when all of it is on disk.
func (d *Dialer) editLeads(e LeadsEdited) {
	if why := d.editable(e.LeadEdit); why != "" {
		d.emit(Done{Ask: e.Ask, Err: why})
		return
	}
	changed := 0
	for _, id := range e.Leads {
		if l := d.leads.out[id]; l != nil && l.call != nil && l.call.phase == PhasePlanned {
			d.cancel(l.call, fmt.Sprintf("lead %d is edited: %s", id, e.What))
		}
		if d.edit(id, e.LeadEdit) {
			changed++
		}
	}
	d.doneOnDisk(pendingDone{seq: d.seq, ask: e.Ask, changed: changed})
}

// editable tells what keeps leads from being edited.
func (d *Dialer) editable(e LeadEdit) (why string) {
	switch {
	case e.What == EditNone:
		return fmt.Sprintf("it does not say what is to be done with the leads: %s", editWords.list())
	case e.What == EditMove && e.Bucket == "":
		return "it does not say into which bucket the leads are to be moved"
	case len(d.leads.loading) > 0:
		return "the leads are still being loaded: try again when that is over, dialerd status tells"
	}
	return ""
}

// edit changes one lead. It is false when there is nothing to change.
func (d *Dialer) edit(id LeadID, e LeadEdit) (changed bool) {
	l := d.leads.known(id)
	if l == nil {
		return false
	}
	d.touched.was(l.Lead)
	if e.What == EditDelete {
		d.deleteLead(l)
		return true
	}
	l.take().hopper = nil
	switch e.What {
	case EditMove:
		changed = l.Bucket != e.Bucket
		l.Bucket = e.Bucket
	case EditHold:
		changed = l.hold()
	case EditRelease:
		changed = l.release()
	case EditRestart:
		changed = d.restart(l)
	}
	d.touched.lead(l)
	d.leads.rest(l)
	switch {
	case !changed:
	case e.What == EditMove:
		d.leads.placed[id] = d.now.Mono
		d.record(LeadPlaced{l.row()})
	default:
		d.record(LeadChanged{l.row()})
	}
	return changed
}

// row is a lead as the store is to have it: one in a call may be on its way to being held.
func (l *lead) row() Lead {
	x := l.Lead
	if l.aside && x.State == LeadDialing {
		x.State = LeadHeld
	}
	return x
}

// hold puts a lead aside. One that is finished stays so.
func (l *lead) hold() (changed bool) {
	switch {
	case l.State == LeadFinished || l.State == LeadHeld || l.aside:
		return false
	case l.call != nil:
		l.aside = true
	default:
		l.State = LeadHeld
	}
	return true
}

// release has a lead that was held go on where it was.
func (l *lead) release() (changed bool) {
	changed = l.aside || l.State == LeadHeld
	if l.aside = false; l.State == LeadHeld {
		l.State = LeadWaiting
	}
	return changed
}

// restart has a lead that is finished begin anew. Its numbers are tried again, and so are those of one that
// waits and has none left that may be called.
func (d *Dialer) restart(l *lead) (changed bool) {
	if l.State == LeadFinished {
		l.State, changed = LeadWaiting, true
		l.Attempts, l.Faults, l.Next, l.Rule, l.Final, l.Use = 0, 0, time.Time{}, "", "", 0
	}
	if !changed && hasValid(l.Numbers) {
		return false
	}
	for i := range l.Numbers {
		if l.Numbers[i].Invalid {
			d.judgeExists(l.Numbers[i].Number, false)
			l.Numbers[i].Invalid, changed = false, true
		}
	}
	return changed
}

func hasValid(numbers []LeadNumber) bool {
	for _, n := range numbers {
		if !n.Invalid {
			return true
		}
	}
	return false
}

// deleteLead forgets a lead. A call it is in goes on without it.
func (d *Dialer) deleteLead(l *lead) {
	l.take().hopper = nil
	if l.call != nil {
		l.call.lead, l.call = nil, nil
	}
	delete(d.leads.out, l.ID)
	d.touched.forget(l.ID)
	d.leads.pool.Delete(int64(l.ID))
	d.record(LeadDeleted{l.ID})
}
