package store

import (
	"path/filepath"
	"testing"

	"dialerd/dialer"
)

// oldFile is a file of version 3, with the leads and attempts that a day has left.
func oldFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dialerd.db")
	script(t, path, `PRAGMA journal_mode = WAL;`+version1+version2+version3+`PRAGMA user_version = 3;
		INSERT INTO leads (id, state, next_call, attempts, last_attempt, use_number, rule, final, updated, bucket, priority, zone, created, external, name, attributes) VALUES
			(1, 'waiting', 5, 2, 300, 1, 'not-there', '', 9, 'web', 3, 'Asia/Omsk', 7, 'crm-1', 'Anna', '{"city":"Omsk"}'),
			(2, 'finished', NULL, 1, 200, 0, 'bad', 'invalid-number', 9, 'web', 0, '', 7, NULL, '', '{}'),
			(3, 'waiting', NULL, 0, NULL, 0, '', '', 9, 'web', 0, '', 7, 'crm-3', '', '{}'),
			(7, 'waiting', NULL, 1, 100, 0, '', '', 9, 'old', 0, '', 7, 'crm-7', '', '{}');
		INSERT INTO lead_numbers VALUES (1, 0, 79160000001, 'home'), (1, 1, 79160000002, ''), (2, 0, 79160000003, ''), (3, 0, 79160000003, ''), (7, 0, 79160000004, ''), (7, 1, 79160000005, '');
		INSERT INTO attempts (id, lead_id, campaign, pbx, trunk, queue, number, caller_id, planned, outcome) VALUES
			(1001, 1, 'early', 'p', 't', 'q', 79160000001, 0, 100, 'answered'),
			(1002, 1, 'spring', 'p', 't', 'q', 79160000002, 0, 300, 'no-answer'),
			(1003, 1, 'spring', 'p', 't', 'q', 79160000001, 0, 400, 'cancelled'),
			(1004, 1, 'spring', 'p', 't', 'q', 79160000001, 0, 500, NULL),
			(1005, 2, 'spring', 'p', 't', 'q', 79160000003, 0, 200, 'invalid-number'),
			(1006, 2, 'spring', 'p', 't', 'q', 79160000003, 0, 600, 'cancelled'),
			(1007, 7, 'spring', 'p', 't', 'q', 79160000004, 0, 100, 'invalid-number'),
			(1008, NULL, 'spring', 'p', 't', 'q', 79160000004, 0, 150, 'busy'),
			(1009, 7, 'autumn', 'p', 't', 'q', 79169999999, 0, 160, 'busy');`)
	return path
}

// lastAttempt is what version 4 has of a lead.
type lastAttempt struct {
	lead     dialer.LeadID
	campaign string
	outcome  dialer.Outcome
	dialed   int
	invalid  []bool // of each of its numbers
}

// A file of the version before is brought up to date with its rows: the last attempt of each lead that was made and is
// over, and the numbers of which the last call has shown that there is none.
func TestLeadsOfVersion3(t *testing.T) {
	s := openAt(t, oldFile(t))
	var got []dialer.Lead
	mustDo(t, s.LoadLeads(t.Context(), LeadFilter{}, 10, func(leads []dialer.Lead) error { got = append(got, leads...); return nil }))
	var facts []lastAttempt
	for _, l := range got {
		f := lastAttempt{lead: l.ID, campaign: l.Campaign, outcome: l.Outcome, dialed: l.Dialed}
		for _, n := range l.Numbers {
			f.invalid = append(f.invalid, n.Invalid)
		}
		facts = append(facts, f)
	}
	want := []lastAttempt{
		{1, "spring", dialer.NoAnswer, 1, []bool{false, false}},
		{2, "spring", dialer.InvalidNumber, 0, []bool{true}},
		{3, "", dialer.Unsettled, 0, []bool{true}},
		{7, "autumn", dialer.Busy, 0, []bool{false, false}},
	}
	same(t, "last attempts", facts, want)
	all := exported(t, &s.Reader, LeadFilter{})
	same(t, "an exported lead", all[0].Attributes, map[string]string{"city": "Omsk"})
	same(t, "its words", []string{all[0].External, all[0].Bucket, all[0].Zone, all[0].Name, all[0].Rule, all[2].External}, []string{"crm-1", "web", "Asia/Omsk", "Anna", "not-there", "crm-3"})
	same(t, "its figures", []int64{int64(all[0].Priority), int64(all[0].Use), int64(all[0].Attempts), all[0].Next.UnixMicro(), all[0].Last.UnixMicro(), all[0].Created.UnixMicro(), all[0].Updated.UnixMicro()}, []int64{3, 1, 2, 5, 300, 7, 9})
	same(t, "attempts", len(attempts(t, &s.Reader, AttemptFilter{})), 9)
	v, err := Verify(t.Context(), s.Path(), true)
	mustDo(t, err)
	same(t, "findings", len(v.Findings), 0)
}

// After the step the rows belong to each other as before: deleting a lead takes its numbers.
func TestKeysHoldAfterTheStep(t *testing.T) {
	s := openAt(t, oldFile(t))
	if _, err := s.write.Exec(`INSERT INTO lead_numbers VALUES (99, 0, 79160000000, '', 0)`); err == nil {
		t.Error("a number of no lead is taken")
	}
	mustAppend(t, s, records(1, dialer.LeadDeleted{Lead: 1}))
	var numbers, left int
	mustDo(t, s.read.QueryRow(`SELECT (SELECT count(*) FROM lead_numbers WHERE lead_id = 1), (SELECT count(*) FROM attempts WHERE lead_id IS NULL)`).Scan(&numbers, &left))
	same(t, "numbers of a deleted lead, attempts of none", []int{numbers, left}, []int{0, 5})
}
