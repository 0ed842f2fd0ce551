package dialer

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// walkMember is a place in a queue as Asterisk really has it, and what of it is right.
//
// What others set is right, and so is what they found there when they set nothing. But AMI has no compare-and-set:
// an action of ours that left before its sender could know of a change by others may undo that change. Then both are
// right (base and foreign hold several), and that is the whole window: an action counts as ignorant when the
// last state of the member that the Dialer was shown, as it gave the action, is older than a change by others.
type walkMember struct {
	queue, iface, name string
	static             bool
	conf               int // penalty in queues.conf
	status             DeviceState

	in      bool
	penalty int
	theirs  bool // others have set it
	paused  bool
	reason  string

	base     []int    // penalties of his own, any of which may be right
	foreign  []string // pauses that others want, "" is none
	version  int      // of the last change by others
	told     int      // the version that the Dialer was last shown
	heard    bool     // and that was a member
	pausedBy string   // the reason of the pause in that
	past     []string // pauses that others have wanted: one that ours has covered is given back
	came     bool     // since then
	lift     bool     // somebody who may has asked for the pause of others to be lifted
	unheard  bool     // and another may have come by then, of which the Dialer had not heard
	lifted   string   // the pause of others that was so lifted, until the Dialer is shown that
}

// walkAction is an effect on its way to Asterisk.
type walkAction struct {
	effect Effect
	at     time.Duration
	told   int  // the version of the member that its sender knew
	row    Loan // of what it sets, as the rows said it then
}

// walkEcho is a state of a member on its way to us.
type walkEcho struct {
	m       *walkMember
	at      time.Duration
	version int
	shown   Member
	in      bool
	theirs  bool // the penalty
}

func (m *walkMember) show() Member {
	return Member{Queue: m.queue, Interface: m.iface, Name: m.name, Status: m.status, Paused: m.paused, Reason: m.reason, Penalty: m.penalty, Static: m.static}
}

// come makes it a member, by others or by us.
func (m *walkMember) come(penalty int) {
	m.in, m.penalty, m.theirs, m.paused, m.reason = true, penalty, true, false, ""
	m.base, m.foreign, m.past, m.lift, m.came = []int{penalty}, []string{""}, nil, false, true
	m.version++
}

func (m *walkMember) leave() {
	m.in, m.paused, m.reason, m.base, m.foreign = false, false, "", nil, []string{""}
	m.version++
}

func (k *walk) place(iface, queue string) *walkMember {
	for _, m := range k.members {
		if m.iface == iface && m.queue == queue {
			return m
		}
	}
	return nil
}

// send puts an effect on its way.
func (k *walk) send(e Effect) {
	a := walkAction{effect: e, at: k.now.Mono}
	queue, iface := "", ""
	switch e := e.(type) {
	case SetPause:
		queue, iface = e.Queue, e.Interface
		a.row = k.rows[loanKey{queue, iface, LoanPause}]
		if e.Paused {
			k.judgeTaken(loanKey{queue, iface, LoanPause}, e.Reason)
		}
	case SetPenalty:
		queue, iface = e.Queue, e.Interface
		a.row = k.rows[loanKey{queue, iface, LoanPenalty}]
		if e.Penalty == a.row.Ours {
			k.judgeTaken(loanKey{queue, iface, LoanPenalty}, "")
		}
	case AddMember:
		queue, iface = e.Queue, e.Interface
	case RemoveMember:
		queue, iface = e.Queue, e.Interface
	}
	if m := k.place(iface, queue); m != nil {
		a.told = m.told
	}
	if k.up {
		k.wire = append(k.wire, a)
	}
}

// apply has Asterisk do the next thing that it was told.
func (k *walk) apply() {
	if len(k.wire) == 0 {
		return
	}
	a := k.wire[0]
	k.wire = k.wire[1:]
	k.acted = true
	switch e := a.effect.(type) {
	case SetPause:
		if m := k.place(e.Interface, e.Queue); m != nil && m.in {
			k.judgePause(m, e, a.row.Reason, a.told == m.version)
			m.paused, m.reason = e.Paused, e.Reason
			k.echo(m)
		}
	case SetPenalty:
		if m := k.place(e.Interface, e.Queue); m != nil && m.in {
			k.judgePenalty(m, e.Penalty, a.row, a.told == m.version)
			m.penalty, m.theirs = e.Penalty, false
			k.echo(m)
		}
	case AddMember:
		if m := k.place(e.Interface, e.Queue); m != nil && !m.in {
			k.judgeAdded(m, e.Penalty)
			m.come(e.Penalty)
			m.name = e.Name
			if m.name == "" {
				m.name = m.iface
			}
			k.echo(m)
		}
	case RemoveMember:
		if m := k.place(e.Interface, e.Queue); m != nil && m.in && !m.static {
			m.leave()
			k.echo(m)
		}
	default:
		k.applyCall(e)
	}
}

// echo says how a member is now, in time.
func (k *walk) echo(m *walkMember) {
	if k.up {
		k.line = append(k.line, m.now(k.now.Mono))
	}
}

// now is how it is.
func (m *walkMember) now(at time.Duration) walkEcho {
	return walkEcho{m, at, m.version, m.show(), m.in, m.theirs}
}

// hear has the Dialer hear the next thing that Asterisk has said of a member.
func (k *walk) hear() {
	if len(k.line) == 0 || !k.up {
		return
	}
	e := k.line[0]
	k.line = k.line[1:]
	k.show(e)
}

func (k *walk) show(e walkEcho) {
	k.heed(e)
	if e.in {
		k.play("member %s", memberLine(e.shown))
	} else {
		k.play("removed %s %s", e.m.iface, e.m.queue)
	}
}

