package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"
)

func TestOpenMakesAFileOnlyItsOwnerReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	s := openAt(t, path)
	addLeads(t, s, 1)
	for _, name := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", name, info.Mode().Perm())
		}
	}
}

func TestOpenNamesThatNeedCare(t *testing.T) {
	for _, name := range []string{"a b.db", "what?.db", "50%25#1.db", "ключ+.db", "'quoted'.db"} {
		path := filepath.Join(t.TempDir(), name)
		addLeads(t, openAt(t, path), 1)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestReopenKeepsAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	s := openAt(t, path)
	addLeads(t, s, 3)
	mustAppend(t, s, plans(1, 4))
	before := exported(t, &s.Reader, LeadFilter{})
	mustDo(t, s.Close())
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log was not folded into the file on Close: %v", err)
	}
	s = openAt(t, path)
	same(t, "leads", exported(t, &s.Reader, LeadFilter{}), before)
	same(t, "attempts", len(attempts(t, &s.Reader, AttemptFilter{})), 4)
}

func TestSecondOpenerIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "dialerd.db")
	s := openAt(t, path)
	link := filepath.Join(dir, "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		_, err := Open(name)
		if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d:", os.Getpid())) {
			t.Errorf("opening %s while it is open: %v, want ErrInUse with process %d", name, err, os.Getpid())
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openAt(t, link)
}

// refusals are files that cannot be opened, and what the error has to say.
var refusals = []struct {
	name string
	make func(t *testing.T, path string) string // returns the path to open
	says []string
}{
	{"no directory", func(t *testing.T, path string) string { return path + "/sub/dialerd.db" },
		[]string{"no such file or directory", "make the directory"}},
	{"a directory", func(t *testing.T, path string) string { mustDo(t, os.Mkdir(path, 0o700)); return path },
		[]string{"is not a file"}},
	{"not a database", func(t *testing.T, path string) string {
		mustDo(t, os.WriteFile(path, bytes.Repeat([]byte("not SQLite\n"), 1000), 0o600))
		return path
	}, []string{"file is not a database", "correct path"}},
	{"a short text", func(t *testing.T, path string) string {
		mustDo(t, os.WriteFile(path, []byte("hello"), 0o600))
		return path
	}, []string{"file is not a database"}},
	{"another program's", func(t *testing.T, path string) string { script(t, path, `CREATE TABLE astdb (key TEXT)`); return path },
		[]string{"another program"}},
	{"another program's, with a version", func(t *testing.T, path string) string {
		script(t, path, `CREATE TABLE x (y TEXT); PRAGMA user_version = 1; PRAGMA application_id = 7`)
		return path
	}, []string{"another program"}},
	{"newer", func(t *testing.T, path string) string {
		mustDo(t, openAt(t, path).Close())
		script(t, path, `PRAGMA user_version = 7`)
		return path
	}, []string{"version 7", fmt.Sprint("up to ", len(steps)), "install the dialerd that wrote it"}},
	{"cut off", func(t *testing.T, path string) string {
		s := openAt(t, path)
		addLeads(t, s, 200)
		mustDo(t, s.Close())
		mustDo(t, os.Truncate(path, 8192))
		return path
	}, []string{"malformed", "the file is damaged", "restore the last backup"}},
	{"scribbled over", func(t *testing.T, path string) string {
		mustDo(t, openAt(t, path).Close())
		scribble(t, path, 100, 3000)
		return path
	}, []string{"malformed", "the file is damaged"}},
	{"the lock is a directory", func(t *testing.T, path string) string { mustDo(t, os.Mkdir(path+".lock", 0o700)); return path },
		[]string{"is a directory"}},
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			path := c.make(t, filepath.Join(t.TempDir(), "dialerd.db"))
			before, _ := os.ReadFile(path)
			s, err := Open(path)
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			for _, part := range append(c.says, "store: "+path) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v\ndoes not say %q", err, part)
				}
			}
			if n := strings.Count(err.Error(), "store: "); n != 1 {
				t.Errorf("%v\nsays where %d times", err, n)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

// Damage further in shows when the row is read.
func TestReadingDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	s := openAt(t, path)
	addLeads(t, s, 2000)
	mustDo(t, s.Close())
	info, err := os.Stat(path)
	mustDo(t, err)
	scribble(t, path, info.Size()/4, info.Size()/2)
	r, err := OpenReader(path)
	if err == nil {
		defer r.Close()
		err = r.ExportLeads(t.Context(), LeadFilter{}, func(ExportedLead) error { return nil })
	}
	if err == nil || !strings.Contains(err.Error(), "the file is damaged") {
		t.Errorf("reading a file of which half is noise: %v", err)
	}
}

