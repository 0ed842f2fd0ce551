package dialer

// Outcome is how an attempt came out. The list is closed; whose doing it was is in Cause.
type Outcome uint8

// The outcomes. Unsettled is the zero value: the attempt still runs.
const (
	Unsettled     Outcome = iota
	Answered              // a person talked to an operator
	Abandoned             // a person answered and no operator took the call in time
	Busy                  // the line was engaged
	NoAnswer              // it rang and nobody took it
	HungUp                // a person answered and left before agent_within was over
	Machine               // an answering machine took it
	Fax                   // a fax took it
	Congestion            // the network or the trunk had no room
	Rejected              // the called side refused
	InvalidNumber         // there is no such number
	Failed                // the attempt failed in another way, ours or the carrier's
	Cancelled             // we gave it up before anybody answered
	Lost                  // nobody can know: the daemon or its link was down
)

var outcomeWords = words{"", "answered", "abandoned", "busy", "no-answer", "hung-up", "machine", "fax",
	"congestion", "rejected", "invalid-number", "failed", "cancelled", "lost"}

// String is the outcome's one spelling in files and pages.
func (o Outcome) String() string { return outcomeWords.text(uint8(o)) }

// MarshalText writes the word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText refuses what is not in the list.
func (o *Outcome) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*o = Unsettled
		return nil
	}
	v, err := outcomeWords.value("outcome", text)
	*o = Outcome(v)
	return err
}

// Counts tells whether the outcome counts as an attempt made towards the campaign's limits: what a
// person or his line caused, and Lost, does. A carrier's fault or ours counts only for the gap and
// for a cap of its own.
func (o Outcome) Counts() bool {
	switch o {
	case Answered, Abandoned, Busy, NoAnswer, HungUp, Machine, Fax, Rejected, InvalidNumber, Lost:
		return true
	}
	return false
}

// Party is whose doing an outcome was.
type Party uint8

// The parties. Nobody is the zero value: not known.
const (
	Nobody  Party = iota
	Person        // the called person, or his line
	Carrier       // the network between
	Us            // the daemon, its Asterisk, or its operators
)

var partyWords = words{"", "person", "carrier", "us"}

// String is the party's word.
func (p Party) String() string { return partyWords.text(uint8(p)) }

// MarshalText writes the word.
func (p Party) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText refuses what is not in the list.
func (p *Party) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*p = Nobody
		return nil
	}
	v, err := partyWords.value("party", text)
	*p = Party(v)
	return err
}

// Cause is whose doing an outcome was, with the numbers that say so; a number that was not given is 0.
type Cause struct {
	By   Party `json:"by"`
	Q850 int   `json:"q850,omitempty"` // ITU-T Q.850 cause of the Hangup
	SIP  int   `json:"sip,omitempty"`  // SIP status of the Hangup (Asterisk 20.17, 22.7 and later)
}
