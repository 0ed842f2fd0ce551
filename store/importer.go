package store

import (
	"cmp"
	"database/sql"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// importer adds leads within one transaction. It looks all of them up first, a few hundred in one statement,
// then decides on each in turn, and writes what it has decided, again by the hundred: a statement of its own
// for each lead would take three times as long.
type importer struct {
	tx   *sql.Tx
	next dialer.LeadID
	now  int64

	known map[string]dialer.LeadID // by external id: of the file, and of those that were added
	taken map[spot]dialer.LeadID   // by bucket and number
	none  map[phone.Number]bool    // there are no such numbers, as calls to other leads have shown
	rows  map[dialer.LeadID]*knownLead

	buckets map[string]int32
	leads   batch
	numbers []newNumber  // to be inserted
	merges  []*knownLead // that have changed
}

// spot is what only one lead has: a number in a bucket.
type spot struct {
	bucket int32 // as the importer counts them
	number phone.Number
}

// newNumber is a row of lead_numbers.
type newNumber struct {
	lead     dialer.LeadID
	position int
	dialer.LeadNumber
}

func newImporter(tx *sql.Tx) (*importer, error) {
	im := &importer{tx: tx, now: time.Now().UnixMicro(), known: map[string]dialer.LeadID{},
		taken: map[spot]dialer.LeadID{}, none: map[phone.Number]bool{}, rows: map[dialer.LeadID]*knownLead{}, buckets: map[string]int32{}}
	im.leads = batch{tx: tx, columns: 10, into: `INSERT INTO leads (id, external, bucket, state, priority, zone, next_call, name, attributes, created, updated) VALUES `,
		row: `(?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?)`}
	err := tx.QueryRow(`SELECT max(coalesce((SELECT max(id) FROM leads), 0), lead) + 1 FROM progress`).Scan(&im.next)
	return im, err
}

// readyLead is a NewLead that was looked at.
type readyLead struct {
	*NewLead
	attributes string
	wrong      error // what keeps it from being a lead
}

// prepareLeads does what takes no database, on all processors, before the transaction begins.
func prepareLeads(leads []NewLead) []readyLead {
	ready := make([]readyLead, len(leads))
	part := len(leads)/runtime.GOMAXPROCS(0) + 1
	var running sync.WaitGroup
	for from := 0; from < len(leads); from += part {
		running.Go(func() {
			for i := from; i < min(from+part, len(leads)); i++ {
				r := &ready[i]
				r.NewLead = &leads[i]
				if r.wrong = r.check(); r.wrong == nil {
					r.attributes, r.wrong = encodeAttributes(r.Attributes)
				}
			}
		})
	}
	running.Wait()
	return ready
}

// all takes leads, and says of each what became of it.
func (im *importer) all(leads []readyLead) ([]ImportResult, error) {
	if err := im.lookUp(leads); err != nil {
		return nil, err
	}
	results := make([]ImportResult, len(leads))
	for i := range leads {
		if wrong := leads[i].wrong; wrong != nil {
			results[i] = ImportResult{Status: Refused, Why: wrong.Error()}
			continue
		}
		var err error
		if results[i], err = im.one(&leads[i]); err != nil {
			return nil, fmt.Errorf("lead %s: %w", leads[i].subject(), err)
		}
	}
	return results, im.flush()
}

// lookUp finds the leads that others may be duplicates of, or are to be merged into.
func (im *importer) lookUp(leads []readyLead) error {
	var externals, merged, numbers []any
	for i := range leads {
		l := &leads[i]
		if l.wrong != nil {
			continue
		}
		switch {
		case l.External != "" && l.Merge != 0:
			merged = append(merged, l.External)
		case l.External != "":
			externals = append(externals, l.External)
		}
		for _, n := range l.Numbers {
			numbers = append(numbers, int64(n.Number))
		}
	}
	if err := im.lookUpMerged(merged); err != nil {
		return err
	}
	for _, k := range im.rows { // they may move to where others have their numbers
		for _, n := range k.numbers {
			numbers = append(numbers, int64(n.Number))
		}
	}
	if err := inQuery(im.tx, externalsIn, externals, im.learnExternal); err != nil {
		return err
	}
	return inQuery(im.tx, numbersIn, numbers, im.learnNumber)
}

// Queries of which %s is places. The second begins at the number: left to choose, SQLite goes through whole
// buckets.
const (
	externalsIn = `SELECT external, id FROM leads WHERE external IN (%s)`
	numbersIn   = `SELECT bucket, number, lead_id, invalid FROM lead_numbers CROSS JOIN leads ON id = lead_id WHERE number IN (%s)`
)

func (im *importer) learnExternal(rows *sql.Rows) error {
	var external string
	var id dialer.LeadID
	err := rows.Scan(&external, &id)
	im.known[external] = id
	return err
}

func (im *importer) learnNumber(rows *sql.Rows) error {
	var bucket string
	var number phone.Number
	var id dialer.LeadID
	var invalid bool
	err := rows.Scan(&bucket, &number, &id, &invalid)
	if invalid {
		im.none[number] = true
	}
	p := im.spot(bucket, number)
	if before, ok := im.taken[p]; !ok || id < before {
		im.taken[p] = id
	}
	return err
}

// one decides on a lead that is in order.
func (im *importer) one(n *readyLead) (ImportResult, error) {
	if n.External != "" {
		if id, ok := im.known[n.External]; ok {
			if n.Merge == 0 {
				return ImportResult{Status: DuplicateExternal, Lead: id}, nil
			}
			if err := im.learnAdded(id, n.External); err != nil {
				return ImportResult{}, err
			}
			return im.merge(im.rows[id], n.NewLead), nil
		}
	}
	if number, id := im.other(n.Bucket, n.Numbers, 0); id != 0 {
		return ImportResult{Status: DuplicateNumber, Lead: id, Number: number}, nil
	}
	id := im.next
	im.next++
	if n.External != "" {
		im.known[n.External] = id
	}
	if err := im.leads.add(int64(id), orNull(n.External), n.Bucket, n.Priority, n.Zone, micros(n.Next), n.Name, n.attributes, im.now, im.now); err != nil {
		return ImportResult{}, err
	}
	r := ImportResult{Status: Inserted, Lead: id}
	numbers := im.marked(n.Numbers)
	if !slices.Equal(numbers, n.Numbers) {
		r.Now = &dialer.Lead{ID: id, Numbers: numbers}
	}
	im.addNumbers(id, n.Bucket, numbers)
	return r, nil
}

// marked is numbers of which is noted that there are no such numbers, where that is known of them.
func (im *importer) marked(numbers []dialer.LeadNumber) []dialer.LeadNumber {
	numbers = slices.Clone(numbers)
	for i := range numbers {
		numbers[i].Invalid = numbers[i].Invalid || im.none[numbers[i].Number]
	}
	return numbers
}

func (im *importer) spot(bucket string, number phone.Number) spot {
	b, ok := im.buckets[bucket]
	if !ok {
		b = int32(len(im.buckets))
		im.buckets[bucket] = b
	}
	return spot{b, number}
}

// learnAdded reads a lead to be merged into that was added in this transaction.
func (im *importer) learnAdded(id dialer.LeadID, external string) error {
	if im.rows[id] != nil {
		return nil
	}
	if err := im.leads.flush(); err != nil {
		return err
	}
	if err := im.writeNumbers(); err != nil {
		return err
	}
	return im.lookUpMerged([]any{external})
}

// other finds another lead that has one of the numbers in the bucket.
func (im *importer) other(bucket string, numbers []dialer.LeadNumber, self dialer.LeadID) (phone.Number, dialer.LeadID) {
	for _, n := range numbers {
		if id, ok := im.taken[im.spot(bucket, n.Number)]; ok && id != self {
			return n.Number, id
		}
	}
	return 0, 0
}

func (im *importer) addNumbers(id dialer.LeadID, bucket string, numbers []dialer.LeadNumber) {
	for i, n := range numbers {
		im.taken[im.spot(bucket, n.Number)] = id
		im.numbers = append(im.numbers, newNumber{id, i, n})
	}
}

// flush writes what was decided.
func (im *importer) flush() error {
	if err := im.leads.flush(); err != nil {
		return err
	}
	if err := im.writeMerges(); err != nil {
		return err
	}
	return im.writeNumbers()
}

// writeNumbers inserts the numbers in their order: so the index over them is gone through from its beginning to
// its end, instead of hither and thither.
func (im *importer) writeNumbers() error {
	slices.SortFunc(im.numbers, func(a, b newNumber) int { return cmp.Compare(a.Number, b.Number) })
	b := batch{tx: im.tx, columns: 5, into: `INSERT INTO lead_numbers (lead_id, position, number, kind, invalid) VALUES `, row: `(?, ?, ?, ?, ?)`}
	for _, n := range im.numbers {
		if err := b.add(int64(n.lead), n.position, int64(n.Number), n.Kind, n.Invalid); err != nil {
			return err
		}
	}
	im.numbers = im.numbers[:0]
	return b.flush()
}

// batch is rows to be inserted, batchRows in one statement.
type batch struct {
	tx        *sql.Tx
	into, row string
	columns   int
	many      *sql.Stmt
	args      []any
}

const batchRows = 64

func (b *batch) add(values ...any) (err error) {
	if b.args = append(b.args, values...); len(b.args) < batchRows*b.columns {
		return nil
	}
	if b.many == nil {
		if b.many, err = b.tx.Prepare(b.into + repeated(b.row, batchRows)); err != nil {
			return err
		}
	}
	_, err = b.many.Exec(b.args...)
	b.args = b.args[:0]
	return err
}

// flush inserts what is left over.
func (b *batch) flush() error {
	if len(b.args) == 0 {
		return nil
	}
	_, err := b.tx.Exec(b.into+repeated(b.row, len(b.args)/b.columns), b.args...)
	b.args = b.args[:0]
	return err
}

// inQuery runs a query with %s for places, inRows values in one statement, and hands over its rows.
func inQuery(tx *sql.Tx, query string, values []any, each func(*sql.Rows) error) error {
	for part := range slices.Chunk(values, inRows) {
		if err := inPart(tx, fmt.Sprintf(query, repeated(`?`, len(part))), part, each); err != nil {
			return err
		}
	}
	return nil
}

const inRows = 500

func inPart(tx *sql.Tx, query string, values []any, each func(*sql.Rows) error) error {
	rows, err := tx.Query(query, values...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
