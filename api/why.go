package api

import (
	"context"
	"net/http"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/store"
)

// Whys is the answer to who asks why a lead is not called; several leads may have one number. It is empty when
// there is none.
type Whys struct {
	Leads []Why `json:"leads"`
	More  int   `json:"more,omitempty"` // that are not told of
}

// Why tells why a lead is not called now, and when it will be.
type Why struct {
	Lead    store.ExportedLead `json:"lead"`              // as it is on disk
	Live    dialer.LeadState   `json:"live"`              // as it is in memory: ready or dialing, too
	Unknown bool               `json:"unknown,omitempty"` // the daemon has not heard of it yet, or not any more
	Hopper  string             `json:"hopper,omitempty"`  // campaign in whose hopper it is
	Call    *Call              `json:"call,omitempty"`    // that it is in
	Reasons []Reason           `json:"reasons"`           // that hold it whatever the campaign
	Looked  time.Time          `json:"looked,omitzero"`   // when it is looked at again, if it was put off
	// Campaigns draw on its bucket. There are none when it is finished, held or in a call.
	Campaigns []WhyCampaign `json:"campaigns"`
}

// WhyCampaign is what one campaign has to say of a lead.
type WhyCampaign struct {
	Campaign string       `json:"campaign"`
	Number   phone.Number `json:"number,omitempty"`  // that it would be called at
	Reasons  []Reason     `json:"reasons"`           // all that hold it now; none: it may be called
	Earliest time.Time    `json:"earliest,omitzero"` // when none does any more, as far as can be seen; left out when never
	Never    bool         `json:"never,omitempty"`   // not before something is changed: a file, a list, the lead
	Zones    []string     `json:"zones,omitempty"`   // the person may be in: the call has to be allowed in all
	Waits    string       `json:"waits,omitempty"`   // why the campaign places no call just now, for anybody
	Before   int          `json:"before,omitempty"`  // leads of its hopper that are called before this one
}

// Reason is one thing that holds a lead.
type Reason struct {
	Text   string       `json:"text"`
	Number phone.Number `json:"number,omitempty"` // it is about this number alone; left out: about the lead
	Until  time.Time    `json:"until,omitzero"`   // left out when never
	Never  bool         `json:"never,omitempty"`  // it does not end by itself
}

// whole has lists where there is nothing.
func (w Whys) whole() Whys {
	w.Leads = orEmpty(w.Leads)
	for i := range w.Leads {
		l := &w.Leads[i]
		l.Reasons, l.Campaigns = orEmpty(l.Reasons), orEmpty(l.Campaigns)
		for j := range l.Campaigns {
			l.Campaigns[j].Reasons = orEmpty(l.Campaigns[j].Reasons)
		}
	}
	return w
}

// Why asks why the leads that a filter names are not called now.
func (c *Client) Why(ctx context.Context, f LeadFilter) (whys Whys, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/leads/why?"+f.query(), nil, &whys)
	return whys, err
}
