package dialer

import (
	"slices"
	"time"
)

// AgentReply is how an operator stands: the answer to him and to who asks for him, given at once and from memory.
// What it says may still be on its way to Asterisk.
type AgentReply struct {
	Agent  string // his id
	Name   string
	Code   AgentCode
	Reason string        // of the pause
	By     PauseBy       // whose pause it is
	Since  time.Time     // when it was asked for, or began; zero when that is not known
	Until  time.Time     // when the pause is over its limit, or the state ends by itself; zero when it does not
	Left   time.Duration // until then, below 0 when it is over; 0 when there is no Until
	After  bool          // pausing, or callback: only after the call that he has now, and its wrap-up
	Lead   LeadID        // callback: whom he is kept free for
}

// AgentCode is an AgentReply in one word.
type AgentCode uint8

// The codes.
const (
	CodeNone     AgentCode = iota
	CodeWorking            // he gets calls
	CodeAwaiting           // he will in a moment: he comes from a pause, or logs in
	CodeCallback           // he is kept free for a lead
	CodePausing            // he leaves when no call that is under way counts on him any more
	CodePaused
	CodeOffline // he is in no queue, or his telephone cannot be reached
)

var codeWords = words{"", "working", "awaiting", "callback", "pausing", "paused", "offline"}

// String is the code's word, which the dialplan reads.
func (c AgentCode) String() string { return codeWords.text(uint8(c)) }

// MarshalText writes the word.
func (c AgentCode) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText refuses what is not in the list.
func (c *AgentCode) UnmarshalText(text []byte) error {
	v, err := codeWords.value("answer code", text)
	*c = AgentCode(v)
	return err
}

// PauseBy is whose a pause is. The pause of one never lifts that of another.
type PauseBy uint8

// Whose a pause can be, the strongest first.
const (
	ByNobody     PauseBy = iota
	BySupervisor         // which only he lifts
	ByAgent              // his own
	ByAsterisk           // he did not answer (autopause)
	ByForeign            // somebody else at Asterisk: the CLI, another console
	ByDialer             // ours: he is kept free for a lead, or wraps up
)

var byWords = words{"", "supervisor", "agent", "asterisk", "foreign", "dialerd"}

// String is the word for it.
func (b PauseBy) String() string { return byWords.text(uint8(b)) }

// MarshalText writes the word.
func (b PauseBy) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText refuses what is not in the list.
func (b *PauseBy) UnmarshalText(text []byte) error {
	v, err := byWords.value("whose a pause is", text)
	*b = PauseBy(v)
	return err
}

// askAgent answers a question about an operator. What he wants is recorded and not waited for, unless who asks
// wants to know when it is on disk.
func (d *Dialer) askAgent(e Asked) {
	p, err := d.whose(e.Question.Agent)
	if err == nil {
		err = d.hearAgent(p, e.Question)
	}
	if err != nil {
		d.emit(Answer{Ask: e.Ask, Err: err.Error(), Nobody: p == nil})
	} else {
		d.emit(Answer{Ask: e.Ask, OK: true, Agent: d.reply(p)})
	}
	switch {
	case !e.Question.Stored:
	case err != nil || d.seq <= d.committed:
		d.emit(Done{Ask: e.Ask})
	default:
		d.unanswered = append(d.unanswered, pendingDone{seq: d.seq, ask: e.Ask})
	}
}

// hearAgent does what is asked for.
func (d *Dialer) hearAgent(p *person, q Question) (err error) {
	switch q.What {
	case QuestionPause:
		err = d.wantPause(p, q)
	case QuestionWork:
		d.wantWork(p, q.Supervisor)
	case QuestionLogin:
		err = d.logIn(p, q.Interface)
	case QuestionLogout:
		err = d.logOut(p)
	case QuestionReserve:
		err = d.reserve(p, q.Lead, q.For)
	case QuestionRelease:
		d.letGo(p, "")
	}
	if err == nil {
		d.settleAgents()
		d.tendLoans()
	}
	return err
}

