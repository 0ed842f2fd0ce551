package store

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// mingled makes leads whose ids have gaps, whose buckets lie mixed, and which have come to all sorts of ends.
func mingled(tb testing.TB, s *Store, n int) {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 7))
	leads := make([]NewLead, n)
	for i := range leads {
		leads[i] = numbered(i + 1)
		leads[i].Bucket, leads[i].Priority = fmt.Sprint("bucket ", r.IntN(4)), i
		for k := range r.IntN(4) {
			leads[i].Numbers = append(leads[i].Numbers, dialer.LeadNumber{Number: phone.Number(79170000000 + 10*i + k), Kind: "work"})
		}
	}
	if _, err := s.ImportLeads(tb.Context(), leads); err != nil {
		tb.Fatal(err)
	}
	var rows []dialer.Row
	for i, l := range leads {
		x := l.Lead(dialer.LeadID(i+1), noon)
		x.State = []dialer.LeadState{dialer.LeadWaiting, dialer.LeadWaiting, dialer.LeadHeld, dialer.LeadFinished}[r.IntN(4)]
		x.Rule, x.Use, x.Last, x.Attempts = []string{"", "busy-soon", "not-there"}[r.IntN(3)], r.IntN(len(x.Numbers)), noon, r.IntN(5)
		if x.State == dialer.LeadFinished {
			x.Final = []string{"sold", "exhausted"}[r.IntN(2)]
		}
		if rows = append(rows, dialer.LeadChanged{Lead: x}); r.IntN(3) == 0 || i > n/2 && i < n*3/4 {
			rows = append(rows, dialer.LeadDeleted{Lead: x.ID})
		}
	}
	mustAppend(tb, s, records(1, rows...))
}

// filters are some of each kind, of a file that mingled has made.
func filters() map[string]LeadFilter {
	held := dialer.LeadHeld
	return map[string]LeadFilter{
		"all":          {},
		"no ids":       {IDs: []dialer.LeadID{}},
		"ids":          {IDs: []dialer.LeadID{9, 3, 3, 400, 5, 77, 1}},
		"ids, bucket":  {IDs: []dialer.LeadID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, Bucket: "bucket 1"},
		"bucket":       {Bucket: "bucket 2"},
		"no bucket":    {Bucket: "bucket 9"},
		"state":        {State: &held},
		"final":        {Final: "sold"},
		"rule":         {Rule: "busy-soon", Bucket: "bucket 0"},
		"external":     {External: "crm-7"},
		"number":       {Number: 79160000005},
		"other number": {Number: 79170000010},
		"unfinished":   {Unfinished: true},
	}
}

// chosen is a LeadFilter, read by a person.
func chosen(f LeadFilter, l ExportedLead) bool {
	return (f.IDs == nil || slices.Contains(f.IDs, l.ID)) && (f.Bucket == "" || f.Bucket == l.Bucket) && (f.State == nil || *f.State == l.State) &&
		(f.Final == "" || f.Final == l.Final) && (f.Rule == "" || f.Rule == l.Rule) && (f.External == "" || f.External == l.External) &&
		(f.Number == 0 || slices.ContainsFunc(l.Numbers, func(n dialer.LeadNumber) bool { return n.Number == f.Number })) &&
		(!f.Unfinished || l.State != dialer.LeadFinished)
}

// core is the part of an exported lead that the core knows.
func core(l ExportedLead) dialer.Lead {
	return dialer.Lead{ID: l.ID, External: dialer.HashExternal(l.External), Created: noon, Bucket: l.Bucket, State: l.State, Priority: l.Priority, Zone: l.Zone,
		Numbers: l.Numbers, Use: l.Use, Next: l.Next, Attempts: l.Attempts, Faults: l.Faults, Rule: l.Rule, Final: l.Final, Last: l.Last}
}

// Whatever a filter is of and however large the chunks: leads are found, loaded and exported by it alike, and they are
// those that a person would choose.
func TestFilters(t *testing.T) {
	s := openTemp(t)
	mingled(t, s, 500)
	all := exported(t, &s.Reader, LeadFilter{})
	for name, f := range filters() {
		var want []ExportedLead
		var wantIDs []dialer.LeadID
		var wantCore []dialer.Lead
		for _, l := range all {
			if chosen(f, l) {
				want, wantIDs, wantCore = append(want, l), append(wantIDs, l.ID), append(wantCore, core(l))
			}
		}
		if len(want) == 0 != (name == "no ids" || name == "no bucket") || len(want) == len(all) != (name == "all") {
			t.Fatalf("%s: %d of %d leads are chosen, which tries nothing", name, len(want), len(all))
		}
		same(t, name+", exported", exported(t, &s.Reader, f), want)
		for _, chunk := range []int{1, 2, 7, len(all), 10_000} {
			what := fmt.Sprintf("%s, %d at a time", name, chunk)
			same(t, what+", found", found(t, &s.Reader, f, chunk), wantIDs)
			same(t, what+", loaded", loaded(t, &s.Reader, f, chunk), wantCore)
		}
	}
}

