package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"strings"
)

// Verdict is what Verify found.
type Verdict struct {
	Path     string
	Bytes    int64
	Version  int  // of the schema; 0: the file is empty
	Known    int  // the version this program works with: the next start brings an older file to it
	Full     bool // every index was compared with its table, and every row with those it belongs to
	Findings []Finding
	Content
}

// Finding is something wrong with a database, and what to do about it.
type Finding struct {
	Problem string
	Advice  string
	Damage  bool // SQLite itself cannot rely on the file
}

// String is both in one line.
func (f Finding) String() string { return f.Problem + ": " + f.Advice }

// Content is how much a database holds.
type Content struct {
	Leads    int64 `json:"leads"`
	Attempts int64 `json:"attempts"`
}

// fullUpTo is the size up to which looking at everything takes about a second.
const fullUpTo = 64 << 20

// Verify looks at the database at path, whether or not a process owns it, and changes nothing. What it finds
// wrong is in the Verdict; the error says why it could not look. Of a large file it leaves out what takes
// long, unless full: a million leads with as many attempts take about two seconds, and fully ten.
func Verify(ctx context.Context, path string, full bool) (Verdict, error) {
	path, err := resolve(path)
	if err != nil {
		return Verdict{}, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return Verdict{}, missingError(path)
	} else if err != nil {
		return Verdict{}, explain(path, err)
	}
	v := Verdict{Path: path, Known: len(steps)}
	if v.Version, err = inspect(path, steps); err == nil && v.Version > 0 {
		v.Bytes, err = sizeOf(ctx, path)
	}
	if isDamage(err) {
		v.Findings = append(v.Findings, damaged(path, err.Error()))
		return v, nil
	} else if err != nil || v.Version == 0 {
		return v, err
	}
	v.Full = full || v.Bytes <= fullUpTo
	db := sql.OpenDB(looking(path))
	defer db.Close()
	r := &Reader{path: path, read: db}
	damage, err := damageOf(ctx, r, v.Full)
	if err != nil {
		return v, err
	}
	if damage != "" {
		v.Findings = append(v.Findings, damaged(path, damage))
		return v, nil // the rows of such a file tell nothing
	}
	err = errors.Join(v.look(ctx, r), v.count(ctx, db))
	return v, err
}

// look goes through what the program relies on.
func (v *Verdict) look(ctx context.Context, r *Reader) error {
	shape, err := shapeOf(ctx, r, v.Version)
	if err != nil {
		return err
	}
	v.Findings = append(v.Findings, shape...)
	if v.Version < v.Known || len(shape) > 0 {
		return nil // the rows are not as the checks expect them
	}
	for _, c := range checks {
		if c.slow && !v.Full {
			continue
		}
		found, err := c.run(ctx, r)
		if err != nil {
			return err
		}
		v.Findings = append(v.Findings, found...)
	}
	if _, err := r.Snapshot(ctx); err != nil {
		v.Findings = append(v.Findings, Finding{Problem: err.Error(), Advice: "a restore of the last backup brings back an older one"})
	}
	return nil
}

func (v *Verdict) count(ctx context.Context, db *sql.DB) (err error) {
	v.Content, err = countContent(ctx, db)
	return explain(v.Path, err)
}

func countContent(ctx context.Context, db *sql.DB) (c Content, err error) {
	err = db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM leads), (SELECT count(*) FROM attempts)`).Scan(&c.Leads, &c.Attempts)
	return c, err
}

// contentOf counts a copy, which also shows that it opens as a database of ours.
func contentOf(ctx context.Context, path string) (Content, error) {
	db := sql.OpenDB(still(path))
	defer db.Close()
	c, err := countContent(ctx, db)
	return c, explain(path, err)
}

// damageOf is what SQLite finds wrong with the file; empty when it finds nothing. A full look also
// compares every index with its table.
func damageOf(ctx context.Context, r *Reader, full bool) (string, error) {
	query := `PRAGMA quick_check(5)`
	if full {
		query = `PRAGMA integrity_check(5)`
	}
	lines, err := column(ctx, r.read, query)
	switch {
	case isDamage(err):
		return err.Error(), nil
	case err != nil:
		return "", explain(r.path, err)
	case len(lines) == 1 && lines[0] == "ok":
		return "", nil
	}
	return strings.Join(lines, "; "), nil
}

func damaged(path, what string) Finding {
	return Finding{Problem: "the file is damaged: " + strings.TrimPrefix(what, "store: "+path+": "), Advice: restoreAdvice(path), Damage: true}
}

// column is the first column of all rows, as text.
func column(ctx context.Context, db *sql.DB, query string, args ...any) (lines []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var line sql.NullString
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		lines = append(lines, line.String)
	}
	return lines, rows.Err()
}
