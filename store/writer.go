package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"dialerd/dialer"
)

// ErrStopped is the error of asking a Writer that has ended.
var ErrStopped = errors.New("store: the writer has ended")

// ErrCrowded is the error of an import while too many others wait for the disk.
var ErrCrowded = errors.New("store: too many imports wait for the disk already: try again when they are done")

// Room is how many records may wait for the disk before a Writer asks for no more calls: with three
// records to an attempt, minutes of dialing. They take some 30 MB.
const Room = 100_000

const (
	// commitMost is how many records go into one commit, so that it takes some hundredths of a second
	// and what waits behind a long queue is not held up by all of it. One Put is never torn.
	commitMost = 2000
	// jobsRoom is how many imports may wait, each with the leads of a request in memory.
	jobsRoom = 64
)

// What a Writer does about a failing disk: it tries again after firstDelay, then after twice as
// long, up to lastDelay; and when it is to end, for no longer than drainTime.
const (
	firstDelay = 10 * time.Millisecond
	lastDelay  = time.Second
	drainTime  = 10 * time.Second
)

// Report is what a Writer tells; a nil function is not called. They are called on the Writer's
// goroutine, in order, and nothing is written until they return, nor does Run end.
type Report struct {
	Committed func(seq int64) // all Records up to and including seq are on disk
	Failed    func(err error) // writing fails, for a new reason; it is being tried again
	Recovered func()          // writing succeeds again
}

// Writer commits records in the order they are put, all that wait in one transaction up to some
// thousands, so that one write to the disk serves many calls. A record that cannot be written is kept and
// tried again, and everything behind it waits, whatever the reason is: none is ever passed over, because what
// is acknowledged after it was made in the belief that it happened. What was put before it is written.
type Writer struct {
	store  *Store
	report Report
	room   int
	wake   chan struct{} // capacity 1: something waits

	mu      sync.Mutex // held for moments only, never while writing
	waiting []dialer.Record
	batch   []dialer.Record // taken from waiting, to be written commit by commit
	spare   []dialer.Record // what batch is a part of: the next waiting
	puts    []int           // how many records each Put had of which none is on disk
	jobs    []*job
	ended   bool

	failure string // what was last reported as failed; empty while all is well; only Run's
}

// job is something else to be done on the connection that writes.
type job struct {
	ctx  context.Context
	do   func(*sql.Tx) error
	done chan error // capacity 1
}

// NewWriter makes the Writer of a store. A store has one; it begins when Run is called.
func NewWriter(s *Store, report Report) *Writer {
	return &Writer{store: s, report: report, room: Room, wake: make(chan struct{}, 1)}
}

// Put takes records to be written, in one transaction, and never waits. It is false when more than Room of them wait:
// these were taken all the same, because a gap in the sequence could not be mended, but the disk
// does not keep up and no more calls must be planned until Put is true again. It is also false
// after Run has ended; then nothing is taken. The slice stays the caller's; what the rows in it
// point to must not be changed any more.
func (w *Writer) Put(records []dialer.Record) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return false
	}
	if len(records) > 0 {
		w.waiting = append(w.waiting, records...)
		w.puts = append(w.puts, len(records))
		w.nudge()
	}
	return len(w.waiting)+len(w.batch) <= w.room
}

// Waiting is how many records were put and are not on disk yet.
func (w *Writer) Waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting) + len(w.batch)
}

// ImportLeads is Store.ImportLeads between the commits of records, which wait for no more than
// some thousand leads. While records cannot be written it waits, until ctx ends; it is ErrCrowded when many
// others do.
func (w *Writer) ImportLeads(ctx context.Context, leads []NewLead) ([]ImportResult, error) {
	return importLeads(ctx, leads, importChunk, w.do)
}

// do runs a job and waits for its end. A job that has begun is not cut short by ctx.
func (w *Writer) do(ctx context.Context, do func(*sql.Tx) error) error {
	j := &job{ctx: ctx, do: do, done: make(chan error, 1)}
	w.mu.Lock()
	if w.ended {
		w.mu.Unlock()
		return ErrStopped
	}
	if len(w.jobs) >= jobsRoom {
		w.mu.Unlock()
		return ErrCrowded
	}
	w.jobs = append(w.jobs, j)
	w.nudge()
	w.mu.Unlock()
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
	}
	if w.withdraw(j) {
		return ctx.Err()
	}
	return <-j.done
}

// withdraw takes back a job that has not begun.
func (w *Writer) withdraw(j *job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, queued := range w.jobs {
		if queued == j {
			w.jobs = append(w.jobs[:i], w.jobs[i+1:]...)
			return true
		}
	}
	return false
}

// nudge tells Run that something waits; w.mu is held.
func (w *Writer) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run writes until ctx ends, then writes what still waits, for up to 10 seconds if that fails. Its
// error says which records are not on disk, and why. It is called once.
//
// A write that hangs in the kernel cannot be given up: Run then ends when the disk answers.
func (w *Writer) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		wrote := w.write(ctx)
		ran := ctx.Err() == nil && w.runJob()
		if wrote || ran {
			continue
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
		}
	}
	w.end()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	for w.write(drain) {
	}
	return w.unwritten()
}

// write makes one commit, however often it takes to succeed. It is false when nothing waits, or when ctx
// ended before it was done; the next write tries the same again.
func (w *Writer) write(ctx context.Context) bool {
	part := w.take()
	if len(part) == 0 {
		return false
	}
	for delay := firstDelay; ; delay = min(2*delay, lastDelay) {
		err := w.store.Append(context.WithoutCancel(ctx), part)
		if err == nil {
			break
		}
		if misfit := (*RecordError)(nil); errors.As(err, &misfit) {
			if before := w.whole(misfit.Index); before > 0 {
				part = part[:before] // what was put before it is not held up
				continue
			}
		}
		w.fail(err)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return false
		}
	}
	w.succeed(part)
	return true
}

// take is what the next commit is of. All that waits is moved into the batch when that is empty.
func (w *Writer) take() []dialer.Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.batch) == 0 {
		w.batch, w.waiting = w.waiting, w.spare[:0]
		w.spare = w.batch
	}
	if len(w.batch) == 0 {
		return nil
	}
	return w.batch[:max(w.puts[0], sumUpTo(w.puts, min(len(w.batch), commitMost)))]
}

// whole is how many of the first n records are of Puts that are among them as a whole.
func (w *Writer) whole(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return sumUpTo(w.puts, n)
}

// sumUpTo adds up the first sizes, as long as that is no more than most.
func sumUpTo(sizes []int, most int) (sum int) {
	for _, size := range sizes {
		if sum+size > most {
			break
		}
		sum += size
	}
	return sum
}

// succeed takes a part off the batch, which is on disk now.
func (w *Writer) succeed(part []dialer.Record) {
	seq := part[len(part)-1].Seq
	w.mu.Lock()
	for left := len(part); left > 0; w.puts = w.puts[1:] {
		left -= w.puts[0]
	}
	w.batch = w.batch[len(part):]
	clear(part) // so that the rows can be collected; the slice is used again
	w.mu.Unlock()
	if w.failure != "" {
		w.failure = ""
		if w.report.Recovered != nil {
			w.report.Recovered()
		}
	}
	if w.report.Committed != nil {
		w.report.Committed(seq)
	}
}

func (w *Writer) fail(err error) {
	if err.Error() == w.failure {
		return
	}
	w.failure = err.Error()
	if w.report.Failed != nil {
		w.report.Failed(err)
	}
}

// runJob runs the job that has waited longest; false when none has.
func (w *Writer) runJob() bool {
	w.mu.Lock()
	if len(w.jobs) == 0 {
		w.mu.Unlock()
		return false
	}
	j := w.jobs[0]
	w.jobs = w.jobs[1:]
	w.mu.Unlock()
	j.done <- w.store.transact(j.ctx, j.do)
	return true
}

// end takes no more records and jobs, and turns the waiting jobs away.
func (w *Writer) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	for _, j := range w.jobs {
		j.done <- ErrStopped
	}
	w.jobs = nil
}

func (w *Writer) unwritten() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := append(w.batch[:len(w.batch):len(w.batch)], w.waiting...)
	if len(left) == 0 {
		return nil
	}
	return fmt.Errorf("store: %d records, %d to %d, were not written within %v: %s",
		len(left), left[0].Seq, left[len(left)-1].Seq, drainTime, w.failure)
}
