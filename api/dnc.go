package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/store"
)

// MaxDNC is how many entries one request may carry.
const MaxDNC = 10_000

// DNC is what the daemon does about the list of numbers never called.
type DNC struct {
	// Change returns after the commit, with how many entries it has put on the list or taken off. Its error is
	// a 404: entries are looked at before.
	Change func(ctx context.Context, change dialer.DNCChange) (int, error)
	// Export hands over entries one by one; store.Reader has it.
	Export func(ctx context.Context, f store.DNCFilter, each func(store.DNCEntry) error) error
	Count  func(ctx context.Context) ([]store.DNCCount, error)
}

// DNCChange is the body of a request to add or remove entries.
type DNCChange struct {
	Entries  []string `json:"entries"`            // +79161234567, +7900*, +7900123????
	Campaign string   `json:"campaign,omitempty"` // empty: all campaigns
	Who      string   `json:"who,omitempty"`
	Why      string   `json:"why,omitempty"`
}

// DNCChanged is the answer: how many of the entries were not there before, or were.
type DNCChanged struct {
	Changed int `json:"changed"`
}

// maxNote bounds who and why, in bytes.
const maxNote = 500

func (s *server) changeDNC(remove bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, done := context.WithTimeout(r.Context(), changeTime)
		defer done()
		c, err := readDNCChange(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			fail(w, http.StatusBadRequest, err)
			return
		}
		changed, err := s.daemon.DNC.Change(ctx, dialer.DNCChange{Campaign: c.Campaign, Entries: c.Entries, Remove: remove, Who: c.Who, Why: c.Why})
		if err != nil {
			fail(w, http.StatusNotFound, err)
			return
		}
		s.log.Info().Int("entries", changed).Bool("remove", remove).Str("campaign", c.Campaign).Str("who", c.Who).Msg("the DNC list was changed over the api")
		answer(w, http.StatusOK, DNCChanged{Changed: changed})
	}
}

func readDNCChange(body io.Reader) (c DNCChange, err error) {
	if err := read(body, &c); err != nil {
		return c, fmt.Errorf("the body is no JSON object with entries: %w", err)
	}
	switch {
	case len(c.Entries) == 0:
		return c, errors.New("there are no entries")
	case len(c.Entries) > MaxDNC:
		return c, Errorf(http.StatusRequestEntityTooLarge, "%d entries are too many for one request: send at most %d at a time", len(c.Entries), MaxDNC)
	case len(c.Who) > maxNote || len(c.Why) > maxNote:
		return c, fmt.Errorf("who and why may have %d bytes each", maxNote)
	}
	for i, e := range c.Entries {
		if _, err := phone.ParseEntry(e); err != nil {
			return c, fmt.Errorf("entry %d: %w", i, err)
		}
	}
	return c, nil
}

func (s *server) countDNC(w http.ResponseWriter, r *http.Request) {
	ctx, done := context.WithTimeout(r.Context(), changeTime)
	defer done()
	counts, err := s.daemon.DNC.Count(ctx)
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	answer(w, http.StatusOK, orEmpty(counts))
}

func (s *server) exportDNC(w http.ResponseWriter, r *http.Request) {
	filter := store.DNCFilter{Campaign: r.FormValue("campaign"), Global: r.FormValue("global") == "true"}
	if err := filter.Number.UnmarshalText([]byte(r.FormValue("number"))); err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	s.answerLines(w, func(line func(any) error) error {
		return s.daemon.DNC.Export(r.Context(), filter, func(e store.DNCEntry) error { return line(e) })
	})
}

// ChangeDNC puts entries on the list of numbers never called, or takes them off; it returns after that is on
// disk, with how many have changed.
func (c *Client) ChangeDNC(ctx context.Context, change dialer.DNCChange) (int, error) {
	word := "add"
	if change.Remove {
		word = "remove"
	}
	var answer DNCChanged
	err := c.ask(ctx, http.MethodPost, "/v1/dnc/"+word, DNCChange{Entries: change.Entries, Campaign: change.Campaign, Who: change.Who, Why: change.Why}, &answer)
	return answer.Changed, err
}

// CountDNC counts the entries of each list.
func (c *Client) CountDNC(ctx context.Context) (counts []store.DNCCount, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/dnc/lists", nil, &counts)
	return counts, err
}

// ExportDNC hands over all entries that the filter lets through, one by one, until each returns an error.
func (c *Client) ExportDNC(ctx context.Context, f store.DNCFilter, each func(store.DNCEntry) error) error {
	query := url.Values{"campaign": {f.Campaign}, "global": {strconv.FormatBool(f.Global)}, "number": {f.Number.String()}}
	return readLines(ctx, c, "/v1/dnc?"+query.Encode(), each)
}
