package dialer

import (
	"slices"
	"strings"
	"time"
)

// What Asterisk shows of loans, in its events and when the state of a PBX is taken over.

// doubtLoans has every loan of a PBX shown anew: the time to forget one runs only while its link is up. An
// Asterisk that was restarted has forgotten them, and nobody has lifted anything.
func (d *Dialer) doubtLoans(pbx string, restarted bool) {
	for _, l := range d.loans.list {
		if l.PBX != pbx {
			continue
		}
		l.ours, l.cleared, l.since, l.had = false, false, d.now.Mono, Loan{}
		if restarted && l.stage == loanHeld {
			l.stage = loanSent
		}
		if restarted {
			l.foreign = "" // what it remembers of a member is one pause, and it lists it
			d.unshow(l)
		}
	}
}

// settleLoans ends the doubt: what is shown still is given back anew, since what was told to the link before may be
// lost. A penalty that a restart has wiped is, wanted again, a new loan: his own may be another now.
func (d *Dialer) settleLoans(pbx string, restarted bool) {
	for _, l := range d.loans.list {
		switch {
		case l.PBX != pbx:
		case l.ours && l.stage == loanBack:
			_, newest := l.isOurs(l.member.Member)
			l.stage = d.shownStage(l, newest)
		case restarted && !l.ours && l.Field == LoanPenalty && l.stage > loanTaken:
			d.letBack(l)
		}
	}
}

// heedLoans compares what Asterisk shows of a member with what we have set. One who has just come may have loans
// from before.
func (d *Dialer) heedLoans(m *member) {
	if d.links.get(m.agent.pbx).syncing { // what was being lifted is, or never will be
		m.lifting = ""
	}
	for f, l := range m.loans {
		if l == nil {
			if l = d.loans.find(m.key(), LoanField(f)); l == nil {
				continue
			}
			l.member, m.loans[f] = m, l
		}
		if d.shown(l, m) && l.Field == LoanPause && personal(l.Reason) {
			l.Shown = true // not shown after a crash, it was lifted by somebody
			d.record(LoanShown{l.Loan})
		}
	}
}

// shown takes what Asterisk shows of the member; it is true when that is the first of ours.
func (d *Dialer) shown(l *loan, m *member) (first bool) {
	if m.Penalty == l.had.Ours && m.Penalty != l.Ours && d.mayShowLate(l) {
		d.restore(l, loanSent)
	}
	ours, newest := l.isOurs(m.Member)
	if !ours && l.Field == LoanPause && (m.lifting == "" || m.lifting != m.reasonShown()) { // that one is being lifted
		l.foreign = m.reasonShown()
	}
	switch {
	case newest && l.stage == loanSent:
		l.stage, l.missed, first = loanHeld, 0, true
	case ours && !newest && l.stage == loanHeld && !l.wiped(m.Member): // what it showed was its first time, and the last is on its way, or lost
		l.stage, l.since = loanSent, d.now.Mono
	case ours && !l.ours && l.stage == loanBack && l.said > 0 && d.now.Mono-l.said < lasting: // older than what we have just said
	case ours && l.Field == LoanPause && personal(m.Reason) && l.cleared && !l.ours && l.stage == loanBack && d.lasts(l): // ours was gone for good: somebody else pauses him for the same reason
		ours, l.foreign = false, m.reasonShown()
	case ours && !l.ours && l.stage == loanBack: // whatever was told of it before is done
		l.stage = d.shownStage(l, newest)
	}
	l.cleared = l.cleared || l.ours && !ours && l.stage == loanBack && l.said > 0
	l.turn(ours, d.now.Mono)
	return first
}

// shownStage is the stage of a loan that is shown again: with a reason of before, what was set last was not heard, or
// never went out.
func (d *Dialer) shownStage(l *loan, newest bool) loanStage {
	switch {
	case newest:
		return loanHeld
	case l.seq > d.committed:
		return loanTaken
	}
	return loanSent
}

// isOurs tells whether Asterisk shows something of ours, and whether that is what was set last.
func (l *loan) isOurs(m Member) (ours, newest bool) {
	switch {
	case l.Field == LoanPenalty:
		newest = l.stage != loanTaken && m.Penalty == l.Ours
		return newest, newest
	case !m.Paused:
		return false, false
	case l.stage != loanTaken && m.Reason == l.Reason && slices.Contains(l.past, l.Reason):
		return true, true
	}
	return slices.Contains(strings.Split(l.Prior, ","), m.Reason) && m.Reason != "" || slices.Contains(l.past, m.Reason) || l.wiped(m), false
}

// wiped tells whether a reload of queues.conf has taken the reason of a pause of ours: of a member who stands there it
// keeps the pause, and nothing tells of it.
func (l *loan) wiped(m Member) bool {
	return m.Static && m.Reason == "" && l.stage >= loanHeld && l.foreign == ""
}

func (l *loan) turn(ours bool, now time.Duration) {
	if l.ours != ours {
		l.ours, l.since = ours, now
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
