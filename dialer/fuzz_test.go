package dialer

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

// FuzzStep throws events at a Dialer in any order, repeated, left out and for calls that are not
// there, with time going on and the clock jumping, and asks after each step whether all holds.
func FuzzStep(f *testing.F) {
	f.Add([]byte("the usual"))
	f.Add([]byte{0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9, 0, 10, 0, 11, 0, 12, 0, 13, 0, 14, 0, 15, 0, 16, 0, 17, 0})
	f.Add([]byte{4, 1, 8, 1, 11, 1, 12, 1, 13, 1, 7, 1, 20, 9, 4, 2, 8, 2, 20, 40, 18, 0, 20, 1, 19, 0})
	f.Fuzz(func(t *testing.T, acts []byte) {
		w := newFuzzWorld(t)
		for len(acts) >= 2 && !t.Failed() {
			w.act(acts[0], acts[1])
			acts = acts[2:]
		}
		w.settle()
	})
}

// fuzzWorld plays Asterisk, the disk and the clock by bytes, and keeps the promise in view: what is
// originated was on disk before.
type fuzzWorld struct {
	t        *testing.T
	d        *Dialer
	now      Now
	seq      int64
	onDisk   int64
	planned  map[CallID]int64 // Seq of its record
	ended    map[CallID]bool
	sent     map[CallID]bool
	leads    LeadID
	asks     AskID
	stalled  bool
	attempts map[CallID]Attempt // that are over
	aside    map[LeadID]bool    // held or deleted, as the last row says
}

var fuzzMembers = []string{"PJSIP/1", "PJSIP/2", "PJSIP/3"}

func newFuzzWorld(t *testing.T) *fuzzWorld {
	w := &fuzzWorld{t: t, d: New(), now: Now{Wall: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Mono: time.Hour},
		planned: map[CallID]int64{}, ended: map[CallID]bool{}, sent: map[CallID]bool{}, aside: map[LeadID]bool{}, attempts: map[CallID]Attempt{}}
	w.step(Configured{w.config(2)})
	w.step(w.linkUp(0))
	for i := range 6 {
		w.lead(byte(i))
	}
	return w
}

func (w *fuzzWorld) config(campaigns int) *Config {
	c := &Config{Instance: "f", PBXs: []PBX{{Name: "p", CPS: 5}},
		Queues: []Queue{{Name: "q", PBX: "p", Wrapup: Duration(time.Second), WrapupBy: WrapupByPause, AwaitingPenalty: 1000}, {Name: "r", PBX: "p", AwaitingPenalty: 1000}},
		Trunks: []Trunk{{Name: "t", PBX: "p", Dial: "PJSIP/{digits}@t", Lines: 4, CPS: 3,
			Breaker: 0.5, BreakerCalls: 4, BreakerPause: Duration(5 * time.Second), BreakerLongest: Duration(time.Minute)}},
		Routes:      []Route{{Name: "o", Trunks: []string{"t"}}},
		Pauses:      []PauseReason{{Code: "lunch", Self: true, Limit: Duration(10 * time.Second)}},
		Pools:       []Pool{{Name: "unused", Numbers: []phone.Number{74950000001}}},
		Agents:      []AgentConfig{{ID: "one", Interface: "PJSIP/1", Queues: []string{"q", "r"}}},
		Departments: []Department{{Name: "d", Running: true}}}
	for i := range campaigns {
		x := NewCampaign()
		x.Name, x.Queue, x.Route, x.Department = fmt.Sprintf("c%d", i), []string{"q", "r"}[i%2], "o", "d"
		x.Buckets = []string{fmt.Sprintf("b%d", i), "shared"}
		x.Pacing.Mode, x.Pacing.Ratio = Mode(i%2), 2
		x.Answer.AbandonMessage = []string{"", "sorry"}[i%2]
		x.Answer.AMD = AMD(i % 2)
		x.Rules = fuzzRules(campaigns + i)
		x.Rules = append(x.Rules, Rule{Name: "sold", Disposition: []string{"sale"}, Finish: "sold"},
			Rule{Name: "later", Disposition: []string{"later"}, Again: After(time.Hour), Bucket: "shared", Priority: PriorityStep{By: 1}})
		c.Campaigns = append(c.Campaigns, x)
	}
	if faults := c.Validate(); len(faults) > 0 {
		w.t.Fatal(faults)
	}
	return c
}

