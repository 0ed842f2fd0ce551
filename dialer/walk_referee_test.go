package dialer

import (
	"fmt"
	"slices"
	"time"
)

// walkPerson is what is wanted of and by an operator. Of each will there may be several that are right, where nobody
// can know: a will that was on its way to disk in a crash, one that others may have ended. "" is to work.
type walkPerson struct {
	own, sup       []string
	ownOld, supOld []string // until what was asked last is on disk
	seq            int64    // of what was asked last
	asked          time.Time
	lifts          int // how often others have lifted his supervisor's pause
	login          walkLogin
	edited         bool // agents.toml: who he is a row may not know yet
	left           bool // he has logged out, and not in again: what he wants may end with that
}

type walkLogin uint8

const (
	loginUnsure walkLogin = iota
	loggedIn
	loggedOut
)

func (k *walk) person(id string) *walkPerson {
	p := k.truth[id]
	if p == nil {
		p = &walkPerson{own: []string{""}, sup: []string{""}}
		k.truth[id] = p
	}
	return p
}

// personAt is who works with an interface, as the Dialer sees it.
func (k *walk) personAt(iface string) *walkPerson {
	if a := k.d.agents.find(scenarioPBX, iface); a != nil {
		return k.person(a.id)
	}
	for _, a := range k.config.Agents {
		if a.Interface == iface {
			return k.person(a.ID)
		}
	}
	return k.person(walkPeople[slices.Index(walkIfaces, iface)%len(walkPeople)])
}

