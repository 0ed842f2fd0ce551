package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/store"
)

// restore brings the Dialer to where the store says it was.
func (d *daemon) restore() error {
	ctx := context.Background()
	d.notify.loading("reading the state", loadTime)
	snapshot, err := d.store.Snapshot(ctx)
	if err != nil {
		return err
	}
	core := dialer.Restore(snapshot)
	d.loop.core = core
	now := d.loop.now()
	if d.recording != "" {
		if d.loop.record, err = newRecorder(d.recording, snapshot, d.log); err != nil {
			return err
		}
	}
	tell := func(e dialer.Event) {
		effects := core.Step(now, e)
		d.loop.record.step(now, e, effects, core.Touched())
		d.loop.restored = append(d.loop.restored, effects...)
	}
	tell(dialer.Configured{Config: d.settings.Config})
	if err := d.loadDNC(tell); err != nil {
		return err
	}
	numbers, err := d.store.NumberHistory(ctx, now.Wall)
	if err != nil {
		return err
	}
	tell(dialer.NumbersLoaded{Numbers: numbers})
	loaded := 0
	err = d.store.LoadLeads(ctx, store.LeadFilter{}, 10_000, func(leads []dialer.Lead) error {
		loaded += len(leads)
		d.notify.loading(fmt.Sprintf("%d leads are loaded", loaded), loadTime)
		core.Step(now, dialer.LeadsLoaded{Leads: leads}) // recorded when they are touched
		return nil
	})
	if err != nil {
		return err
	}
	open, err := d.store.OpenAttempts(ctx)
	if err != nil {
		return err
	}
	since := now.Wall // of what the snapshot has missed, too, however long ago that is
	if !snapshot.Wall.IsZero() && snapshot.Wall.Before(since) {
		since = snapshot.Wall
	}
	recent, err := d.store.Attempts(ctx, store.AttemptFilter{Since: since.Add(-24 * time.Hour)})
	if err != nil {
		return err
	}
	recent = slices.DeleteFunc(recent, func(a dialer.Attempt) bool { return a.Outcome == dialer.Unsettled })
	next, err := d.store.NextCallID(ctx)
	if err != nil {
		return err
	}
	tell(dialer.AttemptsLoaded{Attempts: open, Recent: recent, NextID: next})
	loans, err := d.store.Loans(ctx)
	if err != nil {
		return err
	}
	tell(dialer.LoansLoaded{Loans: loans})
	switches, err := d.store.Switches(ctx)
	if err != nil {
		return err
	}
	for _, s := range switches {
		tell(dialer.SwitchSet{Kind: s.Kind, Name: s.Name, Running: s.Running})
	}
	d.log.Info().Int("open", len(open)).Msg("state is loaded")
	return nil
}
