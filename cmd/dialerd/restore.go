package main

import (
	"context"
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/store"
)

// restoring is the way back to where the store says the Dialer was. What is small is read before Run, the leads of
// calls that were under way among it; the other leads come while the Dialer works already.
type restoring struct {
	*daemon
	ctx      context.Context
	now      dialer.Now
	snapshot dialer.Snapshot
}

// restore brings the Dialer to where the store says it was, but for the leads, which loading brings.
func (d *daemon) restore() error {
	r := &restoring{daemon: d, ctx: context.Background()}
	d.notify.loading("reading the state", loadTime)
	if err := r.begin(); err != nil {
		return err
	}
	r.tell(dialer.Configured{Config: d.settings.Config})
	for _, step := range []func() error{r.numbers, r.attempts, r.agents, r.loans, r.switches, r.leads} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// begin makes the Dialer, and begins the recording.
func (r *restoring) begin() (err error) {
	if r.snapshot, err = r.store.Snapshot(r.ctx); err != nil {
		return err
	}
	r.loop.core = dialer.Restore(r.snapshot)
	r.now = r.loop.now()
	if r.recording != "" {
		r.loop.record, err = newRecorder(r.recording, r.snapshot, r.log)
	}
	return err
}

func (r *restoring) tell(e dialer.Event) {
	core := r.loop.core
	effects := core.Step(r.now, e)
	r.loop.record.step(r.now, e, effects, core.Touched())
	r.loop.restored = append(r.loop.restored, effects...)
}

// numbers is those never called, and what the attempts of the last days say of others.
func (r *restoring) numbers() error {
	if err := r.loadDNC(r.tell); err != nil {
		return err
	}
	numbers, err := r.store.NumberHistory(r.ctx, r.now.Wall)
	if err == nil {
		r.tell(dialer.NumbersLoaded{Numbers: numbers})
	}
	return err
}

// attempts is those that have no outcome, with their leads, so that a rule is applied when one of them ends; and
// those of the last day.
func (r *restoring) attempts() error {
	open, err := r.store.OpenAttempts(r.ctx)
	if err != nil {
		return err
	}
	ids := make([]dialer.LeadID, len(open))
	for i, a := range open {
		ids[i] = a.Lead
	}
	leads, err := r.leadsOf(r.ctx, ids)
	if err != nil {
		return err
	}
	r.tell(dialer.LeadsLoaded{Leads: leads})
	recent, err := r.recent()
	if err != nil {
		return err
	}
	next, err := r.store.NextCallID(r.ctx)
	if err != nil {
		return err
	}
	r.tell(dialer.AttemptsLoaded{Attempts: open, Recent: recent, NextID: next})
	r.log.Info().Int("open", len(open)).Msg("state is loaded")
	return nil
}

// recent is the attempts of the last day that are over, and those that the snapshot has missed, however long ago
// that is.
func (r *restoring) recent() ([]dialer.Attempt, error) {
	since := r.now.Wall
	if taken := r.snapshot.Wall; !taken.IsZero() && taken.Before(since) {
		since = taken
	}
	recent, err := r.store.Attempts(r.ctx, store.AttemptFilter{Since: since.Add(-24 * time.Hour)})
	return slices.DeleteFunc(recent, func(a dialer.Attempt) bool { return a.Outcome == dialer.Unsettled }), err
}

// agents is what is wanted of and by operators, of whom the loans are told next: whose a pause is in Asterisk follows from it.
func (r *restoring) agents() error {
	agents, err := r.store.Agents(r.ctx)
	if err == nil {
		r.tell(dialer.AgentsLoaded{Agents: agents})
	}
	return err
}

func (r *restoring) loans() error {
	loans, err := r.store.Loans(r.ctx)
	if err == nil {
		r.tell(dialer.LoansLoaded{Loans: loans})
	}
	return err
}

func (r *restoring) switches() error {
	switches, err := r.store.Switches(r.ctx)
	for _, s := range switches {
		r.tell(dialer.SwitchSet{Kind: s.Kind, Name: s.Name, Running: s.Running})
	}
	return err
}

// leads makes ready for them, and tells of which buckets they are.
func (r *restoring) leads() error {
	size, err := r.store.LeadSize(r.ctx)
	if err != nil {
		return err
	}
	spans, err := r.store.Buckets(r.ctx)
	if err != nil {
		return err
	}
	core := r.loop.core
	core.Reserve(size.Leads, size.Numbers, size.Leads)
	r.loading = r.newLoading(spans, wantedBuckets(r.settings.Config, core.Status()))
	if len(r.loading.names) > 0 {
		r.tell(dialer.BucketsLoading{Buckets: slices.Clone(r.loading.names)})
	}
	return nil
}
