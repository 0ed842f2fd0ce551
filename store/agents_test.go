package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"dialerd/dialer"
)

func pauses(tb testing.TB, r *Reader, f PauseFilter) (list []dialer.PauseEnded) {
	tb.Helper()
	if err := r.Pauses(tb.Context(), f, func(p dialer.PauseEnded) error { list = append(list, p); return nil }); err != nil {
		tb.Fatal(err)
	}
	return list
}

// A pause belongs to a time when any of it lies there.
func TestPausesOfATime(t *testing.T) {
	s := openTemp(t)
	mustAppend(t, s, records(1, dialer.PauseKept{Pause: paused("boris", 40)}, dialer.PauseKept{Pause: paused("anna", 10)}, dialer.PauseKept{Pause: paused("anna", 30)}))
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	for _, c := range []struct {
		what string
		f    PauseFilter
		want []int // minutes after noon at which they ended
	}{
		{"all, in the order in which they ended", PauseFilter{}, []int{10, 30, 40}},
		{"of one operator", PauseFilter{Agent: "anna"}, []int{10, 30}},
		{"of nobody", PauseFilter{Agent: "ann"}, nil},
		{"since the end of one", PauseFilter{Since: at(10)}, []int{30, 40}},
		{"since the middle of one", PauseFilter{Since: at(25)}, []int{30, 40}},
		{"until the beginning of one", PauseFilter{Until: at(20)}, []int{10}},
		{"until the middle of one", PauseFilter{Until: at(21)}, []int{10, 30}},
		{"within one", PauseFilter{Since: at(22), Until: at(23)}, []int{30}},
		{"all of it", PauseFilter{Agent: "boris", Since: at(35), Until: at(36)}, []int{40}},
	} {
		var want []dialer.PauseEnded
		for _, ended := range c.want {
			agent := "anna"
			if ended == 40 {
				agent = "boris"
			}
			want = append(want, paused(agent, ended))
		}
		same(t, c.what, pauses(t, &s.Reader, c.f), want)
	}
}

// More than a page of them, many of which ended at once, come all, once and in their order.
func TestManyPauses(t *testing.T) {
	s := openTemp(t)
	var rows []dialer.Row
	for i := range 4500 {
		p := paused(fmt.Sprint(i), i/3000)
		rows = append(rows, dialer.PauseKept{Pause: p})
	}
	mustAppend(t, s, records(1, rows...))
	got := pauses(t, &s.Reader, PauseFilter{})
	same(t, "pauses", len(got), len(rows))
	for i, p := range got {
		if p.Agent != fmt.Sprint(i) {
			t.Fatalf("in place %d is the pause of %s", i, p.Agent)
		}
	}
	stop := errors.New("enough")
	seen := 0
	err := s.Pauses(t.Context(), PauseFilter{}, func(dialer.PauseEnded) error { seen++; return stop })
	same(t, "an error of the receiver, after", []any{err, seen}, []any{stop, 1})
}

// A file of version 4 is brought up to date with its loans; nothing is wanted of anybody yet.
func TestAgentsOfVersion4(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialerd.db")
	script(t, path, `PRAGMA journal_mode = WAL;`+version1+version2+version3+version4+`PRAGMA user_version = 4;
		INSERT INTO loans VALUES ('main', 'sales', 'PJSIP/101', 'pause', 0, 0, 'dialerd-wrapup'), ('main', 'sales', 'PJSIP/102', 'penalty', 5, 1005, '');`)
	s := openAt(t, path)
	same(t, "upgrade", s.Upgraded(), Upgrade{From: 4, To: len(steps), Kept: path + ".v4"})
	loans, err := s.Loans(t.Context())
	mustDo(t, err)
	same(t, "loans", loans, []dialer.Loan{
		{PBX: "main", Queue: "sales", Interface: "PJSIP/101", Field: dialer.LoanPause, Reason: "dialerd-wrapup"},
		{PBX: "main", Queue: "sales", Interface: "PJSIP/102", Field: dialer.LoanPenalty, Before: 5, Ours: 1005},
	})
	agents, err := s.Agents(t.Context())
	mustDo(t, err)
	same(t, "agents", len(agents), 0)
	same(t, "pauses", len(pauses(t, &s.Reader, PauseFilter{})), 0)
	mustAppend(t, s, records(1, dialer.AgentKept{Agent: wanted("anna")}, dialer.PauseKept{Pause: paused("anna", 10)}))
	agents, err = s.Agents(t.Context())
	mustDo(t, err)
	same(t, "agents after the step", agents, []dialer.AgentRecord{wanted("anna")})
	v, err := Verify(t.Context(), s.Path(), true)
	mustDo(t, err)
	same(t, "findings", len(v.Findings), 0)
}
