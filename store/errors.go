package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// ErrVersion is wrapped in the error of opening a file whose schema this program does not know.
var ErrVersion = errors.New("wrong schema version")

// explain adds to an error of the file system or of SQLite where it happened and what a person can
// do about it; nil stays nil. It is for the edge of the package: once for each error.
func explain(path string, err error) error {
	if err == nil {
		return nil
	}
	if advice := advise(path, err); advice != "" {
		return fmt.Errorf("store: %s: %w: %s", path, err, advice)
	}
	return fmt.Errorf("store: %s: %w", path, err)
}

func advise(path string, err error) string {
	var lite sqlite3.Error
	isLite := errors.As(err, &lite)
	switch {
	case isLite && adviceOf[lite.SystemErrno] != "":
		return adviceOf[lite.SystemErrno]
	case isLite:
		return adviseSQLite(path, primary(lite.Code))
	case errors.Is(err, syscall.ENOSPC):
		return adviceOf[syscall.ENOSPC]
	case errors.Is(err, fs.ErrPermission):
		return "run as the user that owns " + filepath.Dir(path) + ", or give it to this one (chown)"
	case errors.Is(err, syscall.EROFS):
		return "the database needs a file system that can be written"
	case errors.Is(err, fs.ErrNotExist):
		return "make the directory " + filepath.Dir(path) + ", owned by the user dialerd runs as, or correct path in [store]"
	}
	return ""
}

// adviceOf is for what SQLite has words for only in part.
var adviceOf = map[syscall.Errno]string{
	syscall.EROFS:  "its file system cannot be written any more: look for the reason (dmesg), repair it and mount it for writing",
	syscall.ENOSPC: "make room on its disk",
	syscall.EDQUOT: "the quota of its user is used up: raise it, or make room",
	syscall.EFBIG:  "no file may grow so large here: raise the limit of the service (LimitFSIZE) or of the file system",
	syscall.EIO:    "the disk fails: look after it (dmesg, smartctl), and take a backup while it can be read",
}

func adviseSQLite(path string, code sqlite3.ErrNo) string {
	switch code {
	case sqlite3.ErrNotADB:
		return "it is no SQLite database, or its beginning was overwritten: correct path in [store], or restore the last backup"
	case sqlite3.ErrCorrupt:
		return "the file is damaged: nothing is written to it any more: " + restoreAdvice(path)
	case sqlite3.ErrFull:
		return "make room on its disk"
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen, sqlite3.ErrAuth:
		return "this user must be able to read and write it, and -wal and -shm beside it (chown, chmod), on a file system that can be written"
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return "another program holds it, a sqlite3 shell or a backup: end that one"
	case sqlite3.ErrIoErr:
		return "look after the disk (dmesg, df)"
	}
	return ""
}

// restoreAdvice is what to do with a damaged file.
func restoreAdvice(path string) string {
	return "stop dialerd, move the file away with its -wal and -shm, and restore the last backup in its place, or save what is left: sqlite3 FILE .recover, where FILE is " + path + " at its new place"
}

func newerError(path string, has, known int) error {
	return fmt.Errorf("store: %s: %w: the file has version %d, this dialerd knows versions up to %d: install the dialerd that wrote it, or restore a backup", path, ErrVersion, has, known)
}

func olderError(path string, has, known int) error {
	return fmt.Errorf("store: %s: %w: the file has version %d, this dialerd reads version %d: start the daemon on it once, which brings it up to date", path, ErrVersion, has, known)
}

func foreignError(path string) error {
	return fmt.Errorf("store: %s: it is the SQLite database of another program: correct path in [store]", path)
}

func missingError(path string) error {
	return fmt.Errorf("store: %s: %w: start the daemon once, which makes it, or correct path in [store]", path, fs.ErrNotExist)
}
