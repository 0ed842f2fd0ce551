package dialer

import (
	"slices"
	"time"
)

// step is what the planner decides after an outcome.
type step struct {
	rule   string
	again  time.Duration
	number NumberChoice
	finish string
	counts bool // towards attempts.total
	fault  bool // towards attempts.faults
}

// Names of the steps that are taken when no rule of the campaign says otherwise, and the final
// words they finish a lead with.
const (
	ruleAnswered  = "default-answered"
	ruleNoSuch    = "default-invalid-number"
	ruleAgain     = "default-again"
	ruleExhausted = "attempts-total"
	ruleFaults    = "attempts-faults"

	finalAnswered  = "answered"
	finalNoSuch    = "invalid-number"
	finalExhausted = "exhausted"
	finalFaults    = "unreachable"
)

// defaultAgain is how long a lead waits after an outcome for which the campaign has no rule.
const defaultAgain = time.Hour

// decide chooses the step for a lead after an outcome: the first rule that matches, else a default;
// then the limits of [attempts] may end it. Attempts are numbered from 1, this one included. Others
// says whether the lead has another number that may be called.
func (c *campaign) decide(l *Lead, o Outcome, others bool) step {
	s := c.match(l, o, others)
	s.counts, s.fault = o.Counts(), !o.Counts()
	switch {
	case s.finish != "":
	case s.counts && l.Attempts+1 >= c.Attempts.Total:
		s.rule, s.finish = ruleExhausted, finalExhausted
	case s.fault && l.Faults+1 >= c.Attempts.Faults:
		s.rule, s.finish = ruleFaults, finalFaults
	}
	return s
}

func (c *campaign) match(l *Lead, o Outcome, others bool) step {
	attempt := l.Attempts + 1
	for _, r := range c.Rules {
		if len(r.Disposition) == 0 && slices.Contains(r.On, o) && r.Attempt.Has(attempt) {
			return step{rule: r.Name, again: r.Again.Span(), number: r.Number, finish: r.Finish}
		}
	}
	switch {
	case o == Answered:
		return step{rule: ruleAnswered, finish: finalAnswered}
	case o == InvalidNumber && others:
		return step{rule: ruleNoSuch, again: c.Attempts.Gap.Span(), number: NumberNext}
	case o == InvalidNumber:
		return step{rule: ruleNoSuch, finish: finalNoSuch}
	}
	return step{rule: ruleAgain, again: max(defaultAgain, c.Attempts.Gap.Span())}
}

// apply writes the step on the lead.
func (s step) apply(l *Lead, now time.Time) {
	l.Rule = s.rule
	if s.counts {
		l.Attempts++
		l.Faults = 0
	}
	if s.fault {
		l.Faults++
	}
	if s.finish != "" {
		l.State, l.Final, l.Next = LeadFinished, s.finish, time.Time{}
		return
	}
	l.State = LeadWaiting
	l.Next = now.Add(s.again).UTC()
	if s.number == NumberNext {
		l.Use = (l.Use + 1) % len(l.Numbers)
	}
}
