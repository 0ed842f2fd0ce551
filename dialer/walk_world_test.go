package dialer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// walk is one random walk: a scenario's world, an Asterisk of few words, and the truth of who wants what. All that the
// Dialer hears goes through lines of the scenario language, so that a walk can be written down.
type walk struct {
	*world
	plant  plantedFault
	size   int
	answer Answer // the last

	members []*walkMember // every place that there can be, by interface and queue
	calls   []*walkCall
	wire    []walkAction // on their way to Asterisk, in order
	line    []walkEcho   // on their way to us
	up      bool         // the link
	late    time.Duration
	started time.Time // Asterisk
	leads   int

	fresh     bool      // the daemon was started, and has not had a link since
	snapped   time.Time // when Asterisk was started, as the snapshot has it
	restarted bool      // Asterisk, since the link last came up

	truth   map[string]*walkPerson
	leaving map[*agent]*walkLeave
	idle    map[*agent]bool
	claims  map[CallID]*agent

	rows   map[loanKey]Loan
	had    map[loanKey]Loan // before they were taken anew
	rowSeq map[loanKey]int64
	word   string // of the line that is played

	script []string // the lines
	writes bool     // them down
	failed *violation
	at     int
	steps  int
	acted  bool
}

// loanKey names what of a member is lent.
type loanKey struct {
	queue, iface string
	field        LoanField
}

type violation struct{ kind, text string }

const walkSizes = 3

var walkPeople = []string{"anna", "boris", "clara", "dan"}
var walkIfaces = []string{"PJSIP/101", "PJSIP/102", "PJSIP/103", "PJSIP/104", "PJSIP/105"}

// walkWorlds is the worlds by size: what is configured, and who is where.
var walkWorlds = [walkSizes][]string{{
	"queue sales",
	"trunk main", "route out main",
	"campaign spring sales out mode=ratio ratio=2 ring=15s",
	"agent anna PJSIP/101 queues=sales penalty=2", "agent boris PJSIP/102 queues=sales penalty=5",
}, {
	"queue sales wrapup=2s", "queue support wrapup=2s by=pause",
	"trunk main", "route out main",
	"campaign spring sales out mode=ratio ratio=2 ring=15s", "campaign autumn support out ring=15s",
	"pause lunch", "pause break", "pause training self=no",
	"agent anna PJSIP/101 queues=sales,support penalty=2", "agent boris PJSIP/102 queues=sales penalty=5",
}, {
	"queue sales wrapup=2s", "queue support wrapup=2s by=pause", "queue vip awaiting=500",
	"trunk main", "route out main",
	"campaign spring sales out mode=ratio ratio=2 ring=15s", "campaign autumn support out ring=15s",
	"pause lunch", "pause break", "pause training self=no",
	"agent anna PJSIP/101 queues=sales,support penalty=2", "agent boris PJSIP/102 queues=sales penalty=5",
	"agent clara PJSIP/103 queues=sales,support,vip",
}}

// walkReloads is what a reload of the configuration may change; it goes back at the next.
var walkReloads = []string{
	"agent anna PJSIP/105 queues=sales penalty=2", "agent anna PJSIP/101 queues=sales penalty=2",
	"agent anna PJSIP/101 queues=sales penalty=4", "agent boris PJSIP/102 queues=sales penalty=1",
	"pause lunch self=no", "pause lunch limit=10s", "queue sales awaiting=700", "queue sales",
}

func newWalk(t *testing.T, size int, plant plantedFault) *walk {
	k := &walk{world: newWorld(t), plant: plant, size: size, truth: map[string]*walkPerson{}, leaving: map[*agent]*walkLeave{},
		idle: map[*agent]bool{}, claims: map[CallID]*agent{}, rows: map[loanKey]Loan{}, had: map[loanKey]Loan{}, rowSeq: map[loanKey]int64{}}
	k.watch = k.saw
	k.started = k.now.Wall
	return k
}

