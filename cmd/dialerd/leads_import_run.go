package main

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"sort"

	"dialerd/dialer"
	"dialerd/store"
)

// importChunk is how many rows are read at least before the leads in them are handed over.
const importChunk = aheadRows

// importRun takes one file through to its end.
type importRun struct {
	file    *leadFile
	add     func(context.Context, []store.NewLead) ([]store.ImportResult, error)
	most    int // leads handed over at once; 0: importChunk
	rejects rejectsFile
	report  importReport

	rows  []row
	leads []store.NewLead // of those rows that have no err
	lines importedLines
	ids   seenIDs
}

// all returns an error when the file could not be gone through; the report is then of the rows
// before.
func (im *importRun) all(ctx context.Context) error {
	reading, stop := context.WithCancel(ctx)
	blocks, over := im.file.ahead(reading)
	defer over()
	defer stop()
	for b := range blocks {
		<-b.read
		im.take(b)
		if b.end != nil || len(im.rows)+aheadRows > max(im.most, importChunk) {
			if err := im.flush(ctx); err != nil {
				return err
			}
		}
		if b.end != nil && !b.ended() {
			return fmt.Errorf("%s cannot be read on after line %d: %w", im.report.File, b.line, b.end)
		}
	}
	return brokeOff(ctx.Err())
}

// take takes a block in. An id that comes again in one file is a duplicate: which of the two is right is for
// a person to say.
func (im *importRun) take(b *leadBlock) {
	for i := range b.leads {
		if l := &b.leads[i]; l.External != "" && im.ids.again(l.External) {
			l.Merge = 0
		}
	}
	im.rows, im.leads = append(im.rows, b.rows...), append(im.leads, b.leads...)
	im.rejects.charset = b.charset
}

// seenIDs is the ids of a file so far, by a hash of them.
type seenIDs struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
}

// again tells whether an id was there before.
func (s *seenIDs) again(id string) bool {
	if s.hashes == nil {
		s.seed, s.hashes = maphash.MakeSeed(), map[uint64]struct{}{}
	}
	n := len(s.hashes)
	s.hashes[maphash.String(s.seed, id)] = struct{}{}
	return len(s.hashes) == n
}

// flush hands over the leads, and accounts for every row in the order of the file.
func (im *importRun) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return brokeOff(err)
	}
	var results []store.ImportResult
	var failed error
	if len(im.leads) > 0 {
		results, failed = im.add(ctx, im.leads)
	}
	lead := 0
	for _, r := range im.rows {
		why, duplicate, status := "", false, store.Refused
		switch {
		case r.err != nil:
			why = r.err.Error()
		case lead == len(results):
			return brokeOff(failed) // nothing is known of this row and those after it
		default:
			why, duplicate = im.judge(r, im.leads[lead], results[lead])
			status = results[lead].Status
			lead++
		}
		if err := im.count(r, status, why, duplicate); err != nil {
			return err
		}
	}
	im.rows, im.leads = im.rows[:0], im.leads[:0]
	return brokeOff(failed)
}

func brokeOff(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the import broke off: run it again, what is in already is then unchanged or a duplicate: %w", err)
}

// judge says why a lead was not taken; empty when it was.
func (im *importRun) judge(r row, lead store.NewLead, result store.ImportResult) (why string, duplicate bool) {
	switch result.Status {
	case store.Inserted:
		if result.Lead != 0 { // a dry run gives no ids
			im.lines.add(result.Lead, r.line)
		}
		return "", false
	case store.Merged, store.Unchanged:
		return "", false
	case store.DuplicateExternal:
		return fmt.Sprintf("duplicate: %s has the id %q", im.who(result.Lead), clip(lead.External)), true
	case store.DuplicateNumber:
		return fmt.Sprintf("duplicate: %s has the number %s in bucket %q", im.who(result.Lead), result.Number, lead.Bucket), true
	}
	return result.Why, false
}

// who names the lead that was there before.
func (im *importRun) who(id dialer.LeadID) string {
	if line := im.lines.of(id); line > 0 {
		return fmt.Sprintf("line %d of this file", line)
	}
	return fmt.Sprintf("lead %d", id)
}

