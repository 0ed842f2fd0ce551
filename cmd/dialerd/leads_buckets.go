package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

func newLeadsBucketsCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "buckets",
		Short: "List the buckets: how many leads are in each, and who draws on it",
		Long: `List the buckets: those that have leads, and those that a campaign draws on.

  HOPPER     leads that are cleared to be called next
  NEXT CALL  of those that wait, the earliest; it may be put off further, "dialerd why" tells of a single lead
  DRAWN BY   campaigns, none of which calls anybody from a bucket that they do not draw on

Without a running daemon the database is read: nobody is in a hopper then, and the next call is not told.`,
		Example: `  dialerd leads buckets
  dialerd leads buckets --json | jq '.[] | select(.campaigns == []) | .name'`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		buckets, err := o.buckets(command.Context())
		if err != nil {
			return err
		}
		out := command.OutOrStdout()
		switch {
		case *asJSON:
			return printJSON(out, buckets)
		case len(buckets) == 0:
			fmt.Fprintln(out, "There is no bucket: dialerd leads import makes one.")
			return nil
		}
		return bucketTable(buckets, newTimepiece()).print(out, wantsColors(out))
	}
	return command
}

// buckets asks the daemon, and when none runs, its database and the files.
func (o *options) buckets(ctx context.Context) ([]api.Bucket, error) {
	client := o.client()
	defer client.Close()
	buckets, err := client.Buckets(ctx)
	if !errors.Is(err, api.ErrNotRunning) {
		return buckets, err
	}
	path, err := o.storePath()
	if err != nil {
		return nil, err
	}
	r, err := store.OpenReader(path)
	if err != nil {
		return nil, err
	}
	counts, err := r.CountLeads(ctx)
	return storedBuckets(counts, o.files().readCampaigns()), errors.Join(err, r.Close())
}

// storedBuckets is what a database and the files say of the buckets.
func storedBuckets(counts []store.LeadCount, campaigns []dialer.Campaign) []api.Bucket {
	all := []api.Bucket{}
	at := func(name string) *api.Bucket {
		i, known := slices.BinarySearchFunc(all, name, func(b api.Bucket, name string) int { return strings.Compare(b.Name, name) })
		if !known {
			all = slices.Insert(all, i, api.Bucket{Name: name, Campaigns: []string{}})
		}
		return &all[i]
	}
	for _, n := range counts {
		b := at(n.Bucket)
		switch n.State {
		case dialer.LeadFinished:
			b.Finished += n.Leads
		case dialer.LeadHeld:
			b.Held += n.Leads
		default:
			b.Waiting += n.Leads
		}
	}
	for _, c := range campaigns {
		for _, name := range c.Buckets {
			b := at(name)
			b.Campaigns = append(b.Campaigns, c.Name)
		}
	}
	return all
}

func bucketTable(buckets []api.Bucket, c timepiece) *table {
	t := newTable("BUCKET", "WAITING", "HOPPER", "DIALING", "FINISHED", "HELD", "NEXT CALL", "DRAWN BY")
	for _, b := range buckets {
		t.add(b.Name, strconv.Itoa(b.Waiting), strconv.Itoa(b.Ready), strconv.Itoa(b.Dialing), strconv.Itoa(b.Finished), strconv.Itoa(b.Held),
			nextCall(b, c), drawnBy(b))
	}
	return t
}

func nextCall(b api.Bucket, c timepiece) string {
	switch {
	case b.Loading:
		return "still being loaded"
	case b.NextCall.IsZero():
		return "-"
	}
	return c.at(b.NextCall)
}

// drawnBy warns of leads that nobody will ever call.
func drawnBy(b api.Bucket) string {
	if len(b.Campaigns) == 0 {
		return "NO CAMPAIGN: its leads are not called"
	}
	return strings.Join(b.Campaigns, ", ")
}
