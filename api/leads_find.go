package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/store"
)

// LeadFilter is a store.LeadFilter in the body of a request.
type LeadFilter struct {
	IDs        []dialer.LeadID   `json:"-"` // a body names them beside its filter
	Bucket     string            `json:"bucket,omitempty"`
	State      *dialer.LeadState `json:"state,omitempty"` // waiting, finished or held
	Final      string            `json:"final,omitempty"`
	Rule       string            `json:"rule,omitempty"`
	External   string            `json:"external,omitempty"`
	Number     phone.Number      `json:"number,omitempty"`
	Unfinished bool              `json:"unfinished,omitempty"`
}

// Restricts tells whether the filter has any condition: without one it chooses all leads there are.
func (f LeadFilter) Restricts() bool {
	return f.IDs != nil || f.State != nil || f.Number != 0 || f.Unfinished || f.Bucket+f.Final+f.Rule+f.External != ""
}

// Check refuses what no lead can be like.
func (f LeadFilter) Check() error {
	if f.State != nil && (*f.State == dialer.LeadReady || *f.State == dialer.LeadDialing) {
		return fmt.Errorf("a lead is %s in memory alone, on disk it waits: choose waiting, finished or held", f.State)
	}
	return nil
}

// The conditions of a query. A lead may be named several times.
const (
	byLead       = "lead"
	byBucket     = "bucket"
	byState      = "state"
	byFinal      = "final"
	byRule       = "rule"
	byExternal   = "external"
	byNumber     = "number"
	byUnfinished = "unfinished"
)

var (
	anyCondition = []string{byLead, byBucket, byState, byFinal, byRule, byExternal, byNumber, byUnfinished}
	oneCondition = []string{byLead, byExternal, byNumber} // to name one person
)

// knownConditions refuses a name that is not known, or a value that is missing: without it a query would choose more than
// was meant.
func knownConditions(query url.Values, what string, names []string) error {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch {
		case !slices.Contains(names, name):
			return fmt.Errorf("there is no condition %q: choose %s by %s", name, what, strings.Join(names, ", "))
		case slices.Contains(query[name], ""):
			return fmt.Errorf("%s is empty: leave it out, or give it a value", name)
		}
	}
	return nil
}

// readFilter reads a query.
func readFilter(query url.Values, names []string) (f LeadFilter, err error) {
	if err := knownConditions(query, "leads", names); err != nil {
		return f, err
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, text := range query[name] {
			if err := f.read(name, text); err != nil {
				return f, err
			}
		}
	}
	return f, f.Check()
}

// read takes one condition.
func (f *LeadFilter) read(name, text string) (err error) {
	switch name {
	case byLead:
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is no id of a lead", text)
		}
		f.IDs = append(f.IDs, dialer.LeadID(id))
	case byBucket:
		f.Bucket = text
	case byState:
		f.State = new(dialer.LeadState)
		return f.State.UnmarshalText([]byte(text))
	case byFinal:
		f.Final = text
	case byRule:
		f.Rule = text
	case byExternal:
		f.External = text
	case byNumber:
		return f.Number.UnmarshalText([]byte(text))
	case byUnfinished:
		if f.Unfinished, err = strconv.ParseBool(text); err != nil {
			return fmt.Errorf("%s is true or false, not %q", byUnfinished, text)
		}
	}
	return nil
}

// query is the filter as readFilter reads it.
func (f LeadFilter) query() string {
	values := url.Values{}
	for _, id := range f.IDs {
		values.Add(byLead, strconv.FormatInt(int64(id), 10))
	}
	for name, text := range map[string]string{byBucket: f.Bucket, byFinal: f.Final, byRule: f.Rule, byExternal: f.External} {
		if text != "" {
			values.Set(name, text)
		}
	}
	if f.State != nil {
		values.Set(byState, f.State.String())
	}
	if f.Number != 0 {
		values.Set(byNumber, f.Number.String())
	}
	if f.Unfinished {
		values.Set(byUnfinished, "true")
	}
	return values.Encode()
}

// queryOf reads the query of a request; what is wrong with it is answered.
func queryOf(w http.ResponseWriter, r *http.Request, names []string) (LeadFilter, bool) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	var f LeadFilter
	if err == nil {
		f, err = readFilter(query, names)
	}
	if err != nil {
		fail(w, http.StatusBadRequest, err)
	}
	return f, err == nil
}

// nameOf is queryOf for one person, who has to be named.
func nameOf(w http.ResponseWriter, r *http.Request) (LeadFilter, bool) {
	f, ok := queryOf(w, r, oneCondition)
	if ok && !f.Restricts() {
		fail(w, http.StatusBadRequest, errors.New("which lead? Name it by "+strings.Join(oneCondition, ", ")+", as ?lead=17"))
		return f, false
	}
	return f, ok
}

func (s *server) findLeads(w http.ResponseWriter, r *http.Request) {
	f, ok := queryOf(w, r, anyCondition)
	if !ok {
		return
	}
	s.answerLines(w, func(line func(any) error) error {
		return s.daemon.Leads.Find(r.Context(), store.LeadFilter(f), func(ids []dialer.LeadID) error {
			for _, id := range ids {
				if err := line(id); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// aboutLead answers a question about one person's leads.
func aboutLead[T any](ask func(context.Context, store.LeadFilter) (T, error), whole func(T) T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, ok := nameOf(w, r)
		if !ok {
			return
		}
		ctx, done := context.WithTimeout(r.Context(), askTime)
		defer done()
		told, err := ask(ctx, store.LeadFilter(f))
		if err != nil {
			fail(w, http.StatusInternalServerError, err)
			return
		}
		answer(w, http.StatusOK, whole(told))
	}
}

// FindLeads hands over the ids of all leads that the filter lets through, one by one, until each returns an error.
func (c *Client) FindLeads(ctx context.Context, f LeadFilter, each func(dialer.LeadID) error) error {
	return readLines(ctx, c, "/v1/leads/find?"+f.query(), each)
}
