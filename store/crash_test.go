package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dialerd/dialer"
)

// crashVariable names the file that a child of TestKilledInTheMiddle works on.
const crashVariable = "DIALERD_STORE_CRASH"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashVariable); path != "" {
		fmt.Println("error", workUntilKilled(path))
		os.Exit(1)
	}
	if path := os.Getenv(stepVariable); path != "" {
		fmt.Println("error", stepUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// crashLeads are the leads whose changes the child writes; those it imports come after them.
const crashLeads = 20

// stage tells what record seq of the child does: attempt id is planned, ended, and its lead changed,
// in three records.
func stage(seq int64) dialer.Row {
	id := (seq + 2) / 3
	a, l := full(id), numbered(1).Lead(crashLead(id), noon)
	a.Lead, l.Attempts = l.ID, int(id)
	switch seq % 3 {
	case 1:
		a = planned(id)
		a.Lead = l.ID
		return dialer.AttemptPlanned{Attempt: a}
	case 2:
		return dialer.AttemptEnded{Attempt: a}
	}
	return dialer.LeadChanged{Lead: l}
}

func crashLead(call int64) dialer.LeadID { return dialer.LeadID(call%crashLeads + 1) }

// workUntilKilled writes records and imports leads, and prints what is acknowledged.
func workUntilKilled(path string) error {
	s, err := Open(path)
	if err != nil {
		return err
	}
	ctx := context.Background()
	seq, err := s.Seq(ctx)
	if err != nil {
		return err
	}
	committed := make(chan int64, 1)
	w := NewWriter(s, Report{
		Failed: func(err error) { fmt.Println("error", err) },
		Committed: func(seq int64) {
			fmt.Println("seq", seq)
			committed <- seq
		},
	})
	go w.Run(ctx)
	go importUntilKilled(ctx, w)
	for {
		seq++
		w.Put([]dialer.Record{{Seq: seq, Row: stage(seq)}})
		for last := int64(0); w.Waiting() > 50 && last < seq-50; {
			last = <-committed
		}
		select {
		case <-committed:
		default:
		}
	}
}

func importUntilKilled(ctx context.Context, w *Writer) {
	for i := 1; ; i++ {
		lead := numbered(0)
		lead.External, lead.Bucket = "", fmt.Sprint("import ", os.Getpid(), " ", i)
		results, err := w.ImportLeads(ctx, []NewLead{lead})
		if err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println("lead", results[0].Lead)
	}
}

// What was acknowledged is there after SIGKILL, and what is there is whole. A kill does not try the
// fsync; it tries that nothing is acknowledged before its commit, and that the file recovers.
func TestKilledInTheMiddle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	s := openAt(t, path)
	addLeads(t, s, crashLeads)
	mustDo(t, s.Close())
	rounds := 8
	if testing.Short() {
		rounds = 2
	}
	before := int64(0)
	for round := range rounds {
		seq, lead := runAndKill(t, path, 10+40*round)
		s := openAt(t, path)
		reached, err := s.Seq(t.Context())
		mustDo(t, err)
		if reached < seq || seq <= before {
			t.Fatalf("round %d: record %d was acknowledged, %d is in the file, it began after %d", round, seq, reached, before)
		}
		checkStages(t, s, reached)
		if got := int64(len(loaded(t, &s.Reader, LeadFilter{}, 1000))); got < lead {
			t.Errorf("round %d: lead %d was acknowledged, the file has %d", round, lead, got)
		}
		var verdict string
		mustDo(t, s.read.QueryRow(`PRAGMA integrity_check`).Scan(&verdict))
		same(t, "integrity check", verdict, "ok")
		mustDo(t, s.Close())
		before = reached
	}
}

// runAndKill lets a child work until it has acknowledged something so many times, kills it, and
// returns the last record and the last lead that it acknowledged.
func runAndKill(t *testing.T, path string, times int) (seq, lead int64) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashVariable+"="+path)
	out, err := child.StdoutPipe()
	mustDo(t, err)
	mustDo(t, child.Start())
	in := bufio.NewReader(out)
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			break
		}
		mustDo(t, err)
		var value int64
		switch word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); word {
		case "seq":
			_, err = fmt.Sscan(rest, &value)
			seq = max(seq, value)
		case "lead":
			_, err = fmt.Sscan(rest, &value)
			lead = max(lead, value)
		default:
			t.Fatalf("the child says %q", line)
		}
		mustDo(t, err)
		if n == times {
			mustDo(t, child.Process.Kill()) // SIGKILL; what is in the pipe was acknowledged before
		}
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return seq, lead
}

// checkStages compares the file with what the records up to seq say.
func checkStages(t *testing.T, s *Store, seq int64) {
	t.Helper()
	var want []dialer.Attempt
	tries := map[dialer.LeadID]int{}
	for n := int64(1); n <= seq; n++ {
		switch row := stage(n).(type) {
		case dialer.AttemptPlanned:
			want = append(want, row.Attempt)
		case dialer.AttemptEnded:
			want[len(want)-1] = row.Attempt
		case dialer.LeadChanged:
			tries[row.Lead.ID] = row.Lead.Attempts
		}
	}
	same(t, "attempts", attempts(t, &s.Reader, AttemptFilter{}), want)
	for _, lead := range loaded(t, &s.Reader, LeadFilter{Bucket: "b"}, 100) {
		same(t, fmt.Sprint("attempts of lead ", lead.ID), lead.Attempts, tries[lead.ID])
	}
}
