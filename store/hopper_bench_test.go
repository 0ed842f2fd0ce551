package store

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"dialerd/dialer/phone"
	"dialerd/dialer/pool"
)

// BenchmarkHopperVsSQL is the minute's selection of leads, 50,000 of 20 buckets, from the pool and from
// SQLite: times-sqlite is how many times as long the well indexed query takes that a dialer on a
// database runs each minute, single-times-sqlite the same for one lead at a time. POOL_LEADS says how
// many leads there are; a million at the most, which is enough for SQLite.
func BenchmarkHopperVsSQL(b *testing.B) {
	leads := 200_000
	if s := os.Getenv("POOL_LEADS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal("POOL_LEADS: ", err)
		}
		leads = min(n, 1_000_000)
	}
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for range b.N {
		p, db := selectionWorld(b, leads, now)
		fromPool := timed(func() { selectFromPool(b, p, now) })
		fromSQL := timed(func() { selectFromSQL(b, db, now) })
		one := timed(func() { oneByOneFromSQL(b, db, now) })
		b.ReportMetric(fromPool.Seconds()*1e3, "pool-ms")
		b.ReportMetric(fromSQL.Seconds()*1e3, "sqlite-ms")
		b.ReportMetric(fromSQL.Seconds()/fromPool.Seconds(), "times-sqlite")
		b.ReportMetric(one.Seconds()/oneByOne/(fromPool.Seconds()/(selectionBuckets*selectionEach)), "single-times-sqlite")
		b.ReportMetric(0, "ns/op") // would be the building of both
	}
}

const (
	selectionBuckets = 20
	selectionEach    = 2500 // leads of each bucket that are due
	oneByOne         = 2000
)

// selectionWorld is the same leads in a pool and in a table with the index that the query wants.
func selectionWorld(b *testing.B, leads int, now time.Time) (*pool.Pool, *sql.DB) {
	b.Helper()
	p := pool.New()
	p.Reserve(leads, leads, 0)
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "select.db")+"?_journal_mode=WAL&_synchronous=FULL")
	must(b, err)
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`CREATE TABLE leads (id INTEGER PRIMARY KEY, bucket TEXT NOT NULL, state TEXT NOT NULL, priority INTEGER NOT NULL,
		next_call INTEGER NOT NULL, attempts INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, attributes TEXT NOT NULL) STRICT`)
	must(b, err)
	tx, err := db.Begin()
	must(b, err)
	insert, err := tx.Prepare(`INSERT INTO leads VALUES (?, ?, 'waiting', ?, ?, 0, ?, 'A Person', '{"crm":"12345","city":"Moscow"}')`)
	must(b, err)
	for i := range leads {
		bucket := fmt.Sprintf("b%02d", i%selectionBuckets)
		next := now.Add(time.Duration(1+(i*7919)%(7*24*3600)) * time.Second)
		if i < selectionBuckets*selectionEach {
			next = now.Add(-time.Duration(i%3600) * time.Second)
		}
		number := phone.Number(79000000000 + uint64(i))
		p.Put(pool.Lead{ID: int64(i + 1), Bucket: bucket, Numbers: []pool.Number{{Number: number}}, Priority: i % 3, Next: next, Due: next})
		_, err := insert.Exec(i+1, bucket, i%3, next.UnixMicro(), int64(number))
		must(b, err)
	}
	must(b, tx.Commit())
	_, err = db.Exec(`CREATE INDEX due ON leads (bucket, state, priority DESC, next_call, attempts); ANALYZE`)
	must(b, err)
	return p, db
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func selectFromPool(b *testing.B, p *pool.Pool, now time.Time) {
	b.Helper()
	taken := 0
	for _, name := range p.Buckets() {
		p.Ripen(name, now, 1<<30)
		for _, ok := p.Take(name); ok; _, ok = p.Take(name) {
			taken++
		}
	}
	counted(b, taken, selectionBuckets*selectionEach)
}

// selectFromSQL is the query of a minute, for each bucket, with all fields that a call needs.
func selectFromSQL(b *testing.B, db *sql.DB, now time.Time) {
	b.Helper()
	taken := 0
	for i := range selectionBuckets {
		rows, err := db.Query(`SELECT id, priority, next_call, attempts, number, name, attributes FROM leads
			WHERE bucket = ? AND state = 'waiting' AND next_call <= ? ORDER BY priority DESC, next_call, attempts LIMIT 100000`, fmt.Sprintf("b%02d", i), now.UnixMicro())
		must(b, err)
		for rows.Next() {
			var id, priority, next, attempts, number int64
			var name, attributes string
			must(b, rows.Scan(&id, &priority, &next, &attempts, &number, &name, &attributes))
			taken++
		}
		must(b, rows.Err())
	}
	counted(b, taken, selectionBuckets*selectionEach)
}

// oneByOneFromSQL takes the next lead and marks it, one transaction each.
func oneByOneFromSQL(b *testing.B, db *sql.DB, now time.Time) {
	b.Helper()
	take, err := db.Prepare(`UPDATE leads SET state = 'ready' WHERE id = (SELECT id FROM leads WHERE bucket = ? AND state = 'waiting' AND next_call <= ?
		ORDER BY priority DESC, next_call, attempts LIMIT 1) RETURNING id`)
	must(b, err)
	defer take.Close()
	for i := range oneByOne {
		var id int64
		must(b, take.QueryRow(fmt.Sprintf("b%02d", i%selectionBuckets), now.UnixMicro()).Scan(&id))
	}
}

func counted(b *testing.B, got, want int) {
	b.Helper()
	if got != want {
		b.Fatalf("%d leads were selected of %d that are due", got, want)
	}
}
