// Package store keeps leads, attempts, switches, loans, what is wanted of operators and their pauses, the DNC list and
// the snapshot in one SQLite file, and sees to it that only one process writes there.
//
//	s, err := store.Open("/var/lib/dialerd/dialerd.db")
//	if err != nil {
//		return err // says what is wrong with the file and what to do
//	}
//	defer s.Close()
//	err = s.LoadLeads(ctx, store.LeadFilter{Unfinished: true}, 1000, hand) // 1000 at a time
//
//	w := store.NewWriter(s, store.Report{Committed: ack, Failed: alarm, Recovered: calm})
//	go w.Run(ctx)
//	w.Put(records) // never waits; ack(seq) says when they are on disk
//
// A process that only reads, beside a running daemon or without one, uses OpenReader.
//
// What is committed outlives a crash of the process, and a loss of power as far as the disk keeps
// its word: the file is in WAL mode with synchronous=FULL, and every connection is asked whether it
// really is before it is used.
//
// In the file times are integers, microseconds since 1970 in UTC, and NULL is the zero time; what
// is finer than a microsecond is cut off. Numbers are integers, the digits of E.164. States,
// outcomes and the like are their words. The tables are in schema.go and may be read with any
// SQLite tool while the daemon runs.
package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// Reader reads the file. Its methods may be called from several goroutines at once; each call sees
// what was committed before it began.
type Reader struct {
	path string
	read *sql.DB
}

// Store owns the file for writing. Its methods may be called from several goroutines at once, but
// while a Writer runs on it, Append and ImportLeads are the Writer's to call.
type Store struct {
	Reader
	lock  *os.File
	write *sql.DB
	rows  statements

	files    presence
	upgraded Upgrade
	damage   atomic.Pointer[error] // what SQLite said when it found the file damaged

	appending sync.Mutex
	begun     bool  // something was appended by this process
	last      int64 // the last Seq it committed
	doubtful  bool  // whether the file had its name still was not seen since
}

// readers is how many connections read at once: a batch, an export and a status beside each other.
const readers = 4

// logKept is how large the log of the file stays when it has been folded into it.
const logKept = 8 << 20

// Open takes the file at path for this process, creates it when it is missing (mode 0600; the
// directory must exist), brings an older schema up to date, with a copy of the old file kept beside it,
// and makes ready to read and write. It fails at once, with ErrInUse, while another process has the
// file.
func Open(path string) (*Store, error) { return open(path, steps) }

func open(path string, steps []string) (*Store, error) {
	path, err := resolve(path)
	if err != nil {
		return nil, err
	}
	lock, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	s := &Store{Reader: Reader{path: path}, lock: lock}
	if err := s.start(steps); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// start opens the locked file. What is in it is looked at through a connection that cannot change
// it: switching to WAL would, and the path may name another program's database.
func (s *Store) start(steps []string) error {
	if err := create(s.path); err != nil {
		return err
	}
	version, err := inspect(s.path, steps)
	if err != nil {
		return err
	}
	if 0 < version && version < len(steps) {
		if s.upgraded, err = keepOld(s.path, version, len(steps)); err != nil {
			return err
		}
	}
	s.write = sql.OpenDB(writing(s.path))
	s.write.SetMaxOpenConns(1)
	if err := migrate(s.write, s.path, steps); err != nil {
		return err
	}
	// A long look by somebody else, a backup or a check, lets the log grow; it gives the room back after.
	if _, err := s.write.Exec(fmt.Sprintf(`PRAGMA journal_size_limit = %d`, logKept)); err != nil {
		return explain(s.path, err)
	}
	// SQLite opens a file that it may only read without a word; a write tells.
	if _, err := s.write.Exec(`UPDATE progress SET seq = seq`); err != nil {
		return explain(s.path, err)
	}
	if s.files, err = remember(s.path); err != nil {
		return err
	}
	if s.rows, err = prepare(s.write); err != nil {
		return explain(s.path, err)
	}
	s.read, err = openReaders(s.path)
	return err
}

// Upgraded tells whether Open has brought the file up to date, and which copy of the old one it
// left; the zero Upgrade when the file was.
func (s *Store) Upgraded() Upgrade { return s.upgraded }

// Close ends all connections and gives the file up to other processes. A Writer on the store must
// have ended before.
func (s *Store) Close() error {
	err := s.Reader.Close()
	if s.write != nil {
		err = errors.Join(err, explain(s.path, s.write.Close()))
	}
	return errors.Join(err, s.lock.Close())
}

// OpenReader opens the file at path for reading only, whether or not a process owns it. The file
// must have the schema this program knows; OpenReader never changes it.
func OpenReader(path string) (*Reader, error) {
	path, err := resolve(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, missingError(path)
	}
	version, err := inspect(path, steps)
	if err != nil {
		return nil, err
	}
	if version < len(steps) {
		return nil, olderError(path, version, len(steps))
	}
	read, err := openReaders(path)
	if err != nil {
		return nil, err
	}
	return &Reader{path: path, read: read}, nil
}

// Close ends the reader's connections.
func (r *Reader) Close() error {
	if r.read == nil {
		return nil
	}
	return explain(r.path, r.read.Close())
}

// Path is the file's absolute path, links followed.
func (r *Reader) Path() string { return r.path }

func openReaders(path string) (*sql.DB, error) {
	db := sql.OpenDB(reading(path))
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	if err := db.Ping(); err != nil {
		db.Close()
		return nil, explain(path, err)
	}
	return db, nil
}

// resolve is the one name of the file, so that the lock beside it is one too, whatever links lead
// there. The file itself may be missing.
func resolve(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", explain(path, err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", explain(abs, err)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return "", explain(abs, err)
	}
	return filepath.Join(dir, filepath.Base(abs)), nil
}

// create makes an empty file that only its owner can read: it holds people's names and numbers. An
// existing file is not even opened, because closing it would drop the locks that a reader in this
// process holds on it (fcntl locks belong to the process, not to the descriptor).
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return mustBeFile(path)
	}
	if err != nil {
		return explain(path, err)
	}
	return explain(path, errors.Join(adopt(f), f.Close()))
}

func mustBeFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return explain(path, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("store: %s is not a file: correct path in [store]", path)
	}
	return nil
}
