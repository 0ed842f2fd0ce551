package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/store"
)

// benchLeads may also be set by DIALERD_BENCH_LEADS, which go test ./... can be given.
var benchLeads = flag.Int("leads", benchDefault(), "leads that the benchmarks of imports have")

func benchDefault() int {
	if n, err := strconv.Atoi(os.Getenv("DIALERD_BENCH_LEADS")); err == nil && n > 0 {
		return n
	}
	return 100_000
}

// BenchmarkImport1M imports -leads leads (100,000; make bench: a million) by the command, without a daemon,
// into a new database. s is how long that takes. of-sqlite3 is the time over that of the sqlite3 shell, which
// imports the same file into the same tables with the same indexes, turn by turn: .import into a temporary
// table, and one statement for each of the two tables.
//
//   - E.164: numbers that need no numbering plan
//   - library: numbers as people write them, each of which goes through the library
//   - again: the file of the first once more, so that every lead is looked up and compared
func BenchmarkImport1M(b *testing.B) {
	b.Run("E.164", func(b *testing.B) { benchImport(b, "+7%s%s%s", true, false) })
	b.Run("library", func(b *testing.B) { benchImport(b, "8 (%s) %s-%s", false, false) })
	b.Run("again", func(b *testing.B) { benchImport(b, "+7%s%s%s", false, true) })
}

// BenchmarkImportBesideDaemon imports through a daemon at work; held-ms is the longest that a change which has to
// be on disk was waited for meanwhile.
func BenchmarkImportBesideDaemon(b *testing.B) {
	chain := newDNCChain(b)
	defer chain.end()
	file := filepath.Join(chain.daemon.dir, "list.csv")
	benchList(b, file, "+7%s%s%s", *benchLeads)
	over, held := make(chan struct{}), make(chan time.Duration)
	go func() { held <- longestWait(chain.daemon, over) }()
	took := timed(func() {
		benchCommand(b, []string{"leads", "import", file, "--bucket", "b", "-c", chain.daemon.dir, "--rejects", file + ".rejects"}, "imported")
	})
	close(over)
	b.ReportMetric(float64((<-held).Milliseconds()), "held-ms")
	b.ReportMetric(took.Seconds(), "s")
	b.ReportMetric(0, "ns/op")
}

// longestWait has something written ten times a second.
func longestWait(d *daemon, over <-chan struct{}) (longest time.Duration) {
	for n := 0; ; n++ {
		select {
		case <-over:
			return longest
		case <-time.After(100 * time.Millisecond):
			longest = max(longest, timed(func() {
				_, _ = d.changeDNC(context.Background(), dialer.DNCChange{Entries: []string{fmt.Sprintf("+7999%07d", n)}})
			}))
		}
	}
}

func benchImport(b *testing.B, form string, beside, again bool) {
	if _, err := exec.LookPath("sqlite3"); err != nil && beside {
		b.Skip("THE IMPORT IS NOT COMPARED: there is no sqlite3 on this machine (apt-get install sqlite3)")
	}
	dir := benchDir(b)
	file := filepath.Join(dir, "list.csv")
	benchList(b, file, form, *benchLeads)
	database := filepath.Join(dir, "dialerd.db")
	args := []string{"leads", "import", file, "--bucket", "b", "--region", "RU", "-c", dir, "--rejects", filepath.Join(dir, "rejects.csv")}
	var took, theirs time.Duration
	runs := 0
	for b.Loop() {
		removeDatabase(b, database)
		if again {
			benchCommand(b, args, "imported")
		}
		runs++
		turns := []func(){
			func() {
				took += timed(func() { benchCommand(b, args, map[bool]string{false: "imported", true: "unchanged"}[again]) })
			},
			func() {
				if beside {
					theirs += shellImport(b, dir, file)
				}
			},
		}
		turns[runs%2]()
		turns[1-runs%2]()
	}
	b.ReportMetric(took.Seconds()/float64(runs), "s")
	b.ReportMetric(float64(*benchLeads*runs)/took.Seconds(), "leads/s")
	if beside {
		b.ReportMetric(took.Seconds()/theirs.Seconds(), "of-sqlite3")
		b.ReportMetric(theirs.Seconds()/float64(runs), "sqlite3-s")
	}
	b.ReportMetric(0, "ns/op")
}

