package dialer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Who wants an operator paused is kept apart from what Asterisk shows of him. Several may want it; his members are
// paused while anybody does, with the reason of the strongest. What becomes of a pause that we have set in
// Asterisk is loan_pause.go's.

// pauseCallback is the reason of the pause that keeps an operator free for a lead.
const pauseCallback = "callback"

// anyPause is the reason of a pause for which none was given, where pauses.toml has none.
const anyPause = "pause"

// PauseEnded is a pause of a person that is over: who, why, by whose will, and for how long.
type PauseEnded struct {
	Agent  string    `json:"agent"`
	Reason string    `json:"reason"`
	By     PauseBy   `json:"by"` // ByAgent or BySupervisor
	Began  time.Time `json:"began"`
	Ended  time.Time `json:"ended"`
	Paid   bool      `json:"paid"`
	Over   bool      `json:"over"` // over the limit of its reason
}

// wantPause notes that somebody wants an operator paused, and has him leave.
func (d *Dialer) wantPause(p *person, q Question) error {
	reason, err := d.pauseReason(q)
	if err != nil {
		return err
	}
	seats := d.seats(p)
	if len(seats) == 0 && !q.Supervisor && p.Login.IsZero() {
		return nil // he is offline, and told so; when he comes he comes to work
	}
	by := ByAgent
	if q.Supervisor {
		by = BySupervisor
	}
	intent := p.intent(by)
	if intent.Reason != reason {
		next := Intent{Reason: reason, Asked: d.now.Wall.UTC()}
		if !intent.Began.IsZero() {
			next.Began = next.Asked
		}
		d.endPause(p, by)
		*intent, p.loaded = next, false
		d.keep(p)
		if by == BySupervisor {
			clear(p.lifted) // that was another
		}
	}
	for _, a := range seats {
		d.insist(a)
		d.depart(a)
	}
	return nil
}

// insist sets again what somebody else has lifted a moment ago: whoever asks for a pause now has the last word.
func (d *Dialer) insist(a *agent) {
	for _, m := range a.members {
		if l := m.loans[LoanPause]; l != nil && l.stage == loanHeld && !l.ours && l.foreign == "" {
			d.letBack(l)
			delete(a.person.lifted, m.key())
		}
	}
}

func (p *person) intent(by PauseBy) *Intent {
	if by == BySupervisor {
		return &p.Supervisor
	}
	return &p.Own
}

// pauseReason is the reason that was asked for, or the first that an operator may give.
func (d *Dialer) pauseReason(q Question) (string, error) {
	var own, allowed []string // what an operator may give, and what may be given here
	for _, r := range d.config.Pauses {
		if r.Self {
			own = append(own, r.Code)
		}
		if r.Self || q.Supervisor {
			allowed = append(allowed, r.Code)
		}
	}
	switch {
	case len(d.config.Pauses) == 0 && q.Reason == "":
		return anyPause, nil
	case len(d.config.Pauses) == 0:
		return q.Reason, reasonProblem(q.Reason)
	case len(allowed) == 0:
		return "", fmt.Errorf("no pause reason of pauses.toml may be given by an operator himself (self = true)")
	case q.Reason == "":
		return slices.Concat(own, allowed)[0], nil
	case slices.Contains(allowed, q.Reason):
		return q.Reason, nil
	}
	for i, code := range own { // as dialed: the number of the reason in the file
		if q.Reason == fmt.Sprint(i+1) {
			return code, nil
		}
	}
	for _, r := range d.config.Pauses {
		if r.Code == q.Reason {
			return "", fmt.Errorf("pause reason %q is a supervisor's to give; an operator has %s", q.Reason, strings.Join(allowed, ", "))
		}
	}
	return "", fmt.Errorf("there is no pause reason %q; there are %s", q.Reason, strings.Join(allowed, ", "))
}

