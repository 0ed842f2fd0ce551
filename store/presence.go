package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// presence tells whether the names of the database still stand for the files that SQLite has open.
// It writes on into a file that was removed or replaced, and all that is acknowledged from then on
// would be gone with the process.
type presence struct {
	path  string
	files []namedFile
}

// namedFile is a name and the file it stood for when the database was opened.
type namedFile struct {
	name string
	dev  uint64
	ino  uint64
}

// remember notes the files of a database that has been written to, when all of them are there.
func remember(path string) (presence, error) {
	p := presence{path: path}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		f, err := nameOf(name)
		if err != nil {
			return p, explain(path, err)
		}
		p.files = append(p.files, f)
	}
	return p, nil
}

// check is nil while every name stands for its file. It takes some microseconds.
func (p presence) check() error {
	for _, f := range p.files {
		now, err := nameOf(f.name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return goneError(p.path, f.name, f.name+" was removed or moved away")
		case err != nil:
			return explain(p.path, err)
		case now != f:
			return goneError(p.path, f.name, "another file was put in the place of "+f.name)
		}
	}
	return nil
}

func nameOf(name string) (namedFile, error) {
	var s syscall.Stat_t
	if err := syscall.Stat(name, &s); err != nil {
		return namedFile{}, &os.PathError{Op: "stat", Path: name, Err: err}
	}
	return namedFile{name, uint64(s.Dev), s.Ino}, nil //nolint:unconvert // Dev is narrower on some machines
}

// goneError says what to do. SQLite still has the files that are gone from their places: an orderly end
// folds the log into the database, so whoever removed only that loses nothing by it.
func goneError(path, name, what string) error {
	todo := "else stop dialerd and restore the last backup"
	if name != path {
		todo = "else stop dialerd in good order (systemctl stop, never kill): it then writes what it holds into the database; dialerd check --full, and start it again"
	}
	return fmt.Errorf("store: %s: %s while it is in use: nothing more is written to it: move the file back, and dialerd goes on; %s (what was removed can be read under /proc/%d/fd for as long as dialerd runs)",
		path, what, todo, os.Getpid())
}
