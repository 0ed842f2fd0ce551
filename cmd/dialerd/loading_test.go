package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"dialerd/dialer"
	"dialerd/store"
)

// loadingWorld is leads in a store that may fail, and a loop that writes down what it is told.
type loadingWorld struct {
	*loading
	log   bytes.Buffer
	mu    sync.Mutex
	leads map[string]dialer.LeadID // how many each bucket has; their ids begin at 1
	fails int                      // how many readings are going to
	told  []string
	known map[dialer.LeadID]int // how often each lead was told of
}

func newLoadingWorld(leads map[string]dialer.LeadID) *loadingWorld {
	w := &loadingWorld{leads: leads, known: map[dialer.LeadID]int{}}
	d := &daemon{inbox: newInbox(), log: zerolog.New(&w.log), store: &store.Store{}}
	var spans []store.BucketSpan
	for bucket, n := range leads {
		spans = append(spans, store.BucketSpan{Bucket: bucket, First: 1, Last: n})
	}
	slices.SortFunc(spans, func(a, b store.BucketSpan) int { return strings.Compare(a.Bucket, b.Bucket) })
	w.loading = d.newLoading(spans, nil)
	w.read, w.readIDs = w.readRange, w.readSome
	return w
}

func (w *loadingWorld) readRange(_ context.Context, of store.LeadRange, most int) (page []dialer.Lead, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fails--; w.fails >= 0 {
		return nil, errors.New("the disk fails")
	}
	for id := of.After + 1; id <= min(of.UpTo, w.leads[of.Buckets[0]]) && len(page) < most; id++ {
		page = append(page, dialer.Lead{ID: id, Bucket: of.Buckets[0]})
	}
	return page, nil
}

func (w *loadingWorld) readSome(_ context.Context, ids []dialer.LeadID) (leads []dialer.Lead, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fails--; w.fails >= 0 {
		return nil, errors.New("the disk fails again")
	}
	for _, id := range ids {
		leads = append(leads, dialer.Lead{ID: id, Bucket: "merged"})
	}
	return leads, nil
}

// serve is the loop, until ctx ends.
func (w *loadingWorld) serve(ctx context.Context) {
	for {
		select {
		case <-w.inbox.wake:
		case <-ctx.Done():
			return
		}
		for _, i := range w.inbox.take(nil, drainMost) {
			w.hear(i)
		}
	}
}

func (w *loadingWorld) hear(i item) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := i.event.(type) {
	case nil:
		i.read(nil)
	case dialer.LeadsLoaded:
		for _, l := range e.Leads {
			w.known[l.ID]++
		}
		text := fmt.Sprintf("%d of %s", len(e.Leads), e.Leads[0].Bucket)
		if !i.stored {
			text += ", to be recorded"
		}
		w.told = append(w.told, text)
	case dialer.BucketsLoading:
		w.told = append(w.told, fmt.Sprintf("left: %s", strings.Join(e.Buckets, " ")))
	}
}

// TestLoading: the Dialer is told of the leads bucket by bucket, in pieces, of each bucket that is there, and at the end
// that all are.
func TestLoading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w := newLoadingWorld(map[string]dialer.LeadID{"a": 700, "b": loadAtOnce})
		go w.serve(ctx)
		w.run(ctx)
		synctest.Wait()
		told := strings.Join(w.told, "\n")
		for _, want := range []string{"250 of a\n", "200 of a\n", "250 of b\n", "left: b\n"} {
			if !strings.Contains(told, want) {
				t.Errorf("%q was not told:\n%s", want, told)
			}
		}
		if w.told[len(w.told)-1] != "left: " || strings.Contains(told, "recorded") {
			t.Errorf("at the end:\n%s", told)
		}
		if !strings.Contains(w.log.String(), `"leads":2700`) {
			t.Error(w.log.String())
		}
	})
}

// TestLoadingHasRoom: no more is read while the loop is busy than it will take at once.
func TestLoadingHasRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := newLoadingWorld(map[string]dialer.LeadID{"a": 900_000})
		var running sync.WaitGroup
		running.Go(func() { w.run(ctx) })
		synctest.Wait()
		waiting := 0
		for _, i := range w.inbox.take(nil, 1_000_000) {
			if e, ok := i.event.(dialer.LeadsLoaded); ok {
				waiting += len(e.Leads)
			}
		}
		if waiting != loadReaders*loadAtOnce {
			t.Errorf("%d leads wait for the loop", waiting)
		}
		cancel() // and it ends at once, with most of the leads unread
		running.Wait()
		if w.over {
			t.Error("all is said to be there")
		}
	})
}

// TestLoadingTriesAgain: a disk that fails delays the leads, is logged once, and ends nothing.
func TestLoadingTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w := newLoadingWorld(map[string]dialer.LeadID{"a": 5000})
		w.fails = 5
		begun := time.Now()
		go w.serve(ctx)
		w.run(ctx)
		if took := time.Since(begun); took != 5*readAgain {
			t.Errorf("it took %v", took)
		}
		synctest.Wait()
		if len(w.known) != 5000 || strings.Count(w.log.String(), "the disk fails") != 1 || !strings.Contains(w.log.String(), "call nobody; it is tried again") {
			t.Errorf("%d leads are known\n%s", len(w.known), w.log.String())
		}
	})
}

