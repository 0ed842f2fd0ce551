package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
)

func newStatusCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "status",
		Short: "Show how the daemon is doing: links, campaigns, operators, trunks, disk",
		Long: `Show how the daemon is doing.

Read it from the top: what is wrong with the daemon itself, its files, its disk and its links comes
first, because it stops everything. Then, for each campaign, the last column says why nothing is
being dialed just now; an empty one means that it is dialing.

  CALLS    under way: dialing, then answered and talking
  TODAY    attempts, of those answered by a person, of those abandoned
  ABANDON  the share of abandoned calls among those that a person answered today
  MOST     calls of the caller ID that was shown most today, of its daily limit`,
		Example: `  dialerd status
  watch -n 2 dialerd status
  dialerd status --json | jq '.campaigns[] | select(.idle != null) | {name, idle}'`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		client := o.client()
		defer client.Close()
		s, err := client.Status(command.Context())
		if err != nil {
			return err
		}
		out := command.OutOrStdout()
		if *asJSON {
			return printJSON(out, s)
		}
		return printStatus(out, s, wantsColors(out))
	}
	return command
}

func printStatus(w io.Writer, s api.Status, colors bool) error {
	printHead(w, s)
	for _, t := range []*table{pbxTable(s), departmentTable(s), campaignTable(s.Campaigns, s.Departments), agentSummary(s), trunkTable(s), poolTable(s)} {
		if len(t.rows) == 0 {
			continue
		}
		fmt.Fprintln(w)
		if err := t.print(w, colors); err != nil {
			return err
		}
	}
	return nil
}

func printHead(w io.Writer, s api.Status) {
	fmt.Fprintf(w, "dialerd %s, instance %s, up %s\n", printable(s.Version), printable(s.Instance), age(s.Now, s.Since))
	if s.Draining {
		fmt.Fprintln(w, "It is ending: no new calls, those under way go on.")
	}
	if s.Config.Refused != "" {
		fmt.Fprintf(w, "The last reload was refused, it goes on with the files of %s ago:\n", age(s.Now, s.Config.Loaded))
		for line := range strings.Lines(s.Config.Refused) {
			fmt.Fprintf(w, "  %s\n", printable(strings.TrimRight(line, "\n")))
		}
	}
	if len(s.Loading) > 0 {
		fmt.Fprintf(w, "Leads are still being loaded: campaigns that draw on %s call nobody before that is done.\n", printable(strings.Join(s.Loading, ", ")))
	}
	fmt.Fprint(w, diskLines(s), shedLines(s), settingsLine(s))
}

func pbxTable(s api.Status) *table {
	t := newTable("PBX", "LINK", "SINCE", "VERSION", "LAG", "CALLS", "REASON")
	for _, p := range s.PBXs {
		link := "down"
		if p.Up {
			link = "up"
		}
		t.add(p.Name, link, age(s.Now, p.Since), p.Version, fmt.Sprintf("%dms", p.LagMS), ofLimit(p.Calls, p.Lines), p.Reason)
	}
	return t
}

func departmentTable(s api.Status) *table {
	t := newTable("DEPARTMENT", "STATE")
	for _, d := range s.Departments {
		t.add(d.Name, runState(d.Running))
	}
	return t
}

func campaignTable(campaigns []api.Campaign, departments []api.Department) *table {
	t := newTable("CAMPAIGN", "STATE", "MODE", "READY", "BUSY", "PAUSED", "WAITING", "HOPPER", "FINISHED", "CALLS", "TODAY", "ABANDON", "NOT DIALING")
	for _, c := range campaigns {
		t.add(c.Name, campaignState(c, departments), c.Mode.String(),
			strconv.Itoa(c.Agents.Ready), strconv.Itoa(c.Agents.Busy), strconv.Itoa(c.Agents.Paused),
			strconv.Itoa(c.Leads.Waiting), strconv.Itoa(c.Leads.Ready), strconv.Itoa(c.Leads.Finished),
			callsUnderWay(c.Calls), fmt.Sprintf("%d/%d/%d", c.Today.Attempts, c.Today.Answered, c.Today.Abandoned),
			abandonShare(c), c.Idle)
	}
	return t
}

func campaignState(c api.Campaign, departments []api.Department) string {
	for _, d := range departments {
		if d.Name == c.Department && !d.Running && c.Running {
			return "department stopped"
		}
	}
	return runState(c.Running)
}

// callsUnderWay is dialing/answered/talking.
func callsUnderWay(calls map[dialer.Phase]int) string {
	var dialing, answered, talking int
	for phase, n := range calls {
		switch phase {
		case dialer.PhasePlanned, dialer.PhaseDialing:
			dialing += n
		case dialer.PhaseTalking:
			talking += n
		default:
			answered += n
		}
	}
	return fmt.Sprintf("%d/%d/%d", dialing, answered, talking)
}

// abandonShare is the share in the window that the campaign is held to, with its limit; else that of
// today.
func abandonShare(c api.Campaign) string {
	for _, a := range c.Abandoned {
		if a.Max > 0 {
			return fmt.Sprintf("%.1f%%/%.1f%%", a.Share*100, a.Max*100)
		}
	}
	if c.Today.Answered == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(c.Today.Abandoned)/float64(c.Today.Answered))
}

// agentSummary counts operators by state: who they are is for `dialerd agents`.
func agentSummary(s api.Status) *table {
	t := newTable("OPERATORS", "NUMBER")
	var order []string
	counts := map[string]int{}
	for _, a := range s.Agents {
		if counts[a.State] == 0 {
			order = append(order, a.State)
		}
		counts[a.State]++
	}
	for _, state := range order {
		t.add(state, strconv.Itoa(counts[state]))
	}
	return t
}

func trunkTable(s api.Status) *table {
	t := newTable("TRUNK", "PBX", "LINES", "STATE", "TRIED IN", "REASON")
	for _, k := range s.Trunks {
		tried := ""
		if k.State == dialer.TrunkShut {
			tried = age(k.ShutUntil, s.Now)
		}
		t.add(k.Name, k.PBX, ofLimit(k.Used, k.Lines), k.State.String(), tried, k.Reason)
	}
	return t
}

// poolTable is one line for each pool of caller IDs: it may have hundreds of numbers.
func poolTable(s api.Status) *table {
	t := newTable("CALLER IDS", "REGION", "NUMBERS", "SHOWN TODAY", "MOST", "NOT SHOWN ANY MORE")
	for _, p := range s.Pools {
		shown, most := 0, 0
		spent := map[string]int{}
		for _, n := range p.Numbers {
			shown, most = shown+n.Today, max(most, n.Today)
			if n.Reason != "" {
				spent[n.Reason]++
			}
		}
		var reasons []string
		for _, reason := range slices.Sorted(maps.Keys(spent)) {
			reasons = append(reasons, fmt.Sprintf("%d: %s", spent[reason], reason))
		}
		t.add(p.Name, p.Prefix, strconv.Itoa(len(p.Numbers)), strconv.Itoa(shown), ofLimit(most, p.DailyLimit), strings.Join(reasons, "; "))
	}
	return t
}

func ofLimit(used, limit int) string {
	if limit == 0 {
		return strconv.Itoa(used)
	}
	return fmt.Sprintf("%d/%d", used, limit)
}

func runState(is bool) string {
	if is {
		return "running"
	}
	return "stopped"
}
