package sim

import (
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// judge compares the outcome of an attempt with the truth.
func (r *referee) judge(a *dialer.Attempt) {
	f := r.sim.world.Fate(a.ID)
	if a.Outcome == dialer.Unsettled {
		r.breach(a.ID, "has no outcome at the end")
		return
	}
	if f == nil {
		if a.Outcome != dialer.Cancelled && a.Outcome != dialer.Lost {
			r.breach(a.ID, "was never placed and ended as %s", a.Outcome)
		}
		return
	}
	r.overstayed(a, f)
	if why := r.hasty[a.ID]; why != "" && a.Outcome == dialer.Abandoned {
		r.breach(a.ID, "%s", why)
	}
	if f.Answered == 0 != a.Answered.IsZero() && !r.touched(deaf, f) {
		r.breach(a.ID, "is answered according to one of the row and the world: %v, %v", a.Answered, f.Answered)
	}
	for _, o := range r.truths(a, f) {
		if a.Outcome == o {
			return
		}
	}
	r.breach(a.ID, "ended as %s, which is not true: %+v", a.Outcome, *f)
}

// touched tells whether there was a trouble of a kind while the call lived.
func (r *referee) touched(k kind, f *pbx.Fate) bool {
	return k == deaf && f.Crashed || r.was(k, f.Originated-time.Second, f.Ended+2*time.Second)
}

// blur is how far the core's knowledge of an instant may be off while nothing is broken.
const blur = 300 * time.Millisecond

// truths are the outcomes that can be said of a call without a lie. When the core has missed something
// it may know less: that the call is lost, or that it was answered and nothing more.
func (r *referee) truths(a *dialer.Attempt, f *pbx.Fate) (all []dialer.Outcome) {
	missed := r.touched(deaf, f)
	if missed {
		all = append(all, dialer.Lost)
	}
	switch {
	case f.Bridged != 0 && !missed:
		return append(all, dialer.Answered)
	case f.Bridged != 0:
		return append(all, dialer.Answered, dialer.Abandoned, dialer.HungUp)
	case f.Answered == 0:
		return append(all, r.unanswered(f)...)
	}
	return append(all, r.unserved(a, f, missed || r.touched(slow, f))...)
}

func (r *referee) unanswered(f *pbx.Fate) []dialer.Outcome {
	if f.CutByUs || r.touched(slow, f) { // it may have ended by itself a moment before we hung it up
		return []dialer.Outcome{dialer.Cancelled, naturally[f.Nature]}
	}
	return []dialer.Outcome{naturally[f.Nature]}
}

// naturally is the outcome of a call that nobody answered. A person who would have answered later
// than the ring timeout did not answer.
var naturally = map[pbx.Nature]dialer.Outcome{
	pbx.Person: dialer.NoAnswer, pbx.Machine: dialer.NoAnswer, pbx.NoAnswer: dialer.NoAnswer, pbx.Busy: dialer.Busy,
	pbx.Congestion: dialer.Congestion, pbx.Invalid: dialer.InvalidNumber, pbx.Rejecting: dialer.Rejected,
	pbx.Undialable: dialer.Failed, pbx.Refused: dialer.Failed,
}

// unserved is what may be said of somebody who answered and talked to nobody.
func (r *referee) unserved(a *dialer.Attempt, f *pbx.Fate, broken bool) []dialer.Outcome {
	within := r.campaign(a.Campaign).Answer.AgentWithin.Span()
	waited := f.Ended - max(f.Answered, f.Heard)
	switch {
	case broken || f.Ended-f.Heard < blur && f.Heard != 0 || f.Heard == 0 && r.listens(a):
		return []dialer.Outcome{dialer.Abandoned, dialer.HungUp, dialer.Machine}
	case f.Verdict == "MACHINE" && f.Left:
		return []dialer.Outcome{dialer.Machine, dialer.HungUp, dialer.Abandoned}
	case f.Verdict == "MACHINE":
		return []dialer.Outcome{dialer.Machine, dialer.Abandoned}
	case !f.Left || waited > within+blur:
		return []dialer.Outcome{dialer.Abandoned}
	case waited < within-blur:
		return []dialer.Outcome{dialer.HungUp}
	}
	return []dialer.Outcome{dialer.HungUp, dialer.Abandoned}
}

// listens tells whether answered calls of the campaign go to AMD first: the time until its verdict
// is nobody's wait.
func (r *referee) listens(a *dialer.Attempt) bool {
	return r.campaign(a.Campaign).Answer.AMD == dialer.AMDAsterisk
}

// stays tells whether a pause on disk is one that a person wants, or one that somebody else has lifted a moment ago: its
// row is kept until no older event can come any more.
func (r *referee) stays(l dialer.Loan) bool {
	if k := r.sim.staff.desk(l.Interface); k != nil && r.sim.now-k.touched < rowKept {
		return true
	}
	for _, o := range r.sim.scenario.world.Operators {
		if a := r.sim.disk.rows.agent(o.Name); o.Interface == l.Interface {
			return l.Reason == a.Supervisor.Reason || l.Reason == a.Own.Reason
		}
	}
	return false
}

// rowKept is how long the row of what Asterisk does not show any more may be there still.
const rowKept = 90 * time.Second

// judgeLoans finds pauses of ours that are left at the end, when nobody talks any more.
func (r *referee) judgeLoans() {
	members, _ := r.sim.world.State()
	for _, m := range members {
		if m.Paused && (m.Reason == "dialerd-wrapup" || m.Reason == "callback") {
			r.breach(0, "operator %s is left paused by us in queue %s", m.Interface, m.Queue)
		}
	}
	for _, l := range r.sim.disk.rows.loans {
		if l.Field == dialer.LoanPause && r.stays(l) {
			continue // he is on his break still
		}
		r.breach(0, "%s of %s in queue %s is on disk as taken, at the end", l.Field, l.Interface, l.Queue)
	}
}