func timed(what func()) time.Duration {
	begun := time.Now()
	what()
	return time.Since(begun)
}

// benchDir is a configuration whose database lies beside it.
func benchDir(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	text := "instance = \"a\"\n[[pbx]]\nname = \"one\"\naddress = \"127.0.0.1:5038\"\nuser = \"u\"\nsecret = \"s\"\n[agi]\nlisten = \"127.0.0.1:0\"\n[api]\nsocket = \"s\"\n[store]\npath = \"dialerd.db\"\n"
	if err := os.WriteFile(filepath.Join(dir, configMain), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return dir
}

// benchList writes a list of n leads as a CRM gives it; form is how a number looks.
func benchList(b *testing.B, path, form string, n int) {
	b.Helper()
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	defer out.Flush()
	fmt.Fprintln(out, "id,phone,name,timezone,city,tariff")
	r := rand.New(rand.NewPCG(5, 5))
	for i, step := range r.Perm(n) {
		digits := fmt.Sprintf("9%09d", 160_000_000+step*7)
		parts := []any{digits[:3], digits[3:6], digits[6:]}
		fmt.Fprintf(out, "crm-%d,%s,Иван Петров %d,Europe/Moscow,Тула,basic\n", i+1, fmt.Sprintf(form, parts...), i)
	}
}

func removeDatabase(b *testing.B, path string) {
	b.Helper()
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !os.IsNotExist(err) {
			b.Fatal(err)
		}
	}
}

// benchCommand runs the command; all leads have to come out as said.
func benchCommand(b *testing.B, args []string, as string) {
	b.Helper()
	var out, errors bytes.Buffer
	code := execute(b.Context(), args, &out, &errors)
	if want := fmt.Sprintf("%s=%d ", as, *benchLeads); code != 0 || !strings.Contains(out.String(), want) {
		b.Fatalf("exit %d, %s%s", code, out.String(), errors.String())
	}
}

// shellImport has the sqlite3 shell import the list into tables like ours.
func shellImport(b *testing.B, dir, file string) time.Duration {
	b.Helper()
	path := filepath.Join(dir, "shell.db")
	removeDatabase(b, path)
	s, err := store.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	shell := exec.CommandContext(b.Context(), "sqlite3", "-bail", path)
	shell.Stdin = strings.NewReader(fmt.Sprintf(`PRAGMA synchronous = FULL;
CREATE TEMP TABLE list (id, phone, name, timezone, city, tariff);
.import --csv --skip 1 --schema temp %q list
BEGIN;
INSERT INTO leads (id, external, bucket, state, priority, zone, name, attributes, created, updated)
	SELECT rowid, id, 'b', 'waiting', 0, timezone, name, json_object('city', city, 'tariff', tariff), 1, 1 FROM list;
INSERT INTO lead_numbers (lead_id, position, number, kind) SELECT rowid, 0, CAST(substr(phone, 2) AS INTEGER), '' FROM list;
COMMIT;
`, file))
	var said []byte
	took := timed(func() { said, err = shell.CombinedOutput() })
	if err != nil {
		b.Fatalf("%v: %s", err, said)
	}
	counted, err := exec.CommandContext(b.Context(), "sqlite3", path, "SELECT count(*) FROM leads JOIN lead_numbers ON lead_id = leads.id").Output()
	if err != nil || strings.TrimSpace(string(counted)) != fmt.Sprint(*benchLeads) {
		b.Fatalf("the shell has imported %s: %v", counted, err)
	}
	return took
}
