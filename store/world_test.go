package store

import (
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// noon is a moment with microseconds, the finest the file keeps.
var noon = time.Date(2026, 3, 29, 12, 0, 0, 123456000, time.UTC)

// hostile are texts that must come back as they were.
var hostile = map[string]string{
	"quotes":     `Robert'); DROP TABLE leads; --"` + "`",
	"nul":        "before\x00after",
	"10 kB":      repeat("длинно ", 10<<10),
	"cyrillic":   "Щукин ё",
	"brackets":   `<b>&amp;</b> {"a":[1,2]} \ \u0041 %s ?1 :x`,
	"newlines":   "a\r\n\tb\x7f\x01",
	"separator":  "a b,c;d|e",
	"supplement": "🤙 \U0010FFFF \uFFFD",
}

func repeat(s string, atLeast int) string {
	for len(s) < atLeast {
		s += s
	}
	return s
}

func openTemp(tb testing.TB) *Store {
	tb.Helper()
	return openAt(tb, filepath.Join(tb.TempDir(), "dialerd.db"))
}

func openAt(tb testing.TB, path string) *Store {
	tb.Helper()
	s, err := Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// numbered is a lead of bucket "b" that no other one is like.
func numbered(i int) NewLead {
	return NewLead{
		External: fmt.Sprint("crm-", i), Bucket: "b", Zone: "Europe/Moscow", Name: fmt.Sprint("Name ", i),
		Attributes: map[string]string{"city": "Тула"},
		Numbers:    []dialer.LeadNumber{{Number: phone.Number(79160000000 + i), Kind: "mobile"}},
	}
}

// addLeads imports n leads into an empty store; their ids are 1 to n.
func addLeads(tb testing.TB, s *Store, n int) {
	tb.Helper()
	leads := make([]NewLead, n)
	for i := range leads {
		leads[i] = numbered(i + 1)
	}
	results, err := s.ImportLeads(tb.Context(), leads)
	if err != nil {
		tb.Fatal(err)
	}
	for i, r := range results {
		if want := (ImportResult{Status: Inserted, Lead: dialer.LeadID(i + 1)}); r != want {
			tb.Fatalf("lead %d: %+v, want %+v", i, r, want)
		}
	}
}

// planned is attempt id of lead 1, just planned.
func planned(id int64) dialer.Attempt {
	return dialer.Attempt{
		ID: dialer.CallID(id), Lead: 1, Campaign: "spring", PBX: "main", Trunk: "mts", Queue: "sales",
		Number: 79160000001, CallerID: 74950000000, Planned: noon.Add(time.Duration(id) * time.Second),
	}
}

// records numbers rows from first.
func records(first int64, rows ...dialer.Row) []dialer.Record {
	list := make([]dialer.Record, len(rows))
	for i, row := range rows {
		list[i] = dialer.Record{Seq: first + int64(i), Row: row}
	}
	return list
}

// plans are records first to last, each planning the attempt of its own number.
func plans(first, last int64) []dialer.Record {
	var list []dialer.Record
	for seq := first; seq <= last; seq++ {
		list = append(list, dialer.Record{Seq: seq, Row: dialer.AttemptPlanned{Attempt: planned(seq)}})
	}
	return list
}

func mustAppend(tb testing.TB, s *Store, list []dialer.Record) {
	tb.Helper()
	if err := s.Append(tb.Context(), list); err != nil {
		tb.Fatal(err)
	}
}

func attempts(tb testing.TB, r *Reader, f AttemptFilter) []dialer.Attempt {
	tb.Helper()
	list, err := r.Attempts(tb.Context(), f)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func exported(tb testing.TB, r *Reader, f LeadFilter) (leads []ExportedLead) {
	tb.Helper()
	if err := r.ExportLeads(tb.Context(), f, func(l ExportedLead) error { leads = append(leads, l); return nil }); err != nil {
		tb.Fatal(err)
	}
	return leads
}

// loaded are leads as LoadLeads hands them over, of which each was made just now; that is noon then.
func loaded(tb testing.TB, r *Reader, f LeadFilter, chunk int) (leads []dialer.Lead) {
	tb.Helper()
	err := r.LoadLeads(tb.Context(), f, chunk, func(part []dialer.Lead) error {
		if len(part) == 0 || len(part) > chunk {
			tb.Errorf("a chunk has %d leads, at most %d were asked for", len(part), chunk)
		}
		for _, l := range part {
			if age := time.Since(l.Created); age < 0 || age > time.Hour {
				tb.Errorf("lead %d was made at %v", l.ID, l.Created)
			}
			l.Created = noon
			leads = append(leads, l)
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return leads
}

// same fails the test when two values differ, and shows both.
func same(tb testing.TB, what string, got, want any) {
	tb.Helper()
	if !reflect.DeepEqual(got, want) {
		tb.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}
