// Package api is the daemon's HTTP face, JSON under /v1 over a unix socket, and the client that the
// command line talks through.
//
//	l, err := api.Listen("/run/dialerd/dialerd.sock")
//	if err != nil {
//		return err
//	}
//	err = api.Serve(ctx, l, api.Daemon{Status: status, Reload: reload, ...}, log)
//
//	c := api.NewClient("/run/dialerd/dialerd.sock")
//	s, err := c.Status(ctx) // errors.Is(err, api.ErrNotRunning) when nobody answers
//
// Whoever may open the socket may do everything, a supervisor's part included: its mode, 0660, is the only gate. A 2xx to a
// request that changes something is given after the change is on disk.
//
//	GET  /v1/status                    all of Status
//	GET  /v1/campaigns                 its campaigns alone
//	GET  /v1/agents                    its agents alone
//	GET  /v1/agents/{id}               how one operator stands: Standing; {id} may be his interface, with its slash as %2F: PJSIP%2F101
//	POST /v1/agents/{id}/pause         he wants a pause: {"reason": "lunch"}, or one is wanted of him: and "supervisor": true
//	POST /v1/agents/{id}/work          his own pause is over; {"supervisor": true}: every pause of his
//	POST /v1/agents/{id}/login         make him a member of his queues of agents.toml; {"interface": "PJSIP/102"} when it is not the one there
//	POST /v1/agents/{id}/logout        take him out of them
//	POST /v1/agents/{id}/reserve       keep him free for a lead: {"lead": 7, "for": "90s"}; nobody asks whether there is such a lead
//	POST /v1/agents/{id}/release       he is not needed for it any more
//	GET  /v1/pauses                    pauses that are over, one JSON object a line; ?agent=ID, ?since= and ?until=2026-11-22T15:04:05Z choose
//	GET  /v1/pauses/reasons            the reasons of pauses.toml
//	GET  /v1/version
//	POST /v1/reload                    422 with all faults when the files are refused
//	POST /v1/departments/{name}/start  and /stop; 404 when there is none
//	POST /v1/campaigns/{name}/start    and /stop
//	POST /v1/calls/{id}/disposition    what came of a talk: {"disposition": "sale"}, a word that a rule of its campaign names; 409 with those there are
//	POST /v1/dnc/add                   numbers and masks never called: DNCChange, answered by DNCChanged; and /remove
//	GET  /v1/dnc                       what was added, one JSON object a line; ?campaign=C, ?global=true and ?number=N choose
//	GET  /v1/dnc/lists                 how much is on each list
//	POST /v1/leads/import              a JSON array of leads, at most MaxImport; an array of results in the same order
//	GET  /v1/leads/export              one JSON object a line; conditions choose
//	GET  /v1/leads/find                the ids of leads, one a line; conditions choose
//	GET  /v1/leads/show                all that is known of a lead: ShownLeads; ?lead=L, ?external=E or ?number=N names it
//	GET  /v1/leads/why                 why a lead is not called now, and when it will be: Whys; named in the same way
//	POST /v1/leads/edit                move, hold, release, restart or delete at most MaxEdit leads: LeadsEdit, answered by LeadsEdited
//	GET  /v1/buckets                   how many leads are in each bucket, and who draws on it
//
// The conditions that choose leads are ?lead=L (as often as there are leads to name), ?bucket=B, ?state=waiting (or
// finished, held), ?final=F, ?rule=R, ?external=E, ?number=N and ?unfinished=true; all of them have to hold. The + of a
// number is written %2B in a query.
//
// What is wanted of an operator is answered by AgentAnswer: how he stands now. It is in force then, and 200 is given when it
// is on disk, or, the one exception, after 400 ms without that and with "stored": false. 404 when there is no such operator, 409
// with the reason when it cannot be done. The body may be left out where nothing has to be said.
//
// An error is {"error": "..."} with a status that fits; 503 when too many ask at once.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"dialerd/store"
)

// Error is an error with the HTTP status it is answered with. A function of Daemon may return one
// where the usual status does not fit; the client returns one for every refusal.
type Error struct {
	Code int // HTTP status
	Text string
}

// Error is the text alone: it was written for the person who asked.
func (e *Error) Error() string { return e.Text }

// Errorf makes an Error.
func Errorf(code int, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

type errorBody struct {
	Error string `json:"error"`
}

// fail answers with err: with its own status, else with usual.
func fail(w http.ResponseWriter, usual int, err error) {
	own := (*Error)(nil)
	tooLarge := (*http.MaxBytesError)(nil)
	switch {
	case errors.As(err, &own):
		usual = own.Code
	case errors.Is(err, store.ErrCrowded):
		usual = http.StatusServiceUnavailable
	case errors.As(err, &tooLarge):
		usual = http.StatusRequestEntityTooLarge
	case errors.Is(err, context.DeadlineExceeded):
		usual = http.StatusGatewayTimeout
		err = fmt.Errorf("the daemon did not get to it in time, it may still be done: look at dialerd status: %w", err)
	case errors.Is(err, context.Canceled):
		usual = http.StatusServiceUnavailable
		err = fmt.Errorf("the daemon is ending: %w", err)
	}
	answer(w, usual, errorBody{Error: err.Error()})
}

// read takes the JSON of a body; a field that is not known is an error, since it would be without effect.
func read(body io.Reader, into any) error {
	in := json.NewDecoder(body)
	in.DisallowUnknownFields()
	return in.Decode(into)
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	// An error here means that the client is gone, and there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(body)
}