func either(all []string, more ...string) []string {
	all = slices.Clone(all)
	for _, x := range more {
		if !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	return all
}

// asked asks about an operator, and notes what he wants from now on.
func (k *walk) asked(what string, a walkAct, reason string, supervisor bool) {
	line := fmt.Sprintf("ask %s %s", what, k.who(a.a))
	if reason != "" {
		line += " " + reason
	}
	if supervisor {
		line += " supervisor=yes"
	}
	before, err := k.d.whose(k.who(a.a))
	if err != nil {
		return
	}
	seats := len(k.d.seats(before))
	if what == "work" {
		k.mayLift(before, supervisor)
	}
	if k.plant.ask != nil {
		line = k.plant.ask(line)
	}
	k.answer = Answer{}
	disk := k.onDisk()
	k.play("%s", line)
	if !k.answer.OK {
		return
	}
	p := k.person(k.answer.Agent.Agent)
	if p.seq <= disk {
		p.ownOld, p.supOld = p.own, p.sup
	} else {
		p.ownOld, p.supOld = either(p.ownOld, p.own...), either(p.supOld, p.sup...)
	}
	p.seq, p.asked = k.d.seq, k.now.Wall
	switch {
	case what == "pause" && supervisor:
		if !slices.Contains(p.sup, reason) {
			p.lifts = 0
		}
		if p.sup = []string{reason}; k.unheardOf(p) {
			if p.lifts++; p.lifts > 1 {
				p.sup = either(p.sup, "")
			}
		}
	case what == "pause" && seats == 0 && k.answer.Agent.Code != CodePausing: // he is told that he is offline
	case what == "pause" && seats == 0: // on his way in
		p.own = either(p.own, reason, "") // when the link comes up, somebody may have taken him out meanwhile
		if k.d.links.get(scenarioPBX).up && k.answer.Agent.By == ByAgent && !p.left && !k.unheardOf(p) {
			p.own = []string{reason}
		}
	case what == "pause" && seats > 0 && (p.left || k.unheardOf(p)):
		p.own = either(p.own, reason)
	case what == "pause" && seats > 0:
		p.own = []string{reason}
	case what == "work":
		p.own = []string{""}
		if supervisor {
			p.sup, p.lifts = []string{""}, 0
		}
		if p.login == loggedOut {
			p.login = loginUnsure
		}
	case what == "login":
		p.login, p.left = loggedIn, false
	case what == "logout":
		p.login, p.left, p.own = loggedOut, true, either(p.own, "")
		if seats == 0 && p.edited {
			p.login = loginUnsure
		}
	}
	if k.unheardOf(p) {
		p.login = loginUnsure
	}
}

// unheardOf tells whether others have done something with an operator that the Dialer has not heard of: when it does,
// it cannot know that he asked later. So does our own word to take him out of a queue that has not been done yet.
func (k *walk) unheardOf(p *walkPerson) bool {
	for _, a := range k.wire {
		if e, ok := a.effect.(RemoveMember); ok && k.personAt(e.Interface) == p {
			return true
		}
	}
	return slices.ContainsFunc(k.members, func(m *walkMember) bool { return k.comes(m) && k.personAt(m.iface) == p })
}

// comes tells whether the Dialer has not heard all that there is to be heard of a member.
func (k *walk) comes(m *walkMember) bool {
	return m.told != m.version || slices.ContainsFunc(k.line, func(e walkEcho) bool { return e.m == m })
}

// mayLift notes whose pauses by others may be lifted now: an operator's own word lifts what Asterisk did because he
// had not answered, a supervisor's lifts all.
func (k *walk) mayLift(p *person, all bool) {
	for _, m := range k.members {
		a := k.d.agents.find(scenarioPBX, m.iface)
		if a == nil || a.person != p {
			continue
		}
		if all && m.pausedBy != "" || m.pausedBy == autoPause {
			m.lift, m.unheard = true, k.comes(m)
		}
		if all || slices.Contains(m.foreign, autoPause) {
			m.foreign = either(m.foreign, "")
		}
	}
}

// liftedByOthers is somebody else who has sent an operator back to work. His own will may be over, a supervisor's
// stands the first time.
func (k *walk) liftedByOthers(iface string) {
	p := k.personAt(iface)
	p.own = either(p.own, "")
	if p.lifts++; p.lifts > 1 {
		p.sup = either(p.sup, "")
	}
}

func (k *walk) removedByOthers(iface string) {
	p := k.personAt(iface)
	p.login = loginUnsure
	rest := slices.ContainsFunc(k.members, func(m *walkMember) bool { return m.in && m.iface == iface })
	if !rest || !k.up || len(k.line) > 1 {
		p.own = either(p.own, "") // who is in no queue has left
	}
}

func (k *walk) addedByOthers(iface string) {
	if p := k.personAt(iface); p.login == loggedOut {
		p.login = loginUnsure
	}
}

// forgotten notes what a crash may have lost: what was not on disk.
func (k *walk) forgotten() {
	disk := k.onDisk()
	for _, p := range k.truth {
		if p.seq > disk {
			p.own, p.sup = either(p.own, p.ownOld...), either(p.sup, p.supOld...)
			p.login = loginUnsure
		}
		p.seq = 0
	}
	for _, m := range k.members { // a pause of ours without a row is nobody's
		key := loanKey{m.queue, m.iface, LoanPause}
		if seq, lent := k.rowSeq[key]; lent && seq > disk {
			m.foreign, m.past = either(m.foreign, walkReasons...), either(m.past, walkReasons...)
		}
	}
}

// resumed is a link that comes up. An Asterisk that was restarted while nobody who knew its start looked has
// sent home whom it had, and nobody can tell that from a person's doing.
func (k *walk) resumed() {
	if k.fresh && k.restarted && k.snapped.IsZero() {
		for _, p := range k.truth {
			p.own, p.login = either(p.own, ""), loginUnsure
			if p.lifts++; p.lifts > 1 {
				p.sup = either(p.sup, "")
			}
		}
	}
	for _, p := range k.truth { // nor can it whether one who logged in long ago has ever been taken in
		if k.fresh && k.now.Wall.Sub(p.asked) > 25*time.Second {
			p.login = loginUnsure
		}
	}
	for _, m := range k.members { // who was taken out and came again meanwhile looks as if his pause had been lifted
		row, lent := k.rows[loanKey{m.queue, m.iface, LoanPause}]
		if lent && m.in && (!m.paused || m.reason != row.Reason) {
			k.personAt(m.iface).lifts++
		}
	}
	k.fresh, k.restarted = false, false
}

// theirReasons is what nobody but others gives as a reason.
var theirReasons = []string{"meeting", "away", autoPause}

// wrong tells what of an operator is not as it should be, when he is to be paused for a reason, or to work.
func (k *walk) wrong(a *agent, want string) string {
	for _, m := range k.members {
		if !m.in || m.iface != a.iface {
			continue
		}
		switch {
		case !slices.Contains(m.base, m.penalty):
			return fmt.Sprintf("his penalty in queue %s is %d, his own is %v", m.queue, m.penalty, m.base)
		case m.paused && (m.reason == want && want != "" || m.reason != "" && slices.Contains(m.foreign, m.reason)):
		case m.paused:
			return fmt.Sprintf("he is paused (%s) in queue %s, where others want %q", m.reason, m.queue, m.foreign)
		case want != "" || !slices.Contains(m.foreign, ""):
			return fmt.Sprintf("he is not paused in queue %s, where others want %q", m.queue, m.foreign)
		}
	}
	return ""
}