func (d *Dialer) reply(p *person) AgentReply {
	r := AgentReply{Agent: p.ID, Name: d.nameOf(p)}
	a := d.seat(p)
	if a == nil {
		r.Code = CodeOffline
		if len(p.adding) > 0 {
			r.Code = CodeAwaiting
		}
		switch { // he will be paused when he comes
		case p.Supervisor.stands():
			r.By, r.Reason, r.Since = BySupervisor, p.Supervisor.Reason, p.Supervisor.Asked
		case p.Own.stands():
			r.By, r.Reason, r.Since = ByAgent, p.Own.Reason, p.Own.Asked
		}
		if r.By != ByNobody && !p.Login.IsZero() { // he is on his way in
			r.Code = CodePausing
		}
		return r
	}
	by, pause := d.standing(a)
	r.By, r.Reason, r.Since = by, pause.Reason, laterOf(pause.Began, pause.Asked)
	if limit := d.limitOf(pause); limit != 0 && !pause.Began.IsZero() {
		r.until(pause.Began.Add(limit), d.now)
	}
	busy, unheard := a.occupied(d.now.Mono), !d.links.get(a.pbx).up
	switch {
	case a.gone():
		r.Code = CodeOffline
	case p.Leaving, by == BySupervisor || by == ByAgent:
		r.Code = CodePaused
		if a.awaiting == awaitPausing || busy || p.Leaving || !a.out() && (unheard || a.deaf()) {
			r.Code, r.After = CodePausing, busy
		}
	case a.reserved != nil:
		r.Code, r.Lead, r.After = CodeCallback, a.reserved.lead, busy
		r.until(d.wallAt(a.reserved.until), d.now)
	case by == ByAsterisk || by == ByForeign:
		r.Code = CodePaused
	case a.awaiting == awaitUnpausing || unheard:
		r.Code = CodeAwaiting
	default:
		r.Code, r.By, r.Reason, r.Since = CodeWorking, ByNobody, "", time.Time{}
	}
	if p.Leaving { // whatever pauses him, what is told is that he logs out
		r.By, r.Reason, r.Since = ByNobody, "", time.Time{}
	}
	switch {
	case a.awaiting == awaitPausing && r.Code == CodePausing, a.awaiting == awaitUnpausing && r.Code == CodeAwaiting:
		r.until(d.wallAt(a.until), d.now)
	case r.Code == CodePausing: // the end of the pause is not when it begins
		r.Until, r.Left = time.Time{}, 0
	}
	return r
}

func (r *AgentReply) until(at time.Time, now Now) { r.Until, r.Left = at, at.Sub(now.Wall) }

// wallAt is the wall-clock time of an instant of Mono.
func (d *Dialer) wallAt(mono time.Duration) time.Time {
	return d.now.Wall.Add(mono - d.now.Mono).UTC().Round(time.Millisecond)
}

// deaf tells whether Asterisk was told to pause him, more than once, and rings him all the same.
func (a *agent) deaf() bool {
	return slices.ContainsFunc(a.members, func(m *member) bool { l := m.loans[LoanPause]; return l != nil && l.missed > 0 })
}

// standing is the strongest of the pauses that stand for an operator, and whose it is.
func (d *Dialer) standing(a *agent) (PauseBy, Intent) {
	p := a.person
	switch {
	case p.Supervisor.stands():
		return BySupervisor, p.Supervisor
	case p.Own.stands():
		return ByAgent, p.Own
	case a.reserved != nil:
		return ByDialer, Intent{Reason: pauseCallback, Asked: d.wallAt(a.reserved.since)}
	case a.awaiting == awaitUnpausing:
	case a.out() && !d.lent(a):
		reason, by := "", ByForeign
		for _, m := range a.members {
			if l := m.loans[LoanPause]; l != nil && l.ours {
				continue
			}
			if reason = m.Reason; reason == autoPause {
				by = ByAsterisk
				break
			}
		}
		return by, Intent{Reason: reason, Asked: a.outSince}
	case a.out() && d.pauseFor(a) == pauseWrapup:
		return ByDialer, Intent{Reason: pauseWrapup}
	}
	return ByNobody, Intent{}
}