// fuzzRules are others when a campaign is another one, or is edited.
func fuzzRules(n int) []Rule {
	hours := calendar.Span{From: 600, To: 720 + n}
	return []Rule{
		{Name: "moves", On: []Outcome{Busy, Lost}, Attempt: AttemptRange{2, 0}, Bucket: []string{"rest", "b1", "shared"}[n%3], Priority: PriorityStep{By: n - 1}},
		{Name: "tomorrow", On: []Outcome{NoAnswer, Machine}, Again: Again{Days: 1, Hours: hours}, Number: NumberNext},
		{Name: []string{"part", "rejected"}[n%2], On: []Outcome{Busy, HungUp, Congestion}, Again: Again{OtherPart: true}, Hours: hours},
		{Name: "soon", On: []Outcome{Failed, Lost, Abandoned}, Again: After(time.Duration(10+n) * time.Second), Number: NumberNext},
	}[n%2:]
}

func (w *fuzzWorld) lead(b byte) {
	w.leads++
	w.step(LeadsLoaded{[]Lead{{ID: w.leads, Bucket: []string{"b0", "b1", "shared"}[b%3], Priority: int(b % 2),
		Numbers: []LeadNumber{{Number: phone.Number(79160000000 + uint64(b%16))}, {Number: 79160000099}}}}})
}

// linkUp lists the members, and as live the calls whose bit is set.
func (w *fuzzWorld) linkUp(live byte) LinkUp {
	up := LinkUp{PBX: "p", Version: "22"}
	for i, m := range fuzzMembers {
		up.Members = append(up.Members, Member{Queue: []string{"q", "r", "q"}[i], Interface: m, Name: "x", Status: DeviceNotInUse})
	}
	for i, c := range w.d.calls.list {
		if live>>(i%8)&1 == 1 {
			up.Calls = append(up.Calls, LiveCall{Call: c.attempt.ID, Up: i%2 == 0})
		}
	}
	return up
}

