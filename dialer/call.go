package dialer

import (
	"slices"
	"sort"
	"time"
)

// Phase is how far a call has come.
//
//	planned ──committed, judged──► dialing ──answer──► answered ──asked──► queued ──► talking
//	   │                              │                   │  │               ▲
//	   │                              │                   │  └──asked──► held┘ redirected
//	   │                              │                   └──► amd ──asked again──┘
//	   └──cancelled                   └──failed, no answer       held, queued ──too late──► message
//
// A call leaves every phase by the end of its channel; the outcome then says what it was.
type Phase uint8

// The phases.
const (
	PhasePlanned  Phase = iota // its attempt is on the way to disk, or waits for its turn to go out
	PhaseDialing               // the Originate went out
	PhaseAnswered              // the customer answered, the dialplan has not asked yet
	PhaseAMD                   // Asterisk listens whether it is a machine
	PhaseHeld                  // nobody is free: it waits outside the queue
	PhaseQueued                // it is in the queue, or on its way there
	PhaseTalking               // a person talks to an operator
	PhaseMessage               // it was given up and hears the message
)

var phaseWords = words{"planned", "dialing", "answered", "amd", "held", "queued", "talking", "message"}

// String is the phase's word.
func (p Phase) String() string { return phaseWords.text(uint8(p)) }

// MarshalText writes the word.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText refuses what is not in the list.
func (p *Phase) UnmarshalText(text []byte) error {
	v, err := phaseWords.value("phase", text)
	*p = Phase(v)
	return err
}

const (
	// intentAge is how old a planned call may be when it goes out: what it was planned on is then
	// no longer true.
	intentAge = 2 * time.Second
	// answerGrace is how long after an unanswered Hangup the other witnesses are waited for: they
	// come in any order.
	answerGrace = time.Second
	// silence is how long past its ring timeout a call may go unheard of before it is looked into.
	silence = 10 * time.Second
	// unsentRetry is how long the lead of a call that could not be sent waits: what kept it back may
	// last a moment.
	unsentRetry = 5 * time.Second
	// lookAgain is how soon a call is looked at again that may not be given up just now.
	lookAgain = 250 * time.Millisecond
)

// call is an attempt while it lives.
type call struct {
	attempt  Attempt
	campaign *campaign
	lead     *lead
	trunk    *trunk
	phase    Phase
	seq      int64         // of its AttemptPlanned
	order    int64         // of its Originate among all; 0: of an earlier life
	planned  time.Duration // Mono of the plan
	answered time.Duration // Mono from which agent_within counts
	deadline time.Duration // Mono at which expire looks at it; 0: never
	settles  time.Duration // Mono from which it may be redirected, when held
	evidence evidence

	ringing   bool // the customer's telephone rings
	claimed   *agent
	rings     int  // members whose telephones ring for it
	abandoned bool // we gave it up after the answer
	withdrawn bool // and it was seen to leave its queue for that
	machine   bool // AMD said so
	hangup    bool // we asked Asterisk to end it
}

// unserved tells whether the call will need an operator that it has not claimed.
func (c *call) unserved() bool {
	return c.claimed == nil && !c.machine && c.phase <= PhaseQueued
}

// callBook is the calls under way, in the order of their ids.
type callBook struct {
	byID map[CallID]*call
	list []*call
	next CallID
}

func newCallBook() callBook { return callBook{byID: map[CallID]*call{}, next: 1} }

func (b *callBook) add(c *call) {
	b.byID[c.attempt.ID] = c
	at, _ := b.find(c.attempt.ID)
	b.list = slices.Insert(b.list, at, c)
	if c.attempt.ID >= b.next {
		b.next = c.attempt.ID + 1
	}
}

func (b *callBook) remove(c *call) {
	delete(b.byID, c.attempt.ID)
	if at, ok := b.find(c.attempt.ID); ok {
		b.list = slices.Delete(b.list, at, at+1)
	}
}

func (b *callBook) find(id CallID) (int, bool) {
	return sort.Find(len(b.list), func(i int) int {
		return int(id - b.list[i].attempt.ID)
	})
}

