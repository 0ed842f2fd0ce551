package main

import (
	"context"
	"fmt"

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
	return d.change(ctx, dialer.DNCChanged{DNCChange: change})
}
