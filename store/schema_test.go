package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dialerd/dialer"
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
		same(t, "version", version, len(steps)+2)
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
	broken := append(next()[:len(steps)+1], `CREATE TABLE half (x INTEGER) STRICT; UPDATE leads SET missing = 1`)
	_, err := openWith(t, path, broken)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("from version %d to %d failed and was undone", len(steps)+1, len(steps)+2)) || !strings.Contains(err.Error(), "no such column: missing") {
		t.Fatalf("a broken step: %v", err)
	}
	s, err := openWith(t, path, next()[:len(steps)+1]) // the step before it was kept, with its version
	mustDo(t, err)
	var half int
	mustDo(t, s.read.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE name = 'half'`).Scan(&half))
	same(t, "tables of the broken step", half, 0)
	mustDo(t, s.Close())
	_, err = openWith(t, path, next()) // and the mended one goes on from there
	mustDo(t, err)
}

// keptName is where the copy of a file of the latest version is kept.
func keptName(path string) string { return fmt.Sprintf("%s.v%d", path, len(steps)) }

// Before a step changes a file a copy of it is kept, and said; nothing is overwritten, and a start that gets
// no further than the one before it leaves no second one.
func TestOldFileIsKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "dialerd.db")
	kept := keptName(path)
	s := openAt(t, path)
	same(t, "upgrade of a new file", s.Upgraded(), Upgrade{})
	addLeads(t, s, 2)
	mustDo(t, s.Close())
	mustDo(t, os.WriteFile(kept, []byte("somebody's"), 0o600))
	mustDo(t, os.WriteFile(kept+".part", []byte("what a crash left"), 0o600))
	broken := append(next()[:len(steps)], `UPDATE leads SET missing = 1`)
	for range 2 {
		_, err := openWith(t, path, broken)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("from version %d to %d failed and was undone", len(steps), len(steps)+1)) {
			t.Fatalf("a broken step: %v", err)
		}
	}
	s, err := openWith(t, path, next())
	mustDo(t, err)
	same(t, "upgrade", s.Upgraded(), Upgrade{From: len(steps), To: len(steps) + 2, Kept: kept + "-2"})
	mustDo(t, s.Close())
	same(t, "files", listed(t, dir), []string{"dialerd.db", "dialerd.db.lock", filepath.Base(kept), filepath.Base(kept) + "-2"})
	theirs, err := os.ReadFile(kept)
	mustDo(t, err)
	same(t, "what was there", string(theirs), "somebody's")
	old := openAt(t, kept+"-2") // by the program of its time
	same(t, "leads kept", len(loaded(t, &old.Reader, LeadFilter{}, 10)), 2)
	s, err = openWith(t, path, next())
	mustDo(t, err)
	same(t, "upgrade of a file that is up to date", s.Upgraded(), Upgrade{})
}

// Where there is no room for the copy the file is not touched.
func TestNoRoomForTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	kept := keptName(path)
	mustDo(t, openAt(t, path).Close())
	before, err := os.ReadFile(path)
	mustDo(t, err)
	mustDo(t, os.Mkdir(kept+".part", 0o700)) // what cannot be written
	mustDo(t, os.WriteFile(kept+".part/x", nil, 0o600))
	_, err = openWith(t, path, next())
	if err == nil || !strings.Contains(err.Error(), "because a copy of it has to be kept") {
		t.Errorf("without room for a copy: %v", err)
	}
	after, err := os.ReadFile(path)
	mustDo(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
	if err := room(t.TempDir(), 1<<60); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("room for a file that no disk could hold: %v", err)
	}
}

// A step that is killed in the middle has not happened, and the next start goes on.
func TestKilledInAStep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	kept := keptName(path)
	s := openAt(t, path)
	addLeads(t, s, 50)
	mustDo(t, s.Close())
	log, aside := path+"-wal", kept+".part"
	for what, so := range map[string]func() bool{
		"the copy is made, or was": func() bool { return logSize(aside) > 0 || logSize(kept) > 0 },
		"the step is half written": func() bool { return logSize(log) > 1<<20 },
	} {
		mustDo(t, os.RemoveAll(log)) // of the round before: nothing of it was committed
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), stepVariable+"="+path)
		mustDo(t, child.Start())
		waitUntil(t, what, so)
		mustDo(t, child.Process.Kill())
		if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("the child ended by itself: %v", err)
		}
	}
	r, err := OpenReader(path) // it is what it was
	mustDo(t, err)
	same(t, "leads", len(loaded(t, r, LeadFilter{}, 100)), 50)
	mustDo(t, r.Close())
	s, err = openWith(t, path, next())
	mustDo(t, err)
	same(t, "upgrade", s.Upgraded(), Upgrade{From: len(steps), To: len(steps) + 2, Kept: kept})
	same(t, "leads", len(loaded(t, &s.Reader, LeadFilter{}, 100)), 50)
	mustDo(t, s.Close())
	same(t, "files", listed(t, filepath.Dir(path)), []string{"dialerd.db", "dialerd.db.lock", filepath.Base(kept)})
}

// stepVariable names the file that a child of TestKilledInAStep brings to a version without an end.
const stepVariable = "DIALERD_STORE_STEP"

func stepUntilKilled(path string) error {
	_, err := open(path, append(next()[:len(steps)], `PRAGMA cache_size = 10; CREATE TABLE half (x TEXT) STRICT;
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO half SELECT hex(randomblob(500)) FROM n`))
	return err
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
		`INSERT INTO lead_numbers VALUES (99, 0, 79160000000, '', 0)`,
		`INSERT INTO lead_numbers VALUES (1, 0, 79160000000, '', 0)`,
		`UPDATE lead_numbers SET invalid = 2`,
		`INSERT INTO switches VALUES ('campaign', 'x', 2)`,
		`INSERT INTO snapshot VALUES (2, '{}')`,
		`INSERT INTO progress VALUES (2, 0, 0)`,
	} {
		if _, err := s.write.Exec(wrong); err == nil {
			t.Errorf("the schema allows %s", wrong)
		}
	}
}

func filtered(f LeadFilter) string {
	query, _ := leadQuery("*", leadPage{LeadFilter: f})
	return query
}

func ranged(buckets ...string) string {
	query, _ := leadQuery("*", LeadRange{Buckets: buckets, UpTo: 1}.page(1))
	return query
}

// Every query that runs often uses the index that is there for it.
func TestQueriesUseTheirIndex(t *testing.T) {
	s := openTemp(t)
	for _, c := range []struct{ query, index string }{
		{`SELECT id FROM attempts WHERE outcome IS NULL ORDER BY id`, "attempts_open"},
		{`SELECT id FROM attempts WHERE lead_id = 1 ORDER BY id DESC LIMIT 1`, "attempts_lead"},
		{`SELECT id FROM attempts WHERE number = 1 AND planned >= 1`, "attempts_number"},
		{`SELECT number, outcome FROM attempts WHERE planned >= 1 ORDER BY planned, id`, "attempts_planned"},
		{filtered(LeadFilter{Bucket: "b"}), "leads_bucket"},
		{filtered(LeadFilter{External: "x"}), "sqlite_autoindex_leads_1"},
		{filtered(LeadFilter{Number: 79160000001}), "lead_numbers_number"},
		{filtered(LeadFilter{IDs: []dialer.LeadID{1}}), "SEARCH leads USING INTEGER PRIMARY KEY (rowid="},
		{ranged("b"), "SEARCH leads USING INDEX leads_bucket (bucket=? AND rowid>? AND rowid<?)"},
		{ranged("b", "c"), "SEARCH leads USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		{numbersBetween, "SEARCH lead_numbers USING PRIMARY KEY (lead_id>? AND lead_id<?)"},
		{numbersOf, "SEARCH lead_numbers USING PRIMARY KEY (lead_id=?)"},
		{fieldsOf, "SEARCH leads USING INTEGER PRIMARY KEY (rowid=?)"},
		// Only of numbers that are there already, which are few, the row is read for its mark.
		{fmt.Sprintf(numbersIn, "?, ?"), "SEARCH lead_numbers USING INDEX lead_numbers_number (number=?); SEARCH leads"},
		{fmt.Sprintf(externalsIn, "?, ?"), "SEARCH leads USING COVERING INDEX sqlite_autoindex_leads_1 (external=?)"},
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
