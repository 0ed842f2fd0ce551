package dialer

import (
	"slices"
	"time"
)

// Loan is something of a member's that we have set in Asterisk and give back: his penalty, or a pause.
// Its row is on disk before it is set, so that it is given back over a crash too.
type Loan struct {
	PBX       string    `json:"pbx"`
	Queue     string    `json:"queue"`
	Interface string    `json:"interface"`
	Field     LoanField `json:"field"`
	Before    int       `json:"before,omitempty"` // the penalty before ours
	Ours      int       `json:"ours,omitempty"`   // the penalty that we set
	Reason    string    `json:"reason,omitempty"` // of the pause that we set
	Prior     string    `json:"prior,omitempty"`  // reasons of ours that Asterisk may show still instead of this one, between commas
	Shown     bool      `json:"shown,omitempty"`  // of the pause of a person: Asterisk has shown it
}

// LoanField is what of a member was taken.
type LoanField uint8

// The fields.
const (
	LoanPause LoanField = iota
	LoanPenalty
)

var loanWords = words{"pause", "penalty"}

// String is the field's word.
func (f LoanField) String() string { return loanWords.text(uint8(f)) }

// MarshalText writes the word.
func (f LoanField) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText refuses what is not in the list.
func (f *LoanField) UnmarshalText(text []byte) error {
	v, err := loanWords.value("field of a loan", text)
	*f = LoanField(v)
	return err
}

// loan is a Loan while it lasts.
//
// AMI has no compare-and-set and says no author. So ours is given back only while Asterisk shows what
// we have set: what somebody else has made of it meanwhile is the newer truth, and stays. An event may be
// older than the state that was read before it; a loan is therefore remembered for a while after
// Asterisk has ceased to show it, and what looks like somebody else's doing counts when it has lasted.
type loan struct {
	Loan
	stage   loanStage
	seq     int64         // of its LoanTaken
	ours    bool          // Asterisk shows it now
	since   time.Duration // Mono from which ours is as it is, or at which it was last set
	said    time.Duration // Mono at which it was last given back
	missed  int           // how often Asterisk was told and has not shown it
	foreign string        // reason of a pause by somebody else that ours has covered, or that has taken its place
	cleared bool          // Asterisk has shown that it was given back
	past    []string      // reasons that went out, the last of an earlier life among them: who is in a hurry hears of several late
	had     Loan          // of a penalty that was taken anew: what it was before
	hadAt   time.Duration // Mono at which ours of that went out
	went    time.Duration // Mono at which ours went out
	over    bool          // it was returned
	member  *member       // whose it is; nil while Asterisk shows none
}

// loanStage is how far a loan has come.
//
//	taken ──on disk──► sent ──Asterisk shows it──► held ──not wanted──► back ──shown──► returned
//	                    ▲                           │                    │
//	                    └──not heard, or wiped──────┘◄──wanted again─────┘
//
// What somebody else has made of it leads from held to back as well: wanted again, it is a new one.
type loanStage uint8

const (
	loanTaken loanStage = iota // its row is on the way to disk
	loanSent                   // our value went out
	loanHeld                   // and Asterisk has shown it since
	loanBack                   // what was there before went out, or somebody else's has taken its place
)

const (
	// sayAgain is how long Asterisk has to show that something was given back, before that is said again. An
	// action is not lost while a link stands, so this is for what nobody has thought of; said too soon, while
	// events come late, it could lift what somebody else has set since.
	sayAgain = 10 * time.Second
	// settling is how long an action may take to be seen, before the daemon ends.
	settling = 2 * time.Second
	// lasting is how long Asterisk has to show something else before that is somebody else's doing. Events
	// that are older than a list come within milliseconds of it.
	lasting = time.Second
	// doubtFor is how long a loan is remembered that Asterisk does not show any more: longer than two
	// audits of the link.
	doubtFor = 70 * time.Second
)

