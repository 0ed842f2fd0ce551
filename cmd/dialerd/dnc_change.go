package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// newDNCChangeCommand makes `dnc add` and `dnc remove`.
func newDNCChangeCommand(o *options, remove bool) *cobra.Command {
	command := &cobra.Command{
		Use:   "add NUMBER...",
		Short: "Never call these numbers again",
		Long: `Never call these numbers again, or all that a mask stands for: +7900*, +7900123????.

It has taken effect, and is on disk, when the command ends: who waits is not dialed, a call that rings is hung
up, a talk goes on and is the last.`,
		Example: `  dialerd dnc add +79161234567 --why "asked on the telephone"
  dialerd dnc add "+7900123????" --campaign spring-sale`,
		Args: cobra.MinimumNArgs(1),
	}
	if remove {
		command.Use, command.Short = "remove NUMBER...", "Take numbers off the list again"
		command.Long = `Take numbers or masks off the list again. Those who were put off because of it may be called from then on.

What a file below dnc says is not changed: take it out there, and reload.`
		command.Example = `  dialerd dnc remove +79161234567
  dialerd dnc remove "+7900123????" --campaign spring-sale`
	}
	campaign := campaignFlag(command, "on the list of this campaign alone")
	why := ""
	if !remove {
		command.Flags().StringVar(&why, "why", "", "a note on the reason, for people")
	}
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		change := dialer.DNCChange{Campaign: *campaign, Remove: remove, When: time.Now(), Who: whoAmI(), Why: why}
		for _, arg := range args {
			e, err := typedEntry(arg)
			if err != nil {
				return usageError{err}
			}
			change.Entries = append(change.Entries, e.String())
		}
		s, err := openDNC(command.Context(), o, true)
		if err != nil {
			return err
		}
		changed, err := s.change(command.Context(), change)
		if err := errors.Join(err, s.close()); err != nil {
			return err
		}
		if remove && changed == 0 {
			return fmt.Errorf("nothing of it was added to the list of %s: dialerd dnc show NUMBER tells where a number stands", listName(*campaign))
		}
		if *asJSON {
			return printJSON(command.OutOrStdout(), map[string]int{"changed": changed})
		}
		fmt.Fprintln(command.OutOrStdout(), changeLine(change, changed))
		return nil
	}
	return command
}

// changeLine tells what became of a change.
func changeLine(change dialer.DNCChange, changed int) string {
	did, others := "added to", "there already"
	if change.Remove {
		did, others = "taken off", "not on it"
	}
	line := fmt.Sprintf("%d %s the list of %s", changed, did, listName(change.Campaign))
	if left := len(change.Entries) - changed; left > 0 {
		line += fmt.Sprintf(", %d %s", left, others)
	}
	return line
}

// typedEntry reads a number or mask as a person types it: spaces, dashes and brackets do not count.
func typedEntry(s string) (phone.Entry, error) {
	if !strings.ContainsAny(s, "*?") {
		if plain, ok := stripPunctuation(s); ok {
			s = plain
		}
	}
	return phone.ParseEntry(s)
}
