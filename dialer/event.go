package dialer

import (
	"time"

	"dialerd/dialer/phone"
)

// Event is something that happened outside. The list in this file is closed and is everything the
// Dialer can learn, so a recorded day can be replayed.
//
// Events of a call come in no fixed order and may come twice or not at all: Asterisk promises no
// more. They name the call by its CallID, which went out as the channel's id.
type Event interface{ event() }

// CallID names an attempt, and the call while it lives. It is never used twice.
type CallID int64

// LeadID names a lead.
type LeadID int64

// AskID names a question or a request that waits for its answer; the asker chooses it.
type AskID int64

// Configured brings a configuration that has been validated: the first, or a reload.
type Configured struct{ Config *Config }

// LeadsLoaded brings leads from the store: at start in chunks, later what an import added. A lead
// that is known is left as it is.
type LeadsLoaded struct{ Leads []Lead }

// NumbersLoaded brings what is known of numbers from the attempts of the last days, at start.
type NumbersLoaded struct{ Numbers []NumberHistory }

// NumberHistory is what earlier attempts say of one number.
type NumberHistory struct {
	Number    phone.Number
	Last      time.Time    // start of the last attempt
	Counted   []time.Time  // starts of the attempts of the last 48 hours that count (Outcome.Counts), in order
	Abandoned time.Time    // start of the last call to it that was abandoned (Attempt.Unserved); zero when none
	Shown     phone.Number // the last caller ID that was shown to it; 0 when none was
}

// AttemptsLoaded brings the attempts that have no outcome, at start. They are settled when the link
// of their PBX is up: those whose channel lives go on, the others are lost. NextID is the first
// CallID that was never used. Recent is the attempts of the last day that are over, in order: what
// the campaigns have done today.
type AttemptsLoaded struct {
	Attempts []Attempt
	Recent   []Attempt
	NextID   CallID
}

// LoansLoaded brings what an earlier life has set in Asterisk and not given back, at start.
type LoansLoaded struct{ Loans []Loan }

// AgentsLoaded brings what was wanted of and by operators in an earlier life, at start, before LoansLoaded.
type AgentsLoaded struct{ Agents []AgentRecord }

// LinkUp is the state of one PBX at the moment its link came up, or came up again; events that
// follow are later than it or repeat it. All members and all live calls of ours are in it.
type LinkUp struct {
	PBX     string
	Version string    // as Asterisk says it
	Started time.Time // when this Asterisk was started; zero when not known
	Members []Member
	Calls   []LiveCall
}

// LiveCall is a channel of ours that a PBX has at the moment of LinkUp.
type LiveCall struct {
	Call  CallID
	Up    bool   // it has been answered
	Queue string // the queue it waits in, if any
	Agent string // interface of the operator it is bridged with, if known
}

// LinkDown says that a PBX can neither be heard nor told anything until the next LinkUp.
type LinkDown struct{ PBX, Reason string }

// LinkLag says how late the events of a PBX come, measured from the event's own time. It is how an
// Asterisk shows that it is overloaded.
type LinkLag struct {
	PBX string
	Lag time.Duration
}

// MemberChanged is the whole new state of one member.
type MemberChanged struct {
	PBX    string
	Member Member
}

// MemberRemoved says that an interface is no longer a member of a queue.
type MemberRemoved struct{ PBX, Queue, Interface string }

// CallRinging says that the customer's telephone rings.
type CallRinging struct {
	PBX  string
	Call CallID
}

// CallAnswered is one of several witnesses that the customer answered.
type CallAnswered struct {
	PBX  string
	Call CallID
}

// DialEnded says how Asterisk's own dialing of an unanswered call came out.
type DialEnded struct {
	PBX    string
	Call   CallID
	Status DialStatus
}

// CallFailed is Asterisk's report that an Originate came to nothing. Refused is set when it was
// refused at once, so that no channel ever was; Text is then Asterisk's reason.
type CallFailed struct {
	PBX     string
	Call    CallID
	Reason  int // OriginateResponse's reason: 3 no answer, 5 busy, 8 congestion, 1 hang-up, 0 any other
	Refused bool
	Text    string
}

// CallUnsent says that an Originate was never written to the PBX, for the reason in Text.
type CallUnsent struct {
	PBX  string
	Call CallID
	Text string
}

// CallEnded says that the customer's channel is gone.
type CallEnded struct {
	PBX   string
	Call  CallID
	Cause int // Q.850; 0 when not given
	SIP   int // SIP status; 0 when not given
	// Vanished: nobody said that it ended; it is just not there any more. How it ended nobody knows.
	Vanished bool
}

// CallerJoined says that a call waits in a queue. A Call of 0 is somebody else's.
type CallerJoined struct {
	PBX   string
	Call  CallID
	Queue string
}

