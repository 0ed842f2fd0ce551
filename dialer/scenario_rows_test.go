package dialer

import (
	"cmp"
	"maps"
	"slices"
	"testing"
)

// rows is what the disk of a scenario holds: what was committed outlives a crash, and nothing else.
type rows struct {
	attempts map[CallID]Attempt
	leads    map[LeadID]Lead
	switches map[switchKey]bool
	loans    []Loan
	agents   map[string]AgentRecord
	dnc      []DNCChange
	snapshot Snapshot
	waiting  []Record // that are not committed
}

func newRows() *rows {
	return &rows{attempts: map[CallID]Attempt{}, leads: map[LeadID]Lead{}, switches: map[switchKey]bool{}, agents: map[string]AgentRecord{}}
}

// commit writes what waits.
func (r *rows) commit() {
	for _, w := range r.waiting {
		switch x := w.Row.(type) {
		case AttemptPlanned:
			r.attempts[x.Attempt.ID] = x.Attempt
		case AttemptEnded:
			r.attempts[x.Attempt.ID] = x.Attempt
		case LeadChanged:
			l := x.Lead
			if l.State == LeadReady || l.State == LeadDialing {
				l.State = LeadWaiting
			}
			r.leads[l.ID] = l
		case AttemptDisposed:
			a := r.attempts[x.Call]
			a.Disposition, a.Rule = x.Disposition, x.Rule
			r.attempts[x.Call] = a
		case LeadPlaced:
			l := x.Lead
			if l.State == LeadReady || l.State == LeadDialing {
				l.State = LeadWaiting
			}
			r.leads[l.ID] = l
		case LeadDeleted:
			delete(r.leads, x.Lead)
		case NumberJudged:
			r.judge(x)
		case SwitchChanged:
			r.switches[switchKey{x.Kind, x.Name}] = x.Running
		case DNCKept:
			r.dnc = append(r.dnc, x.DNCChange)
		case LoanTaken:
			r.returned(x.Loan)
			r.loans = append(r.loans, x.Loan)
		case LoanShown:
			for i, l := range r.loans {
				if l.PBX == x.Loan.PBX && l.Queue == x.Loan.Queue && l.Interface == x.Loan.Interface && l.Field == x.Loan.Field {
					r.loans[i].Shown = x.Loan.Shown
				}
			}
		case LoanReturned:
			r.returned(x.Loan)
		case AgentKept:
			r.agents[x.Agent.ID] = x.Agent
			if x.Agent.Empty() {
				delete(r.agents, x.Agent.ID)
			}
		case SnapshotTaken:
			r.snapshot = x.Snapshot
		}
	}
	r.waiting = nil
}

// returned forgets a loan: there is one of each field of a member.
func (r *rows) returned(x Loan) {
	r.loans = slices.DeleteFunc(r.loans, func(l Loan) bool {
		return l.PBX == x.PBX && l.Queue == x.Queue && l.Interface == x.Interface && l.Field == x.Field
	})
}

// judge marks a number of every lead that has it.
func (r *rows) judge(x NumberJudged) {
	for id, l := range r.leads {
		if i := numberIndex(l.Numbers, x.Number); i >= 0 {
			l.Numbers = slices.Clone(l.Numbers)
			l.Numbers[i].Invalid = x.Invalid
			r.leads[id] = l
		}
	}
}

// crash ends the daemon on the spot and starts the next one from what is on disk. Its clock goes on,
// its monotonic one begins anew. With late buckets no lead is loaded before the next loading.
func (w *world) crash(late []string) {
	w.rows.waiting = nil
	w.stalled, w.unheard = false, false
	w.seq = 0
	w.now.Mono = 0
	w.d = Restore(w.rows.snapshot)
	w.start()
	for _, e := range w.rows.dncLoaded() {
		w.step(e)
	}
	w.step(NumbersLoaded{w.rows.numbers()})
	w.late = nil
	if len(late) > 0 {
		w.late = sortedBy(w.rows.leads, func(l Lead) LeadID { return l.ID })
		w.step(BucketsLoading{late})
	} else {
		w.step(LeadsLoaded{sortedBy(w.rows.leads, func(l Lead) LeadID { return l.ID })})
	}
	w.step(w.rows.load())
	w.step(AgentsLoaded{sortedBy(w.rows.agents, func(r AgentRecord) string { return r.ID })})
	w.step(LoansLoaded{slices.Clone(w.rows.loans)})
	for _, k := range slices.SortedFunc(maps.Keys(w.rows.switches), func(a, b switchKey) int { return cmp.Compare(a.name, b.name) }) {
		w.step(SwitchSet{Kind: k.kind, Name: k.name, Running: w.rows.switches[k]})
	}
	if err := w.d.CheckAll(); err != nil {
		w.t.Error("after the crash: ", err)
	}
}

