package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

func dncExport(t *testing.T, r *Reader, f DNCFilter) (list []string) {
	t.Helper()
	mustDo(t, r.ExportDNC(t.Context(), f, func(e DNCEntry) error {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s", e.Entry, e.Campaign)))
		return nil
	}))
	return list
}

// What changes bring and take is read back, by whatever way: as the core takes it, whole, by list, by number.
func TestDNC(t *testing.T) {
	s := openTemp(t)
	change := func(campaign string, remove bool, entries ...string) dialer.DNCKept {
		return dialer.DNCKept{DNCChange: dialer.DNCChange{Campaign: campaign, Entries: entries, Remove: remove, When: noon, Who: "ann", Why: "asked"}}
	}
	mustAppend(t, s, records(1, change("", false, "+79160000001", "+7900*"), change("spring", false, "+79160000001", "+79160000002"),
		change("", false, "+7901?"), change("", true, "+7901?", "+79169999999"), change("spring", true, "+79160000002"), change("spring", false, "+79160000009")))
	same(t, "all", dncExport(t, &s.Reader, DNCFilter{}), []string{"+7900*", "+79160000001", "+79160000001 spring", "+79160000009 spring"})
	same(t, "spring's", dncExport(t, &s.Reader, DNCFilter{Campaign: "spring"}), []string{"+79160000001 spring", "+79160000009 spring"})
	same(t, "of all campaigns", dncExport(t, &s.Reader, DNCFilter{Global: true}), []string{"+7900*", "+79160000001"})
	same(t, "one number", dncExport(t, &s.Reader, DNCFilter{Number: 79160000001}), []string{"+79160000001", "+79160000001 spring"})
	same(t, "one that fits a mask", dncExport(t, &s.Reader, DNCFilter{Number: 79001234567}), []string{"+7900*"})
	same(t, "one that is on none", dncExport(t, &s.Reader, DNCFilter{Number: 79161234567}), []string(nil))
	counts, err := s.CountDNC(t.Context())
	mustDo(t, err)
	same(t, "counts", counts, []DNCCount{{"", 1, 1}, {"spring", 2, 0}})
	changed, err := s.ChangeDNC(t.Context(), dialer.DNCChange{Entries: []string{"+79160000001", "+79165555555"}, When: noon.Add(time.Hour), Who: "bob"})
	mustDo(t, err)
	same(t, "changed", changed, 1)
	mustDo(t, s.ExportDNC(t.Context(), DNCFilter{Number: 79160000001, Global: true}, func(e DNCEntry) error {
		same(t, "the first who put it there", e, DNCEntry{Entry: "+79160000001", When: noon, Who: "ann", Why: "asked"})
		return nil
	}))
	if err := s.Append(t.Context(), records(7, change("", false, "8916"))); err == nil || !strings.Contains(err.Error(), "DNC list changed by 1 entries") {
		t.Errorf("an entry that is none: %v", err)
	}
}

// TestDNCByTheThousand puts in more than a page or a statement holds, on two lists, and takes a part out again.
func TestDNCByTheThousand(t *testing.T) {
	s := openTemp(t)
	r := rand.New(rand.NewPCG(3, 3))
	known := map[string]map[string]bool{"": {}, "spring": {}}
	for _, remove := range []bool{false, true} {
		for campaign, has := range known {
			x := dialer.DNCChange{Campaign: campaign, Remove: remove, When: noon}
			for range 30_000 {
				entry := fmt.Sprintf("+7916%07d", r.IntN(50_000))
				x.Entries = append(x.Entries, entry)
				if remove && has[entry] {
					delete(has, entry)
				} else if !remove {
					has[entry] = true
				}
			}
			before := len(dncExport(t, &s.Reader, DNCFilter{}))
			changed, err := s.ChangeDNC(t.Context(), x)
			mustDo(t, err)
			after := len(dncExport(t, &s.Reader, DNCFilter{}))
			if d := after - before; d != changed && d != -changed || changed == 0 {
				t.Errorf("%d changed, and there are %d more", changed, d)
			}
		}
	}
	lists := map[string]*phone.Masks{"": {}, "spring": {}}
	mustDo(t, s.LoadDNC(t.Context(), func(e dialer.DNCLoaded) error {
		for _, n := range e.Numbers {
			lists[e.Campaign].Put(phone.Entry{Number: n})
		}
		return nil
	}))
	for campaign, has := range known {
		same(t, "entries loaded of "+campaign, lists[campaign].Len(), len(has))
		for entry := range has {
			n, _ := phone.Parse(entry)
			if !lists[campaign].Has(n) {
				t.Fatalf("%s is not on the list of %q", entry, campaign)
			}
		}
		list := dncExport(t, &s.Reader, DNCFilter{Campaign: campaign, Global: campaign == ""})
		same(t, "entries exported of "+campaign, len(list), len(has))
		if !slices.IsSorted(list) {
			t.Error("an export is out of order")
		}
	}
}

// BenchmarkLoadDNC reads numbers never called the way the daemon does at its start.
func BenchmarkLoadDNC(b *testing.B) {
	const numbers = 500_000
	s := openTemp(b)
	for first := 0; first < numbers; first += 10_000 {
		x := dialer.DNCChange{When: noon, Who: "ann", Why: "list of March"}
		for i := range 10_000 {
			x.Entries = append(x.Entries, fmt.Sprintf("+7%010d", (first+i)*7919%10_000_000_000))
		}
		if _, err := s.ChangeDNC(b.Context(), x); err != nil {
			b.Fatal(err)
		}
	}
	put := b.Elapsed()
	for b.Loop() {
		var m phone.Masks
		err := s.LoadDNC(b.Context(), func(e dialer.DNCLoaded) error {
			for _, n := range e.Numbers {
				m.Put(phone.Entry{Number: n})
			}
			return nil
		})
		if err != nil || m.Len() != numbers {
			b.Fatal(m.Len(), err)
		}
	}
	b.ReportMetric(numbers*float64(b.N)/b.Elapsed().Seconds(), "numbers/s")
	b.ReportMetric(numbers/put.Seconds(), "put/s")
}