func (im *importRun) count(r row, status store.ImportStatus, why string, duplicate bool) error {
	im.report.Read++
	switch {
	case why == "" && status == store.Merged:
		im.report.Merged++
		return nil
	case why == "" && status == store.Unchanged:
		im.report.Unchanged++
		return nil
	case why == "":
		im.report.Imported++
		return nil
	case duplicate:
		im.report.Duplicates++
	default:
		im.report.Rejected++
	}
	if len(im.report.Problems) < problemsShown {
		im.report.Problems = append(im.report.Problems, importProblem{Line: r.line, Error: why})
	}
	return im.rejects.add(r, why)
}

// importedLines remembers which line became which lead. Leads of one import get ids one after
// another, so a run of good lines takes no more room than a single one.
type importedLines struct{ runs []lineRun }

type lineRun struct {
	first dialer.LeadID
	line  int
	n     int
}

func (l *importedLines) add(id dialer.LeadID, line int) {
	if k := len(l.runs); k > 0 {
		last := &l.runs[k-1]
		if id == last.first+dialer.LeadID(last.n) && line == last.line+last.n {
			last.n++
			return
		}
	}
	l.runs = append(l.runs, lineRun{first: id, line: line, n: 1})
}

// of is the line that became the lead; 0 when it came from elsewhere.
func (l *importedLines) of(id dialer.LeadID) int {
	i := sort.Search(len(l.runs), func(i int) bool { return l.runs[i].first > id }) - 1
	if i < 0 || id >= l.runs[i].first+dialer.LeadID(l.runs[i].n) {
		return 0
	}
	return l.runs[i].line + int(id-l.runs[i].first)
}

// problemsShown is how many rows left out are told of at once: the file of rejects has them all.
const problemsShown = 10

// importReport is what became of a file. Read is the sum of the five below it.
type importReport struct {
	File       string          `json:"file"`
	DryRun     bool            `json:"dry_run"`
	Read       int             `json:"read"` // rows with anything in them, the header not counted
	Imported   int             `json:"imported"`
	Merged     int             `json:"merged"`    // known by their id, and have taken what is new
	Unchanged  int             `json:"unchanged"` // known by their id, and had all of it
	Duplicates int             `json:"duplicates"`
	Rejected   int             `json:"rejected"`
	Rejects    string          `json:"rejects_file,omitempty"`
	Problems   []importProblem `json:"problems"` // the first few
	Error      string          `json:"error,omitempty"`
}

type importProblem struct {
	Line  int    `json:"line"`
	Error string `json:"error"`
}

// finish prints the report and decides how the command ends; err is what broke the import off.
func (r importReport) finish(stdout, stderr io.Writer, asJSON bool, err error) error {
	if err == nil && r.Read > 0 && r.Rejected == r.Read {
		err = fmt.Errorf("%s: nothing could be imported: every row was rejected, see %s", r.File, r.Rejects)
	}
	if asJSON {
		if err != nil {
			r.Error = err.Error()
		}
		if printed := printJSON(stdout, r); printed != nil {
			return printed
		}
		return err
	}
	for _, p := range r.Problems {
		fmt.Fprintf(stderr, "line %d: %s\n", p.Line, printable(p.Error))
	}
	if left := r.Duplicates + r.Rejected; left > 0 && r.Rejects != "" {
		fmt.Fprintf(stderr, "rows left out: %d, all of them with the reasons in %s\n", left, r.Rejects)
	}
	if r.DryRun {
		fmt.Fprintf(stdout, "dry run, nothing is imported and duplicates are not looked for: read=%d importable=%d rejected=%d\n", r.Read, r.Imported, r.Rejected)
		return err
	}
	fmt.Fprintf(stdout, "read=%d imported=%d merged=%d unchanged=%d duplicates=%d rejected=%d\n", r.Read, r.Imported, r.Merged, r.Unchanged, r.Duplicates, r.Rejected)
	return err
}
