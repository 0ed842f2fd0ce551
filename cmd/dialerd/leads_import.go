package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"dialerd/store"
)

// importFlags are what `leads import` is told.
type importFlags struct {
	bucket, campaign, region, rejects string
	maps                              []string
	dryRun, onlyNew                   bool
}

func newLeadsImportCommand(o *options) *cobra.Command {
	var f importFlags
	command := &cobra.Command{
		Use:   "import FILE.csv",
		Short: "Import leads from a CSV file",
		Long: `Import leads from a CSV file. Its first line names the columns.

The separator (comma, semicolon or tab) and the charset (UTF-8 or Windows-1251) are found out. Columns
are known by their usual names in English and Russian: phone, phone2 ... phone8, телефон; id; name, имя,
фио; timezone; priority; bucket; next_call. --map names them otherwise; a field that --map names is
looked for nowhere else. Every other column is kept with the lead as an attribute.

Numbers are turned into E.164. Those without a country code are taken as numbers of --region, else of
the country of the campaign's caller_id. A cell may hold several, and a lead up to 8.

A lead with an id that is known is merged into the one that has it: what the row gives takes the place of
what was there, the numbers as a whole; cells that are empty, and --bucket, change nothing. State, attempts
and next call stay, and a call under way goes on. With --only-new such a lead is a duplicate.

A row that is no lead, or a duplicate, is left out and the others are imported. A lead is a duplicate
when an earlier row of the file has its id, or when another lead has one of its numbers in the same bucket;
nothing of the other is changed. All rows left out go to FILE.rejects.csv, which is written anew by every
import of FILE, with their line and the reason: put them right there and import that file.

The exit code is 0 when the file was gone through to its end, even with rows left out; it is 1 when
every row was rejected, or when something else failed. An import that broke off may simply be run
again: what is in already is then unchanged, or a duplicate when it has no id.`,
		Example: `  dialerd leads import new.csv --campaign spring-sale
  dialerd leads import new.csv --bucket web --region RU --dry-run
  dialerd leads import crm.csv --bucket web --map "phone=Client phone,name=Client,id=Contract No"`,
		Args: cobra.ExactArgs(1),
	}
	flags := command.Flags()
	flags.StringVar(&f.bucket, "bucket", "", "bucket for leads whose row names none (default: the campaign's first)")
	flags.StringVar(&f.campaign, "campaign", "", "campaign that the leads are for: gives bucket and region")
	flags.StringVar(&f.region, "region", "", "country of numbers without a country code, as RU")
	flags.StringSliceVar(&f.maps, "map", nil, "which column is which field, as \"phone=Телефон,name=Клиент\"")
	flags.StringVar(&f.rejects, "rejects", "", "file for the rows left out (default FILE.rejects.csv)")
	flags.BoolVar(&f.onlyNew, "only-new", false, "change nothing of leads that are known by their id")
	flags.BoolVar(&f.dryRun, "dry-run", false, "import nothing, only find the rows that would be rejected")
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		if f.rejects == "" {
			f.rejects = args[0] + ".rejects.csv"
		}
		return runImport(command, o, f, args[0], *asJSON)
	}
	return command
}

func runImport(command *cobra.Command, o *options, f importFlags, path string, asJSON bool) error {
	numbers, bucket, maps, err := f.resolve(o)
	if err != nil {
		return err
	}
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	if sameFile(in, f.rejects) {
		return usagef("--rejects %s is the file to import: name another", f.rejects)
	}
	watched, clear := withProgress(in, command.ErrOrStderr(), asJSON)
	defer clear()
	leads, err := newLeadFile(watched, numbers, bucket, maps)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	leads.onlyNew = f.onlyNew
	target := leadStore{add: addNothing, close: func() error { return nil }}
	if !f.dryRun {
		if target, err = openLeadStore(command.Context(), o); err != nil {
			return err
		}
	}
	run := &importRun{file: leads, add: target.add, most: target.most, rejects: rejectsFile{path: f.rejects, from: leads}}
	run.report = importReport{File: path, DryRun: f.dryRun, Problems: []importProblem{}}
	err = errors.Join(run.all(command.Context()), run.rejects.close(), target.close())
	clear()
	if run.rejects.file != nil {
		run.report.Rejects = f.rejects
	}
	return run.report.finish(command.OutOrStdout(), command.ErrOrStderr(), asJSON, err)
}

// resolve finds what the flags say together with the campaign.
func (f importFlags) resolve(o *options) (numbers numberReader, bucket string, maps []mapping, err error) {
	region, bucket := f.region, f.bucket
	if f.campaign != "" {
		c, err := o.campaign(f.campaign)
		switch {
		case err != nil:
			return numbers, "", nil, err
		case len(c.Buckets) == 0:
			return numbers, "", nil, fmt.Errorf("campaign %q draws on no bucket: dialerd check says more", f.campaign)
		case bucket == "":
			bucket = c.Buckets[0]
		case !slices.Contains(c.Buckets, bucket):
			return numbers, "", nil, usagef("campaign %q does not draw on bucket %q, only on %q: correct one of the two, or leave out --campaign", f.campaign, bucket, c.Buckets)
		}
		if region == "" {
			region = regionOf(c.CallerID)
		}
	}
	if bucket != "" {
		if err := checkBucket(bucket); err != nil {
			return numbers, "", nil, usagef("--bucket %w", err)
		}
	}
	if numbers, err = newNumberReader(region); err != nil {
		return numbers, "", nil, err
	}
	maps, err = parseMap(f.maps)
	return numbers, bucket, maps, err
}

func sameFile(in *os.File, path string) bool {
	a, err := in.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}

// withProgress draws a bar by bytes while a person is looking on. clear takes it away.
func withProgress(in *os.File, stderr io.Writer, asJSON bool) (watched io.Reader, clear func()) {
	info, err := in.Stat()
	if asJSON || err != nil || !isTerminal(stderr) {
		return in, func() {}
	}
	size := info.Size()
	if !info.Mode().IsRegular() {
		size = -1 // not known: the bar only shows that something is going on
	}
	bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(stderr), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(info.Name()), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	reader := progressbar.NewReader(in, bar)
	return &reader, func() { _ = bar.Clear() } // what a terminal makes of it changes nothing for the import
}

// addNothing is for a dry run.
func addNothing(_ context.Context, leads []store.NewLead) ([]store.ImportResult, error) {
	results := make([]store.ImportResult, len(leads))
	for i := range results {
		results[i].Status = store.Inserted
	}
	return results, nil
}
