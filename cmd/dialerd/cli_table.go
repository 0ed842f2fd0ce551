package main

import (
	"encoding/json"
	"io"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"dialerd/dialer"
)

// table is text in aligned columns. Columns that hold nothing but figures stand to the right.
type table struct {
	header []string
	rows   [][]string
}

func newTable(header ...string) *table { return &table{header: header} }

// add takes one row. What comes from outside may hold anything: a MemberName with an escape
// sequence must not reach the terminal.
func (t *table) add(cells ...string) {
	for i, c := range cells {
		cells[i] = printable(c)
	}
	t.rows = append(t.rows, cells)
}

// print writes the table, unless it has no rows, with colors when asked.
func (t *table) print(w io.Writer, colors bool) error {
	if len(t.rows) == 0 {
		return nil
	}
	var b strings.Builder
	widths, figures := t.layout()
	for i, row := range append([][]string{t.header}, t.rows...) {
		var line strings.Builder
		for column, cell := range row {
			pad := strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell)+2)
			if colors && i > 0 {
				cell = paint(cell)
			}
			if figures[column] {
				line.WriteString(pad[2:] + cell + "  ")
			} else {
				line.WriteString(cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// layout measures the columns and finds those of figures.
func (t *table) layout() (widths []int, figures []bool) {
	widths, figures = make([]int, len(t.header)), make([]bool, len(t.header))
	for i, h := range t.header {
		widths[i], figures[i] = utf8.RuneCountInString(h), true
	}
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			figures[i] = figures[i] && strings.Trim(cell, "0123456789.,%/-") == ""
		}
	}
	return widths, figures
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return '\uFFFD'
		}
		return r
	}, s)
}

var paints = map[string]string{
	"running": "32", "up": "32", "ready": "32",
	"stopped": "31", "down": "31", "offline": "31",
	"paused": "33", "department stopped": "33",
}

func paint(word string) string {
	if color := paints[word]; color != "" {
		return "\x1b[" + color + "m" + word + "\x1b[0m"
	}
	return word
}

// isTerminal tells whether a person is looking at w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// wantsColors follows https://no-color.org.
func wantsColors(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// age is how long ago something was, with the two largest units: 3h12m.
func age(now, then time.Time) string {
	if then.IsZero() {
		return "-"
	}
	d := max(now.Sub(then), 0)
	switch {
	case d >= 24*time.Hour:
		d = d.Truncate(time.Hour)
	case d >= time.Hour:
		d = d.Truncate(time.Minute)
	default:
		d = d.Truncate(time.Second)
	}
	return dialer.Duration(d).String()
}
