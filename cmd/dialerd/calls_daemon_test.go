package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

const dispositionRules = `
[[rule]]
name = "sold"
disposition = ["sale"]
finish = "sold"

[[rule]]
name = "thinks"
disposition = ["maybe"]
again = "2d"
bucket = "warm"
`

// TestDispositionOfACallThatIsOver: an operator's screen says what came of a talk when the call has ended; the lead
// is planned by it, on disk too, over a restart.
func TestDispositionOfACallThatIsOver(t *testing.T) {
	dir := startDir(t, 1)
	file := filepath.Join(dir, "campaigns", "c0.toml")
	rules, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, append(rules, dispositionRules...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	talked := time.Now().Add(-time.Minute).UTC().Truncate(time.Second)
	putTalk(t, filepath.Join(dir, "db"), talked)

	s := startDaemon(t, dir)
	s.loaded()
	c := api.NewClient(s.d.settings.API.Socket)
	defer c.Close()
	if err := c.Dispose(t.Context(), 1000, "mabye"); err == nil || !strings.Contains(err.Error(), `did you mean "maybe"?`) {
		t.Errorf("a misspelt word: %v", err)
	}
	if err := c.Dispose(t.Context(), 7, "maybe"); err == nil || !strings.Contains(err.Error(), "there is no call 7") {
		t.Errorf("a call that there is not: %v", err)
	}
	if err := c.Dispose(t.Context(), 1000, "maybe"); err != nil {
		t.Fatal(err)
	}
	s.end()

	again := startDaemon(t, dir)
	defer again.end()
	again.loaded()
	again.read(func(core *dialer.Dialer) {
		w, _ := core.Why(1)
		if l := w.Lead; l.Bucket != "warm" || l.State != dialer.LeadWaiting || l.Rule != "thinks" || !l.Next.Equal(talked.Add(30*time.Second+48*time.Hour)) || l.Attempts != 1 {
			t.Errorf("the lead is %+v", l)
		}
	})
	attempts, err := again.d.store.Attempts(t.Context(), store.AttemptFilter{Lead: 1})
	if err != nil || len(attempts) != 1 || attempts[0].Disposition != "maybe" || attempts[0].Rule != "thinks" {
		t.Errorf("attempts %+v, %v", attempts, err)
	}
}

// putTalk makes a database in which call 1000 of campaign c0 has been a talk, and its lead is finished by it.
func putTalk(t *testing.T, path string, at time.Time) {
	t.Helper()
	db, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ImportLeads(t.Context(), []store.NewLead{{Bucket: "bucket-0", Numbers: []dialer.LeadNumber{{Number: 79161234501}}}}); err != nil {
		t.Fatal(err)
	}
	a := dialer.Attempt{ID: 1000, Lead: 1, Campaign: "c0", PBX: "main", Trunk: "t", Queue: "sales", Number: 79161234501, Planned: at}
	over := a
	over.Answered, over.Connected, over.Ended = at.Add(5*time.Second), at.Add(6*time.Second), at.Add(30*time.Second)
	over.Outcome, over.Cause, over.Rule = dialer.Answered, dialer.Cause{By: dialer.Person, Q850: 16}, "default-answered"
	l := dialer.Lead{ID: 1, State: dialer.LeadFinished, Final: "answered", Rule: "default-answered", Attempts: 1, Last: at, Campaign: "c0", Outcome: dialer.Answered}
	rows := []dialer.Row{dialer.AttemptPlanned{Attempt: a}, dialer.AttemptEnded{Attempt: over}, dialer.LeadChanged{Lead: l}}
	var records []dialer.Record
	for i, row := range rows {
		records = append(records, dialer.Record{Seq: int64(i + 1), Row: row})
	}
	if err := db.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
}
