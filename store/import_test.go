package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

func TestImportTellsWhatBecameOfEach(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 3)
	before := exported(t, &s.Reader, LeadFilter{})
	with := func(change func(*NewLead)) NewLead {
		n := numbered(100)
		change(&n)
		return n
	}
	numbers := func(ns ...phone.Number) (list []dialer.LeadNumber) {
		for _, n := range ns {
			list = append(list, dialer.LeadNumber{Number: n})
		}
		return list
	}
	leads := []NewLead{
		with(func(n *NewLead) { n.External = "crm-2" }),
		with(func(n *NewLead) { n.Numbers = numbers(79161111111, 79160000003) }),
		with(func(n *NewLead) { n.Bucket, n.Numbers = "other", numbers(79160000003) }),
		with(func(n *NewLead) { n.External, n.Numbers = "", numbers(79162222222) }),
		with(func(n *NewLead) { n.External, n.Numbers = "", numbers(79163333333) }),
		with(func(n *NewLead) { n.External, n.Numbers = "", numbers(79162222222) }),
		with(func(n *NewLead) { n.Bucket = "" }),
		with(func(n *NewLead) { n.Numbers = nil }),
		with(func(n *NewLead) {
			n.Numbers = numbers(1111111, 1111112, 1111113, 1111114, 1111115, 1111116, 1111117, 1111118, 1111119)
		}),
		with(func(n *NewLead) { n.Numbers = numbers(79164444444, 79164444444) }),
		with(func(n *NewLead) { n.Numbers = numbers(0) }),
		with(func(n *NewLead) { n.Numbers = numbers(1 << 63) }),
		with(func(n *NewLead) { n.Name = "\xff" }),
		with(func(n *NewLead) { n.Attributes = map[string]string{"a\xff": "b"} }),
		with(func(n *NewLead) { n.Numbers = []dialer.LeadNumber{{Number: 79165555555, Kind: "\xc0"}} }),
	}
	got, err := s.ImportLeads(t.Context(), leads)
	mustDo(t, err)
	want := []ImportResult{
		{Status: DuplicateExternal, Lead: 2},
		{Status: DuplicateNumber, Lead: 3, Number: 79160000003},
		{Status: Inserted, Lead: 4},
		{Status: Inserted, Lead: 5},
		{Status: Inserted, Lead: 6},
		{Status: DuplicateNumber, Lead: 5, Number: 79162222222},
		{Status: Refused, Why: "it has no bucket"},
		{Status: Refused, Why: "it has 0 numbers where a lead has 1 to 8"},
		{Status: Refused, Why: "it has 9 numbers where a lead has 1 to 8"},
		{Status: Refused, Why: "it has the number +79164444444 twice"},
		{Status: Refused, Why: `"" is not a number in E.164: a plus and 7 to 15 digits, the first not 0, as in +79161234567`},
		{Status: Refused, Why: `"+9223372036854775808" is not a number in E.164: a plus and 7 to 15 digits, the first not 0, as in +79161234567`},
		{Status: Refused, Why: `its name is not UTF-8: "\xff"`},
		{Status: Refused, Why: `its attribute is not UTF-8: "a\xff: b"`},
		{Status: Refused, Why: `its kind of +79165555555 is not UTF-8: "\xc0"`},
	}
	for i := range want {
		same(t, fmt.Sprint("lead ", i), got[i], want[i])
	}
	same(t, "the leads before", exported(t, &s.Reader, LeadFilter{})[:3], before)
}

func TestImportInChunks(t *testing.T) {
	s := openTemp(t)
	const n = 2*importChunk + 7
	addLeads(t, s, n)
	again := make([]NewLead, n)
	for i := range again {
		again[i] = numbered(i + 1)
	}
	results, err := s.ImportLeads(t.Context(), again)
	mustDo(t, err)
	for i, r := range results {
		if r.Status != DuplicateExternal || r.Lead != dialer.LeadID(i+1) {
			t.Fatalf("lead %d imported again: %+v", i+1, r)
		}
	}
	var want []dialer.Lead
	for i := range n {
		want = append(want, numbered(i+1).Lead(dialer.LeadID(i+1), noon))
	}
	for _, chunk := range []int{1, 100, n, n + 1} {
		same(t, fmt.Sprint("in chunks of ", chunk), loaded(t, &s.Reader, LeadFilter{}, chunk), want)
	}
}

