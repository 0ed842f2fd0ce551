package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

func newAgentsReasonsCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "reasons",
		Short: "List the reasons for which an operator may be paused",
		Long: `List the reasons for which an operator may be paused, as the daemon has them of pauses.toml. Under the number a reason can be dialed by
an operator; those without one are a supervisor's to give.`,
		Example: `  dialerd agents reasons
  dialerd agents reasons --json | jq -r '.[] | select(.paid) | .code'`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		client := o.client()
		defer client.Close()
		reasons, err := client.PauseReasons(command.Context())
		if err != nil {
			return err
		}
		out := command.OutOrStdout()
		switch {
		case *asJSON:
			return printJSON(out, reasons)
		case len(reasons) == 0:
			fmt.Fprintln(out, "There is no reason in pauses.toml: any word is taken, and none has a limit.")
			return nil
		}
		t := newTable("REASON", "NAME", "LIMIT", "PAID", "GIVEN BY", "DIALED")
		for _, r := range reasons {
			by, number := "supervisor", "-"
			if r.Self {
				by, number = "operator", fmt.Sprint(r.Number)
			}
			limit := "-"
			if r.LimitSeconds > 0 {
				limit = dialer.Duration(time.Duration(r.LimitSeconds) * time.Second).String()
			}
			t.add(r.Code, r.Name, limit, yes(r.Paid), by, number)
		}
		return t.print(out, wantsColors(out))
	}
	return command
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func newAgentsPausesCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "pauses",
		Short: "List the pauses of today, and how long they took together",
		Long: `List the pauses that operators or their supervisors wanted today: those that are over, and those that go on. A pause counts when any of it
lies in the time that is asked for, and is told as a whole. Below stands what each operator has taken for each reason.

What Asterisk or somebody else at Asterisk has paused is not kept. Without a running daemon the database is read, which
has the pauses that are over, and knows operators by their ids alone.`,
		Example: `  dialerd agents pauses
  dialerd agents pauses --agent anna --since 7d
  dialerd agents pauses --since 2026-11-01 --json | jq '.sums[] | select(.reason == "lunch")'`,
		Args: cobra.NoArgs,
	}
	agent := command.Flags().String("agent", "", "of this operator alone, by his id or his telephone")
	since := command.Flags().String("since", "", "from this day on (2026-11-22), or for so long back (8h, 7d); default: today")
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		c := newTimepiece()
		from, err := c.back(*since)
		if err != nil {
			return usageError{err}
		}
		pauses, err := o.pauses(command.Context(), store.PauseFilter{Agent: *agent, Since: from}, command.ErrOrStderr())
		if err != nil {
			return err
		}
		report := pauseReport{Pauses: pauses, Sums: sumPauses(pauses, c.now)}
		out := command.OutOrStdout()
		switch {
		case *asJSON:
			return printJSON(out, report)
		case len(pauses) == 0:
			fmt.Fprintf(out, "No pause since %s.\n", c.past(from))
			return nil
		}
		if err := pauseTable(pauses, c).print(out, wantsColors(out)); err != nil {
			return err
		}
		fmt.Fprintln(out)
		return sumTable(report.Sums).print(out, wantsColors(out))
	}
	return command
}

// back is an instant in the past as people say it: a day, or a time from now; empty: when today began.
func (c timepiece) back(text string) (time.Time, error) {
	if text == "" {
		text = c.now.In(c.here).Format(time.DateOnly)
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, c.here); err == nil {
		return day, nil
	}
	var d dialer.Duration
	if err := d.UnmarshalText([]byte(text)); err != nil {
		return time.Time{}, fmt.Errorf("--since %q is neither a day, as 2026-11-22, nor a time back from now, as 8h or 7d", text)
	}
	return c.now.Add(-d.Span()), nil
}

// shownPause is a pause that is over, or goes on.
type shownPause struct {
	dialer.PauseEnded
	Ended time.Time `json:"ended,omitzero"` // left out: it goes on
}

// span is how long it has lasted.
func (p shownPause) span(now time.Time) time.Duration {
	if p.Ended.IsZero() {
		return now.Sub(p.Began)
	}
	return p.Ended.Sub(p.Began)
}

// pauses asks the daemon for those that are over and those that go on; when none runs, its database for the former.
func (o *options) pauses(ctx context.Context, f store.PauseFilter, warn io.Writer) (all []shownPause, err error) {
	all = []shownPause{}
	add := func(p dialer.PauseEnded) error {
		all = append(all, shownPause{p, p.Ended})
		return nil
	}
	client := o.client()
	defer client.Close()
	if f.Agent, err = pausesOf(ctx, client, f.Agent); err == nil {
		err = client.Pauses(ctx, f, add)
	}
	if !errors.Is(err, api.ErrNotRunning) {
		if err == nil {
			err = goingOn(ctx, client, f.Agent, &all)
		}
		return all, err
	}
	path, err := o.storePath()
	if err != nil {
		return nil, err
	}
	r, err := store.OpenReader(path)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(warn, "dialerd is not running: from its database, %s, without the pauses that go on\n", path)
	return all, errors.Join(r.Pauses(ctx, f, add), r.Close())
}

