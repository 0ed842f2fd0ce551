package store

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// full is an attempt with every field set.
func full(id int64) dialer.Attempt {
	a := planned(id)
	a.Answered, a.Connected, a.Ended = noon.Add(time.Minute), noon.Add(2*time.Minute), noon.Add(3*time.Minute)
	a.Agent, a.Outcome, a.Rule, a.Disposition = "ivanova", dialer.Answered, "sold", "sale"
	a.Cause = dialer.Cause{By: dialer.Person, Q850: 16, SIP: 200}
	return a
}

// changed is lead 1 with every field that LeadChanged keeps set to something new.
func changed() dialer.Lead {
	l := numbered(1).Lead(1, noon)
	l.State, l.Use, l.Next, l.Attempts, l.Faults = dialer.LeadHeld, 3, noon.Add(time.Hour), 4, 5
	l.Last, l.Rule, l.Final, l.Priority = noon, "busy-soon", "sold", 0
	l.Campaign, l.Outcome, l.Dialed = "spring", dialer.Busy, 2
	return l
}

var calls = dialer.Snapshot{
	Wall: noon, Next: 9, Links: []dialer.LinkState{{PBX: "main", Started: noon, Share: 0.5}},
	Wrapups: []dialer.WrapupState{{PBX: "main", Interface: "PJSIP/101", Until: noon, ByPause: true}}, Agents: []dialer.AgentSeat{{ID: "anna", Interface: "PJSIP/101", Queues: []string{"sales"}}}, Rules: map[string]uint64{"spring": 7},
	Abandonment: []dialer.AbandonmentState{{Campaign: "spring", Window: dialer.WindowMonth, From: noon, Answered: 40, Abandoned: 1}},
	Calls: []dialer.CallState{
		{ID: 7, Phase: dialer.PhaseTalking, Answered: noon, Connected: noon.Add(time.Second), Agent: `O'Neil "x"`, Abandoned: true, Machine: true},
		{ID: 8, Phase: dialer.PhasePlanned},
	}}

var loan = dialer.Loan{PBX: "main", Queue: "sales", Interface: "PJSIP/101", Field: dialer.LoanPenalty, Before: 3, Ours: 1000, Reason: "wrap-up", Shown: true, Prior: "lunch"}

// wanted is an operator of whom all that there is is wanted.
func wanted(id string) dialer.AgentRecord {
	pause := dialer.Intent{Reason: "lunch", Asked: noon, Began: noon.Add(time.Second)}
	over := dialer.Intent{Reason: `O'Neil "x"`, Asked: noon.Add(time.Minute), Began: noon.Add(time.Hour)}
	return dialer.AgentRecord{ID: id, Own: pause, Supervisor: over, Login: noon.Add(-time.Hour), Desk: "PJSIP/101", Entered: true, Leaving: true}
}

// paused is a pause of an operator that ended so many minutes after noon, and took ten.
func paused(agent string, ended int) dialer.PauseEnded {
	end := noon.Add(time.Duration(ended) * time.Minute)
	return dialer.PauseEnded{Agent: agent, Reason: "lunch", By: dialer.ByAgent, Began: end.Add(-10 * time.Minute), Ended: end, Paid: true, Over: true}
}

// A field that is added to the contract has to be added to the file, and to the values here.
func TestValuesAreFull(t *testing.T) {
	lead := changed()
	lead.Priority = 1
	for _, v := range []any{full(1), full(1).Cause, lead, loan, calls, calls.Calls[0], wanted("anna"), wanted("anna").Own, paused("anna", 10)} {
		r := reflect.ValueOf(v)
		for i := range r.NumField() {
			if r.Field(i).IsZero() {
				t.Errorf("%s.%s is not set in the test's value", r.Type(), r.Type().Field(i).Name)
			}
		}
	}
}

// without is an attempt of which the lead was deleted.
func without(a dialer.Attempt) dialer.Attempt {
	a.Lead = 0
	return a
}

