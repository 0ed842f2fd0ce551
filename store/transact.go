package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/mattn/go-sqlite3"
)

// transact does something in a transaction on the connection that writes. It is nil only when the
// change is on disk, in the file that has the database's name.
func (s *Store) transact(ctx context.Context, do func(*sql.Tx) error) error {
	if err := s.commit(ctx, do); err != nil {
		return err
	}
	return s.files.check() // it may have gone between the look and the commit
}

// commit is transact without a look at the files afterwards. Once begun it is not cut short by ctx:
// a commit whose end nobody waited for might have happened or not.
func (s *Store) commit(ctx context.Context, do func(*sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if damage := s.damage.Load(); damage != nil {
		return *damage
	}
	if err := s.files.check(); err != nil {
		return err
	}
	err := explain(s.path, inTransaction(context.WithoutCancel(ctx), s.write, do))
	if isDamage(err) {
		// A page that reads well the next time, or that the next transaction does not need, makes the
		// file no better: what is acknowledged after this could be lost with it.
		s.damage.Store(&err)
	}
	return err
}

func inTransaction(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// isDamage tells whether an error says that the file does not hold what was written to it.
func isDamage(err error) bool {
	var lite sqlite3.Error
	return errors.As(err, &lite) && (primary(lite.Code) == sqlite3.ErrCorrupt || primary(lite.Code) == sqlite3.ErrNotADB)
}

// misfits tells whether an error says that a change does not fit the rows of the file, so that it would fail
// again on any disk.
func misfits(err error) bool {
	var lite sqlite3.Error
	if !errors.As(err, &lite) {
		return true // ours, or that of an encoding
	}
	switch primary(lite.Code) {
	case sqlite3.ErrConstraint, sqlite3.ErrMismatch, sqlite3.ErrTooBig:
		return true
	}
	return false
}

// primary is a code of SQLite without what an extended one adds to it.
func primary(code sqlite3.ErrNo) sqlite3.ErrNo { return code & 0xff }
