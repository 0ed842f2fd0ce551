package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dialerd/dialer"
	"dialerd/store"
)

// checkFlags are what `dialerd check` is told.
type checkFlags struct{ full, files, live bool }

func newCheckCommand(o *options) *cobra.Command {
	var f checkFlags
	command := &cobra.Command{
		Use:   "check",
		Short: "Check the files of the configuration and the database, without touching the daemon",
		Long: `Check all files of the configuration together, as the daemon reads them, and the database of [store]
path, if there is one yet. The daemon may run meanwhile; nothing is changed.

Every fault is printed as file:line:column: what is wrong and what would be right. With any fault the
command ends with 1. With one in the files of the configuration the daemon would refuse them as a whole.

Of a database of more than 64 MB only what can be looked at quickly is: about two seconds for a million
leads. --full also compares every index with its table and every row with those it belongs to, and
takes some five times as long.

--live also logs in to the Asterisk of each PBX, beside a daemon that may run, and looks at its queues,
queues.conf, the rights of the manager user and the dialplan for what works against the dialer:
  fault    calls are lost, or go to the wrong operator: the command ends with 1
  warning  operators or customers wait, or are called, otherwise than dialerd counts on
  note     to be known
Below each stands what comes of it, and the line that mends it. Nothing is changed in Asterisk. It reads the
files as they are on the disk of Asterisk, loaded or not. Not seen are settings of queues that are kept in a
database, and whether read= of the manager user has call and agent.`,

		Example: `  dialerd check && dialerd reload
  dialerd check --full                    after a crash of the machine, or when a disk was full
  dialerd check --files -c ./new-config
  dialerd check --live                    before the first call, and after a change of queues.conf
  dialerd check --live --json | jq -r '.pbxs[].findings[] | select(.level == "fault") | .write'
  dialerd check --json | jq -r '.[].file' | sort -u`,
		Args: cobra.NoArgs,
	}
	command.Flags().BoolVar(&f.full, "full", false, "look at everything in a large database too")
	command.Flags().BoolVar(&f.files, "files", false, "only check the files of the configuration")
	command.Flags().BoolVar(&f.live, "live", false, "also look at the Asterisk of each PBX")
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		if f.full && f.files {
			return usagef("--full and --files: one of the two, --full is for the database")
		}
		s, faults := readConfig(o.dir)
		notes := []string{}
		if s != nil {
			c := s.Config
			notes = append(notes, fmt.Sprintf("%s is in order: %d PBX, %d queues, %d trunks, %d campaigns", o.dir, len(c.PBXs), len(c.Queues), len(c.Trunks), len(c.Campaigns)))
			for _, note := range withoutEffect(c) {
				notes = append(notes, "note: "+note)
			}
			notes = append(notes, holidayNotes(c.Calendars, time.Now())...)
		}
		if !f.files {
			found, note := checkDatabase(command.Context(), o, f.full)
			faults = append(faults, found...)
			notes = append(notes, note...)
		}
		switch {
		case !f.live:
			return reportCheck(command.OutOrStdout(), faults, notes, *asJSON)
		case s == nil: // the files do not say where
			return reportLive(command.OutOrStdout(), faults, notes, nil, *asJSON)
		}
		return reportLive(command.OutOrStdout(), faults, notes, checkLive(command.Context(), s), *asJSON)
	}
	return command
}

// reportCheck prints what is wrong, and what is in order and to be known besides.
func reportCheck(out io.Writer, faults configFaults, notes []string, asJSON bool) error {
	if asJSON {
		if faults == nil {
			faults = configFaults{} // [] and not null
		}
		if err := printJSON(out, faults); err != nil {
			return err
		}
	} else {
		fmt.Fprint(out, faults)
		for _, note := range notes {
			fmt.Fprintln(out, note)
		}
	}
	if len(faults) > 0 {
		return errReported
	}
	return nil
}

// notesAmong is what is to be known of all that is printed besides faults.
func notesAmong(lines []string) (notes []string) {
	notes = []string{}
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "note: "); ok {
			notes = append(notes, text)
		}
	}
	return notes
}

// checkDatabase looks at the database, where the configuration says where it is.
func checkDatabase(ctx context.Context, o *options, full bool) (faults configFaults, notes []string) {
	path, err := o.storePath()
	if err != nil {
		return nil, nil // it is among the faults of the files
	}
	v, err := store.Verify(ctx, path, full)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, []string{fmt.Sprintf("note: %s: there is no database yet: the first start of the daemon makes it", path)}
	case err != nil:
		return configFaults{{File: path, Text: strings.TrimPrefix(err.Error(), "store: "+path+": ")}}, nil
	}
	for _, f := range v.Findings {
		faults = append(faults, configFault{File: path, Text: f.String()})
	}
	switch {
	case len(faults) > 0:
		return faults, nil
	case v.Version == 0:
		return nil, []string{fmt.Sprintf("note: %s: the database is empty", path)}
	}
	how := "in order"
	if !v.Full {
		how = "in order as far as a quick look shows (--full)"
	}
	notes = []string{fmt.Sprintf("%s is %s: %s, %d leads, %d attempts, schema version %d", path, how, megabytes(v.Bytes), v.Leads, v.Attempts, v.Version)}
	if v.Version < v.Known {
		notes = append(notes, fmt.Sprintf("note: %s: the next start brings it from version %d to %d, and keeps a copy of it as it is beside it", path, v.Version, v.Known))
	}
	return nil, notes
}

// withoutEffect is what the files say and this version does not do: an administrator should not have to
// find out by waiting for it.
func withoutEffect(c *dialer.Config) (notes []string) {
	notes = unnamedLists(c)
	for _, x := range c.Campaigns {
		if x.Pacing.Mode == dialer.Predictive {
			notes = append(notes, fmt.Sprintf("campaign %q: mode predictive runs as progressive in this version", x.Name))
		}
		if !reflect.DeepEqual(x.Callback, dialer.NewCampaign().Callback) {
			notes = append(notes, fmt.Sprintf("campaign %q: [callback] is without effect in this version: there are no callbacks yet", x.Name))
		}
		notes = append(notes, ruleNotes(c, &x)...)
	}
	for _, a := range c.Agents {
		var keys []string
		for key, given := range map[string]bool{"caller_id": a.CallerID != 0, "department": a.Department != "", "deputy": a.Deputy != ""} {
			if given {
				keys = append(keys, key)
			}
		}
		if slices.Sort(keys); len(keys) > 0 {
			notes = append(notes, fmt.Sprintf("agent %q: without effect in this version: %s", a.ID, strings.Join(keys, ", ")))
		}
	}
	return notes
}
