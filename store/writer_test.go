package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dialerd/dialer"
)

// running is a Writer under test with what it has reported.
type running struct {
	*Writer
	store *Store
	stop  context.CancelFunc
	ended chan error

	mu        sync.Mutex
	committed []int64
	states    []string
	changed   *sync.Cond
}

// start runs a Writer on a store until the test ends.
func start(t *testing.T, s *Store) *running {
	r := &running{store: s, ended: make(chan error, 1)}
	r.changed = sync.NewCond(&r.mu)
	r.Writer = NewWriter(s, Report{
		Committed: func(seq int64) { r.note(func() { r.committed = append(r.committed, seq) }) },
		Failed:    func(err error) { r.note(func() { r.states = append(r.states, err.Error()) }) },
		Recovered: func() { r.note(func() { r.states = append(r.states, "recovered") }) },
	})
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	go func() { r.ended <- r.Run(ctx) }()
	return r
}

func (r *running) note(what func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	what()
	r.changed.Broadcast()
}

// until waits for a condition on what was reported.
func (r *running) until(done func() bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !done() {
		r.changed.Wait()
	}
}

func (r *running) untilCommitted(seq int64) {
	r.until(func() bool { return len(r.committed) > 0 && r.committed[len(r.committed)-1] >= seq })
}

// end stops the Writer and returns what Run did.
func (r *running) end() error {
	r.stop()
	return <-r.ended
}

// fill makes the disk full: no page can be added. The returned function makes room again.
func fill(t *testing.T, s *Store) (room func()) {
	t.Helper()
	limit := func(pages int) {
		var now int
		if err := s.write.QueryRow(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)).Scan(&now); err != nil {
			t.Error(err)
		}
	}
	limit(1) // SQLite takes the present size for less
	return func() { limit(1 << 30) }
}

// bulky is attempt seq with so much text that it needs pages of its own.
func bulky(seq int64) dialer.Record {
	a := planned(seq)
	a.Campaign = repeat("x", 20_000)
	return dialer.Record{Seq: seq, Row: dialer.AttemptPlanned{Attempt: a}}
}

// The lock of another connection stands for a disk that does not answer. Put must return while it
// is held, or this test would never get to releasing it.
func TestPutNeverWaits(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	other, err := sql.Open("sqlite3", s.Path()+"?_txlock=immediate")
	mustDo(t, err)
	defer other.Close()
	held, err := other.Begin()
	mustDo(t, err)

	w := start(t, s)
	for seq := int64(1); seq <= 5000; seq++ {
		if !w.Put(plans(seq, seq)) {
			t.Fatalf("no room for record %d", seq)
		}
	}
	same(t, "waiting", w.Waiting(), 5000)
	mustDo(t, held.Rollback())
	w.untilCommitted(5000)
	mustDo(t, w.end())
	last, most := int64(0), 2+5000/commitMost
	for _, seq := range w.committed {
		if seq-last > commitMost {
			t.Errorf("one commit is of %d records, %d are the most", seq-last, commitMost)
		}
		last = seq
	}
	if len(w.committed) > most {
		t.Errorf("what waited was committed in %d transactions, %v: want %d at the most", len(w.committed), w.committed, most)
	}
	same(t, "attempts on disk", len(attempts(t, &s.Reader, AttemptFilter{})), 5000)
	same(t, "waiting", w.Waiting(), 0)
}

func TestCommittedComesInOrder(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	w := start(t, s)
	const records = 3 * commitMost
	release := lockDatabase(t, s) // so that many wait
	for seq := int64(1); seq <= records; seq += 3 {
		w.Put(plans(seq, seq+2))
	}
	w.Put(plans(records+1, records+3*commitMost)) // more than one commit should have
	release()
	w.untilCommitted(records + 3*commitMost)
	mustDo(t, w.end())
	last := int64(0)
	for _, seq := range w.committed {
		if seq <= last || seq%3 != 0 || seq > records && seq != records+3*commitMost {
			t.Fatalf("committed %v: not in order, or a Put was torn", w.committed)
		}
		last = seq
	}
	same(t, "states", w.states, []string(nil))
}

func TestPutOverTheBound(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	w := NewWriter(s, Report{})
	w.room = 10
	for seq := int64(1); seq <= 12; seq++ {
		if got := w.Put(plans(seq, seq)); got != (seq <= 10) {
			t.Errorf("Put of record %d is %v", seq, got)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	mustDo(t, w.Run(ctx)) // drains
	same(t, "attempts on disk: those over the bound are kept", len(attempts(t, &s.Reader, AttemptFilter{})), 12)
	if w.Put(plans(13, 13)) {
		t.Error("a Writer that has ended takes records")
	}
	same(t, "waiting", w.Waiting(), 0)
}

func TestOrderIsKeptOverFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openTemp(t)
		addLeads(t, s, 1)
		w := start(t, s)
		w.Put(plans(1, 3))
		w.untilCommitted(3)
		for round := range int64(3) {
			first := 4 + 10*round
			room := fill(t, s)
			w.Put([]dialer.Record{bulky(first)})
			w.until(func() bool { return len(w.states) == int(2*round+1) })
			for seq := first + 1; seq < first+10; seq++ {
				w.Put(plans(seq, seq))
			}
			time.Sleep(time.Minute) // of the bubble's time: many tries fail, of which one is reported
			room()
			w.untilCommitted(first + 9)
		}
		mustDo(t, w.end())
		for i, state := range w.states {
			if failed := strings.Contains(state, "database or disk is full: make room"); failed != (i%2 == 0) || !failed && state != "recovered" {
				t.Errorf("report %d is %q", i, state)
			}
		}
		same(t, "reports", len(w.states), 6)
		for i, a := range attempts(t, &s.Reader, AttemptFilter{}) {
			if int64(a.ID) != int64(i+1) {
				t.Fatalf("attempt %d is in place %d", a.ID, i+1)
			}
		}
		same(t, "attempts on disk", len(attempts(t, &s.Reader, AttemptFilter{})), 33)
		mustDo(t, s.Close())
	})
}

