package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/store"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files of testdata/leads anew")

// TestImportGolden imports files as people make them into a database and compares all there is to
// see of it: what is printed, the rejects, the leads. Regenerate with -rewrite and read the diff.
func TestImportGolden(t *testing.T) {
	for _, c := range []struct{ file, args string }{
		{"english", "--bucket web"},
		{"cp1251", "--campaign spring"},
		{"tab_bom", "--bucket web --region RU"},
		{"ascii_then_utf8", "--bucket web"},
		{"quotes", "--bucket web"},
		{"hostile", "--bucket web"},
		{"numbers", "--bucket web --region ru"},
		{"duplicates", "--campaign spring"},
		{"mapped", "--bucket|web|--map|phone=Client phone,phone2=second|--map|name=Client,id=Contract No"},
		{"again", "--bucket web"},
	} {
		for _, running := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s,daemon=%v", c.file, running), func(t *testing.T) {
				split := strings.Fields
				if strings.Contains(c.args, "|") {
					split = func(s string) []string { return strings.Split(s, "|") }
				}
				got := importStory(t, c.file+".csv", running, split(c.args))
				compareGolden(t, filepath.Join("testdata", "leads", c.file+".golden"), got)
			})
		}
	}
}

func importStory(t *testing.T, file string, running bool, args []string) string {
	s := newShell(t)
	text, err := os.ReadFile(filepath.Join("testdata", "leads", file))
	if err != nil {
		t.Fatal(err)
	}
	s.write(file, string(text))
	s.seed()
	if running {
		s.leadsDaemon()
	}
	var b strings.Builder
	code, stdout, stderr := s.run(append([]string{"leads", "import", filepath.Join(s.dir, file)}, args...)...)
	fmt.Fprintf(&b, "$ dialerd leads import %s %s\n", file, strings.Join(args, " "))
	fmt.Fprintf(&b, "%s%s[exit %d]\n", stdout, stderr, code)
	if rejects, err := os.ReadFile(filepath.Join(s.dir, file+".rejects.csv")); err == nil {
		fmt.Fprintf(&b, "\n$ cat %s.rejects.csv\n%s", file, rejects)
	}
	code, stdout, stderr = s.run("leads", "export")
	fmt.Fprintf(&b, "\n$ dialerd leads export\n%s%s[exit %d]\n", stdout, stderr, code)
	return squeeze(b.String())
}

