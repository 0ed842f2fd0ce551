package main

import (
	"fmt"

	"github.com/spf13/cobra"
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
		}
		return nil
	}
	return command
}
