package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

func newLeadsShowCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "show LEAD",
		Short: "Show all that is known of a lead, its last calls too",
		Long: `Show all that is known of a lead: its numbers, attributes, where it stands, and its last 20 calls.

LEAD is its id here, one of its numbers with the plus, or the id that it has elsewhere. Digits alone are taken for
the id here, and when there is none, for the one elsewhere; --external takes them for that at once.

Without a running daemon the database is read; whether it is being called just now is then not known.
"dialerd why" tells why a lead is not called.`,
		Example: `  dialerd leads show 17
  dialerd leads show +79161234567
  dialerd leads show crm-4711 --json | jq '.leads[].history'`,
		Args: cobra.ExactArgs(1),
	}
	external := externalFlag(command)
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		names, err := leadNames(args[0], *external)
		if err != nil {
			return err
		}
		shown, err := o.showLeads(command.Context(), names)
		if err != nil {
			return err
		}
		out := command.OutOrStdout()
		switch {
		case len(shown.Leads) == 0:
			return noSuchLead(names)
		case *asJSON:
			return printJSON(out, shown)
		}
		return printLeads(out, shown, newTimepiece())
	}
	return command
}

func externalFlag(command *cobra.Command) *bool {
	return command.Flags().Bool("external", false, "LEAD is the id it has elsewhere, even when it is all digits")
}

// leadNames is what a person may mean by the name of a lead, in the order in which it is to be tried.
func leadNames(text string, external bool) ([]api.LeadFilter, error) {
	switch {
	case text == "":
		return nil, usagef("which lead? Its id, +NUMBER, or the id it has elsewhere")
	case external:
		return []api.LeadFilter{{External: text}}, nil
	case strings.HasPrefix(text, "+"):
		e, err := typedEntry(text)
		if err == nil && e.Number == 0 {
			err = fmt.Errorf("%q is a mask: name one number", text)
		}
		if err != nil {
			return nil, usageError{err}
		}
		return []api.LeadFilter{{Number: e.Number}}, nil
	}
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		return []api.LeadFilter{{IDs: []dialer.LeadID{dialer.LeadID(id)}}, {External: text}}, nil
	}
	return []api.LeadFilter{{External: text}}, nil
}

// noSuchLead says that nothing of what was meant is there.
func noSuchLead(names []api.LeadFilter) error {
	f := names[len(names)-1]
	switch plain, digits := stripPunctuation(f.External); {
	case f.Number != 0:
		return fmt.Errorf("no lead has the number %s", f.Number)
	case digits && len(plain) >= 10:
		return fmt.Errorf("there is no lead with the id %q, here or elsewhere: a number is written with its plus and country, as +79161234567", f.External)
	case len(names) > 1:
		return fmt.Errorf("there is no lead with the id %s, here or elsewhere", f.External)
	}
	return fmt.Errorf("there is no lead that has the id %q elsewhere", f.External)
}

// showLeads asks the daemon, and when none runs, its database, for the first of the names that is one.
func (o *options) showLeads(ctx context.Context, names []api.LeadFilter) (shown api.ShownLeads, err error) {
	client := o.client()
	defer client.Close()
	for _, f := range names {
		shown, err = client.ShowLeads(ctx, f)
		if errors.Is(err, api.ErrNotRunning) {
			return o.showStored(ctx, names)
		}
		if err != nil || len(shown.Leads) > 0 {
			break
		}
	}
	return shown, err
}

func (o *options) showStored(ctx context.Context, names []api.LeadFilter) (shown api.ShownLeads, err error) {
	path, err := o.storePath()
	if err != nil {
		return shown, err
	}
	r, err := store.OpenReader(path)
	if err != nil {
		return shown, err
	}
	for _, f := range names {
		if shown, err = storedLeads(ctx, r, store.LeadFilter(f)); err != nil || len(shown.Leads) > 0 {
			break
		}
	}
	return shown, errors.Join(err, r.Close())
}

func printLeads(w io.Writer, shown api.ShownLeads, c timepiece) error {
	for i, l := range shown.Leads {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := printLead(w, l, c); err != nil {
			return err
		}
	}
	return tellMore(w, shown.More)
}

// tellMore says how many leads were left out.
func tellMore(w io.Writer, more int) error {
	if more == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nAnd %d more leads that have the number: dialerd leads export --number has them all.\n", more)
	return err
}

