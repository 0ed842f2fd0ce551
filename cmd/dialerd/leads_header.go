package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"dialerd/dialer"
)

// field is what a column of a file is to a lead.
type field string

// The fields. fieldPhone and fieldKind may be there several times; whatever is none of these is an
// attribute under the column's own name.
const (
	fieldPhone    field = "phone"
	fieldKind     field = "kind" // of the phone with the same number: mobile, home
	fieldID       field = "id"   // the id the lead has elsewhere
	fieldName     field = "name"
	fieldZone     field = "timezone"
	fieldPriority field = "priority"
	fieldBucket   field = "bucket"
	fieldNext     field = "next_call"
)

// Prefixes of columns. An export writes what only this program knows under ownPrefix, and an
// attribute whose name would be taken for a field under attributePrefix.
const (
	ownPrefix       = "dialerd."
	attributePrefix = "attribute."
)

// usualNames are the headers that are understood without --map, as plainHeader makes them.
var usualNames = map[string]field{
	"phone": fieldPhone, "phonenumber": fieldPhone, "tel": fieldPhone, "telephone": fieldPhone, "mobile": fieldPhone,
	"mobilephone": fieldPhone, "cell": fieldPhone, "cellphone": fieldPhone, "msisdn": fieldPhone,
	"телефон": fieldPhone, "тел": fieldPhone, "номертелефона": fieldPhone, "мобильный": fieldPhone, "мобильныйтелефон": fieldPhone,
	"сотовый": fieldPhone, "сотовыйтелефон": fieldPhone, "контактныйтелефон": fieldPhone, "домашнийтелефон": fieldPhone,
	"рабочийтелефон": fieldPhone,
	"phonekind":      fieldKind,
	"id":             fieldID, "externalid": fieldID, "extid": fieldID, "идентификатор": fieldID, "внешнийid": fieldID,
	"name": fieldName, "fullname": fieldName, "имя": fieldName, "фио": fieldName, "полноеимя": fieldName,
	"timezone": fieldZone, "tz": fieldZone, "часовойпояс": fieldZone,
	"priority": fieldPriority, "приоритет": fieldPriority,
	"bucket": fieldBucket, "корзина": fieldBucket,
	"nextcall": fieldNext, "следующийзвонок": fieldNext,
}

// numbered is a plain header with its number taken off: phone2 or phone2kind.
var numbered = regexp.MustCompile(`^(.*?\pL)(\d{1,2})(kind)?$`)

// recognize tells which field a header stands for by its usual names, and which of several: phone2
// is the second.
func recognize(header string) (f field, nth int) {
	plain, nth := plainHeader(header), 1
	if m := numbered.FindStringSubmatch(plain); m != nil {
		plain = m[1] + m[3]
		nth, _ = strconv.Atoi(m[2])
		if f := usualNames[plain]; f != fieldPhone && f != fieldKind {
			return "", 0
		}
	}
	return usualNames[plain], nth
}

// plainHeader is a header without what people write in different ways.
func plainHeader(header string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'ё' || r == 'Ё':
			return 'е'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, header)
}

// column is one column of a file.
type column struct {
	header string
	field  field // empty: an attribute
	nth    int   // of several phones
	skip   bool  // not for the lead
}

// mapping is what --map says: the header for a field.
type mapping struct {
	field  field
	nth    int
	header string
}

// parseMap reads the values of --map, as phone2=Second number.
func parseMap(pairs []string) (maps []mapping, err error) {
	for _, pair := range pairs {
		key, header, ok := strings.Cut(pair, "=")
		f, nth := recognize(key)
		if !ok || strings.TrimSpace(header) == "" || f == "" {
			return nil, usagef("--map %q: write field=column, with a field of id, phone, phone2 to phone%d, name, timezone, priority, bucket and next_call", pair, dialer.MaxNumbers)
		}
		maps = append(maps, mapping{field: f, nth: nth, header: strings.TrimSpace(header)})
	}
	return maps, nil
}

// mapColumns tells what each column is. A field that --map names is looked for nowhere else.
func mapColumns(headers []string, maps []mapping) ([]column, error) {
	columns := make([]column, len(headers))
	for i, h := range headers {
		h = strings.TrimSpace(h)
		if strings.IndexFunc(h, unicode.IsControl) >= 0 {
			return nil, fmt.Errorf("the header %q has control characters in it: the first line has to name the columns", clip(h))
		}
		columns[i] = column{header: h}
	}
	named := map[field]bool{}
	for _, m := range maps {
		i := findColumn(columns, m.header)
		if i < 0 {
			return nil, fmt.Errorf("--map names the column %q, which is not there: %s", m.header, listColumns(columns))
		}
		columns[i].field, columns[i].nth, named[m.field] = m.field, m.nth, true
	}
	for i := range columns {
		recognizeColumn(&columns[i], i, named)
	}
	if n := len(columns); isReport(columns) {
		columns[n-2].skip, columns[n-1].skip = true, true
	}
	return columns, checkColumns(columns)
}

func findColumn(columns []column, header string) int {
	exact := slices.IndexFunc(columns, func(c column) bool { return c.header == header })
	if exact >= 0 {
		return exact
	}
	return slices.IndexFunc(columns, func(c column) bool { return plainHeader(c.header) == plainHeader(header) })
}

func recognizeColumn(c *column, i int, named map[field]bool) {
	attribute, isAttribute := strings.CutPrefix(c.header, attributePrefix)
	switch {
	case c.field != "":
	case strings.HasPrefix(c.header, ownPrefix):
		c.skip = true
	case isAttribute:
		c.header = attribute
	case c.header == "":
		c.header = fmt.Sprintf("column%d", i+1)
	default:
		if f, nth := recognize(c.header); !named[f] {
			c.field, c.nth = f, nth
		}
	}
}

// isReport tells a file of rejects by its last two columns. They are left out, so that it can be
// imported again when it has been put right.
func isReport(columns []column) bool {
	n := len(columns)
	return n > 2 && columns[n-2].header == "line" && columns[n-1].header == "error"
}

// checkColumns wants a phone, and every name once.
func checkColumns(columns []column) error {
	if len(phoneColumns(columns)) == 0 {
		return fmt.Errorf("no column has a name that telephone numbers usually have: name it with --map \"phone=COLUMN\"; the first line has to name the columns, and %s", listColumns(columns))
	}
	seen := map[string]string{}
	for _, c := range columns {
		key := string(c.field)
		switch {
		case c.skip || c.field == fieldPhone:
			continue
		case c.field == "":
			key = attributePrefix + c.header
		case c.field == fieldKind:
			key = fmt.Sprint(key, c.nth)
		}
		if other, twice := seen[key]; twice && c.field == "" {
			return fmt.Errorf("two columns have the name %q: rename one", c.header)
		} else if twice {
			return fmt.Errorf("the columns %q and %q both look like the %s: say which is it with --map \"%s=COLUMN\"", other, c.header, c.field, c.field)
		}
		seen[key] = c.header
	}
	return nil
}

// phoneColumns are the indexes of the columns with numbers, in the order they are to be called.
func phoneColumns(columns []column) (phones []int) {
	for i, c := range columns {
		if c.field == fieldPhone {
			phones = append(phones, i)
		}
	}
	slices.SortStableFunc(phones, func(a, b int) int { return columns[a].nth - columns[b].nth })
	return phones
}

func listColumns(columns []column) string {
	var names []string
	for _, c := range columns {
		names = append(names, fmt.Sprintf("%q", clip(c.header)))
	}
	return "there are " + strings.Join(names, ", ")
}

var errNoHeader = errors.New("the file is empty: its first line has to name the columns")
