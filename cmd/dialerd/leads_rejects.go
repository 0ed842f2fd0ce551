package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
)

// rejectsFile gets every row that was not imported, as it was, with its line and the reason. It is
// made with the first such row.
type rejectsFile struct {
	path    string
	from    *leadFile
	charset charset // of the file, as far as it was read
	file    *os.File
	out     *bufio.Writer
	csv     *csv.Writer
}

// add writes one row.
func (f *rejectsFile) add(r row, why string) error {
	if f.file == nil {
		if err := f.create(); err != nil {
			return err
		}
	}
	shown := f.from.shown
	record := make([]string, shown, shown+2)
	copy(record, r.fields)
	record = append(record, strconv.Itoa(r.line), why)
	if len(r.fields) > len(f.from.columns) {
		record = append(record, r.fields[shown:]...) // more fields than the header has: nothing gets lost
	}
	return f.csv.Write(record)
}

// create makes the file for its owner alone: people's names and numbers are in it.
func (f *rejectsFile) create() (err error) {
	f.file, err = os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("the rows that were not imported cannot be written, give another place with --rejects: %w", err)
	}
	f.out = bufio.NewWriter(f.file)
	if f.from.rows.marked || f.charset == charsetCP1251 {
		// Where the file comes from, Windows is used: without the mark its programs would take
		// UTF-8 for Windows-1251.
		if _, err := f.out.Write(bomUTF8); err != nil {
			return err
		}
	}
	f.csv = csv.NewWriter(f.out)
	f.csv.Comma = rune(f.from.rows.comma)
	header := append([]string{}, f.from.headers[:f.from.shown]...)
	return f.csv.Write(append(header, "line", "error"))
}

// close brings all rows to the file.
func (f *rejectsFile) close() error {
	if f.file == nil {
		return nil
	}
	f.csv.Flush()
	if err := errors.Join(f.csv.Error(), f.out.Flush(), f.file.Close()); err != nil {
		return fmt.Errorf("the rows that were not imported could not be written: %w", err)
	}
	return nil
}
