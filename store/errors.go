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
	switch {
	case errors.As(err, &lite):
		return adviseSQLite(path, lite.Code)
	case errors.Is(err, fs.ErrPermission):
		return "run as the user that owns " + filepath.Dir(path) + ", or give it to this one (chown)"
	case errors.Is(err, syscall.EROFS):
		return "the database needs a file system that can be written"
	case errors.Is(err, fs.ErrNotExist):
		return "make the directory " + filepath.Dir(path) + ", owned by the user dialerd runs as, or correct path in [store]"
	}
	return ""
}

func adviseSQLite(path string, code sqlite3.ErrNo) string {
	switch code {
	case sqlite3.ErrNotADB:
		return "it is no SQLite database: correct path in [store], or move the file away"
	case sqlite3.ErrCorrupt:
		return "the file is damaged: stop dialerd, keep a copy of it, then restore the last backup or save what is left with: sqlite3 " + path + " .recover"
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
