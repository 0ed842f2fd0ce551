// Package pool keeps leads by the million: packed, without a pointer for the collector to follow, and
// found by id, by number, by external id, and by bucket and time.
//
//	p := pool.New()
//	p.Put(pool.Lead{ID: 7, Bucket: "web", Numbers: numbers, Due: due})
//	p.Ripen("web", now, 1000)                // what has become due is ordered by urgency
//	lead, ok := p.Take("web")                // the most urgent: it is out until it is put again
//	p.Put(lead)                              // back, with what has changed
//
// A lead that is put is in exactly one place: it waits in its bucket, or it is out, finished or held.
// Nothing is ever copied as a whole when the pool grows, so that no single call takes long.
//
// Times are kept in quarters of a second from 2020 on, rounded up, until 2053; the zero time is kept as
// such. A Pool belongs to one goroutine.
package pool

import (
	"time"

	"dialerd/dialer/phone"
)

// Place is where a lead is.
type Place uint8

// The places.
const (
	Waiting  Place = iota // in its bucket, until Due
	Out                   // in a hopper or in a call: whoever took it puts it again
	Finished              // never to be called again
	Held                  // put aside by a person
)

const places = 4

// Number is one of a lead's numbers.
type Number struct {
	phone.Number
	Kind    string // few are told apart: of more than 62 all further ones are "other"
	Invalid bool   // there is no such number
}

// MaxNumbers is how many a lead may have.
const MaxNumbers = 8

// Lead is a lead as it goes in and comes out. Small numbers are cut to what is kept: Priority to
// -32768..32767, Attempts and Faults to 255.
type Lead struct {
	ID       int64
	External uint32 // hash of the external id (HashExternal); 0: none
	Bucket   string
	Place    Place
	Priority int
	Zone     string
	Numbers  []Number // 1 to MaxNumbers; of one that comes out they hold until the next call
	Use      int      // index of the number to dial next
	Next     time.Time
	Due      time.Time // when it may be looked at: Next, or later for the reason in Why
	Why      string
	Last     time.Time // start of the last attempt; whole seconds
	Created  time.Time // whole seconds
	Attempts int
	Faults   int
	Rule     string
	Final    string
	Campaign string // of the last attempt, as the two below
	Outcome  uint8
	Dialed   int // index of the number
}

// Pool is all leads.
type Pool struct {
	records  records
	numbers  numbers
	ids      index
	external index
	words    words
	whys     words     // apart: some name a time, and in months they could leave no room for zones and rules
	buckets  []*bucket // by the number of the name
	byName   map[string]*bucket
	count    int
	warmed   uint32 // of no meaning: it keeps the looks of Warm from being left out
}

// New is an empty Pool.
func New() *Pool {
	p := &Pool{byName: map[string]*bucket{}, words: newWords(manyWords), whys: newWords(manyWords)}
	p.ids.key = func(slot uint32) uint64 { return uint64(p.records.at(slot).id) }
	p.external.key = func(slot uint32) uint64 { return uint64(p.records.at(slot).external) }
	p.numbers.init()
	return p
}

// Reserve makes room for so many leads, with so many numbers in all and so many external ids. It may be
// left out; filling the pool then takes longer.
func (p *Pool) Reserve(leads, numbers, externals int) {
	p.ids.reserve(leads)
	p.numbers.heads.reserve(numbers)
	p.external.reserve(externals)
}

// Len is how many leads there are.
func (p *Pool) Len() int { return p.count }

// Warm prepares for a lead that is put soon, and WarmNumber for one of its numbers. Warming some dozens of leads
// and then putting them takes less time than putting them alone: see index.warm.
func (p *Pool) Warm(id int64, external uint32) {
	p.warmed += p.ids.warm(uint64(id)) + p.external.warm(uint64(external))
}

// WarmNumber is Warm for a number.
func (p *Pool) WarmNumber(n phone.Number) { p.warmed += p.numbers.heads.warm(uint64(n)) }

// Put takes a lead: a new one, or what has become of one that is known. Where it is says Place.
func (p *Pool) Put(l Lead) {
	slot, known := p.ids.find(uint64(l.ID))
	if !known {
		slot = p.records.take()
		p.records.at(slot).id = l.ID
		p.ids.add(uint64(l.ID), slot)
		p.count++
	} else {
		p.leave(slot)
	}
	r := p.records.at(slot)
	p.identify(slot, r, l.External)
	p.numbers.set(slot, r, l.Numbers)
	p.fill(r, &l)
	b := p.bucket(l.Bucket)
	r.bucket = b.number
	b.counts[r.place]++
	if r.place == Waiting {
		b.wait(slot, r)
	}
}

