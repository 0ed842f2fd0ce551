package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// dumbImport is an import as anybody would write it first: one lead after another, all looked through.
type dumbImport struct{ leads []ExportedLead }

func (d *dumbImport) add(n NewLead) ImportResult {
	i := slices.IndexFunc(d.leads, func(l ExportedLead) bool { return n.External != "" && l.External == n.External })
	if i >= 0 && n.Merge == 0 {
		return ImportResult{Status: DuplicateExternal, Lead: d.leads[i].ID}
	}
	if i >= 0 {
		return d.merge(&d.leads[i], n)
	}
	if r := d.other(n.Bucket, n.Numbers, 0); r.Status != 0 {
		return r
	}
	id := dialer.LeadID(len(d.leads) + 1)
	d.leads = append(d.leads, ExportedLead{ID: id, External: n.External, Bucket: n.Bucket, Priority: n.Priority, Zone: n.Zone, Name: n.Name,
		Attributes: maps.Clone(n.Attributes), Numbers: n.Numbers})
	return ImportResult{Status: Inserted, Lead: id}
}

func (d *dumbImport) other(bucket string, numbers []dialer.LeadNumber, self dialer.LeadID) ImportResult {
	for _, n := range numbers {
		for _, l := range d.leads {
			if l.ID != self && l.Bucket == bucket && slices.ContainsFunc(l.Numbers, func(x dialer.LeadNumber) bool { return x.Number == n.Number }) {
				return ImportResult{Status: DuplicateNumber, Lead: l.ID, Number: n.Number}
			}
		}
	}
	return ImportResult{}
}

func (d *dumbImport) merge(l *ExportedLead, n NewLead) ImportResult {
	to := *l
	to.Attributes = maps.Clone(l.Attributes)
	if n.Merge&MergeBucket != 0 {
		to.Bucket = n.Bucket
	}
	if n.Merge&MergePriority != 0 {
		to.Priority = n.Priority
	}
	if n.Merge&MergeZone != 0 {
		to.Zone = n.Zone
	}
	if n.Merge&MergeName != 0 {
		to.Name = n.Name
	}
	if n.Merge&MergeNumbers != 0 {
		to.Numbers = n.Numbers
	}
	if n.Merge&MergeAttributes != 0 {
		for k, v := range n.Attributes {
			if to.Attributes == nil {
				to.Attributes = map[string]string{}
			}
			to.Attributes[k] = v
		}
	}
	if to.Bucket != l.Bucket || !slices.Equal(to.Numbers, l.Numbers) {
		if r := d.other(to.Bucket, to.Numbers, l.ID); r.Status != 0 {
			return r
		}
	}
	before, _ := json.Marshal(l)
	after, _ := json.Marshal(to)
	if string(before) == string(after) {
		return ImportResult{Status: Unchanged, Lead: l.ID}
	}
	*l = to
	return ImportResult{Status: Merged, Lead: l.ID}
}

// drawnLead is one of so few that many meet.
func drawnLead(r *rand.Rand) NewLead {
	n := NewLead{Bucket: fmt.Sprint("b", r.IntN(2)), Priority: r.IntN(2), Zone: []string{"", "Europe/Moscow"}[r.IntN(2)], Name: fmt.Sprint("n", r.IntN(3))}
	if r.IntN(4) > 0 {
		n.External = fmt.Sprint("crm-", r.IntN(60))
	}
	if r.IntN(3) > 0 {
		n.Merge = Merge(r.IntN(int(MergeAll) + 1))
	}
	if r.IntN(2) == 0 {
		n.Attributes = map[string]string{fmt.Sprint("a", r.IntN(2)): fmt.Sprint(r.IntN(2))}
	}
	for i := range 1 + r.IntN(3) {
		n.Numbers = append(n.Numbers, dialer.LeadNumber{Number: phone.Number(79160000000 + 1000*i + r.IntN(120)), Kind: []string{"", "mobile"}[r.IntN(2)]})
	}
	return n
}

// TestImporterAgainstDumb imports and merges at random, in transactions of all sizes, and compares every result
// and every lead.
func TestImporterAgainstDumb(t *testing.T) {
	statuses := map[ImportStatus]int{}
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 4))
		s := openTemp(t)
		var d dumbImport
		for range 10 {
			leads := make([]NewLead, 1+r.IntN(90))
			want := make([]ImportResult, len(leads))
			for i := range leads {
				leads[i] = drawnLead(r)
				want[i] = d.add(leads[i])
				statuses[want[i].Status]++
			}
			got, err := importLeads(t.Context(), leads, 1+r.IntN(100), s.transact)
			mustDo(t, err)
			for i := range got {
				if now := got[i].Now; now != nil && got[i].Status != Merged {
					t.Fatalf("seed %d: %+v", seed, got[i])
				}
				got[i].Was, got[i].Now = nil, nil
				if got[i] != want[i] {
					t.Fatalf("seed %d, lead %d, %+v:\n got %+v\nwant %+v", seed, i, leads[i], got[i], want[i])
				}
			}
			all := exported(t, &s.Reader, LeadFilter{})
			for i := range all {
				all[i].Created, all[i].Updated, all[i].Use = d.leads[i].Created, d.leads[i].Updated, 0
				same(t, fmt.Sprint("lead ", i+1), all[i], d.leads[i])
			}
			if t.Failed() {
				t.FailNow()
			}
		}
	}
	for _, status := range []ImportStatus{Inserted, DuplicateExternal, DuplicateNumber, Merged, Unchanged} {
		if statuses[status] < 20 {
			t.Errorf("%s was there %d times", status, statuses[status])
		}
	}
}

