// Package dialer decides whom to call, when, on which trunk, with which caller ID, and what becomes
// of the call. It is a state machine: it is handed what happened and hands back what to do.
//
//	d := dialer.New()
//	do(d.Step(now, dialer.Configured{Config: config}))
//	for event := range inbox {
//		do(d.Step(now, event)) // learns
//		do(d.Tick(now))        // plans
//	}
//
// It knows no clock, no goroutine, no socket and no logger: the same events at the same times give
// the same effects. event.go and effect.go list all it can learn and all it can want.
//
// A Dialer belongs to one goroutine. DESIGN.md says why it is as it is.
package dialer

import (
	"fmt"
	"time"
)

// Dialer is the whole state of one daemon. It routes events to the nouns that keep the invariants:
// leads, numbers, calls, agents, trunks.
type Dialer struct {
	now     Now
	origin  time.Time // wall clock at Mono 0, as of the last Tick
	effects []Effect

	config    *Config
	campaigns []*campaign // by name
	queues    map[string]*Queue
	switches  map[switchKey]bool // what a person started or stopped, against the file
	draining  bool
	sends     int64 // Originates that went out

	leads     leadBook
	replans   replanBook
	fields    fieldsBook
	numbers   numberBook
	calls     callBook
	agents    agentBook
	persons   personBook
	loans     loanBook
	links     linkBook
	trunks    trunkBook
	pools     poolBook
	abandoned abandonmentBook
	dnc       dncBook
	zones     zoneBook
	opening   opening
	judged    trial // scratch

	seq        int64   // of the last Record
	unwritten  []stamp // Records that are not on disk yet, one entry per Step or Tick
	committed  int64
	unanswered []pendingDone

	memory        memory // of the life before
	snapshotAt    time.Duration
	snapshotSeq   int64 // of the last one
	snapshotEmpty bool

	ticked  bool // the last was a Tick
	touched touched
}

type switchKey struct {
	kind SwitchKind
	name string
}

// stamp is when the Records up to seq were written down.
type stamp struct {
	seq int64
	at  time.Duration
}

// pendingDone is a request whose change is not on disk yet.
type pendingDone struct {
	seq     int64
	ask     AskID
	changed int // for the Done
}

// New is a Dialer that knows nothing yet. It places no call before it has a configuration, leads,
// and a link.
func New() *Dialer {
	return &Dialer{
		config:    &Config{},
		queues:    map[string]*Queue{},
		switches:  map[switchKey]bool{},
		leads:     newLeadBook(),
		replans:   newReplanBook(),
		numbers:   newNumberBook(),
		calls:     newCallBook(),
		agents:    newAgentBook(),
		persons:   personBook{},
		links:     linkBook{},
		trunks:    trunkBook{},
		pools:     poolBook{},
		abandoned: abandonmentBook{},
		dnc:       newDNCBook(),
		zones:     newZoneBook(),
		memory:    newMemory(),
	}
}

// Step learns one event. The effects are valid until the next Step or Tick.
func (d *Dialer) Step(now Now, event Event) []Effect {
	d.begin(now)
	switch e := event.(type) {
	case Configured:
		d.dnc.configure(e.Config)
		d.configure(e.Config)
		d.enforceDNC()
	case LeadsLoaded:
		d.loadLeads(e.Leads)
	case NumbersLoaded:
		d.numbers.load(e.Numbers)
	case AttemptsLoaded:
		d.loadAttempts(e)
	case LeadsMerged:
		d.mergeLeads(e)
	case LeadsEdited:
		d.editLeads(e)
	case BucketsLoading:
		d.leads.load(e.Buckets)
		d.planLoaded()
	case Disposed:
		d.dispose(e)
	case FieldsFetched:
		d.takeFields(e.Fields)
	case AgentsLoaded:
		d.loadAgents(e.Agents)
	case LoansLoaded:
		d.loadLoans(e.Loans)
	case DNCLoaded:
		d.loadDNC(e)
	case DNCChanged:
		d.changeDNC(e)
	case SwitchSet:
		d.setSwitch(e)
	case Committed:
		d.commit(e.Seq)
	case Drain:
		d.drain()
	case SnapshotWanted:
		d.takeSnapshot()
	case Asked:
		d.ask(e)
	case AnswerLost:
		d.answerLost(e.Call)
	default:
		d.hear(event)
	}
	d.serveHeld()
	d.askForFields()
	return d.effects
}

// hear learns what a PBX says.
func (d *Dialer) hear(event Event) {
	switch e := event.(type) {
	case LinkUp:
		d.linkUp(e)
		d.enforceDNC()
	case LinkDown:
		d.linkDown(e)
	case LinkLag:
		d.links.lag(e.PBX, e.Lag, d.now.Mono)
	case MemberChanged:
		d.memberChanged(e.PBX, e.Member)
	case MemberRemoved:
		d.memberRemoved(memberKey{e.PBX, e.Queue, e.Interface})
	case CallRinging:
		d.withCall(e.Call, d.ringing)
	case CallAnswered:
		d.withCall(e.Call, func(c *call) { d.answered(c) })
	case DialEnded:
		d.withCall(e.Call, func(c *call) { d.dialEnded(c, e.Status) })
	case CallFailed:
		d.withCall(e.Call, func(c *call) { d.callFailed(c, e) })
	case CallUnsent:
		d.withCall(e.Call, func(c *call) { d.callUnsent(c, e.Text) })
	case CallEnded:
		d.withCall(e.Call, func(c *call) { d.callEnded(c, e) })
	case CallerJoined:
		d.withCall(e.Call, func(c *call) { d.joined(c) })
	case CallerLeft:
		d.withCall(e.Call, d.left)
	case AgentRinging:
		d.agentRinging(e)
	case AgentNoAnswer:
		d.agentNoAnswer(e)
	case CallConnected:
		d.connected(e)
	case CallCompleted:
		d.completed(e)
	default:
		panic(fmt.Sprintf("dialer: no such event: %T", event))
	}
}