// leave takes a known lead out of the count of its place. Whatever list or heap it lies in finds out by
// itself that it is there no more.
func (p *Pool) leave(slot uint32) {
	r := p.records.at(slot)
	b := p.buckets[r.bucket]
	b.counts[r.place]--
	r.lies = nowhere
}

// identify sets the external id.
func (p *Pool) identify(slot uint32, r *record, external uint32) {
	if r.external == external {
		return
	}
	if r.external != 0 {
		p.external.remove(uint64(r.external), slot)
	}
	r.external = external
	if external != 0 {
		p.external.add(uint64(external), slot)
	}
}

// fill packs what has no index.
func (p *Pool) fill(r *record, l *Lead) {
	r.place = l.Place
	r.priority = int16(min(max(l.Priority, -1<<15), 1<<15-1))
	r.zone, r.rule, r.final, r.why = p.words.number(l.Zone), p.words.number(l.Rule), p.words.number(l.Final), p.whys.number(l.Why)
	r.campaign, r.outcome = p.words.number(l.Campaign), l.Outcome
	r.use, r.dialed = uint8(l.Use), uint8(l.Dialed)
	r.next, r.due, r.last, r.created = quarters(l.Next), quarters(l.Due), quarters(l.Last), quarters(l.Created)
	r.attempts, r.faults = uint8(min(l.Attempts, 255)), uint8(min(l.Faults, 255))
}

// Has tells whether a lead is known.
func (p *Pool) Has(id int64) bool {
	_, ok := p.ids.find(uint64(id))
	return ok
}

// Get is a lead by its id.
func (p *Pool) Get(id int64) (Lead, bool) {
	slot, ok := p.ids.find(uint64(id))
	if !ok {
		return Lead{}, false
	}
	return p.lead(slot), true
}

func (p *Pool) lead(slot uint32) Lead {
	r := p.records.at(slot)
	return Lead{ID: r.id, External: r.external, Bucket: p.buckets[r.bucket].name, Place: r.place, Priority: int(r.priority),
		Zone: p.words.text(r.zone), Numbers: p.numbers.of(r), Use: int(r.use), Next: instant(r.next), Due: instant(r.due), Why: p.whys.text(r.why),
		Last: instant(r.last), Created: instant(r.created), Attempts: int(r.attempts), Faults: int(r.faults),
		Rule: p.words.text(r.rule), Final: p.words.text(r.final), Campaign: p.words.text(r.campaign), Outcome: r.outcome, Dialed: int(r.dialed)}
}

// Delete forgets a lead; it is false when there is none.
func (p *Pool) Delete(id int64) bool {
	slot, ok := p.ids.find(uint64(id))
	if !ok {
		return false
	}
	p.leave(slot)
	r := p.records.at(slot)
	p.identify(slot, r, 0)
	p.numbers.set(slot, r, nil)
	p.ids.remove(uint64(id), slot)
	p.records.give(slot)
	p.count--
	return true
}

// ByNumber calls each with the id of every lead that has the number.
func (p *Pool) ByNumber(n phone.Number, each func(id int64)) {
	p.numbers.each(n, func(slot uint32) { each(p.records.at(slot).id) })
}

// SetInvalid notes of every lead that has a number whether there is such a number.
func (p *Pool) SetInvalid(n phone.Number, invalid bool) { p.numbers.judge(n, invalid) }

// Invalid tells whether there is no such number, as was noted last of a lead that has it; known is false when no lead has.
func (p *Pool) Invalid(n phone.Number) (invalid, known bool) { return p.numbers.judged(n) }

// ByExternal calls each with the id of every lead whose external id has this hash. Two external ids may
// have one hash: the store knows the whole one.
func (p *Pool) ByExternal(hash uint32, each func(id int64)) {
	p.external.each(uint64(hash), func(slot uint32) { each(p.records.at(slot).id) })
}

// HashExternal is the hash of an external id (FNV-1a); 0 for none, and for none other.
func HashExternal(s string) uint32 {
	if s == "" {
		return 0
	}
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	if h == 0 {
		return 1
	}
	return h
}
