package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"dialerd/api"
	"dialerd/dialer"
)

// loadDNC tells the Dialer which numbers are never called, before it hears of any lead.
func (d *daemon) loadDNC(tell func(dialer.Event)) error {
	loaded := 0
	return d.store.LoadDNC(context.Background(), func(e dialer.DNCLoaded) error {
		loaded += len(e.Numbers) + len(e.Masks)
		d.notify.loading(fmt.Sprintf("%d numbers never called are loaded", loaded), loadTime)
		tell(e)
		return nil
	})
}

// changeDNC changes the list of numbers never called; it returns after that is on disk.
func (d *daemon) changeDNC(ctx context.Context, change dialer.DNCChange) (changed int, err error) {
	done := make(chan dialer.Done, 1)
	d.inbox.put(item{event: dialer.DNCChanged{DNCChange: change}, done: done})
	select {
	case a := <-done:
		switch a.Err {
		case "":
			return a.Changed, nil
		case tooMany:
			return 0, api.Errorf(http.StatusServiceUnavailable, tooMany)
		}
		return 0, errors.New(a.Err)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
