package main

import (
	"context"
	"fmt"
	"io"

	"dialerd/ami"
	"dialerd/dialer"
	"dialerd/dialplan"
)

// lookedAt is what a look at the Asterisk of one PBX has found.
type lookedAt struct {
	Name     string        `json:"name"`
	Version  string        `json:"version,omitempty"`
	Findings []ami.Finding `json:"findings"`
	queues   int
	members  int
}

// checkLive looks at the Asterisk of every PBX.
func checkLive(ctx context.Context, s *settings) (all []lookedAt) {
	for _, p := range s.PBXs {
		all = append(all, lookAt(ctx, s, p))
	}
	return all
}

func lookAt(ctx context.Context, s *settings, p settingsPBX) lookedAt {
	x := lookedAt{Name: p.Name, Findings: []ami.Finding{}}
	found, err := ami.LookAt(ctx, amiConfig(s, p), wantedOf(s.Config, p.Name))
	if err != nil {
		x.Findings = append(x.Findings, ami.Finding{Level: ami.Fault, PBX: p.Name, Setting: "address", Value: p.Address,
			Effect: fmt.Sprintf("it cannot be looked at: %v", err)})
		return x
	}
	x.Version = found.Version
	x.Findings = append(x.Findings, ami.Judge(p.Name, found, s.Config, s.AGI.Listen)...)
	for _, q := range s.Config.Queues {
		for _, there := range found.Queues {
			if q.PBX == p.Name && q.Name == there.Name && there.There {
				x.queues, x.members = x.queues+1, x.members+len(there.Members)
			}
		}
	}
	return x
}

// amiConfig is how the AMI of a PBX is reached.
func amiConfig(s *settings, p settingsPBX) ami.Config {
	return ami.Config{PBX: p.Name, Instance: s.Config.Instance, Address: p.Address, User: p.User, Secret: p.Secret, TLS: p.TLS}
}

// wantedOf is what a PBX is looked at for.
func wantedOf(c *dialer.Config, pbx string) ami.Wanted {
	w := ami.Wanted{Contexts: []string{dialplan.ContextAnswered, dialplan.ContextQueue, dialplan.ContextMessage}}
	for _, q := range c.Queues {
		if q.PBX == pbx {
			w.Queues = append(w.Queues, q.Name)
		}
	}
	return w
}

// liveReport is what `dialerd check --live --json` prints.
type liveReport struct {
	Faults configFaults `json:"faults"` // of the files and the database
	Notes  []string     `json:"notes"`  // of the same
	PBXs   []lookedAt   `json:"pbxs"`
}

// reportLive prints what the files and each Asterisk have, and fails when there is a fault among it.
func reportLive(out io.Writer, faults configFaults, notes []string, all []lookedAt, asJSON bool) error {
	err := error(nil)
	if asJSON {
		r := liveReport{Faults: configFaults{}, Notes: notesAmong(notes), PBXs: []lookedAt{}}
		r.Faults, r.PBXs = append(r.Faults, faults...), append(r.PBXs, all...)
		err = printJSON(out, r)
	} else {
		err = reportCheck(out, faults, notes, false)
		for _, x := range all {
			printLookedAt(out, x)
		}
	}
	for _, x := range all {
		if countLevel(x.Findings, ami.Fault) > 0 && err == nil {
			err = errReported
		}
	}
	if len(faults) > 0 && err == nil {
		err = errReported
	}
	return err
}

// printLookedAt prints the findings of one PBX, by queue.
func printLookedAt(out io.Writer, x lookedAt) {
	title := "PBX " + x.Name
	if x.Version != "" {
		title += " (Asterisk " + x.Version + ")"
	}
	if len(x.Findings) == 0 {
		fmt.Fprintf(out, "\n%s: nothing in its settings works against the dialer (%d queues, %d members)\n", printable(title), x.queues, x.members)
		return
	}
	fmt.Fprintf(out, "\n%s: %s\n", printable(title), levelCounts(x.Findings))
	queue, reload := "", false
	for _, f := range x.Findings {
		if f.Queue != queue {
			queue = f.Queue
			fmt.Fprintf(out, "  queue %s\n", printable(queue))
		}
		fmt.Fprintf(out, "    %s: %s = %s\n      %s\n", f.Level, printable(f.Setting), printable(f.Value), printable(f.Effect))
		if f.Write != "" {
			fmt.Fprintf(out, "      -> %s: %s\n", printable(f.Where), printable(f.Write))
		}
		reload = reload || f.Queue != ""
	}
	if reload {
		fmt.Fprintln(out, "  After a change of queues.conf: asterisk -rx 'queue reload all'")
	}
}

func countLevel(all []ami.Finding, level ami.Level) (n int) {
	for _, f := range all {
		if f.Level == level {
			n++
		}
	}
	return n
}

// levelCounts is "2 faults, 1 warning, 3 notes", without what there is none of.
func levelCounts(all []ami.Finding) (text string) {
	for _, level := range []ami.Level{ami.Fault, ami.Warning, ami.Note} {
		n := countLevel(all, level)
		if n == 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%d %s", n, level)
		if n > 1 {
			text += "s"
		}
	}
	return text
}
