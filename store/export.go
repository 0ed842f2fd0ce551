package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// ExportedLead is a lead with all that the file has of it, as an export writes it.
type ExportedLead struct {
	ID         dialer.LeadID       `json:"id"`
	External   string              `json:"external,omitempty"`
	Bucket     string              `json:"bucket"`
	State      dialer.LeadState    `json:"state"`
	Priority   int                 `json:"priority"`
	Zone       string              `json:"zone,omitempty"`
	Name       string              `json:"name,omitempty"`
	Attributes map[string]string   `json:"attributes,omitempty"` // nil when there are none
	Numbers    []dialer.LeadNumber `json:"numbers"`
	Use        int                 `json:"use"`           // index of the number to dial next
	Next       time.Time           `json:"next,omitzero"` // not before; zero: at once
	Attempts   int                 `json:"attempts"`      // made, counted towards attempts.total
	Faults     int                 `json:"faults"`        // that failed by the carrier's fault or ours, in a row
	Last       time.Time           `json:"last,omitzero"` // start of the last attempt
	Outcome    dialer.Outcome      `json:"outcome"`       // of the last attempt; empty when there was none or it is under way
	Rule       string              `json:"rule,omitempty"`
	Final      string              `json:"final,omitempty"`
	Created    time.Time           `json:"created"`
	Updated    time.Time           `json:"updated"`
}

// ExportLeads hands over whole rows of leads one by one in the order of their ids, until all were
// or each returns an error, which ExportLeads then returns. A slow receiver is fine.
func (r *Reader) ExportLeads(ctx context.Context, f LeadFilter, each func(ExportedLead) error) error {
	const chunk = 500
	return pages(f, chunk, func(p leadPage) ([]ExportedLead, error) {
		return readPage(ctx, r, exportColumns, p, scanExported)
	},
		func(l ExportedLead) dialer.LeadID { return l.ID }, func(page []ExportedLead) error {
			for _, row := range page {
				if err := each(row); err != nil {
					return err
				}
			}
			return nil
		})
}

const exportColumns = `id, bucket, state, priority, zone, use_number, next_call, attempts, faults, last_attempt, rule, final, external, name, attributes,
	created, updated, ` + leadNumbers + `, (SELECT outcome FROM attempts WHERE lead_id = leads.id ORDER BY id DESC LIMIT 1)`

func scanExported(rows *sql.Rows) (e ExportedLead, err error) {
	var external sql.NullString
	var attributes, numbers string
	err = rows.Scan(&e.ID, &e.Bucket, word{&e.State}, &e.Priority, &e.Zone, &e.Use, instant{&e.Next}, &e.Attempts, &e.Faults, instant{&e.Last},
		&e.Rule, &e.Final, &external, &e.Name, &attributes, instant{&e.Created}, instant{&e.Updated}, &numbers, word{&e.Outcome})
	if err != nil {
		return e, fmt.Errorf("lead %d cannot be read: %w", e.ID, err)
	}
	e.External = external.String
	if e.Attributes, err = decodeAttributes(attributes); err != nil {
		return e, fmt.Errorf("the attributes of lead %d cannot be read: %w", e.ID, err)
	}
	if e.Numbers, err = decodeNumbers(numbers); err != nil {
		return e, fmt.Errorf("the numbers of lead %d cannot be read: %w", e.ID, err)
	}
	return e, nil
}

// leadNumbers is a lead's numbers as decodeNumbers reads them.
const leadNumbers = `(SELECT json_group_array(json_array(number, kind, invalid) ORDER BY position) FROM lead_numbers WHERE lead_id = leads.id)`

// decodeNumbers reads [[79161234567,"mobile",0],…], what the query makes of the rows.
func decodeNumbers(text string) ([]dialer.LeadNumber, error) {
	var rows [][3]json.RawMessage
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, err
	}
	numbers := make([]dialer.LeadNumber, len(rows))
	for i, row := range rows {
		var digits uint64
		if err := json.Unmarshal(row[0], &digits); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(row[1], &numbers[i].Kind); err != nil {
			return nil, err
		}
		numbers[i].Number, numbers[i].Invalid = phone.Number(digits), string(row[2]) == "1"
	}
	return numbers, nil
}

func decodeAttributes(text string) (map[string]string, error) {
	if text == "{}" {
		return nil, nil
	}
	var a map[string]string
	err := json.Unmarshal([]byte(text), &a)
	return a, err
}
