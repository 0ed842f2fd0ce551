package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// NewLead is a lead to be added. It waits in its bucket. All text is UTF-8.
type NewLead struct {
	External   string              `json:"external,omitempty"` // the id the lead has elsewhere; unique in the file, empty for none
	Bucket     string              `json:"bucket"`
	Priority   int                 `json:"priority,omitempty"` // higher is called first
	Zone       string              `json:"zone,omitempty"`     // IANA name; empty: the campaign's
	Name       string              `json:"name,omitempty"`
	Attributes map[string]string   `json:"attributes,omitempty"`
	Numbers    []dialer.LeadNumber `json:"numbers"`       // 1 to dialer.MaxNumbers, in the order to be tried
	Next       time.Time           `json:"next,omitzero"` // not before; zero: at once

	Merge Merge `json:"merge,omitempty"` // what a lead that has the external id already is to take of this one
}

// Lead is the lead as the core knows it, with the id that the import gave it, and when.
func (n NewLead) Lead(id dialer.LeadID, created time.Time) dialer.Lead {
	next := n.Next.UTC().Truncate(time.Microsecond) // as the file has it
	return dialer.Lead{ID: id, External: dialer.HashExternal(n.External), Created: created, Bucket: n.Bucket, Priority: n.Priority, Zone: n.Zone,
		Numbers: slices.Clone(n.Numbers), Next: next}
}

// check tells what keeps n from being a lead.
func (n *NewLead) check() error {
	if n.Bucket == "" {
		return errors.New("it has no bucket")
	}
	if len(n.Numbers) == 0 || len(n.Numbers) > dialer.MaxNumbers {
		return fmt.Errorf("it has %d numbers where a lead has 1 to %d", len(n.Numbers), dialer.MaxNumbers)
	}
	for i, number := range n.Numbers {
		if n := int64(number.Number); n < leastNumber || n > mostNumber {
			if _, err := phone.Parse(number.Number.String()); err != nil {
				return err
			}
		}
		for _, earlier := range n.Numbers[:i] {
			if earlier.Number == number.Number {
				return fmt.Errorf("it has the number %s twice", number.Number)
			}
		}
	}
	return n.checkText()
}

// checkText refuses text that JSON, and so the API, could not carry unchanged.
func (n *NewLead) checkText() error {
	for _, field := range [...]struct{ what, text string }{
		{"external id", n.External}, {"bucket", n.Bucket}, {"zone", n.Zone}, {"name", n.Name},
	} {
		if !utf8.ValidString(field.text) {
			return notText(field.what, field.text)
		}
	}
	for key, value := range n.Attributes {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return notText("attribute", key+": "+value)
		}
	}
	for _, number := range n.Numbers {
		if !utf8.ValidString(number.Kind) {
			return notText("kind of "+number.Number.String(), number.Kind)
		}
	}
	return nil
}

func notText(what, text string) error { return fmt.Errorf("its %s is not UTF-8: %q", what, clip(text)) }

// subject names the lead in an error: n has passed check.
func (n *NewLead) subject() string {
	if n.External != "" {
		return fmt.Sprintf("%q", clip(n.External))
	}
	return n.Numbers[0].Number.String()
}

func encodeAttributes(a map[string]string) (string, error) {
	if len(a) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(a)
	return string(text), err
}

// clip keeps an error readable when the text is not.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
