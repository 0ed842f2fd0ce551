package sim

import (
	"fmt"
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// disk is the daemon's store with its writer: everything that waits is committed in one
// transaction, which takes its time. A crash loses what was not committed.
type disk struct {
	sim     *simulation
	rows    rows
	life    int // of the writer: a commit of an earlier one is void
	waiting []dialer.Record
	batch   []dialer.Record // being committed
	seq     int64           // the last one put
	stalled time.Duration   // no commit ends before
	begun   time.Duration   // of the commit that is under way
}

// rows is what the database holds.
type rows struct {
	attempts []dialer.Attempt // by id, from 1
	leads    []dialer.Lead    // by id, from 1
	switches []dialer.SwitchChanged
	loans    []dialer.Loan
	dnc      []barred
	snapshot dialer.Snapshot
}

func (d *disk) put(records []dialer.Record) {
	for _, r := range records {
		if r.Seq != d.seq+1 {
			d.sim.referee.breach(0, "record %d follows record %d", r.Seq, d.seq)
		}
		d.seq = r.Seq
	}
	d.waiting = append(d.waiting, records...)
	if len(d.batch) == 0 {
		d.begin()
	}
}

// begin commits all that waits.
func (d *disk) begin() {
	if len(d.waiting) == 0 {
		return
	}
	d.batch, d.waiting = append(d.batch, d.waiting...), d.waiting[:0]
	s, life := d.sim, d.life
	d.begun = s.now
	took := time.Duration(500+s.rand.ExpFloat64()*2500) * time.Microsecond
	if s.scenario.plant == plantEager {
		s.daemon.put(dialer.Committed{Seq: d.seq})
		took += 50 * time.Millisecond
	}
	s.agenda.Add(max(s.now+took, d.stalled), func() {
		if d.life != life {
			return
		}
		last := d.flush()
		s.daemon.put(dialer.Committed{Seq: last})
		d.begin()
	})
}

// flush writes the batch into the rows.
func (d *disk) flush() (last int64) {
	for _, r := range d.batch {
		if err := d.rows.add(r.Row); err != nil {
			d.sim.referee.breach(0, "record %d: %v", r.Seq, err)
		}
		last = r.Seq
	}
	d.batch = d.batch[:0]
	return last
}

// behind is how old the oldest record is that is not on disk.
func (d *disk) behind() time.Duration {
	if len(d.batch) == 0 {
		return 0
	}
	return d.sim.now - d.begun
}

// finish writes all that waits, and ends the writer.
func (d *disk) finish() {
	d.batch = append(d.batch, d.waiting...)
	d.flush()
	d.life++
	d.waiting, d.seq = d.waiting[:0], 0
}

// crash ends the writer. The commit that is under way may have been in time.
func (d *disk) crash() {
	if d.sim.rand.IntN(2) == 0 {
		d.flush()
	}
	d.life++
	d.batch, d.waiting, d.seq = d.batch[:0], d.waiting[:0], 0
}

// add is what store.Append does with a row.
func (r *rows) add(row dialer.Row) error {
	switch x := row.(type) {
	case dialer.AttemptPlanned:
		if x.Attempt.ID != dialer.CallID(len(r.attempts)+1) {
			return fmt.Errorf("attempt %d is planned after attempt %d", x.Attempt.ID, len(r.attempts))
		}
		r.attempts = append(r.attempts, x.Attempt)
	case dialer.AttemptEnded:
		a := r.attempt(x.Attempt.ID)
		switch {
		case a == nil:
			return fmt.Errorf("attempt %d ends and is not there", x.Attempt.ID)
		case a.Outcome != dialer.Unsettled:
			return fmt.Errorf("attempt %d ends as %s and was %s already", x.Attempt.ID, x.Attempt.Outcome, a.Outcome)
		case x.Attempt.Outcome == dialer.Unsettled:
			return fmt.Errorf("attempt %d ends without an outcome", x.Attempt.ID)
		}
		*a = x.Attempt
	case dialer.LeadChanged:
		l := x.Lead
		if l.State == dialer.LeadReady || l.State == dialer.LeadDialing {
			l.State = dialer.LeadWaiting // positions in memory
		}
		r.leads[l.ID-1] = l
	case dialer.SwitchChanged:
		r.switches = slices.DeleteFunc(r.switches, func(s dialer.SwitchChanged) bool { return s.Kind == x.Kind && s.Name == x.Name })
		r.switches = append(r.switches, x)
	case dialer.DNCKept:
		r.changeDNC(x.DNCChange)
	case dialer.LoanTaken:
		r.loans = append(r.loans, x.Loan)
	case dialer.LoanReturned:
		at := slices.Index(r.loans, x.Loan)
		if at < 0 {
			return fmt.Errorf("%s of %s in queue %s is returned and was not taken", x.Loan.Field, x.Loan.Interface, x.Loan.Queue)
		}
		r.loans = slices.Delete(r.loans, at, at+1)
	case dialer.SnapshotTaken:
		r.snapshot = x.Snapshot
	}
	return nil
}

func (r *rows) attempt(id dialer.CallID) *dialer.Attempt {
	if id < 1 || int(id) > len(r.attempts) {
		return nil
	}
	return &r.attempts[id-1]
}

// numbers is store.NumberHistory: what the attempts of the last seven days say of each number, in the
// order of the wall clock.
func (r *rows) numbers(now time.Time) (all []dialer.NumberHistory) {
	at := map[phone.Number]int{}
	byTime := slices.Clone(r.attempts)
	slices.SortStableFunc(byTime, func(a, b dialer.Attempt) int { return a.Planned.Compare(b.Planned) })
	for _, a := range byTime {
		if now.Sub(a.Planned) > 7*24*time.Hour {
			continue
		}
		i, known := at[a.Number]
		if !known {
			i = len(all)
			at[a.Number] = i
			all = append(all, dialer.NumberHistory{Number: a.Number})
		}
		h := &all[i]
		h.Last = a.Planned
		if a.Outcome.Counts() && now.Sub(a.Planned) <= 48*time.Hour {
			h.Counted = append(h.Counted, a.Planned)
		}
		if a.Unserved() {
			h.Abandoned = a.Planned
		}
		if a.CallerID != 0 && a.Outcome != dialer.Cancelled {
			h.Shown = a.CallerID
		}
	}
	return all
}

// split parts the attempts into those without an outcome and those of the last day that are over.
func (r *rows) split(now time.Time) (open, recent []dialer.Attempt) {
	for _, a := range r.attempts {
		switch {
		case a.Outcome == dialer.Unsettled:
			open = append(open, a)
		case now.Sub(a.Planned) <= 24*time.Hour:
			recent = append(recent, a)
		}
	}
	return open, recent
}
