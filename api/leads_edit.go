package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"dialerd/dialer"
	"dialerd/store"
)

// MaxEdit is how many leads one request may change.
const MaxEdit = 10_000

// LeadsEdit is the body of a request to change leads: those that are named, or those that a filter lets through.
type LeadsEdit struct {
	What   dialer.EditKind `json:"what"`             // move, hold, release, restart or delete
	Bucket string          `json:"bucket,omitempty"` // where move puts them
	Leads  []dialer.LeadID `json:"leads,omitempty"`
	Filter *LeadFilter     `json:"filter,omitempty"`
	Who    string          `json:"who,omitempty"` // for the log
}

// LeadsEdited is the answer. Leads that are not known, and those that are as they are to be already, are not changed.
type LeadsEdited struct {
	Found   int `json:"found"` // of those that were named, or let through
	Changed int `json:"changed"`
}

func (s *server) editLeads(w http.ResponseWriter, r *http.Request) {
	ctx, done := context.WithTimeout(r.Context(), changeTime)
	defer done()
	e, err := readLeadsEdit(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	ids, err := s.chosen(ctx, e.filter())
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	changed, err := s.daemon.Leads.Edit(ctx, dialer.LeadEdit{Leads: ids, What: e.What, Bucket: e.Bucket})
	if changed > 0 || err == nil {
		s.log.Info().Stringer("what", e.What).Int("found", len(ids)).Int("changed", changed).Str("bucket", e.Bucket).Str("who", e.Who).Msg("leads were edited over the api")
	}
	if err != nil {
		fail(w, http.StatusConflict, err)
		return
	}
	answer(w, http.StatusOK, LeadsEdited{Found: len(ids), Changed: changed})
}

func readLeadsEdit(body io.Reader) (e LeadsEdit, err error) {
	if err := read(body, &e); err != nil {
		return e, fmt.Errorf("the body is no JSON object with what, and leads or a filter: %w", err)
	}
	switch {
	case e.What == dialer.EditNone:
		return e, errors.New("what is to be done? Say move, hold, release, restart or delete")
	case e.What == dialer.EditMove && e.Bucket == "":
		return e, errors.New("which bucket are they to be moved to?")
	case e.What != dialer.EditMove && e.Bucket != "":
		return e, fmt.Errorf("a bucket belongs to move, not to %s; leads are chosen by bucket in the filter", e.What)
	case len(e.Who) > maxNote:
		return e, fmt.Errorf("who may have %d bytes", maxNote)
	}
	return e, e.checkChoice()
}

// checkChoice wants leads or a filter, which has to restrict: {} would mean all leads there are.
func (e *LeadsEdit) checkChoice() error {
	switch {
	case (len(e.Leads) == 0) == (e.Filter == nil):
		return errors.New("name leads or give a filter, one of the two")
	case len(e.Leads) > MaxEdit:
		return tooManyLeads(len(e.Leads))
	case e.Filter != nil && !e.Filter.Restricts():
		return errors.New("the filter has no condition, and would choose all leads")
	case e.Filter != nil:
		return e.Filter.Check()
	}
	return nil
}

func tooManyLeads(n int) error {
	return Errorf(http.StatusRequestEntityTooLarge, "%d leads are too many for one request: send the ids of at most %d at a time; GET /v1/leads/find has them", n, MaxEdit)
}

// filter chooses the leads that there are.
func (e *LeadsEdit) filter() LeadFilter {
	if e.Filter != nil {
		return *e.Filter
	}
	return LeadFilter{IDs: e.Leads}
}

// chosen is the leads that a filter lets through, unless they are more than one request may change.
func (s *server) chosen(ctx context.Context, f LeadFilter) (ids []dialer.LeadID, err error) {
	err = s.daemon.Leads.Find(ctx, store.LeadFilter(f), func(some []dialer.LeadID) error {
		if ids = append(ids, some...); len(ids) > MaxEdit {
			return tooManyLeads(len(ids))
		}
		return nil
	})
	return ids, err
}

// EditLeads changes leads; it returns after that is on disk.
func (c *Client) EditLeads(ctx context.Context, e LeadsEdit) (done LeadsEdited, err error) {
	err = c.ask(ctx, http.MethodPost, "/v1/leads/edit", e, &done)
	return done, err
}
