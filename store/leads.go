package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// LeadFilter chooses leads. A zero field does not restrict.
type LeadFilter struct {
	IDs        []dialer.LeadID // nil: any; an empty list chooses none
	Bucket     string
	State      *dialer.LeadState // as the file has it: waiting, finished or held; nil: any
	Final      string
	Rule       string
	External   string
	Number     phone.Number // one of its numbers
	Unfinished bool         // leave out the finished ones
}

// LeadCount is how many leads of a bucket are in a state.
type LeadCount struct {
	Bucket string
	State  dialer.LeadState
	Leads  int
}

// FindLeads hands over the ids of leads in their order, up to chunk at a time, as LoadLeads does with leads. By bucket,
// number, external id or ids it takes as long as there are leads to find, else all leads are looked through.
func (r *Reader) FindLeads(ctx context.Context, f LeadFilter, chunk int, each func([]dialer.LeadID) error) error {
	return pages(f, chunk, func(p leadPage) ([]dialer.LeadID, error) { return readPage(ctx, r, `id`, p, scanLeadID) },
		func(id dialer.LeadID) dialer.LeadID { return id }, each)
}

func scanLeadID(rows *sql.Rows) (id dialer.LeadID, err error) {
	err = rows.Scan(&id)
	return id, err
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

// leadPage is one page of the leads that a filter chooses.
type leadPage struct {
	LeadFilter
	buckets []string      // any of these, and all leads are looked through for them; nil: any
	after   dialer.LeadID // only ids above it; ids are positive
	upTo    dialer.LeadID // only ids not above it; 0: any
	size    int
}

// leadQuery reads one page of leads.
func leadQuery(columns string, f leadPage) (query string, args []any) {
	query = `SELECT ` + columns + ` FROM leads WHERE `
	term := func(sql string, arg any) { query, args = query+sql+` AND `, append(args, arg) }
	for _, x := range []struct{ column, word string }{{`bucket`, f.Bucket}, {`final`, f.Final}, {`rule`, f.Rule}, {`external`, f.External}} {
		if x.word != "" {
			term(x.column+` = ?`, x.word)
		}
	}
	if f.State != nil {
		term(`state = ?`, f.State.String())
	}
	if f.Unfinished {
		term(`state <> ?`, dialer.LeadFinished.String())
	}
	if f.Number != 0 {
		term(`id IN (SELECT lead_id FROM lead_numbers WHERE number = ?)`, int64(f.Number))
	}
	if f.IDs != nil {
		term(`id IN (SELECT value FROM json_each(?))`, jsonList(f.IDs))
	}
	if f.buckets != nil { // the plus keeps SQLite from going from bucket to bucket, which it would have to sort
		term(`+bucket IN (SELECT value FROM json_each(?))`, jsonList(f.buckets))
	}
	if f.upTo != 0 {
		term(`id <= ?`, int64(f.upTo))
	}
	return query + `id > ? ORDER BY id LIMIT ?`, append(args, int64(f.after), f.size)
}

// jsonList is a list as one parameter, so that the statement is the same for any number of values.
func jsonList[T any](list []T) string {
	text, _ := json.Marshal(list) // integers and strings cannot fail
	return string(text)
}

// pages reads page after page. Of a list of ids each page is of as many as it may have leads.
func pages[T any](f LeadFilter, size int, read func(leadPage) ([]T, error), id func(T) dialer.LeadID, each func([]T) error) error {
	if f.IDs == nil {
		return pagesOf(leadPage{LeadFilter: f, size: size}, read, id, each)
	}
	sorted := slices.Clone(f.IDs)
	slices.Sort(sorted)
	for part := range slices.Chunk(slices.Compact(sorted), size) {
		f.IDs = part
		if err := pagesOf(leadPage{LeadFilter: f, size: size}, read, id, each); err != nil {
			return err
		}
	}
	return nil
}

func pagesOf[T any](p leadPage, read func(leadPage) ([]T, error), id func(T) dialer.LeadID, each func([]T) error) error {
	for {
		page, err := read(p)
		if err != nil {
			return err
		}
		if len(page) > 0 {
			if err := each(page); err != nil {
				return err
			}
			p.after = id(page[len(page)-1])
		}
		if len(page) < p.size {
			return nil
		}
	}
}

func readPage[T any](ctx context.Context, r *Reader, columns string, p leadPage, scan func(*sql.Rows) (T, error)) ([]T, error) {
	query, args := leadQuery(columns, p)
	rows, err := r.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, explain(r.path, err)
	}
	defer rows.Close()
	page := make([]T, 0, p.size)
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, explain(r.path, err)
		}
		page = append(page, row)
	}
	return page, explain(r.path, rows.Err())
}
