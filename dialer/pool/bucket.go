package pool

import (
	"fmt"
	"time"
)

// bucket is the leads of one name that wait, in three parts that a lead goes through as its time comes:
//
//	minutes   by the minute of their due time, in no order within it
//	soon      of the minute that has begun: by due time
//	ripe      due: by urgency
//
// A lead that is deleted, taken or put elsewhere is not looked for in them: what lies there is compared
// with the lead's record when it comes up, and passed over when it is not true any more.
type bucket struct {
	name    string
	number  uint16
	counts  [places]int
	minutes map[uint32]*minute
	order   heap // of the minutes
	soon    heap
	ripe    heap
}

// minute is the slots of the leads that become due in one minute.
type minute struct {
	slots [][]uint32 // pieces of up to minutePiece
	first uint32     // the earliest due time of those that were put, in quarters
}

const (
	minutePiece    = 1024
	quartersMinute = uint32(time.Minute / quarter)
)

func (p *Pool) bucket(name string) *bucket {
	b := p.byName[name]
	if b == nil {
		b = &bucket{name: name, number: uint16(len(p.buckets)), minutes: map[uint32]*minute{}}
		p.buckets = append(p.buckets, b)
		p.byName[name] = b
	}
	return b
}

// wait puts a lead where its due time says.
func (b *bucket) wait(slot uint32, r *record) {
	if r.due == 0 {
		b.ripened(slot, r)
		return
	}
	at := r.due / quartersMinute
	m := b.minutes[at]
	if m == nil {
		m = &minute{first: r.due}
		b.minutes[at] = m
		b.order.push(uint64(at), at)
	}
	r.lies = inMinute
	m.first = min(m.first, r.due)
	m.add(slot)
}

func (m *minute) add(slot uint32) {
	if n := len(m.slots); n == 0 || len(m.slots[n-1]) == minutePiece {
		m.slots = append(m.slots, nil)
	}
	last := &m.slots[len(m.slots)-1]
	*last = append(*last, slot)
}

func (b *bucket) ripened(slot uint32, r *record) {
	r.lies = inRipe
	b.ripe.push(urgency(r), slot)
}

// urgency is the order in which ripe leads are taken: priority, the earlier next call, fewer attempts;
// among equals the one that was put into the pool first.
func urgency(r *record) uint64 {
	return uint64(uint16(1<<15-1-int32(r.priority)))<<48 | uint64(r.next)<<16 | uint64(r.attempts)<<8
}

// Ripen makes ready what is due now, looking at no more than most leads; it returns how many it looked
// at, which is most when it is not done.
func (p *Pool) Ripen(name string, now time.Time, most int) (looks int) {
	b := p.byName[name]
	if b == nil {
		return 0
	}
	q := quarters(now.Add(1 - quarter)) // rounded down
	for looks < most {
		switch {
		case b.soon.len() > 0 && uint32(b.soon.keys.at(0)) <= q:
			slot := b.soon.pop()
			if r := p.records.at(slot); r.lies == inSoon && r.bucket == b.number && r.due <= q {
				b.ripened(slot, r)
			}
			looks++
		case b.order.len() > 0 && uint32(b.order.keys.at(0)) <= q/quartersMinute:
			looks += p.begin(b, q, most-looks)
		default:
			return looks
		}
	}
	return looks
}

// begin moves leads of the earliest minute, which has begun, to soon, or to ripe if they are due.
func (p *Pool) begin(b *bucket, now uint32, most int) (looks int) {
	at := uint32(b.order.keys.at(0))
	m := b.minutes[at]
	for len(m.slots) > 0 && looks < most {
		last := len(m.slots) - 1
		piece := m.slots[last]
		slot := piece[len(piece)-1]
		if m.slots[last] = piece[:len(piece)-1]; len(piece) == 1 {
			m.slots = m.slots[:last]
		}
		if r := p.records.at(slot); r.lies == inMinute && r.bucket == b.number && r.due/quartersMinute == at {
			if r.due <= now {
				b.ripened(slot, r)
			} else {
				r.lies = inSoon
				b.soon.push(uint64(r.due), slot)
			}
		}
		looks++
	}
	if len(m.slots) == 0 {
		delete(b.minutes, at)
		b.order.pop()
	}
	return max(looks, 1)
}

// Top is what the most urgent ripe lead of a bucket is ordered by; it is false when none is ripe.
func (p *Pool) Top(name string) (priority int, next time.Time, attempts int, ok bool) {
	b := p.byName[name]
	if b == nil {
		return 0, next, 0, false
	}
	slot, ok := p.first(b)
	if !ok {
		return 0, next, 0, false
	}
	r := p.records.at(slot)
	return int(r.priority), instant(r.next), int(r.attempts), true
}

// Peek is the most urgent ripe lead of a bucket.
func (p *Pool) Peek(name string) (Lead, bool) {
	b := p.byName[name]
	if b == nil {
		return Lead{}, false
	}
	slot, ok := p.first(b)
	if !ok {
		return Lead{}, false
	}
	return p.lead(slot), true
}

// Take is the most urgent ripe lead of a bucket; it is out from now on.
func (p *Pool) Take(name string) (Lead, bool) {
	b := p.byName[name]
	if b == nil {
		return Lead{}, false
	}
	slot, ok := p.first(b)
	if !ok {
		return Lead{}, false
	}
	b.ripe.pop()
	p.out(b, slot)
	return p.lead(slot), true
}

