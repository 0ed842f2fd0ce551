package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"dialerd/store"
)

// backupReport is what `dialerd backup` says.
type backupReport struct {
	store.Copy
	Seconds float64 `json:"seconds"`
}

func newBackupCommand(o *options) *cobra.Command {
	var force bool
	command := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the database into one file, while the daemon runs or without it",
		Long: `Copy the database of [store] path into FILE, as it stands at one moment. The daemon may run meanwhile:
it is not held up. The copy is written aside, verified from end to end and only then gets its name, so
FILE is a whole and good copy, or is not there. It can be read by its owner alone.

A FILE that is there already is not touched without --force. One that a damaged database would give is
refused, so a good backup is never replaced by a bad one.

The copy is a database as it is. To restore it: stop dialerd, move dialerd.db, dialerd.db-wal and
dialerd.db-shm away, all three, copy FILE to the place of dialerd.db with the same owner, start dialerd.
Never copy anything over a database that is in use.

A restored database knows nothing of the calls that were made since: of their gaps, the attempts of the
day, the 72 hours after an abandoned call. Stop the departments first ("dialerd campaigns stop"), restore,
start, and start them again when the longest gap has passed.`,
		Example: `  dialerd backup /var/backups/dialerd/$(date +%F).db
  dialerd backup --force --json /var/backups/dialerd/last.db
  0 * * * * dialerd  dialerd backup --force /var/backups/dialerd/$(date +\%H).db     in /etc/cron.d`,
		Args: cobra.ExactArgs(1),
	}
	command.Flags().BoolVar(&force, "force", false, "replace FILE when it is there")
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		path, err := o.storePath()
		if err != nil {
			return err
		}
		begun := time.Now()
		c, err := store.Backup(command.Context(), path, args[0], force)
		if err != nil {
			return err
		}
		r := backupReport{Copy: c, Seconds: time.Since(begun).Seconds()}
		out := command.OutOrStdout()
		if *asJSON {
			return printJSON(out, r)
		}
		fmt.Fprintf(out, "%s: %s, %d leads, %d attempts, schema version %d, verified, in %.1fs\n",
			r.File, megabytes(r.Bytes), r.Leads, r.Attempts, r.Version, r.Seconds)
		return nil
	}
	return command
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }
