package sim

import (
	"fmt"
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// rows is what the database holds.
type rows struct {
	attempts []dialer.Attempt                  // by id, from 1
	leads    []dialer.Lead                     // by id, from 1; one that was deleted has none
	renewed  map[dialer.LeadID][]dialer.CallID // finished leads that waited again: the last attempt before each time
	invalid  map[phone.Number]bool             // numbers that do not exist, of whatever lead
	noSuch   map[phone.Number]bool             // the same, by the attempts alone
	switches []dialer.SwitchChanged
	loans    []dialer.Loan
	agents   []dialer.AgentRecord
	pauses   []dialer.PauseEnded
	dnc      []barred
	snapshot dialer.Snapshot
}

func newRows(leads []dialer.Lead) rows {
	return rows{leads: leads, renewed: map[dialer.LeadID][]dialer.CallID{}, invalid: map[phone.Number]bool{}, noSuch: map[phone.Number]bool{}}
}

// add is what store.Append does with a row.
func (r *rows) add(row dialer.Row) error {
	switch x := row.(type) {
	case dialer.AttemptPlanned:
		if x.Attempt.ID != dialer.CallID(len(r.attempts)+1) {
			return fmt.Errorf("attempt %d is planned after attempt %d", x.Attempt.ID, len(r.attempts))
		}
		r.attempts = append(r.attempts, x.Attempt)
	case dialer.AttemptEnded:
		a := r.attempt(x.Attempt.ID)
		switch {
		case a == nil:
			return fmt.Errorf("attempt %d ends and is not there", x.Attempt.ID)
		case a.Outcome != dialer.Unsettled:
			return fmt.Errorf("attempt %d ends as %s and was %s already", x.Attempt.ID, x.Attempt.Outcome, a.Outcome)
		case x.Attempt.Outcome == dialer.Unsettled:
			return fmt.Errorf("attempt %d ends without an outcome", x.Attempt.ID)
		}
		*a = x.Attempt
		if a.Outcome == dialer.InvalidNumber {
			r.noSuch[a.Number] = true
		}
	case dialer.LeadChanged:
		return r.change(x.Lead, false)
	case dialer.LeadPlaced:
		return r.change(x.Lead, true)
	case dialer.LeadDeleted:
		return r.drop(x.Lead)
	case dialer.NumberJudged:
		r.judged(x.Number, x.Invalid)
	case dialer.SwitchChanged:
		r.switches = slices.DeleteFunc(r.switches, func(s dialer.SwitchChanged) bool { return s.Kind == x.Kind && s.Name == x.Name })
		r.switches = append(r.switches, x)
	case dialer.DNCKept:
		r.changeDNC(x.DNCChange)
	case dialer.LoanTaken:
		if at := r.loan(x.Loan); at >= 0 { // the same thing, with another reason
			r.loans = slices.Delete(r.loans, at, at+1)
		}
		r.loans = append(r.loans, x.Loan)
	case dialer.LoanShown:
		if at := r.loan(x.Loan); at >= 0 {
			r.loans[at].Shown = x.Loan.Shown
		}
	case dialer.LoanReturned:
		at := r.loan(x.Loan)
		if at < 0 {
			return fmt.Errorf("%s of %s in queue %s is returned and was not taken", x.Loan.Field, x.Loan.Interface, x.Loan.Queue)
		}
		r.loans = slices.Delete(r.loans, at, at+1)
	case dialer.AgentKept:
		r.agents = slices.DeleteFunc(r.agents, func(a dialer.AgentRecord) bool { return a.ID == x.Agent.ID })
		if a := x.Agent; a.Own.Reason != "" || a.Supervisor.Reason != "" || !a.Login.IsZero() || a.Leaving {
			r.agents = append(r.agents, a)
		}
	case dialer.PauseKept:
		r.pauses = append(r.pauses, x.Pause)
	case dialer.SnapshotTaken:
		r.snapshot = x.Snapshot
	}
	return nil
}

// loan is where the loan of the same thing is; -1 when there is none.
func (r *rows) loan(x dialer.Loan) int {
	return slices.IndexFunc(r.loans, func(l dialer.Loan) bool {
		return l.PBX == x.PBX && l.Queue == x.Queue && l.Interface == x.Interface && l.Field == x.Field
	})
}

// agent is what is wanted of and by an operator.
func (r *rows) agent(id string) dialer.AgentRecord {
	for _, a := range r.agents {
		if a.ID == id {
			return a
		}
	}
	return dialer.AgentRecord{ID: id}
}

func (r *rows) attempt(id dialer.CallID) *dialer.Attempt {
	if id < 1 || int(id) > len(r.attempts) {
		return nil
	}
	return &r.attempts[id-1]
}

// numbers is store.NumberHistory: what the attempts of the last seven days say of each number, in the
// order of the wall clock.
func (r *rows) numbers(now time.Time) (all []dialer.NumberHistory) {
	at := map[phone.Number]int{}
	byTime := slices.Clone(r.attempts)
	slices.SortStableFunc(byTime, func(a, b dialer.Attempt) int { return a.Planned.Compare(b.Planned) })
	for _, a := range byTime {
		if now.Sub(a.Planned) > 7*24*time.Hour {
			continue
		}
		i, known := at[a.Number]
		if !known {
			i = len(all)
			at[a.Number] = i
			all = append(all, dialer.NumberHistory{Number: a.Number})
		}
		h := &all[i]
		h.Last = a.Planned
		if a.Outcome.Counts() && now.Sub(a.Planned) <= 48*time.Hour {
			h.Counted = append(h.Counted, a.Planned)
		}
		if a.Unserved() {
			h.Abandoned = a.Planned
		}
		if a.CallerID != 0 && a.Outcome != dialer.Cancelled {
			h.Shown = a.CallerID
		}
	}
	return all
}

// split parts the attempts into those without an outcome and those of the last day that are over.
func (r *rows) split(now time.Time) (open, recent []dialer.Attempt) {
	for _, a := range r.attempts {
		switch {
		case a.Outcome == dialer.Unsettled:
			open = append(open, a)
		case now.Sub(a.Planned) <= 24*time.Hour:
			recent = append(recent, a)
		}
	}
	return open, recent
}