func TestImportThatIsCutShort(t *testing.T) {
	s := openTemp(t)
	ctx, cancel := context.WithCancel(t.Context())
	leads := make([]NewLead, 3*importChunk)
	for i := range leads {
		leads[i] = numbered(i + 1)
	}
	chunks := 0
	results, err := importLeads(ctx, leads, importChunk, func(ctx context.Context, do func(*sql.Tx) error) error {
		if chunks++; chunks == 2 {
			cancel()
		}
		return s.transact(ctx, do)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	same(t, "results", len(results), importChunk)
	same(t, "leads on disk", len(loaded(t, &s.Reader, LeadFilter{}, 1000)), importChunk)
}

func TestHostileTextInLeads(t *testing.T) {
	s := openTemp(t)
	i := 0
	for name, text := range hostile {
		i++
		n := numbered(i)
		n.External, n.Bucket, n.Zone, n.Name = text, text+"b", text+"z", text+"n"
		n.Attributes = map[string]string{text: text, "": "empty key", "empty": ""}
		n.Numbers[0].Kind = text + "k"
		results, err := s.ImportLeads(t.Context(), []NewLead{n, n})
		mustDo(t, err)
		id := results[0].Lead
		same(t, name, results, []ImportResult{{Status: Inserted, Lead: id}, {Status: DuplicateExternal, Lead: id}})
		compareLead(t, name, exported(t, &s.Reader, LeadFilter{Bucket: n.Bucket}), n, id)
		same(t, name, loaded(t, &s.Reader, LeadFilter{Bucket: n.Bucket}, 5), []dialer.Lead{n.Lead(id, noon)})
	}
	same(t, "leads", len(loaded(t, &s.Reader, LeadFilter{}, 5)), len(hostile))
}

// compareLead compares what was exported with the one lead that was imported.
func compareLead(t *testing.T, what string, got []ExportedLead, n NewLead, id dialer.LeadID) {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("%s: %d leads, want 1", what, len(got))
	}
	if got[0].Created.IsZero() || got[0].Created != got[0].Updated {
		t.Errorf("%s: created %v, updated %v", what, got[0].Created, got[0].Updated)
	}
	want := ExportedLead{ID: id, External: n.External, Bucket: n.Bucket, Priority: n.Priority, Zone: n.Zone, Name: n.Name,
		Attributes: n.Attributes, Numbers: n.Numbers, Next: n.Lead(id, noon).Next, Created: got[0].Created, Updated: got[0].Updated}
	if len(n.Attributes) == 0 {
		want.Attributes = nil
	}
	same(t, what, got[0], want)
}

func TestExportAndFilters(t *testing.T) {
	s := openTemp(t)
	other := numbered(50)
	other.Bucket, other.Next, other.Priority = "web", noon, -3
	other.Numbers = []dialer.LeadNumber{{Number: 79167777777, Kind: "work"}, {Number: 79168888888, Kind: ""}, {Number: 79166666666, Kind: "home"}}
	addLeads(t, s, 2)
	_, err := s.ImportLeads(t.Context(), []NewLead{other})
	mustDo(t, err)
	done := numbered(1).Lead(1, noon)
	done.State, done.Final = dialer.LeadFinished, "sold"
	early, late := full(1), full(2)
	early.Outcome, late.Outcome = dialer.Answered, dialer.Busy
	running := planned(3)
	running.Lead = 2
	mustAppend(t, s, records(1, dialer.AttemptPlanned{Attempt: early}, dialer.AttemptEnded{Attempt: early},
		dialer.AttemptPlanned{Attempt: late}, dialer.AttemptEnded{Attempt: late},
		dialer.AttemptPlanned{Attempt: running}, dialer.LeadChanged{Lead: done}))

	all := exported(t, &s.Reader, LeadFilter{})
	same(t, "ids", ids(all), []dialer.LeadID{1, 2, 3})
	same(t, "last outcome", all[0].Outcome, dialer.Busy)
	same(t, "outcome of a call under way", all[1].Outcome, dialer.Unsettled)
	compareLead(t, "bucket", exported(t, &s.Reader, LeadFilter{Bucket: "web"}), other, 3)
	same(t, "unfinished", ids(exported(t, &s.Reader, LeadFilter{Unfinished: true})), []dialer.LeadID{2, 3})
	same(t, "unfinished of b", len(loaded(t, &s.Reader, LeadFilter{Bucket: "b", Unfinished: true}, 1)), 1)
	same(t, "loaded", loaded(t, &s.Reader, LeadFilter{Bucket: "web"}, 9), []dialer.Lead{other.Lead(3, noon)})
	counts, err := s.CountLeads(t.Context())
	mustDo(t, err)
	same(t, "counts", counts, []LeadCount{{"b", dialer.LeadFinished, 1}, {"b", dialer.LeadWaiting, 1}, {"web", dialer.LeadWaiting, 1}})
}

func ids(leads []ExportedLead) (list []dialer.LeadID) {
	for _, l := range leads {
		list = append(list, l.ID)
	}
	return list
}

func TestReceiverStopsTheReading(t *testing.T) {
	s := openTemp(t)
	addLeads(t, s, 10)
	enough := errors.New("enough")
	if err := s.ExportLeads(t.Context(), LeadFilter{}, func(ExportedLead) error { return enough }); err != enough {
		t.Errorf("export: %v", err)
	}
	calls := 0
	err := s.LoadLeads(t.Context(), LeadFilter{}, 3, func([]dialer.Lead) error {
		if calls++; calls == 2 {
			return enough
		}
		return nil
	})
	if err != enough || calls != 2 {
		t.Errorf("load: %v after %d chunks", err, calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = s.LoadLeads(ctx, LeadFilter{}, 3, func([]dialer.Lead) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("load after ctx has ended: %v", err)
	}
}

// The API sends leads and results as JSON.
func TestJSONForms(t *testing.T) {
	n := numbered(7)
	n.Next, n.Priority = noon, 3
	for _, c := range []struct {
		value any
		text  string
	}{
		{&n, `{"external":"crm-7","bucket":"b","priority":3,"zone":"Europe/Moscow","name":"Name 7","attributes":{"city":"Тула"},` +
			`"numbers":[{"number":"+79160000007","kind":"mobile"}],"next":"2026-03-29T12:00:00.123456Z"}`},
		{&ImportResult{Status: DuplicateNumber, Lead: 5, Number: 79160000007}, `{"status":"duplicate-number","lead":5,"number":"+79160000007"}`},
		{&ImportResult{Status: Refused, Why: "it has no bucket"}, `{"status":"refused","why":"it has no bucket"}`},
		{&ExportedLead{ID: 2, Bucket: "b", Numbers: n.Numbers, Outcome: dialer.Busy, Created: noon, Updated: noon},
			`{"id":2,"bucket":"b","state":"waiting","priority":0,"numbers":[{"number":"+79160000007","kind":"mobile"}],"use":0,"attempts":0,` +
				`"faults":0,"outcome":"busy","created":"2026-03-29T12:00:00.123456Z","updated":"2026-03-29T12:00:00.123456Z"}`},
	} {
		text, err := json.Marshal(c.value)
		mustDo(t, err)
		same(t, "JSON", string(text), c.text)
		back := newLike(c.value)
		mustDo(t, json.Unmarshal(text, back))
		same(t, "read back", back, c.value)
	}
	var s ImportStatus
	if err := s.UnmarshalText([]byte("lost")); err == nil || !strings.Contains(err.Error(), "duplicate-external") {
		t.Errorf("an unknown status: %v", err)
	}
	if ImportStatus(9).String() != "unknown(9)" {
		t.Error(ImportStatus(9).String())
	}
}

func newLike(v any) any { return reflect.New(reflect.TypeOf(v).Elem()).Interface() }

func FuzzLeadRoundTrip(f *testing.F) {
	f.Add("crm-1", "spring", "Europe/Moscow", "Иван", "city", "Тула", "mobile", uint64(79161234567), 0, int64(0))
	f.Add("", "agent/7", "", "", "", "", "", uint64(1234567), -1, int64(1774785600123456))
	for _, text := range hostile {
		f.Add(text, text, text, text, text, text, text, uint64(999999999999999), 1<<40, int64(-62135596800000000))
	}
	f.Add("\xff", "b", "", "\xc3\x28", "", "", "", uint64(0), 0, int64(1<<62))
	s := openTemp(f)
	f.Fuzz(func(t *testing.T, external, bucket, zone, name, key, value, kind string, number uint64, priority int, next int64) {
		n := NewLead{External: external, Bucket: bucket, Zone: zone, Name: name, Priority: priority,
			Attributes: map[string]string{key: value}, Numbers: []dialer.LeadNumber{{Number: phone.Number(number), Kind: kind}}, Next: time.UnixMicro(next).UTC()}
		results, err := s.ImportLeads(t.Context(), []NewLead{n})
		mustDo(t, err)
		if refused := results[0].Status == Refused; refused != (n.check() != nil) {
			t.Fatalf("%+v, and the check says %v", results[0], n.check())
		} else if refused {
			return
		}
		compareLead(t, "lead", exported(t, &s.Reader, LeadFilter{Bucket: bucket}), n, results[0].Lead)
		same(t, "core's lead", loaded(t, &s.Reader, LeadFilter{}, 2), []dialer.Lead{n.Lead(results[0].Lead, noon)})
		_, err = s.write.Exec(`DELETE FROM leads`)
		mustDo(t, err)
	})
}
