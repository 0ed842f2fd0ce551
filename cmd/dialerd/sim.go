package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"dialerd/dialer"
	"dialerd/dialer/sim"
)

// longestSim is until the calendar of the simulated campaign shuts; that of a country does not.
const (
	longestSim     = 12.0
	longestCountry = 24.0
)

func newSimCommand() *cobra.Command {
	o := sim.Options{Check: true}
	hours := 8.0
	trace := false
	command := &cobra.Command{
		Use:   "sim",
		Short: "Simulate a day of dialing, without Asterisk and in seconds",
		Long: `Simulate a day: operators, customers, trunks and an Asterisk, all from one seed, dialed by the same code as
the daemon's. Nobody is called and no file is read or written.

The report says how many calls, talks and abandoned calls such a day gives and how long customers
wait. A referee who knows the truth of each call looks for what the dialer does wrong; with anything
found the command ends with 1. The same seed gives the same day.`,
		Example: `  dialerd sim                                    30 operators, 8 hours, progressive
  dialerd sim --mode ratio --ratio 2             what more calls per operator would do
  dialerd sim --operators 8 --faults --seed 7    a day on which much goes wrong
  dialerd sim --country --operators 200 --leads 1000000 --hours 24
  dialerd sim --json | jq .abandoned`,
		Args: cobra.NoArgs,
	}
	flags := command.Flags()
	flags.Uint64Var(&o.Seed, "seed", 1, "which day")
	flags.Float64Var(&hours, "hours", hours, "how long, up to 12, or 24 with --country")
	flags.IntVar(&o.Operators, "operators", 30, "how many")
	flags.IntVar(&o.Leads, "leads", 0, "how many people there are to call (default 50 for each hour of an operator, 100000 with --country)")
	flags.TextVar(&o.Mode, "mode", dialer.Progressive, "progressive or ratio")
	flags.Float64Var(&o.Ratio, "ratio", 1.5, "calls per free operator, in mode ratio")
	flags.BoolVar(&o.Country, "country", false, "five time zones, six campaigns with hours, rules, limits and modes of their own, lists that come in")
	flags.BoolVar(&o.Faults, "faults", false, "cut the link, crash the daemon, stall the disk and so on")
	flags.BoolVar(&trace, "trace", false, "print on stderr everything that happens")
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		o.Length = time.Duration(hours * float64(time.Hour))
		if err := simulable(o, hours); err != nil {
			return err
		}
		if trace {
			o.Trace = command.ErrOrStderr()
		}
		return showSim(command, sim.Run(o), *asJSON)
	}
	return command
}

// simulable refuses what no simulation can be made of.
func simulable(o sim.Options, hours float64) error {
	longest := longestSim
	if o.Country {
		longest = longestCountry
	}
	switch {
	case hours <= 0 || hours > longest || hours != hours:
		return usagef("--hours %g: above 0 and up to %g", hours, longest)
	case o.Operators < 1 || o.Operators > 1000:
		return usagef("--operators %d: between 1 and 1000", o.Operators)
	case o.Leads < 0 || o.Leads > 1_000_000:
		return usagef("--leads %d: up to 1000000", o.Leads)
	case o.Mode != dialer.Progressive && o.Mode != dialer.Ratio:
		return usagef("--mode %s: progressive or ratio", o.Mode)
	case o.Ratio < 1 || o.Ratio > 20 || o.Ratio != o.Ratio:
		return usagef("--ratio %g: between 1 and 20", o.Ratio)
	}
	return nil
}

func showSim(command *cobra.Command, r *sim.Result, asJSON bool) error {
	out := command.OutOrStdout()
	if asJSON {
		if err := printJSON(out, r); err != nil {
			return err
		}
	} else {
		fmt.Fprint(out, r)
	}
	if len(r.Violations) > 0 {
		return errReported
	}
	return nil
}
