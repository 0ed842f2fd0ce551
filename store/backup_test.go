package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dialerd/dialer"
)

func mustBackup(t *testing.T, from, to string) Copy {
	t.Helper()
	c, err := Backup(t.Context(), from, to, false)
	mustDo(t, err)
	return c
}

// listed are the names in a directory.
func listed(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	mustDo(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A backup beside the owner, which has not folded its log into the file, opens as a database with all
// of it.
func TestBackupBesideTheOwner(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 300)
	mustAppend(t, s, records(1, dialer.AttemptPlanned{Attempt: planned(1)}, dialer.SnapshotTaken{Snapshot: calls}))
	dir := t.TempDir()
	to := filepath.Join(dir, "saved.db")
	c := mustBackup(t, s.Path(), to)
	info, err := os.Stat(to)
	mustDo(t, err)
	same(t, "copy", c, Copy{File: to, Bytes: info.Size(), Version: len(steps), Content: Content{Leads: 300, Attempts: 1}})
	same(t, "mode", info.Mode(), fs.FileMode(0o600))
	same(t, "files", listed(t, dir), []string{"saved.db"})
	r, err := OpenReader(to)
	mustDo(t, err)
	same(t, "leads", exported(t, r, LeadFilter{}), exported(t, &s.Reader, LeadFilter{}))
	mustDo(t, r.Close())

	addLeads2(t, s) // the copy is of its moment, the database goes on
	again := openAt(t, to)
	mustAppend(t, again, plans(7, 8))
	same(t, "attempts of the copy", len(attempts(t, &again.Reader, AttemptFilter{})), 3)
	same(t, "leads of the copy", len(loaded(t, &again.Reader, LeadFilter{}, 1000)), 300)
}

func addLeads2(t *testing.T, s *Store) {
	t.Helper()
	_, err := s.ImportLeads(t.Context(), []NewLead{numbered(1001)})
	mustDo(t, err)
}

// A backup of a file that nobody has open, with a log that a crash left behind.
func TestBackupAfterACrash(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 20)
	crashed := filepath.Join(t.TempDir(), "dialerd.db")
	for _, end := range []string{"", "-wal"} {
		text, err := os.ReadFile(s.Path() + end)
		mustDo(t, err)
		mustDo(t, os.WriteFile(crashed+end, text, 0o600))
	}
	c := mustBackup(t, crashed, filepath.Join(t.TempDir(), "saved.db"))
	same(t, "leads", c.Leads, int64(20))
}

// While pages are copied others write; the copy is of one moment, and the writer does not wait.
func TestBackupWhileOthersWrite(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 8000) // some thousand pages
	mustAppend(t, s, plans(1, 2000))
	to := filepath.Join(t.TempDir(), "saved.db")
	in, err := connectTo(looking(s.Path()))
	mustDo(t, err)
	defer in.Close()
	mustDo(t, os.WriteFile(to, nil, 0o600))
	out, err := connectTo(&connector{dsn: dsn(to, "mode", "rw", "_journal_mode", "OFF")})
	mustDo(t, err)
	seq := int64(2000)
	ctx := &countingContext{Context: t.Context(), each: func() { // between two steps
		seq++
		mustAppend(t, s, plans(seq, seq))
	}}
	mustDo(t, copyOneState(ctx, in, out, s.Path()))
	mustDo(t, out.Close())
	if seq == 2000 {
		t.Fatal("nothing was written in between: the file is too small for this test")
	}
	c, err := contentOf(t.Context(), to)
	mustDo(t, err)
	same(t, "copy", c, Content{Leads: 8000, Attempts: 2000})
}

// countingContext does something whenever it is asked whether it has ended.
type countingContext struct {
	context.Context
	each func()
}

func (c *countingContext) Err() error {
	c.each()
	return nil
}

func TestBackupRefuses(t *testing.T) {
	dir := t.TempDir()
	s := openAt(t, filepath.Join(dir, "dialerd.db"))
	addLeads(t, s, 1)
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) string {
		mustDo(t, os.WriteFile(path(name), []byte(text), 0o600))
		return path(name)
	}
	write("used.db-wal", "")
	mustDo(t, os.Symlink(s.Path(), path("link.db")))
	mustDo(t, os.Link(s.Path(), path("hard.db")))
	for _, c := range []struct {
		from, to string
		force    bool
		says     string
	}{
		{s.Path(), write("there.db", "precious"), false, "file already exists: name another file, or replace it with --force"},
		{s.Path(), s.Path(), true, "belongs to the database itself"},
		{s.Path(), path("link.db"), true, "belongs to the database itself"},
		{s.Path(), path("hard.db"), true, "is the database itself"},
		{s.Path(), s.Path() + "-wal", true, "belongs to the database itself"},
		{s.Path(), s.Path() + ".lock", true, "belongs to the database itself"},
		{s.Path(), path("used.db"), true, "used.db-wal is there, so a program works on"},
		{s.Path(), dir, true, "or no file"},
		{s.Path(), path("none/x.db"), false, "no such file or directory"},
		{path("none.db"), path("x.db"), false, "start the daemon once"},
		{write("empty.db", ""), path("x.db"), false, "nothing in it yet"},
		{write("text.db", "hello"), path("x.db"), false, "file is not a database"},
	} {
		before := listed(t, dir)
		_, err := Backup(t.Context(), c.from, c.to, c.force)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("of %s to %s: %v\ndoes not say %q", c.from, c.to, err, c.says)
		}
		same(t, "files", listed(t, dir), before)
	}
	text, err := os.ReadFile(path("there.db"))
	mustDo(t, err)
	same(t, "the file that was there", string(text), "precious")
	_, err = Backup(t.Context(), s.Path(), path("there.db"), true)
	mustDo(t, err)
	same(t, "leads of what replaced it", len(loaded(t, &openAt(t, path("there.db")).Reader, LeadFilter{}, 10)), 1)
}

