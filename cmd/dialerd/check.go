package main

import (
	"fmt"
	"reflect"

	"github.com/spf13/cobra"

	"dialerd/dialer"
)

func newCheckCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "check",
		Short: "Check the files of the configuration, without touching the daemon",
		Long: `Check all files of the configuration together, as the daemon reads them.

Every fault is printed as file:line:column: what is wrong and what would be right. With any fault the
command ends with 1, and the daemon would refuse the files as a whole.`,
		Example: `  dialerd check && dialerd reload
  dialerd check -c ./new-config
  dialerd check --json | jq -r '.[].file' | sort -u`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		s, faults := readConfig(o.dir)
		out := command.OutOrStdout()
		if *asJSON {
			if faults == nil {
				faults = configFaults{} // [] and not null
			}
			if err := printJSON(out, faults); err != nil {
				return err
			}
		}
		switch {
		case len(faults) > 0 && !*asJSON:
			fmt.Fprint(out, faults)
			fallthrough
		case len(faults) > 0:
			return errReported
		case !*asJSON:
			c := s.Config
			fmt.Fprintf(out, "%s is in order: %d PBX, %d queues, %d trunks, %d campaigns\n", o.dir, len(c.PBXs), len(c.Queues), len(c.Trunks), len(c.Campaigns))
			for _, note := range withoutEffect(c) {
				fmt.Fprintln(out, "note: "+note)
			}
		}
		return nil
	}
	return command
}

// withoutEffect is what the files say and this version does not do: an administrator should not have to
// find out by waiting for it.
func withoutEffect(c *dialer.Config) (notes []string) {
	for _, x := range c.Campaigns {
		if x.Pacing.Mode == dialer.Predictive {
			notes = append(notes, fmt.Sprintf("campaign %q: mode predictive runs as progressive in this version", x.Name))
		}
		if !reflect.DeepEqual(x.Callback, dialer.NewCampaign().Callback) {
			notes = append(notes, fmt.Sprintf("campaign %q: [callback] is without effect in this version: there are no callbacks yet", x.Name))
		}
		for _, r := range x.Rules {
			if len(r.Disposition) > 0 {
				notes = append(notes, fmt.Sprintf("campaign %q: rule %q is for dispositions, which this version does not know: it never matches", x.Name, r.Name))
			}
		}
	}
	for _, a := range c.Agents {
		if a.CallerID != 0 || a.Deputy != "" || a.Penalty != 0 {
			notes = append(notes, fmt.Sprintf("agent %q: penalty, caller_id and deputy are without effect in this version", a.ID))
		}
	}
	if len(c.Pauses) > 0 {
		notes = append(notes, "pause reasons are without effect in this version: pauses are set in Asterisk")
	}
	return notes
}