// CallerLeft says that a call waits in the queue no longer, for whatever reason.
type CallerLeft struct {
	PBX   string
	Call  CallID
	Queue string
}

// AgentRinging says that a member's telephone rings for a call.
type AgentRinging struct {
	PBX              string
	Call             CallID
	Queue, Interface string
}

// AgentNoAnswer says that a member did not take a call that rang at him.
type AgentNoAnswer struct {
	PBX              string
	Call             CallID
	Queue, Interface string
}

// CallConnected says that a call talks to a member.
type CallConnected struct {
	PBX              string
	Call             CallID
	Queue, Interface string
}

// CallCompleted says that a talk is over. Asterisk may leave out the call (0) or the interface.
type CallCompleted struct {
	PBX              string
	Call             CallID
	Queue, Interface string
	ByAgent          bool // the operator hung up
}

// Asked is a question of the dialplan, or of a person about an operator. Its answer is an Answer with the same Ask,
// in the same Step.
type Asked struct {
	Ask      AskID
	Question Question
}

// AnswerLost says that an Answer could not be delivered in time: the dialplan has gone on by its
// own default, which sends an answered call to its queue.
type AnswerLost struct{ Call CallID }

// Committed says that all Records up to and including Seq are on disk.
type Committed struct{ Seq int64 }

// SwitchSet starts or stops a department or a campaign by a person's will. It is kept over a
// restart and answered by a Done with the same Ask. An Ask of 0 is a switch read back from the
// store: it is neither kept again nor answered.
type SwitchSet struct {
	Ask     AskID
	Kind    SwitchKind
	Name    string
	Running bool
}

// DNCLoaded brings numbers and masks never called that were put in at run time, at start.
type DNCLoaded struct {
	Campaign string // empty: all campaigns
	Numbers  []phone.Number
	Masks    []string
}

// DNCChanged puts numbers and masks on the list of those never called, or takes them off, by a person's
// will. It is answered by a Done with the same Ask.
type DNCChanged struct {
	Ask AskID
	DNCChange
}

// LeadsMerged brings leads that are known, of which an import has changed the bucket, the priority, the zone
// or the numbers: those count, all else in it does not. Before is the same leads as the import has found them, so that a
// bucket or a priority which it has left alone does not undo what was done here meanwhile; nil: all of it counts.
type LeadsMerged struct{ Leads, Before []Lead }

// BucketsLoading names buckets of which leads are still to be loaded, and takes the place of the names before: no
// campaign calls that draws on one of them, so that a lead of high priority is not passed over because it
// comes last.
type BucketsLoading struct{ Buckets []string }

// LeadsEdited changes leads by a person's will. It is answered by a Done with the same Ask.
type LeadsEdited struct {
	Ask AskID
	LeadEdit
}

// Disposed is what an operator says came of a talk. It is answered by a Done with the same Ask. Of a call that
// may be over Attempt is as its row has it; of one that lives its ID is enough.
type Disposed struct {
	Ask         AskID
	Attempt     Attempt
	Disposition string
}

// FieldsFetched brings what the store has of leads that were wanted with FieldsWanted.
type FieldsFetched struct{ Fields []LeadFields }

// Drain says that the daemon is going to end: no new calls, those that live are left alone.
type Drain struct{}

// SnapshotWanted asks for a SnapshotTaken now, besides those that Tick takes by itself.
type SnapshotWanted struct{}

func (SnapshotWanted) event() {}
func (LoansLoaded) event()    {}
func (AgentsLoaded) event()   {}
func (Configured) event()     {}
func (LeadsLoaded) event()    {}
func (NumbersLoaded) event()  {}
func (AttemptsLoaded) event() {}
func (LinkUp) event()         {}
func (LinkDown) event()       {}
func (LinkLag) event()        {}
func (MemberChanged) event()  {}
func (MemberRemoved) event()  {}
func (CallRinging) event()    {}
func (CallAnswered) event()   {}
func (DialEnded) event()      {}
func (CallFailed) event()     {}
func (CallUnsent) event()     {}
func (CallEnded) event()      {}
func (CallerJoined) event()   {}
func (CallerLeft) event()     {}
func (AgentRinging) event()   {}
func (AgentNoAnswer) event()  {}
func (CallConnected) event()  {}
func (CallCompleted) event()  {}
func (Asked) event()          {}
func (AnswerLost) event()     {}
func (Committed) event()      {}
func (SwitchSet) event()      {}
func (Drain) event()          {}
func (DNCLoaded) event()      {}
func (DNCChanged) event()     {}
func (LeadsMerged) event()    {}
func (BucketsLoading) event() {}
func (LeadsEdited) event()    {}
func (FieldsFetched) event()  {}
func (Disposed) event()       {}