// begin configures the world and has the operators come.
func (k *walk) begin() {
	queues := []string{"sales", "support", "vip"}[:k.size+1]
	for i, iface := range walkIfaces {
		for j, q := range queues {
			m := &walkMember{queue: q, iface: iface, name: walkPeople[i%len(walkPeople)], status: DeviceNotInUse, foreign: []string{""}}
			m.static = iface == "PJSIP/102" && q == "sales"
			m.conf = 5
			if m.static || i <= k.size && j <= i {
				m.come([]int{2, 5, 0, 3, 0}[i])
			}
			k.members = append(k.members, m)
		}
	}
	for _, line := range walkWorlds[k.size] {
		k.play("%s", line)
	}
	k.play("start")
	k.linkUp()
}

// play has the Dialer hear a line of the scenario language.
func (k *walk) play(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	k.acted = true
	k.word, _, _ = strings.Cut(line, " ")
	if k.writes {
		k.script = append(k.script, line)
	}
	k.command(line)
}

func (k *walk) fail(kind, format string, args ...any) {
	if k.failed == nil {
		k.failed = &violation{kind, fmt.Sprintf(format, args...)}
	}
}

// saw is called with the effects of each Step and Tick, before any of them is done.
func (k *walk) saw(effects []Effect, err error) {
	if err != nil {
		k.fail("check", "%s", err)
	}
	if k.plant.state != nil {
		k.plant.state(k)
	}
	for _, e := range effects {
		k.effect(e)
	}
	k.judgeStep()
}

func (k *walk) effect(e Effect) {
	if k.plant.effect != nil {
		if e = k.plant.effect(k, e); e == nil {
			return
		}
	}
	switch e := e.(type) {
	case Record:
		k.record(e)
	case Answer:
		k.answer = e
	case SetPause, SetPenalty, AddMember, RemoveMember:
		k.send(e)
	case Originate:
		k.calls = append(k.calls, &walkCall{id: e.Call, queue: e.Queue})
	case Redirect, Withdraw, Hangup:
		k.send(e)
	}
}

// record notes what is on its way to disk.
func (k *walk) record(r Record) {
	switch x := r.Row.(type) {
	case LoanTaken:
		key := loanKey{x.Loan.Queue, x.Loan.Interface, x.Loan.Field}
		if row, lent := k.rows[key]; lent && row.Ours != x.Loan.Ours {
			k.had[key] = row
		}
		k.rows[key], k.rowSeq[key] = x.Loan, r.Seq
	case LoanReturned:
		key := loanKey{x.Loan.Queue, x.Loan.Interface, x.Loan.Field}
		delete(k.rows, key)
		delete(k.had, key)
		delete(k.rowSeq, key)
	case AttemptEnded:
		k.calls = slices.DeleteFunc(k.calls, func(c *walkCall) bool { return c.id == x.Attempt.ID && c.over })
	}
}

// onDisk is the last Record that is.
func (k *walk) onDisk() int64 {
	if waiting := k.world.rows.waiting; len(waiting) > 0 {
		return waiting[0].Seq - 1
	}
	return k.seq
}

// pass lets time go on; what takes too long meanwhile arrives.
func (k *walk) pass(d time.Duration) {
	every := 250 * time.Millisecond
	if d >= 5*time.Second {
		every = time.Second
	}
	for end := k.now.Mono + d; k.now.Mono < end && k.failed == nil; {
		if every == time.Second && k.late == 0 { // nothing is on its way for as long as that
			k.arrive()
		}
		k.play("wait %s every=%s", min(every, end-k.now.Mono), every)
		if k.failed == nil {
			k.flow()
		}
	}
}

// flow has everything arrive that is older than anything may be on its way.
func (k *walk) flow() {
	const fast = 200 * time.Millisecond
	for len(k.wire) > 0 && k.now.Mono-k.wire[0].at >= fast {
		k.apply()
	}
	for k.up && len(k.line) > 0 && k.now.Mono-k.line[0].at >= fast+k.late && k.failed == nil {
		k.hear()
	}
}
