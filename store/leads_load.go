package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/mattn/go-sqlite3"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// LoadLeads hands over leads in the order of their ids, up to chunk at a time, until all were or
// each returns an error, which LoadLeads then returns. The slice is each's to keep.
//
// Every chunk is a transaction of its own: while each takes its time nothing is held open that would keep
// the log of the file growing. A lead that is added meanwhile may be among them.
//
// A million leads take some two seconds. What makes it fast: database/sql, with its copy of each value, is left out;
// and the numbers are read in a second query, in the order in which they lie in the file.
func (r *Reader) LoadLeads(ctx context.Context, f LeadFilter, chunk int, each func([]dialer.Lead) error) error {
	return pages(f, chunk, func(p leadPage) ([]dialer.Lead, error) { return r.loadPage(ctx, p) },
		func(l dialer.Lead) dialer.LeadID { return l.ID }, each)
}

// LeadRange is the leads of some buckets within a range of ids.
type LeadRange struct {
	Buckets []string // of one they are found by its index, of several by looking through the range
	After   dialer.LeadID
	UpTo    dialer.LeadID // that one too
}

// LoadRange is the first leads of a range, up to most of them, in the order of their ids.
func (r *Reader) LoadRange(ctx context.Context, of LeadRange, most int) ([]dialer.Lead, error) {
	return r.loadPage(ctx, of.page(most))
}

func (of LeadRange) page(size int) leadPage {
	p := leadPage{buckets: of.Buckets, after: of.After, upTo: of.UpTo, size: size}
	if len(of.Buckets) == 1 {
		p.buckets, p.Bucket = nil, of.Buckets[0]
	}
	return p
}

func (r *Reader) loadPage(ctx context.Context, p leadPage) (page []dialer.Lead, err error) {
	conn, err := r.read.Conn(ctx)
	if err != nil {
		return nil, explain(r.path, err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) (err error) {
		page, err = loadPage(c.(*sqlite3.SQLiteConn), p)
		return err
	})
	return page, explain(r.path, err)
}

// loadPage reads a page and its numbers, both of one state of the file.
func loadPage(conn *sqlite3.SQLiteConn, p leadPage) (page []dialer.Lead, err error) {
	if _, err := conn.Exec(`BEGIN`, nil); err != nil {
		return nil, err
	}
	defer func() {
		_, end := conn.Exec(`ROLLBACK`, nil) // nothing was written
		err = errors.Join(err, end)
	}()
	query, args := leadQuery(leadColumns, p)
	page = make([]dialer.Lead, 0, min(p.size, 10_000))
	err = eachRow(conn, query, args, func(row []driver.Value) error {
		l, err := leadOf(row)
		page = append(page, l)
		return err
	})
	if err != nil || len(page) == 0 {
		return page, err
	}
	return page, loadNumbers(conn, page)
}

const leadColumns = `id, bucket, state, priority, zone, use_number, next_call, attempts, faults, last_attempt, campaign, outcome, dialed, rule, final,
	created, external`

// leadOf reads leadColumns.
func leadOf(row []driver.Value) (dialer.Lead, error) {
	l := dialer.Lead{ID: dialer.LeadID(integer(row[0])), Bucket: text(row[1]), Priority: int(integer(row[3])), Zone: text(row[4]), Use: int(integer(row[5])),
		Next: at(row[6]), Attempts: int(integer(row[7])), Faults: int(integer(row[8])), Last: at(row[9]), Campaign: text(row[10]),
		Dialed: int(integer(row[12])), Rule: text(row[13]), Final: text(row[14]), Created: at(row[15]), External: dialer.HashExternal(text(row[16]))}
	err := errors.Join(word{&l.State}.Scan(row[2]), word{&l.Outcome}.Scan(row[11]))
	if err != nil {
		return l, fmt.Errorf("lead %d cannot be read: %w", l.ID, err)
	}
	return l, nil
}

// The tables are STRICT: a value is of its column's type, or NULL.
func integer(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}

func at(v driver.Value) time.Time {
	if v == nil {
		return time.Time{}
	}
	return time.UnixMicro(integer(v)).UTC()
}

// Queries for the numbers of a page: of one whose ids lie close together, and of one whose do not. Both give
// them lead by lead, in their order.
const (
	numbersBetween = `SELECT lead_id, number, kind, invalid FROM lead_numbers WHERE lead_id BETWEEN ? AND ? ORDER BY lead_id, position`
	numbersOf      = `SELECT lead_id, number, kind, invalid FROM json_each(?) CROSS JOIN lead_numbers ON lead_id = value`
)

// closeTogether is how many ids a page may lie within, for each of its leads, to have its numbers read as a whole.
const closeTogether = 4

func loadNumbers(conn *sqlite3.SQLiteConn, page []dialer.Lead) error {
	first, last := page[0].ID, page[len(page)-1].ID
	query, args := numbersBetween, []any{int64(first), int64(last)}
	if int64(last-first)/closeTogether > int64(len(page)) {
		ids := make([]dialer.LeadID, len(page))
		for i, l := range page {
			ids[i] = l.ID
		}
		query, args = numbersOf, []any{jsonList(ids)}
	}
	all := make([]dialer.LeadNumber, 0, 2*len(page))
	at, from := 0, 0
	settle := func(upTo dialer.LeadID) { // gives the leads before upTo what was read
		for ; at < len(page) && page[at].ID < upTo; at++ {
			page[at].Numbers, from = all[from:len(all):len(all)], len(all)
		}
	}
	err := eachRow(conn, query, args, func(row []driver.Value) error {
		if lead := dialer.LeadID(integer(row[0])); page[at].ID != lead {
			if settle(lead); page[at].ID != lead {
				return nil // of a lead that is not in the page
			}
		}
		all = append(all, dialer.LeadNumber{Number: phone.Number(integer(row[1])), Kind: text(row[2]), Invalid: integer(row[3]) != 0})
		return nil
	})
	settle(math.MaxInt64)
	return err
}

// eachRow hands over the rows of a query; the slice is the same each time.
func eachRow(conn *sqlite3.SQLiteConn, query string, args []any, each func([]driver.Value) error) error {
	values := make([]driver.Value, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return err
		}
		values[i] = v
	}
	rows, err := conn.Query(query, values)
	if err != nil {
		return err
	}
	defer rows.Close()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
}