// reasonProblem refuses a reason of a person that would break the line it stands in, or pass for another's.
func reasonProblem(code string) error {
	if code == "" || len(code) > 64 || !plainWord(code, "_-.") {
		return fmt.Errorf("%q is no pause reason: up to 64 ASCII letters, digits, _ - and .", code)
	}
	return reasonTaken(code)
}

func reasonTaken(code string) error {
	if code == pauseWrapup || code == pauseCallback || code == autoPause {
		return fmt.Errorf("%q is taken: by it a pause is known to be dialerd's or Asterisk's own, and no person's", code)
	}
	return nil
}

// autoPause is the reason that app_queue gives for a pause of its own.
const autoPause = "Auto-Pause"

// wantWork withdraws an operator's own pause, and what Asterisk did because he had not answered: he is there. A
// supervisor withdraws every pause. What is left keeps him paused, and the reply says whose it is.
func (d *Dialer) wantWork(p *person, supervisor bool) {
	d.clearPause(p, ByAgent)
	if supervisor {
		d.clearPause(p, BySupervisor)
	}
	if p.Leaving {
		p.Leaving = false
		d.keep(p)
		if !p.Login.IsZero() && slices.ContainsFunc(d.seats(p), func(a *agent) bool { return a.removed != 0 }) {
			p.tries = 0
			d.addMembers(p) // Asterisk was told already to take him out
		}
	}
	for _, a := range d.seats(p) {
		d.touched.agent(a)
		lifted := d.liftForeign(a, supervisor)
		if a.byPause {
			a.wrapup = min(a.wrapup, d.now.Mono)
		}
		if !p.Supervisor.stands() {
			d.arrive(a, lifted)
		}
	}
}

// liftForeign lifts pauses that are not ours, because a person wants it.
func (d *Dialer) liftForeign(a *agent, all bool) (lifted bool) {
	if !d.links.get(a.pbx).up {
		return false // it could not be told, and the answer says so
	}
	for _, m := range a.members {
		l := m.loans[LoanPause]
		switch {
		case l != nil && l.foreign != "" && (all || l.foreign == autoPause):
			l.foreign = ""
			if l.stage == loanHeld && !l.ours { // with his goes ours, which he had covered
				d.letBack(l)
			}
		case !m.Paused || !all && m.Reason != autoPause:
			continue
		}
		if m.Paused && (l == nil || !l.ours) {
			if m.lifting != m.reasonShown() { // twice, it could lift one that is set in between
				d.emit(SetPause{PBX: a.pbx, Queue: m.Queue, Interface: a.iface})
			}
			m.lifting, lifted = m.reasonShown(), true
		}
	}
	return lifted
}

// clearPause withdraws a pause that a person wanted.
func (d *Dialer) clearPause(p *person, by PauseBy) {
	if p.intent(by).stands() {
		d.endPause(p, by)
		*p.intent(by) = Intent{}
		d.keep(p)
	}
}

// endPause writes down a pause that was in force.
func (d *Dialer) endPause(p *person, by PauseBy) {
	i := p.intent(by)
	if i.Began.IsZero() {
		return
	}
	p.warned[by] = false
	limit := d.limitOf(*i)
	d.record(PauseKept{PauseEnded{Agent: p.ID, Reason: i.Reason, By: by, Began: i.Began, Ended: laterOf(d.now.Wall, i.Began).UTC(),
		Paid: d.paid(i.Reason), Over: limit > 0 && d.now.Wall.Sub(i.Began) > limit}})
}

func (d *Dialer) limitOf(i Intent) time.Duration {
	for _, r := range d.config.Pauses {
		if r.Code == i.Reason {
			return r.Limit.Span()
		}
	}
	return 0
}

func (d *Dialer) paid(code string) bool {
	return slices.ContainsFunc(d.config.Pauses, func(r PauseReason) bool { return r.Code == code && r.Paid })
}

// beginPause notes that a pause is in force from now on.
func (d *Dialer) beginPause(p *person) {
	changed := false
	for _, by := range []PauseBy{BySupervisor, ByAgent} {
		if i := p.intent(by); i.stands() && i.Began.IsZero() {
			i.Began, changed = d.now.Wall.UTC(), true
		}
	}
	if changed {
		d.keep(p)
	}
}