func TestEveryRowComesBack(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 4)
	moved := numbered(3).Lead(3, noon)
	moved.Bucket, moved.Priority, moved.Attempts, moved.Numbers[0].Invalid = "web", -5, 1, true
	gone := planned(7)
	gone.Lead, gone.Outcome = 4, dialer.Busy
	rows := []dialer.Row{
		dialer.AttemptPlanned{Attempt: planned(9)},
		dialer.AttemptPlanned{Attempt: planned(5)},
		dialer.AttemptPlanned{Attempt: planned(6)},
		dialer.AttemptEnded{Attempt: full(5)},
		dialer.LeadChanged{Lead: changed()},
		dialer.AttemptPlanned{Attempt: gone}, dialer.AttemptEnded{Attempt: gone}, dialer.LeadDeleted{Lead: 4},
		dialer.LeadPlaced{Lead: moved}, dialer.NumberJudged{Number: 79160000002, Invalid: true}, dialer.NumberJudged{Number: 79160000002},
		dialer.NumberJudged{Number: 79160000003, Invalid: true}, dialer.NumberJudged{Number: 79160000004, Invalid: true},
		dialer.SwitchChanged{Kind: dialer.SwitchCampaign, Name: "spring", Running: true},
		dialer.SwitchChanged{Kind: dialer.SwitchCampaign, Name: "spring", Running: false},
		dialer.SwitchChanged{Kind: dialer.SwitchDepartment, Name: "sales", Running: true},
		dialer.LoanTaken{Loan: loan}, dialer.LoanTaken{Loan: dialer.Loan{PBX: "main", Queue: "debts", Interface: "PJSIP/101", Reason: "wrap-up"}},
		dialer.LoanTaken{Loan: dialer.Loan{PBX: "main", Queue: "sales", Interface: "PJSIP/101", Reason: "wrap-up"}},
		dialer.LoanReturned{Loan: dialer.Loan{PBX: "main", Queue: "debts", Interface: "PJSIP/101", Reason: "wrap-up"}},
		dialer.SnapshotTaken{Snapshot: dialer.Snapshot{Wall: noon.Add(-time.Hour)}},
		dialer.SnapshotTaken{Snapshot: calls},
		dialer.DNCKept{DNCChange: dialer.DNCChange{Campaign: "spring", Entries: []string{"+79160000077", "+7916000009?"}, When: noon, Who: "anna", Why: "asked"}},
		dialer.DNCKept{DNCChange: dialer.DNCChange{Campaign: "spring", Entries: []string{"+79160000077"}, Remove: true, When: noon}},
		dialer.AttemptDisposed{Call: 5, Disposition: "later", Rule: "thinks"},
		dialer.AgentKept{Agent: dialer.AgentRecord{ID: "boris", Own: dialer.Intent{Reason: "lunch", Asked: noon}}},
		dialer.AgentKept{Agent: wanted("boris")}, dialer.AgentKept{Agent: wanted("anna")}, dialer.AgentKept{Agent: wanted("carl")},
		dialer.AgentKept{Agent: dialer.AgentRecord{ID: "anna"}}, dialer.AgentKept{Agent: dialer.AgentRecord{ID: "nobody"}},
		dialer.PauseKept{Pause: paused("anna", 10)}, dialer.PauseKept{Pause: paused("anna", 10)},
		dialer.LoanShown{Loan: dialer.Loan{PBX: "main", Queue: "sales", Interface: "PJSIP/101", Shown: true}},
	}
	mustAppend(t, s, records(41, rows...))

	said := full(5)
	said.Disposition, said.Rule = "later", "thinks"
	same(t, "attempts", attempts(t, &s.Reader, AttemptFilter{}), []dialer.Attempt{said, planned(6), without(gone), planned(9)})
	same(t, "leads", loaded(t, &s.Reader, LeadFilter{}, 10), []dialer.Lead{changed(), numbered(2).Lead(2, noon), moved})
	switches, err := s.Switches(t.Context())
	mustDo(t, err)
	same(t, "switches", switches, []dialer.SwitchChanged{rows[14].(dialer.SwitchChanged), rows[15].(dialer.SwitchChanged)})
	loans, err := s.Loans(t.Context())
	mustDo(t, err)
	shown := rows[18].(dialer.LoanTaken).Loan
	shown.Shown = true
	same(t, "loans", loans, []dialer.Loan{loan, shown})
	snapshot, err := s.Snapshot(t.Context())
	mustDo(t, err)
	same(t, "snapshot", snapshot, calls)
	seq, err := s.Seq(t.Context())
	mustDo(t, err)
	same(t, "seq", seq, int64(74))
	agents, err := s.Agents(t.Context())
	mustDo(t, err)
	same(t, "agents", agents, []dialer.AgentRecord{wanted("boris"), wanted("carl")})
	same(t, "pauses", pauses(t, &s.Reader, PauseFilter{}), []dialer.PauseEnded{paused("anna", 10), paused("anna", 10)})
	var entries []string
	mustDo(t, s.ExportDNC(t.Context(), DNCFilter{}, func(e DNCEntry) error {
		entries = append(entries, e.Campaign+" "+e.Entry+" "+e.Who)
		return nil
	}))
	same(t, "DNC", entries, []string{"spring +7916000009? anna"})

	var tried []string
	for _, row := range rows {
		tried = append(tried, reflect.TypeOf(row).Name())
	}
	slices.Sort(tried)
	same(t, "rows of dialer/effect.go", slices.Compact(tried), closedRows(t))
}

