package main

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"dialerd/api"
)

// version is set by the packager: go build -ldflags "-X main.version=1.2.3".
var version string

// buildVersion is the packager's version, else what Go knows of the source.
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	built := info.Main.Version
	if built == "" || built == "(devel)" {
		built = "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && built == "devel" {
			built += "-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return built
}

// buildInfo is what the API says of this program.
func buildInfo() api.Version {
	v := api.Version{Version: buildVersion()}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.Go = info.GoVersion
	}
	return v
}

func newVersionCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program, and of the daemon that runs",
		Long: `Print the version of this program, and that of the daemon when one runs.

After an upgrade the two differ until the daemon is started again (systemctl restart dialerd).`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		shown := struct {
			Program api.Version  `json:"program"`
			Daemon  *api.Version `json:"daemon"` // null: none runs
		}{Program: buildInfo()}
		client := o.client()
		defer client.Close()
		running, err := client.Version(command.Context())
		switch {
		case err == nil:
			shown.Daemon = &running
		case !errors.Is(err, api.ErrNotRunning):
			fmt.Fprintf(command.ErrOrStderr(), "the daemon cannot be asked: %v\n", err)
		}
		out := command.OutOrStdout()
		if *asJSON {
			return printJSON(out, shown)
		}
		fmt.Fprintf(out, "dialerd %s (%s)\n", shown.Program.Version, shown.Program.Go)
		if shown.Daemon != nil {
			fmt.Fprintf(out, "daemon  %s (%s)\n", running.Version, running.Go)
		}
		return nil
	}
	return command
}
