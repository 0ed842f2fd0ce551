package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
)

func newAgentsCommand(o *options) *cobra.Command {
	command := newAgentsListCommand(o, "agents")
	command.Short = "List the operators, and have them pause, work, log in and log out"
	command.Args = func(command *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return choose(command, args)
	}
	command.AddCommand(newAgentsListCommand(o, "list"), newAgentsStatusCommand(o), newAgentsPauseCommand(o), newAgentsWorkCommand(o),
		newAgentsLoginCommand(o), newAgentsLogoutCommand(o), newAgentsReleaseCommand(o), newAgentsReasonsCommand(o), newAgentsPausesCommand(o))
	return command
}

func newAgentsListCommand(o *options, use string) *cobra.Command {
	command := &cobra.Command{
		Use:   use,
		Short: "List the operators",
		Long: `List the operators as Asterisk shows them, and as dialerd counts them. "dialerd agents" alone is "dialerd agents list".

  STATE      what he does:
               ready       Asterisk would ring him, and no call counts on him yet
               claimed     a customer has answered who is meant for him; then ringing, talking and wrap-up
               busy        his telephone is in use for something that is not dialerd's
               paused      in all his queues
               pausing     he leaves when the calls are over that were dialed for him, at the latest when LEFT is
               unpausing   he comes from a pause or logs in: ready in a moment
               reserved    kept free for a lead
               offline     he is in no queue, or his telephone or the PBX cannot be reached
             Behind it stands ", leaves" when he will be paused, or log out, after the call
  WHY        the reason of his pause, and whose it is when it is not his own; or the lead that he is kept free for
  SINCE      how long his pause lasts, or is wanted
  LEFT       until his pause is over the limit of its reason, or the state ends by itself
  LOGIN      since when he is logged in by dialerd; - when he is a member of his queues by somebody else's doing

Behind each of his queues stands what keeps him from being rung there: a pause of that queue alone, a penalty, a device that
is not reachable. Of those who are in no queue only who is in agents.toml is listed: "dialerd agents status" tells of anybody.`,
		Example: `  dialerd agents
  dialerd agents --json | jq '.[] | select(.state == "ready") | .id'
  dialerd agents pause anna lunch      as if she had asked for it
  dialerd agents pauses                today's pauses
  asterisk -rx "queue show"            the same from the other side`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		client := o.client()
		defer client.Close()
		agents, err := client.Agents(command.Context())
		if err != nil {
			return err
		}
		slices.SortStableFunc(agents, func(a, b api.Agent) int {
			return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Interface, b.Interface))
		})
		out := command.OutOrStdout()
		if *asJSON {
			return printJSON(out, agents)
		}
		if len(agents) == 0 {
			fmt.Fprintln(out, "No operators: Asterisk shows no member in the queues of queues.toml.")
			return nil
		}
		return agentTable(agents, newTimepiece()).print(out, wantsColors(out))
	}
	return command
}

func agentTable(agents []api.Agent, c timepiece) *table {
	t := newTable("OPERATOR", "NAME", "STATE", "WHY", "SINCE", "LEFT", "LOGIN", "INTERFACE", "QUEUES")
	for _, a := range agents {
		var queues []string
		everywhere := !slices.ContainsFunc(a.Queues, func(q api.Membership) bool { return !q.Paused })
		for _, q := range a.Queues {
			queues = append(queues, membership(q, everywhere && q.Reason != "" && q.Reason == a.Reason))
		}
		t.add(a.ID, a.Name, stateOf(a), whyOut(a), age(c.now, a.Since), left(a, c.now), c.hour(a.LoggedIn), a.Interface, strings.Join(queues, ", "))
	}
	return t
}

// stateOf is what he does, and that he leaves when he is done with it.
func stateOf(a api.Agent) string {
	state, leaves := a.State, a.Code == dialer.CodePausing || a.Code == dialer.CodeCallback
	if leaves && a.AfterCall && state != dialer.AgentPausing.String() {
		return state + ", leaves"
	}
	return state
}

// whyOut is why an operator is paused, or will be.
func whyOut(a api.Agent) string {
	switch {
	case a.Lead != 0:
		return fmt.Sprintf("callback, lead %d", a.Lead)
	case a.Reason == "":
		return "-"
	case a.By == dialer.ByNobody || a.By == dialer.ByAgent || a.By == dialer.ByDialer:
		return a.Reason
	}
	return fmt.Sprintf("%s (%s)", a.Reason, a.By)
}

// left is how long a pause may last still, and how long it is over.
func left(a api.Agent, now time.Time) string {
	switch {
	case a.Over && !a.Until.IsZero():
		return "OVER " + age(now, a.Until)
	case a.Over:
		return "OVER"
	case a.Until.IsZero():
		return "-"
	}
	return age(a.Until, now)
}

// membership is the queue and what stands against a call there: sales (paused: lunch). What the operator is paused for
// everywhere is known, and not told again.
func membership(m api.Membership, known bool) string {
	var against []string
	if m.Paused && !known {
		against = append(against, strings.TrimSuffix("paused: "+m.Reason, ": "))
	}
	if m.Penalty > 0 {
		against = append(against, fmt.Sprintf("penalty %d", m.Penalty))
	}
	if device := m.Device.String(); device != "not-in-use" {
		against = append(against, device)
	}
	if len(against) == 0 {
		return m.Queue
	}
	return m.Queue + " (" + strings.Join(against, ", ") + ")"
}

// oneAgent wants an operator, and at most one word more.
func oneAgent(more int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return errors.New("which operator? Give his id, or his telephone as PJSIP/101")
		case args[0] == "":
			return errors.New("the id of the operator is empty")
		}
		return cobra.MaximumNArgs(1+more)(command, args)
	}
}
