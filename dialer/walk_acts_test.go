package dialer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// walkAct is one act: what, and three numbers that choose whom and how. They are reduced to what there is, so any
// part of a list of acts is a walk, too; that is what shrinking needs.
type walkAct struct{ what, a, b, c uint8 }

// walkKinds is the acts, how often each is drawn, and what it does. It is false when there was nothing to do.
var walkKinds []walkKind

type walkKind struct {
	name   string
	weight int
	do     func(k *walk, a walkAct)
}

func init() {
	walkKinds = []walkKind{
		{"wait", 150, func(k *walk, a walkAct) {
			k.pass([]time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}[a.a%4])
		}},
		{"wait long", 8, func(k *walk, a walkAct) { k.pass([]time.Duration{5, 12, 20, 35}[a.a%4] * time.Second) }},
		{"apply", 150, func(k *walk, a walkAct) {
			for range 1 + a.a%3 {
				k.apply()
			}
		}},
		{"hear", 150, func(k *walk, a walkAct) {
			for range 1 + a.a%3 {
				k.hear()
			}
		}},
		{"lead", 60, (*walk).actLead},
		{"call", 150, (*walk).actCall},
		{"end", 40, func(k *walk, a walkAct) {
			if len(k.calls) > 0 {
				k.end(k.calls[int(a.a)%len(k.calls)])
			}
		}},
		{"pause", 60, (*walk).actPause},
		{"work", 60, func(k *walk, a walkAct) { k.asked("work", a, "", false) }},
		{"supervisor", 30, (*walk).actSupervisor},
		{"status", 5, func(k *walk, a walkAct) { k.asked("status", a, "", false) }},
		{"login", 20, func(k *walk, a walkAct) { k.asked("login", a, "", false) }},
		{"logout", 10, func(k *walk, a walkAct) { k.asked("logout", a, "", false) }},
		{"reserve", 15, (*walk).actReserve},
		{"pause by others", 20, (*walk).actForeignPause},
		{"unpause by others", 20, (*walk).actForeignUnpause},
		{"penalty by others", 15, (*walk).actForeignPenalty},
		{"remove", 8, (*walk).actForeignRemove},
		{"add", 20, (*walk).actForeignAdd},
		{"reload queues", 5, func(k *walk, _ walkAct) { k.reloadQueues() }},
		{"audit", 20, func(k *walk, _ walkAct) { k.audit() }},
		{"device", 20, (*walk).actDevice},
		{"link down", 5, func(k *walk, a walkAct) {
			if k.up {
				k.linkDown(int(a.a % 4))
				k.play("link down")
			}
		}},
		{"link up", 40, func(k *walk, _ walkAct) {
			if !k.up {
				k.linkUp()
			}
		}},
		{"restart of Asterisk", 2, (*walk).actRestart},
		{"lag", 6, (*walk).actLag},
		{"disk", 20, func(k *walk, a walkAct) { k.play("disk %s", []string{"stalled", "ok", "ok", "unheard"}[a.a%4]) }},
		{"crash", 5, (*walk).actCrash},
		{"reload", 5, (*walk).actReload},
		{"drain", 1, func(k *walk, _ walkAct) { k.play("drain") }},
		{"quiet", 5, func(k *walk, a walkAct) { k.quiet(a.a%4 == 0) }},
	}
	for _, kind := range walkKinds {
		walkWeights += kind.weight
	}
}

var walkWeights int

func drawAct(r *rand.Rand) walkAct {
	n := r.IntN(walkWeights)
	what := slices.IndexFunc(walkKinds, func(x walkKind) bool { n -= x.weight; return n < 0 })
	x := r.Uint32()
	return walkAct{uint8(what), uint8(x), uint8(x >> 8), uint8(x >> 16)}
}

func (k *walk) act(a walkAct) { walkKinds[a.what].do(k, a) }

func (k *walk) actLead(walkAct) {
	if len(k.d.leads.out) < 4 && k.leads < 60 {
		k.leads++
		k.play("lead +7916%07d", k.leads)
	}
}

func (k *walk) actCall(a walkAct) {
	if len(k.calls) > 0 {
		k.advance(k.calls[int(a.a)%len(k.calls)], int(a.b))
	}
}

// walkReasons is the reasons of pauses that a person here may want.
var walkReasons = []string{"lunch", "break", "training"}

func (k *walk) who(n uint8) string { return walkPeople[int(n)%(k.size+2)] }

func (k *walk) actPause(a walkAct) { k.asked("pause", a, walkReasons[a.b%2], false) }

func (k *walk) actSupervisor(a walkAct) {
	if a.c%2 == 0 {
		k.asked("work", a, "", true)
		return
	}
	k.asked("pause", a, walkReasons[a.b%3], true)
}

func (k *walk) actReserve(a walkAct) {
	if a.b%4 == 0 {
		k.play("ask release %s", k.who(a.a))
		return
	}
	k.play("ask reserve %s lead=7 for=%ds", k.who(a.a), 1+a.b%8)
}

// some is a member, of which there is at least one.
func (k *walk) some(n uint8) *walkMember {
	var in []*walkMember
	for _, m := range k.members {
		if m.in {
			in = append(in, m)
		}
	}
	if len(in) == 0 {
		return nil
	}
	return in[int(n)%len(in)]
}

// each is one place of an interface, or all of them.
func (k *walk) each(m *walkMember, all bool) (places []*walkMember) {
	for _, x := range k.members {
		if m != nil && x.in && (x == m || all && x.iface == m.iface) {
			places = append(places, x)
		}
	}
	return places
}