// A damaged database is not copied over a good backup.
func TestBackupOfADamagedFile(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 500)
	to := filepath.Join(t.TempDir(), "saved.db")
	mustBackup(t, s.Path(), to)
	good, err := os.ReadFile(to)
	mustDo(t, err)
	damagePage(t, s, "lead_numbers_number")
	_, err = Backup(t.Context(), s.Path(), to, true)
	if err == nil || !strings.Contains(err.Error(), "the copy of it is not good") || !strings.Contains(err.Error(), "check --full") {
		t.Errorf("a backup of a damaged file: %v", err)
	}
	left, err := os.ReadFile(to)
	mustDo(t, err)
	if !bytes.Equal(good, left) {
		t.Error("the good backup was replaced")
	}
	same(t, "files", listed(t, filepath.Dir(to)), []string{"saved.db"})
}

func TestBackupIsGivenUp(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 8000)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Backup(ctx, s.Path(), filepath.Join(dir, "x.db"), false); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: %v", err)
	}
	same(t, "files", listed(t, dir), []string(nil))
}

// A log that grows while it is copied must not fill the disk.
func TestBackupWatchesTheLog(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 8000)
	in, err := connectTo(looking(s.Path()))
	mustDo(t, err)
	defer in.Close()
	out, err := connectTo(&connector{dsn: "file::memory:"})
	mustDo(t, err)
	defer out.Close()
	log := filepath.Join(t.TempDir(), "x")
	ctx := &countingContext{Context: t.Context(), each: func() {
		mustDo(t, errors.Join(os.WriteFile(log+"-wal", nil, 0o600), os.Truncate(log+"-wal", logMost+1)))
	}}
	if err := copyOneState(ctx, in, out, log); err == nil || !strings.Contains(err.Error(), "its log grew by more than 256 MB") {
		t.Errorf("%v", err)
	}
}

