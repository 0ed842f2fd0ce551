package store

import (
	"context"
	"database/sql"
	"fmt"

	"dialerd/dialer"
)

// Append commits records in one transaction: all of them are on disk when it returns nil, and none
// otherwise. Their Seqs must follow one another, and the last one this process appended; the first
// Append of a process may begin with any. AttemptEnded and LeadChanged need the row they change.
//
// A failed Append may be tried again with the same records: errors of the disk may pass. One that
// says what is wrong with a record will not.
func (s *Store) Append(ctx context.Context, records []dialer.Record) error {
	if len(records) == 0 {
		return nil
	}
	s.appending.Lock()
	defer s.appending.Unlock()
	if err := s.follows(records); err != nil {
		return err
	}
	last := records[len(records)-1].Seq
	err := s.transact(ctx, func(tx *sql.Tx) error {
		b := s.rows.in(tx)
		for _, r := range records {
			if err := b.add(r.Row); err != nil {
				return fmt.Errorf("record %d (%s): %w", r.Seq, subject(r.Row), err)
			}
		}
		_, err := b.progress.Exec(last)
		return err
	})
	if err != nil {
		return err
	}
	s.begun, s.last = true, last
	return nil
}

func (s *Store) follows(records []dialer.Record) error {
	first := records[0].Seq
	if s.begun && first <= s.last {
		return fmt.Errorf("store: record %d is on disk already: this process has appended up to %d", first, s.last)
	}
	if s.begun && first != s.last+1 {
		return fmt.Errorf("store: record %d follows %d: those between are missing", first, s.last)
	}
	for i, r := range records {
		if r.Seq != first+int64(i) {
			return fmt.Errorf("store: record %d follows %d in one Append: each must be the next", r.Seq, first+int64(i)-1)
		}
	}
	return nil
}

// Seq is the last Record in the file, 0 when there was none. A process that begins to count anew
// lowers it.
func (r *Reader) Seq(ctx context.Context) (seq int64, err error) {
	err = r.read.QueryRowContext(ctx, `SELECT seq FROM progress`).Scan(&seq)
	return seq, explain(r.path, err)
}

// transact does something in a transaction on the connection that writes. Once begun it is not cut
// short by ctx: a commit whose end nobody waited for might have happened or not.
func (s *Store) transact(ctx context.Context, do func(*sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, err := s.write.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return explain(s.path, err)
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return explain(s.path, err)
	}
	return explain(s.path, tx.Commit())
}

// subject names what a row is about, for an error.
func subject(row dialer.Row) string {
	switch r := row.(type) {
	case dialer.AttemptPlanned:
		return fmt.Sprintf("attempt %d planned", r.Attempt.ID)
	case dialer.AttemptEnded:
		return fmt.Sprintf("attempt %d ended", r.Attempt.ID)
	case dialer.LeadChanged:
		return fmt.Sprintf("lead %d changed", r.Lead.ID)
	case dialer.SwitchChanged:
		return fmt.Sprintf("%s %q switched", r.Kind, r.Name)
	}
	return fmt.Sprintf("%T", row)
}
