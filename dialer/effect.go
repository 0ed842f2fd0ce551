package dialer

import (
	"time"

	"dialerd/dialer/phone"
)

// Effect is something the Dialer wants done outside. The list in this file is closed.
//
// Effects are to be done in the order they come. A Record is handed to the writer and not waited
// for; whatever depends on it comes out of a later Step, after Committed.
type Effect interface{ effect() }

// Record is a change that has to be on disk. Seq counts Records without a gap; the writer commits
// them in order and reports the last with Committed.
type Record struct {
	Seq int64
	Row Row
}

// Row is what a Record says. The list is closed.
type Row interface{ row() }

// AttemptPlanned is written before its Originate goes out: an attempt that exists.
type AttemptPlanned struct{ Attempt Attempt }

// AttemptEnded is the attempt as it came out.
type AttemptEnded struct{ Attempt Attempt }

// AttemptDisposed is what an operator said of an attempt, and the rule that was applied to it.
type AttemptDisposed struct {
	Call        CallID
	Disposition string
	Rule        string
}

// LeadChanged is a lead with what changes while it is worked: state, next call, counts, rule.
// Everything else of it is the store's already.
type LeadChanged struct{ Lead Lead }

// LeadPlaced is LeadChanged with bucket and priority, which a rule or a person has changed.
type LeadPlaced struct{ Lead Lead }

// LeadDeleted is a lead that a person has deleted. Its attempts stay, without it.
type LeadDeleted struct{ Lead LeadID }

// NumberJudged says whether there is such a number, after a call to it has shown so or a person has said so.
// It holds for every lead that has it.
type NumberJudged struct {
	Number  phone.Number
	Invalid bool
}

// SwitchChanged is a department or campaign that a person started or stopped.
type SwitchChanged struct {
	Kind    SwitchKind
	Name    string
	Running bool
}

// DNCKept is what was put on the list of numbers never called, or taken off it. Entries that were there
// already, or not there, are not in it.
type DNCKept struct{ DNCChange }

// LoanTaken is written before something of a member's is set in Asterisk.
type LoanTaken struct{ Loan Loan }

// LoanShown says of the pause of a person, as Loan.Shown has it, whether Asterisk has shown it.
type LoanShown struct{ Loan Loan }

// LoanReturned ends a loan: it was given back, or somebody else has set something newer.
type LoanReturned struct{ Loan Loan }

// AgentKept is all that is wanted of and by an operator, in place of what was; one that is empty is forgotten.
type AgentKept struct{ Agent AgentRecord }

// PauseKept is a pause of a person that is over.
type PauseKept struct{ Pause PauseEnded }

// SnapshotTaken is what rows do not hold, as of this place in the stream.
type SnapshotTaken struct{ Snapshot Snapshot }

// Originate places a call: the customer first; when he answers, the dialplan asks what now.
type Originate struct {
	PBX      string
	Call     CallID
	Dial     string // what Asterisk dials, number filled in, as PJSIP/79161234567@trunk
	CallerID phone.Number
	Queue    string        // where the dialplan sends the call when it gets no answer from us
	Timeout  time.Duration // how long the customer's telephone rings
}

// Redirect moves a call that waits outside the queue: into its queue, or to the message.
type Redirect struct {
	PBX  string
	Call CallID
	To   Action // ActionQueue or ActionMessage
}

// Withdraw takes a call out of the queue it waits in, unless a member has just got it: unlike a
// Redirect it cannot cut a talk. The dialplan then plays the message. Asterisk notices within 1 s.
type Withdraw struct {
	PBX   string
	Call  CallID
	Queue string
}

// SetPause pauses an operator in one queue, or lifts the pause.
type SetPause struct {
	PBX, Queue, Interface string
	Paused                bool
	Reason                string
}

// SetPenalty sets the penalty of an operator in one queue.
type SetPenalty struct {
	PBX, Queue, Interface string
	Penalty               int
}

// AddMember makes an operator a member of a queue.
type AddMember struct {
	PBX, Queue, Interface string
	Name                  string
	Penalty               int
}

// RemoveMember takes an operator out of a queue; a talk of his goes on.
type RemoveMember struct{ PBX, Queue, Interface string }

// Hangup ends a call.
type Hangup struct {
	PBX  string
	Call CallID
}

