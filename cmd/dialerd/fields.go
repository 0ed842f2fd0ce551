package main

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dialerd/dialer"
)

const (
	// fieldsAtOnce is how many leads are read in one query.
	fieldsAtOnce = 500
	// fieldsMost is how many leads may wait for being read. Those that have waited longest give way: a call whose
	// lead's name has not come goes out without it.
	fieldsMost = 200_000
)

// fieldsReader reads what the Dialer wants of leads that are about to be called. A disk that is slow, or fails,
// delays it and nothing else.
type fieldsReader struct {
	fetch func(context.Context, []dialer.LeadVersion) ([]dialer.LeadFields, error)
	inbox *inbox
	log   zerolog.Logger
	pause time.Duration // before what failed is tried again
	wake  chan struct{} // capacity 1: something is wanted

	mu     sync.Mutex
	wanted map[dialer.LeadID]int64 // the version
	order  []dialer.LeadID
}

func newFieldsReader(fetch func(context.Context, []dialer.LeadVersion) ([]dialer.LeadFields, error), inbox *inbox, log zerolog.Logger) *fieldsReader {
	return &fieldsReader{fetch: fetch, inbox: inbox, log: log, pause: readAgain, wake: make(chan struct{}, 1), wanted: map[dialer.LeadID]int64{}}
}

// want never waits. What is wanted of a lead that waits already takes the place of what was wanted before.
func (f *fieldsReader) want(leads []dialer.LeadVersion) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range leads {
		if _, waits := f.wanted[l.Lead]; !waits {
			f.order = append(f.order, l.Lead)
		}
		f.wanted[l.Lead] = l.Version
	}
	for len(f.order) > fieldsMost {
		delete(f.wanted, f.order[0])
		f.order = f.order[1:]
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// next is the leads that have waited longest; none when none waits.
func (f *fieldsReader) next() (leads []dialer.LeadVersion) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := min(len(f.order), fieldsAtOnce)
	for _, id := range f.order[:n] {
		leads = append(leads, dialer.LeadVersion{Lead: id, Version: f.wanted[id]})
		delete(f.wanted, id)
	}
	if f.order = f.order[n:]; len(f.order) == 0 {
		f.order = nil
	}
	return leads
}

// run reads until ctx ends.
func (f *fieldsReader) run(ctx context.Context) {
	for {
		select {
		case <-f.wake:
		case <-ctx.Done():
			return
		}
		for leads := f.next(); len(leads) > 0 && ctx.Err() == nil; leads = f.next() {
			f.answer(ctx, leads)
		}
	}
}

// answer reads the fields of some leads, however often it takes.
func (f *fieldsReader) answer(ctx context.Context, leads []dialer.LeadVersion) {
	fields, ok := persist(ctx, f.log, f.pause, "names and attributes of leads cannot be read; calls go out without them", func() ([]dialer.LeadFields, error) {
		return f.fetch(ctx, leads)
	})
	if ok && len(fields) > 0 {
		f.inbox.put(item{event: dialer.FieldsFetched{Fields: fields}})
	}
}

// persist reads something again and again until it succeeds; it is false when ctx ended before. A reason is logged when
// it is another than the last time.
func persist[T any](ctx context.Context, log zerolog.Logger, pause time.Duration, what string, read func() (T, error)) (got T, ok bool) {
	for said := ""; ; {
		got, err := read()
		switch {
		case err == nil:
			return got, true
		case ctx.Err() != nil:
			return got, false
		case err.Error() != said:
			said = err.Error()
			log.Error().Err(err).Msg(what + "; it is tried again every few seconds")
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return got, false
		}
	}
}
