package store

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mattn/go-sqlite3"

	"dialerd/dialer"
)

// vanishing are ways in which the database goes away under a running daemon, and ways back.
var vanishing = []struct {
	name     string
	do, undo func(path string) error
	says     string
}{
	{"moved away", func(p string) error { return os.Rename(p, p+".away") },
		func(p string) error { return os.Rename(p+".away", p) }, "dialerd.db was removed or moved away"},
	{"another in its place", func(p string) error {
		return errors.Join(os.Rename(p, p+".away"), os.WriteFile(p, []byte("another"), 0o600))
	}, func(p string) error { return os.Rename(p+".away", p) }, "another file was put in the place of"},
	{"its log moved away", func(p string) error { return os.Rename(p+"-wal", p+".away") },
		func(p string) error { return os.Rename(p+".away", p+"-wal") }, "dialerd.db-wal was removed or moved away"},
	{"its index of the log moved away", func(p string) error { return os.Rename(p+"-shm", p+".away") },
		func(p string) error { return os.Rename(p+".away", p+"-shm") }, "dialerd.db-shm was removed or moved away"},
}

// What would go into a file without a name is not acknowledged; when the file is back, the Writer
// goes on by itself.
func TestFileVanishes(t *testing.T) {
	for _, c := range vanishing {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openTemp(t)
				addLeads(t, s, 1)
				w := start(t, s)
				w.Put(plans(1, 3))
				w.untilCommitted(3)
				mustDo(t, c.do(s.Path()))
				w.Put(plans(4, 6))
				w.until(func() bool { return len(w.states) == 1 })
				todo := "restore the last backup"
				if strings.HasPrefix(c.name, "its ") { // what an orderly end writes again
					todo = "systemctl stop"
				}
				for _, part := range []string{s.Path(), c.says, "move the file back", todo} {
					if !strings.Contains(w.states[0], part) {
						t.Errorf("%s\ndoes not say %q", w.states[0], part)
					}
				}
				if _, err := s.ImportLeads(t.Context(), []NewLead{numbered(2)}); err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("an import meanwhile: %v", err)
				}
				time.Sleep(time.Minute) // of the bubble's time: many tries
				same(t, "acknowledged", w.committed[len(w.committed)-1], int64(3))
				mustDo(t, c.undo(s.Path()))
				w.untilCommitted(6)
				mustDo(t, w.end())
				same(t, "states", w.states[1:], []string{"recovered"})
				same(t, "attempts on disk", len(attempts(t, &s.Reader, AttemptFilter{})), 6)
				same(t, "leads on disk", len(loaded(t, &s.Reader, LeadFilter{}, 10)), 1)
				mustDo(t, s.Close())
			})
		})
	}
}

// A file that goes between the look and the commit: the commit is not acknowledged, and not done a second
// time when the file is back.
func TestFileVanishesInTheCommit(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	mustAppend(t, s, plans(1, 3))
	away := s.Path() + ".away"
	release := lockDatabase(t, s) // the commit waits for the connection, having looked
	result := make(chan error)
	go func() { result <- s.Append(t.Context(), plans(4, 5)) }()
	waitUntil(t, "the commit waits", func() bool { return s.write.Stats().WaitCount > 0 })
	mustDo(t, os.Rename(s.Path(), away))
	release()
	if err := <-result; err == nil || !strings.Contains(err.Error(), "moved away") {
		t.Fatalf("an Append into a file without a name: %v", err)
	}
	if err := s.Append(t.Context(), plans(4, 5)); err == nil || !strings.Contains(err.Error(), "moved away") {
		t.Fatalf("a second try: %v", err)
	}
	mustDo(t, os.Rename(away, s.Path()))
	mustAppend(t, s, plans(4, 7)) // a longer one, of which a part is there
	mustAppend(t, s, plans(8, 8))
	same(t, "attempts", len(attempts(t, &s.Reader, AttemptFilter{})), 8)
}

// waitUntil looks again and again: there is nothing to be woken by.
func waitUntil(t *testing.T, what string, so func() bool) {
	t.Helper()
	give := time.After(time.Minute)
	for !so() {
		select {
		case <-give:
			t.Fatalf("it did not come about that %s", what)
		default:
			syscall.Select(0, nil, nil, nil, &syscall.Timeval{Usec: 500})
		}
	}
}

// A file in which SQLite has found damage takes nothing more, even where it seems whole.
func TestDamagedFileIsNotWrittenTo(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	mustAppend(t, s, plans(1, 3))
	heal := damagePage(t, s, "attempts_number")
	err := s.Append(t.Context(), plans(4, 4))
	for _, part := range []string{"store: " + s.Path(), "malformed", "the file is damaged", "restore the last backup"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Fatalf("%v\ndoes not say %q", err, part)
		}
	}
	heal()
	if _, err := s.write.Exec(`UPDATE progress SET seq = seq`); err != nil {
		t.Fatalf("the test's own writing: %v", err)
	}
	list := []dialer.Record{{Seq: 4, Row: dialer.SwitchChanged{Kind: dialer.SwitchCampaign, Name: "x"}}}
	if again := s.Append(t.Context(), list); again == nil || again.Error() != err.Error() {
		t.Errorf("a record after the damage was found: %v", again)
	}
	if _, again := s.ImportLeads(t.Context(), []NewLead{numbered(2)}); again == nil || again.Error() != err.Error() {
		t.Errorf("an import after the damage was found: %v", again)
	}
}

