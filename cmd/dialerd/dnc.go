package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

func newDNCCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "dnc",
		Short: "Numbers that are never called",
		Long: `Numbers that are never called, and masks that stand for many: +7900* for all that begin so,
+7900123???? with a ? for any one digit.

They are kept in two places. Files dnc/*.txt hold for all campaigns, and dnc/lists/NAME.txt for the campaigns
that say dnc = ["NAME"]; a change of them takes effect with "dialerd reload". What these commands add is in the
database, for all campaigns or with --campaign for one. It takes effect at once: who waits is not dialed, a call
that rings is hung up, a talk goes on.

The commands work beside a running daemon, through it, and without one, on its database.`,
		Example: `  dialerd dnc add +79161234567 --why "asked on the telephone"
  dialerd dnc show +79161234567
  dialerd dnc import refused.txt --campaign spring-sale
  dialerd dnc export -o dnc.txt`,
	}
	command.AddCommand(newDNCChangeCommand(o, false), newDNCChangeCommand(o, true), newDNCShowCommand(o), newDNCImportCommand(o), newDNCExportCommand(o))
	return command
}

// dncStore is where the list is: at the daemon when it runs, else in its database.
type dncStore struct {
	change func(context.Context, dialer.DNCChange) (int, error)
	export func(context.Context, store.DNCFilter, func(store.DNCEntry) error) error
	count  func(context.Context) ([]store.DNCCount, error)
	close  func() error
}

// openDNC asks the daemon first. To change something without it, the database is taken under its lock.
func openDNC(ctx context.Context, o *options, change bool) (dncStore, error) {
	client := o.client()
	_, err := client.Version(ctx)
	if err == nil {
		return dncStore{client.ChangeDNC, client.ExportDNC, client.CountDNC, func() error { client.Close(); return nil }}, nil
	}
	client.Close()
	if !errors.Is(err, api.ErrNotRunning) {
		return dncStore{}, err
	}
	path, err := o.storePath()
	if err != nil {
		return dncStore{}, err
	}
	if !change {
		r, err := store.OpenReader(path)
		if err != nil {
			return dncStore{}, err
		}
		return dncStore{nil, r.ExportDNC, r.CountDNC, r.Close}, nil
	}
	s, err := store.Open(path)
	if err != nil {
		return dncStore{}, err
	}
	return dncStore{o.changeDNC(s), s.ExportDNC, s.CountDNC, s.Close}, nil
}

// changeDNC changes the list in a database, for a campaign that there is.
func (o *options) changeDNC(s *store.Store) func(context.Context, dialer.DNCChange) (int, error) {
	known := map[string]bool{"": true}
	return func(ctx context.Context, change dialer.DNCChange) (int, error) {
		if !known[change.Campaign] && !change.Remove {
			if _, err := o.campaign(change.Campaign); err != nil {
				return 0, err
			}
			known[change.Campaign] = true
		}
		return s.ChangeDNC(ctx, change)
	}
}

// campaignFlag adds --campaign to a command about the list.
func campaignFlag(command *cobra.Command, what string) *string {
	return command.Flags().String("campaign", "", what)
}

// listName is how a person is told of a list.
func listName(campaign string) string {
	if campaign == "" {
		return "all campaigns"
	}
	return "campaign " + campaign
}

// whoAmI is the person at the keyboard, as far as the system knows.
func whoAmI() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprint("uid ", os.Getuid())
}
