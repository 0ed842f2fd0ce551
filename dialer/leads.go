package dialer

import (
	"slices"
	"time"

	"dialerd/dialer/phone"
	leadpool "dialerd/dialer/pool"
)

// lead is a Lead that is worked: in a campaign's hopper or in a call. All others lie packed in the pool,
// and a lead that goes back there is not touched any more.
type lead struct {
	Lead
	place  *leadHeap // the hopper it is in
	index  int       // within place
	call   *call
	hopper *campaign // whose hopper it is in
	rank   int       // of its bucket, among those of that campaign
	aside  bool      // it is in a call, and is to be held after it

	version int64       // of the fields that were asked for; 0: none were
	fields  *LeadFields // nil: they have not come
}

// leadBook is all leads: those that wait, that are finished or held in the pool, those that are worked
// here. Of these the pool knows that they are out, and to whom their numbers belong.
type leadBook struct {
	pool    *leadpool.Pool
	out     map[LeadID]*lead
	scratch []leadpool.Number

	placed   map[LeadID]time.Duration // leads that a rule or a person has moved lately, and when by Mono
	before   map[LeadID]time.Duration // and those of the time before
	forgetAt time.Duration

	loading  []string              // buckets of which leads are still to come
	disposed []Attempt             // of leads that are still to come, in the order in which something was said of them
	judged   map[phone.Number]bool // while there are such buckets, what has been noted of numbers: of some it holds no lead yet
	ripening int                   // how many more may be moved in this Tick because their time has come
	anew     bool                  // put-off leads are being looked at anew
	anewFrom uint32
}

func newLeadBook() leadBook {
	return leadBook{pool: leadpool.New(), out: map[LeadID]*lead{}, placed: map[LeadID]time.Duration{}}
}

// add takes a lead from the store; it is false when it is known.
func (b *leadBook) add(x Lead) bool {
	if b.pool.Has(int64(x.ID)) {
		return false
	}
	x.Numbers = b.marked(x.Numbers)
	switch x.State {
	case LeadFinished:
		b.put(&x, leadpool.Finished, time.Time{}, "")
	case LeadHeld:
		b.put(&x, leadpool.Held, time.Time{}, "")
	default:
		b.put(&x, leadpool.Waiting, x.Next, "")
	}
	return true
}

// marked is numbers of which is noted whether there are such numbers, as other leads that have them say: what was read from
// the disk may be older.
func (b *leadBook) marked(numbers []LeadNumber) []LeadNumber {
	for i, n := range numbers {
		invalid, known := b.judged[n.Number]
		if !known {
			invalid, known = b.pool.Invalid(n.Number)
		}
		if known && invalid != n.Invalid {
			numbers = slices.Clone(numbers)
			numbers[i].Invalid = invalid
		}
	}
	return numbers
}

// take is the most urgent lead of a bucket that is due; nil when none is. It is out from now on.
func (b *leadBook) take(bucket string) *lead {
	x, ok := b.pool.Take(bucket)
	if !ok {
		return nil
	}
	return b.bring(x)
}

// fetch takes a certain lead out; nil when it does not wait, or is not known.
func (b *leadBook) fetch(id LeadID) *lead {
	x, ok := b.pool.TakeID(int64(id))
	if !ok {
		return nil
	}
	return b.bring(x)
}

// reopen is fetch for a lead that is in a call, and may have been put aside meanwhile.
func (b *leadBook) reopen(id LeadID) *lead {
	if x, ok := b.pool.Get(int64(id)); ok && x.Place == leadpool.Held {
		l := unpack(x)
		b.put(&l, leadpool.Waiting, l.Next, "")
		reopened := b.fetch(id)
		reopened.aside = true
		return reopened
	}
	return b.fetch(id)
}

// known is a lead to be changed, wherever it is; nil when there is none. One that is in no call has to be
// put to rest again.
func (b *leadBook) known(id LeadID) *lead {
	if l := b.out[id]; l != nil {
		return l
	}
	if l := b.fetch(id); l != nil {
		return l
	}
	x, ok := b.pool.Get(int64(id))
	if !ok {
		return nil
	}
	return &lead{Lead: unpack(x)}
}