// shiftPauses follows a wall clock that was set: what has begun has begun as long ago as before.
func (d *Dialer) shiftPauses(by time.Duration) {
	for _, a := range d.agents.list {
		if !a.outSince.IsZero() {
			a.outSince = a.outSince.Add(by)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(d.persons)) {
		p, moved := d.persons[id], false
		for _, i := range []*Intent{&p.Own, &p.Supervisor} {
			if i.stands() {
				i.Asked, moved = i.Asked.Add(by), true
				if !i.Began.IsZero() {
					i.Began = i.Began.Add(by)
				}
			}
		}
		if moved {
			d.keep(p)
		}
	}
}

// overLimit tells whether a pause has lasted longer than its reason may.
func (d *Dialer) overLimit(i Intent) bool {
	limit := d.limitOf(i)
	return limit > 0 && !i.Began.IsZero() && d.now.Wall.Sub(i.Began) > limit
}

// watchLimit says and counts once that a pause is over its limit.
func (d *Dialer) watchLimit(p *person) {
	for _, by := range []PauseBy{BySupervisor, ByAgent} {
		if i := *p.intent(by); !d.overLimit(i) {
			p.warned[by] = false // the limit may have been raised
		} else if i.stands() && !p.warned[by] {
			p.warned[by] = true
			p.overruns++
			d.notice(Warning, "operator %q is paused (%s) since %s, over the limit of %s", p.ID, i.Reason, i.Began.In(d.now.Wall.Location()).Format(time.TimeOnly), Duration(d.limitOf(i)))
		}
	}
}

// pauseFor is the reason by which his members are to be paused now; empty: by no pause of ours. One who is still
// counted on is not paused yet.
func (d *Dialer) pauseFor(a *agent) string {
	p := a.person
	switch {
	case a.awaiting == awaitPausing:
	case p.Supervisor.stands():
		return p.Supervisor.Reason
	case p.Own.stands():
		return p.Own.Reason
	case a.reserved != nil && !d.draining:
		return pauseCallback
	}
	if a.byPause && !d.draining && (a.talk != nil || d.now.Mono < a.wrapup) {
		return pauseWrapup
	}
	return ""
}

// personal tells whether a pause is a person's: it stays when the daemon ends.
func personal(reason string) bool { return reason != pauseWrapup && reason != pauseCallback }

// overruled is a pause of ours that somebody else has lifted in Asterisk: that is the newer truth. Only a
// supervisor's is set again, once.
func (d *Dialer) overruled(l *loan, a *agent) {
	p := a.person
	d.letBack(l) // wanted again, it is a new one
	switch l.Reason {
	case pauseWrapup:
		a.byPause = false
	case pauseCallback:
		d.letGo(p, "somebody has lifted his pause in Asterisk")
	case p.Supervisor.Reason:
		if !p.lifted[l.key()] {
			if p.lifted == nil {
				p.lifted = map[memberKey]bool{}
			}
			p.lifted[l.key()] = true
			d.notice(Warning, "somebody has lifted the supervisor's pause (%s) of operator %q in queue %q: it is set again, once", l.Reason, p.ID, l.Queue)
			d.setLoan(l)
			return
		}
		d.notice(Alarm, "somebody has lifted the supervisor's pause (%s) of operator %q in queue %q twice: he works now", l.Reason, p.ID, l.Queue)
		d.clearPause(p, BySupervisor)
		d.clearPause(p, ByAgent)
	default:
		d.foreignWork(p)
	}
}

// foreignWork is an operator whom somebody else has sent back to work in Asterisk.
func (d *Dialer) foreignWork(p *person) {
	if p.Own.stands() {
		d.notice(Info, "somebody has lifted the pause (%s) of operator %q in Asterisk: he works", p.Own.Reason, p.ID)
		d.clearPause(p, ByAgent)
	}
}
