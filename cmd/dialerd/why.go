package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
)

func newWhyCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "why LEAD",
		Short: "Tell why a lead is not called now, and when it will be",
		Long: `Tell why a lead is not called now, and when it will be: where it is, and for each campaign that draws on its
bucket everything that holds it at this moment, until when, and when it can be called at the earliest. When
nothing holds it, tell what it waits for.

LEAD is its id here, one of its numbers with the plus, or the id that it has elsewhere. Digits alone are taken for
the id here, and when there is none, for the one elsewhere; --external takes them for that at once.

The times are those of the person who is called, and behind them those of here. They hold if nothing else changes: a
call to the same person by another campaign can put this one off. It takes a running daemon.`,
		Example: `  dialerd why 17
  dialerd why +79161234567
  dialerd why crm-4711 --json | jq '.leads[].campaigns[] | {campaign, earliest}'`,
		Args: cobra.ExactArgs(1),
	}
	external := externalFlag(command)
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		names, err := leadNames(args[0], *external)
		if err != nil {
			return err
		}
		client := o.client()
		defer client.Close()
		var whys api.Whys
		for _, f := range names {
			whys, err = client.Why(command.Context(), f)
			if errors.Is(err, api.ErrNotRunning) {
				return fmt.Errorf("%w; what its database has of the lead: dialerd leads show %s", err, args[0])
			}
			if err != nil {
				return err
			}
			if len(whys.Leads) > 0 {
				break
			}
		}
		out := command.OutOrStdout()
		switch {
		case *asJSON && len(whys.Leads) > 0:
			return printJSON(out, whys)
		case len(whys.Leads) > 0:
			return printWhys(out, whys, newTimepiece())
		case names[0].Number != 0 && !*asJSON:
			return o.whyNobody(command, names)
		}
		return noSuchLead(names)
	}
	return command
}

// whyNobody tells of a number that no lead has, where it is listed.
func (o *options) whyNobody(command *cobra.Command, names []api.LeadFilter) error {
	s, err := openDNC(command.Context(), o, false)
	if err != nil {
		return err
	}
	if err := errors.Join(o.showNumber(command, s, names[0].Number, false), s.close()); err != nil {
		return err
	}
	return fmt.Errorf("%w, so nobody will call it: dialerd leads import adds leads", noSuchLead(names))
}

func printWhys(w io.Writer, whys api.Whys, c timepiece) error {
	for i, l := range whys.Leads {
		if i > 0 {
			fmt.Fprintln(w)
		}
		printWhy(w, l, c)
	}
	return tellMore(w, whys.More)
}

func printWhy(w io.Writer, l api.Why, c timepiece) {
	fmt.Fprintf(w, "%s: %s\n", leadTitle(l.Lead), printable(whereText(l, c)))
	fmt.Fprintf(w, "  %s\n", printable(lastText(l, c)))
	for _, r := range l.Reasons {
		text := "  " + r.Text
		if !r.Never {
			text += ", " + untilText(r, zonesOf(l), c)
		}
		fmt.Fprintln(w, printable(text))
	}
	for _, x := range l.Campaigns {
		printWhyCampaign(w, l, x, c)
	}
	if hint := whyHint(l); hint != "" {
		fmt.Fprintln(w, hint)
	}
}

// zonesOf is in which zones a person may be: as the lead says, else as the first campaign takes it from the number.
func zonesOf(l api.Why) []string {
	if zones := zoneOf(l.Lead); zones != nil || len(l.Campaigns) == 0 {
		return zones
	}
	return l.Campaigns[0].Zones
}

// whereText is where a lead is at this moment.
func whereText(l api.Why, c timepiece) string {
	in := " in bucket " + l.Lead.Bucket
	switch {
	case l.Unknown:
		return "not known to the daemon: it is still loading leads, as dialerd status tells, or this one was added or deleted a moment ago"
	case l.Call != nil:
		x := l.Call
		text := fmt.Sprintf("in call %d of campaign %s to %s, %s for %s", x.ID, x.Campaign, x.Number, x.Phase, age(c.now, x.Since))
		if x.Agent != "" {
			text += ", operator " + x.Agent
		}
		return text
	case l.Hopper != "":
		return "ready" + in + ", in the hopper of campaign " + l.Hopper
	case l.Live == dialer.LeadWaiting && !l.Looked.IsZero():
		return "waiting" + in + ", looked at again " + c.at(l.Looked, zonesOf(l)...)
	}
	return l.Live.String() + in
}

