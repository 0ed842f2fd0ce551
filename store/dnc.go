package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// DNCEntry is a number or mask that was put on the list of those never called at run time. The lists of the
// files are not in here.
type DNCEntry struct {
	Entry    string    `json:"entry"`
	Campaign string    `json:"campaign,omitempty"` // empty: all campaigns
	When     time.Time `json:"when"`
	Who      string    `json:"who,omitempty"`
	Why      string    `json:"why,omitempty"`
}

// DNCFilter chooses entries. A zero field does not restrict.
type DNCFilter struct {
	Campaign string       // of the list of this campaign
	Global   bool         // of the list of all campaigns
	Number   phone.Number // those that keep it from being called
}

// DNCCount is how much is on the list of one campaign, or of all.
type DNCCount struct {
	Campaign string `json:"campaign,omitempty"`
	Numbers  int    `json:"numbers"`
	Masks    int    `json:"masks"`
}

// dncRows is how many entries go into one statement.
const dncRows = 500

// changeDNC writes a change. What is there already keeps who put it there.
func changeDNC(tx *sql.Tx, x dialer.DNCChange) error {
	for entries := x.Entries; len(entries) > 0; {
		part := entries[:min(dncRows, len(entries))]
		entries = entries[len(part):]
		var args []any
		for _, s := range part {
			e, err := phone.ParseEntry(s)
			if err != nil {
				return err
			}
			args = append(args, int64(e.Number), e.Mask(), x.Campaign)
			if !x.Remove {
				args = append(args, micros(x.When), x.Who, x.Why)
			}
		}
		query := `INSERT INTO dnc (number, mask, campaign, added, who, why) VALUES ` + repeated(`(?, ?, ?, ?, ?, ?)`, len(part)) + ` ON CONFLICT DO NOTHING`
		if x.Remove {
			query = `DELETE FROM dnc WHERE (number, mask, campaign) IN (VALUES ` + repeated(`(?, ?, ?)`, len(part)) + `)`
		}
		if _, err := tx.Exec(query, args...); err != nil {
			return err
		}
	}
	return nil
}

// repeated is a part of a statement n times, with commas between.
func repeated(part string, n int) string { return part + strings.Repeat(`, `+part, n-1) }