// in is the calls in a phase, oldest first; a list of its own, so that they may be ended meanwhile.
func (b *callBook) in(p Phase) (calls []*call) {
	for _, c := range b.list {
		if c.phase == p {
			calls = append(calls, c)
		}
	}
	return calls
}

// sent is a call that went out and has not ended; nil for other people's calls, for ended ones, and
// for one that Asterisk cannot know yet.
func (d *Dialer) sent(id CallID) *call {
	c := d.calls.byID[id]
	if c == nil || c.phase == PhasePlanned {
		return nil
	}
	d.touched.call(c)
	return c
}

// withCall does something with a call that went out.
func (d *Dialer) withCall(id CallID, do func(*call)) {
	if c := d.sent(id); c != nil {
		do(c)
	}
}

// answered is the first witness that the customer answered; the others come in any order. It is false
// when the call is over: the word of its end came before this one.
func (d *Dialer) answered(c *call) (lives bool) {
	if c.phase != PhaseDialing {
		return true
	}
	c.phase = PhaseAnswered
	c.answered = d.now.Mono
	c.attempt.Answered = d.now.Wall.UTC()
	c.deadline = 0
	d.tellTrunk(c, report{})
	if c.evidence.ended {
		d.finish(c)
		return false
	}
	return true
}

// joined is the call in its queue: by our answer, by our redirect, or by the dialplan's default. It is
// false when the call is over.
func (d *Dialer) joined(c *call) (lives bool) {
	if !d.answered(c) {
		return false
	}
	if c.phase == PhaseAnswered || c.phase == PhaseAMD || c.phase == PhaseHeld {
		d.toQueue(c)
	}
	return true
}

// left is the call out of its queue, to a talk or to what the dialplan does next: for one that we gave
// up, the message.
func (d *Dialer) left(c *call) {
	d.stopRings(c)
	if c.abandoned && c.phase == PhaseQueued {
		c.phase, c.withdrawn = PhaseMessage, true
	}
}

// toQueue notes that the call is in the queue or goes there now, and counts on an operator for it when
// there is one.
func (d *Dialer) toQueue(c *call) {
	c.phase = PhaseQueued
	// app_queue takes a moment to ring somebody, even when the limit is all but over.
	c.deadline = max(c.answered+c.campaign.Answer.AgentWithin.Span(), d.now.Mono+time.Second)
	if c.claimed == nil {
		d.claim(c)
	}
}

func (d *Dialer) dialEnded(c *call, s DialStatus) {
	if s == DialAnswer {
		d.answered(c)
		return
	}
	c.evidence.dial = s
}

func (d *Dialer) callFailed(c *call, e CallFailed) {
	if c.phase != PhaseDialing {
		return
	}
	c.evidence.failed, c.evidence.reason = true, e.Reason
	if e.Refused {
		c.evidence.refused = true
		d.notice(Warning, "PBX %q refused the call to %s: %s", e.PBX, c.attempt.Number, e.Text)
		d.finish(c)
		return
	}
	d.settle(c)
}

// callUnsent ends a call whose Originate never left us.
func (d *Dialer) callUnsent(c *call, why string) {
	if c.phase == PhaseDialing {
		l := d.links.get(c.attempt.PBX)
		l.rests, l.refusal = d.now.Mono+rest, why
		c.evidence.retry = unsentRetry
		d.cancel(c, why)
	}
}

func (d *Dialer) callEnded(c *call, e CallEnded) {
	c.evidence.ended, c.evidence.q850, c.evidence.sip = true, e.Cause, e.SIP
	if e.Vanished {
		c.evidence.lost = true
		d.finish(c)
		return
	}
	if c.phase != PhaseDialing {
		d.finish(c)
		return
	}
	d.settle(c)
}

// settle ends an unanswered call when both of its witnesses have come, the Hangup and the report of
// the Originate, or when the second has been waited for long enough.
func (d *Dialer) settle(c *call) {
	if c.evidence.failed && c.evidence.ended {
		d.finish(c)
		return
	}
	c.deadline = d.now.Mono + answerGrace
}