// TestLoadingEndsWhileTheDiskFails: and while it waits to try again.
func TestLoadingEndsWhileTheDiskFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := newLoadingWorld(map[string]dialer.LeadID{"a": 5000})
		w.fails = 1 << 30
		var running sync.WaitGroup
		running.Go(func() { w.run(ctx) })
		time.Sleep(10*readAgain + time.Second) // of the bubble
		cancel()
		begun := time.Now()
		running.Wait()
		if took := time.Since(begun); took != 0 {
			t.Errorf("it ended after %v", took)
		}
	})
}

// TestMergedWhileLoading: a lead that an import has changed meanwhile comes once more at the end, whatever bucket it is
// in by then, and also when reading it fails at first; one that was changed later does not.
func TestMergedWhileLoading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w := newLoadingWorld(map[string]dialer.LeadID{"a": 900})
		merge := func(id dialer.LeadID) {
			w.merging.Lock()
			defer w.merging.Unlock()
			w.note([]dialer.Lead{{ID: id}})
		}
		merge(77)
		merge(4000)
		go w.serve(ctx)
		w.run(ctx)
		merge(88)
		synctest.Wait()
		if w.known[77] != 2 || w.known[4000] != 1 || w.known[88] != 1 {
			t.Errorf("told of 77 %d times, of 4000 %d times, of 88 %d times", w.known[77], w.known[4000], w.known[88])
		}
		if n := len(w.told); w.told[n-2] != "2 of merged" || w.told[n-1] != "left: " {
			t.Errorf("%q", w.told)
		}
	})
}

// TestManyMergedWhileLoading: a list that changes all leads just then is read page by page, too, and none is left out.
func TestManyMergedWhileLoading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := newLoadingWorld(map[string]dialer.LeadID{"a": 3})
	many := make([]dialer.Lead, 2*loadAtOnce+7)
	for i := range many {
		many[i].ID = dialer.LeadID(i + 1)
	}
	w.note(many)
	var reads []int
	w.readIDs = func(ctx context.Context, ids []dialer.LeadID) ([]dialer.Lead, error) {
		reads = append(reads, len(ids))
		return w.readSome(ctx, ids)
	}
	go w.serve(ctx)
	if w.run(ctx); !w.over || !w.taken(ctx) {
		t.Fatal("it does not end")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if want := []int{loadAtOnce, loadAtOnce, 7}; !slices.Equal(reads, want) || len(w.known) != len(many) {
		t.Errorf("%d of %d leads came, in pages of %v; want %v", len(w.known), len(many), reads, want)
	}
}

// TestPageIsNotOvertaken: an import that merges, and comes while a page is being read, comes behind it in the inbox too.
func TestPageIsNotOvertaken(t *testing.T) {
	w := newLoadingWorld(map[string]dialer.LeadID{"a": 900})
	merged := make(chan struct{})
	w.read = func(ctx context.Context, of store.LeadRange, most int) ([]dialer.Lead, error) {
		go func() {
			defer close(merged)
			w.merging.Lock()
			defer w.merging.Unlock()
			w.inbox.put(item{event: dialer.LeadsMerged{}})
		}()
		for w.merging.TryRLock() { // until it waits
			w.merging.RUnlock()
			select {
			case <-merged: // nothing has kept it
				return w.readRange(ctx, of, most)
			default:
				runtime.Gosched()
			}
		}
		return w.readRange(ctx, of, most)
	}
	if _, ok := w.page(t.Context(), w.plan[0]); !ok {
		t.Fatal("there is no page")
	}
	<-merged
	var order []string
	for _, i := range w.inbox.take(nil, 100) {
		order = append(order, fmt.Sprintf("%T", i.event))
	}
	if want := []string{"dialer.LeadsLoaded", "dialer.LeadsLoaded", "dialer.LeadsLoaded", "dialer.LeadsLoaded", "dialer.LeadsMerged"}; !slices.Equal(order, want) {
		t.Errorf("%q", order)
	}
}

// TestStartWithLeads: a daemon that starts has all leads soon, in a recording are those alone that something has
// touched, and it replays.
func TestStartWithLeads(t *testing.T) {
	dir := startDir(t, 3)
	crowdStore(t, dir, 12_000, "i % 4")
	recording := filepath.Join(t.TempDir(), "day.rec")
	d, err := newDaemon(dir, recording, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	s := runDaemon(t, d)
	s.until(time.Now(), 1)
	if n := s.leads(); n != 12_000 {
		t.Errorf("%d leads are there", n)
	}
	if n, err := d.editLeads(t.Context(), dialer.LeadEdit{Leads: []dialer.LeadID{5, 6, 99_999}, What: dialer.EditHold}); n != 2 || err != nil {
		t.Errorf("%d leads are held: %v", n, err)
	}
	s.end()
	var out, errs bytes.Buffer
	if code := execute(context.Background(), []string{"replay", recording}, &out, &errs); code != 0 || !strings.Contains(out.String(), "leads=2 different=0") {
		t.Errorf("exit %d: %.3000s%s", code, out.String(), errs.String())
	}
}

// TestEndWhileLoading: a daemon that is told to end while leads are being read ends.
func TestEndWhileLoading(t *testing.T) {
	dir := startDir(t, 1)
	crowdStore(t, dir, 5000, "0")
	d, err := newDaemon(dir, "", zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	reading := make(chan struct{})
	d.loading.read = func(ctx context.Context, _ store.LeadRange, _ int) ([]dialer.Lead, error) {
		close(reading)
		<-ctx.Done() // a disk that never answers
		return nil, ctx.Err()
	}
	s := runDaemon(t, d)
	<-reading
	s.end()
}
