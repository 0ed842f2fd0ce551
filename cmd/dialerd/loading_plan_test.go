package main

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"dialerd/dialer"
	"dialerd/store"
)

func TestPlanLoading(t *testing.T) {
	span := func(bucket string, first, last dialer.LeadID) store.BucketSpan {
		return store.BucketSpan{Bucket: bucket, First: first, Last: last}
	}
	few := func(bucket string, first, last dialer.LeadID) store.BucketSpan {
		return store.BucketSpan{Bucket: bucket, First: first, Last: last, Few: true}
	}
	mixed := []store.BucketSpan{span("a", 1, 90_000), span("b", 3, 100_000), span("c", 2, 99_999), span("d", 5, 99_998), span("e", 4, 99_997), span("list", 40_000, 60_000), few("few", 7, 99_000)}
	for _, c := range []struct {
		name   string
		spans  []store.BucketSpan
		wanted string
		plan   string
	}{
		{"no leads", nil, "a", ""},
		{"by name when none is wanted", []store.BucketSpan{span("a", 1, 10), span("b", 11, 20)}, "", "a 1-10, b 11-20"},
		{"the wanted first, in their order", []store.BucketSpan{span("a", 1, 10), span("b", 11, 20), span("c", 21, 30)}, "c none b c", "c 21-30, b 11-20, a 1-10"},
		{"a large one in parts", []store.BucketSpan{span("a", 1, 10), span("b", 11, 600_010)}, "", "a 1-10, b 11-250010, b 250011-500010, b 500011-600010"},
		{"two that lie mixed, each for itself", []store.BucketSpan{span("a", 1, 100), span("b", 2, 99)}, "", "a 1-100, b 2-99"},
		{"many that lie mixed, together", mixed, "", "a+b+c+d+e 1-100000, few 7-99000, list 40000-60000"},
		{"many that lie mixed, where the first of them is wanted", mixed, "list d few", "list 40000-60000, d+a+b+c+e 1-100000, few 7-99000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			slices.SortFunc(c.spans, func(a, b store.BucketSpan) int { return strings.Compare(a.Bucket, b.Bucket) })
			if got := planText(planLoading(c.spans, strings.Fields(c.wanted))); got != c.plan {
				t.Errorf("got  %s\nwant %s", got, c.plan)
			}
		})
	}
}

func planText(plan []store.LeadRange) string {
	var texts []string
	for _, p := range plan {
		texts = append(texts, fmt.Sprintf("%s %d-%d", strings.Join(p.Buckets, "+"), p.After+1, p.UpTo))
	}
	return strings.Join(texts, ", ")
}

// TestPlanHasEachLeadOnce: whatever the buckets, every lead is in one part of the plan.
func TestPlanHasEachLeadOnce(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		var spans []store.BucketSpan
		for i := range r.IntN(12) {
			first := dialer.LeadID(1 + r.Int64N(3_000_000))
			last := first + dialer.LeadID(r.Int64N(1<<r.IntN(45)))
			spans = append(spans, store.BucketSpan{Bucket: fmt.Sprint("b", i), First: first, Last: last, Few: r.IntN(4) == 0})
		}
		plan := planLoading(spans, []string{"b3", "b1"})
		if len(plan) > 12*loadParts+12 {
			t.Fatalf("seed %d: %d parts", seed, len(plan))
		}
		for _, s := range spans {
			for _, id := range []dialer.LeadID{s.First, s.Last, (s.First + s.Last) / 2, min(s.First+loadPart, s.Last), min(s.First+loadPart-1, s.Last)} {
				times := 0
				for _, p := range plan {
					if slices.Contains(p.Buckets, s.Bucket) && id > p.After && id <= p.UpTo {
						times++
					}
				}
				if times != 1 {
					t.Fatalf("seed %d: lead %d of %+v is read %d times:\n%s", seed, id, s, times, planText(plan))
				}
			}
		}
	}
}

// TestWantedBuckets: those of campaigns that run come before those of campaigns that are off, or whose department is.
func TestWantedBuckets(t *testing.T) {
	c := &dialer.Config{}
	for _, x := range []struct{ name, department, buckets string }{{"off", "sales", "a b"}, {"idle", "debts", "c"}, {"on", "sales", "d e"}, {"alone", "", "f a"}} {
		campaign := dialer.NewCampaign()
		campaign.Name, campaign.Department, campaign.Buckets = x.name, x.department, strings.Fields(x.buckets)
		c.Campaigns = append(c.Campaigns, campaign)
	}
	s := dialer.Status{Departments: []dialer.DepartmentStatus{{Name: "sales", Running: true}, {Name: "debts"}},
		Campaigns: []dialer.CampaignStatus{{Name: "off", Department: "sales"}, {Name: "idle", Department: "debts", Switched: true}, {Name: "on", Department: "sales", Switched: true}, {Name: "alone", Switched: true}}}
	want := strings.Fields("d e f a a b c")
	if got := wantedBuckets(c, s); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