// Member is one interface in one queue, as Asterisk shows it.
type Member struct {
	Queue     string
	Name      string // MemberName; the interface again when it has none
	Interface string
	Status    DeviceState
	Paused    bool
	Reason    string // why it is paused; may be empty
	Penalty   int
	InCall    bool
	Device    string // the telephone whose state counts, where that is not Interface
	Static    bool   // by queues.conf; nothing takes it out of its queue
}

// DeviceState is a member's device as Asterisk reports it, with Asterisk's own numbers.
type DeviceState uint8

// Asterisk's device states (devicestate.h). app_queue rings a member whose state is not known.
const (
	DeviceUnknown DeviceState = iota
	DeviceNotInUse
	DeviceInUse
	DeviceBusy
	DeviceInvalid
	DeviceUnavailable
	DeviceRinging
	DeviceRingInUse
	DeviceOnHold
)

var deviceWords = words{"unknown", "not-in-use", "in-use", "busy", "invalid", "unavailable", "ringing", "ring-in-use", "on-hold"}

// String is the state's word.
func (s DeviceState) String() string { return deviceWords.text(uint8(s)) }

// MarshalText writes the word.
func (s DeviceState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText refuses what is not in the list.
func (s *DeviceState) UnmarshalText(text []byte) error {
	v, err := deviceWords.value("device state", text)
	*s = DeviceState(v)
	return err
}

// DialStatus is Asterisk's word for how its dialing ended.
type DialStatus uint8

// The dial statuses that tell something; DialOther is any other.
const (
	DialOther DialStatus = iota
	DialAnswer
	DialBusy
	DialCongestion
	DialNoAnswer
	DialCancel
	DialUnavailable
)

var dialWords = words{"other", "answer", "busy", "congestion", "no-answer", "cancel", "unavailable"}

// String is the status's word.
func (s DialStatus) String() string { return dialWords.text(uint8(s)) }

// MarshalText writes the word.
func (s DialStatus) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText refuses what is not in the list.
func (s *DialStatus) UnmarshalText(text []byte) error {
	v, err := dialWords.value("dial status", text)
	*s = DialStatus(v)
	return err
}

// Question is what the dialplan asks about one channel, or somebody about one operator.
type Question struct {
	What QuestionKind
	Call CallID // 0 when the channel is none of ours
	// Verdict is what AMD said, with QuestionMachine: HUMAN, MACHINE, NOTSURE or HANGUP.
	Verdict string

	// Of the questions about an operator:
	Agent      string        `json:",omitempty"` // id, interface or telephone
	Reason     string        `json:",omitempty"` // to pause: a code of pauses.toml, or its number among those he may give
	Supervisor bool          `json:",omitempty"` // to pause and to work: over his head
	Interface  string        `json:",omitempty"` // to log in with; empty: that of agents.toml
	Lead       LeadID        `json:",omitempty"` // to reserve for
	For        time.Duration `json:",omitempty"` // to reserve
	Stored     bool          `json:",omitempty"` // a Done is wanted when the answer is on disk
}

// QuestionKind is the path of the FastAGI address.
type QuestionKind uint8

// The questions. Those from QuestionPause on are about an operator.
const (
	QuestionNone     QuestionKind = iota
	QuestionAnswered              // a customer answered our call: what now?
	QuestionMachine               // AMD has said what it heard: what now?
	QuestionPause
	QuestionWork
	QuestionStatus
	QuestionLogin
	QuestionLogout
	QuestionReserve // keep him free for a lead
	QuestionRelease // he is needed for it no more
)

var questionWords = words{"", "answered", "machine", "pause", "work", "status", "login", "logout", "reserve", "release"}

// AboutAgent tells whether a question is about an operator.
func (q QuestionKind) AboutAgent() bool { return q >= QuestionPause }

// String is the question's word, as in agi://host/word.
func (q QuestionKind) String() string { return questionWords.text(uint8(q)) }

// MarshalText writes the word.
func (q QuestionKind) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText refuses what is not in the list.
func (q *QuestionKind) UnmarshalText(text []byte) error {
	v, err := questionWords.value("question", text)
	*q = QuestionKind(v)
	return err
}

// SwitchKind is what a person can start and stop.
type SwitchKind uint8

// The switches.
const (
	SwitchNone SwitchKind = iota
	SwitchDepartment
	SwitchCampaign
)

var switchWords = words{"", "department", "campaign"}

// String is the switch's word.
func (k SwitchKind) String() string { return switchWords.text(uint8(k)) }

// MarshalText writes the word.
func (k SwitchKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText refuses what is not in the list.
func (k *SwitchKind) UnmarshalText(text []byte) error {
	v, err := switchWords.value("switch", text)
	*k = SwitchKind(v)
	return err
}
