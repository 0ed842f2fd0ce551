package pbx

import (
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// Happening is something that Asterisk tells whoever listens to it. The list is closed, and is as
// rich as what AMI says: a driver in virtual time makes dialer.Events of it, a server on a socket
// makes AMI messages.
type Happening interface{ happening() }

// Heard is a Happening with the time at which Asterisk said it. That is a little later than it was
// so, and not by the same little for all: see World.say.
type Heard struct {
	At   time.Duration
	What Happening
}

// Party is one leg of a call. Call is 0 for a caller who is none of the dialer's.
type Party struct {
	Call    dialer.CallID
	Channel string // as PJSIP/main-0000002a
	Number  phone.Number
}

// ChannelNew is a customer's channel that Asterisk has made. Queue is the variable that the
// Originate gave it.
type ChannelNew struct {
	Party
	Dial  string
	Queue string
}

// ChannelRinging says that the customer's telephone rings.
type ChannelRinging struct{ Party }

// DialEnd is how Asterisk's dialing of the channel came out.
type DialEnd struct {
	Party
	Status dialer.DialStatus
}

// OriginateResponse is Asterisk's report of an Originate. Reason is 4 for an answer.
type OriginateResponse struct {
	Party
	Answered bool
	Reason   int
}

// OriginateRefused is the Error that answers an Originate at once; no channel ever was.
type OriginateRefused struct {
	Call dialer.CallID
	Text string
}

// ChannelGone says that the channel is no more. SIP is 0 when the version or the technology does not say.
type ChannelGone struct {
	Party
	Cause int
	SIP   int
}

// CallerJoin says that a caller waits in a queue.
type CallerJoin struct {
	Party
	Queue    string
	Position int
	Count    int
}

// CallerLeave says that a caller waits in a queue no longer, for whatever reason.
type CallerLeave struct {
	Party
	Queue    string
	Position int
	Count    int
}

// CallerAbandon says that a caller has left a queue without a talk: he hung up, or his time was over.
type CallerAbandon struct {
	Party
	Queue    string
	Position int
	Original int
	Hold     time.Duration
}

// AgentCalled says that a member's telephone rings for a caller.
type AgentCalled struct {
	Party
	Member Record
	Passed []string // interfaces of those who were free as well; no Asterisk says so
}

// AgentRingNoAnswer says that a member did not take the caller.
type AgentRingNoAnswer struct {
	Party
	Member Record
	Ring   time.Duration
}

// AgentConnect says that a member talks to the caller.
type AgentConnect struct {
	Party
	Member Record
	Hold   time.Duration
	Ring   time.Duration
}

// AgentComplete says that a talk is over. Asterisk may leave out the caller's leg: Call is then 0.
type AgentComplete struct {
	Party
	Member  Record
	Hold    time.Duration
	Talk    time.Duration
	ByAgent bool
}

// MemberAdded, MemberStatus, MemberPause and MemberPenalty bear the whole record after the change.
type (
	MemberAdded   struct{ Record }
	MemberRemoved struct{ Record }
	MemberStatus  struct{ Record }
	MemberPause   struct{ Record }
	MemberPenalty struct{ Record }
)

// Record is a member of a queue as Asterisk shows it.
type Record struct {
	dialer.Member
	Calls    int
	LastCall time.Duration // end of the last call; 0 when there was none
	Login    time.Duration
}

// Question is the dialplan asking the daemon by FastAGI. It waits for Answer for half a second.
type Question struct {
	Ask dialer.AskID
	dialer.Question
}

// Stopped: Asterisk has ended, and everything in it. Started: it is there again, empty.
type (
	Stopped struct{}
	Started struct{}
)

func (ChannelNew) happening()        {}
func (ChannelRinging) happening()    {}
func (DialEnd) happening()           {}
func (OriginateResponse) happening() {}
func (OriginateRefused) happening()  {}
func (ChannelGone) happening()       {}
func (CallerJoin) happening()        {}
func (CallerLeave) happening()       {}
func (CallerAbandon) happening()     {}
func (AgentCalled) happening()       {}
func (AgentRingNoAnswer) happening() {}
func (AgentConnect) happening()      {}
func (AgentComplete) happening()     {}
func (MemberAdded) happening()       {}
func (MemberRemoved) happening()     {}
func (MemberStatus) happening()      {}
func (MemberPause) happening()       {}
func (MemberPenalty) happening()     {}
func (Question) happening()          {}
func (Stopped) happening()           {}
func (Started) happening()           {}