// pauseWrapup is the reason of the pause that keeps an operator free after a talk. Nobody else's pause
// bears it (Config.Validate sees to that as far as it can), so it says whose a pause is.
const pauseWrapup = "dialerd-wrapup"

// loanBook is the loans in the order in which they were taken.
type loanBook struct {
	list   []*loan
	turned bool // what others have made of one has changed what is wanted of its operator
}

func (b *loanBook) find(key memberKey, f LoanField) *loan {
	for _, l := range b.list {
		if l.Interface == key.iface && l.Field == f && l.Queue == key.queue && l.PBX == key.pbx {
			return l
		}
	}
	return nil
}

func (l *loan) key() memberKey { return memberKey{l.PBX, l.Queue, l.Interface} }

// take writes down a loan; it is set when that is on disk.
func (d *Dialer) take(l *loan) {
	l.stage, l.Shown = loanTaken, false
	l.seq = d.record(LoanTaken{l.Loan})
}

// loadLoans brings the loans of an earlier life. Whether Asterisk still has them LinkUp tells.
func (d *Dialer) loadLoans(loans []Loan) {
	for _, x := range loans {
		l := &loan{Loan: x, stage: loanSent, since: d.now.Mono}
		if x.Shown {
			l.stage = loanHeld
		}
		l.remember(x.Reason)
		d.loans.list = append(d.loans.list, l)
	}
}

// setLoan sends our value.
func (d *Dialer) setLoan(l *loan) {
	l.stage, l.since, l.went, l.cleared = loanSent, d.now.Mono, d.now.Mono, false
	switch l.Field {
	case LoanPause:
		l.remember(l.Reason)
		d.emit(SetPause{PBX: l.PBX, Queue: l.Queue, Interface: l.Interface, Paused: true, Reason: l.Reason})
	case LoanPenalty:
		d.emit(SetPenalty{PBX: l.PBX, Queue: l.Queue, Interface: l.Interface, Penalty: l.Ours})
	}
}

// letBack notes that what Asterisk has of a loan is its last: wanted again, it is set anew.
func (d *Dialer) letBack(l *loan) {
	l.stage = loanBack
	d.unshow(l)
}

// unshow has the next life not take it for lifted by somebody that Asterisk does not show a pause any more.
func (d *Dialer) unshow(l *loan) {
	if l.Shown {
		l.Shown = false
		d.record(LoanShown{l.Loan})
	}
}

// giveBack sends what was there before. A pause that somebody else had set a moment before ours is
// his again.
func (d *Dialer) giveBack(l *loan) {
	d.letBack(l)
	l.said = d.now.Mono
	switch l.Field {
	case LoanPause:
		d.emit(SetPause{PBX: l.PBX, Queue: l.Queue, Interface: l.Interface, Paused: l.foreign != "", Reason: l.foreign})
	case LoanPenalty:
		d.emit(SetPenalty{PBX: l.PBX, Queue: l.Queue, Interface: l.Interface, Penalty: l.Before})
	}
}

// tendLoans takes what is wanted, sets what is on disk, gives back what is not wanted, and lets go of what
// Asterisk does not show any more. Penalties come first: who comes back comes behind his.
func (d *Dialer) tendLoans() {
	d.borrow()
	d.tendAll(LoanPenalty, d.tendPenalty)
	d.tendAll(LoanPause, d.tendPause)
	if d.loans.turned {
		d.loans.turned = false
		d.tendAll(LoanPenalty, d.tendPenalty)
		d.tendAll(LoanPause, d.tendPause)
	}
}

func (d *Dialer) tendAll(field LoanField, tend func(*loan, *member) (over bool)) {
	ended := false
	for _, l := range d.loans.list {
		if l.Field == field && tend(l, l.member) {
			l.over, ended = true, true
			d.record(LoanReturned{l.Loan})
		}
	}
	if !ended {
		return
	}
	var late []*loan // what ours was before it was taken anew is shown after all
	d.loans.list = slices.DeleteFunc(d.loans.list, func(l *loan) bool {
		if l.over && l.had.Ours != 0 && l.member != nil && l.member.Penalty == l.had.Ours {
			late = append(late, l)
		}
		return l.leave()
	})
	for _, l := range late {
		x := d.lend(l.member, l.had)
		x.stage, x.ours, x.since = loanHeld, true, d.now.Mono
	}
}

