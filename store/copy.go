package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

const (
	// copyPagesAtOnce is how many pages are copied between two looks at ctx and at the log: 1 MB.
	copyPagesAtOnce = 256
	// logMost is how much the log of a database may grow while it is copied. It cannot be used again from
	// its beginning as long as somebody reads an older state.
	logMost = 256 << 20
)

// copyPages copies a database page by page with SQLite's backup API, in one reading transaction: the
// writer goes on meanwhile, into the log. VACUUM INTO would take about twice as long, cannot be stopped in
// between, and what it writes is not the same file in the same mode.
func copyPages(ctx context.Context, from, to string) error {
	in, err := connectTo(looking(from))
	if err != nil {
		return explain(from, err)
	}
	defer in.Close()
	// An empty file needs no journal; it is synced as a whole when it is there.
	out, err := connectTo(&connector{dsn: dsn(to, "mode", "rw", "_journal_mode", "OFF", "_synchronous", "OFF")})
	if err != nil {
		return explainCopy(to, err)
	}
	err = copyOneState(ctx, in, out, from)
	return explainCopied(from, to, errors.Join(err, out.Close()))
}

func connectTo(c *connector) (*sqlite3.SQLiteConn, error) {
	conn, err := c.Connect(context.Background())
	if err != nil {
		return nil, err
	}
	return conn.(*sqlite3.SQLiteConn), nil
}

// copyOneState keeps the state that it began with: left to itself, the backup begins anew whenever somebody
// commits.
func copyOneState(ctx context.Context, in, out *sqlite3.SQLiteConn, from string) error {
	if _, err := in.Exec(`BEGIN`, nil); err != nil {
		return err
	}
	rows, err := in.Query(`SELECT 1 FROM sqlite_schema`, nil)
	if err != nil {
		return err
	}
	if err := errors.Join(rows.Next(make([]driver.Value, 1)), rows.Close()); err != nil {
		return err
	}
	backup, err := out.Backup("main", in, "main")
	if err != nil {
		return err
	}
	return errors.Join(step(ctx, backup, from+"-wal"), backup.Close())
}

func step(ctx context.Context, backup *sqlite3.SQLiteBackup, log string) error {
	begun := logSize(log)
	for left := -1; ; left = backup.Remaining() {
		done, err := backup.Step(copyPagesAtOnce)
		switch {
		case err != nil || done:
			return err
		case backup.Remaining() == left:
			return errors.New("another program holds one of the two files: end that one")
		case ctx.Err() != nil:
			return ctx.Err()
		case logSize(log)-begun > logMost:
			return fmt.Errorf("while it was copied its log grew by more than %d MB: copy to a faster disk, or when less is written", logMost>>20)
		}
	}
}

func logSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0 // none is there yet
	}
	return info.Size()
}

// explainCopied tells on which side of a copy an error arose.
func explainCopied(from, to string, err error) error {
	if err == nil || isDamage(err) {
		return explain(from, err)
	}
	return explainCopy(to, err)
}

// explainCopy says of an error of making a copy where that was and what to do: the advice for a database
// that is in use would lead astray.
func explainCopy(to string, err error) error {
	var lite sqlite3.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.As(err, &lite) && primary(lite.Code) == sqlite3.ErrFull:
		return fmt.Errorf("store: the copy %s cannot be written: %w: make room there", to, err)
	}
	return fmt.Errorf("store: the copy %s cannot be written: %w", to, err)
}
