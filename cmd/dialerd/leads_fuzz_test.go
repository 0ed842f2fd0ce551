package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dialerd/dialer"
	"dialerd/store"
)

// memory is a database as far as duplicates go, without a disk.
type memory struct {
	leads []store.NewLead
	known map[string]dialer.LeadID
}

func (m *memory) add(_ context.Context, leads []store.NewLead) (results []store.ImportResult, err error) {
	for _, l := range leads {
		results = append(results, m.one(l))
	}
	return results, nil
}

func (m *memory) one(l store.NewLead) store.ImportResult {
	if id := m.known["id "+l.External]; l.External != "" && id != 0 {
		return store.ImportResult{Status: store.DuplicateExternal, Lead: id}
	}
	for _, n := range l.Numbers {
		if id := m.known[l.Bucket+" "+n.Number.String()]; id != 0 {
			return store.ImportResult{Status: store.DuplicateNumber, Lead: id, Number: n.Number}
		}
	}
	m.leads = append(m.leads, l)
	id := dialer.LeadID(len(m.leads))
	m.known["id "+l.External] = id
	for _, n := range l.Numbers {
		m.known[l.Bucket+" "+n.Number.String()] = id
	}
	return store.ImportResult{Status: store.Inserted, Lead: id}
}

// FuzzImportCSV holds an import to its accounts: whatever the file, every row is imported, a
// duplicate or rejected, in the order of the file; every line is read; what is imported is fit to be
// a lead; and what is left out can be read again from the rejects.
func FuzzImportCSV(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "leads", "*.csv"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no corpus: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text[:min(len(text), 2000)])
	}
	f.Add([]byte("phone;a\n\";\n\";\"\n+79161234501;\"x\"\r"))
	f.Add([]byte("\xef\xbb\xbfphone,line,error\r\n\"\"\"\",,\n+79161234501,5,x"))
	f.Add([]byte("phone\t\xc0\n" + strings.Repeat("\"\n", 50)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := accountFor(text, filepath.Join(t.TempDir(), "rejects.csv")); err != nil {
			t.Error(err)
		}
	})
}

func accountFor(text []byte, rejects string) error {
	file, err := newLeadFile(bytes.NewReader(text), numberReader{region: "RU"}, "b", nil)
	if err != nil {
		return nil // it is no list at all
	}
	m := &memory{known: map[string]dialer.LeadID{}}
	run := &importRun{file: file, add: m.add, rejects: rejectsFile{path: rejects, from: file}}
	if err := run.all(context.Background()); err != nil {
		return err
	}
	if err := run.rejects.close(); err != nil {
		return err
	}
	r := run.report
	if r.Read != r.Imported+r.Duplicates+r.Rejected || r.Imported != len(m.leads) {
		return fmt.Errorf("the accounts do not balance: %+v, %d leads", r, len(m.leads))
	}
	body := bytes.TrimPrefix(text, bomUTF8)
	if lines := bytes.Count(body, []byte("\n")) + 1; file.rows.lines != lines && file.rows.lines != lines-1 {
		return fmt.Errorf("%d lines were read of %d", file.rows.lines, lines)
	}
	for i, p := range r.Problems {
		if i > 0 && p.Line <= r.Problems[i-1].Line {
			return fmt.Errorf("line %d is told of after line %d", p.Line, r.Problems[i-1].Line)
		}
	}
	for _, l := range m.leads {
		if len(l.Numbers) == 0 || len(l.Numbers) > dialer.MaxNumbers || strings.ContainsAny(l.Name+l.External, "\r\n\x00") {
			return fmt.Errorf("%+v was imported", l)
		}
	}
	return rejectsAreThere(rejects, r.Duplicates+r.Rejected)
}

func rejectsAreThere(path string, want int) error {
	in, err := os.Open(path)
	if os.IsNotExist(err) && want == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	rows, err := newRowReader(in)
	if err != nil {
		return err
	}
	for got := -1; ; got++ { // the header is one more
		r, err := rows.next()
		if err != nil && got == want {
			return nil
		}
		if err != nil || r.err != nil {
			return fmt.Errorf("the rejects cannot be read after %d of %d rows: %w", got, want, errors.Join(err, r.err))
		}
	}
}
