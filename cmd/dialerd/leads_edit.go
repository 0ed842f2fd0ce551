package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
)

// editFlags are what `leads move`, `hold`, `release`, `restart` and `delete` are told.
type editFlags struct {
	choice editChoice
	to     string
	yes    bool
}

// newLeadsEditCommand makes `leads move`, `leads hold`, `leads release`, `leads restart` and `leads delete`.
func newLeadsEditCommand(o *options, what dialer.EditKind) *cobra.Command {
	var f editFlags
	words := editWords[what]
	command := &cobra.Command{Use: what.String() + " [ID...]" + words.use, Short: words.short, Long: words.long + howToChoose, Example: words.example}
	f.choice.add(command, o)
	if what == dialer.EditMove {
		command.Flags().StringVar(&f.to, "to", "", "bucket to move them to")
		o.completeBuckets(command, "to")
	}
	command.Flags().BoolVar(&f.yes, "yes", false, "do not ask back")
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := f.check(command, what, args); err != nil {
			return err
		}
		client := o.client()
		defer client.Close()
		e := api.LeadsEdit{What: what, Bucket: f.to, Who: whoAmI()}
		done, err := f.edit(command, client, &e, args)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(command.OutOrStdout(), done)
		}
		fmt.Fprintln(command.OutOrStdout(), editLine(e, done))
		return nil
	}
	return command
}

// check refuses what cannot be meant, before anybody is asked.
func (f *editFlags) check(command *cobra.Command, what dialer.EditKind, args []string) error {
	if what == dialer.EditMove {
		if f.to == "" {
			return usagef("where to? Give --to BUCKET")
		}
		if err := checkBucket(f.to); err != nil {
			return usagef("--to %w", err)
		}
	}
	return f.choice.read(command, args)
}

// edit finds the leads and changes them, unless somebody has to be asked back first.
func (f *editFlags) edit(command *cobra.Command, client *api.Client, e *api.LeadsEdit, args []string) (done api.LeadsEdited, err error) {
	ctx := command.Context()
	if e.Leads, err = f.choice.leads(ctx, client); err != nil {
		return done, err
	}
	if !f.yes && len(args) == 0 && len(e.Leads) > 1 {
		return done, usagef("%d leads would be %s: give --yes to do it", len(e.Leads), editedTo(*e))
	}
	if e.What == dialer.EditMove && !f.yes {
		if err := knownBucket(ctx, client, e.Bucket); err != nil {
			return done, err
		}
	}
	bar := editProgress(command.ErrOrStderr(), len(e.Leads))
	defer func() { _ = bar.Clear() }()
	return editAll(ctx, client, *e, func(n int) { _ = bar.Add(n) }) // what a terminal makes of it changes nothing
}

