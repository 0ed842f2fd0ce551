package dialer

import (
	"slices"
	"strings"
	"time"
)

// step is what the planner decides after an outcome.
type step struct {
	rule     string
	again    Again
	number   NumberChoice
	priority PriorityStep
	bucket   string
	finish   string
	disposed bool // it is for what an operator says
	counts   bool // towards attempts.total
	fault    bool // towards attempts.faults
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

// tried is an attempt that is over, by which a rule is chosen.
type tried struct {
	*Lead        // as it was before the attempt, but for what it says of the last one, which is this
	kind  string // of the number that was dialed

	disposition string // what the operator said of it
	zones       *zoneSet
	others      bool // the lead has another number that may be called
}

// decide chooses the step for a lead after an outcome: the first rule that matches, else a default;
// then the limits of [attempts] may end it. Attempts are numbered from 1, this one included.
func (c *campaign) decide(o *tried) step {
	s := c.match(o)
	s.counts, s.fault = o.Outcome.Counts(), !o.Outcome.Counts()
	switch {
	case s.finish != "":
	case s.counts && o.Attempts+1 >= c.Attempts.Total:
		s.rule, s.finish = ruleExhausted, finalExhausted
	case s.fault && o.Faults+1 >= c.Attempts.Faults:
		s.rule, s.finish = ruleFaults, finalFaults
	}
	return s
}

func (c *campaign) match(o *tried) step {
	for i := range c.Rules {
		if r := &c.Rules[i]; c.matches(r, o) {
			return r.step()
		}
	}
	switch gap := c.Attempts.Gap.Span(); {
	case o.Outcome == Answered:
		return step{rule: ruleAnswered, finish: finalAnswered}
	case o.Outcome == InvalidNumber && o.others:
		return step{rule: ruleNoSuch, again: After(gap), number: NumberNext}
	case o.Outcome == InvalidNumber:
		return step{rule: ruleNoSuch, finish: finalNoSuch}
	default:
		return step{rule: ruleAgain, again: After(max(defaultAgain, gap))}
	}
}

// step is what a rule does.
func (r *Rule) step() step {
	return step{rule: r.Name, again: r.Again, number: r.Number, priority: r.Priority, bucket: r.Bucket, finish: r.Finish, disposed: len(r.Disposition) > 0}
}

// matches tells whether a rule is for an attempt.
func (c *campaign) matches(r *Rule, o *tried) bool {
	switch {
	case len(r.Disposition) > 0 && !slices.Contains(r.Disposition, o.disposition):
		return false
	case len(r.On) > 0 && !slices.Contains(r.On, o.Outcome), !r.Attempt.Has(o.Attempts + 1):
		return false
	case len(r.NumberKind) > 0 && !slices.ContainsFunc(r.NumberKind, func(k string) bool { return strings.EqualFold(k, o.kind) }):
		return false // lists are not so exact about capitals
	}
	return r.Age.Has(o.Created, o.Last) && c.dialedIn(r, o)
}

// dialedIn tells whether the attempt was made in the hours of a rule. When it was so in some of the zones the
// person may be in and not in others, the zone of the campaign decides.
func (c *campaign) dialedIn(r *Rule, o *tried) bool {
	in := 0
	for _, zone := range o.zones.list {
		if r.Hours.Has(o.Last, zone) {
			in++
		}
	}
	switch {
	case r.Hours.IsZero() || in == len(o.zones.list):
		return true
	case in == 0:
		return false
	}
	return r.Hours.Has(o.Last, c.home.list[0])
}

// apply writes the step on the lead: everything but its next call, and the number of that.
func (s step) apply(l *Lead) {
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
}

// place moves the lead on by the step; it is false when it stays where it is.
func (s step) place(l *Lead) (moved bool) {
	bucket, priority := l.Bucket, l.Priority
	if s.finish != "" {
		return false
	}
	if s.bucket != "" {
		l.Bucket = s.bucket
	}
	l.Priority = s.priority.of(l.Priority)
	return l.Bucket != bucket || l.Priority != priority
}

// useAfter is which number is called next by the choice of a rule: the one that was dialed, or the next of those
// that may be called.
func (d *Dialer) useAfter(c *campaign, l *Lead, choice NumberChoice) int {
	for i := 1; choice == NumberNext && i < len(l.Numbers); i++ {
		if use := (l.Dialed + i) % len(l.Numbers); d.callable(c, l.Numbers[use]) {
			return use
		}
	}
	return l.Dialed
}

// planNext plans what becomes of the lead of a call that has ended, by the rule for its outcome. It tells whether
// the lead was moved.
func (d *Dialer) planNext(c *call) (moved bool) {
	l, a, x := c.lead, &c.attempt, c.campaign
	o := d.tried(c)
	s := x.decide(o)
	a.Rule = s.rule
	s.apply(&l.Lead)
	if l.State == LeadFinished {
		return false
	}
	l.Next = s.again.when(x.windows[s.rule], l.Last, d.now.Wall, o.zones)
	l.Use = d.useAfter(x, &l.Lead, s.number)
	if moved = s.place(&l.Lead); moved {
		d.leads.placed[l.ID] = d.now.Mono
	}
	return moved
}

// tried notes on the lead of a call what the call was.
func (d *Dialer) tried(c *call) *tried {
	l, a := &c.lead.Lead, &c.attempt
	// The pool keeps whole seconds: else a part of the day could be another one there.
	l.Last, l.Campaign, l.Outcome = wholeSecond(a.Planned), a.Campaign, a.Outcome
	o := &tried{Lead: l, disposition: a.Disposition, zones: d.zones.of(l.Zone, a.Number, c.campaign.Timezone), others: d.otherNumber(c.campaign, c.lead, a.Number)}
	i := numberIndex(l.Numbers, a.Number)
	if i >= 0 { // else an import has taken it off the lead meanwhile
		o.kind = l.Numbers[i].Kind
	}
	l.Dialed = max(0, i)
	return o
}