// heed notes what the Dialer is about to know.
func (k *walk) heed(e walkEcho) {
	for _, q := range k.config.Queues {
		if before := e.shown.Penalty - q.AwaitingPenalty; q.Name == e.m.queue && e.in && before >= 0 && (k.fresh || k.restarted || !e.m.heard) {
			e.m.base = append(e.m.base, before) // of who comes so, it is a leftover of ours
		}
	}
	if _, lent := k.rows[loanKey{e.m.queue, e.m.iface, LoanPause}]; lent && e.in && e.m.came && e.m.heard && !e.shown.Paused {
		p := k.personAt(e.m.iface) // taken out and put in again unheard, he looks as if his pause had been lifted
		p.own = either(p.own, "")
		if p.lifts++; p.lifts > 1 {
			p.sup = either(p.sup, "")
		}
	}
	if !e.shown.Paused {
		e.m.lifted = ""
	}
	if e.version == e.m.version {
		e.m.came = false
	}
	e.m.told, e.m.heard, e.m.pausedBy = e.version, e.in, ""
	if e.in && e.shown.Paused {
		e.m.pausedBy = e.shown.Reason
	}
	key := loanKey{e.m.queue, e.m.iface, LoanPenalty}
	for _, row := range []Loan{k.rows[key], k.had[key]} {
		if row.Ours != 0 && e.in && e.theirs && e.shown.Penalty == row.Ours && !slices.Contains(e.m.base, row.Before) { // others have set the very penalty that is ours
			e.m.base = append(e.m.base, row.Before)
		}
	}
}

func memberLine(m Member) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", m.Interface, m.Queue, m.Status)
	if m.Name != m.Interface {
		fmt.Fprintf(&b, " name=%s", m.Name)
	}
	if m.Penalty != 0 {
		fmt.Fprintf(&b, " penalty=%d", m.Penalty)
	}
	if m.Paused {
		fmt.Fprintf(&b, " paused=%s", m.Reason)
	}
	if m.Static {
		b.WriteString(" static=yes")
	}
	return b.String()
}

// audit reads the members anew: the list is ahead of what Asterisk has said and we have not heard.
func (k *walk) audit() {
	for _, m := range k.members {
		if k.failed != nil || !k.up {
			return
		}
		known := slices.ContainsFunc(k.world.members, func(x Member) bool { return x == m.show() })
		if m.in != m.heard || m.in && !known {
			k.show(m.now(k.now.Mono))
		} else {
			m.told = m.version
		}
	}
}

// linkUp reads everything anew. What was said before stays on the line, and is heard after.
func (k *walk) linkUp() {
	for _, m := range k.members {
		at := slices.IndexFunc(k.world.members, func(x Member) bool { return x.Interface == m.iface && x.Queue == m.queue })
		switch {
		case m.in && (at < 0 || k.world.members[at] != m.show()):
			k.play("lists %s", memberLine(m.show()))
		case !m.in && at >= 0:
			k.play("gone %s %s", m.iface, m.queue)
		}
		k.heed(m.now(k.now.Mono))
	}
	k.resumed()
	k.up = true
	calls := k.liveCalls()
	if calls != "" {
		calls = " calls=" + calls
	}
	k.play("link up started=%s%s", k.started.Format(time.TimeOnly), calls)
}

// linkDown loses what is on its way: of what we have told, a part arrives.
func (k *walk) linkDown(arrives int) {
	for range min(arrives, len(k.wire)) {
		k.apply()
	}
	k.wire, k.line = nil, nil
	k.up, k.late = false, 0
}

// restart ends Asterisk, which keeps its dynamic members or not.
func (k *walk) restart(keeps bool) {
	k.started = k.now.Wall.Truncate(time.Second)
	for _, m := range k.members {
		switch {
		case m.static:
			m.come(m.conf)
		case !keeps && m.in:
			m.leave()
		}
	}
	for _, c := range k.calls {
		c.over = true
	}
	k.calls = nil
	for _, m := range k.members {
		m.status = DeviceNotInUse
	}
}

// byOthers is somebody else who changes a member at Asterisk.
func (k *walk) pauseByOthers(m *walkMember, reason string) {
	if !m.in {
		return
	}
	k.acted = true
	m.version++
	m.paused, m.reason, m.lift = true, reason, false
	m.past = either(m.past, reason)
	if reason == pauseCallback || reason == pauseWrapup || reason == m.lifted || slices.Contains(walkReasons, reason) {
		m.foreign = either(m.past, "") // it cannot be told from one of ours
	} else {
		m.foreign = []string{reason}
	}
	k.echo(m)
}

func (k *walk) unpauseByOthers(m *walkMember) {
	k.acted = true
	m.version++
	m.paused, m.reason, m.foreign = false, "", []string{""}
	k.echo(m)
}

func (k *walk) penaltyByOthers(m *walkMember, penalty int) {
	if !m.in {
		return
	}
	k.acted = true
	m.version++
	m.penalty, m.theirs, m.base = penalty, true, []int{penalty}
	if row, lent := k.rows[loanKey{m.queue, m.iface, LoanPenalty}]; lent && penalty == row.Ours { // the very penalty that is ours
		m.base = append(m.base, row.Before)
	}
	k.echo(m)
}

// reloadQueues gives static members the penalty of queues.conf, and says nothing of it.
func (k *walk) reloadQueues() {
	for _, m := range k.members {
		if m.static {
			k.acted = true
			m.version++
			m.penalty, m.theirs, m.base = m.conf, true, []int{m.conf}
		}
	}
}

func (k *walk) device(iface string, s DeviceState) {
	for _, m := range k.members {
		if m.iface == iface && m.status != s {
			k.acted = true
			m.status = s
			if m.in {
				k.echo(m)
			}
		}
	}
}