// A thread of its own takes on another user's rights: root is refused nothing.
func TestOpenWithoutPermission(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to have a user who is not")
	}
	for _, c := range []struct {
		name      string
		dir, file fs.FileMode
		says      string
	}{
		{"directory", 0o755, 0, "permission denied: run as the user that owns"},
		{"file of another", 0o777, 0o644, "this user must be able to read and write it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, err := os.MkdirTemp("/tmp", "store")
			mustDo(t, err)
			defer os.RemoveAll(dir)
			path := filepath.Join(dir, "dialerd.db")
			if c.file != 0 {
				mustDo(t, openAt(t, path).Close())
				mustDo(t, os.Chmod(path, c.file))
				mustDo(t, os.Remove(path+".lock"))
			}
			mustDo(t, os.Chmod(dir, c.dir))
			if err := openAs(65534, path); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v\ndoes not say %q", err, c.says)
			}
		})
	}
}

func openAs(uid int, path string) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its odd rights
		id := uintptr(uid)
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, id, id, id); errno != 0 {
			result <- errno
			return
		}
		s, err := Open(path)
		if err == nil {
			s.Close()
		}
		result <- err
	}()
	return <-result
}

// What root makes in the daemon's directory belongs to the daemon.
func TestRootLocksNobodyOut(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	dir := t.TempDir()
	mustDo(t, os.Chown(dir, 65534, 65534))
	path := filepath.Join(dir, "dialerd.db")
	mustDo(t, openAt(t, path).Close())
	for _, name := range []string{path, path + ".lock"} {
		info, err := os.Stat(name)
		mustDo(t, err)
		if uid := info.Sys().(*syscall.Stat_t).Uid; uid != 65534 {
			t.Errorf("%s belongs to user %d, want 65534", name, uid)
		}
	}
}

func TestAdvice(t *testing.T) {
	for _, c := range []struct {
		err  error
		says string
	}{
		{&fs.PathError{Op: "open", Path: "/d/x.db", Err: syscall.EROFS}, "can be written"},
		{&fs.PathError{Op: "open", Path: "/d/x.db", Err: syscall.EACCES}, "owns /d"},
		{sqlite3.Error{Code: sqlite3.ErrFull}, "make room"},
		{sqlite3.Error{Code: sqlite3.ErrReadonly}, "can be written"},
		{sqlite3.Error{Code: sqlite3.ErrIoErr}, "dmesg"},
		{fmt.Errorf("lead 7: %w", sqlite3.Error{Code: sqlite3.ErrCorrupt}), "restore the last backup"},
		{sqlite3.Error{Code: sqlite3.ErrBusy}, "another program holds it"},
	} {
		if got := explain("/d/x.db", c.err); !errors.Is(got, c.err) || !strings.Contains(got.Error(), c.says) || !strings.Contains(got.Error(), c.err.Error()) {
			t.Errorf("%v\ndoes not say %q or what happened", got, c.says)
		}
	}
}

// A file system that refuses WAL leaves the journal mode as it is; a database in memory does too.
func TestPragmasAreAsserted(t *testing.T) {
	c := writing(filepath.Join(t.TempDir(), "x.db"))
	for _, swap := range [][2]string{
		{"mode=rw", "mode=memory"},
		{"_synchronous=FULL", "_synchronous=NORMAL"},
		{"_foreign_keys=on", "_foreign_keys=off"},
		{"_busy_timeout=5000", "_busy_timeout=1"},
	} {
		broken := *c
		broken.dsn = strings.Replace(c.dsn, swap[0], swap[1], 1)
		broken.dsn = strings.Replace(broken.dsn, "mode=rw", "mode=rwc", 1)
		db := sql.OpenDB(&broken)
		if err := db.Ping(); err == nil || !strings.Contains(err.Error(), "where it must be") {
			t.Errorf("with %s: %v", swap[1], err)
		}
		db.Close()
	}
}

func TestReaderBesideTheOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	if _, err := OpenReader(path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "start the daemon once") {
		t.Errorf("reading a file that is not there: %v", err)
	}
	s := openAt(t, path)
	r, err := OpenReader(path)
	mustDo(t, err)
	defer r.Close()
	addLeads(t, s, 2)
	same(t, "leads seen", len(loaded(t, r, LeadFilter{}, 10)), 2)
	if _, err := r.read.Exec(`DELETE FROM leads`); err == nil {
		t.Error("the reader can write")
	}
	mustDo(t, s.Close())
	same(t, "leads seen after the owner's end", len(loaded(t, r, LeadFilter{}, 10)), 2)
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// script changes a file behind the store's back.
func script(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	mustDo(t, err)
	defer db.Close()
	_, err = db.Exec(text)
	mustDo(t, err)
}

// scribble writes noise over a part of a file.
func scribble(t *testing.T, path string, from, to int64) {
	t.Helper()
	noise := make([]byte, to-from)
	dice := rand.New(rand.NewPCG(1, 1))
	for i := range noise {
		noise[i] = byte(dice.Uint32())
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	mustDo(t, err)
	defer f.Close()
	_, err = f.WriteAt(noise, from)
	mustDo(t, err)
}