func found(tb testing.TB, r *Reader, f LeadFilter, chunk int) (ids []dialer.LeadID) {
	tb.Helper()
	err := r.FindLeads(tb.Context(), f, chunk, func(part []dialer.LeadID) error {
		ids = append(ids, part...)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return ids
}

// A range has the leads of its buckets within its ids, however many buckets it is of.
func TestLoadRange(t *testing.T) {
	s := openTemp(t)
	mingled(t, s, 500)
	all := loaded(t, &s.Reader, LeadFilter{}, 1000)
	for _, of := range []LeadRange{
		{Buckets: []string{"bucket 1"}, UpTo: 500},
		{Buckets: []string{"bucket 1"}, After: 100, UpTo: 301},
		{Buckets: []string{"bucket 1", "bucket 3", "bucket 9"}, After: 57, UpTo: 420},
		{Buckets: []string{"bucket 0", "bucket 1", "bucket 2", "bucket 3"}, UpTo: 500},
		{Buckets: []string{"bucket 9"}, UpTo: 500},
	} {
		var want []dialer.Lead
		for _, l := range all {
			if slices.Contains(of.Buckets, l.Bucket) && l.ID > of.After && l.ID <= of.UpTo {
				want = append(want, l)
			}
		}
		for _, most := range []int{1, 10, 1000} {
			var got []dialer.Lead
			for part := of; ; part.After = got[len(got)-1].ID {
				page, err := s.LoadRange(t.Context(), part, most)
				mustDo(t, err)
				if got = append(got, page...); len(page) < most {
					break
				}
			}
			for i := range got {
				got[i].Created = noon
			}
			same(t, fmt.Sprintf("%+v, %d at a time", of, most), got, want)
		}
	}
}

func TestBuckets(t *testing.T) {
	s := openTemp(t)
	none, err := s.Buckets(t.Context())
	mustDo(t, err)
	same(t, "buckets of an empty file", len(none), 0)
	mingled(t, s, 400)
	addMore(t, s, "many", fewLeads)
	addMore(t, s, "\x00few", fewLeads-1)
	want := map[string]BucketSpan{}
	size := LeadSize{}
	count := map[string]int{}
	for _, l := range loaded(t, &s.Reader, LeadFilter{}, 1000) {
		b, known := want[l.Bucket]
		if count[l.Bucket]++; !known {
			b = BucketSpan{Bucket: l.Bucket, First: l.ID}
		}
		b.Last, b.Few = l.ID, count[l.Bucket] < fewLeads
		want[l.Bucket] = b
		size.Leads, size.Numbers = size.Leads+1, size.Numbers+len(l.Numbers)
	}
	got, err := s.Buckets(t.Context())
	mustDo(t, err)
	for _, b := range got {
		same(t, b.Bucket, b, want[b.Bucket])
	}
	same(t, "buckets", len(got), len(want))
	gotSize, err := s.LeadSize(t.Context())
	mustDo(t, err)
	same(t, "size", gotSize, size)
}

func addMore(t *testing.T, s *Store, bucket string, n int) {
	t.Helper()
	leads := make([]NewLead, n)
	for i := range leads {
		leads[i] = NewLead{Bucket: bucket, Numbers: []dialer.LeadNumber{{Number: phone.Number(79180000000 + i)}}}
	}
	_, err := s.ImportLeads(t.Context(), leads)
	mustDo(t, err)
}

// The id of a lead that was deleted is not given to another one, not even that of the last.
func TestIDsAreNotUsedAgain(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 3)
	mustAppend(t, s, records(1, dialer.LeadDeleted{Lead: 3}, dialer.LeadDeleted{Lead: 2}))
	results, err := s.ImportLeads(t.Context(), []NewLead{numbered(3), numbered(2)})
	mustDo(t, err)
	same(t, "new leads", results, []ImportResult{{Status: Inserted, Lead: 4}, {Status: Inserted, Lead: 5}})
	if err := s.Append(t.Context(), records(3, dialer.LeadDeleted{Lead: 3})); err == nil {
		t.Error("a lead is deleted twice")
	}
}

// A number of which a call has shown that there is none is so for every lead that has it, and stays so for a lead that
// keeps it when a list comes again.
func TestInvalidNumbers(t *testing.T) {
	s := openTemp(t)
	one, other := numbered(1), numbered(2)
	one.Numbers = []dialer.LeadNumber{{Number: 79160000001, Kind: "home"}, {Number: 79160000002}}
	other.Bucket, other.Numbers = "web", []dialer.LeadNumber{{Number: 79160000002}}
	_, err := s.ImportLeads(t.Context(), []NewLead{one, other})
	mustDo(t, err)
	mustAppend(t, s, records(1, dialer.NumberJudged{Number: 79160000002, Invalid: true}))
	again := one
	again.Merge, again.Numbers = MergeAll, []dialer.LeadNumber{{Number: 79160000002, Kind: "work"}, {Number: 79160000009}}
	results, err := s.ImportLeads(t.Context(), []NewLead{again, again})
	mustDo(t, err)
	same(t, "statuses", []ImportStatus{results[0].Status, results[1].Status}, []ImportStatus{Merged, Unchanged})
	numbers := []dialer.LeadNumber{{Number: 79160000002, Kind: "work", Invalid: true}, {Number: 79160000009}}
	same(t, "of the core's", results[0].Now.Numbers, numbers)
	all := exported(t, &s.Reader, LeadFilter{})
	same(t, "of the one", all[0].Numbers, numbers)
	same(t, "of the other", all[1].Numbers, []dialer.LeadNumber{{Number: 79160000002, Invalid: true}})
	mustAppend(t, s, records(2, dialer.NumberJudged{Number: 79160000002}))
	for _, l := range loaded(t, &s.Reader, LeadFilter{}, 10) {
		same(t, "judged anew", l.Numbers[0].Invalid, false)
	}
}

func TestFields(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1300)
	script(t, s.Path(), `UPDATE leads SET attributes = '[1]' WHERE id = 4; UPDATE leads SET attributes = '{}', name = '', external = NULL WHERE id = 5`)
	var wanted []dialer.LeadVersion
	for id := dialer.LeadID(1300); id > 0; id -= 2 {
		wanted = append(wanted, dialer.LeadVersion{Lead: id, Version: int64(id) * 7})
	}
	wanted = append(wanted, dialer.LeadVersion{Lead: 5, Version: 1}, dialer.LeadVersion{Lead: 9999, Version: 2})
	var want []dialer.LeadFields
	for id := dialer.LeadID(1); id <= 1300; id++ {
		n := numbered(int(id))
		f := dialer.LeadFields{LeadVersion: dialer.LeadVersion{Lead: id, Version: int64(id) * 7}, External: n.External, Name: n.Name, Attributes: n.Attributes}
		switch {
		case id == 4:
			f.Attributes = nil
		case id == 5:
			f = dialer.LeadFields{LeadVersion: dialer.LeadVersion{Lead: 5, Version: 1}}
		case id%2 == 1:
			continue
		}
		want = append(want, f)
	}
	got, err := s.Fields(t.Context(), wanted)
	mustDo(t, err)
	same(t, "fields", got, want)
	none, err := s.Fields(t.Context(), nil)
	mustDo(t, err)
	same(t, "fields of none", len(none), 0)
}

// BenchmarkFields reads what 500 leads that come into a hopper need, wherever they lie.
func BenchmarkFields(b *testing.B) {
	n, path := benchLeads(b), filepath.Join(b.TempDir(), "dialerd.db")
	crowd(b, path, n)
	s := openAt(b, path)
	wanted := make([]dialer.LeadVersion, 500)
	for i := range wanted {
		wanted[i].Lead = dialer.LeadID(i*(n/500) + 1)
	}
	for b.Loop() {
		if got, err := s.Fields(b.Context(), wanted); err != nil || len(got) != len(wanted) {
			b.Fatal(len(got), err)
		}
	}
}

// BenchmarkUpgrade brings a file of version 3 up to date.
func BenchmarkUpgrade(b *testing.B) {
	var took time.Duration
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "dialerd.db")
		crowd(b, path, benchLeads(b))
		took += timed(func() {
			s, err := Open(path)
			if err != nil {
				b.Fatal(err)
			}
			s.Close()
		})
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "s")
	b.ReportMetric(0, "ns/op")
}