func (k *walk) actForeignPause(a walkAct) {
	reason := append(slices.Clone(theirReasons), "meeting", "lunch", pauseCallback)[a.c%6]
	for _, m := range k.each(k.some(a.a), a.b%2 == 0) {
		k.pauseByOthers(m, reason)
	}
}

func (k *walk) actForeignUnpause(a walkAct) {
	lifted := false
	m := k.some(a.a)
	for _, x := range k.each(m, a.b%2 == 0) {
		lifted = lifted || x.paused || x.heard && x.pausedBy != "" || k.paused(x)
		k.unpauseByOthers(x)
	}
	if lifted {
		k.liftedByOthers(m.iface)
	}
}

// paused tells whether a pause of ours is on its way to a member.
func (k *walk) paused(m *walkMember) bool {
	_, lent := k.rows[loanKey{m.queue, m.iface, LoanPause}]
	return lent
}

func (k *walk) actForeignPenalty(a walkAct) {
	if m := k.some(a.a); m != nil {
		k.penaltyByOthers(m, []int{0, 3, 7, 1000, 1000 + m.base[0], m.base[0], m.conf, 500}[a.b%8])
	}
}

func (k *walk) actForeignRemove(a walkAct) {
	for _, m := range k.each(k.some(a.a), a.b%2 == 0) {
		if !m.static {
			m.leave()
			k.acted = true
			k.echo(m)
			k.removedByOthers(m.iface)
		}
	}
}

func (k *walk) actForeignAdd(a walkAct) {
	if m := k.members[int(a.a)%len(k.members)]; !m.in {
		m.come(int(a.b % 4))
		m.name = walkPeople[slices.Index(walkIfaces, m.iface)%len(walkPeople)]
		k.acted = true
		k.echo(m)
		k.addedByOthers(m.iface)
	}
}

func (k *walk) actDevice(a walkAct) {
	if m := k.some(a.a); m != nil && !slices.ContainsFunc(k.calls, func(c *walkCall) bool { return c.agent == m.iface }) {
		k.device(m.iface, []DeviceState{DeviceNotInUse, DeviceNotInUse, DeviceUnavailable, DeviceInUse}[a.b%4])
	}
}

// actRestart is an Asterisk that was restarted, which the link does not outlive.
func (k *walk) actRestart(a walkAct) {
	if k.now.Wall.Sub(k.started) < 5*time.Second {
		return
	}
	k.acted = true
	if k.up {
		k.linkDown(0)
		k.play("link down")
	}
	k.restart(a.a%2 == 0)
	k.restarted = true
}

func (k *walk) actLag(a walkAct) {
	if !k.up {
		return
	}
	k.late = []time.Duration{0, 0, time.Second, 3 * time.Second}[a.a%4]
	k.play("lag %s", k.late)
	k.flow()
}

// actCrash kills the daemon: of what its last steps told Asterisk a part has gone out.
func (k *walk) actCrash(a walkAct) {
	if k.plant.crash != nil {
		k.plant.crash(k)
	}
	k.linkDown(int(a.a % 8))
	k.forgotten()
	clear(k.leaving)
	clear(k.claims)
	k.fresh = true
	k.snapped = time.Time{}
	for _, l := range k.world.rows.snapshot.Links {
		k.snapped = l.Started
	}
	k.rows, k.rowSeq = map[loanKey]Loan{}, map[loanKey]int64{}
	for _, l := range k.world.rows.loans {
		k.rows[loanKey{l.Queue, l.Interface, l.Field}] = l
	}
	k.play("crash")
	k.play("freeze 250ms")
}

func (k *walk) actReload(a walkAct) {
	line := walkReloads[int(a.a)%len(walkReloads)]
	if k.size == 0 && a.a%8 >= 4 && a.a%8 <= 5 { // it has no pauses.toml
		return
	}
	k.play("%s", line)
	k.play("start")
	for _, p := range k.truth {
		p.login, p.edited = loginUnsure, true
	}
}

// quiet is a time in which nothing happens: the link stands, the disk is fine, nobody wants anything. Then everybody
// has to have what he wanted, and nothing of ours is left.
func (k *walk) quiet(long bool) {
	if k.stalled || k.unheard {
		k.play("disk ok")
	}
	k.arrive()
	if !k.up {
		k.linkUp()
	}
	if k.late > 0 {
		k.late = 0
		k.play("lag 0s")
	}
	k.switchCampaigns("off")
	for len(k.calls) > 0 && k.failed == nil {
		k.end(k.calls[0])
	}
	for _, iface := range walkIfaces {
		k.device(iface, DeviceNotInUse)
	}
	k.arrive()
	k.audit()
	for range 50 {
		if k.failed != nil {
			return
		}
		k.play("wait 1s every=1s")
		k.arrive()
	}
	k.audit()
	k.pass(3 * time.Second)
	k.arrive()
	k.pass(12 * time.Second)
	k.arrive()
	k.judgeQuiet()
	if long {
		k.pass(90 * time.Second)
		k.judgeBooks()
	}
	k.switchCampaigns("on")
	if k.d.draining {
		k.actCrash(walkAct{})
		k.linkUp()
	}
}

func (k *walk) switchCampaigns(to string) {
	if k.leads == 0 {
		return
	}
	k.play("switch campaign spring %s", to)
	if k.size > 0 {
		k.play("switch campaign autumn %s", to)
	}
}

// arrive has all that is on its way arrive.
func (k *walk) arrive() {
	for n := 0; (len(k.wire) > 0 || k.up && len(k.line) > 0) && k.failed == nil; n++ {
		k.apply()
		k.hear()
		if n > 1000 {
			k.fail("storm", "actions and events follow each other without end: %s", fmt.Sprint(k.wire))
		}
	}
}
