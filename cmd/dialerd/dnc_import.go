package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
)

func newDNCImportCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "Never call the numbers of a file again",
		Long: `Never call the numbers of a file again: one to a line, in E.164, or a mask; behind a # what people should
know. It is the form of the files in dnc, and of "dnc export". - is the standard input.

A line that is neither is named with its place and left out; the others are taken. The exit code is 0 when the
file was gone through to its end, even with lines left out; it is 1 when no line was any good, or when
something failed. An import that broke off may simply be run again.`,
		Example: `  dialerd dnc import refused.txt --why "regulator's list of March"
  dialerd dnc import partner.txt --campaign spring-sale --json`,
		Args: cobra.ExactArgs(1),
	}
	campaign := campaignFlag(command, "onto the list of this campaign alone")
	why := command.Flags().String("why", "", "a note on the reason (default: the name of the file)")
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		in, name := command.InOrStdin(), "standard input"
		if args[0] != "-" {
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			in, name = file, args[0]
		}
		if *why == "" {
			*why = "import of " + name
		}
		s, err := openDNC(command.Context(), o, true)
		if err != nil {
			return err
		}
		im := &dncImport{file: name, change: dialer.DNCChange{Campaign: *campaign, When: time.Now(), Who: whoAmI(), Why: *why}, put: s.change}
		err = errors.Join(im.all(command.Context(), in), s.close())
		return im.finish(command.OutOrStdout(), command.ErrOrStderr(), *asJSON, err)
	}
	return command
}

// dncImport takes a file through to its end.
type dncImport struct {
	file   string
	change dialer.DNCChange
	put    func(context.Context, dialer.DNCChange) (int, error)

	lines  int // with anything on them
	added  int
	bad    int
	faults configFaults // the first of them
}

// all returns an error when the file could not be gone through. Lines are put on the list by the thousand.
func (im *dncImport) all(ctx context.Context, in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<16), maxRow)
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if n == 1 {
			if head := configClean(text); head.binary {
				return fmt.Errorf("%s: %s", im.file, head.faults[0].what)
			}
		}
		im.line(n, text)
		if len(im.change.Entries) == api.MaxDNC {
			if err := im.flush(ctx); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s cannot be read on: %w", im.file, err)
	}
	return im.flush(ctx)
}

func (im *dncImport) line(n int, text string) {
	e, column, err := dncLine(text)
	switch {
	case err != nil:
		im.lines++
		if im.bad++; len(im.faults) < configFaultsShown {
			im.faults = append(im.faults, configFault{File: im.file, Line: n, Column: column, Text: err.Error()})
		}
	case column > 0:
		im.lines++
		im.change.Entries = append(im.change.Entries, e.String())
	}
}

func (im *dncImport) flush(ctx context.Context) error {
	if len(im.change.Entries) == 0 {
		return ctx.Err()
	}
	added, err := im.put(ctx, im.change)
	im.added += added
	im.change.Entries = im.change.Entries[:0]
	if err != nil {
		return fmt.Errorf("the import broke off: run it again, what is on the list already stays: %w", err)
	}
	return nil
}

// dncReport is what became of a file.
type dncReport struct {
	File   string       `json:"file"`
	Read   int          `json:"read"` // lines with anything on them but a comment
	Added  int          `json:"added"`
	Known  int          `json:"known"` // there already
	Bad    int          `json:"bad"`
	Faults configFaults `json:"faults"` // the first of the bad lines
	Error  string       `json:"error,omitempty"`
}

// finish prints the report and decides how the command ends; err is what broke the import off.
func (im *dncImport) finish(stdout, stderr io.Writer, asJSON bool, err error) error {
	r := dncReport{File: im.file, Read: im.lines, Added: im.added, Bad: im.bad, Faults: im.faults}
	if err == nil {
		r.Known = r.Read - r.Added - r.Bad
	}
	if r.Faults == nil {
		r.Faults = configFaults{}
	}
	if err == nil && r.Bad > 0 && r.Bad == r.Read {
		err = fmt.Errorf("%s: no line is a number or a mask", im.file)
	}
	if asJSON {
		if err != nil {
			r.Error = err.Error()
		}
		return errors.Join(printJSON(stdout, r), err)
	}
	fmt.Fprint(stderr, im.faults)
	if more := im.bad - len(im.faults); more > 0 {
		fmt.Fprintf(stderr, "and %d more\n", more)
	}
	fmt.Fprintf(stdout, "read=%d added=%d known=%d bad=%d\n", r.Read, r.Added, r.Known, r.Bad)
	return err
}
