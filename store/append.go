package store

import (
	"context"
	"database/sql"
	"fmt"

	"dialerd/dialer"
)

// Append commits records in one transaction: all of them are on disk when it returns nil. Their Seqs
// must follow one another, and the last one this process appended; the first Append of a process may
// begin with any. AttemptEnded, LeadChanged, LeadPlaced and LeadDeleted need the row they
// change.
//
// A failed Append may be tried again with the same records: errors of the disk may pass. A
// RecordError will not; and after SQLite has found the file damaged every Append fails.
func (s *Store) Append(ctx context.Context, records []dialer.Record) error {
	s.appending.Lock()
	defer s.appending.Unlock()
	records, err := s.undoubted(records)
	if err != nil || len(records) == 0 {
		return err
	}
	if err := s.follows(records); err != nil {
		return err
	}
	last := records[len(records)-1].Seq
	err = s.commit(ctx, func(tx *sql.Tx) error {
		b := s.rows.in(tx)
		for i, r := range records {
			if err := b.add(r.Row); err != nil {
				return recordError(r, i, err)
			}
		}
		_, err := b.progress.Exec(last)
		return err
	})
	if err != nil {
		return err
	}
	s.begun, s.last, s.doubtful = true, last, true
	_, err = s.undoubted(nil)
	return err
}

// undoubted takes out of records what a commit has written already into a file that had lost its
// name meanwhile. It is an error as long as the file has not got its name back.
func (s *Store) undoubted(records []dialer.Record) ([]dialer.Record, error) {
	if !s.doubtful {
		return records, nil
	}
	if err := s.files.check(); err != nil {
		return nil, err
	}
	s.doubtful = false
	n := 0
	for n < len(records) && records[n].Seq <= s.last {
		n++
	}
	return records[n:], nil
}

// RecordError is the error of an Append of which one record does not fit the rows of the file.
type RecordError struct {
	Record dialer.Record
	Index  int // in the Append
	err    error
}

func recordError(r dialer.Record, index int, err error) error {
	if !misfits(err) {
		return fmt.Errorf("record %d (%s): %w", r.Seq, subject(r.Row), err)
	}
	return &RecordError{Record: r, Index: index, err: err}
}

// Error names the record and says what to do about it.
func (e *RecordError) Error() string {
	return fmt.Sprintf("record %d (%s): %v: it does not fit the rows of the file, and nothing behind it is written: if they were changed by hand, put back what is missing and dialerd goes on; else start dialerd again, which reads the file anew",
		e.Record.Seq, subject(e.Record.Row), e.err)
}

// Unwrap is what SQLite said.
func (e *RecordError) Unwrap() error { return e.err }

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

// subject names what a row is about, for an error.
func subject(row dialer.Row) string {
	switch r := row.(type) {
	case dialer.AttemptPlanned:
		return fmt.Sprintf("attempt %d planned", r.Attempt.ID)
	case dialer.AttemptEnded:
		return fmt.Sprintf("attempt %d ended", r.Attempt.ID)
	case dialer.AttemptDisposed:
		return fmt.Sprintf("disposition of attempt %d", r.Call)
	case dialer.LeadChanged:
		return fmt.Sprintf("lead %d changed", r.Lead.ID)
	case dialer.LeadPlaced:
		return fmt.Sprintf("lead %d put into bucket %q", r.Lead.ID, r.Lead.Bucket)
	case dialer.LeadDeleted:
		return fmt.Sprintf("lead %d deleted", r.Lead)
	case dialer.NumberJudged:
		return fmt.Sprintf("number %s judged", r.Number)
	case dialer.SwitchChanged:
		return fmt.Sprintf("%s %q switched", r.Kind, r.Name)
	case dialer.DNCKept:
		return fmt.Sprintf("DNC list changed by %d entries", len(r.Entries))
	case dialer.LoanTaken:
		return fmt.Sprintf("%s of %s in queue %q taken", r.Loan.Field, r.Loan.Interface, r.Loan.Queue)
	case dialer.LoanShown:
		return fmt.Sprintf("%s of %s in queue %q shown", r.Loan.Field, r.Loan.Interface, r.Loan.Queue)
	case dialer.LoanReturned:
		return fmt.Sprintf("%s of %s in queue %q returned", r.Loan.Field, r.Loan.Interface, r.Loan.Queue)
	}
	return agentSubject(row)
}
