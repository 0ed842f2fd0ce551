package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxRow bounds one row of a file, its quoted line breaks included: what an unclosed quote can
// swallow, and what is held in memory.
const maxRow = 64 << 10

var (
	errUnclosed = errors.New("a quote opens on this line and is not closed, or not before a separator")
	errBareText = errors.New("text follows a closing quote: a quote inside a quoted field has to be doubled")
	errTooLong  = fmt.Errorf("the line is longer than %d KiB", maxRow>>10)
)

// row is one record of a CSV file. One that cannot be read has err set, and its first line as it
// was, in fields when that can be.
type row struct {
	line   int // on which it begins, from 1
	fields []string
	err    error
}

// rowReader reads CSV as people's programs write it: comma, semicolon or tab, in UTF-8 or
// Windows-1251, quotes inside unquoted fields. Whatever is wrong costs the row it is in and no
// other. encoding/csv is not used because it reads on to the end of the file, in memory, after a
// quote that is never closed.
type rowReader struct {
	in      *bufio.Reader
	comma   byte
	charset charset
	marked  bool     // the file begins with a byte order mark
	lines   int      // read so far
	back    [][]byte // lines put back, next first
}

// newRowReader looks at the beginning of the file to find its charset and separator.
func newRowReader(in io.Reader) (*rowReader, error) {
	r := &rowReader{in: bufio.NewReaderSize(in, maxRow)}
	sample, err := r.in.Peek(maxRow)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if r.charset, err = detectCharset(sample); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(sample, bomUTF8) {
		if _, err := r.in.Discard(len(bomUTF8)); err != nil {
			return nil, err
		}
		sample, r.marked = sample[len(bomUTF8):], true
	}
	header, _, _ := bytes.Cut(bytes.TrimLeft(sample, "\r\n"), []byte("\n"))
	r.comma = detectComma(header)
	return r, nil
}

// detectComma takes the separator that the header has most of, outside quotes.
func detectComma(header []byte) byte {
	var counts [256]int
	quoted := false
	for _, c := range header {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted {
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte(";\t") {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

// next returns the next row that has anything in it; io.EOF after the last. Another error is one of
// reading the file and ends it.
func (r *rowReader) next() (row, error) {
	for {
		line, err := r.readLine()
		if err != nil && !errors.Is(err, errTooLong) {
			return row{}, err
		}
		at := r.lines
		if err != nil {
			return row{line: at, fields: []string{shown(line[:200]) + "…"}, err: err}, nil
		}
		found, err := r.record(line)
		if err == nil && found.err == nil && empty(found.fields) {
			continue
		}
		found.line = at
		return found, err
	}
}

// shown makes a line that could not be read fit for a file in UTF-8.
func shown(line []byte) string {
	return string(bytes.ToValidUTF8(bytes.TrimRight(line, "\r\n"), []byte("\uFFFD")))
}

func empty(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}

// record splits the row that begins with line and reads on while a quote is open. When the row
// comes to nothing, only its first line is lost: the others are put back.
func (r *rowReader) record(first []byte) (row, error) {
	s := splitter{comma: r.comma}
	if err := r.split(&s, first); err != nil {
		return r.refuse(first, nil, err), nil
	}
	var more [][]byte
	for size := len(first); s.quoted(); {
		text, err := r.readLine()
		if err != nil && !errors.Is(err, errTooLong) && !errors.Is(err, io.EOF) {
			return row{}, err
		}
		if !errors.Is(err, io.EOF) {
			more = append(more, text)
		}
		if size += len(text); err != nil || size > maxRow || r.split(&s, text) != nil {
			return r.refuse(first, more, errUnclosed), nil
		}
	}
	return row{fields: s.fields}, nil
}

func (r *rowReader) split(s *splitter, line []byte) error {
	text, err := r.charset.decode(line)
	if err != nil {
		return err
	}
	return s.line(text)
}

// refuse puts lines back and keeps the first as fields, if it can be divided into any, so that it is
// easily put right in the file of rejects.
func (r *rowReader) refuse(first []byte, more [][]byte, why error) row {
	r.back = append(more, r.back...)
	r.lines -= len(more)
	s := splitter{comma: r.comma}
	if err := s.line(shown(first)); err != nil || s.quoted() {
		return row{fields: []string{shown(first)}, err: why}
	}
	return row{fields: s.fields, err: why}
}

// readLine reads one line with its end. A line that is too long comes cut, with errTooLong.
func (r *rowReader) readLine() ([]byte, error) {
	if len(r.back) > 0 {
		line := r.back[0]
		r.back = r.back[1:]
		r.lines++
		return line, lengthError(line)
	}
	part, err := r.in.ReadSlice('\n')
	if len(part) == 0 && err != nil {
		return nil, err
	}
	line := bytes.Clone(part)
	r.lines++
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.in.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return line, lengthError(line)
}

// lengthError tells a line that filled the reader's whole buffer without an end.
func lengthError(line []byte) error {
	if len(line) >= maxRow && line[len(line)-1] != '\n' {
		return errTooLong
	}
	return nil
}

// splitter divides the lines of one row into fields.
type splitter struct {
	comma  byte
	fields []string
	open   *strings.Builder // a quoted field that goes on on the next line
}

func (s *splitter) quoted() bool { return s.open != nil }

// line takes one line with its end.
func (s *splitter) line(rest string) (err error) {
	for more := true; more && err == nil; {
		if start := strings.TrimLeft(rest, " "); s.open == nil && strings.HasPrefix(start, `"`) {
			s.open, rest = &strings.Builder{}, start[1:]
		}
		if s.open != nil {
			rest, more, err = s.quotedField(rest)
			continue
		}
		var field string
		field, rest, more = strings.Cut(rest, string(s.comma))
		s.fields = append(s.fields, strings.TrimRight(field, "\r\n"))
	}
	return err
}

// quotedField reads on in an open field. It returns what follows the field, and whether another
// field has to follow.
func (s *splitter) quotedField(rest string) (after string, more bool, err error) {
	for {
		text, tail, closed := strings.Cut(rest, `"`)
		s.open.WriteString(text)
		if !closed {
			return "", false, nil
		}
		if !strings.HasPrefix(tail, `"`) {
			rest = strings.TrimLeft(tail, " \r\n")
			break
		}
		s.open.WriteByte('"')
		rest = tail[1:]
	}
	s.fields, s.open = append(s.fields, s.open.String()), nil
	switch {
	case rest == "":
		return "", false, nil
	case rest[0] != s.comma:
		return "", false, errBareText
	}
	return rest[1:], true, nil
}