// seed puts two leads into the database.
func (s shell) seed() {
	s.t.Helper()
	db, err := store.Open(filepath.Join(s.dir, "dialerd.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	for i, external := range []string{"", "old"} {
		n := phone.Number(79161234599 + i)
		_, err = db.ImportLeads(context.Background(), []store.NewLead{{External: external, Bucket: "spring-2026", Numbers: []dialer.LeadNumber{{Number: n}}}})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// squeeze makes a long run of one letter short, and what cannot be seen visible.
func squeeze(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		n := 1
		for i+n < len(s) && s[i+n] == s[i] {
			n++
		}
		switch {
		case n > 100:
			fmt.Fprintf(&b, "%c…×%d", s[i], n)
		case s[i] < ' ' && s[i] != '\n' && s[i] != '\t':
			b.WriteString(strings.Repeat(fmt.Sprintf("<%02x>", s[i]), n))
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what comes out (see the difference with -rewrite and git diff):\n%s", path, got)
	}
}

func TestImportFilesThatAreNoLists(t *testing.T) {
	for name, c := range map[string]struct {
		text, stderr string
		code         int
	}{
		"empty":     {"", "the file is empty: its first line has to name the columns", 1},
		"blank":     {"\n\r\n ;;\n", "the file is empty", 1},
		"UTF-16":    {"\xff\xfep\x00h\x00", "the file is in UTF-16", 1},
		"no header": {"Ann,+79161234501\nBob,+79161234502\n", `there are "Ann", "+79161234501"`, 1},
		"no phone":  {"name;number\nAnn;1\n", `name it with --map "phone=COLUMN"; the first line has to name the columns, and there are "name", "number"`, 1},
		"two names": {"phone,имя,фио\n", `the columns "имя" and "фио" both look like the name: say which is it with --map "name=COLUMN"`, 1},
		"twice":     {"phone,city,city\n", `two columns have the name "city": rename one`, 1},
		"control":   {"phone,ci\x01ty\n", "control characters", 1},
		"a picture": {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no column has a name", 1},
		"no rows":   {"phone\n", "", 0},
		"all wrong": {"phone\n1\n2\n", "nothing could be imported: every row was rejected, see list.csv.rejects.csv", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShell(t)
			s.write("list.csv", c.text)
			code, _, stderr := s.run("leads", "import", filepath.Join(s.dir, "list.csv"), "--bucket", "b")
			if code != c.code || !strings.Contains(stderr, c.stderr) {
				t.Errorf("exit %d, stderr %s", code, stderr)
			}
		})
	}
}

func TestImportNeedsABucket(t *testing.T) {
	s := newShell(t)
	s.write("list.csv", "phone\n+79161234501\n")
	list := filepath.Join(s.dir, "list.csv")
	code, _, stderr := s.run("leads", "import", list)
	if code != 2 || !strings.Contains(stderr, "which bucket are the leads for?") {
		t.Errorf("exit %d, stderr %s", code, stderr)
	}
	code, _, stderr = s.run("leads", "import", list, "--bucket", "b", "--rejects", list)
	if code != 2 || !strings.Contains(stderr, "is the file to import") {
		t.Errorf("exit %d, stderr %s", code, stderr)
	}
}

func TestImportDryRunChangesNothing(t *testing.T) {
	s := newShell(t)
	s.write("list.csv", "phone\n+79161234501\n12\n")
	code, stdout, _ := s.run("leads", "import", filepath.Join(s.dir, "list.csv"), "--bucket", "b", "--dry-run")
	if code != 0 || !strings.Contains(stdout, "read=2 importable=1 rejected=1") {
		t.Errorf("exit %d, stdout %s", code, stdout)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "dialerd.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the database was made: %v", err)
	}
}

func TestImportInJSON(t *testing.T) {
	s := newShell(t)
	s.write("list.csv", "phone\n+79161234501\n12\n+79161234501\n")
	code, stdout, stderr := s.run("leads", "import", filepath.Join(s.dir, "list.csv"), "--bucket", "b", "--json")
	const want = `{
  "file": "list.csv",
  "dry_run": false,
  "read": 3,
  "imported": 1,
  "merged": 0,
  "unchanged": 0,
  "duplicates": 1,
  "rejected": 1,
  "rejects_file": "list.csv.rejects.csv",
  "problems": [
    {
      "line": 3,
      "error": "\"12\" is not in E.164, as +79161234567: say which country it is in, as --region RU"
    },
    {
      "line": 4,
      "error": "duplicate: line 2 of this file has the number +79161234501 in bucket \"b\""
    }
  ]
}
`
	if code != 0 || stderr != "" || stdout != want {
		t.Errorf("exit %d, stderr %s, stdout %s", code, stderr, stdout)
	}
}

// TestImportThatBreaksOff counts only what is known to be in.
func TestImportThatBreaksOff(t *testing.T) {
	file, err := newLeadFile(strings.NewReader("phone\n"+manyNumbers(3*importChunk)), numberReader{}, "b", nil)
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	run := importRun{file: file, add: func(ctx context.Context, leads []store.NewLead) ([]store.ImportResult, error) {
		results, _ := addNothing(ctx, leads)
		if calls++; calls == 2 {
			return results[:7], errors.New("no space left on device")
		}
		return results, nil
	}}
	err = run.all(context.Background())
	if err == nil || !strings.Contains(err.Error(), "run it again") || run.report.Imported != importChunk+7 || run.report.Read != run.report.Imported {
		t.Errorf("%+v, %v", run.report, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := run.all(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("an import goes on after Ctrl-C: %v", err)
	}
}

func manyNumbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "+7916%07d\n", i)
	}
	return b.String()
}

func TestImportedLines(t *testing.T) {
	var l importedLines
	for _, add := range [][2]int{{10, 2}, {11, 3}, {12, 5}, {20, 6}, {21, 7}} {
		l.add(dialer.LeadID(add[0]), add[1])
	}
	for id, want := range map[int]int{9: 0, 10: 2, 11: 3, 12: 5, 13: 0, 19: 0, 20: 6, 21: 7, 22: 0} {
		if got := l.of(dialer.LeadID(id)); got != want {
			t.Errorf("lead %d came from line %d, want %d", id, got, want)
		}
	}
	if len(l.runs) != 3 {
		t.Errorf("%d runs", len(l.runs))
	}
}
