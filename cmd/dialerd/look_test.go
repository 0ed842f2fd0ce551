package main

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dialerd/dialer"
)

// TestLooksAreShared: however many ask for the status, the loop is left to its calls most of the time,
// and nobody is shown what is older than his question.
func TestLooksAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count, began atomic.Int64
		k := newLooks(func(_ context.Context, what func(*dialer.Dialer)) error {
			count.Add(1)
			began.Store(time.Now().UnixNano())
			time.Sleep(100 * time.Millisecond) // as with a million leads
			what(dialer.New())
			return nil
		})
		var asking sync.WaitGroup
		for i := range 50 {
			asking.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond)
				asked := time.Now().UnixNano()
				l, first := k.join()
				if first {
					go k.run(t.Context(), l)
				}
				<-l.done
				if read := began.Load(); read < asked {
					t.Errorf("asked at %d, and shown what was read at %d", asked, read)
				}
			})
		}
		asking.Wait()
		if n := count.Load(); n > 3 {
			t.Errorf("%d looks for half a second of questions", n)
		}
	})
}

// TestLookEnds: who waits for a look is told when the daemon ends.
func TestLookEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	k := newLooks(func(ctx context.Context, _ func(*dialer.Dialer)) error {
		<-ctx.Done()
		return ctx.Err()
	})
	l, _ := k.join()
	go k.run(ctx, l)
	waiting, first := k.join()
	if first {
		go k.run(ctx, waiting)
	}
	cancel()
	for _, x := range []*look{l, waiting} {
		if <-x.done; x.err == nil {
			t.Error("a look of a daemon that has ended")
		}
	}
}
