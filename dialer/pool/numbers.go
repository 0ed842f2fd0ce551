package pool

import "dialerd/dialer/phone"

// numbers is every lead's numbers, one after the other, and an index over them. Numbers that several
// leads have are chained, so that a switchboard with ten thousand leads costs no more than others.
type numbers struct {
	entries entries
	heads   index // by number: the first entry of its chain
	free    [MaxNumbers + 1][]uint32
	scratch [MaxNumbers]Number
	kinds   words
}

// entry is one number of one lead: 16 bytes.
type entry struct {
	packed uint64 // the number, its kind, whether it is invalid
	lead   uint32 // slot
	next   uint32 // with the same number, plus one; 0: none
}

const (
	numberBits = 50 // 15 digits
	numberMask = 1<<numberBits - 1
	manyKinds  = 64
	invalidBit = 1 << 63
)

func (n *numbers) pack(x Number) uint64 {
	packed := uint64(x.Number)&numberMask | uint64(n.kinds.number(x.Kind))<<numberBits
	if x.Invalid {
		packed |= invalidBit
	}
	return packed
}

func (n *numbers) unpack(packed uint64) Number {
	return Number{Number: phone.Number(packed & numberMask), Kind: n.kinds.text(uint16(packed >> numberBits & (manyKinds - 1))), Invalid: packed&invalidBit != 0}
}

// entries is chunks. A lead's run of numbers never lies in two of them.
type entries struct {
	chunks []*[chunkSize]entry
	next   uint32
}

func (e *entries) at(i uint32) *entry { return &e.chunks[i>>chunkBits][i&(chunkSize-1)] }

// take is a run of n entries.
func (e *entries) take(n int) uint32 {
	if left := chunkSize - int(e.next&(chunkSize-1)); left < n {
		e.next += uint32(left)
	}
	for int(e.next)+n > len(e.chunks)<<chunkBits {
		e.chunks = append(e.chunks, new([chunkSize]entry))
	}
	at := e.next
	e.next += uint32(n)
	return at
}

func (n *numbers) init() {
	n.kinds = newWords(manyKinds)
	n.heads.key = func(i uint32) uint64 { return n.entries.at(i).packed & numberMask }
}

// set gives a lead its numbers, in place of those it has.
func (n *numbers) set(slot uint32, r *record, all []Number) {
	if n.same(r, all) {
		return
	}
	if r.many > 0 {
		for i := range uint32(r.many) {
			n.unlink(r.numbers + i)
		}
		n.free[r.many] = append(n.free[r.many], r.numbers)
	}
	all = all[:min(len(all), MaxNumbers)]
	r.many = uint8(len(all))
	if len(all) == 0 {
		return
	}
	r.numbers = n.take(len(all))
	for i, x := range all {
		*n.entries.at(r.numbers + uint32(i)) = entry{packed: n.pack(x), lead: slot}
		n.link(r.numbers + uint32(i))
	}
}

// same keeps a lead's numbers where they are when they are the same; kinds and marks are set anew.
func (n *numbers) same(r *record, all []Number) bool {
	if int(r.many) != len(all) {
		return false
	}
	for i, x := range all {
		if n.entries.at(r.numbers+uint32(i)).packed&numberMask != uint64(x.Number) {
			return false
		}
	}
	for i, x := range all {
		n.entries.at(r.numbers + uint32(i)).packed = n.pack(x)
	}
	return true
}

func (n *numbers) take(many int) uint32 {
	free := n.free[many]
	if len(free) == 0 {
		return n.entries.take(many)
	}
	at := free[len(free)-1]
	n.free[many] = free[:len(free)-1]
	return at
}

func (n *numbers) link(i uint32) {
	e := n.entries.at(i)
	key := e.packed & numberMask
	if head, ok := n.heads.find(key); ok {
		first := n.entries.at(head)
		e.next, first.next = first.next, i+1
		return
	}
	n.heads.add(key, i)
}

func (n *numbers) unlink(i uint32) {
	e := n.entries.at(i)
	key := e.packed & numberMask
	head, ok := n.heads.find(key)
	switch {
	case !ok:
	case head != i:
		at := head
		for n.entries.at(at).next != i+1 {
			at = n.entries.at(at).next - 1
		}
		n.entries.at(at).next = e.next
	default:
		n.heads.remove(key, i)
		if e.next != 0 {
			n.heads.add(key, e.next-1)
		}
	}
	e.next = 0
}

// of is a lead's numbers, until the next call.
func (n *numbers) of(r *record) []Number {
	all := n.scratch[:r.many]
	for i := range all {
		all[i] = n.unpack(n.entries.at(r.numbers + uint32(i)).packed)
	}
	return all
}

// judge notes of every lead that has a number whether there is such a number.
func (n *numbers) judge(number phone.Number, invalid bool) {
	head, ok := n.heads.find(uint64(number))
	if !ok {
		return
	}
	for at := head + 1; at != 0; {
		e := n.entries.at(at - 1)
		if e.packed &^= invalidBit; invalid {
			e.packed |= invalidBit
		}
		at = e.next
	}
}

// judged is what the leads that have a number say of it.
func (n *numbers) judged(number phone.Number) (invalid, known bool) {
	head, ok := n.heads.find(uint64(number))
	return ok && n.entries.at(head).packed&invalidBit != 0, ok
}

func (n *numbers) each(number phone.Number, do func(slot uint32)) {
	head, ok := n.heads.find(uint64(number))
	if !ok {
		return
	}
	for at := head + 1; at != 0; at = n.entries.at(at - 1).next {
		do(n.entries.at(at - 1).lead)
	}
}