// leave lets go of a loan that is over.
func (l *loan) leave() bool {
	if l.over && l.member != nil {
		l.member.loans[l.Field] = nil
	}
	return l.over
}

// dropLoans gives up those of a PBX that is not configured any more: nobody can be told to give them back.
func (d *Dialer) dropLoans(pbx string) {
	d.loans.list = slices.DeleteFunc(d.loans.list, func(l *loan) bool {
		if l.PBX == pbx {
			d.record(LoanReturned{l.Loan})
		}
		return l.PBX == pbx
	})
}

// lend begins a loan of a member; its row is on the way.
func (d *Dialer) lend(m *member, x Loan) *loan {
	x.PBX, x.Queue, x.Interface = m.agent.pbx, m.Queue, m.agent.iface
	l := &loan{Loan: x, member: m}
	m.loans[x.Field] = l
	d.loans.list = append(d.loans.list, l)
	d.take(l)
	return l
}

// borrow takes what operators need and what was not taken of them yet.
func (d *Dialer) borrow() {
	for _, a := range d.agents.list {
		if !d.links.get(a.pbx).up {
			continue
		}
		if reason := d.pauseFor(a); reason != "" {
			for _, m := range a.members {
				d.lendPause(m, reason)
			}
		}
		if a.awaiting != awaitNone {
			for _, m := range a.members {
				d.lendPenalty(m)
			}
		}
	}
}

// mayGiveBack tells whether something may be given back: not a second time at once, when it is shown still.
func (d *Dialer) mayGiveBack(l *loan) bool {
	return l.seq <= d.committed && (l.stage != loanBack || d.now.Mono-l.said >= sayAgain && d.links.get(l.PBX).lagging <= lagMax)
}

// unseen tells whether Asterisk ought to have shown by now what was sent, and then again after a while.
func (d *Dialer) unseen(l *loan) bool {
	patience := settling
	if l.missed > 0 {
		patience = sayAgain
	}
	if l.stage != loanSent || d.now.Mono-l.since < patience+d.links.get(l.PBX).lagging {
		return false
	}
	if l.missed++; l.missed == sayMost {
		d.notice(Alarm, "PBX %q does not take the %s of %s in queue %q, told %d times", l.PBX, l.Field, l.Interface, l.Queue, l.missed)
	}
	return true
}

// sayMost is after how many times it is said that Asterisk does not do what it is told.
const sayMost = 3

// forgettable tells whether a loan that Asterisk does not show has been remembered for long enough.
func (d *Dialer) forgettable(l *loan) bool { return !l.ours && d.now.Mono-l.since >= doubtFor }

// lasts tells whether something else than ours has been shown for long enough to be somebody else's doing.
func (d *Dialer) lasts(l *loan) bool {
	return d.now.Mono-l.since >= lasting+d.links.get(l.PBX).lagging
}

// lent tells whether whatever pauses an operator is ours.
func (d *Dialer) lent(a *agent) bool {
	for _, m := range a.members {
		if l := m.loans[LoanPause]; m.Paused && (l == nil || !l.ours) {
			return false
		}
	}
	return true
}

// owing tells whether something is to be given back before the daemon may end.
func (d *Dialer) owing() bool {
	return slices.ContainsFunc(d.loans.list, func(l *loan) bool {
		return d.links.get(l.PBX).up && !d.stays(l) && (l.ours || l.stage > loanTaken && d.now.Mono-l.since < settling)
	})
}

// stays tells whether a loan outlives the daemon: the pause of a person.
func (d *Dialer) stays(l *loan) bool {
	m := l.member
	return l.Field == LoanPause && m != nil && personal(d.pauseFor(m.agent)) && d.pauseFor(m.agent) == l.Reason
}
