package store

import (
	"context"
	"database/sql"
	"fmt"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// ImportResult says what became of one NewLead.
type ImportResult struct {
	Status ImportStatus  `json:"status"`
	Lead   dialer.LeadID `json:"lead,omitempty"`   // the lead that was added, or the one that was there before; 0 when refused
	Number phone.Number  `json:"number,omitempty"` // the number that the lead before has, with DuplicateNumber
	Why    string        `json:"why,omitempty"`    // what is wrong with it, with Refused

	// Was and Now are the lead before as it was and is now, with Merged: its id, bucket, priority, zone and numbers. Else
	// they are nil; but Now is the numbers of one that was inserted, when it is known of some that there are no such
	// numbers.
	Was *dialer.Lead `json:"-"`
	Now *dialer.Lead `json:"-"`
}

// ImportStatus is what became of one NewLead.
type ImportStatus uint8

// What an import does with a lead. Of a duplicate nothing is changed, in neither lead.
const (
	Inserted          ImportStatus = iota + 1
	DuplicateExternal              // a lead has that external id already
	DuplicateNumber                // another lead of the same bucket, perhaps finished, has one of the numbers already
	Refused                        // it is not a lead: Why says so
	Merged                         // the lead with that external id has taken what is new
	Unchanged                      // the lead with that external id has all of it already
)

var importWords = [...]string{Inserted: "inserted", DuplicateExternal: "duplicate-external", DuplicateNumber: "duplicate-number", Refused: "refused",
	Merged: "merged", Unchanged: "unchanged"}

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

// How many leads go into one transaction: with a Writer, records wait no longer than it takes, which is some
// hundredths of a second; without one there is nobody to wait, and a commit has its price.
const (
	importChunk = 2000
	importBulk  = 50_000
)

// ImportLeads adds leads, some thousands in a transaction, and says of each what became of it, in
// their order. With an error the results are of the leads before it, which are on disk; of the
// others nothing is, and importing all again does no harm where external ids or numbers tell them.
//
// It is for a process in which no Writer runs; with one, use Writer.ImportLeads.
func (s *Store) ImportLeads(ctx context.Context, leads []NewLead) ([]ImportResult, error) {
	return importLeads(ctx, leads, importBulk, s.transact)
}

func importLeads(ctx context.Context, leads []NewLead, size int, transact func(context.Context, func(*sql.Tx) error) error) ([]ImportResult, error) {
	results := make([]ImportResult, 0, len(leads))
	for len(leads) > 0 {
		chunk := leads[:min(size, len(leads))]
		ready := prepareLeads(chunk)
		var added []ImportResult
		err := transact(ctx, func(tx *sql.Tx) (err error) {
			im, err := newImporter(tx)
			if err != nil {
				return err
			}
			added, err = im.all(ready)
			return err
		})
		if err != nil {
			return results, err
		}
		results, leads = append(results, added...), leads[len(chunk):]
	}
	return results, nil
}