// rest puts a lead back as it was, its next call included. One in a call stays there; the pool has it counted in its
// bucket and found by its numbers.
func (b *leadBook) rest(l *lead) {
	switch {
	case l.call != nil:
		b.put(&l.Lead, leadpool.Out, time.Time{}, "")
	case l.State == LeadFinished:
		b.finish(l)
	case l.State == LeadHeld:
		delete(b.out, l.ID)
		b.put(&l.Lead, leadpool.Held, time.Time{}, "")
	default:
		b.wait(l, l.Next, "")
	}
}

func (b *leadBook) bring(x leadpool.Lead) *lead {
	l := &lead{Lead: unpack(x)}
	b.out[l.ID] = l
	return l
}

// wait puts a lead back until due, for the reason in why.
func (b *leadBook) wait(l *lead, due time.Time, why string) {
	l.State = LeadWaiting
	delete(b.out, l.ID)
	b.put(&l.Lead, leadpool.Waiting, due, why)
}

// finish puts a lead back for good.
func (b *leadBook) finish(l *lead) {
	delete(b.out, l.ID)
	b.put(&l.Lead, leadpool.Finished, time.Time{}, "")
}

func (b *leadBook) put(l *Lead, place leadpool.Place, due time.Time, why string) {
	numbers := b.scratch[:0]
	for _, n := range l.Numbers {
		numbers = append(numbers, leadpool.Number{Number: n.Number, Kind: n.Kind, Invalid: n.Invalid})
	}
	b.scratch = numbers
	b.pool.Put(leadpool.Lead{ID: int64(l.ID), External: uint32(l.External), Created: l.Created, Bucket: l.Bucket, Place: place, Priority: l.Priority, Zone: l.Zone, Numbers: numbers, Use: l.Use,
		Next: l.Next, Due: due, Why: why, Last: l.Last, Attempts: l.Attempts, Faults: l.Faults, Rule: l.Rule, Final: l.Final,
		Campaign: l.Campaign, Outcome: uint8(l.Outcome), Dialed: l.Dialed})
}

func unpack(x leadpool.Lead) Lead {
	l := Lead{ID: LeadID(x.ID), External: ExternalHash(x.External), Created: x.Created, Bucket: x.Bucket, State: stateOf[x.Place], Priority: x.Priority, Zone: x.Zone, Use: x.Use, Next: x.Next,
		Attempts: x.Attempts, Faults: x.Faults, Last: x.Last, Rule: x.Rule, Final: x.Final,
		Campaign: x.Campaign, Outcome: Outcome(x.Outcome), Dialed: x.Dialed, Numbers: make([]LeadNumber, len(x.Numbers))}
	for i, n := range x.Numbers {
		l.Numbers[i] = LeadNumber{Number: n.Number, Kind: n.Kind, Invalid: n.Invalid}
	}
	return l
}

var stateOf = [...]LeadState{leadpool.Waiting: LeadWaiting, leadpool.Out: LeadReady, leadpool.Finished: LeadFinished, leadpool.Held: LeadHeld}

// load notes of which buckets leads are still to come.
func (b *leadBook) load(buckets []string) {
	switch b.loading = buckets; {
	case len(buckets) == 0:
		b.judged = nil
	case b.judged == nil:
		b.judged = map[phone.Number]bool{}
	}
}

// arriving tells whether leads of a campaign are still to come.
func (b *leadBook) arriving(c *campaign) bool {
	return slices.ContainsFunc(b.loading, func(bucket string) bool { return slices.Contains(c.Buckets, bucket) })
}

// looksAnewPerTick bounds how many leads one Tick looks through for those that were put off.
const looksAnewPerTick = 20_000

// lookAnew has every lead that was put off judged again, some of them in each Tick.
func (d *Dialer) lookAnew() {
	d.leads.anew, d.leads.anewFrom = true, 0
	d.opening.clear()
}