// closedRows are the names of the types with a method row.
func closedRows(t *testing.T) (names []string) {
	file, err := parser.ParseFile(token.NewFileSet(), "../dialer/effect.go", nil, 0)
	mustDo(t, err)
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "row" {
			names = append(names, f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	slices.Sort(names)
	return names
}

func TestEmptyFile(t *testing.T) {
	s := openTemp(t)
	ctx := t.Context()
	open, err := s.OpenAttempts(ctx)
	mustDo(t, err)
	same(t, "open attempts", len(open), 0)
	next, err := s.NextCallID(ctx)
	mustDo(t, err)
	same(t, "next call", next, dialer.CallID(FirstCallID))
	snapshot, err := s.Snapshot(ctx)
	mustDo(t, err)
	same(t, "snapshot", snapshot, dialer.Snapshot{})
	switches, err := s.Switches(ctx)
	mustDo(t, err)
	same(t, "switches", len(switches), 0)
	numbers, err := s.NumberHistory(ctx, noon)
	mustDo(t, err)
	same(t, "numbers", len(numbers), 0)
	counts, err := s.CountLeads(ctx)
	mustDo(t, err)
	same(t, "counts", len(counts), 0)
	same(t, "leads", len(loaded(t, &s.Reader, LeadFilter{}, 5)), 0)
	same(t, "exported", len(exported(t, &s.Reader, LeadFilter{})), 0)
	mustDo(t, s.Append(ctx, nil))
}

// What has begun is waiting on disk; what ended in the middle of a call is waiting again.
func TestLeadStateOnDisk(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	for i, c := range []struct{ state, kept dialer.LeadState }{
		{dialer.LeadReady, dialer.LeadWaiting},
		{dialer.LeadDialing, dialer.LeadWaiting},
		{dialer.LeadFinished, dialer.LeadFinished},
		{dialer.LeadHeld, dialer.LeadHeld},
		{dialer.LeadWaiting, dialer.LeadWaiting},
	} {
		lead := numbered(1).Lead(1, noon)
		lead.State = c.state
		mustAppend(t, s, records(int64(i+1), dialer.LeadChanged{Lead: lead}))
		same(t, c.state.String(), loaded(t, &s.Reader, LeadFilter{}, 1)[0].State, c.kept)
	}
}

// A lead keeps what the core does not know of it.
func TestLeadChangedLeavesTheRest(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	before := exported(t, &s.Reader, LeadFilter{})[0]
	lead := changed()
	lead.Bucket, lead.Zone, lead.Priority, lead.Numbers = "", "", 9, nil
	mustAppend(t, s, records(1, dialer.LeadChanged{Lead: lead}))
	after := exported(t, &s.Reader, LeadFilter{})[0]
	want := before
	want.State, want.Use, want.Next, want.Attempts, want.Faults = lead.State, lead.Use, lead.Next, lead.Attempts, lead.Faults
	want.Last, want.Rule, want.Final, want.Updated = lead.Last, lead.Rule, lead.Final, after.Updated
	same(t, "lead", after, want)
	if after.Updated.Before(before.Updated) {
		t.Errorf("updated went back from %v to %v", before.Updated, after.Updated)
	}
}

func TestAppendRefuses(t *testing.T) {
	ended := dialer.AttemptEnded{Attempt: full(404)}
	for _, c := range []struct {
		name string
		list []dialer.Record
		says string
	}{
		{"a second time", plans(10, 12), "record 10 is on disk already: this process has appended up to 12"},
		{"partly a second time", plans(12, 14), "record 12 is on disk already"},
		{"a gap", plans(14, 15), "record 14 follows 12"},
		{"a gap within", append(plans(13, 13), plans(15, 15)...), "record 15 follows 13 in one Append"},
		{"backwards within", append(plans(13, 14), plans(13, 13)...), "record 13 follows 14 in one Append"},
		{"the end of nothing", append(plans(13, 13), records(14, ended)...), "record 14 (attempt 404 ended): there is no such row"},
		{"an attempt twice", records(13, dialer.AttemptPlanned{Attempt: planned(11)}), "record 13 (attempt 11 planned): UNIQUE"},
		{"a lead that is not there", records(13, dialer.LeadChanged{Lead: dialer.Lead{ID: 5}}), "record 13 (lead 5 changed): there is no such row"},
		{"an attempt of such a lead", records(13, dialer.AttemptPlanned{Attempt: dialer.Attempt{ID: 13, Lead: 5}}), "record 13 (attempt 13 planned): FOREIGN KEY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openTemp(t)
			addLeads(t, s, 1)
			mustAppend(t, s, plans(10, 12)) // the first of a process may begin anywhere
			err := s.Append(t.Context(), c.list)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v\ndoes not say %q", err, c.says)
			}
			same(t, "attempts", len(attempts(t, &s.Reader, AttemptFilter{})), 3)
			mustAppend(t, s, plans(13, 13)) // a failed one leaves no trace
		})
	}
}

