package main

import (
	"context"
	"slices"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

// idsAtOnce is how many ids are read from the database at a time.
const idsAtOnce = 5000

// findLeads hands over the ids of leads.
func (d *daemon) findLeads(ctx context.Context, f store.LeadFilter, each func([]dialer.LeadID) error) error {
	return d.store.FindLeads(ctx, f, idsAtOnce, each)
}

// editLeads changes leads, some of them at a time, so that what else waits for the Dialer has its turn between
// them; it returns after all of it is on disk.
func (d *daemon) editLeads(ctx context.Context, e dialer.LeadEdit) (changed int, err error) {
	for part := range slices.Chunk(e.Leads, leadsAtOnce) {
		n, err := d.change(ctx, dialer.LeadsEdited{LeadEdit: dialer.LeadEdit{Leads: part, What: e.What, Bucket: e.Bucket}})
		if changed += n; err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// showLeads is all that is known of leads.
func (d *daemon) showLeads(ctx context.Context, f store.LeadFilter) (api.ShownLeads, error) {
	shown, err := storedLeads(ctx, &d.store.Reader, f)
	if err != nil {
		return api.ShownLeads{}, err
	}
	err = d.read(ctx, func(core *dialer.Dialer) {
		for i := range shown.Leads {
			if w, ok := core.Why(shown.Leads[i].ID); ok {
				shown.Leads[i].Live = w.Lead.State
			}
		}
	})
	if err != nil {
		return api.ShownLeads{}, err // and not what may be written to still
	}
	return shown, nil
}

// storedLeads is what a database has of leads.
func storedLeads(ctx context.Context, r *store.Reader, f store.LeadFilter) (shown api.ShownLeads, err error) {
	leads, more, err := firstLeads(ctx, r, f)
	if err != nil {
		return shown, err
	}
	shown.More = more
	for _, l := range leads {
		attempts, err := r.Attempts(ctx, store.AttemptFilter{Lead: l.ID, Limit: api.MaxHistory})
		if err != nil {
			return shown, err
		}
		x := api.Lead{ExportedLead: l, Live: l.State}
		for _, a := range attempts {
			x.History = append(x.History, api.AttemptOf(a))
		}
		shown.Leads = append(shown.Leads, x)
	}
	return shown, nil
}

// firstLeads is as many leads as are told of at once, and how many more there are.
func firstLeads(ctx context.Context, r *store.Reader, f store.LeadFilter) (leads []store.ExportedLead, more int, err error) {
	var ids []dialer.LeadID
	err = r.FindLeads(ctx, f, idsAtOnce, func(some []dialer.LeadID) error {
		room := min(api.MaxShown-len(ids), len(some))
		ids, more = append(ids, some[:room]...), more+len(some)-room
		return nil
	})
	if err != nil || len(ids) == 0 {
		return nil, more, err
	}
	err = r.ExportLeads(ctx, store.LeadFilter{IDs: ids}, func(l store.ExportedLead) error {
		leads = append(leads, l)
		return nil
	})
	return leads, more, err
}

// whyLeads tells why leads are not called now. The database says which leads are meant, the Dialer what holds them.
func (d *daemon) whyLeads(ctx context.Context, f store.LeadFilter) (api.Whys, error) {
	leads, more, err := firstLeads(ctx, &d.store.Reader, f)
	if err != nil {
		return api.Whys{}, err
	}
	whys := api.Whys{More: more}
	err = d.read(ctx, func(core *dialer.Dialer) {
		for _, l := range leads {
			w, ok := core.Why(l.ID)
			whys.Leads = append(whys.Leads, whyOf(l, w, ok))
		}
	})
	if err != nil {
		return api.Whys{}, err
	}
	return whys, nil
}

func whyOf(l store.ExportedLead, w dialer.Why, known bool) api.Why {
	if !known {
		return api.Why{Lead: l, Live: l.State, Unknown: true}
	}
	x := api.Why{Lead: l, Live: w.Lead.State, Hopper: w.Hopper, Reasons: reasonsOf(w.Reasons), Looked: w.Looked.UTC()}
	if w.Call != nil {
		call := statusCall(*w.Call)
		x.Call = &call
	}
	for _, c := range w.Campaigns {
		x.Campaigns = append(x.Campaigns, api.WhyCampaign{Campaign: c.Campaign, Number: c.Number, Zones: c.Zones, Reasons: reasonsOf(c.Reasons),
			Earliest: c.Earliest.UTC(), Never: c.Never, Waits: c.Waits, Before: c.Before})
	}
	return x
}

func reasonsOf(reasons []dialer.Reason) (all []api.Reason) {
	for _, r := range reasons {
		all = append(all, api.Reason{Text: r.Text, Number: r.Number, Until: r.Until.UTC(), Never: r.Never})
	}
	return all
}

// buckets counts the leads of each bucket.
func (d *daemon) buckets(ctx context.Context) ([]api.Bucket, error) {
	var core []dialer.BucketStatus
	if err := d.read(ctx, func(d *dialer.Dialer) { core = d.Buckets() }); err != nil {
		return nil, err
	}
	var all []api.Bucket
	for _, b := range core {
		counts := api.LeadCounts{Waiting: b.Waiting, Ready: b.Ready, Dialing: b.Dialing, Finished: b.Finished, Held: b.Held, NextCall: b.Next.UTC()}
		all = append(all, api.Bucket{Name: b.Name, LeadCounts: counts, Campaigns: b.Campaigns, Loading: b.Loading})
	}
	return all, nil
}
