package store

import (
	"context"
	"database/sql"
	"encoding"
	"fmt"
	"slices"
	"strings"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// check is something that the program relies on and SQLite does not see to.
type check struct {
	problem string // %s: the rows, or the values
	advice  string
	slow    bool // it reads much

	query string                          // the ids of the rows that are wrong, or
	words string                          // the values of a column that are there, of which
	to    func() encoding.TextUnmarshaler // this takes only known ones
}

// rowsShown is how many of the rows that are wrong are named.
const rowsShown = 5

const adviceRow = "it was changed by hand, or by a dialerd with a fault: correct it with sqlite3 while dialerd is stopped, or restore the last backup"

var checks = []check{
	{problem: "leads are in a state that is none: %s", advice: adviceRow, words: `SELECT DISTINCT state FROM leads`,
		to: func() encoding.TextUnmarshaler { return new(dialer.LeadState) }},
	{problem: "leads have a last outcome that is none: %s", advice: adviceRow, words: `SELECT DISTINCT outcome FROM leads`,
		to: func() encoding.TextUnmarshaler { return new(dialer.Outcome) }},
	{problem: "attempts have an outcome that is none: %s", advice: adviceRow, words: `SELECT DISTINCT outcome FROM attempts`,
		to: func() encoding.TextUnmarshaler { return new(dialer.Outcome) }},
	{problem: "attempts have ended by somebody who is not known: %s", advice: adviceRow, words: `SELECT DISTINCT cause_by FROM attempts`,
		to: func() encoding.TextUnmarshaler { return new(dialer.Party) }},
	{problem: "something is started or stopped that is neither a department nor a campaign: %s", advice: adviceRow, words: `SELECT DISTINCT kind FROM switches`,
		to: func() encoding.TextUnmarshaler { return new(dialer.SwitchKind) }},
	{problem: "something of an operator is lent that is neither his pause nor his penalty: %s", advice: adviceRow, words: `SELECT DISTINCT field FROM loans`,
		to: func() encoding.TextUnmarshaler { return new(dialer.LoanField) }},
	{problem: "operators want a pause of which it is not known since when: %s", advice: adviceRow,
		query: `SELECT id FROM agents WHERE own_reason <> '' AND own_asked IS NULL OR supervisor_reason <> '' AND supervisor_asked IS NULL`},
	{problem: "pauses are kept that neither the operator nor a supervisor wanted, of %s", advice: adviceRow,
		query: `SELECT DISTINCT agent FROM pauses WHERE wanted_by NOT IN ('agent', 'supervisor')`},
	{problem: "entries of the table dnc are neither a number in E.164 nor a mask: %s", advice: adviceRow,
		query: `SELECT mask || number FROM dnc WHERE number <> 0 AND (number NOT BETWEEN ?1 AND ?2 OR mask <> '')`},
	{problem: "the table dnc has masks that are none, and are without effect: %s", advice: adviceRow, words: `SELECT mask FROM dnc WHERE number = 0`,
		to: func() encoding.TextUnmarshaler { return new(phone.Entry) }},
	{problem: "leads have a number that is none in E.164: %s", advice: adviceRow, query: `SELECT lead_id FROM lead_numbers WHERE number NOT BETWEEN ?1 AND ?2`},
	{problem: "attempts have a number that is none in E.164: %s", advice: adviceRow,
		query: `SELECT id FROM attempts WHERE number NOT BETWEEN ?1 AND ?2 OR caller_id NOT BETWEEN ?1 AND ?2 AND caller_id <> 0`},
	{problem: "leads have no number, so that they are never called: %s", advice: adviceRow,
		query: `SELECT id FROM leads WHERE NOT EXISTS (SELECT 1 FROM lead_numbers WHERE lead_id = leads.id)`},
	{problem: "leads have no number in the place that is to be dialed next: %s", advice: adviceRow, slow: true,
		query: `SELECT id FROM leads WHERE NOT EXISTS (SELECT 1 FROM lead_numbers WHERE lead_id = leads.id AND position = use_number)`},
	{problem: "leads have attributes that cannot be read: %s", advice: adviceRow, slow: true,
		query: `SELECT id FROM leads WHERE attributes <> '{}' AND (json_valid(attributes) = 0 OR json_type(attributes) <> 'object'
			OR EXISTS (SELECT 1 FROM json_each(attributes) WHERE type <> 'text'))`},
	{problem: "attempts are under way that belong to no lead: %s", advice: "set their outcome to 'lost' with sqlite3 while dialerd is stopped, or restore the last backup",
		query: `SELECT id FROM attempts WHERE outcome IS NULL AND NOT EXISTS (SELECT 1 FROM leads WHERE leads.id = lead_id)`},
	{problem: "rows belong to a lead that is not there, in the tables %s", advice: adviceRow, slow: true, query: `SELECT DISTINCT "table" FROM pragma_foreign_key_check`},
	{problem: "where the records have come to is not known: the table progress has %s rows", advice: "make it one row, (1, 0), with sqlite3 while dialerd is stopped",
		query: `SELECT count(*) FROM progress HAVING count(*) <> 1`},
}

// run makes one finding of all that a check has found.
func (c check) run(ctx context.Context, r *Reader) ([]Finding, error) {
	found, err := c.found(ctx, r.read)
	if err != nil {
		return nil, explain(r.path, err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	if len(found) > rowsShown {
		found = append(found[:rowsShown], "and more")
	}
	return []Finding{{Problem: fmt.Sprintf(c.problem, strings.Join(found, ", ")), Advice: c.advice}}, nil
}

func (c check) found(ctx context.Context, db *sql.DB) (found []string, err error) {
	if c.query != "" {
		args := []any{leastNumber, mostNumber}[:2*min(1, strings.Count(c.query, "?1"))]
		return column(ctx, db, c.query+fmt.Sprintf(` LIMIT %d`, rowsShown+1), args...)
	}
	values, err := column(ctx, db, c.words)
	for _, value := range values {
		if c.to().UnmarshalText([]byte(value)) != nil {
			found = append(found, fmt.Sprintf("%q", value))
		}
	}
	return found, err
}

// The numbers of E.164 as integers.
var leastNumber, mostNumber = powerOfTen(phone.MinDigits - 1), powerOfTen(phone.MaxDigits) - 1

func powerOfTen(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// shapeOf compares the tables and indexes of the file with those that the steps make.
func shapeOf(ctx context.Context, r *Reader, version int) (findings []Finding, err error) {
	model := sql.OpenDB(&connector{dsn: "file::memory:"})
	defer model.Close()
	model.SetMaxOpenConns(1) // each connection has a memory of its own
	for _, step := range steps[:version] {
		if _, err := model.ExecContext(ctx, step); err != nil {
			return nil, err
		}
	}
	want, err := shape(ctx, model)
	if err != nil {
		return nil, err
	}
	have, err := shape(ctx, r.read)
	if err != nil {
		return nil, explain(r.path, err)
	}
	for _, made := range want {
		if !slices.Contains(have, made) {
			first, _, _ := strings.Cut(made, "\n")
			findings = append(findings, Finding{
				Problem: "the schema was changed: this is missing, or is another one: " + first,
				Advice:  "restore the last backup, or make it again with sqlite3 while dialerd is stopped",
			})
		}
	}
	return findings, nil
}

// shape is what made the tables and indexes.
func shape(ctx context.Context, db *sql.DB) ([]string, error) {
	return column(ctx, db, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name`)
}
