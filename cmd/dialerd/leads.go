package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

func newLeadsCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "leads",
		Short: "Leads, the people to call: import, export, look at them, change them",
		Long: `Leads are the people to call. Each waits in a bucket, and campaigns draw on buckets.

What looks at leads, and import and export, work beside a running daemon, through it, and without one, on its
database. What changes leads takes a running daemon. "dialerd why" tells why a lead is not called.`,
		Example: `  dialerd leads import new.csv --campaign spring-sale
  dialerd leads buckets
  dialerd leads show +79161234567
  dialerd leads release --bucket web --final exhausted
  dialerd leads export --bucket web -o web.csv`,
	}
	command.AddCommand(newLeadsImportCommand(o), newLeadsExportCommand(o), newLeadsShowCommand(o), newLeadsBucketsCommand(o))
	for _, what := range []dialer.EditKind{dialer.EditMove, dialer.EditHold, dialer.EditRelease, dialer.EditRestart, dialer.EditDelete} {
		command.AddCommand(newLeadsEditCommand(o, what))
	}
	return command
}

// leadStore is where leads are put to: the daemon when it runs, else its database.
type leadStore struct {
	add   func(context.Context, []store.NewLead) ([]store.ImportResult, error)
	most  int // leads that are added at once
	close func() error
}

// bulk is how many leads go into one transaction when no daemon is held up by it: a commit writes again what
// the one before it wrote of the indexes.
const bulk = 50_000

// openLeadStore asks the daemon first. When none runs it takes the database under its lock, so a
// daemon that is started meanwhile says that it is in use.
func openLeadStore(ctx context.Context, o *options) (leadStore, error) {
	client := o.client()
	_, err := client.Version(ctx)
	if err == nil {
		return leadStore{add: client.Import, most: api.MaxImport, close: func() error { client.Close(); return nil }}, nil
	}
	client.Close()
	if !errors.Is(err, api.ErrNotRunning) {
		return leadStore{}, err
	}
	path, err := o.storePath()
	if err != nil {
		return leadStore{}, err
	}
	s, err := store.Open(path)
	if err != nil {
		return leadStore{}, err
	}
	return leadStore{add: s.ImportLeads, most: bulk, close: s.Close}, nil
}

// eachLead hands over all leads of a bucket, from the daemon when it runs, else from its database.
func eachLead(ctx context.Context, o *options, f store.LeadFilter, each func(store.ExportedLead) error) error {
	client := o.client()
	defer client.Close()
	err := client.Export(ctx, f, each)
	if !errors.Is(err, api.ErrNotRunning) {
		return err
	}
	path, err := o.storePath()
	if err != nil {
		return err
	}
	r, err := store.OpenReader(path)
	if err != nil {
		return err
	}
	return errors.Join(r.ExportLeads(ctx, f, each), r.Close())
}
