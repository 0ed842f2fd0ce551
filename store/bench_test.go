package store

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// BenchmarkAppend plans attempts, a number of them to a commit. attempts/s is what Append does; of-raw is
// the share of what plain prepared inserts reach, of the same rows in batches of the same size, into the same
// file by the same connection, turn by turn.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int64{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := openTemp(b)
			addLeads(b, s, 10_000)
			insert, err := s.write.Prepare(`INSERT INTO attempts (id, lead_id, campaign, pbx, trunk, queue, number, caller_id, planned)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
			if err != nil {
				b.Fatal(err)
			}
			var took, raw time.Duration
			id, written := int64(1), int64(0)
			for b.Loop() {
				ours, plain := spread(id, size), spread(id+size, size)
				for i := range ours {
					ours[i].Seq = written + int64(i) + 1
				}
				turns := []func(){
					func() { took += timed(func() { mustAppend(b, s, ours) }) },
					func() { raw += timed(func() { insertPlain(b, s.write, insert, plain) }) },
				}
				first := written / size % 2 // so that folding the log into the file falls on both alike
				turns[first]()
				turns[1-first]()
				id, written = id+2*size, written+size
			}
			b.ReportMetric(float64(written)/took.Seconds(), "attempts/s")
			b.ReportMetric(raw.Seconds()/took.Seconds(), "of-raw")
			b.ReportMetric(0, "ns/op") // would be both together
		})
	}
}

func timed(what func()) time.Duration {
	begun := time.Now()
	what()
	return time.Since(begun)
}

// spread plans size attempts of leads all over the file.
func spread(first, size int64) []dialer.Record {
	list := plans(first, first+size-1)
	for i, r := range list {
		a := r.Row.(dialer.AttemptPlanned).Attempt
		a.Lead = dialer.LeadID(int64(a.ID)*7919%10_000 + 1)
		a.Number = phone.Number(79160000000 + uint64(a.Lead))
		list[i].Row = dialer.AttemptPlanned{Attempt: a}
	}
	return list
}

func insertPlain(b *testing.B, db *sql.DB, insert *sql.Stmt, batch []dialer.Record) {
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	stmt := tx.Stmt(insert)
	for _, r := range batch {
		a := r.Row.(dialer.AttemptPlanned).Attempt
		_, err := stmt.Exec(int64(a.ID), int64(a.Lead), a.Campaign, a.PBX, a.Trunk, a.Queue, int64(a.Number), int64(a.CallerID), a.Planned.UnixMicro())
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkCallLife writes whole calls as a Writer does: planned, ended, and the lead changed.
func BenchmarkCallLife(b *testing.B) {
	const calls = 100
	s := openTemp(b)
	addLeads(b, s, 10_000)
	seq, id := int64(1), int64(1)
	for b.Loop() {
		var rows []dialer.Row
		for _, r := range spread(id, calls) {
			a := r.Row.(dialer.AttemptPlanned).Attempt
			rows = append(rows, r.Row)
			a.Outcome, a.Ended = dialer.Busy, noon
			rows = append(rows, dialer.AttemptEnded{Attempt: a}, dialer.LeadChanged{Lead: dialer.Lead{ID: a.Lead, Next: noon, Attempts: 1, Last: a.Planned}})
		}
		mustAppend(b, s, records(seq, rows...))
		seq, id = seq+int64(len(rows)), id+calls
	}
	b.ReportMetric(float64(id-1)/b.Elapsed().Seconds(), "attempts/s")
}

// BenchmarkImportLeads adds leads of a CRM's usual size.
func BenchmarkImportLeads(b *testing.B) {
	s := openTemp(b)
	n := 0
	for b.Loop() {
		leads := make([]NewLead, 2000)
		for i := range leads {
			n++
			leads[i] = numbered(n)
		}
		if _, err := s.ImportLeads(b.Context(), leads); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "leads/s")
}

// BenchmarkLoadLeads reads leads the way the daemon does at its start.
func BenchmarkLoadLeads(b *testing.B) {
	const leads = 50_000
	s := openTemp(b)
	addLeads(b, s, leads)
	for b.Loop() {
		if n := len(loaded(b, &s.Reader, LeadFilter{Unfinished: true}, 1000)); n != leads {
			b.Fatalf("%d leads", n)
		}
	}
	b.ReportMetric(float64(leads*b.N)/b.Elapsed().Seconds(), "leads/s")
}
