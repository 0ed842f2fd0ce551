package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"time"

	"dialerd/dialer"
	"dialerd/store"
)

// Agents is what is asked about operators and done with them.
type Agents struct {
	// Ask puts a question about an operator. It returns when what was wanted is on disk, or a little later without
	// that. Its error is a 409, where it is not an Error.
	Ask func(ctx context.Context, q dialer.Question) (AgentAnswer, error)
	// Pauses hands over pauses that are over, one by one; store.Reader has it.
	Pauses func(ctx context.Context, f store.PauseFilter, each func(dialer.PauseEnded) error) error
	// Reasons are those of pauses.toml, as the daemon has them.
	Reasons func() []dialer.PauseReason
}

// Standing is how an operator stands. What is not so, or not known, is left out.
type Standing struct {
	Agent       string           `json:"agent"` // his id
	Name        string           `json:"name"`
	Code        dialer.AgentCode `json:"code"`             // working, awaiting, callback, pausing, paused or offline
	Reason      string           `json:"reason,omitempty"` // of the pause
	By          dialer.PauseBy   `json:"by,omitempty"`     // whose pause it is: supervisor, agent, asterisk, foreign or dialerd
	Since       time.Time        `json:"since,omitzero"`
	Until       time.Time        `json:"until,omitzero"`         // when the pause is over its limit, or the state ends by itself
	LeftSeconds int64            `json:"left_seconds,omitempty"` // until then; below 0: he is over it
	AfterCall   bool             `json:"after_call"`             // he has a call, or wraps one up: only after that
	Lead        dialer.LeadID    `json:"lead,omitempty"`         // whom he is kept free for
}

// AgentAnswer is the answer to who wants something of an operator: how he stands now. It is in force, whether it is
// on disk yet or not.
type AgentAnswer struct {
	Standing
	Stored bool `json:"stored"` // it is on disk; else the disk is slow, and it will be
}

// StandingOf is a reply of the Dialer.
func StandingOf(r dialer.AgentReply) Standing {
	return Standing{Agent: r.Agent, Name: r.Name, Code: r.Code, Reason: r.Reason, By: r.By, Since: r.Since.UTC(), Until: r.Until.UTC(),
		LeftSeconds: int64(r.Left.Round(time.Second) / time.Second), AfterCall: r.After, Lead: r.Lead}
}

// AgentRequest is the body of a request that wants something of an operator.
type AgentRequest interface {
	question() (dialer.Question, error)
}

// AgentPause has an operator paused as soon as no call counts on him any more. A supervisor's pause is one that the
// operator cannot withdraw.
type AgentPause struct {
	Reason     string `json:"reason,omitempty"` // a code of pauses.toml; empty: the first that he may give
	Supervisor bool   `json:"supervisor,omitempty"`
}

// AgentWork withdraws an operator's own pause, or, by a supervisor, every pause of his.
type AgentWork struct {
	Supervisor bool `json:"supervisor,omitempty"`
}

// AgentLogin makes an operator of agents.toml a member of his queues.
type AgentLogin struct {
	Interface string `json:"interface,omitempty"` // empty: that of agents.toml
}

// AgentLogout takes an operator out of his queues as soon as no call counts on him any more.
type AgentLogout struct{}

// AgentReserve keeps an operator free for a lead, whether there is one of that id or not.
type AgentReserve struct {
	Lead dialer.LeadID   `json:"lead"`
	For  dialer.Duration `json:"for"` // as 90s; from 1s to 1h
}

// AgentRelease ends that.
type AgentRelease struct{}

func (p AgentPause) question() (dialer.Question, error) {
	return dialer.Question{What: dialer.QuestionPause, Reason: p.Reason, Supervisor: p.Supervisor}, nil
}

func (w AgentWork) question() (dialer.Question, error) {
	return dialer.Question{What: dialer.QuestionWork, Supervisor: w.Supervisor}, nil
}

func (l AgentLogin) question() (dialer.Question, error) {
	return dialer.Question{What: dialer.QuestionLogin, Interface: l.Interface}, nil
}

func (AgentLogout) question() (dialer.Question, error) {
	return dialer.Question{What: dialer.QuestionLogout}, nil
}

func (r AgentReserve) question() (q dialer.Question, err error) {
	switch {
	case r.Lead <= 0:
		return q, errors.New("for which lead? Give its id, as in \"lead\": 7")
	case r.For <= 0:
		return q, errors.New("for how long? Say it as in \"for\": \"90s\"")
	}
	return dialer.Question{What: dialer.QuestionReserve, Lead: r.Lead, For: r.For.Span()}, nil
}

func (AgentRelease) question() (dialer.Question, error) {
	return dialer.Question{What: dialer.QuestionRelease}, nil
}

// wantOf answers requests with a body of type T.
func wantOf[T AgentRequest](s *server) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, done := context.WithTimeout(r.Context(), askTime)
		defer done()
		q, err := readWant[T](http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			fail(w, http.StatusBadRequest, err)
			return
		}
		q.Agent = r.PathValue("id")
		a, err := s.daemon.Agents.Ask(ctx, q)
		if err != nil {
			fail(w, http.StatusConflict, err)
			return
		}
		s.log.Info().Str("agent", a.Agent).Stringer("what", q.What).Str("reason", q.Reason).Bool("supervisor", q.Supervisor).Stringer("code", a.Code).Msg("an operator was told something over the api")
		answer(w, http.StatusOK, a)
	}
}

// readWant reads a body, which may be empty where nothing has to be said.
func readWant[T AgentRequest](body io.Reader) (dialer.Question, error) {
	var want T
	if err := read(body, &want); err != nil && !errors.Is(err, io.EOF) {
		return dialer.Question{}, bodyProblem(err)
	}
	return want.question()
}

// bodyProblem says what is wrong with a body without the words of Go's types.
func bodyProblem(err error) error {
	wrong := (*json.UnmarshalTypeError)(nil)
	if !errors.As(err, &wrong) || wrong.Field == "" {
		return fmt.Errorf("the body is no JSON object as README, \"The API\", has it for this path: %w", err)
	}
	is := "text in quotes"
	switch {
	case wrong.Type == reflect.TypeFor[dialer.Duration]():
		is = "a span in quotes, as \"90s\""
	case wrong.Type.Kind() == reflect.Bool:
		is = "true or false"
	case wrong.Type.Kind() == reflect.Int64:
		is = "a whole number without quotes"
	}
	return fmt.Errorf("%q is %s, not a %s", wrong.Field, is, wrong.Value)
}

func (s *server) agent(w http.ResponseWriter, r *http.Request) {
	ctx, done := context.WithTimeout(r.Context(), askTime)
	defer done()
	a, err := s.daemon.Agents.Ask(ctx, dialer.Question{What: dialer.QuestionStatus, Agent: r.PathValue("id")})
	if err != nil {
		fail(w, http.StatusConflict, err)
		return
	}
	answer(w, http.StatusOK, a.Standing)
}

// WantOfAgent wants something of an operator, who is named by his id or his interface, and tells how he stands now.
func (c *Client) WantOfAgent(ctx context.Context, agent string, want AgentRequest) (a AgentAnswer, err error) {
	q, err := want.question()
	if err != nil {
		return a, err
	}
	err = c.ask(ctx, http.MethodPost, "/v1/agents/"+url.PathEscape(agent)+"/"+q.What.String(), want, &a)
	return a, err
}

// Agent tells how an operator stands.
func (c *Client) Agent(ctx context.Context, agent string) (s Standing, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/agents/"+url.PathEscape(agent), nil, &s)
	return s, err
}