// What was done with a lead, and when it is called next, is not a list's to change; the number that is to be
// dialed next stays so wherever it stands now.
func TestMergeKeepsWhatWasDone(t *testing.T) {
	s := openTemp(t)
	n := numbered(1)
	n.Next, n.Numbers = noon, []dialer.LeadNumber{{Number: 79160000001, Kind: ""}, {Number: 79160000002, Kind: ""}, {Number: 79160000003, Kind: ""}}
	_, err := s.ImportLeads(t.Context(), []NewLead{n, numbered(9)})
	mustDo(t, err)
	worked := n.Lead(1, noon)
	worked.Campaign, worked.Outcome, worked.Dialed = "spring", dialer.InvalidNumber, 1
	worked.Attempts, worked.Faults, worked.Last, worked.Use, worked.Rule = 2, 1, noon, 1, "busy-soon"
	done := numbered(9).Lead(2, noon)
	done.State, done.Final = dialer.LeadFinished, "sold"
	mustAppend(t, s, records(1, dialer.LeadChanged{Lead: worked}, dialer.LeadChanged{Lead: done}, dialer.NumberJudged{Number: 79160000002, Invalid: true}))

	to := NewLead{External: "crm-1", Bucket: "web", Priority: 7, Zone: "Asia/Omsk", Name: "Other", Attributes: map[string]string{"plan": "x"},
		Numbers: []dialer.LeadNumber{{Number: 79160000009, Kind: "home"}, {Number: 79160000002, Kind: ""}}, Next: noon.AddDate(1, 0, 0), Merge: MergeAll}
	again := numbered(9)
	again.Name, again.Merge = "Sold", MergeName
	results, err := s.ImportLeads(t.Context(), []NewLead{to, again, to})
	mustDo(t, err)
	now := worked
	now.Bucket, now.Priority, now.Zone, now.Numbers = "web", 7, "Asia/Omsk", []dialer.LeadNumber{{Number: 79160000009, Kind: "home"}, {Number: 79160000002, Invalid: true}}
	same(t, "of the core's", *results[0].Now, dialer.Lead{ID: 1, Bucket: "web", Priority: 7, Zone: "Asia/Omsk", Numbers: now.Numbers, Use: 1, Dialed: 1})
	same(t, "of the core's, of a name", *results[1].Now, dialer.Lead{ID: 2, Bucket: "b", Zone: "Europe/Moscow", Numbers: numbered(9).Numbers})
	same(t, "of the core's before", *results[0].Was, dialer.Lead{ID: 1, Bucket: worked.Bucket, Zone: worked.Zone,
		Numbers: []dialer.LeadNumber{worked.Numbers[0], {Number: 79160000002, Kind: worked.Numbers[1].Kind, Invalid: true}, worked.Numbers[2]}, Use: 1, Dialed: 1})
	for i := range results {
		results[i].Was, results[i].Now = nil, nil
	}
	same(t, "results", results, []ImportResult{{Status: Merged, Lead: 1}, {Status: Merged, Lead: 2}, {Status: Unchanged, Lead: 1}})
	same(t, "leads", loaded(t, &s.Reader, LeadFilter{}, 9), []dialer.Lead{now, done})
	all := exported(t, &s.Reader, LeadFilter{})
	same(t, "attributes", all[0].Attributes, map[string]string{"city": "Тула", "plan": "x"})
	same(t, "names", []string{all[0].Name, all[1].Name}, []string{"Other", "Sold"})
}

func TestMergeWords(t *testing.T) {
	for _, m := range []Merge{MergeName, MergeBucket | MergeNumbers, MergeAll} {
		text, err := m.MarshalText()
		mustDo(t, err)
		var back Merge
		mustDo(t, back.UnmarshalText(text))
		same(t, string(text), back, m)
	}
	var m Merge
	if err := m.UnmarshalText([]byte("name+nmbers")); err == nil {
		t.Error("a field that is none is taken")
	}
}

// TestImportKnowsNoSuchNumber: that there is no such number holds for every lead that has it, one that comes later too.
func TestImportKnowsNoSuchNumber(t *testing.T) {
	s := openTemp(t)
	one, two, three := numbered(1), numbered(2), numbered(3)
	two.External, two.Merge = "crm-2", MergeNumbers
	_, err := s.ImportLeads(t.Context(), []NewLead{one, two})
	mustDo(t, err)
	mustAppend(t, s, records(1, dialer.NumberJudged{Number: one.Numbers[0].Number, Invalid: true}))
	three.Bucket, three.Numbers = "web", []dialer.LeadNumber{{Number: 79169999999}, one.Numbers[0]}
	two.Bucket, two.Numbers = "elsewhere", []dialer.LeadNumber{{Number: 79168888888}, one.Numbers[0]}
	two.Merge |= MergeBucket
	results, err := s.ImportLeads(t.Context(), []NewLead{three, two})
	mustDo(t, err)
	for i, want := range []dialer.LeadID{3, 2} {
		numbers := loaded(t, &s.Reader, LeadFilter{IDs: []dialer.LeadID{want}}, 9)[0].Numbers
		if r := results[i]; r.Lead != want || numbers[0].Invalid || !numbers[1].Invalid {
			t.Errorf("%+v: %+v", r, numbers)
		}
		same(t, "of the core's", results[i].Now.Numbers, numbers)
	}
}
