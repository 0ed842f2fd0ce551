package main

import (
	"context"
	"sync"
	"time"

	"dialerd/dialer"
)

// lookShare is how many times as long as a look takes the loop is left to its calls before the next
// one: a look walks all leads.
const lookShare = 4

// lookRest is the longest that is: somebody waits.
const lookRest = time.Second

// looks shares a look at the Dialer among all who ask at once. Each sees a state that is no older than
// his question.
type looks struct {
	read func(context.Context, func(*dialer.Dialer)) error
	turn chan struct{} // capacity 1: held by the look under way

	mu   sync.Mutex
	next *look // that newcomers join; nil: none has been asked for

	rest time.Time // no look before; whoever has the turn
}

// look is one of them.
type look struct {
	done   chan struct{}
	status dialer.Status
	err    error
}

func newLooks(read func(context.Context, func(*dialer.Dialer)) error) *looks {
	return &looks{read: read, turn: make(chan struct{}, 1)}
}

// join is the look that a newcomer waits for. When first is set it is his to run.
func (k *looks) join() (l *look, first bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.next == nil {
		k.next, first = &look{done: make(chan struct{})}, true
	}
	return k.next, first
}

// run takes a look when its turn has come. It ends with ctx, which is not that of one who asked:
// others wait, too.
func (k *looks) run(ctx context.Context, l *look) {
	defer close(l.done)
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
	}
	select {
	case <-time.After(time.Until(k.rest)):
	case <-ctx.Done():
	}
	k.mu.Lock()
	k.next = nil
	k.mu.Unlock()
	if l.err = ctx.Err(); l.err != nil {
		return
	}
	began := time.Now()
	l.err = k.read(ctx, func(d *dialer.Dialer) { l.status = d.Status() })
	k.rest = time.Now().Add(min(lookShare*time.Since(began), lookRest))
}