// Answer is the reply to a question.
type Answer struct {
	Ask      AskID
	OK       bool   // false: the question could not be answered, and the dialplan goes by its default
	Err      string // why not, where a person should know
	Action   Action
	Queue    string
	Priority int           // in the queue, 0 is ordinary, higher comes first
	Within   time.Duration // how long to hold, or to stay in the queue at the most
	Message  string        // sound file to play, for ActionMessage
	Lead     LeadID
	Campaign string
	Fields   LeadFields // of the lead; zero when they are not there yet
	Agent    AgentReply // to a question about an operator; nothing else counts then
	Nobody   bool       `json:",omitempty"` // Err is that there is no such operator
}

// Action is what the dialplan does with an answered call.
type Action uint8

// The actions.
const (
	ActionNone    Action = iota
	ActionQueue          // go to the queue: an operator is claimed for it
	ActionHold           // wait outside the queue to be redirected in
	ActionAMD            // find out whether it is a machine, then ask again
	ActionMessage        // play the message and hang up
	ActionHangup         // hang up
)

var actionWords = words{"", "queue", "hold", "amd", "message", "hangup"}

// String is the action's word, which the dialplan reads.
func (a Action) String() string { return actionWords.text(uint8(a)) }

// MarshalText writes the word.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText refuses what is not in the list.
func (a *Action) UnmarshalText(text []byte) error {
	v, err := actionWords.value("action", text)
	*a = Action(v)
	return err
}

// FieldsWanted asks for what the store has of leads that are about to be called. It comes back as
// FieldsFetched, with the same Versions; what was not found is left out.
type FieldsWanted struct{ Leads []LeadVersion }

// Done answers a request such as SwitchSet, after what it changed is on disk. Err is empty when it
// was carried out, else it says what was wrong.
type Done struct {
	Ask     AskID
	Err     string
	Changed int // how many entries a DNCChanged has changed, or leads a LeadsEdited
}

// Notice is something a person should be able to read in the log.
type Notice struct {
	Level NoticeLevel
	Text  string
}

// NoticeLevel is how much a Notice matters.
type NoticeLevel uint8

// The levels.
const (
	Info NoticeLevel = iota
	Warning
	Alarm
)

var noticeWords = words{"info", "warning", "alarm"}

// String is the level's word.
func (l NoticeLevel) String() string { return noticeWords.text(uint8(l)) }

// MarshalText writes the word.
func (l NoticeLevel) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText refuses what is not in the list.
func (l *NoticeLevel) UnmarshalText(text []byte) error {
	v, err := noticeWords.value("level", text)
	*l = NoticeLevel(v)
	return err
}

func (Record) effect()       {}
func (Originate) effect()    {}
func (Redirect) effect()     {}
func (Withdraw) effect()     {}
func (Hangup) effect()       {}
func (SetPause) effect()     {}
func (AddMember) effect()    {}
func (RemoveMember) effect() {}
func (SetPenalty) effect()   {}
func (Answer) effect()       {}
func (Done) effect()         {}
func (FieldsWanted) effect() {}
func (Notice) effect()       {}

func (AttemptPlanned) row()  {}
func (AttemptEnded) row()    {}
func (LeadChanged) row()     {}
func (SwitchChanged) row()   {}
func (SnapshotTaken) row()   {}
func (LoanTaken) row()       {}
func (LoanShown) row()       {}
func (AgentKept) row()       {}
func (PauseKept) row()       {}
func (DNCKept) row()         {}
func (LoanReturned) row()    {}
func (LeadPlaced) row()      {}
func (LeadDeleted) row()     {}
func (NumberJudged) row()    {}
func (AttemptDisposed) row() {}

// Attempt is one dialing of one lead: the row that is kept. Times are wall clock in UTC and zero
// for what did not happen.
type Attempt struct {
	ID        CallID
	Lead      LeadID
	Campaign  string
	PBX       string
	Trunk     string
	Queue     string
	Number    phone.Number
	CallerID  phone.Number
	Planned   time.Time
	Answered  time.Time
	Connected time.Time
	Ended     time.Time
	Agent     string // id of the operator who talked
	Outcome   Outcome
	Cause     Cause
	Rule      string // name of the rule that was applied to the outcome

	Disposition string // what the operator said came of the talk
}

// Unserved tells whether a person answered and, as far as is known, no operator took the call. Of one
// that was lost nobody knows; he is left alone as if it had been so.
func (a *Attempt) Unserved() bool {
	return a.Outcome == Abandoned || a.Outcome == Lost && !a.Answered.IsZero() && a.Connected.IsZero()
}