// dncLoaded is what is on the list after all changes of it, list by list.
func (r *rows) dncLoaded() (loaded []DNCLoaded) {
	lists := map[string]map[string]bool{}
	for _, x := range r.dnc {
		if lists[x.Campaign] == nil {
			lists[x.Campaign] = map[string]bool{}
		}
		for _, e := range x.Entries {
			lists[x.Campaign][e] = !x.Remove
		}
	}
	for _, campaign := range slices.Sorted(maps.Keys(lists)) {
		e := DNCLoaded{Campaign: campaign}
		for _, entry := range slices.Sorted(maps.Keys(lists[campaign])) {
			if lists[campaign][entry] {
				e.Masks = append(e.Masks, entry) // a number is read as one, too
			}
		}
		loaded = append(loaded, e)
	}
	return loaded
}

func (r *rows) load() AttemptsLoaded {
	e := AttemptsLoaded{NextID: 1}
	for _, a := range sortedBy(r.attempts, func(a Attempt) CallID { return a.ID }) {
		if a.Outcome == Unsettled {
			e.Attempts = append(e.Attempts, a)
		} else {
			e.Recent = append(e.Recent, a)
		}
		e.NextID = a.ID + 1
	}
	return e
}

func (r *rows) numbers() (all []NumberHistory) {
	for _, a := range sortedBy(r.attempts, func(a Attempt) CallID { return a.ID }) {
		h := NumberHistory{Number: a.Number, Last: a.Planned}
		at := slices.IndexFunc(all, func(x NumberHistory) bool { return x.Number == a.Number })
		if at >= 0 {
			h.Counted, h.Abandoned, h.Shown = all[at].Counted, all[at].Abandoned, all[at].Shown
			all = slices.Delete(all, at, at+1)
		}
		if a.Outcome.Counts() {
			h.Counted = append(h.Counted, a.Planned)
		}
		if a.Unserved() {
			h.Abandoned = a.Planned
		}
		if a.CallerID != 0 && a.Outcome != Cancelled {
			h.Shown = a.CallerID
		}
		all = append(all, h)
	}
	return all
}

func sortedBy[K comparable, I cmp.Ordered, V any](m map[K]V, id func(V) I) []V {
	return slices.SortedFunc(maps.Values(m), func(a, b V) int { return cmp.Compare(id(a), id(b)) })
}

// TestAbandonmentOverACrash: a call counts once, whether it ended before the snapshot, was under way
// then, or was planned after it.
func TestAbandonmentOverACrash(t *testing.T) {
	w := newWorld(t)
	for _, line := range []string{"queue sales", "trunk main", "route out main", "campaign spring sales out", "start", "link up",
		"member PJSIP/101 sales not-in-use", "member PJSIP/102 sales not-in-use", "lead +79160000001", "lead +79160000002",
		"answer 1", "connect 1 PJSIP/101", "answer 2", "connect 2 PJSIP/102", "hangup 1 cause=16", "wait 6s", // a snapshot
		"hangup 2 cause=16", "lead +79160000003", "answer 3", "connect 3 PJSIP/101", "hangup 3 cause=16", "crash", "link up"} {
		w.command(line)
	}
	if day := w.d.Status().Campaigns[0].Abandonment[WindowDay]; day.Answered != 3 {
		t.Errorf("three persons answered, and %d are counted", day.Answered)
	}
}

// TestDrainGivesBack: a daemon that is to end stays until Asterisk shows that what it had set is undone.
func TestDrainGivesBack(t *testing.T) {
	w := newWorld(t)
	for _, line := range []string{"queue sales by=pause wrapup=10s", "trunk main", "route out main", "campaign spring sales out", "start", "link up",
		"member PJSIP/101 sales not-in-use", "lead +79160000001", "answer 1", "connect 1 PJSIP/101",
		"member PJSIP/101 sales in-use paused=" + pauseWrapup, "wait 5s", "drain"} {
		w.command(line)
	}
	if w.d.Drained() {
		t.Error("it would end with an operator in a pause that only it can lift")
	}
	w.command("member PJSIP/101 sales in-use")
	w.command("wait 3s")
	if !w.d.Drained() {
		t.Error("it stays though nothing is owed any more")
	}
}