// editProgress draws a bar while a person is looking on, if it will take a while.
func editProgress(stderr io.Writer, leads int) *progressbar.ProgressBar {
	seen := leads > api.MaxEdit && isTerminal(stderr)
	return progressbar.NewOptions(leads, progressbar.OptionSetWriter(stderr), progressbar.OptionSetVisibility(seen),
		progressbar.OptionSetDescription("leads"), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
}

// knownBucket asks back about a bucket that neither campaigns nor leads know: it may be misspelt.
func knownBucket(ctx context.Context, client *api.Client, bucket string) error {
	buckets, err := client.Buckets(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, b := range buckets {
		if b.Name == bucket {
			return nil
		}
		names = append(names, b.Name)
	}
	if near := dialer.Nearest(bucket, names); near != "" {
		return usagef("no campaign draws on bucket %q and no lead is in it: did you mean %q? Else give --yes", bucket, near)
	}
	return usagef("no campaign draws on bucket %q and no lead is in it: give --yes to move leads there all the same", bucket)
}

// editAll changes leads, as many with one request as one may change, and tells after each how many.
func editAll(ctx context.Context, client *api.Client, e api.LeadsEdit, tell func(leads int)) (all api.LeadsEdited, err error) {
	ids := e.Leads
	for part := range slices.Chunk(ids, api.MaxEdit) {
		e.Leads = part
		done, err := client.EditLeads(ctx, e)
		if err != nil {
			return all, brokenOff(err, all.Changed, len(ids))
		}
		all.Found, all.Changed = all.Found+done.Found, all.Changed+done.Changed
		tell(len(part))
	}
	switch {
	case all.Found > 0:
		return all, nil
	case len(ids) == 1:
		return all, fmt.Errorf("there is no lead %d", ids[0])
	}
	return all, fmt.Errorf("none of these %d leads is there", len(ids))
}

func brokenOff(err error, changed, of int) error {
	if changed == 0 {
		return err
	}
	return fmt.Errorf("%w: %d of %d leads are changed already; the same command does the rest", err, changed, of)
}

// editedTo is what becomes of leads: moved to web.
func editedTo(e api.LeadsEdit) string {
	return strings.TrimSpace(editWords[e.What].did + " " + e.Bucket)
}

// editLine tells what became of an edit.
func editLine(e api.LeadsEdit, done api.LeadsEdited) string {
	line := counted(done.Changed, "lead") + " " + editedTo(e)
	if n := done.Found - done.Changed; n > 0 {
		line += fmt.Sprintf(", %d not changed: %s", n, editWords[e.What].already)
	}
	if n := len(e.Leads) - done.Found; n > 0 {
		line += fmt.Sprintf(", %d not there", n)
	}
	return line
}

// counted is a number of things: 1 lead, 2 leads.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// howToChoose ends the help of each edit.
const howToChoose = `

Name leads by their ids here, or choose them: by conditions, of which all have to hold, or by a file of ids. When
more than one is chosen, it says how many they are and wants --yes.

The change is on disk when the command ends. A call that is under way goes on, and the change holds after it. It
takes a running daemon. One that changes many leads does so some at a time, and the calls go on meanwhile; when it
breaks off, the same command does the rest.`

// editWords is how each edit is told of.
var editWords = map[dialer.EditKind]struct{ use, short, long, example, did, already string }{
	dialer.EditMove: {
		use:   " --to BUCKET",
		short: "Move leads to another bucket",
		long: `Move leads to another bucket. Their state, attempts and next call stay as they are; the campaigns that draw on the
new bucket call them from then on.`,
		example: `  dialerd leads move 17 18 --to web
  dialerd leads move --bucket old --unfinished --to web --yes`,
		did:     "moved to",
		already: "there already",
	},
	dialer.EditHold: {
		short: "Put leads aside, so that they are not called",
		long:  `Put leads aside: they are not called before they are released. Finished ones stay finished.`,
		example: `  dialerd leads hold 17
  dialerd leads hold --external crm-4711
  dialerd leads hold --file complaints.txt --yes`,
		did:     "put aside",
		already: "held already, or finished",
	},
	dialer.EditRelease: {
		short: "Have leads called that were held",
		long:  `Have leads called that were held: they go on where they were. Finished ones stay finished; restart is for those.`,
		example: `  dialerd leads release 17
  dialerd leads release --bucket web --state held --yes`,
		did:     "released",
		already: "not held",
	},
	dialer.EditRestart: {
		short: "Have finished leads called again from the beginning",
		long: `Have finished leads called again from the beginning: their attempts are 0, and numbers that did not exist are tried
again. The limits on calls to one number in a day still hold, and so does the gap.`,
		example: `  dialerd leads restart 17
  dialerd leads restart --bucket web --final exhausted --yes`,
		did:     "begun anew",
		already: "not finished",
	},
	dialer.EditDelete: {
		short: "Delete leads for good",
		long: `Delete leads for good, with their names, numbers and attributes. Their calls stay in the statistics. Somebody who
does not want to be called belongs on the DNC list: an import can bring a deleted lead back.`,
		example: `  dialerd leads delete 17
  dialerd leads delete --bucket spring-2025 --yes`,
		did:     "deleted",
		already: "deleted meanwhile",
	},
}
