package api

import (
	"context"
	"net/http"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/store"
)

// Leads is what the daemon does with leads, besides import and export. A filter that these functions get restricts.
type Leads struct {
	// Find hands over the ids of all leads that the filter lets through, some at a time.
	Find func(ctx context.Context, f store.LeadFilter, each func([]dialer.LeadID) error) error
	// Edit returns after the commit, with how many leads it has changed: some of them even with an error, which is
	// a 409.
	Edit func(ctx context.Context, e dialer.LeadEdit) (changed int, err error)
	// Show and Why tell of at most MaxShown leads.
	Show func(ctx context.Context, f store.LeadFilter) (ShownLeads, error)
	Why  func(ctx context.Context, f store.LeadFilter) (Whys, error)
	// Buckets is answered from memory.
	Buckets func(ctx context.Context) ([]Bucket, error)
}

// MaxShown is how many leads one answer tells of: a number that a thousand leads have is a fault of the list.
const MaxShown = 50

// ShownLeads is the answer to who asks for a lead; several leads may have one number. It is empty when there is none.
type ShownLeads struct {
	Leads []Lead `json:"leads"`
	More  int    `json:"more,omitempty"` // that are not told of
}

// Lead is all that is known of a lead.
type Lead struct {
	store.ExportedLead
	Live    dialer.LeadState `json:"live"`    // as it is in memory: ready or dialing, too; without a daemon as State
	History []Attempt        `json:"history"` // the last attempts, at most MaxHistory, the newest last
}

// MaxHistory is how many attempts of a lead are told of.
const MaxHistory = 20

// Attempt is one dialing of a lead.
type Attempt struct {
	ID        dialer.CallID  `json:"id"`
	Campaign  string         `json:"campaign"`
	Number    phone.Number   `json:"number"`
	CallerID  phone.Number   `json:"caller_id,omitempty"`
	PBX       string         `json:"pbx"`
	Trunk     string         `json:"trunk"`
	Queue     string         `json:"queue"`
	Planned   time.Time      `json:"planned"`
	Answered  time.Time      `json:"answered,omitzero"`
	Connected time.Time      `json:"connected,omitzero"` // to an operator
	Ended     time.Time      `json:"ended,omitzero"`     // zero while it is under way
	Agent     string         `json:"agent,omitempty"`
	Outcome   dialer.Outcome `json:"outcome"` // empty while it is under way
	By        dialer.Party   `json:"by,omitempty"`
	Q850      int            `json:"q850,omitempty"`
	SIP       int            `json:"sip,omitempty"`
	Rule      string         `json:"rule,omitempty"` // that was applied to the outcome

	Disposition string `json:"disposition,omitempty"` // what the operator said came of the talk
}

// AttemptOf is an attempt as the API shows it.
func AttemptOf(a dialer.Attempt) Attempt {
	return Attempt{ID: a.ID, Campaign: a.Campaign, Number: a.Number, CallerID: a.CallerID, PBX: a.PBX, Trunk: a.Trunk, Queue: a.Queue,
		Planned: a.Planned, Answered: a.Answered, Connected: a.Connected, Ended: a.Ended, Agent: a.Agent,
		Outcome: a.Outcome, By: a.Cause.By, Q850: a.Cause.Q850, SIP: a.Cause.SIP, Rule: a.Rule, Disposition: a.Disposition}
}

// Bucket is how many leads of a bucket are in each state.
type Bucket struct {
	Name string `json:"name"`
	LeadCounts
	Campaigns []string `json:"campaigns"`         // that draw on it
	Loading   bool     `json:"loading,omitempty"` // not all of its leads are known yet
}

// whole has lists where there is nothing.
func (s ShownLeads) whole() ShownLeads {
	s.Leads = orEmpty(s.Leads)
	for i := range s.Leads {
		s.Leads[i].History = orEmpty(s.Leads[i].History)
	}
	return s
}

func (s *server) buckets(w http.ResponseWriter, r *http.Request) {
	ctx, done := context.WithTimeout(r.Context(), askTime)
	defer done()
	buckets, err := s.daemon.Leads.Buckets(ctx)
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	for i := range buckets {
		buckets[i].Campaigns = orEmpty(buckets[i].Campaigns)
	}
	answer(w, http.StatusOK, orEmpty(buckets))
}

// ShowLeads is all that is known of the leads that a filter names.
func (c *Client) ShowLeads(ctx context.Context, f LeadFilter) (shown ShownLeads, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/leads/show?"+f.query(), nil, &shown)
	return shown, err
}

// Buckets is how many leads are in each bucket.
func (c *Client) Buckets(ctx context.Context) (buckets []Bucket, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/buckets", nil, &buckets)
	return buckets, err
}