// TakeID takes one lead out of wherever it waits; it is false when it does not wait.
func (p *Pool) TakeID(id int64) (Lead, bool) {
	slot, ok := p.ids.find(uint64(id))
	if !ok || p.records.at(slot).place != Waiting {
		return Lead{}, false
	}
	p.out(p.buckets[p.records.at(slot).bucket], slot)
	return p.lead(slot), true
}

func (p *Pool) out(b *bucket, slot uint32) {
	r := p.records.at(slot)
	b.counts[Waiting]--
	b.counts[Out]++
	r.place, r.lies = Out, nowhere
}

// first is the slot of the most urgent ripe lead, at the top of the heap.
func (p *Pool) first(b *bucket) (slot uint32, ok bool) {
	for b.ripe.len() > 0 {
		key, slot := b.ripe.keys.at(0), b.ripe.slots.at(0)
		if r := p.records.at(slot); r.lies == inRipe && r.bucket == b.number && urgency(r) == key {
			return slot, true
		}
		b.ripe.pop()
	}
	return 0, false
}

// Count is how many leads of a bucket are in each place.
func (p *Pool) Count(name string) (counts [places]int) {
	if b := p.byName[name]; b != nil {
		counts = b.counts
	}
	return counts
}

// Buckets is the names of all buckets, in the order in which they came.
func (p *Pool) Buckets() (names []string) {
	for _, b := range p.buckets {
		names = append(names, b.name)
	}
	return names
}

// NextDue is when the next lead of a bucket becomes due, or became so; it may be earlier than that when
// the lead that was to be the next has gone. It is false when none waits.
func (p *Pool) NextDue(name string) (at time.Time, ok bool) {
	b := p.byName[name]
	if b == nil || b.counts[Waiting] == 0 {
		return at, false
	}
	if slot, ok := p.first(b); ok {
		return instant(p.records.at(slot).due), true
	}
	if b.soon.len() > 0 {
		return instant(uint32(b.soon.keys.at(0))), true
	}
	if b.order.len() > 0 {
		return instant(b.minutes[uint32(b.order.keys.at(0))].first), true
	}
	return at, false
}

// Reconsider makes every waiting lead that was put off due at its next call again. It looks at no more
// than most leads from a cursor on, which begins at 0, and returns the next one; 0 when it is through.
func (p *Pool) Reconsider(cursor uint32, most int) (next uint32) {
	end := min(uint64(cursor)+uint64(most), uint64(p.records.next))
	for slot := cursor; uint64(slot) < end; slot++ {
		r := p.records.at(slot)
		if r.place == Waiting && r.lies != nowhere && r.why != 0 {
			r.due, r.why = r.next, 0
			p.buckets[r.bucket].wait(slot, r)
		}
	}
	if end == uint64(p.records.next) {
		return 0
	}
	return uint32(end)
}

// Scan calls each with the leads that wait or are out and whose last attempt was one of some campaigns, until it
// returns false. It looks at no more than most leads from a cursor on, which begins at 0, and returns the next
// one; 0 when it is through. Each may put what it is called with.
func (p *Pool) Scan(cursor uint32, most int, campaigns []string, each func(Lead) (more bool)) (next uint32) {
	wanted := map[uint16]bool{}
	for _, c := range campaigns {
		wanted[p.words.number(c)] = true
	}
	end := uint32(min(uint64(cursor)+uint64(most), uint64(p.records.next)))
	for slot := cursor; slot < end; slot++ {
		r := p.records.at(slot)
		if r.campaign != 0 && r.id != 0 && (r.place == Waiting || r.place == Out) && wanted[r.campaign] && !each(p.lead(slot)) {
			end = slot + 1
		}
	}
	if end == p.records.next {
		return 0
	}
	return end
}

// Each calls do with every lead, in no order.
func (p *Pool) Each(do func(Lead)) {
	for slot := range p.records.next {
		if p.records.at(slot).id != 0 {
			do(p.lead(slot))
		}
	}
}

// Check is the first thing that does not hold of all leads; nil when everything does. It walks through
// everything there is.
func (p *Pool) Check() error {
	counts := make([][places]int, len(p.buckets))
	lying := make([]lies, p.records.next)
	for _, b := range p.buckets {
		b.eachLying(func(slot uint32, where lies) {
			if r := p.records.at(slot); r.bucket == b.number && r.lies == where {
				lying[slot] = where
			}
		})
	}
	for slot := range p.records.next {
		r := p.records.at(slot)
		if r.id == 0 {
			continue
		}
		counts[r.bucket][r.place]++
		if (r.place == Waiting) != (r.lies != nowhere) {
			return fmt.Errorf("lead %d is in place %d and lies in part %d of its bucket", r.id, r.place, r.lies)
		}
		if r.place == Waiting && lying[slot] != r.lies {
			return fmt.Errorf("lead %d waits and does not lie where it says", r.id)
		}
	}
	for i, b := range p.buckets {
		if counts[i] != b.counts {
			return fmt.Errorf("bucket %q counts %v, and has %v", b.name, b.counts, counts[i])
		}
	}
	return nil
}

func (b *bucket) eachLying(do func(slot uint32, where lies)) {
	for _, m := range b.minutes {
		for _, piece := range m.slots {
			for _, slot := range piece {
				do(slot, inMinute)
			}
		}
	}
	for i := range b.soon.len() {
		do(b.soon.slots.at(i), inSoon)
	}
	for i := range b.ripe.len() {
		do(b.ripe.slots.at(i), inRipe)
	}
}
