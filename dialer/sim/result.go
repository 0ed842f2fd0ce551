package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// Result is what came of a run, in figures that an administrator knows from his reports.
type Result struct {
	Seed       uint64         `json:"seed"`
	Hours      float64        `json:"hours"`
	Operators  int            `json:"operators"`
	Leads      int            `json:"leads"`
	Calls      int            `json:"calls"`    // that were placed
	Answered   int            `json:"answered"` // by a person or a machine
	Talks      int            `json:"talks"`
	Outcomes   map[string]int `json:"outcomes"`
	Abandoned  float64        `json:"abandoned"`  // share of the answered
	TalkShare  float64        `json:"talk_share"` // of the operators' time at work
	TalkMean   float64        `json:"talk_mean"`  // seconds
	Waits      Waits          `json:"waits"`
	Finished   int            `json:"finished"` // leads
	Steps      int            `json:"steps"`    // of the core
	Faults     int            `json:"faults"`   // stretches in which something was broken
	Violations []string       `json:"violations"`
}

// Waits are how long customers waited from the answer to an operator, in seconds.
type Waits struct {
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
	Most   float64 `json:"most"`
	Over2  float64 `json:"over_2s"` // share of the talks
}

func (s *simulation) result(work pbx.Work) *Result {
	c := s.scenario
	r := &Result{Seed: c.seed, Hours: c.length.Hours(), Operators: len(c.world.Operators), Leads: len(s.disk.rows.leads),
		Outcomes: map[string]int{}, Steps: s.daemon.steps, Faults: len(s.referee.troubles[slow]) + len(s.referee.troubles[deaf]), Violations: []string{}}
	for _, a := range s.disk.rows.attempts {
		r.Outcomes[a.Outcome.String()]++
	}
	for _, l := range s.disk.rows.leads {
		if l.State == dialer.LeadFinished {
			r.Finished++
		}
	}
	r.count(s.world.Fates())
	if work.Worked > 0 {
		r.TalkShare = work.Talked.Seconds() / work.Worked.Seconds()
	}
	if r.Answered > 0 {
		r.Abandoned = float64(r.Outcomes[dialer.Abandoned.String()]) / float64(r.Answered)
	}
	for _, v := range s.referee.violations {
		r.Violations = append(r.Violations, v.String())
	}
	return r
}

// count reads the truth about the calls.
func (r *Result) count(fates []*pbx.Fate) {
	var waits []time.Duration
	var talked time.Duration
	late := 0
	for _, f := range fates {
		r.Calls++
		if f.Answered != 0 {
			r.Answered++
		}
		if f.Bridged == 0 {
			continue
		}
		r.Talks++
		talked += f.Talked - f.Bridged
		wait := f.Bridged - max(f.Answered, f.Heard)
		waits = append(waits, wait)
		if wait > 2*time.Second {
			late++
		}
	}
	if len(waits) == 0 {
		return
	}
	slices.Sort(waits)
	at := func(share float64) float64 { return waits[int(share*float64(len(waits)-1))].Seconds() }
	r.TalkMean = talked.Seconds() / float64(r.Talks)
	r.Waits = Waits{at(0.5), at(0.95), at(1), float64(late) / float64(len(waits))}
}

// String is the report for a person.
func (r *Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %g hours, %d operators, %d leads (%d finished)\n\n", r.Seed, r.Hours, r.Operators, r.Leads, r.Finished)
	fmt.Fprintf(&b, "calls placed      %6d   %.0f an hour\n", r.Calls, float64(r.Calls)/r.Hours)
	fmt.Fprintf(&b, "answered          %6d   %s of the calls\n", r.Answered, percent(r.Answered, r.Calls))
	fmt.Fprintf(&b, "talks             %6d   %.0f s each\n", r.Talks, r.TalkMean)
	fmt.Fprintf(&b, "abandoned         %6d   %.2f%% of the answered\n", r.Outcomes[dialer.Abandoned.String()], 100*r.Abandoned)
	fmt.Fprintf(&b, "talk share         %.1f%%   of the operators' time at work, breaks left out\n", 100*r.TalkShare)
	fmt.Fprintf(&b, "wait for operator  median %.2f s, 95%% within %.2f s, longest %.1f s; over 2 s: %.2f%%\n\n",
		r.Waits.Median, r.Waits.P95, r.Waits.Most, 100*r.Waits.Over2)
	for _, o := range sorted(r.Outcomes) {
		fmt.Fprintf(&b, "  %-16s%6d   %s\n", o, r.Outcomes[o], percent(r.Outcomes[o], r.attempts()))
	}
	fmt.Fprintf(&b, "\nfaults %d, steps of the core %d, violations %d\n", r.Faults, r.Steps, len(r.Violations))
	for _, v := range r.Violations {
		fmt.Fprintf(&b, "  %s\n", v)
	}
	return b.String()
}

func (r *Result) attempts() (n int) {
	for _, k := range r.Outcomes {
		n += k
	}
	return n
}

func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}
