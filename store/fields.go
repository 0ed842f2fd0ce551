package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"dialerd/dialer"
)

// Fields reads name, attributes and external id of leads, in the order of their ids; one that is not there is left out.
// Attributes that cannot be read are left out too: a call goes on without them, and dialerd check tells of them.
func (r *Reader) Fields(ctx context.Context, leads []dialer.LeadVersion) ([]dialer.LeadFields, error) {
	versions := make(map[dialer.LeadID]int64, len(leads))
	ids := make([]dialer.LeadID, len(leads))
	for i, l := range leads {
		versions[l.Lead], ids[i] = l.Version, l.Lead
	}
	slices.Sort(ids)
	found := make([]dialer.LeadFields, 0, len(leads))
	for part := range slices.Chunk(slices.Compact(ids), inRows) {
		err := r.eachFields(ctx, part, func(f dialer.LeadFields) {
			f.Version = versions[f.Lead]
			found = append(found, f)
		})
		if err != nil {
			return nil, explain(r.path, err)
		}
	}
	return found, nil
}

// fieldsOf goes by the leads: left to choose, SQLite sorts the list first.
const fieldsOf = `SELECT leads.id, external, name, attributes FROM json_each(?) CROSS JOIN leads ON leads.id = value`

func (r *Reader) eachFields(ctx context.Context, ids []dialer.LeadID, each func(dialer.LeadFields)) error {
	rows, err := r.read.QueryContext(ctx, fieldsOf, jsonList(ids))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var f dialer.LeadFields
		var external sql.NullString
		var attributes string
		if err := rows.Scan(&f.Lead, &external, &f.Name, &attributes); err != nil {
			return fmt.Errorf("lead %d cannot be read: %w", f.Lead, err)
		}
		f.External = external.String
		if f.Attributes, err = decodeAttributes(attributes); err != nil {
			f.Attributes = nil
		}
		each(f)
	}
	return rows.Err()
}
