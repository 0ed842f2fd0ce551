package main

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"dialerd/api"
)

func newReloadCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "Have the daemon read its files again, all or nothing",
		Long: `Have the daemon read its files again. It waits until the new ones are in force.

When there is a fault in any file, all faults are printed and the daemon goes on with what it had.
The daemon reads the directory it was started with, whatever -c says here. Calls under way are not
touched. "systemctl reload dialerd" does the same, and fails when this does.`,
		Example: `  dialerd check && dialerd reload`,
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			client := o.client()
			defer client.Close()
			err := client.Reload(command.Context())
			refused := (*api.Error)(nil)
			switch {
			case errors.As(err, &refused) && refused.Code == http.StatusUnprocessableEntity:
				return fmt.Errorf("the files have faults, the daemon goes on with what it had:\n%w", err)
			case err != nil:
				return err
			}
			fmt.Fprintln(command.OutOrStdout(), "reloaded")
			return nil
		},
	}
}