func (w *fuzzWorld) act(what, b byte) {
	id, iface, queue := w.call(b), fuzzMembers[int(b)%3], []string{"q", "r"}[b%2]
	switch what % 31 {
	case 0:
		w.lead(b)
	case 1:
		w.step(w.linkUp(b))
	case 2:
		w.step(LinkDown{"p", "gone"})
	case 3:
		w.step(MemberChanged{"p", Member{Queue: queue, Interface: iface, Status: DeviceState(b % 9), Paused: b&64 != 0, Reason: []string{"", pauseWrapup, "lunch"}[b%3]}})
	case 4:
		w.step(CallAnswered{"p", id})
	case 5:
		w.step(CallRinging{"p", id})
	case 6:
		w.step(DialEnded{"p", id, DialStatus(b % 7)})
	case 7:
		w.step(CallEnded{PBX: "p", Call: id, Cause: []int{0, 16, 17, 19, 34}[b%5], SIP: []int{0, 486, 503}[b%3], Vanished: b&16 != 0})
	case 8:
		w.ask(Question{What: QuestionAnswered, Call: id})
	case 9:
		w.step(CallerJoined{"p", id, queue})
	case 10:
		w.step(CallerLeft{"p", id, queue})
	case 11:
		w.step(AgentRinging{"p", id, queue, iface})
	case 12:
		w.step(CallConnected{"p", id, queue, iface})
	case 13:
		w.step(CallCompleted{"p", id, queue, iface, b&1 == 0})
	case 14:
		w.step(AgentNoAnswer{"p", id, queue, iface})
	case 15:
		w.step(CallFailed{PBX: "p", Call: id, Reason: int(b % 9), Refused: b&32 != 0})
	case 16:
		w.step(MemberRemoved{"p", queue, iface})
	case 17:
		w.step(AnswerLost{id})
	case 18:
		w.stalled = b&1 == 1
		w.commit()
	case 19:
		w.step(Configured{w.config(int(b % 3))})
	case 20:
		w.pass(time.Duration(b) * 100 * time.Millisecond)
	case 21:
		w.now.Wall = w.now.Wall.Add(time.Duration(int8(b)) * time.Hour)
	case 22:
		w.asks++
		w.step(SwitchSet{w.asks, SwitchDepartment, []string{"d", "none"}[b%2], b&2 != 0})
	case 23:
		w.ask(Question{What: QuestionMachine, Call: id, Verdict: []string{"HUMAN", "MACHINE", "NOTSURE", ""}[b%4]})
	case 24:
		w.asks++
		entries := []string{fmt.Sprintf("+791600000%02d", b%16), "+7916000009?"}[:1+b/128]
		w.step(DNCChanged{w.asks, DNCChange{Campaign: []string{"", "c0", "c1", "none"}[b%4], Remove: b&16 != 0, Entries: entries}})
	case 25:
		w.step(LeadsMerged{Leads: []Lead{{ID: LeadID(b%8) + 1, Bucket: []string{"b0", "b1", "shared"}[b%3], Priority: int(b % 2),
			Numbers: []LeadNumber{{Number: 79160000000 + phone.Number(b%9)}, {Number: 79170000000 + phone.Number(b%5)}}[:1+b%2]}}})
	case 26:
		w.asks++
		w.step(LeadsEdited{w.asks, LeadEdit{Leads: []LeadID{LeadID(b % 11), LeadID(b%7) + 1}, What: EditKind(b % 6), Bucket: []string{"b0", "shared", "nobody's"}[b%3]}})
	case 27:
		w.step(FieldsFetched{[]LeadFields{{LeadVersion: LeadVersion{LeadID(b%8) + 1, int64(b)}, Name: "Ann"}}})
	case 28:
		w.step(BucketsLoading{[]string{"b0", "shared"}[:b%3]})
	case 30:
		w.ask(Question{What: QuestionPause + QuestionKind(b%7), Agent: iface, Supervisor: b&32 != 0, Lead: 7, For: time.Duration(b) * time.Second, Stored: b&64 != 0})
	case 29:
		a := w.attempts[CallID(b%16)+1]
		a.ID = CallID(b%16) + 1
		w.asks++
		w.step(Disposed{w.asks, a, []string{"sale", "later", "never"}[b%3]})
	}
}

// call is one that lives, most of the time.
func (w *fuzzWorld) call(b byte) CallID {
	if n := len(w.d.calls.list); n > 0 && b&128 == 0 {
		return w.d.calls.list[int(b)%n].attempt.ID
	}
	return CallID(b)
}

func (w *fuzzWorld) ask(q Question) {
	w.asks++
	answered := false
	for _, e := range w.step(Asked{w.asks, q}) {
		if a, ok := e.(Answer); ok && a.Ask == w.asks {
			answered = true
		}
	}
	if !answered {
		w.t.Errorf("question %d was not answered in its step", w.asks)
	}
}

func (w *fuzzWorld) pass(d time.Duration) {
	w.now.Mono += d
	w.now.Wall = w.now.Wall.Add(d)
	w.do(w.d.Tick(w.now))
}

func (w *fuzzWorld) step(e Event) []Effect {
	effects := append([]Effect(nil), w.d.Step(w.now, e)...)
	w.do(effects)
	w.do(w.d.Tick(w.now))
	return effects
}

