package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// LeadFilter chooses leads. A zero field does not restrict.
type LeadFilter struct {
	Bucket     string
	Unfinished bool // leave out the finished ones
}

// LeadCount is how many leads of a bucket are in a state.
type LeadCount struct {
	Bucket string
	State  dialer.LeadState
	Leads  int
}

// LoadLeads hands over leads in the order of their ids, up to chunk at a time, until all were or
// each returns an error, which LoadLeads then returns. The slice is each's to keep.
//
// Every chunk is a query of its own: while each takes its time nothing is held open that would keep
// the log of the file growing. A lead that is added meanwhile may be among them.
func (r *Reader) LoadLeads(ctx context.Context, f LeadFilter, chunk int, each func([]dialer.Lead) error) error {
	query := leadQuery(leadColumns+`, (SELECT group_concat(number, ' ' ORDER BY position) FROM lead_numbers WHERE lead_id = leads.id)`, f)
	return pages(ctx, r, query, f, chunk, scanLead, func(l dialer.Lead) dialer.LeadID { return l.ID }, each)
}

// CountLeads counts the leads by bucket and state, sorted by both. It reads all leads: about a
// second for a million.
func (r *Reader) CountLeads(ctx context.Context) ([]LeadCount, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT bucket, state, count(*) FROM leads GROUP BY bucket, state ORDER BY bucket, state`)
	if err != nil {
		return nil, explain(r.path, err)
	}
	defer rows.Close()
	var counts []LeadCount
	for rows.Next() {
		var c LeadCount
		if err := rows.Scan(&c.Bucket, word{&c.State}, &c.Leads); err != nil {
			return nil, explain(r.path, fmt.Errorf("the leads of bucket %q cannot be counted: %w", c.Bucket, err))
		}
		counts = append(counts, c)
	}
	return counts, explain(r.path, rows.Err())
}

const leadColumns = `id, bucket, state, priority, zone, use_number, next_call, attempts, faults, last_attempt, rule, final`

// leadQuery reads one page of leads. Its parameters are the last id of the page before, the bucket
// if the filter has one, and the size of the page.
func leadQuery(columns string, f LeadFilter) string {
	query := `SELECT ` + columns + ` FROM leads WHERE id > ?`
	if f.Bucket != "" {
		query += ` AND bucket = ?`
	}
	if f.Unfinished {
		query += ` AND state <> 'finished'`
	}
	return query + ` ORDER BY id LIMIT ?`
}

// pages runs a leadQuery page after page.
func pages[T any](ctx context.Context, r *Reader, query string, f LeadFilter, size int,
	scan func(*sql.Rows) (T, error), id func(T) dialer.LeadID, each func([]T) error) error {
	stmt, err := r.read.PrepareContext(ctx, query)
	if err != nil {
		return explain(r.path, err)
	}
	defer stmt.Close()
	for after := dialer.LeadID(0); ; {
		args := []any{int64(after), f.Bucket, size}
		if f.Bucket == "" {
			args = []any{int64(after), size}
		}
		page, err := readPage(ctx, stmt, size, scan, args)
		if err != nil {
			return explain(r.path, err)
		}
		if len(page) > 0 {
			if err := each(page); err != nil {
				return err
			}
			after = id(page[len(page)-1])
		}
		if len(page) < size {
			return nil
		}
	}
}

func readPage[T any](ctx context.Context, stmt *sql.Stmt, size int, scan func(*sql.Rows) (T, error), args []any) ([]T, error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	page := make([]T, 0, size)
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, err
		}
		page = append(page, row)
	}
	return page, rows.Err()
}

// leadTargets are where leadColumns are scanned to.
func leadTargets(l *dialer.Lead) []any {
	return []any{&l.ID, &l.Bucket, word{&l.State}, &l.Priority, &l.Zone, &l.Use, instant{&l.Next}, &l.Attempts, &l.Faults,
		instant{&l.Last}, &l.Rule, &l.Final}
}

func scanLead(rows *sql.Rows) (dialer.Lead, error) {
	var l dialer.Lead
	var numbers sql.NullString
	if err := rows.Scan(append(leadTargets(&l), &numbers)...); err != nil {
		return l, fmt.Errorf("lead %d cannot be read: %w", l.ID, err)
	}
	l.Numbers = make([]phone.Number, 0, 1+strings.Count(numbers.String, " "))
	for digits := range strings.FieldsSeq(numbers.String) {
		n, err := strconv.ParseUint(digits, 10, 64)
		if err != nil {
			return l, fmt.Errorf("lead %d has a number that cannot be read: %w", l.ID, err)
		}
		l.Numbers = append(l.Numbers, phone.Number(n))
	}
	return l, nil
}
