package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"dialerd/dialer"
)

// Switches are the departments and campaigns that a person ever started or stopped, as they stand.
func (r *Reader) Switches(ctx context.Context) ([]dialer.SwitchChanged, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT kind, name, running FROM switches ORDER BY kind, name`)
	if err != nil {
		return nil, explain(r.path, err)
	}
	defer rows.Close()
	var switches []dialer.SwitchChanged
	for rows.Next() {
		var s dialer.SwitchChanged
		if err := rows.Scan(word{&s.Kind}, &s.Name, &s.Running); err != nil {
			return nil, explain(r.path, fmt.Errorf("the switch %q cannot be read: %w", s.Name, err))
		}
		switches = append(switches, s)
	}
	return switches, explain(r.path, rows.Err())
}

// Loans are what was set in Asterisk and not given back, in the order in which it was.
func (r *Reader) Loans(ctx context.Context) ([]dialer.Loan, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT pbx, queue, interface, field, before, ours, reason, prior, shown FROM loans ORDER BY rowid`)
	if err != nil {
		return nil, explain(r.path, err)
	}
	defer rows.Close()
	var loans []dialer.Loan
	for rows.Next() {
		var l dialer.Loan
		if err := rows.Scan(&l.PBX, &l.Queue, &l.Interface, word{&l.Field}, &l.Before, &l.Ours, &l.Reason, &l.Prior, &l.Shown); err != nil {
			return nil, explain(r.path, fmt.Errorf("the loan of %s in queue %q cannot be read: %w", l.Interface, l.Queue, err))
		}
		loans = append(loans, l)
	}
	return loans, explain(r.path, rows.Err())
}

// Snapshot is the last one taken; the zero Snapshot when there was none.
func (r *Reader) Snapshot(ctx context.Context) (s dialer.Snapshot, err error) {
	var body string
	err = r.read.QueryRowContext(ctx, `SELECT body FROM snapshot`).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return s, explain(r.path, err)
	}
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		return s, explain(r.path, fmt.Errorf("the snapshot cannot be read: %w: without it the calls that were under way are settled by their rows alone; to go on so: sqlite3 %s 'DELETE FROM snapshot'", err, r.path))
	}
	return s, nil
}
