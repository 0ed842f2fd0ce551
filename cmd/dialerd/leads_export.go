package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"dialerd/store"
)

func newLeadsExportCommand(o *options) *cobra.Command {
	var f filterFlags
	var path string
	command := &cobra.Command{
		Use:   "export",
		Short: "Export leads as CSV",
		Long: `Export leads as CSV in UTF-8, sorted by their number here.

The columns are those that an import knows by name, then those under "dialerd." which say how it stands
with the lead, then its attributes. An import of the file gives the same leads anew: it reads next_call,
but not what is under "dialerd.", so leads that were finished would be called again.

A file named with -o appears only when it is complete.`,
		Example: `  dialerd leads export -o all.csv
  dialerd leads export --bucket web --final exhausted`,
		Args: cobra.NoArgs,
	}
	f.add(command, o)
	command.Flags().StringVarP(&path, "output", "o", "", "file to write (default: standard output)")
	command.RunE = func(command *cobra.Command, _ []string) error {
		filter, err := f.filter(command)
		if err != nil {
			return err
		}
		s, err := newSpool()
		if err != nil {
			return err
		}
		defer s.remove()
		if err := eachLead(command.Context(), o, store.LeadFilter(filter), s.add); err != nil {
			return err
		}
		if path == "" {
			return s.writeCSV(command.OutOrStdout())
		}
		if err := writeWhole(path, s.writeCSV); err != nil {
			return err
		}
		fmt.Fprintf(command.ErrOrStderr(), "%d leads in %s\n", s.leads, path)
		return nil
	}
	return command
}

// writeWhole writes a file that appears under its name only when all of it is there.
func writeWhole(path string, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeDevice(path, write)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	err = errors.Join(write(file), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
	}
	return err
}

// writeDevice writes to what cannot be replaced by a file: /dev/stdout, a pipe.
func writeDevice(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

// spool keeps leads in a file until all are known: the header needs the attributes of every one,
// and there may be more than memory holds.
type spool struct {
	file *os.File
	out  *bufio.Writer
	json *json.Encoder

	leads      int
	numbers    int  // the most that one has
	kinds      bool // any number has one
	attributes map[string]bool
}

func newSpool() (*spool, error) {
	file, err := os.CreateTemp("", "dialerd-export-*")
	if err != nil {
		return nil, fmt.Errorf("an export needs room for a temporary file, set TMPDIR: %w", err)
	}
	s := &spool{file: file, out: bufio.NewWriterSize(file, 1<<20), numbers: 1, attributes: map[string]bool{}}
	s.json = json.NewEncoder(s.out)
	return s, nil
}

func (s *spool) remove() {
	s.file.Close()
	os.Remove(s.file.Name())
}

func (s *spool) add(l store.ExportedLead) error {
	s.leads++
	s.numbers = max(s.numbers, len(l.Numbers))
	for _, n := range l.Numbers {
		s.kinds = s.kinds || n.Kind != ""
	}
	for key := range l.Attributes {
		s.attributes[key] = true
	}
	if err := s.json.Encode(l); err != nil {
		return fmt.Errorf("the temporary file of the export cannot be written, set TMPDIR: %w", err)
	}
	return nil
}

func (s *spool) writeCSV(w io.Writer) error {
	if err := s.out.Flush(); err != nil {
		return fmt.Errorf("the temporary file of the export cannot be written, set TMPDIR: %w", err)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	columns := s.columns()
	out := csv.NewWriter(w)
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = c.header
	}
	if err := out.Write(record); err != nil {
		return err
	}
	in := json.NewDecoder(bufio.NewReaderSize(s.file, 1<<20))
	for range s.leads {
		var l store.ExportedLead
		if err := in.Decode(&l); err != nil {
			return fmt.Errorf("the temporary file of the export cannot be read: %w", err)
		}
		for i, c := range columns {
			record[i] = c.value(l)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// exportColumn is one column and how it is filled.
type exportColumn struct {
	header string
	value  func(store.ExportedLead) string
}

func (s *spool) columns() []exportColumn {
	columns := []exportColumn{{string(fieldID), func(l store.ExportedLead) string { return l.External }}}
	for i := range s.numbers {
		columns = append(columns, s.numberColumns(i)...)
	}
	columns = append(columns, []exportColumn{
		{string(fieldName), func(l store.ExportedLead) string { return l.Name }},
		{string(fieldZone), func(l store.ExportedLead) string { return l.Zone }},
		{string(fieldPriority), func(l store.ExportedLead) string { return strconv.Itoa(l.Priority) }},
		{string(fieldBucket), func(l store.ExportedLead) string { return l.Bucket }},
		{string(fieldNext), func(l store.ExportedLead) string { return exportTime(l.Next) }},
		{ownPrefix + "lead", func(l store.ExportedLead) string { return strconv.FormatInt(int64(l.ID), 10) }},
		{ownPrefix + "state", func(l store.ExportedLead) string { return l.State.String() }},
		{ownPrefix + "attempts", func(l store.ExportedLead) string { return strconv.Itoa(l.Attempts) }},
		{ownPrefix + "last_attempt", func(l store.ExportedLead) string { return exportTime(l.Last) }},
		{ownPrefix + "last_outcome", func(l store.ExportedLead) string { return l.Outcome.String() }},
		{ownPrefix + "rule", func(l store.ExportedLead) string { return l.Rule }},
		{ownPrefix + "final", func(l store.ExportedLead) string { return l.Final }},
	}...)
	for _, key := range slices.Sorted(maps.Keys(s.attributes)) {
		columns = append(columns, exportColumn{exportHeader(key), func(l store.ExportedLead) string { return l.Attributes[key] }})
	}
	return columns
}

// numberColumns are phone and phone_kind, phone2 and phone2_kind; kinds only when there are any.
func (s *spool) numberColumns(i int) []exportColumn {
	header := string(fieldPhone)
	if i > 0 {
		header += strconv.Itoa(i + 1)
	}
	columns := []exportColumn{{header, func(l store.ExportedLead) string {
		if i >= len(l.Numbers) {
			return ""
		}
		return l.Numbers[i].Number.String()
	}}}
	if !s.kinds {
		return columns
	}
	return append(columns, exportColumn{header + "_kind", func(l store.ExportedLead) string {
		if i >= len(l.Numbers) {
			return ""
		}
		return l.Numbers[i].Kind
	}})
}

// exportHeader names an attribute so that an import takes it for an attribute again.
func exportHeader(key string) string {
	c := column{header: key}
	recognizeColumn(&c, 0, nil)
	if c.field != "" || c.skip || c.header != key || key == "line" || key == "error" {
		return attributePrefix + key
	}
	return key
}

func exportTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