func TestAppendAfterItsTime(t *testing.T) {
	s := openTemp(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Append(ctx, plans(1, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("appending after ctx has ended: %v", err)
	}
}

func TestHostileTextInRows(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	id := int64(0)
	for name, text := range hostile {
		id++
		a, l := full(id), changed()
		a.Campaign, a.PBX, a.Trunk, a.Queue, a.Agent, a.Rule = text, text+"1", text+"2", text+"3", text+"4", text+"5"
		l.Rule, l.Final = text, text+"6"
		calls := dialer.Snapshot{Wall: noon, Calls: []dialer.CallState{{ID: 1, Agent: text}}}
		mustAppend(t, s, records(5*id, dialer.AttemptPlanned{Attempt: a}, dialer.AttemptEnded{Attempt: a}, dialer.LeadChanged{Lead: l},
			dialer.SwitchChanged{Kind: dialer.SwitchCampaign, Name: text, Running: true}, dialer.SnapshotTaken{Snapshot: calls}))
		same(t, name, attempts(t, &s.Reader, AttemptFilter{Limit: 1}), []dialer.Attempt{a})
		same(t, name, loaded(t, &s.Reader, LeadFilter{}, 1), []dialer.Lead{l})
		switches, err := s.Switches(t.Context())
		mustDo(t, err)
		if !slices.Contains(switches, dialer.SwitchChanged{Kind: dialer.SwitchCampaign, Name: text, Running: true}) {
			t.Errorf("%s: the switch is not among %+v", name, switches)
		}
		snapshot, err := s.Snapshot(t.Context())
		mustDo(t, err)
		same(t, name, snapshot, calls)
	}
}

func TestAttemptWithoutLeadOrCaller(t *testing.T) {
	s := openTemp(t)
	a := dialer.Attempt{ID: 3, Number: phone.Number(999999999999999), Planned: noon}
	mustAppend(t, s, records(1, dialer.AttemptPlanned{Attempt: a}))
	same(t, "attempt", attempts(t, &s.Reader, AttemptFilter{}), []dialer.Attempt{a})
}