// damagePage overwrites the first page of an index on the disk, and has SQLite forget what it knows of it.
func damagePage(t *testing.T, s *Store, index string) (heal func()) {
	t.Helper()
	var page, size int64
	mustDo(t, s.write.QueryRow(`SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = ?`, index).Scan(&page, &size))
	for _, query := range []string{`PRAGMA wal_checkpoint(TRUNCATE)`, `PRAGMA shrink_memory`} {
		_, err := s.write.Exec(query)
		mustDo(t, err)
	}
	f, err := os.OpenFile(s.Path(), os.O_RDWR, 0)
	mustDo(t, err)
	t.Cleanup(func() { f.Close() }) // not before: closing it drops SQLite's locks on it
	whole := make([]byte, size)
	_, err = f.ReadAt(whole, (page-1)*size)
	mustDo(t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, int(size)), (page-1)*size)
	mustDo(t, err)
	return func() {
		_, err := f.WriteAt(whole, (page-1)*size)
		mustDo(t, err)
	}
}

// lockDatabase takes the connection that writes until it is released.
func lockDatabase(t *testing.T, s *Store) (release func()) {
	t.Helper()
	tx, err := s.write.Begin()
	mustDo(t, err)
	return func() { mustDo(t, tx.Rollback()) }
}

// One record that does not fit holds up what was put with it and behind it and nothing else, is named, and is written when the rows
// fit again.
func TestOneRecordDoesNotFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openTemp(t)
		addLeads(t, s, 1)
		w := start(t, s)
		orphan := planned(4)
		orphan.Lead = 2
		hold := lockDatabase(t, s) // so that all of it is one batch
		w.Put(plans(1, 1))
		w.Put(plans(2, 2))
		w.Put(append(append(plans(3, 3), records(4, dialer.AttemptPlanned{Attempt: orphan})...), plans(5, 6)...))
		w.Put(plans(7, 9))
		hold()
		w.untilCommitted(2)
		w.until(func() bool { return len(w.states) == 1 })
		if !strings.Contains(w.states[0], "record 4 (attempt 4 planned): FOREIGN KEY constraint failed: it does not fit the rows of the file") {
			t.Errorf("it says %s", w.states[0])
		}
		time.Sleep(time.Hour) // of the bubble's time: it is tried again and again, and told once
		same(t, "waiting: what was put with it, and behind it", w.Waiting(), 7)
		same(t, "states", len(w.states), 1)
		results, err := s.ImportLeads(t.Context(), []NewLead{numbered(2)})
		mustDo(t, err)
		same(t, "the lead that was missing", results[0].Lead, dialer.LeadID(2))
		w.untilCommitted(9)
		mustDo(t, w.end())
		same(t, "states", w.states[1:], []string{"recovered"})
		same(t, "attempts on disk", len(attempts(t, &s.Reader, AttemptFilter{})), 9)
		mustDo(t, s.Close())
	})
}

func TestImportsThatWaitAreBounded(t *testing.T) {
	s := openTemp(t)
	w := NewWriter(s, Report{}) // does not run
	results := make(chan error)
	for range jobsRoom {
		go func() {
			_, err := w.ImportLeads(t.Context(), []NewLead{numbered(1)})
			results <- err
		}()
	}
	waitUntil(t, "they wait", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.jobs) == jobsRoom
	})
	if _, err := w.ImportLeads(t.Context(), []NewLead{numbered(2)}); !errors.Is(err, ErrCrowded) {
		t.Errorf("one more: %v", err)
	}
	w.end()
	for range jobsRoom {
		if err := <-results; !errors.Is(err, ErrStopped) {
			t.Errorf("one that waited: %v", err)
		}
	}
}

// What the operating system says is more than what SQLite makes of it.
func TestAdviceByErrno(t *testing.T) {
	for errno, says := range map[syscall.Errno]string{
		syscall.ENOSPC: "make room", syscall.EROFS: "mount it for writing", syscall.EDQUOT: "quota", syscall.EFBIG: "LimitFSIZE", syscall.EIO: "smartctl",
	} {
		err := explain("/d/x.db", sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrWrite, SystemErrno: errno})
		if !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), errno.Error()) {
			t.Errorf("%v\ndoes not say %q", err, says)
		}
	}
	// A backup gives extended codes.
	if err := explain("/d/x.db", sqlite3.Error{Code: sqlite3.ErrNo(sqlite3.ErrIoErrRead)}); !strings.Contains(err.Error(), "dmesg") {
		t.Errorf("%v gives no advice", err)
	}
}

// A log that has grown while somebody read an old state for long shrinks again.
func TestLogShrinks(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	old, err := s.read.Begin()
	mustDo(t, err)
	var n int
	mustDo(t, old.QueryRow(`SELECT count(*) FROM attempts`).Scan(&n))
	seq := int64(0)
	write := func(times int) {
		for range times {
			seq++
			mustAppend(t, s, []dialer.Record{bulky(seq)})
		}
	}
	write(500)
	if size := logSize(s.Path() + "-wal"); size < logKept+1<<20 {
		t.Fatalf("the log has %d bytes only: this shows nothing", size)
	}
	mustDo(t, old.Rollback())
	write(3)
	if size := logSize(s.Path() + "-wal"); size > logKept {
		t.Errorf("the log has kept %d bytes", size)
	}
}