func (w *fuzzWorld) do(effects []Effect) {
	if err := w.d.Check(); err != nil {
		w.t.Error(err)
	}
	for _, e := range effects {
		switch e := e.(type) {
		case Record:
			w.record(e)
		case SetPause:
			if l := w.d.loans.find(memberKey{e.PBX, e.Queue, e.Interface}, LoanPause); e.Paused && !personal(e.Reason) && (l == nil || l.seq > w.onDisk) {
				w.t.Errorf("%s is paused and that is not on disk", e.Interface)
			}
		case SetPenalty:
			if l := w.d.loans.find(memberKey{e.PBX, e.Queue, e.Interface}, LoanPenalty); l == nil || l.seq > w.onDisk {
				w.t.Errorf("%s gets penalty %d and that is not on disk", e.Interface, e.Penalty)
			}
		case Originate:
			if w.planned[e.Call] == 0 || w.planned[e.Call] > w.onDisk {
				w.t.Errorf("call %d goes out before it is on disk", e.Call)
			}
			if w.sent[e.Call] {
				w.t.Errorf("call %d goes out twice", e.Call)
			}
			w.sent[e.Call] = true
		}
	}
	w.commit()
}

func (w *fuzzWorld) record(r Record) {
	if r.Seq != w.seq+1 {
		w.t.Errorf("record %d follows %d", r.Seq, w.seq)
	}
	w.seq = r.Seq
	switch row := r.Row.(type) {
	case AttemptPlanned:
		w.planned[row.Attempt.ID] = r.Seq
		if w.aside[row.Attempt.Lead] {
			w.t.Errorf("call %d is to lead %d, which a person has put aside or deleted", row.Attempt.ID, row.Attempt.Lead)
		}
	case LeadDeleted:
		w.aside[row.Lead] = true
	case LeadChanged:
		w.aside[row.Lead.ID] = row.Lead.State == LeadHeld
	case LeadPlaced:
		w.aside[row.Lead.ID] = row.Lead.State == LeadHeld
	case AttemptEnded:
		if w.ended[row.Attempt.ID] || row.Attempt.Outcome == Unsettled {
			w.t.Errorf("call %d ends as %s, ended before: %t", row.Attempt.ID, row.Attempt.Outcome, w.ended[row.Attempt.ID])
		}
		w.ended[row.Attempt.ID], w.attempts[row.Attempt.ID] = true, row.Attempt
	}
}

func (w *fuzzWorld) commit() {
	if !w.stalled && w.onDisk < w.seq {
		w.onDisk = w.seq
		w.do(append([]Effect(nil), w.d.Step(w.now, Committed{w.seq})...))
	}
}

// settle lets everything come to its end: with the disk back, the links up without calls, and time
// gone by, no call is left and every attempt has one outcome.
func (w *fuzzWorld) settle() {
	w.stalled = false
	w.commit()
	w.step(Drain{})
	w.step(w.linkUp(255)) // everything lives; now it ends
	for _, c := range append([]*call(nil), w.d.calls.list...) {
		w.step(CallEnded{PBX: "p", Call: c.attempt.ID, Cause: 16})
	}
	w.pass(time.Minute)
	if n := len(w.d.calls.list); n != 0 {
		w.t.Errorf("%d calls are left over: %+v", n, w.d.calls.list[0].attempt)
	}
	for id := range w.planned {
		if !w.ended[id] {
			w.t.Errorf("call %d has no outcome", id)
		}
	}
	if err := w.d.CheckAll(); err != nil {
		w.t.Error(err)
	}
}

// TestRandomWalk is FuzzStep over seeds: the same seed gives the same walk.
func TestRandomWalk(t *testing.T) {
	for seed := range uint64(1000) {
		acts := make([]byte, 400)
		for i, r := 0, rand.New(rand.NewPCG(seed, 1)); i < len(acts); i++ {
			acts[i] = byte(r.Uint32())
		}
		w := newFuzzWorld(t)
		for i := 0; i < len(acts) && !t.Failed(); i += 2 {
			w.act(acts[i], acts[i+1])
		}
		w.settle()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