func TestVerifyFindsNothing(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 50)
	mustAppend(t, s, records(1, dialer.AttemptPlanned{Attempt: planned(1)}, dialer.SnapshotTaken{Snapshot: calls},
		dialer.SwitchChanged{Kind: dialer.SwitchCampaign, Name: "spring", Running: true}))
	before := listed(t, filepath.Dir(s.Path()))
	for _, full := range []bool{false, true} {
		v, err := Verify(t.Context(), s.Path(), full)
		mustDo(t, err)
		same(t, "findings", v.Findings, []Finding(nil))
		same(t, "content", v.Content, Content{Leads: 50, Attempts: 1})
		same(t, "version", v.Version, v.Known)
	}
	same(t, "files", listed(t, filepath.Dir(s.Path())), before)
	if _, err := Verify(t.Context(), s.Path()+"2", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// Each thing that the program relies on is found when it does not hold. The rows are broken behind
// SQLite's back.
func TestVerifyFinds(t *testing.T) {
	for _, c := range []struct{ breaks, says string }{
		{`UPDATE leads SET state = 'eaten' WHERE id = 2`, `leads are in a state that is none: "eaten"`},
		{`UPDATE leads SET outcome = 'eaten' WHERE id = 2`, `leads have a last outcome that is none: "eaten"`},
		{`INSERT INTO attempts SELECT 9, 1, 'c', 'p', 't', 'q', 79160000001, 0, 1, NULL, NULL, NULL, '', 'eaten', '', 0, 0, '', ''`, `an outcome that is none: "eaten"`},
		{`INSERT INTO attempts SELECT 9, 1, 'c', 'p', 't', 'q', 79160000001, 0, 1, NULL, NULL, NULL, '', 'busy', 'nobody', 0, 0, '', ''`, `by somebody who is not known: "nobody"`},
		{`INSERT INTO switches VALUES ('light', 'x', 1)`, `neither a department nor a campaign: "light"`},
		{`INSERT INTO agents VALUES ('anna', 'lunch', NULL, NULL, '', NULL, NULL, NULL, '', 0, 0)`, "it is not known since when: anna:"},
		{`INSERT INTO agents VALUES ('anna', 'lunch', 1, NULL, 'training', NULL, NULL, NULL, '', 0, 0)`, "it is not known since when: anna:"},
		{`INSERT INTO pauses VALUES ('anna', 'lunch', 'asterisk', 1, 2, 0, 0)`, "neither the operator nor a supervisor wanted, of anna:"},
		{`INSERT INTO loans VALUES ('p', 'q', 'i', 'shirt', 0, 0, '', '', 0)`, `neither his pause nor his penalty: "shirt"`},
		{`UPDATE lead_numbers SET number = 12 WHERE lead_id = 3`, `leads have a number that is none in E.164: 3`},
		{`UPDATE lead_numbers SET number = -79160000003 WHERE lead_id = 3`, `leads have a number that is none in E.164: 3`},
		{`INSERT INTO attempts SELECT 9, 1, 'c', 'p', 't', 'q', 5, 0, 1, NULL, NULL, NULL, '', 'busy', '', 0, 0, '', ''`, `attempts have a number that is none in E.164: 9`},
		{`DELETE FROM lead_numbers WHERE lead_id < 8`, `leads have no number, so that they are never called: 1, 2, 3, 4, 5, and more`},
		{`UPDATE leads SET use_number = 1 WHERE id = 4`, `in the place that is to be dialed next: 4`},
		{`UPDATE leads SET attributes = '[1]' WHERE id = 5`, `attributes that cannot be read: 5`},
		{`UPDATE leads SET attributes = '{"a":1}' WHERE id = 5`, `attributes that cannot be read: 5`},
		{`UPDATE leads SET attributes = '{' WHERE id = 5`, `attributes that cannot be read: 5`},
		{`INSERT INTO attempts (id, campaign, pbx, trunk, queue, number, caller_id, planned) VALUES (9, '', '', '', '', 79160000001, 0, 1)`, `attempts are under way that belong to no lead: 9`},
		{`INSERT INTO attempts (id, lead_id, campaign, pbx, trunk, queue, number, caller_id, planned) VALUES (9, 77, '', '', '', '', 79160000001, 0, 1)`, `attempts are under way that belong to no lead: 9`},
		{`INSERT INTO lead_numbers VALUES (77, 0, 79160000077, '', 0)`, `in the tables lead_numbers`},
		{`DELETE FROM progress`, `the table progress has 0 rows`},
		{`INSERT INTO snapshot VALUES (1, '{')`, `the snapshot cannot be read`},
		{`DROP INDEX attempts_open`, `this is missing, or is another one: CREATE INDEX attempts_open`},
		{`DROP TABLE switches`, `CREATE TABLE switches`},
	} {
		s := openTemp(t)
		addLeads(t, s, 10)
		script(t, s.Path(), `PRAGMA ignore_check_constraints = on; PRAGMA foreign_keys = off; `+c.breaks)
		v, err := Verify(t.Context(), s.Path(), true)
		mustDo(t, err)
		var said []string
		for _, f := range v.Findings {
			said = append(said, f.String())
			if f.Advice == "" {
				t.Errorf("%s: no advice", f.Problem)
			}
		}
		if !strings.Contains(strings.Join(said, "\n"), c.says) {
			t.Errorf("after %s: %q\ndoes not say %q", c.breaks, said, c.says)
		}
	}
}

// Damage is found wherever it is, the quick way or the full one.
func TestVerifyFindsDamage(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, path string)
		full bool
	}{
		{"cut off", func(t *testing.T, path string) { mustDo(t, os.Truncate(path, 8192)) }, false},
		{"noise in the middle", func(t *testing.T, path string) { scribble(t, path, 40_000, 60_000) }, false},
		{"noise at the beginning", func(t *testing.T, path string) { scribble(t, path, 100, 3000) }, false},
		{"the header", func(t *testing.T, path string) { scribble(t, path, 0, 16) }, false},
		{"an index of something else", func(t *testing.T, path string) {
			script(t, path, `PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql = 'CREATE INDEX leads_bucket ON leads (name)' WHERE name = 'leads_bucket'`)
			script(t, path, `REINDEX leads_bucket`)
			script(t, path, `PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql = 'CREATE INDEX leads_bucket ON leads (bucket)' WHERE name = 'leads_bucket'`)
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "dialerd.db")
			s := openAt(t, path)
			addLeads(t, s, 2000)
			mustDo(t, s.Close())
			c.make(t, path)
			v, err := Verify(t.Context(), path, c.full)
			if err != nil {
				v.Findings = append(v.Findings, Finding{Problem: err.Error()})
			}
			if len(v.Findings) != 1 || !v.Findings[0].Damage || !strings.Contains(v.Findings[0].String(), "the file is damaged") || !strings.Contains(v.Findings[0].Advice, "restore the last backup") {
				t.Errorf("found %q", v.Findings)
			}
		})
	}
}

// An older file is no fault: the next start brings it up to date.
func TestVerifyAnOlderFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	mustDo(t, openAt(t, path).Close())
	old := steps
	steps = next()
	defer func() { steps = old }()
	v, err := Verify(t.Context(), path, true)
	mustDo(t, err)
	same(t, "findings", v.Findings, []Finding(nil))
	same(t, "versions", []int{v.Version, v.Known}, []int{len(old), len(old) + 2})
	c := mustBackup(t, path, path+".saved")
	same(t, "version of a backup", c.Version, len(old))
}