// lookOn goes on with that.
func (b *leadBook) lookOn() {
	if b.anew {
		b.anewFrom = b.pool.Reconsider(b.anewFrom, looksAnewPerTick)
		b.anew = b.anewFrom != 0
	}
}

// loadLeads takes leads from the store. Those that are known stay as they are: what memory says of
// them is newer.
func (d *Dialer) loadLeads(leads []Lead) {
	for part := range slices.Chunk(leads, warmLeads) {
		d.leads.warm(part)
		for i := range part {
			d.loadLead(&part[i])
		}
	}
}

func (d *Dialer) loadLead(x *Lead) {
	if !d.leads.add(*x) {
		return
	}
	d.touched.loaded = append(d.touched.loaded, x)
	d.replans.loaded(x)
	if c := d.calls.byLead(x.ID); c != nil {
		d.rejoin(c)
	}
}

// warmLeads is how many leads are prepared for at once: as many as the cache holds what that brings.
const warmLeads = 64

func (b *leadBook) warm(leads []Lead) {
	for i := range leads {
		b.pool.Warm(int64(leads[i].ID), uint32(leads[i].External))
		for _, n := range leads[i].Numbers {
			b.pool.WarmNumber(n.Number)
		}
	}
}

// rejoin gives a call of an earlier life its lead.
func (d *Dialer) rejoin(c *call) {
	if l := d.leads.reopen(c.attempt.Lead); l != nil {
		l.State, l.call, c.lead = LeadDialing, c, l
		d.fields.want(l)
		d.touched.lead(l)
	}
}

// placedLately is how long it is remembered at least that a lead was moved: longer than what an import has changed
// can be on its way here.
const placedLately = time.Hour

// forgetPlaced forgets moves now and then, those of an hour at once: there may be a million.
func (b *leadBook) forgetPlaced(now time.Duration) {
	if now >= b.forgetAt {
		b.forgetAt = now + placedLately
		b.placed, b.before = map[LeadID]time.Duration{}, b.placed
	}
}

func (b *leadBook) wasPlaced(id LeadID) bool {
	_, lately := b.placed[id]
	_, before := b.before[id]
	return lately || before
}

// otherNumber tells whether a lead has another number that may be called.
func (d *Dialer) otherNumber(c *campaign, l *lead, n phone.Number) bool {
	return slices.ContainsFunc(l.Numbers, func(x LeadNumber) bool { return x.Number != n && d.callable(c, x) })
}

// byLead finds the call of a lead that was under way before the lead was loaded.
func (b *callBook) byLead(id LeadID) *call {
	for _, c := range b.list {
		if c.attempt.Lead == id && c.lead == nil {
			return c
		}
	}
	return nil
}

// putBack puts the lead of a call that has ended where the rule for its outcome wants it. It returns the row
// that says so; nil when the call has no lead.
func (d *Dialer) putBack(c *call) Row {
	if c.attempt.Outcome == InvalidNumber {
		d.judgeExists(c.attempt.Number, true)
	}
	l := c.lead
	if l == nil {
		return nil
	}
	d.touched.lead(l)
	l.call = nil
	if c.evidence.cancelled { // never placed: as if it had not been planned
		d.leads.afterCall(l, d.now.Wall.Add(c.evidence.retry))
		return LeadChanged{l.row()}
	}
	moved := d.planNext(c)
	if l.State == LeadFinished {
		d.leads.finish(l)
	} else {
		d.leads.afterCall(l, l.Next)
	}
	if moved {
		return LeadPlaced{l.row()}
	}
	return LeadChanged{l.row()}
}

// afterCall puts a lead back that is to be called again, unless it was put aside meanwhile.
func (b *leadBook) afterCall(l *lead, due time.Time) {
	if l.aside {
		l.aside, l.State = false, LeadHeld
		b.rest(l)
		return
	}
	b.wait(l, due, "")
}

// Reserve makes room for leads that are about to be loaded, with so many numbers and external ids in
// all. It may be left out; loading then takes longer.
func (d *Dialer) Reserve(leads, numbers, externals int) {
	d.leads.pool.Reserve(leads, numbers, externals)
}
