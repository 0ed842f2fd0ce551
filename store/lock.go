package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ErrInUse is the error of Open while another process owns the file.
var ErrInUse = errors.New("the database is in use")

// takeLock makes this process the owner of the database at path until the returned file is closed,
// which the kernel does for a process that dies. The lock file is never removed: a process that
// holds a removed one and a process that made a new one would both be owners.
func takeLock(path string) (*os.File, error) {
	name := path + ".lock"
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, explain(path, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, inUseError(path, f)
		}
		return nil, fmt.Errorf("store: %s cannot be locked: %w: keep the database on a local file system", name, err)
	}
	sign(f)
	if err := adopt(f); err != nil {
		f.Close()
		return nil, explain(path, err)
	}
	return f, nil
}

// sign writes our process id for the one that finds the lock taken. On a full disk it cannot, and the
// lock is as good without.
func sign(f *os.File) {
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
}

func inUseError(path string, lock *os.File) error {
	who := "another process"
	text := make([]byte, 20)
	n, _ := lock.ReadAt(text, 0)
	if pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n]))); err == nil {
		who = fmt.Sprintf("process %d", pid)
	}
	return fmt.Errorf("store: %s: %w by %s: let that process do it, or end it first (systemctl stop dialerd)", path, ErrInUse, who)
}

// adopt gives a file that root has just made to the owner of its directory: the daemon runs as
// another user, and an import by root must not lock it out.
func adopt(f *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return f.Chown(int(owner.Uid), int(owner.Gid))
}
