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
	Prior     string    `json:"prior,omitempty"`  // reason of the pause of ours that this one takes the place of
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
//	taken ──on disk──► set ──Asterisk shows it──► ours ──not wanted──► given back ──shown──► returned
//
// AMI has no compare-and-set and says no author. So ours is given back only while Asterisk shows what
// we have set: what somebody else has made of it meanwhile is the newer truth, and stays. An event may be
// older than the state that was read before it; a loan is therefore remembered for a while after
// Asterisk has ceased to show it, and what looks like somebody else's doing counts when it has lasted.
type loan struct {
	Loan
	seq     int64         // of its last LoanTaken
	set     bool          // our value went out
	seen    bool          // and Asterisk has shown it since
	ours    bool          // Asterisk shows it now
	since   time.Duration // Mono from which ours is as it is
	said    time.Duration // Mono at which it was last given back
	again   bool          // somebody has lifted it, and it was set again
	foreign string        // reason of a pause by somebody else that ours has covered
	past    []string      // reasons that it had before in this life: who is in a hurry hears of several late
	loaded  time.Time     // when it came from an earlier life; zero when it did not
	over    bool          // it was returned
	member  *member       // whose it is; nil while Asterisk shows none
}

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
	// young is how old a pause that a person wanted may be for Asterisk not to have heard of it when the daemon
	// was killed. An older one that is not shown at the start was lifted meanwhile.
	young = 30 * time.Second
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
	l.set, l.seen = false, false
	l.seq = d.record(LoanTaken{l.Loan})
}

// loadLoans brings the loans of an earlier life. Whether Asterisk still has them LinkUp tells.
func (d *Dialer) loadLoans(loans []Loan) {
	for _, x := range loans {
		d.loans.list = append(d.loans.list, &loan{Loan: x, set: true, seen: x.Prior == "", since: d.now.Mono, loaded: d.now.Wall})
	}
}

// doubtLoans has every loan of a PBX shown anew: the time to forget one runs only while its link is up. An
// Asterisk that was restarted has forgotten them, and nobody has lifted anything.
func (d *Dialer) doubtLoans(pbx string, restarted bool) {
	for _, l := range d.loans.list {
		if l.PBX == pbx {
			l.ours, l.since = false, d.now.Mono
			l.seen = l.seen && !restarted
		}
	}
}

// sayLoansAgain has what is shown still given back anew: what was told to the link before may be lost.
func (d *Dialer) sayLoansAgain(pbx string) {
	for _, l := range d.loans.list {
		if l.PBX == pbx && l.ours {
			l.said = 0
		}
	}
}

// restartedLoans gives up what an Asterisk that was restarted has forgotten: wanted again, it is a new loan.
func (d *Dialer) restartedLoans(pbx string) {
	for _, l := range d.loans.list {
		if l.PBX == pbx && l.Field == LoanPenalty && l.set && !l.ours {
			l.said = d.now.Mono
		}
	}
}

// setLoan sends our value.
func (d *Dialer) setLoan(l *loan) {
	l.set, l.seen, l.since, l.said, l.loaded = true, false, d.now.Mono, 0, time.Time{}
	switch l.Field {
	case LoanPause:
		d.emit(SetPause{PBX: l.PBX, Queue: l.Queue, Interface: l.Interface, Paused: true, Reason: l.Reason})
	case LoanPenalty:
		d.emit(SetPenalty{PBX: l.PBX, Queue: l.Queue, Interface: l.Interface, Penalty: l.Ours})
	}
}

// giveBack sends what was there before. A pause that somebody else had set a moment before ours is
// his again.
func (d *Dialer) giveBack(l *loan) {
	l.said, l.again = d.now.Mono, false
	switch l.Field {
	case LoanPause:
		d.emit(SetPause{PBX: l.PBX, Queue: l.Queue, Interface: l.Interface, Paused: l.foreign != "", Reason: l.foreign})
	case LoanPenalty:
		d.emit(SetPenalty{PBX: l.PBX, Queue: l.Queue, Interface: l.Interface, Penalty: l.Before})
	}
}

// heedLoans compares what Asterisk shows of a member with what we have set. One who has just come may have loans
// from before.
func (d *Dialer) heedLoans(m *member) {
	for f, l := range m.loans {
		if l == nil {
			if l = d.loans.find(m.key(), LoanField(f)); l == nil {
				continue
			}
			l.member, m.loans[f] = m, l
		}
		l.shown(m.Member, d.now.Mono)
	}
}

func (l *loan) shown(m Member, now time.Duration) {
	ours := false
	switch {
	case l.Field == LoanPenalty:
		ours = l.set && m.Penalty == l.Ours
	case m.Paused && (l.set && m.Reason == l.Reason || l.Prior != "" && m.Reason == l.Prior || slices.Contains(l.past, m.Reason) || l.wiped(m)):
		ours = true
		l.seen = l.seen || m.Reason == l.Reason
	case m.Paused:
		l.foreign = m.Reason
		if l.foreign == "" {
			l.foreign = "paused" // Asterisk clears the reason of an empty one
		}
	default:
		l.foreign = ""
	}
	l.seen = l.seen || ours && l.Field == LoanPenalty
	l.turn(ours, now)
}

// wiped tells whether a reload of queues.conf has taken the reason of a pause of ours: of a member who stands there it
// keeps the pause, and nothing tells of it.
func (l *loan) wiped(m Member) bool {
	return m.Static && m.Reason == "" && l.set && l.seen && l.foreign == ""
}

func (l *loan) turn(ours bool, now time.Duration) {
	if l.ours != ours {
		l.ours, l.since = ours, now
		if ours { // whatever was told of it before is done
			l.said = 0
		}
	}
}

// forgetMember has the loans of a member who is gone from his queue not shown any more.
func (d *Dialer) forgetMember(m *member) {
	for _, l := range m.loans {
		if l != nil {
			l.member = nil
			l.turn(false, d.now.Mono)
		}
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
	if ended {
		d.loans.list = slices.DeleteFunc(d.loans.list, (*loan).leave)
	}
}

// leave lets go of a loan that is over.
func (l *loan) leave() bool {
	if l.over && l.member != nil {
		l.member.loans[l.Field] = nil
	}
	return l.over
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

// mayAgain tells whether something may be given back that was given back and is shown still.
func (d *Dialer) mayAgain(l *loan) bool {
	return l.said == 0 || d.now.Mono-l.said >= sayAgain && d.links.get(l.PBX).lagging <= lagMax
}

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
		return d.links.get(l.PBX).up && !d.stays(l) && (l.ours || l.set && d.now.Mono-l.since < settling)
	})
}

// stays tells whether a loan outlives the daemon: the pause of a person.
func (d *Dialer) stays(l *loan) bool {
	m := l.member
	return l.Field == LoanPause && m != nil && personal(d.pauseFor(m.agent)) && d.pauseFor(m.agent) == l.Reason
}
