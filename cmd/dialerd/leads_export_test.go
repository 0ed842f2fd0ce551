package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/store"
)

// TestExportRoundTrip imports what was exported into another database and exports that: the leads
// have to be the same, whatever names their attributes have.
func TestExportRoundTrip(t *testing.T) {
	leads := []store.NewLead{
		{External: "1", Bucket: "web", Name: `ООО "Ромашка", "x"; y`, Zone: "Europe/Moscow", Priority: -3, Next: time.Date(2026, 5, 4, 7, 30, 0, 123456000, time.UTC),
			Numbers:    []dialer.LeadNumber{{Number: 79161234501, Kind: "mobile"}, {Number: 74951234502}},
			Attributes: map[string]string{"city": "Тверь", "Имя": "an attribute", "phone 2": "12", "line": "7", "error": "none", "dialerd.state": "x", "attribute.x": "y", "": "nameless"}},
		{Bucket: "spring", Numbers: []dialer.LeadNumber{{Number: 12025550123, Kind: "work, old"}}, Attributes: map[string]string{"note": "=1+1 ${x} \\ \u00a0end"}},
		{External: "3", Bucket: "web", Numbers: []dialer.LeadNumber{{Number: 79161234503}}},
	}
	first, second := newShell(t), newShell(t)
	db, err := store.Open(filepath.Join(first.dir, "dialerd.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = db.ImportLeads(context.Background(), leads); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(first.dir, "out.csv")
	if code, _, stderr := first.run("leads", "export", "-o", file); code != 0 || stderr != "3 leads in out.csv\n" {
		t.Fatalf("exit %d, stderr %s", code, stderr)
	}
	if code, stdout, stderr := second.run("leads", "import", file); code != 0 || !strings.Contains(stdout, "read=3 imported=3 ") {
		t.Fatalf("exit %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	_, got, _ := second.run("leads", "export")
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestExportOfOneBucket(t *testing.T) {
	for _, running := range []bool{false, true} {
		s := newShell(t)
		s.seed()
		s.write("list.csv", "phone\n+79161234501\n")
		if running {
			s.leadsDaemon()
		}
		s.run("leads", "import", filepath.Join(s.dir, "list.csv"), "--bucket", "web")
		code, stdout, stderr := s.run("leads", "export", "--bucket", "web")
		if code != 0 || stderr != "" || strings.Count(stdout, "\n") != 2 || !strings.Contains(stdout, "+79161234501") {
			t.Errorf("exit %d, stdout %s, stderr %s", code, stdout, stderr)
		}
	}
}

func TestExportLeavesNoHalfFile(t *testing.T) {
	s := newShell(t)
	s.write("dialerd.db", "this is no database, and longer than the header of one so that it is looked at as a whole: 0123456789 0123456789")
	s.write("out.csv", "of yesterday")
	file := filepath.Join(s.dir, "out.csv")
	if code, _, _ := s.run("leads", "export", "-o", file); code != 1 {
		t.Errorf("exit %d", code)
	}
	if text, err := os.ReadFile(file); string(text) != "of yesterday" {
		t.Errorf("the file has become %q, %v", text, err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, ".out.csv.*")); len(left) > 0 {
		t.Errorf("%q is left behind", left)
	}
}