// lastText is what was done so far.
func lastText(why api.Why, c timepiece) string {
	l := why.Lead
	switch {
	case l.Last.IsZero() && why.Call != nil:
		return "It was never called before."
	case l.Last.IsZero():
		return "It was never called."
	}
	text := fmt.Sprintf("It was called last %s: %s", c.past(l.Last), l.Outcome)
	if l.Outcome == dialer.Unsettled { // that of the call under way, or one that nobody knows of yet
		text = "It was called before " + c.past(l.Last)
	}
	text += fmt.Sprintf("; attempts made: %d", l.Attempts)
	if l.Rule != "" {
		text += "; by rule " + l.Rule
	}
	return text + "."
}

func printWhyCampaign(w io.Writer, l api.Why, x api.WhyCampaign, c timepiece) {
	who := "campaign " + x.Campaign
	if x.Number != 0 {
		who += ", to " + x.Number.String() + " in " + strings.Join(x.Zones, " and ")
	}
	fmt.Fprintf(w, "\n%s: %s\n", printable(who), printable(verdict(l, x, c)))
	printReasons(w, x.Reasons, x.Zones, c)
}

// verdict is when a campaign will call a lead, or what it waits for.
func verdict(l api.Why, x api.WhyCampaign, c timepiece) string {
	switch {
	case x.Never:
		return "never, as things are"
	case x.Earliest.After(c.now):
		return "at the earliest " + c.at(x.Earliest, x.Zones...)
	}
	return "nothing holds it; " + waitsFor(l, x, c)
}

// waitsFor is what a lead waits for that may be called.
func waitsFor(l api.Why, x api.WhyCampaign, c timepiece) string {
	switch {
	case l.Looked.After(c.now):
		return "its turn comes " + c.at(l.Looked, x.Zones...)
	case l.Hopper != "" && l.Hopper != x.Campaign:
		return "it is in the hopper of campaign " + l.Hopper
	case x.Waits != "":
		return "the campaign calls nobody just now: " + x.Waits
	case x.Before > 0:
		return "called before it: " + counted(x.Before, "lead") + " of the hopper"
	case l.Hopper != "":
		return "it is called next"
	}
	return "it waits for its turn in the bucket"
}

// printReasons writes reasons and when they end, in two columns.
func printReasons(w io.Writer, reasons []api.Reason, zones []string, c timepiece) {
	texts, width := make([]string, len(reasons)), 0
	for i, r := range reasons {
		if texts[i] = printable(r.Text); r.Number != 0 {
			texts[i] = r.Number.String() + ": " + texts[i]
		}
		width = max(width, utf8.RuneCountInString(texts[i]))
	}
	for i, text := range texts {
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(text)+2)
		fmt.Fprintf(w, "  %s%s%s\n", text, pad, untilText(reasons[i], zones, c))
	}
}

func untilText(r api.Reason, zones []string, c timepiece) string {
	switch {
	case r.Never:
		return "until that is changed"
	case !r.Until.After(c.now):
		return "for a moment more"
	}
	return "until " + c.at(r.Until, zones...)
}

// whyHint is the command that helps, if one does.
func whyHint(l api.Why) string {
	switch l.Live {
	case dialer.LeadFinished:
		return fmt.Sprintf("To have it called again from the beginning: dialerd leads release %d", l.Lead.ID)
	case dialer.LeadHeld:
		return fmt.Sprintf("To have it called again: dialerd leads release %d", l.Lead.ID)
	}
	if len(l.Campaigns) == 0 && l.Call == nil && !l.Unknown {
		return fmt.Sprintf("To have it called: name its bucket in a campaign's buckets and reload, or dialerd leads move %d --to BUCKET", l.Lead.ID)
	}
	return ""
}
