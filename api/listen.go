package api

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// socketMode lets the owner and his group in: the group is how an administrator is given the
// command line without being root.
const socketMode = 0o660

// Listen opens the unix socket at path; its directory is created when it is missing. A socket that
// a dead daemon left behind is removed, one that somebody answers on is an error. Closing the
// listener removes the socket.
func Listen(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("api: cannot make the directory of the socket: %w", err)
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("api: cannot listen on %s: %w", path, err)
	}
	if err := os.Chmod(path, socketMode); err != nil {
		l.Close()
		return nil, fmt.Errorf("api: cannot set the mode of the socket: %w", err)
	}
	return l, nil
}

func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("api: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("api: %s is there and is no socket: move it away, or set another path for the socket", path)
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
		return fmt.Errorf("api: somebody answers on %s: another dialerd is running, end it first (systemctl stop dialerd)", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("api: cannot tell whether %s is in use: %w", path, err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("api: cannot remove the socket that a dead daemon left: %w", err)
	}
	return nil
}
