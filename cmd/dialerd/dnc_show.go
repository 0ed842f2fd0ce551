package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dialerd/dialer/phone"
	"dialerd/store"
)

func newDNCShowCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "show [NUMBER]",
		Short: "Tell why a number is not called, or how long the lists are",
		Long: `Tell what keeps a number from being called: each entry that it is, or that fits it, with who put it there and
when, or in which line of which file it stands. Without a number, tell how much is on each list.

Files are shown as they are on disk: the daemon goes by them since its last reload.`,
		Example: `  dialerd dnc show +79161234567
  dialerd dnc show --json`,
		Args: cobra.MaximumNArgs(1),
	}
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		var number phone.Number
		if len(args) == 1 {
			e, err := typedEntry(args[0])
			if err == nil && e.Number == 0 {
				err = fmt.Errorf("%q is a mask: show takes a number, and names the masks that fit it", args[0])
			}
			if err != nil {
				return usageError{err}
			}
			number = e.Number
		}
		s, err := openDNC(command.Context(), o, false)
		if err != nil {
			return err
		}
		if number == 0 {
			return errors.Join(o.showLists(command, s, *asJSON), s.close())
		}
		return errors.Join(o.showNumber(command, s, number, *asJSON), s.close())
	}
	return command
}

// dncBar is an entry that keeps a number from being called.
type dncBar struct {
	Entry     string    `json:"entry"`
	Campaigns []string  `json:"campaigns,omitempty"` // none: all
	File      string    `json:"file,omitempty"`
	Line      int       `json:"line,omitempty"`
	When      time.Time `json:"when,omitzero"`
	Who       string    `json:"who,omitempty"`
	Why       string    `json:"why,omitempty"`
}

func (o *options) showNumber(command *cobra.Command, s dncStore, n phone.Number, asJSON bool) error {
	bars, err := o.filesBarring(n)
	if err != nil {
		return err
	}
	err = s.export(command.Context(), store.DNCFilter{Number: n}, func(e store.DNCEntry) error {
		b := dncBar{Entry: e.Entry, When: e.When, Who: e.Who, Why: e.Why}
		if e.Campaign != "" {
			b.Campaigns = []string{e.Campaign}
		}
		bars = append(bars, b)
		return nil
	})
	if err != nil {
		return err
	}
	out := command.OutOrStdout()
	switch {
	case asJSON && bars == nil:
		return printJSON(out, []dncBar{})
	case asJSON:
		return printJSON(out, bars)
	case len(bars) == 0:
		fmt.Fprintf(out, "%s is on no list.\n", n)
		return nil
	}
	t := newTable("ENTRY", "NOT CALLED BY", "SINCE", "WHO", "WHY, OR WHERE")
	for _, b := range bars {
		by := "all campaigns"
		if len(b.Campaigns) > 0 {
			by = strings.Join(b.Campaigns, ", ")
		}
		if b.File != "" {
			t.add(b.Entry, by, "-", "-", fmt.Sprintf("%s:%d", b.File, b.Line))
			continue
		}
		t.add(b.Entry, by, b.When.Local().Format("2006-01-02 15:04"), b.Who, b.Why)
	}
	return t.print(out, wantsColors(out))
}

// filesBarring finds the lines of the files that keep a number from being called. A list that no campaign names
// keeps nobody.
func (o *options) filesBarring(n phone.Number) (bars []dncBar, err error) {
	files := o.files()
	named := map[string][]string{}
	for _, c := range files.readCampaigns() {
		for _, list := range c.DNC {
			named[list] = append(named[list], c.Name)
		}
	}
	for _, name := range slices.Concat(files.list(configDNC, ".txt"), files.list(configDNCLists, ".txt")) {
		var campaigns []string
		if filepath.Dir(name) == configDNCLists {
			if campaigns = named[strings.TrimSuffix(filepath.Base(name), ".txt")]; campaigns == nil {
				continue
			}
		}
		text, err := os.ReadFile(filepath.Join(o.dir, name))
		if err != nil {
			return nil, err
		}
		at := 0
		for line := range strings.Lines(string(text)) {
			at++
			if e, column, err := dncLine(strings.TrimPrefix(line, "\ufeff")); err == nil && column > 0 && e.Fits(n) {
				bars = append(bars, dncBar{Entry: e.String(), Campaigns: campaigns, File: name, Line: at})
			}
		}
	}
	return bars, nil
}

