package sim

import (
	"time"

	"dialerd/dialer"
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
		if _, deleted := r.Row.(dialer.LeadDeleted); deleted && d.sim.scenario.plant == plantDelete {
			continue
		}
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
