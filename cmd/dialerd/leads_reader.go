package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"dialerd/dialer"
	"dialerd/store"
)

// The longest texts a lead may have, in bytes. They are far beyond what people write, and keep a
// wrong file from filling the database.
const (
	maxText      = 500  // of a name, an id, a kind
	maxAttribute = 4000 // of an attribute's value
)

// leadFile reads leads from a file of people's making.
type leadFile struct {
	rows    *rowReader
	numbers numberReader
	bucket  string // for a row that names none
	onlyNew bool   // leads that are known by their id stay as they are
	zones   map[string]*time.Location

	headers []string // as they stand in the file
	columns []column
	phones  []int // columns, in the order to be called
	shown   int   // how many columns there are before those of an earlier report
}

// newLeadFile reads the header.
func newLeadFile(in io.Reader, numbers numberReader, bucket string, maps []mapping) (*leadFile, error) {
	rows, err := newRowReader(in)
	if err != nil {
		return nil, err
	}
	first, err := rows.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errNoHeader
	case err != nil:
		return nil, err
	case first.err != nil:
		return nil, fmt.Errorf("line %d, which has to name the columns: %w", first.line, first.err)
	}
	f := &leadFile{rows: rows, numbers: numbers, bucket: bucket, zones: map[string]*time.Location{}, headers: first.fields}
	if f.columns, err = mapColumns(first.fields, maps); err != nil {
		return nil, err
	}
	f.phones, f.shown = phoneColumns(f.columns), len(f.columns)
	if isReport(f.columns) {
		f.shown -= 2
	}
	if bucket == "" && !f.has(fieldBucket) {
		return nil, usagef("which bucket are the leads for? Give --bucket NAME or --campaign NAME, or a column named bucket")
	}
	return f, nil
}

func (f *leadFile) has(wanted field) bool {
	for _, c := range f.columns {
		if c.field == wanted {
			return true
		}
	}
	return false
}

// own is f for another goroutine, which may read leads of rows at the same time.
func (f *leadFile) own() *leadFile {
	other := *f
	other.rows, other.zones, other.numbers = nil, map[string]*time.Location{}, f.numbers.own()
	return &other
}

// read is the lead in a row, or what is wrong with it.
func (f *leadFile) read(r row) (store.NewLead, error) {
	if len(r.fields) != len(f.columns) {
		return store.NewLead{}, fmt.Errorf("the row has %d fields and the header %d: a separator is missing, or one stands in a field without quotes", len(r.fields), len(f.columns))
	}
	lead, err := f.lead(r.fields)
	if lead.External == "" || f.onlyNew {
		lead.Merge = 0
	}
	return lead, err
}

// lead reads the fields. What the row gives is what a lead that is known is to take.
func (f *leadFile) lead(fields []string) (lead store.NewLead, err error) {
	lead.Bucket, lead.Merge = f.bucket, store.MergeNumbers
	var next string
	for i, c := range f.columns {
		text := strings.TrimSpace(fields[i])
		if c.skip || text == "" {
			continue
		}
		if err := checkText(c, text); err != nil {
			return lead, err
		}
		switch c.field {
		case fieldID:
			lead.External = text
		case fieldName:
			lead.Name = text
			lead.Merge |= store.MergeName
		case fieldZone:
			lead.Zone = text
			lead.Merge |= store.MergeZone
			_, err = f.zone(text)
		case fieldPriority:
			lead.Priority, err = parsePriority(text)
			lead.Merge |= store.MergePriority
		case fieldBucket:
			lead.Bucket, err = text, checkBucket(text)
			lead.Merge |= store.MergeBucket
		case fieldNext:
			next = text
		case "":
			if lead.Attributes == nil {
				lead.Attributes = make(map[string]string, len(f.columns))
			}
			lead.Merge |= store.MergeAttributes
			lead.Attributes[c.header] = text
		}
		if err != nil {
			return lead, err
		}
	}
	if lead.Bucket == "" {
		return lead, errors.New("the row names no bucket, and there is no --bucket for such rows")
	}
	if lead.Next, err = f.instant(next, lead.Zone); err != nil {
		return lead, err
	}
	lead.Numbers, err = f.leadNumbers(fields)
	return lead, err
}

// leadNumbers reads the phones in their order, each with its kind. A number that comes again is
// taken once.
func (f *leadFile) leadNumbers(fields []string) (numbers []dialer.LeadNumber, err error) {
	for _, i := range f.phones {
		found, err := f.numbers.cell(fields[i])
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			known := slices.ContainsFunc(numbers, func(l dialer.LeadNumber) bool { return l.Number == n })
			if !known {
				numbers = append(numbers, dialer.LeadNumber{Number: n, Kind: f.kind(f.columns[i].nth, fields)})
			}
		}
	}
	switch {
	case len(numbers) == 0:
		return nil, errors.New("there is no telephone number")
	case len(numbers) > dialer.MaxNumbers:
		return nil, fmt.Errorf("there are %d telephone numbers: a lead has up to %d", len(numbers), dialer.MaxNumbers)
	}
	return numbers, nil
}

func (f *leadFile) kind(nth int, fields []string) string {
	for i, c := range f.columns {
		if c.field == fieldKind && c.nth == nth {
			return strings.TrimSpace(fields[i])
		}
	}
	return ""
}

// checkText refuses what could be taken for something else further on: by a terminal, by a CRM, by
// the line protocols of Asterisk.
func checkText(c column, text string) error {
	most := maxText
	if c.field == "" {
		most = maxAttribute
	}
	if len(text) > most {
		return fmt.Errorf("%q is %d bytes long: at most %d", clip(c.header), len(text), most)
	}
	for _, r := range text {
		if unicode.IsControl(r) && c.field != fieldPhone || r == utf8.RuneError {
			return fmt.Errorf("%q has a %s in it: a lead's texts are single lines without control characters", clip(c.header), controlName(r))
		}
	}
	return nil
}

func controlName(r rune) string {
	switch r {
	case '\n', '\r':
		return "line break"
	case '\t':
		return "tab"
	case utf8.RuneError:
		return "replacement character, which stands for a letter that was lost,"
	}
	return fmt.Sprintf("control character (%U)", r)
}

func (f *leadFile) zone(name string) (*time.Location, error) {
	if z := f.zones[name]; z != nil {
		return z, nil
	}
	z, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("%q is no time zone of the tz database: write it as Europe/Moscow", clip(name))
	}
	f.zones[name] = z
	return z, nil
}

func parsePriority(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < -1000 || n > 1000 {
		return 0, fmt.Errorf("%q is no priority: a whole number from -1000 to 1000, higher is called first", clip(text))
	}
	return n, nil
}

// checkBucket wants what a campaign file could name. The operators' own buckets are not for lists.
func checkBucket(name string) error {
	plain := strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == ""
	if name == "" || len(name) > 64 || !plain {
		return fmt.Errorf("%q is no bucket: up to 64 ASCII letters (a-z, A-Z), digits, _ - and .", clip(name))
	}
	return nil
}

// instant reads a time as an export writes it, or wall-clock time in the lead's own zone.
func (f *leadFile) instant(text, zone string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	wrong := fmt.Errorf("%q is no time of a next call: write it as 2026-05-04T10:30:00+03:00, or as 2026-05-04 10:30 in a row that has a time zone", clip(text))
	if zone == "" {
		return time.Time{}, wrong
	}
	z, err := f.zone(zone)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", text, z)
	if err != nil {
		return time.Time{}, wrong
	}
	return t, nil
}
