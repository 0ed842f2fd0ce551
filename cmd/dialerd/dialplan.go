package main

import (
	"io"

	"github.com/spf13/cobra"

	"dialerd/dialplan"
)

func newDialplanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "dialplan",
		Short: "Print the part of the dialplan that dialerd needs",
		Long: `Print extensions_dialerd.conf, the part of the dialplan that answered calls go through.

Asterisk reads it through an #include in its extensions.conf. Print it again after every upgrade of
dialerd: the two belong together.`,
		Example: `  dialerd dialplan > /etc/asterisk/extensions_dialerd.conf
  asterisk -rx "dialplan reload"`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			_, err := io.WriteString(command.OutOrStdout(), dialplan.Text())
			return err
		},
	}
}