// dncListed is how much is on one list.
type dncListed struct {
	List    string `json:"list"` // a file, or "added"
	For     string `json:"for"`
	Numbers int    `json:"numbers"`
	Masks   int    `json:"masks"`
}

func (o *options) showLists(command *cobra.Command, s dncStore, asJSON bool) error {
	lists := []dncListed{}
	files := o.files()
	for _, name := range slices.Concat(files.list(configDNC, ".txt"), files.list(configDNCLists, ".txt")) {
		var m phone.Masks
		files.readDNCFile(name, &m)
		l := dncListed{List: name, For: listName(""), Numbers: m.Numbers(), Masks: m.Patterns()}
		if list, of := strings.CutPrefix(name, configDNCLists+string(filepath.Separator)); of {
			l.For = o.namers(strings.TrimSuffix(list, ".txt"))
		}
		lists = append(lists, l)
	}
	counts, err := s.count(command.Context())
	if err != nil {
		return err
	}
	for _, c := range counts {
		lists = append(lists, dncListed{List: "added", For: listName(c.Campaign), Numbers: c.Numbers, Masks: c.Masks})
	}
	out := command.OutOrStdout()
	if asJSON {
		return printJSON(out, lists)
	}
	t := newTable("LIST", "FOR", "NUMBERS", "MASKS")
	for _, l := range lists {
		t.add(l.List, l.For, fmt.Sprint(l.Numbers), fmt.Sprint(l.Masks))
	}
	if len(lists) == 0 {
		fmt.Fprintln(out, "There is no list: everybody may be called.")
	}
	return t.print(out, wantsColors(out))
}

// namers is the campaigns that name a list.
func (o *options) namers(list string) string {
	var names []string
	for _, c := range o.files().readCampaigns() {
		if slices.Contains(c.DNC, list) {
			names = append(names, c.Name)
		}
	}
	if names == nil {
		return "no campaign names it"
	}
	return "campaign " + strings.Join(names, ", ")
}

func newDNCExportCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "export",
		Short: "Print what was added to the lists",
		Long: `Print what was added to the lists at run time, one entry to a line, in the form that "dnc import" and the files
in dnc have: behind the # stands when, by whom and why. Without --campaign it is the list of all campaigns.`,
		Example: `  dialerd dnc export -o dnc.txt
  dialerd dnc export --campaign spring-sale | wc -l`,
		Args: cobra.NoArgs,
	}
	campaign := campaignFlag(command, "the list of this campaign alone")
	path := command.Flags().StringP("output", "o", "", "file to write, which appears when it is complete (default: standard output)")
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		s, err := openDNC(command.Context(), o, false)
		if err != nil {
			return err
		}
		f := store.DNCFilter{Campaign: *campaign, Global: *campaign == ""}
		write := func(w io.Writer) error { return exportDNC(command.Context(), s, f, w, *asJSON) }
		if *path == "" {
			return errors.Join(write(command.OutOrStdout()), s.close())
		}
		return errors.Join(writeWhole(*path, write), s.close())
	}
	return command
}

func exportDNC(ctx context.Context, s dncStore, f store.DNCFilter, w io.Writer, asJSON bool) error {
	out := bufio.NewWriterSize(w, 1<<16)
	lines := json.NewEncoder(out)
	err := s.export(ctx, f, func(e store.DNCEntry) error {
		if asJSON {
			return lines.Encode(e)
		}
		note := strings.TrimSuffix(fmt.Sprintf("%s %s: %s", e.When.Format(time.RFC3339), e.Who, printable(e.Why)), ": ")
		_, err := fmt.Fprintf(out, "%s # %s\n", e.Entry, note)
		return err
	})
	return errors.Join(err, out.Flush())
}
