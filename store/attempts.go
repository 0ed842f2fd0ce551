package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// AttemptFilter chooses attempts. A zero field does not restrict.
type AttemptFilter struct {
	ID     dialer.CallID
	Lead   dialer.LeadID
	Number phone.Number
	Since  time.Time // planned then or later
	Open   bool      // only those that have no outcome
	Limit  int       // at most so many, the newest
}

// Attempts reads attempts in the order of their ids. All of them are held in memory: of a large
// file ask for a part.
func (r *Reader) Attempts(ctx context.Context, f AttemptFilter) ([]dialer.Attempt, error) {
	where, args := f.where()
	query := `SELECT ` + attemptColumns + ` FROM attempts` + where + ` ORDER BY id DESC`
	if f.Limit > 0 {
		query, args = query+` LIMIT ?`, append(args, f.Limit)
	}
	rows, err := r.read.QueryContext(ctx, `SELECT * FROM (`+query+`) ORDER BY id`, args...)
	if err != nil {
		return nil, explain(r.path, err)
	}
	defer rows.Close()
	var attempts []dialer.Attempt
	for rows.Next() {
		a, err := scanAttempt(rows)
		if err != nil {
			return nil, explain(r.path, err)
		}
		attempts = append(attempts, a)
	}
	return attempts, explain(r.path, rows.Err())
}

// OpenAttempts are the attempts that have no outcome: after a crash those that were under way.
func (r *Reader) OpenAttempts(ctx context.Context) ([]dialer.Attempt, error) {
	return r.Attempts(ctx, AttemptFilter{Open: true})
}

// FirstCallID is where ids begin. Asterisk 22 takes a channel id for taken when it is the beginning of a
// live channel's (d-1 while d-10 lives); from here on none is the beginning of another that lives at
// the same time.
const FirstCallID = 1000

// NextCallID is the first CallID that no attempt in the file has.
func (r *Reader) NextCallID(ctx context.Context) (id dialer.CallID, err error) {
	err = r.read.QueryRowContext(ctx, `SELECT max(coalesce(max(id), 0) + 1, ?) FROM attempts`, FirstCallID).Scan(&id)
	return id, explain(r.path, err)
}

func (f AttemptFilter) where() (clause string, args []any) {
	var terms []string
	term := func(sql string, arg ...any) { terms, args = append(terms, sql), append(args, arg...) }
	if f.ID != 0 {
		term(`id = ?`, int64(f.ID))
	}
	if f.Lead != 0 {
		term(`lead_id = ?`, int64(f.Lead))
	}
	if f.Number != 0 {
		term(`number = ?`, int64(f.Number))
	}
	if !f.Since.IsZero() {
		term(`planned >= ?`, f.Since.UnixMicro())
	}
	if f.Open {
		term(`outcome IS NULL`)
	}
	if len(terms) == 0 {
		return "", nil
	}
	return ` WHERE ` + strings.Join(terms, ` AND `), args
}

const attemptColumns = `id, lead_id, campaign, pbx, trunk, queue, number, caller_id, planned, answered, connected, ended,
	agent, outcome, cause_by, q850, sip, rule, disposition`

func scanAttempt(rows *sql.Rows) (dialer.Attempt, error) {
	var a dialer.Attempt
	var lead sql.NullInt64
	err := rows.Scan(&a.ID, &lead, &a.Campaign, &a.PBX, &a.Trunk, &a.Queue, &a.Number, &a.CallerID,
		instant{&a.Planned}, instant{&a.Answered}, instant{&a.Connected}, instant{&a.Ended},
		&a.Agent, word{&a.Outcome}, word{&a.Cause.By}, &a.Cause.Q850, &a.Cause.SIP, &a.Rule, &a.Disposition)
	if err != nil {
		return a, fmt.Errorf("attempt %d cannot be read: %w", a.ID, err)
	}
	a.Lead = dialer.LeadID(lead.Int64)
	return a, nil
}
