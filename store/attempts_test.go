package store

import (
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// history fills a store with attempts: number, hours before noon, outcome.
func history(t *testing.T, s *Store, rows ...past) {
	t.Helper()
	addLeads(t, s, 2)
	var list []dialer.Row
	for i, p := range rows {
		a := planned(int64(i + 1))
		a.Number, a.Planned, a.Outcome, a.CallerID = p.number, noon.Add(-p.before), p.outcome, p.shows
		if p.lead != 0 {
			a.Lead = p.lead
		}
		list = append(list, dialer.AttemptPlanned{Attempt: a})
		if p.outcome != dialer.Unsettled {
			list = append(list, dialer.AttemptEnded{Attempt: a})
		}
	}
	mustAppend(t, s, records(1, list...))
}

type past struct {
	number  phone.Number
	before  time.Duration
	outcome dialer.Outcome
	lead    dialer.LeadID
	shows   phone.Number
}

func TestAttemptFilters(t *testing.T) {
	s := openTemp(t)
	history(t, s,
		past{79160000001, 5 * time.Hour, dialer.Busy, 1, 0},
		past{79160000002, 4 * time.Hour, dialer.Unsettled, 2, 0},
		past{79160000001, 3 * time.Hour, dialer.Answered, 2, 0},
		past{79160000003, 2 * time.Hour, dialer.Unsettled, 1, 0})
	for _, c := range []struct {
		name string
		f    AttemptFilter
		want []dialer.CallID
	}{
		{"all", AttemptFilter{}, []dialer.CallID{1, 2, 3, 4}},
		{"of a lead", AttemptFilter{Lead: 1}, []dialer.CallID{1, 4}},
		{"to a number", AttemptFilter{Number: 79160000001}, []dialer.CallID{1, 3}},
		{"since", AttemptFilter{Since: noon.Add(-4 * time.Hour)}, []dialer.CallID{2, 3, 4}},
		{"open", AttemptFilter{Open: true}, []dialer.CallID{2, 4}},
		{"the newest", AttemptFilter{Limit: 2}, []dialer.CallID{3, 4}},
		{"all at once", AttemptFilter{Lead: 2, Number: 79160000002, Since: noon.Add(-9 * time.Hour), Open: true, Limit: 5}, []dialer.CallID{2}},
		{"none", AttemptFilter{Lead: 99}, nil},
	} {
		var got []dialer.CallID
		for _, a := range attempts(t, &s.Reader, c.f) {
			got = append(got, a.ID)
		}
		same(t, c.name, got, c.want)
	}
	open, err := s.OpenAttempts(t.Context())
	mustDo(t, err)
	same(t, "open attempts", len(open), 2)
	next, err := s.NextCallID(t.Context())
	mustDo(t, err)
	same(t, "next call", next, dialer.CallID(FirstCallID))
	mustAppend(t, s, records(s.last+1, dialer.AttemptPlanned{Attempt: dialer.Attempt{ID: 5000, Number: 79160000001, Planned: noon}}))
	next, err = s.NextCallID(t.Context())
	mustDo(t, err)
	same(t, "next call", next, dialer.CallID(5001))
}

func TestNumberHistory(t *testing.T) {
	const one, two, three, four = 79160000001, 79160000002, 79160000003, 79160000004
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	for _, c := range []struct {
		name string
		rows []past
		want []dialer.NumberHistory
	}{
		{"nobody called lately", []past{{number: one, before: 8 * 24 * time.Hour, outcome: dialer.Busy}}, nil},
		{"what counts, in order", []past{
			{number: one, before: time.Hour, outcome: dialer.NoAnswer},
			{number: one, before: 3 * time.Hour, outcome: dialer.Lost},
			{number: one, before: 49 * time.Hour, outcome: dialer.Busy},
			{number: one, before: 48 * time.Hour, outcome: dialer.Machine},
		}, []dialer.NumberHistory{{Number: one, Last: ago(time.Hour), Counted: []time.Time{ago(48 * time.Hour), ago(3 * time.Hour), ago(time.Hour)}}}},
		{"what does not", []past{
			{number: one, before: time.Minute, outcome: dialer.Congestion},
			{number: two, before: time.Minute, outcome: dialer.Failed},
			{number: three, before: time.Minute, outcome: dialer.Cancelled},
			{number: four, before: time.Minute},
		}, []dialer.NumberHistory{{Number: one, Last: ago(time.Minute)}, {Number: two, Last: ago(time.Minute)},
			{Number: three, Last: ago(time.Minute)}, {Number: four, Last: ago(time.Minute)}}},
		{"the last abandoned call", []past{
			{number: two, before: 70 * time.Hour, outcome: dialer.Abandoned},
			{number: two, before: 5 * 24 * time.Hour, outcome: dialer.Abandoned},
			{number: two, before: 49 * time.Hour, outcome: dialer.Answered},
		}, []dialer.NumberHistory{{Number: two, Last: ago(49 * time.Hour), Abandoned: ago(70 * time.Hour)}}},
		{"the last caller ID that may have been seen", []past{
			{number: one, before: 4 * time.Hour, outcome: dialer.NoAnswer, shows: 74950000001},
			{number: one, before: 3 * time.Hour, outcome: dialer.Busy, shows: 74950000002},
			{number: one, before: 2 * time.Hour, outcome: dialer.Congestion},
			{number: one, before: time.Hour, outcome: dialer.Cancelled, shows: 74950000003},
			{number: two, before: time.Minute, shows: 74950000004},
		}, []dialer.NumberHistory{{Number: one, Last: ago(time.Hour), Shown: 74950000002,
			Counted: []time.Time{ago(4 * time.Hour), ago(3 * time.Hour)}}, {Number: two, Last: ago(time.Minute), Shown: 74950000004}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openTemp(t)
			history(t, s, c.rows...)
			got, err := s.NumberHistory(t.Context(), noon)
			mustDo(t, err)
			same(t, "history", got, c.want)
		})
	}
}

// A word that a later version wrote, or a hand, is an error that names the row.
func TestUnknownWords(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 1)
	mustAppend(t, s, records(1, dialer.AttemptPlanned{Attempt: planned(7)},
		dialer.SwitchChanged{Kind: dialer.SwitchCampaign, Name: "spring"}, dialer.SnapshotTaken{Snapshot: calls}))
	for _, c := range []struct {
		change string
		read   func() error
		says   string
	}{
		{`UPDATE attempts SET outcome = 'eaten'`, func() error { _, err := s.OpenAttempts(t.Context()); return err }, ""},
		{`UPDATE attempts SET outcome = 'eaten'`, func() error { _, err := s.Attempts(t.Context(), AttemptFilter{}); return err }, `attempt 7 cannot be read`},
		{`UPDATE attempts SET outcome = 'eaten'`, func() error { _, err := s.NumberHistory(t.Context(), noon); return err }, `attempt 7 cannot be read`},
		{`UPDATE attempts SET outcome = 'busy'; UPDATE leads SET attributes = '['`, func() error {
			return s.ExportLeads(t.Context(), LeadFilter{}, func(ExportedLead) error { return nil })
		}, "the attributes of lead 1"},
		{`UPDATE switches SET kind = 'light'`, func() error { _, err := s.Switches(t.Context()); return err }, `"light"`},
		{`UPDATE snapshot SET body = '{'`, func() error { _, err := s.Snapshot(t.Context()); return err }, "DELETE FROM snapshot"},
	} {
		_, err := s.write.Exec(c.change)
		mustDo(t, err)
		err = c.read()
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("after %s: %v\ndoes not say %q", c.change, err, c.says)
		}
	}
}
