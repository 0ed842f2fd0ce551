package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"dialerd/dialer"
	"dialerd/store"
)

// PauseReason is a reason of pauses.toml.
type PauseReason struct {
	Code         string `json:"code"`
	Name         string `json:"name,omitempty"`
	LimitSeconds int64  `json:"limit_seconds,omitempty"` // left out: none
	Paid         bool   `json:"paid"`
	Self         bool   `json:"self"`             // an operator may give it himself
	Number       int    `json:"number,omitempty"` // among those that he may: as it is dialed
}

func (s *server) pauseReasons(w http.ResponseWriter, _ *http.Request) {
	reasons, number := []PauseReason{}, 0
	for _, r := range s.daemon.Agents.Reasons() {
		x := PauseReason{Code: r.Code, Name: r.Name, LimitSeconds: int64(r.Limit.Span() / time.Second), Paid: r.Paid, Self: r.Self}
		if r.Self {
			number++
			x.Number = number
		}
		reasons = append(reasons, x)
	}
	answer(w, http.StatusOK, reasons)
}

func (s *server) pauses(w http.ResponseWriter, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err == nil {
		err = knownConditions(query, "pauses", []string{"agent", "since", "until"})
	}
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	f := store.PauseFilter{Agent: query.Get("agent")}
	for key, to := range map[string]*time.Time{"since": &f.Since, "until": &f.Until} {
		text := query.Get(key)
		if text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			fail(w, http.StatusBadRequest, fmt.Errorf("%s: %q is no instant: write it as 2026-11-22T15:04:05Z, or +03:00 instead of Z, the + as %%2B", key, text))
			return
		}
		*to = at
	}
	s.answerLines(w, func(line func(any) error) error {
		return s.daemon.Agents.Pauses(r.Context(), f, func(p dialer.PauseEnded) error { return line(p) })
	})
}

// PauseReasons are the reasons for which operators may be paused.
func (c *Client) PauseReasons(ctx context.Context) (reasons []PauseReason, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/pauses/reasons", nil, &reasons)
	return reasons, err
}

// Pauses hands over the pauses of operators that are over and that the filter lets through, one by one, until each
// returns an error.
func (c *Client) Pauses(ctx context.Context, f store.PauseFilter, each func(dialer.PauseEnded) error) error {
	query := url.Values{}
	if f.Agent != "" {
		query.Set("agent", f.Agent)
	}
	for key, at := range map[string]time.Time{"since": f.Since, "until": f.Until} {
		if !at.IsZero() {
			query.Set(key, at.UTC().Format(time.RFC3339Nano))
		}
	}
	return readLines(ctx, c, "/v1/pauses?"+query.Encode(), each)
}
