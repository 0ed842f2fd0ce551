package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Copy is a backup that was made.
type Copy struct {
	File    string `json:"file"`
	Bytes   int64  `json:"bytes"`
	Version int    `json:"version"` // of the schema
	Content
}

// Backup copies the database at from, whether or not a process owns it, as it stands at one moment,
// into the one file to, which appears when it is whole, verified and on disk. It holds nobody up. A
// file that is there already is replaced only with force. The copy may be of an older schema; Open brings
// it up to date.
func Backup(ctx context.Context, from, to string, force bool) (Copy, error) {
	from, version, err := source(from)
	if err != nil {
		return Copy{}, err
	}
	if to, err = target(from, to, force); err != nil {
		return Copy{}, err
	}
	aside, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+".part-*")
	if err != nil {
		return Copy{}, explainCopy(to, err)
	}
	aside.Close()
	defer os.Remove(aside.Name())
	if err := copyTo(ctx, from, aside.Name(), true); err != nil {
		return Copy{}, err
	}
	c := Copy{File: to, Version: version}
	if c.Content, err = contentOf(ctx, aside.Name()); err != nil {
		return Copy{}, err
	}
	info, err := os.Stat(aside.Name())
	if err != nil {
		return Copy{}, explainCopy(to, err)
	}
	c.Bytes = info.Size()
	if err := place(aside.Name(), to, force); errors.Is(err, fs.ErrExist) {
		return Copy{}, existsError(to)
	} else if err != nil {
		return Copy{}, explainCopy(to, err)
	}
	return c, nil
}

// source is the database to copy: any version of ours that this program knows.
func source(path string) (string, int, error) {
	path, err := resolve(path)
	if err != nil {
		return "", 0, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", 0, missingError(path)
	}
	version, err := inspect(path, steps)
	if err == nil && version == 0 {
		err = fmt.Errorf("store: %s: there is nothing in it yet: start the daemon on it once", path)
	}
	return path, version, err
}

// target is the file to make. It must not be of the database itself, nor one that somebody works on: its
// log beside a new file would be taken for the new one's.
func target(from, to string, force bool) (string, error) {
	to, err := resolve(to)
	if err != nil {
		return "", err
	}
	if slices.Contains([]string{from, from + "-wal", from + "-shm", from + "-journal", from + ".lock"}, to) {
		return "", fmt.Errorf("store: %s belongs to the database itself: name another file", to)
	}
	for _, end := range []string{"-wal", "-journal"} {
		if _, err := os.Lstat(to + end); err == nil {
			return "", fmt.Errorf("store: %s is there, so a program works on %s, or did not end in order: name another file", to+end, to)
		}
	}
	info, err := os.Stat(to)
	if errors.Is(err, fs.ErrNotExist) {
		return to, nil
	}
	if err != nil {
		return "", explainCopy(to, err)
	}
	live, err := os.Stat(from)
	if err == nil && os.SameFile(info, live) || !info.Mode().IsRegular() {
		return "", fmt.Errorf("store: %s is the database itself, or no file: name another file", to)
	}
	if !force {
		return "", existsError(to)
	}
	return to, nil
}

func existsError(path string) error {
	return fmt.Errorf("store: %s: %w: name another file, or replace it with --force", path, fs.ErrExist)
}

// copyTo makes a verified copy at a path that nobody else uses.
func copyTo(ctx context.Context, from, to string, full bool) error {
	size, err := sizeOf(ctx, from)
	if err != nil {
		return err
	}
	if err := room(filepath.Dir(to), size); err != nil {
		return explainCopy(to, err)
	}
	f, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return explainCopy(to, err)
	}
	if err := errors.Join(adopt(f), f.Close()); err != nil {
		return explainCopy(to, err)
	}
	if err := copyPages(ctx, from, to); err != nil {
		return err
	}
	if err := syncPath(to); err != nil {
		return explainCopy(to, err)
	}
	damage, err := damageOf(ctx, &Reader{path: to, read: sql.OpenDB(still(to))}, full)
	if err == nil && damage != "" {
		err = fmt.Errorf("store: %s: the copy of it is not good, so it is damaged itself, or the disk of the copy is: %s: dialerd check --full says more", from, damage)
	}
	return err
}

// sizeOf is how many bytes the database has, its log folded in.
func sizeOf(ctx context.Context, path string) (size int64, err error) {
	db := sql.OpenDB(looking(path))
	defer db.Close()
	err = db.QueryRowContext(ctx, `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`).Scan(&size)
	return size, explain(path, err)
}

// room refuses what would leave the disk full: the database may lie on the same one.
func room(dir string, size int64) error {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil || s.Blocks == 0 {
		return nil //nolint:nilerr // it cannot be told; the copying will
	}
	need, free := size+size/10+1<<20, int64(s.Bavail)*s.Bsize
	if free < need {
		return fmt.Errorf("%w: the copy needs %.1f MB, %.1f MB are free", syscall.ENOSPC, float64(need)/(1<<20), float64(free)/(1<<20))
	}
	return nil
}

// place gives a whole file its name and sees that the name is on disk. Without force it is fs.ErrExist when
// another one has it.
func place(aside, to string, force bool) error {
	err := os.Link(aside, to) // which, unlike a rename, replaces nothing
	switch {
	case err == nil:
		err = os.Remove(aside)
	case errors.Is(err, fs.ErrExist) && !force:
		return err
	case errors.Is(err, fs.ErrExist):
		err = os.Rename(aside, to)
	default: // a file system without links
		if _, there := os.Lstat(to); there == nil && !force {
			return fs.ErrExist
		}
		err = os.Rename(aside, to)
	}
	if err != nil {
		return err
	}
	return syncPath(filepath.Dir(to))
}

// syncPath has a file, or the names in a directory, written to the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
