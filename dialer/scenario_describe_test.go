package dialer

import (
	"fmt"
	"strings"
	"time"
)

// How a scenario tells of what the core does, in words that a shift leader reads.

// describe is an effect as a person would tell it; empty for what a scenario need not show.
func describe(e Effect) string {
	switch e := e.(type) {
	case Record:
		return describeRow(e.Row)
	case Originate:
		shown := "nothing"
		if e.CallerID != 0 {
			shown = e.CallerID.String()
		}
		return fmt.Sprintf("originate call %d: %s, showing %s, for queue %s, ringing %s", e.Call, e.Dial, shown, e.Queue, e.Timeout)
	case Redirect:
		return fmt.Sprintf("redirect call %d to %s", e.Call, e.To)
	case Withdraw:
		return fmt.Sprintf("withdraw call %d from queue %s", e.Call, e.Queue)
	case Hangup:
		return fmt.Sprintf("hang up call %d", e.Call)
	case SetPause:
		if e.Paused {
			return fmt.Sprintf("pause %s in queue %s: %s", e.Interface, e.Queue, e.Reason)
		}
		return fmt.Sprintf("unpause %s in queue %s", e.Interface, e.Queue)
	case SetPenalty:
		return fmt.Sprintf("set the penalty of %s in queue %s to %d", e.Interface, e.Queue, e.Penalty)
	case AddMember:
		return fmt.Sprintf("add %s to queue %s with penalty %d", e.Interface, e.Queue, e.Penalty)
	case RemoveMember:
		return fmt.Sprintf("remove %s from queue %s", e.Interface, e.Queue)
	case Answer:
		if e.Err != "" {
			return "refused: " + e.Err
		}
		if e.Agent.Agent != "" {
			return describeReply(e.Agent)
		}
		if !e.OK {
			return "answer: go by your default"
		}
		name := ""
		if e.Fields.Name != "" {
			name = ", " + e.Fields.Name
		}
		return fmt.Sprintf("answer: %s (queue %s, within %s, lead %d%s)", e.Action, e.Queue, e.Within, e.Lead, name)
	case Done:
		if e.Changed > 0 {
			return fmt.Sprintf("done %d, changed %d", e.Ask, e.Changed)
		}
		return fmt.Sprintf("done %d %s", e.Ask, e.Err)
	case Notice:
		return fmt.Sprintf("%s: %s", e.Level, e.Text)
	case FieldsWanted: // the command fields tells
		return ""
	}
	return fmt.Sprintf("%T", e)
}

func describeRow(r Row) string {
	switch r := r.(type) {
	case AttemptPlanned:
		return fmt.Sprintf("write: call %d to lead %d at %s is planned", r.Attempt.ID, r.Attempt.Lead, r.Attempt.Number)
	case AttemptEnded:
		a := r.Attempt
		s := fmt.Sprintf("write: call %d was %s, by %s", a.ID, a.Outcome, a.Cause.By)
		if a.Agent != "" {
			s += ", talked to " + a.Agent
		}
		return s
	case LeadChanged:
		l := r.Lead
		if l.State == LeadFinished {
			return fmt.Sprintf("write: lead %d is finished: %s (rule %s)", l.ID, l.Final, l.Rule)
		}
		next := "at once"
		if !l.Next.IsZero() {
			next = l.Next.In(time.FixedZone("MSK", 3*3600)).Format("02 Jan 15:04:05")
		}
		return fmt.Sprintf("write: lead %d is %s, next call %s (rule %q, attempts %d, faults %d)", l.ID, l.State, next, l.Rule, l.Attempts, l.Faults)
	case LeadPlaced:
		return describeRow(LeadChanged(r)) + fmt.Sprintf(", in bucket %q, priority %d", r.Lead.Bucket, r.Lead.Priority)
	case LeadDeleted:
		return fmt.Sprintf("write: lead %d is deleted", r.Lead)
	case NumberJudged:
		return fmt.Sprintf("write: %s is no number: %t", r.Number, r.Invalid)
	case AttemptDisposed:
		return fmt.Sprintf("write: call %d: %s (rule %q)", r.Call, r.Disposition, r.Rule)
	case SwitchChanged:
		return fmt.Sprintf("write: %s %s running: %t", r.Kind, r.Name, r.Running)
	case DNCKept:
		list, did := "all", "on"
		if r.Campaign != "" {
			list = r.Campaign
		}
		if r.Remove {
			did = "off"
		}
		return fmt.Sprintf("write: %s %s the list of %s, by %s", strings.Join(r.Entries, " "), did, list, r.Who)
	case LoanTaken:
		return fmt.Sprintf("write: %s of %s in queue %s is taken", r.Loan.Field, r.Loan.Interface, r.Loan.Queue)
	case LoanReturned:
		return fmt.Sprintf("write: %s of %s in queue %s is returned", r.Loan.Field, r.Loan.Interface, r.Loan.Queue)
	case AgentKept:
		return describeAgent(r.Agent)
	case PauseKept:
		p := r.Pause
		return fmt.Sprintf("write: %s was paused (%s) by %s for %s, over its limit: %t", p.Agent, p.Reason, p.By, Duration(p.Ended.Sub(p.Began).Truncate(time.Millisecond)), p.Over)
	}
	return "" // snapshots: their time is not the scenario's business
}
