package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
	"dialerd/store"
)

// someDNC keeps what it is told, and knows no campaign but spring.
func someDNC(told *[]dialer.DNCChange) DNC {
	entry := store.DNCEntry{Entry: "+7900*", Campaign: "spring", When: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Who: "ann"}
	return DNC{
		Change: func(_ context.Context, c dialer.DNCChange) (int, error) {
			if c.Campaign != "" && c.Campaign != "spring" {
				return 0, errors.New("there is no campaign")
			}
			*told = append(*told, c)
			return len(c.Entries) - 1, nil
		},
		Export: func(_ context.Context, f store.DNCFilter, each func(store.DNCEntry) error) error {
			if f != (store.DNCFilter{Campaign: "spring", Number: 79001234567}) {
				return errors.New("another filter")
			}
			return errors.Join(each(entry), each(entry))
		},
		Count: func(context.Context) ([]store.DNCCount, error) {
			return []store.DNCCount{{Campaign: "spring", Masks: 1}}, nil
		},
	}
}

func TestDNC(t *testing.T) {
	var told []dialer.DNCChange
	path, _ := start(t, Daemon{DNC: someDNC(&told)})
	c := NewClient(path)
	defer c.Close()
	want := []dialer.DNCChange{{Campaign: "spring", Entries: []string{"+79161234567", "+7900*"}, Who: "ann", Why: "asked"},
		{Entries: []string{"+79161234567"}, Remove: true}}
	for i, change := range want {
		if n, err := c.ChangeDNC(t.Context(), change); err != nil || n != len(change.Entries)-1 {
			t.Errorf("change %d: %d, %v", i, n, err)
		}
	}
	if !reflect.DeepEqual(told, want) {
		t.Errorf("the daemon was told %+v", told)
	}
	n := 0
	err := c.ExportDNC(t.Context(), store.DNCFilter{Campaign: "spring", Number: 79001234567}, func(e store.DNCEntry) error {
		n++
		if e.Entry != "+7900*" || e.Campaign != "spring" || e.When.IsZero() || e.Who != "ann" {
			t.Errorf("%+v", e)
		}
		return nil
	})
	if err != nil || n != 2 {
		t.Errorf("%d entries, %v", n, err)
	}
	if counts, err := c.CountDNC(t.Context()); err != nil || !reflect.DeepEqual(counts, []store.DNCCount{{Campaign: "spring", Masks: 1}}) {
		t.Errorf("%+v, %v", counts, err)
	}
}

// TestDNCRefusals: what is wrong with a request is said, and changes nothing.
func TestDNCRefusals(t *testing.T) {
	var told []dialer.DNCChange
	path, _ := start(t, Daemon{DNC: someDNC(&told)})
	c := NewClient(path)
	defer c.Close()
	for text, x := range map[string]struct {
		body any
		code int
	}{
		"no JSON object with entries":     {[]string{"+79161234567"}, http.StatusBadRequest},
		`unknown field "number"`:          {map[string]string{"number": "+79161234567"}, http.StatusBadRequest},
		"there are no entries":            {DNCChange{Campaign: "spring"}, http.StatusBadRequest},
		`entry 1: "8916" is not a number`: {DNCChange{Entries: []string{"+79161234567", "8916"}}, http.StatusBadRequest},
		"may have 500 bytes":              {DNCChange{Entries: []string{"+79161234567"}, Why: strings.Repeat("x", 501)}, http.StatusBadRequest},
		"send at most 10000":              {DNCChange{Entries: make([]string, MaxDNC+1)}, http.StatusRequestEntityTooLarge},
		"there is no campaign":            {DNCChange{Entries: []string{"+79161234567"}, Campaign: "sprung"}, http.StatusNotFound},
	} {
		err := c.ask(t.Context(), http.MethodPost, "/v1/dnc/add", x.body, nil)
		refused := (*Error)(nil)
		if !errors.As(err, &refused) || refused.Code != x.code || !strings.Contains(refused.Text, text) {
			t.Errorf("%v, want %d %q", err, x.code, text)
		}
	}
	if err := c.ask(t.Context(), http.MethodGet, "/v1/dnc?number=8916", nil, nil); err == nil || !strings.Contains(err.Error(), "8916") {
		t.Errorf("a number that is none: %v", err)
	}
	if len(told) > 0 {
		t.Errorf("the daemon was told %+v", told)
	}
}
