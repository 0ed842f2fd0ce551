package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dialerd/api"
)

func newAgentsCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "agents",
		Short: "List the operators as Asterisk shows them",
		Long: `List the operators as Asterisk shows them, and as dialerd counts them.

An operator is "ready" when Asterisk would ring him and no call counts on him yet. Behind each of his
queues stands what keeps him from being rung there: a pause with its reason, a penalty, a device that
is not reachable.`,
		Example: `  dialerd agents
  dialerd agents --json | jq '.[] | select(.state == "ready") | .id'
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
		out := command.OutOrStdout()
		if *asJSON {
			return printJSON(out, agents)
		}
		if len(agents) == 0 {
			fmt.Fprintln(out, "No operators: Asterisk shows no member in the queues of queues.toml.")
			return nil
		}
		return agentTable(agents, time.Now()).print(out, wantsColors(out))
	}
	return command
}

func agentTable(agents []api.Agent, now time.Time) *table {
	t := newTable("OPERATOR", "NAME", "STATE", "SINCE", "INTERFACE", "QUEUES")
	for _, a := range agents {
		var queues []string
		for _, q := range a.Queues {
			queues = append(queues, membership(q))
		}
		t.add(a.ID, a.Name, a.State, age(now, a.Since), a.Interface, strings.Join(queues, ", "))
	}
	return t
}

// membership is the queue and what stands against a call there: sales (paused: lunch).
func membership(m api.Membership) string {
	var against []string
	if m.Paused {
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
