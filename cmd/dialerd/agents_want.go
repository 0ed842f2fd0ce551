package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
)

func newAgentsStatusCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "status OPERATOR",
		Short: "Tell how one operator stands",
		Long: `Tell how one operator stands, as he is told when he asks: by his id, or by his telephone as it stands in the queue. Of an operator
of agents.toml it tells also while he is logged out.`,
		Example: `  dialerd agents status anna
  dialerd agents status PJSIP/101 --json`,
		Args: oneAgent(0),
	}
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		client := o.client()
		defer client.Close()
		s, err := client.Agent(command.Context(), args[0])
		if err != nil {
			return err
		}
		out := command.OutOrStdout()
		if *asJSON {
			return printJSON(out, s)
		}
		_, err = fmt.Fprintln(out, printable(sentence(s, newTimepiece())))
		return err
	}
	return command
}

func newAgentsPauseCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "pause OPERATOR [REASON]",
		Short: "Have an operator paused",
		Long: `Have an operator paused, as if he had asked for it: he leaves when no call counts on him any more that is under way already,
after the talk that he has. The reason is a code of pauses.toml; without one it is the first that an operator may give
himself. With --supervisor it is a pause over his head: only "agents work --supervisor" ends it, and any reason may be given.`,
		Example: `  dialerd agents pause anna lunch
  dialerd agents pause PJSIP/101 training --supervisor
  dialerd agents reasons                which there are`,
		Args: oneAgent(1),
	}
	supervisor := supervisorFlag(command, "a pause that he cannot end himself")
	run := o.wantCommand(command)
	command.RunE = func(_ *cobra.Command, args []string) error {
		want := api.AgentPause{Supervisor: *supervisor}
		if len(args) > 1 {
			want.Reason = args[1]
		}
		return run(args[0], want, func(a api.AgentAnswer) string {
			if a.Code == dialer.CodeOffline && a.Reason == "" {
				return "he is not paused: he comes to work when he comes, unless --supervisor is given"
			}
			return ""
		})
	}
	return command
}

func newAgentsWorkCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "work OPERATOR",
		Short: "End the pause of an operator",
		Long: `End the pause of an operator, as if he had asked for it: his own, and the one that Asterisk has made because he did not answer. With
--supervisor every pause ends, whoever wanted it. It ends with 1 when he stays paused, which who is kept free for a lead does
until "agents release".`,
		Example: `  dialerd agents work anna
  dialerd agents work anna --supervisor`,
		Args: oneAgent(0),
	}
	supervisor := supervisorFlag(command, "end every pause, whoever wanted it")
	run := o.wantCommand(command)
	command.RunE = func(_ *cobra.Command, args []string) error {
		return run(args[0], api.AgentWork{Supervisor: *supervisor}, func(a api.AgentAnswer) string { return staysPaused(a.Standing, *supervisor) })
	}
	return command
}

// staysPaused says what lifts the pause that stands for an operator who was sent to work; empty: none does.
func staysPaused(s api.Standing, supervisor bool) string {
	switch {
	case s.Code == dialer.CodeWorking || s.Code == dialer.CodeAwaiting:
	case s.Code == dialer.CodeOffline && s.Reason == "" && s.By == dialer.ByNobody: // he comes to work when he comes
	case s.Code == dialer.CodeCallback || s.By == dialer.ByDialer:
		return fmt.Sprintf("he stays paused: dialerd agents release %s ends that he is kept free", s.Agent)
	case supervisor: // what Asterisk cannot be told
		return "he stays paused: dialerd status tells whether his PBX can be reached"
	default:
		return "he stays paused: --supervisor ends every pause"
	}
	return ""
}

func newAgentsReleaseCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "release OPERATOR",
		Short: "Let an operator go who is kept free for a lead",
		Long: `Let an operator go who is kept free for a lead: he gets calls again. What else he is paused for stays. Of who is not kept free it tells
how he stands.`,
		Example: `  dialerd agents release anna
  dialerd agents release PJSIP/101 --json`,
		Args: oneAgent(0),
	}
	run := o.wantCommand(command)
	command.RunE = func(_ *cobra.Command, args []string) error { return run(args[0], api.AgentRelease{}, nil) }
	return command
}

func newAgentsLoginCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "login OPERATOR",
		Short: "Make an operator a member of his queues",
		Long: `Make an operator a member of the queues that he has in agents.toml, with his telephone of there or another. He stays logged in over a restart
of dialerd and of Asterisk, until he logs out or somebody takes him out of his queues.`,
		Example: `  dialerd agents login anna
  dialerd agents login anna --interface PJSIP/205`,
		Args: oneAgent(0),
	}
	iface := command.Flags().String("interface", "", "his telephone, as in the queue (default: the one he is logged in with, else that of agents.toml)")
	run := o.wantCommand(command)
	command.RunE = func(_ *cobra.Command, args []string) error {
		return run(args[0], api.AgentLogin{Interface: *iface}, nil)
	}
	return command
}

func newAgentsLogoutCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "logout OPERATOR",
		Short: "Take an operator out of his queues",
		Long: `Take an operator out of his queues, as soon as no call counts on him any more; a talk goes on. His own pause ends with that, a supervisor's waits
for him. A member by queues.conf can only be paused.`,
		Example: `  dialerd agents logout anna`,
		Args:    oneAgent(0),
	}
	run := o.wantCommand(command)
	command.RunE = func(_ *cobra.Command, args []string) error { return run(args[0], api.AgentLogout{}, nil) }
	return command
}

func supervisorFlag(command *cobra.Command, what string) *bool {
	return command.Flags().Bool("supervisor", false, what)
}

// wantCommand is what a command does that wants something of an operator. Of an answer that is none of what was
// wanted failed says why.
func (o *options) wantCommand(command *cobra.Command) func(agent string, want api.AgentRequest, failed func(api.AgentAnswer) string) error {
	asJSON := jsonFlag(command)
	return func(agent string, want api.AgentRequest, failed func(api.AgentAnswer) string) error {
		client := o.client()
		defer client.Close()
		a, err := client.WantOfAgent(command.Context(), agent, want)
		if err != nil {
			return err
		}
		if err := printAnswer(command.OutOrStdout(), a, *asJSON); err != nil {
			return err
		}
		if failed != nil && failed(a) != "" {
			return fmt.Errorf("%s: %s", a.Agent, failed(a))
		}
		return nil
	}
}

func printAnswer(w io.Writer, a api.AgentAnswer, asJSON bool) error {
	if asJSON {
		return printJSON(w, a)
	}
	text := sentence(a.Standing, newTimepiece())
	if !a.Stored {
		text += " This is in force, but not on disk yet: dialerd status tells how the disk is."
	}
	_, err := fmt.Fprintln(w, printable(text))
	return err
}

// sentence tells how an operator stands.
func sentence(s api.Standing, c timepiece) string {
	who := s.Agent
	if s.Name != "" && s.Name != s.Agent {
		who = fmt.Sprintf("%s (%s)", s.Agent, s.Name)
	}
	after := ""
	if s.AfterCall {
		after = " after the call that he has"
	}
	switch s.Code {
	case dialer.CodeWorking:
		return who + " works."
	case dialer.CodeAwaiting:
		return who + " works in a moment."
	case dialer.CodeCallback:
		return fmt.Sprintf("%s is kept free for lead %d%s%s.", who, s.Lead, after, c.limit(s, "until"))
	case dialer.CodePausing:
		if after == "" {
			after = " as soon as no call counts on him any more"
		}
		if s.Reason == "" {
			return fmt.Sprintf("%s logs out%s%s.", who, after, c.limit(s, "at the latest"))
		}
		return fmt.Sprintf("%s will be paused%s%s: %s.", who, after, c.limit(s, "at the latest"), pauseWords(s))
	case dialer.CodePaused:
		return fmt.Sprintf("%s is paused%s%s: %s.", who, c.since(s), c.limit(s, "until"), pauseWords(s))
	}
	if s.Reason != "" {
		return fmt.Sprintf("%s is offline, and paused when he comes: %s.", who, pauseWords(s))
	}
	return who + " is offline: he is in no queue, or his telephone cannot be reached."
}

// pauseWords is the reason of a pause and whose it is.
func pauseWords(s api.Standing) string {
	reason := s.Reason
	if reason == "" {
		reason = "no reason given"
	}
	return reason + map[dialer.PauseBy]string{
		dialer.BySupervisor: ", by a supervisor",
		dialer.ByAsterisk:   ", by Asterisk, since he did not answer",
		dialer.ByForeign:    ", by somebody else at Asterisk",
		dialer.ByDialer:     ", by dialerd",
	}[s.By]
}

func (c timepiece) since(s api.Standing) string {
	if s.Since.IsZero() {
		return ""
	}
	return fmt.Sprintf(" since %s (%s)", c.hour(s.Since), age(c.now, s.Since))
}

// limit tells until when, and by how much that is over.
func (c timepiece) limit(s api.Standing, word string) string {
	switch {
	case s.Until.IsZero():
		return ""
	case s.LeftSeconds < 0:
		return fmt.Sprintf(", OVER its limit by %s", age(c.now, s.Until))
	}
	return fmt.Sprintf(", %s %s (in %s)", word, c.hour(s.Until), age(s.Until, c.now))
}

// hour is an instant of these days, or none: of another day with its date.
func (c timepiece) hour(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	if t = t.In(c.here); t.Format(time.DateOnly) == c.now.In(c.here).Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("01-02 15:04")
}
