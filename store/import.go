package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// ImportResult says what became of one NewLead.
type ImportResult struct {
	Status ImportStatus  `json:"status"`
	Lead   dialer.LeadID `json:"lead,omitempty"`   // the lead that was added, or the one that was there before; 0 when refused
	Number phone.Number  `json:"number,omitempty"` // the number that the lead before has, with DuplicateNumber
	Why    string        `json:"why,omitempty"`    // what is wrong with it, with Refused
}

// ImportStatus is what became of one NewLead.
type ImportStatus uint8

// What an import does with a lead. Of a duplicate nothing is changed, in neither lead.
const (
	Inserted          ImportStatus = iota + 1
	DuplicateExternal              // a lead has that external id already
	DuplicateNumber                // a lead of the same bucket, perhaps finished, has one of the numbers already
	Refused                        // it is not a lead: Why says so
)

var importWords = [...]string{Inserted: "inserted", DuplicateExternal: "duplicate-external", DuplicateNumber: "duplicate-number", Refused: "refused"}

// String is the status's word.
func (s ImportStatus) String() string {
	if int(s) < len(importWords) {
		return importWords[s]
	}
	return fmt.Sprintf("unknown(%d)", uint8(s))
}

// MarshalText writes the word.
func (s ImportStatus) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText refuses what is not in the list.
func (s *ImportStatus) UnmarshalText(text []byte) error {
	for status, w := range importWords {
		if w != "" && w == string(text) {
			*s = ImportStatus(status)
			return nil
		}
	}
	return fmt.Errorf("%q is no import status: one of %q", text, importWords[1:])
}

// importChunk is how many leads go into one transaction: records wait no longer than it takes.
const importChunk = 500

// ImportLeads adds leads, a few hundred in a transaction, and says of each what became of it, in
// their order. With an error the results are of the leads before it, which are on disk; of the
// others nothing is, and importing all again does no harm where external ids or numbers tell them.
//
// It is for a process in which no Writer runs; with one, use Writer.ImportLeads.
func (s *Store) ImportLeads(ctx context.Context, leads []NewLead) ([]ImportResult, error) {
	return importLeads(ctx, leads, s.transact)
}

func importLeads(ctx context.Context, leads []NewLead, transact func(context.Context, func(*sql.Tx) error) error) ([]ImportResult, error) {
	results := make([]ImportResult, 0, len(leads))
	for len(leads) > 0 {
		chunk := leads[:min(importChunk, len(leads))]
		var added []ImportResult
		err := transact(ctx, func(tx *sql.Tx) (err error) {
			added, err = addChunk(tx, chunk)
			return err
		})
		if err != nil {
			return results, err
		}
		results, leads = append(results, added...), leads[len(chunk):]
	}
	return results, nil
}

func addChunk(tx *sql.Tx, leads []NewLead) ([]ImportResult, error) {
	im, err := newImporter(tx)
	if err != nil {
		return nil, err
	}
	results := make([]ImportResult, len(leads))
	for i, lead := range leads {
		if results[i], err = im.add(lead); err != nil {
			return nil, fmt.Errorf("lead %s: %w", lead.subject(), err)
		}
	}
	return results, nil
}

// leadByNumber begins at the number: left to choose, SQLite goes through the whole bucket.
const leadByNumber = `SELECT id FROM lead_numbers CROSS JOIN leads ON id = lead_id WHERE number = ? AND bucket = ? ORDER BY lead_id LIMIT 1`

// importer adds leads within one transaction.
type importer struct {
	byExternal, byNumber, lead, number *sql.Stmt
	next                               dialer.LeadID
	now                                int64
}

func newImporter(tx *sql.Tx) (*importer, error) {
	im := &importer{now: time.Now().UnixMicro()}
	if err := tx.QueryRow(`SELECT coalesce(max(id), 0) + 1 FROM leads`).Scan(&im.next); err != nil {
		return nil, err
	}
	for _, p := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&im.byExternal, `SELECT id FROM leads WHERE external = ?`},
		{&im.byNumber, leadByNumber},
		{&im.lead, `INSERT INTO leads (id, external, bucket, state, priority, zone, next_call, name, attributes, created, updated)
			VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?)`},
		{&im.number, `INSERT INTO lead_numbers (lead_id, position, number, kind) VALUES (?, ?, ?, ?)`},
	} {
		var err error
		if *p.to, err = tx.Prepare(p.sql); err != nil {
			return nil, err
		}
	}
	return im, nil
}

func (im *importer) add(n NewLead) (ImportResult, error) {
	if err := n.check(); err != nil {
		return ImportResult{Status: Refused, Why: err.Error()}, nil
	}
	if before, err := im.before(n); before.Status != 0 || err != nil {
		return before, err
	}
	attributes, err := encodeAttributes(n.Attributes)
	if err != nil {
		return ImportResult{}, err
	}
	id := im.next
	if _, err := im.lead.Exec(int64(id), orNull(n.External), n.Bucket, n.Priority, n.Zone, micros(n.Next), n.Name, attributes, im.now, im.now); err != nil {
		return ImportResult{}, err
	}
	for i, number := range n.Numbers {
		if _, err := im.number.Exec(int64(id), i, int64(number.Number), number.Kind); err != nil {
			return ImportResult{}, err
		}
	}
	im.next++
	return ImportResult{Status: Inserted, Lead: id}, nil
}

// before finds the lead that this one would be a duplicate of.
func (im *importer) before(n NewLead) (ImportResult, error) {
	if n.External != "" {
		if id, err := find(im.byExternal, n.External); id != 0 || err != nil {
			return ImportResult{Status: DuplicateExternal, Lead: id}, err
		}
	}
	for _, number := range n.Numbers {
		if id, err := find(im.byNumber, int64(number.Number), n.Bucket); id != 0 || err != nil {
			return ImportResult{Status: DuplicateNumber, Lead: id, Number: number.Number}, err
		}
	}
	return ImportResult{}, nil
}

func find(stmt *sql.Stmt, args ...any) (id dialer.LeadID, err error) {
	err = stmt.QueryRow(args...).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}
