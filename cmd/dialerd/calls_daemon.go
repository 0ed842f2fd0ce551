package main

import (
	"context"

	"dialerd/dialer"
	"dialerd/store"
)

// dispose says what came of a call, which lives or has its row in the store; it returns after that is on disk.
func (d *daemon) dispose(ctx context.Context, id dialer.CallID, word string) error {
	attempts, err := d.store.Attempts(ctx, store.AttemptFilter{ID: id})
	if err != nil {
		return err
	}
	e := dialer.Disposed{Attempt: dialer.Attempt{ID: id}, Disposition: word}
	for _, a := range attempts {
		e.Attempt = a
	}
	_, err = d.change(ctx, e)
	return err
}
