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
// Asterisk has ceased to show it.
type loan struct {
	Loan
	seq     int64         // of its LoanTaken
	set     bool          // our value went out
	ours    bool          // Asterisk shows it
	since   time.Duration // Mono from which ours is as it is
	said    time.Duration // Mono at which it was last given back
	foreign string        // reason of a pause by somebody else that ours has covered
}

const (
	// sayAgain is how long Asterisk has to show that something was given back, before that is said again. An
	// action is not lost while a link stands, so this is for what nobody has thought of; said too soon, while
	// events come late, it could lift what somebody else has set since.
	sayAgain = 10 * time.Second
	// settling is how long an action may take to be seen, before the daemon ends.
	settling = 2 * time.Second
	// doubtFor is how long a loan is remembered that Asterisk does not show any more: longer than two
	// audits of the link.
	doubtFor = 70 * time.Second
)

// pauseWrapup is the reason of the pause that keeps an operator free after a talk. Nobody else's pause
// bears it (Config.Validate sees to that as far as it can), so it says whose a pause is.
const pauseWrapup = "dialerd-wrapup"

// loanBook is the loans in the order in which they were taken.
type loanBook struct{ list []*loan }

func (b *loanBook) find(key memberKey, f LoanField) *loan {
	for _, l := range b.list {
		if l.key() == key && l.Field == f {
			return l
		}
	}
	return nil
}

func (l *loan) key() memberKey { return memberKey{l.PBX, l.Queue, l.Interface} }

// lend takes the pause of a member, for as long as it is wanted. One that is remembered is set again.
func (d *Dialer) lend(m *member, reason string) {
	key := memberKey{m.agent.pbx, m.Queue, m.agent.iface}
	if l := d.loans.find(key, LoanPause); l != nil {
		if l.set && !l.ours && l.Reason == reason {
			d.setLoan(l)
		}
		return
	}
	l := &loan{Loan: Loan{PBX: key.pbx, Queue: key.queue, Interface: key.iface, Field: LoanPause, Reason: reason}}
	l.seq = d.record(LoanTaken{l.Loan})
	d.loans.list = append(d.loans.list, l)
}

// loadLoans brings the loans of an earlier life. Whether Asterisk still has them LinkUp tells.
func (d *Dialer) loadLoans(loans []Loan) {
	for _, x := range loans {
		d.loans.list = append(d.loans.list, &loan{Loan: x, set: true, since: d.now.Mono})
	}
}

// doubtLoans has every loan of a PBX shown anew: the time to forget one runs only while its link is up.
func (d *Dialer) doubtLoans(pbx string) {
	for _, l := range d.loans.list {
		if l.PBX == pbx {
			l.ours, l.since, l.said = false, d.now.Mono, 0
		}
	}
}

// setLoan sends our value.
func (d *Dialer) setLoan(l *loan) {
	l.set, l.since, l.said = true, d.now.Mono, 0
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
	l.said = d.now.Mono
	switch l.Field {
	case LoanPause:
		d.emit(SetPause{PBX: l.PBX, Queue: l.Queue, Interface: l.Interface, Paused: l.foreign != "", Reason: l.foreign})
	case LoanPenalty:
		d.emit(SetPenalty{PBX: l.PBX, Queue: l.Queue, Interface: l.Interface, Penalty: l.Before})
	}
}

// heedLoans compares what Asterisk shows of a member with what we have set.
func (d *Dialer) heedLoans(pbx string, m Member) {
	for _, l := range d.loans.list {
		if l.key() == (memberKey{pbx, m.Queue, m.Interface}) {
			l.shown(m, d.now.Mono)
		}
	}
}

func (l *loan) shown(m Member, now time.Duration) {
	ours := false
	switch {
	case l.Field == LoanPenalty:
		ours = m.Penalty == l.Ours
	case m.Paused && m.Reason == l.Reason:
		ours = true
	case m.Paused:
		l.foreign = m.Reason
		if l.foreign == "" {
			l.foreign = "paused" // Asterisk clears the reason of an empty one
		}
	default:
		l.foreign = ""
	}
	l.turn(ours && l.set, now)
}

func (l *loan) turn(ours bool, now time.Duration) {
	if l.ours != ours {
		l.ours, l.since = ours, now
	}
}

// forgetMember has the loans of a member who is gone from his queue not shown any more.
func (d *Dialer) forgetMember(key memberKey) {
	for _, l := range d.loans.list {
		if l.key() == key {
			l.turn(false, d.now.Mono)
		}
	}
}

// tendLoans sets what is on disk, gives back what is not wanted, and lets go of what Asterisk does not
// show any more.
func (d *Dialer) tendLoans() {
	d.loans.list = slices.DeleteFunc(d.loans.list, func(l *loan) bool {
		over := d.tend(l)
		if over {
			d.record(LoanReturned{l.Loan})
		}
		return over
	})
}

// tend is what a loan needs now; it is true when the loan is over.
func (d *Dialer) tend(l *loan) (over bool) {
	wanted := d.wanted(l)
	switch {
	case !l.set && (!wanted || l.foreign != ""):
		return true // it was never set
	case !d.links.get(l.PBX).up:
	case !l.set && l.seq <= d.committed:
		d.setLoan(l)
	case l.ours && !wanted && (l.said == 0 || d.now.Mono-l.said >= sayAgain && d.links.get(l.PBX).lagging <= lagMax):
		d.giveBack(l)
	case l.set && !l.ours && wanted && l.said != 0 && l.foreign == "": // given back a moment before it was wanted again
		d.setLoan(l)
	case l.set && !l.ours:
		return d.now.Mono-l.since >= doubtFor
	}
	return false
}

// wanted tells whether there still is a use for a loan: an operator in his talk or his wrap-up.
func (d *Dialer) wanted(l *loan) bool {
	if d.draining || l.Field != LoanPause || l.Reason != pauseWrapup {
		return false
	}
	a := d.agents.find(l.PBX, l.Interface)
	return a != nil && (a.talk != nil || d.now.Mono < a.wrapup)
}

// lendWrapup pauses an operator whose talk has begun, in all his queues, so that none gives him the next
// caller before his wrap-up is over. In the talk the pause does nothing.
func (d *Dialer) lendWrapup(a *agent, queue string) {
	q := d.queues[queue]
	if q == nil || q.WrapupBy != WrapupByPause || d.draining {
		return
	}
	for _, m := range a.members {
		if !m.Paused {
			d.lend(m, pauseWrapup)
		}
	}
}

// lent tells whether whatever pauses an operator is ours.
func (d *Dialer) lent(a *agent) bool {
	for _, m := range a.members {
		if l := d.loans.find(memberKey{a.pbx, m.Queue, a.iface}, LoanPause); m.Paused && (l == nil || !l.ours) {
			return false
		}
	}
	return true
}

// owing tells whether something is to be given back before the daemon may end.
func (d *Dialer) owing() bool {
	return slices.ContainsFunc(d.loans.list, func(l *loan) bool {
		return d.links.get(l.PBX).up && (l.ours || l.set && d.now.Mono-l.since < settling)
	})
}
