package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Upgrade is what Open did to a file of an older version.
type Upgrade struct {
	From, To int    // versions of the schema
	Kept     string // the copy of the file as it was
}

// migrate takes the steps that the file has not taken, each in a transaction of its own with the
// version that it leads to.
func migrate(db *sql.DB, path string, steps []string) error {
	var version int
	if err := db.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
		return explain(path, err)
	}
	for ; version < len(steps); version++ {
		if err := takeStep(db, steps[version], version+1); err != nil {
			return explain(path, fmt.Errorf("bringing the schema from version %d to %d failed and was undone: %w", version, version+1, err))
		}
	}
	return nil
}

// takeStep takes one step, without foreign keys: where a step makes a table anew it drops the old one, and all
// rows that belong to it would go with it. They can be switched off outside of a transaction only, for the
// connection, of which db has one.
func takeStep(db *sql.DB, step string, to int) error {
	if _, err := db.Exec(`PRAGMA foreign_keys = OFF`); err != nil {
		return err
	}
	err := takeLoose(db, step, to)
	_, on := db.Exec(`PRAGMA foreign_keys = ON`)
	return errors.Join(err, on)
}

func takeLoose(db *sql.DB, step string, to int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(step); err != nil {
		return err
	}
	if _, err := tx.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, to)); err != nil {
		return err
	}
	return tx.Commit()
}

// keepOld puts a copy of an older file beside it before a step changes it: dialerd.db.v1. Nothing is
// overwritten. When a start before this one kept the same copy, and did not get further, that one
// serves.
func keepOld(path string, version, to int) (Upgrade, error) {
	u := Upgrade{From: version, To: to}
	aside := fmt.Sprintf("%s.v%d.part", path, version) // ours alone: the database is locked
	defer os.Remove(aside)
	err := os.Remove(aside)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = copyTo(context.Background(), path, aside, false)
	}
	if err == nil {
		u.Kept, err = settleCopy(aside, fmt.Sprintf("%s.v%d", path, version))
	}
	if err != nil {
		return u, fmt.Errorf("%w; the file stays at version %d, because a copy of it has to be kept before it is brought to version %d", err, version, to)
	}
	return u, nil
}

// settleCopy gives a copy its name, or finds that there is the same one already.
func settleCopy(aside, name string) (kept string, err error) {
	for n := 1; ; n++ {
		kept = name
		if n > 1 {
			kept = fmt.Sprintf("%s-%d", name, n)
		}
		err := place(aside, kept, false)
		if !errors.Is(err, fs.ErrExist) {
			return kept, err
		}
		if same, err := sameContent(aside, kept); same || err != nil {
			return kept, explain(kept, err)
		}
	}
}

// sameContent compares two files byte by byte.
func sameContent(a, b string) (bool, error) {
	one, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer one.Close()
	two, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer two.Close()
	left, right := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, errOne := io.ReadFull(one, left)
		m, errTwo := io.ReadFull(two, right)
		switch {
		case !bytes.Equal(left[:n], right[:m]):
			return false, nil
		case errOne == nil && errTwo == nil:
		case atEnd(errOne) && atEnd(errTwo):
			return true, nil
		default:
			return false, errors.Join(errOne, errTwo)
		}
	}
}

func atEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