// Tick plans: the one place where a call is decided on. It also ends what has waited too long. Call
// it after each drained inbox and at least four times a second.
func (d *Dialer) Tick(now Now) []Effect {
	d.begin(now)
	d.ticked = true
	d.watchClock()
	d.leads.lookOn()
	d.replan()
	d.expire()
	d.serveHeld()
	d.settleAgents()
	d.tendLogins()
	d.release()
	d.tendLoans()
	d.plan()
	d.snapshot()
	d.numbers.forget(d.now)
	d.leads.forgetPlaced(d.now.Mono)
	d.askForFields()
	return d.effects
}

// Drained tells whether, after Drain, nothing is left that the daemon should stay for: calls that
// still are under way are talks, which Asterisk keeps, and whatever was taken of a member was given back.
func (d *Dialer) Drained() bool {
	for _, c := range d.calls.list {
		if c.phase != PhaseTalking && c.phase != PhaseMessage {
			return false
		}
	}
	return d.draining && !d.owing()
}

func (d *Dialer) begin(now Now) {
	d.now = now
	d.ticked = false
	d.effects = d.effects[:0]
	d.touched.reset()
}

func (d *Dialer) emit(e Effect) { d.effects = append(d.effects, e) }

// record hands a row to the writer and returns its place in the stream.
func (d *Dialer) record(row Row) int64 {
	d.seq++
	if n := len(d.unwritten); n > 0 && d.unwritten[n-1].at == d.now.Mono {
		d.unwritten[n-1].seq = d.seq
	} else {
		d.unwritten = append(d.unwritten, stamp{d.seq, d.now.Mono})
	}
	d.emit(Record{Seq: d.seq, Row: row})
	return d.seq
}

func (d *Dialer) notice(level NoticeLevel, format string, args ...any) {
	d.emit(Notice{Level: level, Text: fmt.Sprintf(format, args...)})
}

// commit learns that Records are on disk: requests are answered and planned calls go out.
func (d *Dialer) commit(seq int64) {
	if seq <= d.committed {
		return
	}
	d.committed = seq
	for len(d.unwritten) > 0 && d.unwritten[0].seq <= seq {
		d.unwritten = d.unwritten[1:]
	}
	done := 0
	for _, p := range d.unanswered {
		if p.seq > seq {
			break
		}
		d.emit(Done{Ask: p.ask, Changed: p.changed})
		done++
	}
	d.unanswered = d.unanswered[done:]
	d.release()
	d.tendLoans()
}

func (d *Dialer) setSwitch(e SwitchSet) {
	if e.Ask == 0 { // it holds for a campaign, too, that only a later reload brings back
		d.switches[switchKey{e.Kind, e.Name}] = e.Running
		return
	}
	if !d.switchable(e.Kind, e.Name) {
		d.emit(Done{Ask: e.Ask, Err: fmt.Sprintf("there is no %s %q%s", e.Kind, e.Name, didYouMean(e.Name, d.switchNames(e.Kind)))})
		return
	}
	d.switches[switchKey{e.Kind, e.Name}] = e.Running
	seq := d.record(SwitchChanged{Kind: e.Kind, Name: e.Name, Running: e.Running})
	d.unanswered = append(d.unanswered, pendingDone{seq: seq, ask: e.Ask})
}

func (d *Dialer) switchable(kind SwitchKind, name string) bool {
	for _, n := range d.switchNames(kind) {
		if n == name {
			return true
		}
	}
	return false
}

func (d *Dialer) switchNames(kind SwitchKind) (names []string) {
	switch kind {
	case SwitchDepartment:
		for _, x := range d.config.Departments {
			names = append(names, x.Name)
		}
	case SwitchCampaign:
		for _, x := range d.config.Campaigns {
			names = append(names, x.Name)
		}
	}
	return names
}

// running tells whether a campaign and its department are switched on, and if not what is off.
func (d *Dialer) running(c *campaign) (ok bool, why string) {
	if c.gone {
		return false, "it is no longer configured"
	}
	if on, set := d.switches[switchKey{SwitchCampaign, c.Name}]; set && !on {
		return false, "it was stopped"
	}
	for _, x := range d.config.Departments {
		if x.Name != c.Department {
			continue
		}
		on, set := d.switches[switchKey{SwitchDepartment, x.Name}]
		if !set {
			on = x.Running
		}
		if !on {
			return false, fmt.Sprintf("department %q is stopped", x.Name)
		}
	}
	return true, ""
}

// drain stops dialing for good; what was planned and not sent is given up.
func (d *Dialer) drain() {
	d.draining = true
	for _, c := range d.calls.in(PhasePlanned) {
		d.cancel(c, "the daemon is ending")
	}
	for _, a := range d.agents.list {
		d.letGo(a.person, "the daemon is ending")
	}
}
