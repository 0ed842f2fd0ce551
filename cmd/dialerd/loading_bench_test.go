package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dialerd/dialer"
	"dialerd/store"
)

// BenchmarkStart1M is the start of the daemon with a million leads, from opening the database to the last
// lead in memory: s. Each has one number and a half, an external id, name and attributes; there are 20 buckets, on
// each of which a campaign draws. first-s is when the first campaign could call, stop-ms the longest that a question
// to the loop waited meanwhile.
func BenchmarkStart1M(b *testing.B) {
	benchStart(b, min(*benchLeads, 1_000_000), asLists)
}

// BenchmarkStart1MMixed is the same with the leads of all buckets mixed.
func BenchmarkStart1MMixed(b *testing.B) {
	benchStart(b, min(*benchLeads, 1_000_000), "i % 20")
}

// asLists is the bucket of a lead when each is a list that was imported as a whole.
const asLists = "i * 20 / ([leads] + 1)"

// BenchmarkStart10M is the same with ten times as many, of lists. Making the database takes a minute or two.
func BenchmarkStart10M(b *testing.B) { benchStart(b, 10**benchLeads, asLists) }

func benchStart(b *testing.B, leads int, bucket string) {
	dir := startDir(b, 20)
	crowdStore(b, dir, leads, bucket)
	var took, first, stop time.Duration
	for b.Loop() {
		begun := time.Now()
		d := startDaemon(b, dir)
		over := make(chan time.Duration)
		ended := make(chan struct{})
		go func() { over <- d.longestRead(ended) }()
		first += d.until(begun, 20)
		took += d.until(begun, 1)
		close(ended)
		stop = max(stop, <-over)
		if n := d.leads(); n != leads {
			b.Fatalf("%d of %d leads are there", n, leads)
		}
		d.end()
	}
	b.ReportMetric(took.Seconds()/float64(b.N), "s")
	b.ReportMetric(first.Seconds()/float64(b.N), "first-s")
	b.ReportMetric(stop.Seconds()*1e3, "stop-ms")
	b.ReportMetric(0, "ns/op")
}

// started is a daemon at work without an Asterisk.
type started struct {
	tb  testing.TB
	d   *daemon
	end func()
}

func startDaemon(tb testing.TB, dir string) *started {
	tb.Helper()
	d, err := newDaemon(dir, "", zerolog.Nop())
	if err != nil {
		tb.Fatal(err)
	}
	return runDaemon(tb, d)
}

func runDaemon(tb testing.TB, d *daemon) *started {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	return &started{tb: tb, d: d, end: func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
	}}
}

// loaded waits until all leads are there: until then what is said of a lead's call is not said of the lead.
func (s *started) loaded() { s.until(time.Now(), 1) }

// until is how long it takes until fewer than so many buckets are left to be loaded.
func (s *started) until(begun time.Time, buckets int) time.Duration {
	for {
		var left int
		s.read(func(core *dialer.Dialer) { left = len(core.Status().Loading) })
		if left < buckets {
			return time.Since(begun)
		}
		time.Sleep(time.Millisecond) // the loop has more to do
	}
}

func (s *started) longestRead(ended <-chan struct{}) (longest time.Duration) {
	for {
		select {
		case <-ended:
			return longest
		case <-time.After(5 * time.Millisecond):
			longest = max(longest, timed(func() { s.read(func(*dialer.Dialer) {}) }))
		}
	}
}

func (s *started) leads() (n int) {
	s.read(func(core *dialer.Dialer) {
		for _, b := range core.Buckets() {
			n += b.Waiting + b.Ready + b.Dialing + b.Finished + b.Held
		}
	})
	return n
}

func (s *started) read(what func(*dialer.Dialer)) {
	if err := s.d.read(s.tb.Context(), what); err != nil {
		s.tb.Fatal(err)
	}
}

// startDir is the files of a daemon with so many campaigns, each of which draws on a bucket of its own. Its
// Asterisk is never there.
func startDir(tb testing.TB, campaigns int) string {
	tb.Helper()
	dir := tb.TempDir()
	files := map[string]string{
		"dialerd.toml": "instance = \"b\"\n[[pbx]]\nname = \"main\"\naddress = \"127.0.0.1:1\"\nuser = \"u\"\nsecret = \"s\"\ncps = 1000\n[agi]\nlisten = \"127.0.0.1:0\"\n[api]\nsocket = \"sock\"\n[store]\npath = \"db\"\n",
		"queues.toml":  "[[queue]]\nname = \"sales\"\n",
		"routes.toml":  "[[trunk]]\nname = \"t\"\ndial = \"PJSIP/{digits}@t\"\n[[route]]\nname = \"out\"\ntrunks = [\"t\"]\n",
	}
	for i := range campaigns {
		files[fmt.Sprintf("campaigns/c%d.toml", i)] = fmt.Sprintf("name = \"c%d\"\nqueue = \"sales\"\nbuckets = [\"bucket-%d\"]\ntimezone = \"Europe/Moscow\"\nroute = \"out\"\n", i, i)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// crowdStore makes the database of a directory with SQL, since an import of millions would take minutes. Three in four of
// the leads have been called, and nobody is due in this year.
func crowdStore(tb testing.TB, dir string, leads int, bucket string) {
	tb.Helper()
	path := filepath.Join(dir, "db")
	s, err := store.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+path+"?_synchronous=OFF&_cache_size=-400000")
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	text := strings.ReplaceAll(crowdSQL, "[bucket]", bucket)
	replace := strings.NewReplacer("[leads]", fmt.Sprint(leads), "[next]", fmt.Sprint(time.Now().AddDate(1, 0, 0).UnixMicro()))
	if _, err := db.Exec(replace.Replace(text)); err != nil {
		tb.Fatal(err)
	}
}

const crowdSQL = `
BEGIN;
INSERT INTO leads (id, state, next_call, attempts, last_attempt, campaign, outcome, rule, final, updated, bucket, priority, zone, created, external, name, attributes)
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < [leads])
	SELECT i, iif(i % 10 = 0, 'finished', 'waiting'), [next] + i * 1000, i % 4, iif(i % 4 > 0, 1769000000000000 + i, NULL),
		iif(i % 4 > 0, 'spring', ''), iif(i % 4 > 0, 'no-answer', NULL), iif(i % 4 > 0, 'not-there', ''), iif(i % 10 = 0, 'sold', ''), 1770000000000000,
		'bucket-' || ([bucket]), i % 7, 'Europe/Moscow', 1768000000000000 + i, 'crm-' || i, 'Name of ' || i,
		'{"city":"Тула","order":"' || i || '","note":"something that somebody wrote of him"}' FROM n;
INSERT INTO lead_numbers (lead_id, position, number, kind)
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < [leads])
	SELECT i, value, 79000000000 + i * 2 + value, 'mobile' FROM n CROSS JOIN json_each('[0,1]') WHERE value <= i % 2;
COMMIT;`
