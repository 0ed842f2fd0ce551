package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dialerd/dialer"
	"dialerd/store"
)

const (
	// loadAtOnce is how many leads are read in one query. The next are read when the loop has taken those: an answer
	// to the dialplan waits for a few milliseconds at the most.
	loadAtOnce = 2000
	// loadStep is how many of them the Dialer is told of in one event.
	loadStep = 250
	// loadReaders is how many read at once. Reading a lead takes twice as long as taking it into memory.
	loadReaders = 2
	// readAgain is how long after a failure something is read again.
	readAgain = 3 * time.Second
)

// loading brings the leads to the Dialer after the start, while it dials already: those first on which campaigns
// draw that run. What the Dialer knows already it leaves as it is, so that a lead that an import adds, or that is
// in a call, may come twice.
//
// An import that merges changes leads that may not have come yet. Between the reading of a page and its place in
// the inbox there is no such change, so none is undone by an older page; and since it may have moved the lead
// into a bucket that has been read, it is read once more at the end.
type loading struct {
	read    func(context.Context, store.LeadRange, int) ([]dialer.Lead, error)
	readIDs func(context.Context, []dialer.LeadID) ([]dialer.Lead, error)
	inbox   *inbox
	log     zerolog.Logger
	pause   time.Duration // before what failed is tried again
	merging *sync.RWMutex // held for writing by who changes leads in the store

	plan []store.LeadRange

	mu     sync.Mutex
	left   map[string]int // how many parts of the plan each bucket is still in
	names  []string       // of those buckets, in the order in which they come
	leads  int            // that were read
	merged []dialer.LeadID
	over   bool
}

// newLoading is what is to be loaded.
func (d *daemon) newLoading(spans []store.BucketSpan, wanted []string) *loading {
	l := &loading{read: d.store.LoadRange, readIDs: d.leadsOf, inbox: d.inbox, log: d.log, pause: readAgain, merging: &d.merging,
		plan: planLoading(spans, wanted), left: map[string]int{}}
	for _, part := range l.plan {
		for _, b := range part.Buckets {
			if l.left[b]++; l.left[b] == 1 {
				l.names = append(l.names, b)
			}
		}
	}
	l.over = len(l.plan) == 0
	return l
}

// leadsOf reads certain leads.
func (d *daemon) leadsOf(ctx context.Context, ids []dialer.LeadID) (leads []dialer.Lead, err error) {
	err = d.store.LoadLeads(ctx, store.LeadFilter{IDs: ids}, leadsAtOnce, func(part []dialer.Lead) error {
		leads = append(leads, part...)
		return nil
	})
	return leads, err
}

// run loads all there is, or until ctx ends.
func (l *loading) run(ctx context.Context) {
	if l.over {
		return
	}
	begun := time.Now()
	parts := make(chan store.LeadRange, len(l.plan))
	for _, part := range l.plan {
		parts <- part
	}
	close(parts)
	var readers sync.WaitGroup
	for range loadReaders {
		readers.Go(func() {
			for part := range parts {
				if l.load(ctx, part) {
					l.done(part)
				}
			}
		})
	}
	readers.Wait()
	if l.finish(ctx) {
		l.log.Info().Int("leads", l.leads).Dur("took", time.Since(begun)).Msg("all leads are loaded")
	}
}

// load brings one part of the plan; it is false when ctx ended before.
func (l *loading) load(ctx context.Context, part store.LeadRange) bool {
	for {
		page, ok := l.page(ctx, part)
		if !ok || !l.taken(ctx) {
			return false
		}
		if len(page) < loadAtOnce {
			return true
		}
		part.After = page[len(page)-1].ID
	}
}

// page reads the next leads of a part and puts them into the inbox.
func (l *loading) page(ctx context.Context, part store.LeadRange) ([]dialer.Lead, bool) {
	return persist(ctx, l.log, l.pause, unloaded, func() ([]dialer.Lead, error) {
		l.merging.RLock()
		defer l.merging.RUnlock()
		page, err := l.read(ctx, part, loadAtOnce)
		if err == nil {
			l.put(page)
		}
		return page, err
	})
}

const unloaded = "leads cannot be read; campaigns that draw on buckets that are not loaded call nobody"

func (l *loading) put(page []dialer.Lead) {
	l.mu.Lock()
	l.leads += len(page)
	l.mu.Unlock()
	for part := range slices.Chunk(page, loadStep) {
		l.inbox.put(item{event: dialer.LeadsLoaded{Leads: part}, stored: true})
	}
}

// taken waits until the loop has taken what is in the inbox.
func (l *loading) taken(ctx context.Context) bool {
	taken := make(chan struct{})
	l.inbox.put(item{read: func(*dialer.Dialer) { close(taken) }})
	select {
	case <-taken:
		return true
	case <-ctx.Done():
		return false
	}
}

// done tells the Dialer which buckets are left, when one is not any more. The last of them stay until finish.
func (l *loading) done(part store.LeadRange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(l.names)
	for _, b := range part.Buckets {
		l.left[b]--
	}
	l.names = slices.DeleteFunc(l.names, func(b string) bool { return l.left[b] == 0 })
	if n := len(l.names); n > 0 && n < before {
		l.inbox.put(item{event: dialer.BucketsLoading{Buckets: slices.Clone(l.names)}})
	}
}

// finish brings the leads that were merged meanwhile, a page at a time: there may be as many as there are. Nothing is
// left then.
func (l *loading) finish(ctx context.Context) bool {
	for {
		over, ok := persist(ctx, l.log, l.pause, unloaded, func() (bool, error) { return l.finishPage(ctx) })
		if over || !ok {
			return ok
		}
		if !l.taken(ctx) {
			return false
		}
	}
}

// finishPage brings some of them; it is over when none is left.
func (l *loading) finishPage(ctx context.Context) (over bool, err error) {
	l.merging.Lock()
	defer l.merging.Unlock()
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if some := l.merged[:min(len(l.merged), loadAtOnce)]; len(some) > 0 {
		leads, err := l.readIDs(ctx, some)
		if err != nil {
			return false, err
		}
		l.put(leads)
		l.merged = l.merged[len(some):]
	}
	if len(l.merged) > 0 {
		return false, nil
	}
	l.over, l.merged = true, nil
	l.inbox.put(item{event: dialer.BucketsLoading{}})
	return true, nil
}

// note takes down leads that were merged; merging is held.
func (l *loading) note(merged []dialer.Lead) {
	if l.over {
		return
	}
	for _, x := range merged {
		l.merged = append(l.merged, x.ID)
	}
}
