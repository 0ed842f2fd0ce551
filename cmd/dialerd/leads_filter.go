package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
)

// filterFlags choose leads by what they have in common.
type filterFlags struct {
	bucket, state, final, rule, external, number string
	unfinished                                   bool
}

func (f *filterFlags) add(command *cobra.Command, o *options) {
	flags := command.Flags()
	flags.StringVar(&f.bucket, "bucket", "", "only leads of this bucket")
	flags.StringVar(&f.state, "state", "", "only leads that are waiting, finished or held")
	flags.StringVar(&f.final, "final", "", "only leads that were finished with this word")
	flags.StringVar(&f.rule, "rule", "", "only leads whose next call, or end, this rule has planned")
	flags.StringVar(&f.external, "external", "", "only the lead that has this id elsewhere")
	flags.StringVar(&f.number, "number", "", "only leads that have this number")
	flags.BoolVar(&f.unfinished, "unfinished", false, "only leads that are not finished")
	o.completeBuckets(command, "bucket")
}

// completeBuckets has the shell offer the buckets for a flag. When they cannot be had it offers none: an error
// there would be in the way of who types.
func (o *options) completeBuckets(command *cobra.Command, flag string) {
	offer := func(command *cobra.Command, _ []string, _ string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
		buckets, err := o.buckets(command.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, b := range buckets {
			names = append(names, b.Name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	if err := command.RegisterFlagCompletionFunc(flag, offer); err != nil {
		panic(err) // there is no such flag
	}
}

// filter reads the flags. One that is given and empty, as by a script whose variable is not set, is refused: it would
// choose more than was meant.
func (f *filterFlags) filter(command *cobra.Command) (chosen api.LeadFilter, err error) {
	for name, value := range map[string]string{"bucket": f.bucket, "state": f.state, "final": f.final, "rule": f.rule, "external": f.external, "number": f.number} {
		if value == "" && command.Flags().Changed(name) {
			return chosen, usagef("--%s is empty: leave it out, or give it a value", name)
		}
	}
	chosen = api.LeadFilter{Bucket: f.bucket, Final: f.final, Rule: f.rule, External: f.external, Unfinished: f.unfinished}
	if f.number != "" {
		e, err := typedEntry(f.number)
		if err == nil && e.Number == 0 {
			err = fmt.Errorf("%q is a mask: name one number", f.number)
		}
		if err != nil {
			return chosen, usagef("--number: %w", err)
		}
		chosen.Number = e.Number
	}
	if f.state != "" {
		chosen.State = new(dialer.LeadState)
		if err = chosen.State.UnmarshalText([]byte(f.state)); err == nil {
			err = chosen.Check()
		}
		if err != nil {
			return chosen, usagef("--state: %w", err)
		}
	}
	return chosen, nil
}
