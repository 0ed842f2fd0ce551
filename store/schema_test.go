package store

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// next are the steps with two more, as a later dialerd would have them.
func next() []string {
	return append(append([]string{}, steps...),
		`ALTER TABLE leads ADD COLUMN owner TEXT NOT NULL DEFAULT ''`,
		`UPDATE leads SET owner = 'of ' || name; CREATE INDEX leads_owner ON leads (owner)`)
}

func openWith(t *testing.T, path string, steps []string) (*Store, error) {
	s, err := open(path, steps)
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}

func TestMigrationTakesEachStepOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	s := openAt(t, path)
	addLeads(t, s, 2)
	mustDo(t, s.Close())
	for range 2 {
		s, err := openWith(t, path, next())
		mustDo(t, err)
		var version int
		var owner string
		mustDo(t, s.read.QueryRow(`SELECT (SELECT user_version FROM pragma_user_version), owner FROM leads WHERE id = 2`).Scan(&version, &owner))
		same(t, "version", version, 3)
		same(t, "owner", owner, "of Name 2")
		same(t, "leads", len(loaded(t, &s.Reader, LeadFilter{}, 10)), 2)
		mustDo(t, s.Close())
	}
	if _, err := Open(path); !errors.Is(err, ErrVersion) {
		t.Errorf("an older dialerd opens a newer file: %v", err)
	}
}

func TestFailedStepIsUndone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	mustDo(t, openAt(t, path).Close())
	broken := append(next()[:2], `CREATE TABLE half (x INTEGER) STRICT; UPDATE leads SET missing = 1`)
	_, err := openWith(t, path, broken)
	if err == nil || !strings.Contains(err.Error(), "from version 2 to 3 failed and was undone") || !strings.Contains(err.Error(), "no such column: missing") {
		t.Fatalf("a broken step: %v", err)
	}
	s, err := openWith(t, path, next()[:2]) // the step before it was kept, with its version
	mustDo(t, err)
	var half int
	mustDo(t, s.read.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE name = 'half'`).Scan(&half))
	same(t, "tables of the broken step", half, 0)
	mustDo(t, s.Close())
	_, err = openWith(t, path, next()) // and the mended one goes on from there
	mustDo(t, err)
}

func TestReaderNeedsItsVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	script(t, path, ``)
	mustDo(t, create(path))
	if _, err := OpenReader(path); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "version 0") {
		t.Errorf("reading an empty file: %v", err)
	}
}

// The schema refuses what a mistake would write.
func TestSchemaIsStrict(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	for _, wrong := range []string{
		`UPDATE leads SET state = 'dialing'`,
		`UPDATE leads SET next_call = 'soon'`,
		`INSERT INTO lead_numbers VALUES (99, 0, 79160000000, '')`,
		`INSERT INTO lead_numbers VALUES (1, 0, 79160000000, '')`,
		`INSERT INTO switches VALUES ('campaign', 'x', 2)`,
		`INSERT INTO snapshot VALUES (2, '{}')`,
		`INSERT INTO progress VALUES (2, 0)`,
	} {
		if _, err := s.write.Exec(wrong); err == nil {
			t.Errorf("the schema allows %s", wrong)
		}
	}
}

// Every query that runs often uses the index that is there for it.
func TestQueriesUseTheirIndex(t *testing.T) {
	s := openTemp(t)
	for _, c := range []struct{ query, index string }{
		{`SELECT id FROM attempts WHERE outcome IS NULL ORDER BY id`, "attempts_open"},
		{`SELECT id FROM attempts WHERE lead_id = 1 ORDER BY id DESC LIMIT 1`, "attempts_lead"},
		{`SELECT id FROM attempts WHERE number = 1 AND planned >= 1`, "attempts_number"},
		{`SELECT number, outcome FROM attempts WHERE planned >= 1 ORDER BY planned, id`, "attempts_planned"},
		{leadQuery("*", LeadFilter{Bucket: "b"}), "leads_bucket"},
		{leadByNumber, "SEARCH lead_numbers USING COVERING INDEX lead_numbers_number (number=?); SEARCH leads"},
	} {
		var plan []string
		rows, err := s.read.Query(`EXPLAIN QUERY PLAN `+c.query, make([]any, strings.Count(c.query, "?"))...)
		mustDo(t, err)
		for rows.Next() {
			var a, b, d int
			var detail string
			mustDo(t, rows.Scan(&a, &b, &d, &detail))
			plan = append(plan, detail)
		}
		rows.Close()
		if text := strings.Join(plan, "; "); !strings.Contains(text, c.index) || strings.Contains(text, "TEMP B-TREE") {
			t.Errorf("%s\nis done by %s, want %s without sorting", c.query, text, c.index)
		}
	}
}
