package main

import (
	"database/sql"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"dialerd/dialer"
	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
	"dialerd/store"
)

// TestWithoutEffect: what this version does not do is said, and what it does is not.
func TestWithoutEffect(t *testing.T) {
	plain := dialer.NewCampaign()
	plain.Name = "plain"
	plain.Rules = []dialer.Rule{{Name: "busy", On: []dialer.Outcome{dialer.Busy}, Finish: "done"},
		{Name: "sold", Disposition: []string{"sale"}, Finish: "sold"}}
	if notes := withoutEffect(&dialer.Config{Campaigns: []dialer.Campaign{plain}, Agents: []dialer.AgentConfig{{ID: "anna", Penalty: 5}}, Pauses: []dialer.PauseReason{{Code: "lunch"}}}); len(notes) != 0 {
		t.Errorf("said of what has its effect: %q", notes)
	}
	x := dialer.NewCampaign()
	x.Name, x.Pacing.Mode, x.Callback.Retries = "spring", dialer.Predictive, 7
	notes := strings.Join(withoutEffect(&dialer.Config{Campaigns: []dialer.Campaign{x},
		Agents: []dialer.AgentConfig{{ID: "boris", CallerID: phone.Number(74951234567), Deputy: "anna", Department: "sales"}}}), "\n")
	for _, want := range []string{"predictive", "[callback]", `agent "boris": without effect in this version: caller_id, department, deputy`} {
		if !strings.Contains(notes, want) {
			t.Errorf("nothing is said of %s:\n%s", want, notes)
		}
	}
}

// TestRuleNotes: rules that never match, and moves to where nobody calls, are said before somebody waits for them.
func TestRuleNotes(t *testing.T) {
	x := dialer.NewCampaign()
	x.Name, x.Buckets, x.Calendar, x.Attempts.Total = "spring", []string{"new", "second-round"}, "work", 4
	busy := []dialer.Outcome{dialer.Busy}
	x.Rules = []dialer.Rule{
		{Name: "first", On: busy, Attempt: dialer.AttemptRange{From: 1, To: 1}, Again: dialer.Again{OtherPart: true}},
		{Name: "all", On: busy, Bucket: "second-round"},
		{Name: "behind", On: busy, Bucket: "secnd-round"},
		{Name: "fifth", On: []dialer.Outcome{dialer.Lost}, Attempt: dialer.AttemptRange{From: 5}, Finish: "enough"},
	}
	other := dialer.NewCampaign()
	other.Name, other.DayParts = "autumn", other.DayParts[:2]
	var hours calendar.Hours
	if err := hours.UnmarshalText([]byte("mon-fri 09:00-17:00")); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(withoutEffect(&dialer.Config{Campaigns: []dialer.Campaign{x, other}, Calendars: []calendar.Calendar{{Name: "work", Hours: []calendar.Hours{hours}}}}), "\n")
	const want = `campaign "spring": rule "behind" is never reached: rule "all" before it takes all it is for
campaign "spring": rule "behind" moves leads to bucket "secnd-round", on which no campaign draws: nobody calls them there: did you mean "second-round"?
campaign "spring": rule "fifth" is for attempts from 5 on, and a lead has 4 at the most (total in [attempts]): it never matches
campaign "spring": the day part 17:00-21:00 is without effect: calendar "work" is never open in it
campaign "autumn": day_parts are without effect: no rule says again = "other day part"`
	if got != want {
		t.Errorf("it says\n%s\nwant\n%s", got, want)
	}
}

// TestCheckDatabase: the database is looked at beside the files, and what is wrong with it is a fault like theirs.
func TestCheckDatabase(t *testing.T) {
	s := newShell(t)
	s.want("check", exitDone, "there is no database yet")
	_, path := s.database()
	s.want("check", exitDone, "dialerd.db is in order: 0.1 MB, 1 leads, 0 attempts, schema version")
	s.want("check --full", exitDone, "dialerd.db is in order")
	behindItsBack(t, path, `PRAGMA foreign_keys = off; DELETE FROM lead_numbers`)
	s.want("check", exitFailed, "dialerd.db: leads have no number, so that they are never called: 1: it was changed by hand")
	s.want("check --json", exitFailed, `"text": "leads have no number`)
	s.want("check --files", exitDone, "DIR is in order")
	s.write("queues.toml", "[[queue]]\nnamee = \"sales\"\n")
	s.want("check", exitFailed, "queues.toml:2:1")
	s.want("check", exitFailed, "leads have no number")
	s.write("dialerd.toml", "[store\n")
	s.want("check", exitFailed, "dialerd.toml:1:")
}

// database is the shell's, open, with one lead in it.
func (s shell) database() (db *store.Store, path string) {
	s.t.Helper()
	path = filepath.Join(s.dir, "dialerd.db")
	db, err := store.Open(path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	if _, err := db.ImportLeads(s.t.Context(), []store.NewLead{{Bucket: "web", Numbers: []dialer.LeadNumber{{Number: 79161234567}}}}); err != nil {
		s.t.Fatal(err)
	}
	return db, path
}

// behindItsBack changes a database as a person does with the sqlite3 shell.
func behindItsBack(t *testing.T, path, script string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
}

// want runs a command that prints something to standard output, or its reason to the other.
func (s shell) want(args string, code int, says string) string {
	s.t.Helper()
	got, stdout, stderr := s.run(strings.Fields(args)...)
	if got != code || !strings.Contains(stdout+stderr, says) {
		s.t.Errorf("dialerd %s: exit %d, want %d\n%s%s\ndoes not say %q", args, got, code, stdout, stderr, says)
	}
	return stdout
}

// TestBackupCommand: with the daemon's file open and without, into a file of its own.
func TestBackupCommand(t *testing.T) {
	s := newShell(t)
	db, path := s.database()
	to := filepath.Join(s.dir, "saved.db")
	s.want("backup "+to, exitDone, "saved.db: 0.1 MB, 1 leads, 0 attempts, schema version")
	s.want("backup "+to, exitFailed, "saved.db: file already exists: name another file, or replace it with --force")
	s.want("backup --force "+path, exitFailed, "belongs to the database itself")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var made backupReport
	if err := json.Unmarshal([]byte(s.want("backup --force --json "+to, exitDone, `"leads": 1`)), &made); err != nil {
		t.Fatal(err)
	}
	if made.File != "saved.db" || made.Bytes == 0 || made.Version == 0 {
		t.Errorf("it says %+v", made)
	}
	s.write("dialerd.toml", "[store\n")
	s.want("backup "+to, exitFailed, "dialerd check says why")
}
