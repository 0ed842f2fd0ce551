package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"
)

// judged is one line of what the far ends wrote down, out of the daemon's sight.
type judged struct {
	at       float64 // seconds since 1970
	number   string  // dialed: digits of a customer, or an operator's extension
	callerID string
	id       string // the daemon's channel id, where it was inherited
	what     string // rung, answered, ended
	detail   string
}

// judge reads one of the far ends' files.
func (l *lab) judge(key string) (lines []judged) {
	l.t.Helper()
	for _, f := range l.csv(key) {
		if len(f) < 6 {
			l.t.Fatalf("%s: short line %q", key, f)
		}
		at, err := strconv.ParseFloat(f[0], 64)
		if err != nil {
			l.t.Fatal(err)
		}
		lines = append(lines, judged{at, f[1], f[2], f[3], f[4], f[5]})
	}
	return lines
}

func (l *lab) csv(key string) [][]string {
	l.t.Helper()
	if l.env[key] == "" {
		l.t.Fatalf("no %s in the instance's environment", key)
	}
	file, err := os.Open(l.env[key])
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it is made with the first line
	}
	if err != nil {
		l.t.Fatal(err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	records, err := r.ReadAll()
	if err != nil {
		l.t.Fatal(err)
	}
	return records
}

// cdr is Asterisk's own record of the channels, by channel id: whether each was answered. The
// disposition does not tell: it is NO ANSWER for a customer who answered and left before an operator
// did.
func (l *lab) cdr() map[string]bool {
	l.t.Helper()
	const answer, uniqueid = 10, 16
	answered := map[string]bool{}
	for _, f := range l.csv("CDR_CSV") {
		if len(f) <= uniqueid {
			l.t.Fatalf("short CDR %q", f)
		}
		answered[f[uniqueid]] = answered[f[uniqueid]] || f[answer] != ""
	}
	return answered
}

// rung waits until the telephones of so many customers have rung: the daemon's own word is that it has told
// Asterisk so, and one that is killed in the same moment may not have been heard.
func (l *lab) rung(count int) {
	l.t.Helper()
	rung := func() int { return countJudged(l, "7900", "rung") }
	waitFor(l.t, time.Minute, fmt.Sprintf("%d telephones have rung", count), func() bool { return rung() >= count }, func() string { return fmt.Sprint(rung(), " have") })
}
