package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
)

func newCampaignsCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "campaigns",
		Short: "List, start and stop campaigns",
		Long: `List, start and stop campaigns, one by one or all of a department.

A campaign dials when both its own switch and that of its department are on. Stopping places no new
calls; those under way go on to their end. The switches are kept over a restart and a reload.`,
		Example: `  dialerd campaigns list
  dialerd campaigns stop spring-sale
  dialerd campaigns start --department sales`,
	}
	command.AddCommand(newCampaignsListCommand(o), newSwitchCommand(o, true), newSwitchCommand(o, false))
	return command
}

func newCampaignsListCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:     "list",
		Short:   "List the campaigns and say why one is not dialing",
		Example: `  dialerd campaigns list --department sales`,
		Args:    cobra.NoArgs,
	}
	department := command.Flags().String("department", "", "only those of this department")
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		client := o.client()
		defer client.Close()
		s, err := client.Status(command.Context())
		if err != nil {
			return err
		}
		if *department != "" && !hasDepartment(s, *department) {
			return fmt.Errorf("there is no department %q: see dialerd status", *department)
		}
		campaigns := []api.Campaign{}
		for _, c := range s.Campaigns {
			if *department == "" || c.Department == *department {
				campaigns = append(campaigns, c)
			}
		}
		out := command.OutOrStdout()
		if *asJSON {
			return printJSON(out, campaigns)
		}
		return campaignTable(campaigns, s.Departments).print(out, wantsColors(out))
	}
	return command
}

func hasDepartment(s api.Status, name string) bool {
	for _, d := range s.Departments {
		if d.Name == name {
			return true
		}
	}
	return false
}

// newSwitchCommand makes `campaigns start` and `campaigns stop`.
func newSwitchCommand(o *options, on bool) *cobra.Command {
	word, short, did := "stop", "Place no new calls for campaigns, or for a department", "stopped"
	if on {
		word, short, did = "start", "Let campaigns, or a department, dial", "started"
	}
	command := &cobra.Command{
		Use:   word + " NAME... | --department NAME",
		Short: short,
		Example: fmt.Sprintf(`  dialerd campaigns %s spring-sale autumn-sale
  dialerd campaigns %s --department sales`, word, word),
	}
	department := command.Flags().String("department", "", "the switch of this department, instead of a campaign's own")
	command.Args = func(_ *cobra.Command, names []string) error {
		if (*department == "") == (len(names) == 0) {
			return errors.New("name campaigns, or give --department NAME, one of the two")
		}
		return nil
	}
	command.RunE = func(command *cobra.Command, names []string) error {
		kind := dialer.SwitchCampaign
		if *department != "" {
			kind, names = dialer.SwitchDepartment, []string{*department}
		}
		client := o.client()
		defer client.Close()
		for _, name := range names {
			if err := client.Switch(command.Context(), kind, name, on); err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "%s %s %s\n", kind, name, did)
		}
		return nil
	}
	return command
}