func printLead(w io.Writer, l api.Lead, c timepiece) error {
	fmt.Fprintln(w, leadTitle(l.ExportedLead))
	for _, line := range [][2]string{
		{"bucket", l.Bucket}, {"state", stateText(l, c)}, {"priority", strconv.Itoa(l.Priority)}, {"zone", l.Zone},
		{"attempts", attemptsText(l.ExportedLead)}, {"rule", l.Rule},
		{"added", c.past(l.Created)}, {"changed", c.past(l.Updated)},
	} {
		if line[1] != "" {
			fmt.Fprintf(w, "  %-9s %s\n", line[0], printable(line[1]))
		}
	}
	for _, t := range []*table{numberTable(l), attributeTable(l.Attributes), historyTable(l.History, c)} {
		if len(t.rows) == 0 {
			continue
		}
		fmt.Fprintln(w)
		if err := t.print(w, wantsColors(w)); err != nil {
			return err
		}
	}
	return nil
}

// leadTitle is the lead as people call it: Lead 17, Anna Petrova, elsewhere crm-4711.
func leadTitle(l store.ExportedLead) string {
	title := fmt.Sprintf("Lead %d", l.ID)
	if l.Name != "" {
		title += ", " + l.Name
	}
	if l.External != "" {
		title += ", elsewhere " + l.External
	}
	return printable(title)
}

func stateText(l api.Lead, c timepiece) string {
	switch l.Live {
	case dialer.LeadFinished:
		return "finished: " + l.Final
	case dialer.LeadHeld:
		return "held: a person has put it aside"
	case dialer.LeadReady:
		return "ready: it is called as soon as an operator and a line are free"
	case dialer.LeadDialing:
		return "dialing"
	}
	if l.Next.IsZero() {
		return "waiting, next call: now"
	}
	return "waiting, next call: " + c.at(l.Next, zoneOf(l.ExportedLead)...)
}

func zoneOf(l store.ExportedLead) []string {
	if l.Zone == "" {
		return nil
	}
	return []string{l.Zone}
}

func attemptsText(l store.ExportedLead) string {
	text := strconv.Itoa(l.Attempts)
	if l.Faults > 0 {
		text += fmt.Sprintf(", and %d in a row that failed by the carrier's fault or ours", l.Faults)
	}
	return text
}

func numberTable(l api.Lead) *table {
	t := newTable("NUMBER", "KIND", "")
	for i, n := range l.Numbers {
		note := ""
		switch {
		case n.Invalid:
			note = "there is no such number"
		case i == l.Use && (l.Live == dialer.LeadWaiting || l.Live == dialer.LeadReady):
			note = "called next"
		}
		t.add(n.Number.String(), n.Kind, note)
	}
	return t
}

func attributeTable(attributes map[string]string) *table {
	t := newTable("ATTRIBUTE", "VALUE")
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		t.add(key, attributes[key])
	}
	return t
}

func historyTable(history []api.Attempt, c timepiece) *table {
	t := newTable("CALL", "WHEN", "CAMPAIGN", "NUMBER", "OUTCOME", "CAUSE", "OPERATOR", "TOOK", "TALK", "SAID", "RULE")
	for _, a := range history {
		outcome := a.Outcome.String()
		if a.Outcome == dialer.Unsettled {
			outcome = "under way"
		}
		t.add(strconv.FormatInt(int64(a.ID), 10), c.past(a.Planned), a.Campaign, a.Number.String(), outcome, causeText(a), a.Agent,
			between(a.Planned, a.Ended), between(a.Connected, a.Ended), a.Disposition, a.Rule)
	}
	return t
}

// causeText is whose doing an outcome was, and what the network said: carrier, Q.850 34.
func causeText(a api.Attempt) string {
	parts := []string{}
	if a.By != dialer.Nobody {
		parts = append(parts, a.By.String())
	}
	if a.Q850 != 0 {
		parts = append(parts, fmt.Sprintf("Q.850 %d", a.Q850))
	}
	if a.SIP != 0 {
		parts = append(parts, fmt.Sprintf("SIP %d", a.SIP))
	}
	return strings.Join(parts, ", ")
}

// between is the time between two instants; nothing when one of them never was.
func between(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return "-"
	}
	return age(to, from)
}
