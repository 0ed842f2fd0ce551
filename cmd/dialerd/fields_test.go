package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"dialerd/dialer"
)

// fieldsWorld is a fieldsReader and a store that is as fast as it is told to be.
type fieldsWorld struct {
	*fieldsReader
	log   bytes.Buffer
	fails int
	held  chan struct{} // nil: the store answers at once
	read  [][]dialer.LeadVersion
}

func newFieldsWorld() *fieldsWorld {
	w := &fieldsWorld{}
	w.fieldsReader = newFieldsReader(w.answerFields, newInbox(), zerolog.New(&w.log))
	return w
}

func (w *fieldsWorld) answerFields(ctx context.Context, leads []dialer.LeadVersion) (fields []dialer.LeadFields, err error) {
	if w.held != nil {
		select {
		case <-w.held:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if w.fails--; w.fails >= 0 {
		return nil, errors.New("the disk fails")
	}
	w.read = append(w.read, leads)
	for _, l := range leads {
		if l.Lead%10 != 0 { // else it was deleted
			fields = append(fields, dialer.LeadFields{LeadVersion: l, Name: "Anna"})
		}
	}
	return fields, nil
}

// fetched is what the inbox has, by lead.
func (w *fieldsWorld) fetched() map[dialer.LeadID]int64 {
	versions := map[dialer.LeadID]int64{}
	for _, i := range w.inbox.take(nil, 10_000) {
		for _, f := range i.event.(dialer.FieldsFetched).Fields {
			versions[f.Lead] = f.Version
		}
	}
	return versions
}

func versions(first, last dialer.LeadID, version int64) (leads []dialer.LeadVersion) {
	for id := first; id <= last; id++ {
		leads = append(leads, dialer.LeadVersion{Lead: id, Version: version})
	}
	return leads
}

// TestFieldsAreFetched: what is wanted comes with its version, hundreds in one query; what was wanted again before it was
// read comes once, with the newer one.
func TestFieldsAreFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := newFieldsWorld()
		w.want(versions(1, 1200, 1))
		w.want(versions(600, 650, 2))
		var running sync.WaitGroup
		running.Go(func() { w.run(ctx) })
		synctest.Wait()
		got := w.fetched()
		if len(w.read) != 3 || len(w.read[0]) != fieldsAtOnce || len(got) != 1080 || got[1] != 1 || got[601] != 2 || got[651] != 1 {
			t.Errorf("%d queries, %d leads, versions %d, %d, %d", len(w.read), len(got), got[1], got[601], got[651])
		}
		w.want(versions(1, 1, 3))
		synctest.Wait()
		if got := w.fetched(); len(got) != 1 || got[1] != 3 {
			t.Errorf("then %v", got)
		}
		cancel()
		running.Wait()
	})
}

// TestFieldsOfASlowDisk: who wants something never waits, and what waits is bounded: the oldest gives way.
func TestFieldsOfASlowDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := newFieldsWorld()
		w.held = make(chan struct{})
		var running sync.WaitGroup
		running.Go(func() { w.run(ctx) })
		w.want(versions(1, 1, 1))
		synctest.Wait()
		for from := dialer.LeadID(1000); from < 301_000; from += 5000 {
			w.want(versions(from, from+4999, 1))
		}
		if len(w.order) != fieldsMost || len(w.wanted) != fieldsMost {
			t.Errorf("%d wait, %d are known", len(w.order), len(w.wanted))
		}
		close(w.held)
		synctest.Wait()
		got := w.fetched()
		if got[1] == 0 || got[300_999] == 0 || got[100_999] != 0 || got[101_001] == 0 {
			t.Errorf("%d leads have come", len(got))
		}
		cancel()
		running.Wait()
	})
}

// TestFieldsOfAFailingDisk: it is tried again, and logged once; the end does not wait for it.
func TestFieldsOfAFailingDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := newFieldsWorld()
		w.fails = 3
		var running sync.WaitGroup
		running.Go(func() { w.run(ctx) })
		w.want(versions(1, 5, 1))
		time.Sleep(3*readAgain - 1) // of the bubble
		if got := w.fetched(); len(got) != 0 {
			t.Errorf("before: %v", got)
		}
		time.Sleep(2 * time.Nanosecond)
		if got := w.fetched(); len(got) != 5 || strings.Count(w.log.String(), "the disk fails") != 1 {
			t.Errorf("after: %v\n%s", got, w.log.String())
		}
		w.fails = 1 << 30
		w.want(versions(1, 5, 2))
		synctest.Wait()
		cancel()
		running.Wait()
	})
}