// expire ends what has waited too long.
func (d *Dialer) expire() {
	for _, c := range slices.Clone(d.calls.list) {
		if c.deadline != 0 && c.deadline <= d.now.Mono {
			d.touched.call(c)
			d.tooLate(c)
		}
	}
}

func (d *Dialer) tooLate(c *call) {
	c.deadline = 0
	switch c.phase {
	case PhasePlanned:
		d.cancel(c, "it was planned too long ago")
	case PhaseDialing:
		d.unheard(c)
	case PhaseHeld, PhaseQueued:
		d.waitedTooLong(c)
	}
}

// waitedTooLong is a customer whose limit is over. While his PBX cannot be told anything he stays where
// he is: he may talk by now, and the dialplan has timers of its own.
func (d *Dialer) waitedTooLong(c *call) {
	switch {
	case !d.links.get(c.attempt.PBX).up:
		c.deadline = d.now.Mono + lookAgain
	case c.phase == PhaseQueued:
		d.overdue(c)
	case !d.strayed(c):
		d.abandon(c)
	}
}

// unheard is a call that is past the end of its dialing. With a witness of its failure it is over;
// without any, Asterisk is asked to end it, and then it is lost.
func (d *Dialer) unheard(c *call) {
	switch {
	case !d.links.get(c.attempt.PBX).up: // it may talk, or its other witness be lost: LinkUp will tell
		c.deadline = d.now.Mono + time.Second
	case c.evidence.failed || c.evidence.ended:
		d.finish(c)
	case !c.hangup:
		d.notice(Warning, "call %d to %s: PBX %q has said nothing for %s after its ring timeout; hanging it up", c.attempt.ID, c.attempt.Number, c.attempt.PBX, silence)
		d.hangup(c)
		c.deadline = d.now.Mono + silence
	default:
		c.evidence.lost = true
		d.finish(c)
	}
}

// overdue is a call in the queue whose limit is over. While an operator's telephone rings for it,
// it stays: a late talk is better than a message.
func (d *Dialer) overdue(c *call) {
	if c.rings > 0 {
		c.deadline = d.now.Mono + lookAgain
		return
	}
	d.unclaim(c)
	c.abandoned = true
	d.emit(Withdraw{PBX: c.attempt.PBX, Call: c.attempt.ID, Queue: c.attempt.Queue})
}

// abandon gives up a call that waits outside the queue: it hears the message, or the line ends.
func (d *Dialer) abandon(c *call) {
	c.abandoned = true
	c.phase = PhaseMessage
	if c.campaign.Answer.AbandonMessage == "" {
		d.hangup(c)
		return
	}
	d.emit(Redirect{PBX: c.attempt.PBX, Call: c.attempt.ID, To: ActionMessage})
}

func (d *Dialer) hangup(c *call) {
	c.hangup = true
	d.emit(Hangup{PBX: c.attempt.PBX, Call: c.attempt.ID})
}

// cancel gives up a call before anybody was rung: the lead goes back as it was.
func (d *Dialer) cancel(c *call, why string) {
	c.evidence.cancelled = true
	d.notice(Info, "call %d to %s is given up: %s", c.attempt.ID, c.attempt.Number, why)
	d.finish(c)
}

// finish writes the outcome of a call and lets go of all it held.
func (d *Dialer) finish(c *call) {
	c.attempt.Outcome, c.attempt.Cause = c.verdict(d.now.Mono)
	c.attempt.Ended = d.now.Wall.UTC()
	d.unclaim(c)
	d.freeAgents(c)
	d.calls.remove(c)
	d.offTrunk(c)
	if c.evidence.cancelled {
		d.pools.takeBack(c.attempt.CallerID, c.attempt.Planned, d.now.Wall)
	}
	d.links.get(c.attempt.PBX).calls--
	d.settled(c)
	d.numbers.ended(c)
	d.touched.gone(c)
	lead := d.putBack(c)
	d.record(AttemptEnded{c.attempt})
	if lead != nil {
		d.record(lead)
	}
}
