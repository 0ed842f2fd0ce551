package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"dialerd/dialer"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// defaultDir is where the Debian package puts the configuration.
const defaultDir = "/etc/dialerd"

// options are what every command is told.
type options struct {
	dir    string // of the configuration
	socket string // of the daemon; empty: as the configuration says
}

// usageError is a command that was used wrongly.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errReported is the error of a command that has said already what is wrong.
var errReported = errors.New("reported")

// execute is the whole program: it returns the exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	wrong := usageError{}
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "%s: %v\nSee: %s --help\n", command.CommandPath(), err, command.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(stderr, "%s: %v\n", command.CommandPath(), err)
	return exitFailed
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	o := &options{}
	root := &cobra.Command{
		Use:   "dialerd",
		Short: "An outbound dialer beside Asterisk",
		Long: `dialerd calls people and gives the answered calls to the operators of Asterisk's queues.

The daemon is "dialerd run", started by systemd. All other commands look at it or tell it something,
over the unix socket that is set in dialerd.toml.`,
		Example: `  dialerd status                          is it dialing, and if not, why
  dialerd check && dialerd reload         after a change of the files in /etc/dialerd
  dialerd campaigns stop spring-sale      no new calls, those under way go on
  dialerd leads import new.csv --campaign spring-sale
  dialerd why +79161234567                why is this person not called, and when will he be
  dialerd dnc add +79161234567            never call this number again
  dialerd backup /var/backups/dialerd.db  a copy of the database, while it runs
  journalctl -u dialerd -e                what the daemon says`,
		Version:       buildVersion(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(stdout) // before the completion command is made, which keeps it
	root.SetErr(stderr)
	root.SetVersionTemplate("{{.Version}}\n")
	root.PersistentPreRunE = func(command *cobra.Command, _ []string) error { return o.lookForDir(command) }
	root.PersistentFlags().StringVarP(&o.dir, "config", "c", defaultDir, "directory of the configuration")
	root.PersistentFlags().StringVar(&o.socket, "socket", "", "socket of the daemon (default: as dialerd.toml says)")
	root.AddCommand(
		newRunCommand(o),
		newDemoCommand(),
		newReplayCommand(),
		newCheckCommand(o),
		newBackupCommand(o),
		newStatusCommand(o),
		newCampaignsCommand(o),
		newAgentsCommand(o),
		newLeadsCommand(o),
		newWhyCommand(o),
		newDNCCommand(o),
		newReloadCommand(o),
		newSimCommand(),
		newDialplanCommand(),
		newVersionCommand(o),
	)
	// What only has commands below it is made runnable by strict, but is not used by itself.
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), "{{if .Runnable}}", "{{if not .HasAvailableSubCommands}}", 1))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	strict(root)
	return root
}

// strict makes every wrong use of the command and those below it a usageError. cobra by itself
// prints a help text and ends with 0 for `dialerd leads imprt`.
func strict(command *cobra.Command) {
	command.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	switch {
	case command.Name() == "help":
		command.Args, command.Run, command.RunE = nil, nil, help
	case !command.Runnable():
		command.Args, command.RunE = cobra.ArbitraryArgs, choose
	case command.Args != nil:
		accept := command.Args
		command.Args = func(c *cobra.Command, args []string) error {
			if err := accept(c, args); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	for _, below := range command.Commands() {
		strict(below)
	}
}

// choose is what a command does that only has commands below it.
func choose(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		command.SetOut(command.ErrOrStderr())
		return errors.Join(command.Help(), usagef("which command?"))
	}
	var names []string
	for _, below := range command.Commands() {
		names = append(names, below.Name())
	}
	if near := dialer.Nearest(args[0], names); near != "" {
		return usagef("there is no command %q: did you mean %q?", args[0], near)
	}
	return usagef("there is no command %q", args[0])
}

// help shows the help of the command that is named.
func help(command *cobra.Command, args []string) error {
	topic, rest, err := command.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return usagef("there is no command %q", strings.Join(args, " "))
	}
	topic.InitDefaultHelpFlag()
	return topic.Help()
}

// jsonFlag adds --json to a command that shows data.
func jsonFlag(command *cobra.Command) *bool {
	return command.Flags().Bool("json", false, "print JSON, for programs")
}
