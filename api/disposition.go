package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"dialerd/dialer"
)

// Disposition is the body of a request to say what came of a talk: one of the words that the rules of its campaign
// name.
type Disposition struct {
	Disposition string `json:"disposition"`
}

func (s *server) dispose(w http.ResponseWriter, r *http.Request) {
	ctx, done := context.WithTimeout(r.Context(), changeTime)
	defer done()
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		fail(w, http.StatusNotFound, fmt.Errorf("%q is not the id of a call", r.PathValue("id")))
		return
	}
	var d Disposition
	if err = read(http.MaxBytesReader(w, r.Body, maxBody), &d); err == nil && d.Disposition == "" {
		err = errors.New("which disposition?")
	}
	if err != nil {
		fail(w, http.StatusBadRequest, fmt.Errorf("the body is no JSON object with a disposition: %w", err))
		return
	}
	if err := s.daemon.Dispose(ctx, dialer.CallID(id), d.Disposition); err != nil {
		fail(w, http.StatusConflict, err)
		return
	}
	answer(w, http.StatusOK, d)
}

// Dispose says what came of a talk that goes on or is over; it returns after that is on disk.
func (c *Client) Dispose(ctx context.Context, call dialer.CallID, word string) error {
	return c.ask(ctx, http.MethodPost, "/v1/calls/"+url.PathEscape(strconv.FormatInt(int64(call), 10))+"/disposition", Disposition{word}, nil)
}
