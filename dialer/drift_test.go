package dialer

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"dialerd/dialer/phone"
	leadpool "dialerd/dialer/pool"
)

// TestMemoryAndDiskDoNotDrift: calls end, people move, hold, release and delete leads, lists are merged into them, rules
// are edited and the daemon is killed, while the disk is slow and what it has done is heard of late. When all of it has
// settled, the file has of each lead what memory has.
func TestMemoryAndDiskDoNotDrift(t *testing.T) {
	for seed := range uint64(driftSeeds) {
		w := newDriftWorld(t, seed)
		for range 400 {
			if w.act(); t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		w.settle()
		if w.compare(); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

const driftSeeds = 60

// driftWorld is a Dialer with a disk that writes when it is drawn to, a Put at a time, and an inbox that is emptied when
// it is drawn to.
type driftWorld struct {
	t        *testing.T
	rand     *rand.Rand
	fuzz     *fuzzWorld // for its configurations
	d        *Dialer
	now      Now
	asks     AskID
	inbox    []Event
	puts     [][]Record
	leads    map[LeadID]Lead
	last     LeadID
	attempts map[CallID]Attempt
	next     CallID
	snapshot Snapshot
	loading  []LeadID // that are still to be read, after a crash
	merged   []LeadID // meanwhile
	log      []string
}

func newDriftWorld(t *testing.T, seed uint64) *driftWorld {
	w := &driftWorld{t: t, rand: rand.New(rand.NewPCG(seed, 3)), fuzz: &fuzzWorld{t: t}, d: New(), now: Now{Wall: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Mono: time.Hour},
		leads: map[LeadID]Lead{}, attempts: map[CallID]Attempt{}, next: 1}
	w.step(Configured{w.fuzz.config(2)})
	w.step(w.linkUp())
	return w
}

func (w *driftWorld) linkUp() LinkUp {
	w.fuzz.d = New()
	return w.fuzz.linkUp(0)
}

func (w *driftWorld) act() {
	switch r := w.rand; r.IntN(12) {
	case 0:
		w.add()
	case 1:
		w.merge()
	case 2:
		w.asks++
		e := LeadsEdited{w.asks, LeadEdit{What: EditKind(1 + r.IntN(len(editWords)-1)), Bucket: w.bucket(), Leads: []LeadID{w.any()}}}
		if e.What == EditDelete && r.IntN(4) > 0 {
			e.What = EditMove
		}
		w.inbox = append(w.inbox, e)
	case 3, 4, 5:
		w.hear(1 + r.IntN(3))
	case 6, 7:
		w.commit()
	case 8, 9:
		w.ended()
	case 10:
		w.pass(time.Duration(r.IntN(40)) * 100 * time.Millisecond)
		if r.IntN(10) == 0 {
			w.pass(time.Hour)
		}
	case 11:
		switch r.IntN(8) {
		case 0:
			w.inbox = append(w.inbox, Configured{w.fuzz.config(1 + r.IntN(2))})
		case 1:
			w.crash()
		}
	}
	w.load()
}

func (w *driftWorld) bucket() string {
	return []string{"b0", "b1", "shared", "nobody's"}[w.rand.IntN(4)]
}
func (w *driftWorld) any() LeadID { return LeadID(1 + w.rand.IntN(int(w.last)+1)) }

func (w *driftWorld) numbers() (all []LeadNumber) {
	for i := range 1 + w.rand.IntN(3) {
		all = append(all, LeadNumber{Number: phone.Number(79160000000 + 10*i + w.rand.IntN(8))})
	}
	return all
}

// add is an import of a new lead.
func (w *driftWorld) add() {
	w.last++
	l := Lead{ID: w.last, Bucket: w.bucket(), Priority: w.rand.IntN(2), Numbers: w.marked(w.numbers())}
	w.leads[l.ID] = l
	w.inbox = append(w.inbox, LeadsLoaded{[]Lead{clone(l)}})
}

// merge is an import that changes one: as the importer of the store does it.
func (w *driftWorld) merge() {
	l, ok := w.leads[w.any()]
	if !ok {
		return
	}
	was := clone(l)
	if w.rand.IntN(3) == 0 {
		l.Bucket = w.bucket()
	}
	if w.rand.IntN(3) == 0 {
		l.Priority = w.rand.IntN(3)
	}
	if w.rand.IntN(3) == 0 {
		numbers := w.marked(w.numbers())
		l.Use, l.Dialed, l.Numbers = KeepUse(l.Numbers, l.Use, numbers), KeepUse(l.Numbers, l.Dialed, numbers), numbers
	}
	w.leads[l.ID] = l
	w.inbox = append(w.inbox, LeadsMerged{[]Lead{clone(l)}, []Lead{was}})
	if len(w.loading) > 0 {
		w.merged = append(w.merged, l.ID)
	}
}

// marked is numbers as the importer notes of them whether there are such numbers.
func (w *driftWorld) marked(numbers []LeadNumber) []LeadNumber {
	for _, l := range w.leads {
		for i, n := range numbers {
			if at := numberIndex(l.Numbers, n.Number); at >= 0 && l.Numbers[at].Invalid {
				numbers[i].Invalid = true
			}
		}
	}
	return numbers
}

func clone(l Lead) Lead {
	l.Numbers = slices.Clone(l.Numbers)
	return l
}

func (w *driftWorld) hear(n int) {
	for ; n > 0 && len(w.inbox) > 0; n-- {
		e := w.inbox[0]
		w.inbox = w.inbox[1:]
		w.step(e)
	}
}

// ended has one of the calls come to its end.
func (w *driftWorld) ended() {
	if len(w.d.calls.list) == 0 {
		return
	}
	id := w.d.calls.list[w.rand.IntN(len(w.d.calls.list))].attempt.ID
	if w.rand.IntN(3) == 0 {
		w.step(CallAnswered{"p", id})
	}
	w.step(CallFailed{PBX: "p", Call: id, Reason: 5})
	w.step(CallEnded{PBX: "p", Call: id, Cause: []int{17, 1, 34, 19, 16}[w.rand.IntN(5)]})
}

func (w *driftWorld) step(e Event) {
	w.log = append(w.log, fmt.Sprintf("%.300s", fmt.Sprintf("%T %+v", e, e)))
	w.do(w.d.Step(w.now, e))
	w.do(w.d.Tick(w.now))
}

func (w *driftWorld) pass(d time.Duration) {
	w.now.Mono += d
	w.now.Wall = w.now.Wall.Add(d)
	w.do(w.d.Tick(w.now))
}

func (w *driftWorld) do(effects []Effect) {
	if err := w.d.Check(); err != nil {
		w.t.Error(err)
	}
	w.d.Buckets() // whoever looks on must not break it
	w.d.Why(w.any())
	var put []Record
	for _, e := range effects {
		if r, ok := e.(Record); ok {
			if x, ok := r.Row.(LeadChanged); ok {
				r.Row = LeadChanged{clone(x.Lead)}
			}
			put = append(put, r)
			w.log = append(w.log, fmt.Sprintf("   put %d %s", r.Seq, describeRow(r.Row)))
		}
	}
	if len(put) > 0 {
		w.puts = append(w.puts, put)
	}
}

// commit writes what was put by one step.
func (w *driftWorld) commit() {
	if len(w.puts) == 0 {
		return
	}
	for _, r := range w.puts[0] {
		w.write(r.Row)
		w.log = append(w.log, fmt.Sprintf("   committed %d", r.Seq))
	}
	w.inbox = append(w.inbox, Committed{w.puts[0][len(w.puts[0])-1].Seq})
	w.puts = w.puts[1:]
}

func (w *driftWorld) write(row Row) {
	switch x := row.(type) {
	case AttemptPlanned:
		w.attempts[x.Attempt.ID], w.next = x.Attempt, x.Attempt.ID+1
	case AttemptEnded:
		lead := w.attempts[x.Attempt.ID].Lead
		x.Attempt.Lead = lead
		w.attempts[x.Attempt.ID] = x.Attempt
	case LeadChanged:
		w.change(x.Lead)
	case LeadPlaced:
		w.change(x.Lead)
		l := w.leads[x.Lead.ID]
		l.Bucket, l.Priority = x.Lead.Bucket, x.Lead.Priority
		w.leads[l.ID] = l
	case LeadDeleted:
		if _, ok := w.leads[x.Lead]; !ok {
			w.t.Errorf("lead %d is deleted, and not on disk", x.Lead)
		}
		delete(w.leads, x.Lead)
		for id, a := range w.attempts {
			if a.Lead == x.Lead {
				a.Lead = 0
				w.attempts[id] = a
			}
		}
	case NumberJudged:
		for id, l := range w.leads {
			if i := numberIndex(l.Numbers, x.Number); i >= 0 {
				l = clone(l)
				l.Numbers[i].Invalid = x.Invalid
				w.leads[id] = l
			}
		}
	case SnapshotTaken:
		w.snapshot = x.Snapshot
	}
}

// change is what LeadChanged writes.
func (w *driftWorld) change(x Lead) {
	l, ok := w.leads[x.ID]
	if !ok {
		w.t.Errorf("lead %d is changed, and not on disk", x.ID)
		return
	}
	if l.State = x.State; l.State == LeadReady || l.State == LeadDialing {
		l.State = LeadWaiting
	}
	l.Next, l.Attempts, l.Faults, l.Last, l.Campaign, l.Outcome, l.Dialed = x.Next, x.Attempts, x.Faults, x.Last, x.Campaign, x.Outcome, x.Dialed
	l.Use, l.Rule, l.Final = x.Use, x.Rule, x.Final
	w.leads[l.ID] = l
}

// crash begins anew with what is on disk; the leads come later.
func (w *driftWorld) crash() {
	w.log = append(w.log, "CRASH")
	w.inbox, w.puts, w.now.Mono, w.d, w.merged = nil, nil, 0, Restore(w.snapshot), nil
	w.step(Configured{w.fuzz.config(1 + w.rand.IntN(2))})
	e := AttemptsLoaded{NextID: w.next}
	var first []Lead
	for _, id := range slices.Sorted(maps.Keys(w.attempts)) {
		if a := w.attempts[id]; a.Outcome == Unsettled {
			e.Attempts = append(e.Attempts, a)
			if l, ok := w.leads[a.Lead]; ok {
				first = append(first, clone(l))
			}
		} else {
			e.Recent = append(e.Recent, a)
		}
	}
	w.step(LeadsLoaded{first})
	w.step(e)
	w.loading = slices.Sorted(maps.Keys(w.leads))
	w.rand.Shuffle(len(w.loading), func(i, j int) { w.loading[i], w.loading[j] = w.loading[j], w.loading[i] })
	if len(w.loading) > 0 {
		w.step(BucketsLoading{[]string{"b0", "b1", "shared", "nobody's"}})
	}
	w.inbox = append(w.inbox, w.linkUp())
}

// load reads a page.
func (w *driftWorld) load() {
	if len(w.loading) == 0 {
		return
	}
	n := min(2, len(w.loading))
	w.read(w.loading[:n])
	if w.loading = w.loading[n:]; len(w.loading) == 0 {
		w.read(w.merged)
		w.merged = nil
		w.inbox = append(w.inbox, BucketsLoading{})
	}
}

func (w *driftWorld) read(ids []LeadID) {
	var page []Lead
	for _, id := range ids {
		if l, ok := w.leads[id]; ok {
			page = append(page, clone(l))
		}
	}
	w.inbox = append(w.inbox, LeadsLoaded{page})
}

// settle has everything heard, written and ended.
func (w *driftWorld) settle() {
	for len(w.loading) > 0 {
		w.load()
	}
	w.step(Drain{})
	for range 400 {
		w.hear(1)
		w.commit()
		w.ended()
		w.pass(250 * time.Millisecond)
	}
	for range 120 {
		w.hear(1000)
		w.commit()
		w.pass(time.Second)
	}
	if len(w.d.calls.list) > 0 || len(w.inbox)+len(w.puts) > 3 {
		w.t.Errorf("%d calls are left, %d events, %d puts", len(w.d.calls.list), len(w.inbox), len(w.puts))
	}
	if err := w.d.CheckAll(); err != nil {
		w.t.Error(err)
	}
}

func (w *driftWorld) compare() {
	w.hear(1000)
	for len(w.puts) > 0 {
		w.commit()
	}
	if n := w.d.leads.pool.Len(); n != len(w.leads) {
		w.t.Errorf("%d leads in memory, %d on disk", n, len(w.leads))
	}
	w.d.leads.pool.Each(func(x leadpool.Lead) {
		memory, disk := unpack(x), w.leads[LeadID(x.ID)]
		if memory.State == LeadReady {
			memory.State = LeadWaiting
		}
		if disk.Next.Sub(memory.Next).Abs() < time.Second {
			memory.Next = disk.Next
		}
		memory.Use, disk.Use = 0, 0 // that is worked out anew whenever it is looked at
		if a, b := fmt.Sprintf("%+v", memory), fmt.Sprintf("%+v", disk); a != b {
			w.t.Errorf("lead %d\nmemory %s\ndisk   %s", x.ID, a, b)
		}
	})
	if w.t.Failed() {
		for _, l := range w.log {
			w.t.Log(l)
		}
	}
}
