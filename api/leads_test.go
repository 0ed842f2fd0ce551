package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/store"
)

// someLeads has the leads 1 to 20000 in bucket big, 7 and 8 in bucket web, and notes what it is asked.
func someLeads(asked *[]string) Leads {
	note := func(format string, args ...any) { *asked = append(*asked, fmt.Sprintf(format, args...)) }
	return Leads{
		Find: func(_ context.Context, f store.LeadFilter, each func([]dialer.LeadID) error) error {
			note("find %s", LeadFilter(f).query())
			switch f.Bucket {
			case "big":
				for first := dialer.LeadID(1); first <= 20000; first += 5000 {
					var ids []dialer.LeadID
					for id := first; id < first+5000; id++ {
						ids = append(ids, id)
					}
					if err := each(ids); err != nil {
						return err
					}
				}
				return nil
			case "broken":
				return errors.New("it cannot be read")
			}
			return each(slices.DeleteFunc([]dialer.LeadID{7, 8}, func(id dialer.LeadID) bool { return f.IDs != nil && !slices.Contains(f.IDs, id) }))
		},
		Edit: func(_ context.Context, e dialer.LeadEdit) (int, error) {
			note("%s %v %s", e.What, e.Leads, e.Bucket)
			if e.What == dialer.EditRelease {
				return 1, errors.New("the leads are still being loaded")
			}
			return max(0, len(e.Leads)-1), nil
		},
		Show: func(_ context.Context, f store.LeadFilter) (ShownLeads, error) {
			note("show %s", LeadFilter(f).query())
			return ShownLeads{Leads: []Lead{{ExportedLead: store.ExportedLead{ID: 7}, Live: dialer.LeadDialing}}, More: 3}, nil
		},
		Why: func(_ context.Context, f store.LeadFilter) (Whys, error) {
			note("why %s", LeadFilter(f).query())
			return Whys{Leads: []Why{someWhy()}}, nil
		},
		Buckets: func(context.Context) ([]Bucket, error) {
			return []Bucket{{Name: "web", LeadCounts: LeadCounts{Waiting: 2}, Campaigns: []string{"spring"}}, {Name: "old", Loading: true}}, nil
		},
	}
}

func someWhy() Why {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	return Why{Lead: store.ExportedLead{ID: 7, Name: "Ann"}, Live: dialer.LeadReady, Hopper: "spring", Reasons: []Reason{},
		Campaigns: []WhyCampaign{{Campaign: "spring", Number: 79161234567, Earliest: now, Zones: []string{"Europe/Moscow"},
			Reasons: []Reason{{Text: "outside the calendar", Until: now}, {Text: "there is no such number", Number: 79161234568, Never: true}}}}}
}

func TestLeads(t *testing.T) {
	var asked []string
	path, _ := start(t, Daemon{Leads: someLeads(&asked)})
	c, ctx := NewClient(path), t.Context()
	defer c.Close()
	held := dialer.LeadHeld
	var found []dialer.LeadID
	all := LeadFilter{IDs: []dialer.LeadID{8, 9}, Bucket: "a&b", State: &held, Final: "so ld", Rule: "r", External: "ä+", Number: 79161234567, Unfinished: true}
	if err := c.FindLeads(ctx, all, func(id dialer.LeadID) error { found = append(found, id); return nil }); err != nil || !slices.Equal(found, []dialer.LeadID{8}) {
		t.Errorf("found %v, %v", found, err)
	}
	for _, x := range []struct {
		edit LeadsEdit
		want LeadsEdited
	}{
		{LeadsEdit{What: dialer.EditMove, Bucket: "web", Leads: []dialer.LeadID{7, 8, 9}, Who: "ann"}, LeadsEdited{Found: 2, Changed: 1}},
		{LeadsEdit{What: dialer.EditDelete, Filter: &LeadFilter{External: "crm-1"}}, LeadsEdited{Found: 2, Changed: 1}},
	} {
		if done, err := c.EditLeads(ctx, x.edit); err != nil || done != x.want {
			t.Errorf("%+v: %+v, %v", x.edit, done, err)
		}
	}
	if shown, err := c.ShowLeads(ctx, LeadFilter{Number: 79161234567}); err != nil || shown.More != 3 || shown.Leads[0].ID != 7 || shown.Leads[0].Live != dialer.LeadDialing {
		t.Errorf("%+v, %v", shown, err)
	}
	if whys, err := c.Why(ctx, LeadFilter{External: "crm 1"}); err != nil || !reflect.DeepEqual(whys, Whys{Leads: []Why{someWhy()}}) {
		t.Errorf("%+v, %v", whys, err)
	}
	if buckets, err := c.Buckets(ctx); err != nil || len(buckets) != 2 || buckets[0].Waiting != 2 || buckets[1].Campaigns == nil {
		t.Errorf("%+v, %v", buckets, err)
	}
	want := []string{
		"find bucket=a%26b&external=%C3%A4%2B&final=so+ld&lead=8&lead=9&number=%2B79161234567&rule=r&state=held&unfinished=true",
		"find lead=7&lead=8&lead=9", "move [7 8] web",
		"find external=crm-1", "delete [7 8] ",
		"show number=%2B79161234567", "why external=crm+1",
	}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("the daemon was asked\n%s", strings.Join(asked, "\n"))
	}
}