// LoadDNC hands over the list as the core takes it, thousands of entries at a time. SQLite puts the numbers
// into one text: row by row ten million would take a quarter of a minute.
func (r *Reader) LoadDNC(ctx context.Context, each func(dialer.DNCLoaded) error) error {
	masks := map[string][]string{}
	err := r.eachDNC(ctx, DNCFilter{}, ` AND number = 0`, func(e DNCEntry) error {
		masks[e.Campaign] = append(masks[e.Campaign], e.Entry)
		return nil
	})
	if err != nil {
		return err
	}
	for _, campaign := range slices.Sorted(maps.Keys(masks)) {
		if err := each(dialer.DNCLoaded{Campaign: campaign, Masks: masks[campaign]}); err != nil {
			return err
		}
	}
	for from, more := int64(1), true; more; { // the last number comes again: it may be on more lists
		var page []dialer.DNCLoaded
		if page, from, more, err = r.dncPage(ctx, from); err != nil {
			return explain(r.path, err)
		}
		for _, e := range page {
			if err := each(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// dncPage is numbers from one on, the last of them, and whether more follow.
func (r *Reader) dncPage(ctx context.Context, from int64) (page []dialer.DNCLoaded, last int64, more bool, err error) {
	const size = 20_000 // more than there are lists
	rows, err := r.read.QueryContext(ctx, `SELECT campaign, group_concat(number, ' '), max(number)
		FROM (SELECT number, campaign FROM dnc WHERE number >= ? ORDER BY number LIMIT ?) GROUP BY campaign`, from, size)
	if err != nil {
		return nil, 0, false, err
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var e dialer.DNCLoaded
		var digits string
		var most int64
		if err := rows.Scan(&e.Campaign, &digits, &most); err != nil {
			return nil, 0, false, err
		}
		if e.Numbers, err = readDigits(digits); err != nil {
			return nil, 0, false, fmt.Errorf("an entry of the DNC list cannot be read: %w", err)
		}
		page, last, seen = append(page, e), max(last, most), seen+len(e.Numbers)
	}
	return page, last, seen == size, rows.Err()
}

// readDigits reads numbers with a space between them.
func readDigits(digits string) (numbers []phone.Number, err error) {
	numbers = make([]phone.Number, 0, 1+strings.Count(digits, " "))
	for s := range strings.FieldsSeq(digits) {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, phone.Number(n))
	}
	return numbers, nil
}

// ExportDNC hands over entries one by one, the masks first, then the numbers in order, until all were or each
// returns an error, which ExportDNC then returns. A slow receiver is fine.
func (r *Reader) ExportDNC(ctx context.Context, f DNCFilter, each func(DNCEntry) error) error {
	if f.Number == 0 {
		return r.eachDNC(ctx, f, ``, each)
	}
	err := r.eachDNC(ctx, f, ` AND number = 0`, func(e DNCEntry) error {
		if mask, err := phone.ParseEntry(e.Entry); err != nil || !mask.Fits(f.Number) {
			return err
		}
		return each(e)
	})
	if err != nil {
		return err
	}
	return r.eachDNC(ctx, f, fmt.Sprintf(` AND number = %d`, f.Number), each)
}

// eachDNC goes through the entries that the filter and more conditions let through, page after page, so that
// nothing is held open that would keep the log of the file growing.
func (r *Reader) eachDNC(ctx context.Context, f DNCFilter, more string, each func(DNCEntry) error) error {
	const size = 2000
	query := `SELECT number, mask, campaign, added, who, why FROM dnc WHERE (number, mask, campaign) > (?, ?, ?)` + more
	var list []any
	if f.Campaign != "" || f.Global {
		query, list = query+` AND campaign = ?`, []any{f.Campaign}
	}
	query += ` ORDER BY number, mask, campaign LIMIT ?`
	number, mask, campaign := int64(-1), "", ""
	for {
		rows, err := r.read.QueryContext(ctx, query, append(append([]any{number, mask, campaign}, list...), size)...)
		if err != nil {
			return explain(r.path, err)
		}
		var page []DNCEntry
		for rows.Next() {
			var e DNCEntry
			if err = rows.Scan(&number, &mask, &campaign, instant{&e.When}, &e.Who, &e.Why); err != nil {
				break
			}
			e.Campaign, e.Entry = campaign, mask
			if mask == "" {
				e.Entry = phone.Number(number).String()
			}
			page = append(page, e)
		}
		rows.Close()
		if err = errors.Join(err, rows.Err()); err != nil {
			return explain(r.path, fmt.Errorf("an entry of the DNC list cannot be read: %w", err))
		}
		for _, e := range page {
			if err := each(e); err != nil {
				return err
			}
		}
		if len(page) < size {
			return nil
		}
	}
}

// CountDNC counts the entries of each list, by name. It reads all of them.
func (r *Reader) CountDNC(ctx context.Context) (counts []DNCCount, err error) {
	rows, err := r.read.QueryContext(ctx, `SELECT campaign, sum(number > 0), sum(number = 0) FROM dnc GROUP BY campaign ORDER BY campaign`)
	if err != nil {
		return nil, explain(r.path, err)
	}
	defer rows.Close()
	for rows.Next() {
		var c DNCCount
		if err := rows.Scan(&c.Campaign, &c.Numbers, &c.Masks); err != nil {
			return nil, explain(r.path, err)
		}
		counts = append(counts, c)
	}
	return counts, explain(r.path, rows.Err())
}

// ChangeDNC changes the list on disk, for a process in which no daemon runs, and says how many entries were
// not there before, or were.
func (s *Store) ChangeDNC(ctx context.Context, x dialer.DNCChange) (changed int, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		var before, after int
		count := func(to *int) error { return tx.QueryRow(`SELECT total_changes()`).Scan(to) }
		if err := count(&before); err != nil {
			return err
		}
		if err := changeDNC(tx, x); err != nil {
			return err
		}
		err := count(&after)
		changed = after - before
		return err
	})
	return changed, err
}