// pausesOf is the id of an operator who may be named by his telephone. One whom the daemon does not know any more is
// known by the pauses that he has had.
func pausesOf(ctx context.Context, client *api.Client, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	s, err := client.Agent(ctx, name)
	if err == nil {
		return s.Agent, nil
	}
	if unknown := (*api.Error)(nil); !errors.As(err, &unknown) || unknown.Code != http.StatusNotFound {
		return name, err
	}
	had := false
	if failed := client.Pauses(ctx, store.PauseFilter{Agent: name}, func(dialer.PauseEnded) error { had = true; return nil }); failed != nil || had {
		return name, failed
	}
	return name, err
}

// goingOn adds the pauses that are not over.
func goingOn(ctx context.Context, client *api.Client, agent string, all *[]shownPause) error {
	agents, err := client.Agents(ctx)
	if err != nil {
		return err
	}
	reasons, err := client.PauseReasons(ctx)
	if err != nil {
		return err
	}
	seen := map[string]bool{} // who serves two PBXs is there twice
	for _, a := range agents {
		by := a.By == dialer.ByAgent || a.By == dialer.BySupervisor
		if a.Code != dialer.CodePaused || !by || a.Since.IsZero() || agent != "" && a.ID != agent || seen[a.ID] {
			continue
		}
		seen[a.ID] = true
		paid := slices.ContainsFunc(reasons, func(r api.PauseReason) bool { return r.Code == a.Reason && r.Paid })
		*all = append(*all, shownPause{PauseEnded: dialer.PauseEnded{Agent: a.ID, Reason: a.Reason, By: a.By, Began: a.Since, Paid: paid, Over: a.Over}})
	}
	return nil
}

// pauseReport is what --json prints.
type pauseReport struct {
	Pauses []shownPause `json:"pauses"`
	Sums   []pauseSum   `json:"sums"`
}

// pauseSum is what an operator has taken for one reason.
type pauseSum struct {
	Agent   string `json:"agent"`
	Reason  string `json:"reason"`
	Pauses  int    `json:"pauses"`
	Seconds int64  `json:"seconds"`
	Paid    int64  `json:"paid_seconds"` // of them
	Over    int    `json:"over"`         // pauses that were over their limit
}

func sumPauses(pauses []shownPause, now time.Time) []pauseSum {
	type key struct{ agent, reason string }
	sums, order := map[key]*pauseSum{}, []*pauseSum{}
	for _, p := range pauses {
		k := key{p.Agent, p.Reason}
		s := sums[k]
		if s == nil {
			s = &pauseSum{Agent: p.Agent, Reason: p.Reason}
			sums[k], order = s, append(order, s)
		}
		seconds := int64(p.span(now).Round(time.Second) / time.Second)
		s.Pauses, s.Seconds = s.Pauses+1, s.Seconds+seconds
		if p.Paid {
			s.Paid += seconds
		}
		if p.Over {
			s.Over++
		}
	}
	list := make([]pauseSum, len(order))
	for i, s := range order {
		list[i] = *s
	}
	slices.SortFunc(list, func(a, b pauseSum) int { return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Reason, b.Reason)) })
	return list
}

func pauseTable(pauses []shownPause, c timepiece) *table {
	t := newTable("OPERATOR", "REASON", "BY", "FROM", "TO", "TOOK", "PAID", "OVER")
	for _, p := range pauses {
		over := "-"
		if p.Over {
			over = "OVER"
		}
		t.add(p.Agent, p.Reason, p.By.String(), c.hour(p.Began), c.hour(p.Ended), spanWords(p.span(c.now)), yes(p.Paid), over)
	}
	return t
}

func sumTable(sums []pauseSum) *table {
	t := newTable("OPERATOR", "REASON", "PAUSES", "TOGETHER", "PAID", "OVER")
	for _, s := range sums {
		t.add(s.Agent, s.Reason, fmt.Sprint(s.Pauses), spanWords(time.Duration(s.Seconds)*time.Second), spanWords(time.Duration(s.Paid)*time.Second), fmt.Sprint(s.Over))
	}
	return t
}

func spanWords(d time.Duration) string { return dialer.Duration(max(d, 0).Round(time.Second)).String() }