// TestLeadRefusals: what is wrong with a request is said, and no lead is changed.
func TestLeadRefusals(t *testing.T) {
	var asked []string
	path, _ := start(t, Daemon{Leads: someLeads(&asked)})
	many, err := json.Marshal(LeadsEdit{What: dialer.EditHold, Leads: make([]dialer.LeadID, MaxEdit+1)})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		request, body string
		code          int
		text          string
	}{
		{"GET /v1/leads/find?buket=web", "", 400, `there is no condition "buket"`},
		{"GET /v1/leads/find?bucket=", "", 400, "bucket is empty"},
		{"GET /v1/leads/find?bucket=%zz", "", 400, "invalid URL escape"},
		{"GET /v1/leads/find?state=ready", "", 400, "a lead is ready in memory alone"},
		{"GET /v1/leads/find?state=sold", "", 400, `"sold" is no lead state`},
		{"GET /v1/leads/find?number=+79161234567", "", 400, "E.164"},
		{"GET /v1/leads/find?lead=crm-1", "", 400, `"crm-1" is no id of a lead`},
		{"GET /v1/leads/find?unfinished=yes", "", 400, "true or false"},
		{"GET /v1/leads/find?bucket=broken", "", 500, "it cannot be read"},
		{"GET /v1/leads/export?state=dialing", "", 400, "a lead is dialing in memory alone"},
		{"GET /v1/leads/show", "", 400, "which lead?"},
		{"GET /v1/leads/why", "", 400, "which lead?"},
		{"GET /v1/leads/why?bucket=web", "", 400, `there is no condition "bucket": choose leads by lead, external, number`},
		{"POST /v1/leads/edit", `[]`, 400, "no JSON object with what"},
		{"POST /v1/leads/edit", `{"what":"kill","leads":[1]}`, 400, `"kill" is no edit of leads`},
		{"POST /v1/leads/edit", `{"leads":[1]}`, 400, "what is to be done?"},
		{"POST /v1/leads/edit", `{"what":"hold"}`, 400, "name leads or give a filter"},
		{"POST /v1/leads/edit", `{"what":"hold","leads":[1],"filter":{"bucket":"web"}}`, 400, "one of the two"},
		{"POST /v1/leads/edit", `{"what":"delete","filter":{}}`, 400, "would choose all leads"},
		{"POST /v1/leads/edit", `{"what":"delete","filter":{"buket":"web"}}`, 400, `unknown field "buket"`},
		{"POST /v1/leads/edit", `{"what":"delete","filter":{"state":"ready"}}`, 400, "in memory alone"},
		{"POST /v1/leads/edit", `{"what":"move","leads":[1]}`, 400, "which bucket"},
		{"POST /v1/leads/edit", `{"what":"hold","bucket":"web"}`, 400, "a bucket belongs to move"},
		{"POST /v1/leads/edit", `{"what":"hold","leads":[1],"who":"` + strings.Repeat("x", 501) + `"}`, 400, "500 bytes"},
		{"POST /v1/leads/edit", `{"what":"hold","filter":{"bucket":"big"}}`, 413, "at most 10000"},
		{"POST /v1/leads/edit", string(many), 413, "at most 10000"},
		{"POST /v1/leads/edit", `{"what":"hold","filter":{"bucket":"broken"}}`, 500, "it cannot be read"},
	} {
		method, url, _ := strings.Cut(x.request, " ")
		code, text := ask(t, path, method, url, x.body)
		var refused errorBody
		if err := json.Unmarshal([]byte(text), &refused); err != nil || code != x.code || !strings.Contains(refused.Error, x.text) {
			t.Errorf("%s %s: %d %s %v, want %d %q", x.request, x.body, code, text, err, x.code, x.text)
		}
	}
	if i := slices.IndexFunc(asked, func(s string) bool { return !strings.HasPrefix(s, "find") }); i >= 0 {
		t.Errorf("the daemon was asked to %s", asked[i])
	}
	if code, text := ask(t, path, http.MethodPost, "/v1/leads/edit", `{"what":"release","leads":[7]}`); code != http.StatusConflict || !strings.Contains(text, "still being loaded") {
		t.Errorf("what the dialer refuses: %d %s", code, text)
	}
}