// A new reason is told, the same one is not told again.
func TestNewReasonIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openTemp(t)
		w := start(t, s)
		room := fill(t, s)
		w.Put([]dialer.Record{bulky(1)})
		w.until(func() bool { return len(w.states) == 1 })
		addLeads(t, s, 1) // it had no lead; now only room is missing
		w.until(func() bool { return len(w.states) == 2 })
		if !strings.Contains(w.states[0], "record 1 (attempt 1 planned): FOREIGN KEY") || !strings.Contains(w.states[1], "disk is full") {
			t.Errorf("the reasons are %q", w.states)
		}
		room()
		w.untilCommitted(1)
		mustDo(t, w.end())
		same(t, "the last state", w.states[2:], []string{"recovered"})
		mustDo(t, s.Close())
	})
}

func TestRunSaysWhatWasNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openTemp(t)
		addLeads(t, s, 1)
		w := start(t, s)
		fill(t, s)
		w.Put([]dialer.Record{bulky(1)})
		w.until(func() bool { return len(w.states) == 1 })
		w.Put(plans(2, 7))
		begun := time.Now()
		err := w.end()
		if err == nil || !strings.Contains(err.Error(), "7 records, 1 to 7, were not written within 10s: store: "+s.Path()) ||
			!strings.Contains(err.Error(), "disk is full") {
			t.Errorf("the error of Run: %v", err)
		}
		if took := time.Since(begun); took < drainTime || took > drainTime+lastDelay {
			t.Errorf("Run drained for %v", took)
		}
		same(t, "committed", w.committed, []int64(nil))
		mustDo(t, s.Close())
	})
}

// A disk that comes back while Run drains is written to.
func TestDrainRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openTemp(t)
		addLeads(t, s, 1)
		w := start(t, s)
		room := fill(t, s)
		w.Put([]dialer.Record{bulky(1)})
		w.until(func() bool { return len(w.states) == 1 })
		w.Put(plans(2, 7))
		w.stop()
		time.Sleep(drainTime / 2)
		room()
		mustDo(t, <-w.ended)
		same(t, "committed", w.committed, []int64{1, 7})
		mustDo(t, s.Close())
	})
}

func TestImportBesideRecords(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	w := start(t, s)
	leads := make([]NewLead, 4*importChunk)
	for i := range leads {
		leads[i] = numbered(i + 2)
	}
	imported := make(chan error)
	go func() {
		results, err := w.ImportLeads(t.Context(), leads)
		if err == nil && (len(results) != len(leads) || results[len(leads)-1].Lead != dialer.LeadID(len(leads)+1)) {
			err = fmt.Errorf("%d results, the last %+v", len(results), results[len(results)-1])
		}
		imported <- err
	}()
	seq := int64(0)
	for done := false; !done; {
		seq++
		w.Put(plans(seq, seq))
		w.untilCommitted(seq)
		select {
		case err := <-imported:
			mustDo(t, err)
			done = true
		default:
		}
	}
	mustDo(t, w.end())
	same(t, "states", w.states, []string(nil))
	same(t, "attempts on disk", int64(len(attempts(t, &s.Reader, AttemptFilter{}))), seq)
	if _, err := w.ImportLeads(t.Context(), leads); !errors.Is(err, ErrStopped) {
		t.Errorf("an import after the end: %v", err)
	}
}

// While nothing can be written an import waits, for as long as its asker does.
func TestImportIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openTemp(t)
		addLeads(t, s, 1)
		w := start(t, s)
		room := fill(t, s)
		w.Put([]dialer.Record{bulky(1)})
		w.until(func() bool { return len(w.states) == 1 })
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err := w.ImportLeads(ctx, []NewLead{numbered(2)}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an import that is given up: %v", err)
		}
		waits := make(chan error)
		go func() {
			_, err := w.ImportLeads(t.Context(), []NewLead{numbered(3)})
			waits <- err
		}()
		synctest.Wait()
		w.stop()
		if err := <-waits; !errors.Is(err, ErrStopped) {
			t.Errorf("an import that waits when the Writer ends: %v", err)
		}
		room()
		mustDo(t, <-w.ended)
		same(t, "leads on disk", len(loaded(t, &s.Reader, LeadFilter{}, 10)), 1)
		mustDo(t, s.Close())
	})
}
