package store

import (
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"testing"
)

// crowd makes a file of version 3 with SQL, since an import of millions would take minutes: leads with one number and
// a half and an external id each, in 20 buckets one after the other, every one called once.
func crowd(tb testing.TB, path string, leads int) {
	tb.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=OFF&_cache_size=-400000")
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	numbers := fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)`, leads)
	for _, statement := range []string{version1, version2, version3, `PRAGMA user_version = 3`,
		`INSERT INTO leads (id, state, next_call, attempts, last_attempt, rule, final, updated, bucket, priority, zone, created, external, name, attributes) ` + numbers + `
			SELECT i, iif(i % 10 = 0, 'finished', 'waiting'), 1770000000000000 + i * 1000000, 1, 1769000000000000 + i, 'not-there', '', 1770000000000000,
				'bucket-' || (i / 50000), i % 7, 'Europe/Moscow', 1768000000000000 + i, 'crm-' || i, 'Name of ' || i,
				'{"city":"Тула","order":"' || i || '","note":"something that somebody wrote of him"}' FROM n`,
		`INSERT INTO lead_numbers (lead_id, position, number, kind) ` + numbers + `
			SELECT i, value, 79000000000 + i * 2 + value, 'mobile' FROM n CROSS JOIN json_each('[0,1]') WHERE value <= i % 2`,
		`INSERT INTO attempts (id, lead_id, campaign, pbx, trunk, queue, number, caller_id, planned, ended, outcome) ` + numbers + `
			SELECT 1000 + i, i, 'spring', 'main', 'mts', 'sales', 79000000000 + i * 2, 0, 1769000000000000 + i, 1769000000000000 + i,
				iif(i % 10 = 0, 'invalid-number', 'no-answer') FROM n`,
	} {
		if _, err := db.Exec(statement); err != nil {
			tb.Fatal(err)
		}
	}
}

// benchLeads is how many leads a benchmark has: DIALERD_BENCH_LEADS, which make bench sets, else some thousands.
func benchLeads(tb testing.TB) int {
	tb.Helper()
	text := os.Getenv("DIALERD_BENCH_LEADS")
	if text == "" {
		return 50_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		tb.Fatal("DIALERD_BENCH_LEADS: ", err)
	}
	return n
}
