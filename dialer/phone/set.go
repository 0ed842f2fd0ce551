package phone

// Set is a set of numbers by the million: about 11 bytes a number, without a pointer for the collector to
// follow. The zero Set is empty.
//
// It is a hash table with open addressing, cut into many small ones as soon as it is large, so that no
// single Add takes long when one of them grows. What lies in a cell is the hash, from which the number can
// be had back. Hashes lie in order, so that one that is not there is missed at once, even where the table is
// full; and before the table, which lies in far memory when there are millions, a filter is asked that is small
// enough to lie near. A Set that is being changed must not be copied.
type Set struct {
	shards []shard // one, or shardsMany
	count  int
}

// shard is one small table. A cell of 0 is empty: no number hashes to it.
type shard struct {
	cells []uint64 // the last is always empty
	homes uint64   // how many of them a hash may want to lie in; the rest is for those that are pushed on
	maybe []uint8  // the filter: bits, of which the one of every hash that is there is set
	used  int
}

const (
	shardsMany = 1024
	// oneShard is how many numbers a set has before it is cut up: most sets stay smaller.
	oneShard = 8192
	// fullest is how many in a hundred homes are taken before a table grows, by a quarter.
	fullest = 88
)

// Len is how many numbers there are.
func (s *Set) Len() int { return s.count }

// Has tells whether the number is in the set.
func (s *Set) Has(n Number) bool {
	if s.count == 0 {
		return false
	}
	hash := mix(n)
	x := s.shard(hash)
	return x.may(hash) && x.cells[x.find(hash)] == hash
}

// Add puts a number in; it is false when it was there, and for none.
func (s *Set) Add(n Number) bool {
	if n == 0 {
		return false
	}
	if len(s.shards) < 2 {
		s.cut()
	}
	hash := mix(n)
	if !s.shard(hash).add(hash) {
		return false
	}
	s.count++
	return true
}

// Remove takes a number out; it is false when it was not there.
func (s *Set) Remove(n Number) bool {
	if !s.Has(n) {
		return false
	}
	hash := mix(n)
	s.shard(hash).remove(hash)
	s.count--
	return true
}

// Each calls do with every number, in no order, until it is false.
func (s *Set) Each(do func(Number) bool) {
	for i := range s.shards {
		for _, hash := range s.shards[i].cells {
			if hash != 0 && !do(unmix(hash)) {
				return
			}
		}
	}
}

// cut makes the first table, and many of it when there is too much for one.
func (s *Set) cut() {
	switch {
	case s.shards == nil:
		s.shards = make([]shard, 1)
	case s.count >= oneShard:
		old := s.shards[0].cells
		s.shards = make([]shard, shardsMany)
		for _, hash := range old {
			if hash != 0 {
				s.shard(hash).add(hash)
			}
		}
	}
}

func (s *Set) shard(hash uint64) *shard {
	if len(s.shards) == 1 {
		return &s.shards[0]
	}
	return &s.shards[hash%shardsMany]
}

// find is the cell of a hash, or the one where it would be put.
func (x *shard) find(hash uint64) int {
	i := x.home(hash)
	for x.cells[i] < hash && x.cells[i] != 0 {
		i++
	}
	return i
}

// home is the first cell where a hash may lie: the larger, the farther back.
func (x *shard) home(hash uint64) int { return int(hash >> 32 * x.homes >> 32) }

// bit is the place of a hash in the filter. It goes by other bits than shard and home do.
func (x *shard) bit(hash uint64) (i uint64, mask uint8) {
	at := (hash & 0xffffffff) >> 10 * uint64(len(x.maybe)) >> 19
	return at >> 3, 1 << (at & 7)
}

// may is false when a hash is not there.
func (x *shard) may(hash uint64) bool {
	i, mask := x.bit(hash)
	return len(x.maybe) > 0 && x.maybe[i]&mask != 0
}

func (x *shard) add(hash uint64) bool {
	if x.cells == nil {
		x.grow()
	}
	i := x.find(hash)
	if x.cells[i] == hash {
		return false
	}
	if x.used*100 >= int(x.homes)*fullest || !x.push(i, hash) {
		x.grow()
		return x.add(hash)
	}
	at, mask := x.bit(hash)
	x.maybe[at] |= mask
	x.used++
	return true
}

// push puts a hash into a cell, and pushes on what lies there; it is false, and nothing is changed, when
// there is no room.
func (x *shard) push(i int, hash uint64) bool {
	end := i
	for x.cells[end] != 0 {
		end++
	}
	if end == len(x.cells)-1 {
		return false
	}
	copy(x.cells[i+1:end+1], x.cells[i:end])
	x.cells[i] = hash
	return true
}

// remove empties the cell of a hash, and draws up those that had been pushed on.
func (x *shard) remove(hash uint64) {
	i := x.find(hash)
	end := i + 1
	for x.cells[end] != 0 && x.home(x.cells[end]) < end {
		end++
	}
	copy(x.cells[i:], x.cells[i+1:end])
	x.cells[end-1] = 0
	x.used--
}

func (x *shard) grow() {
	const pushed = 24 // cells behind the homes
	old := x.cells
	room := len(old) + len(old)/4 + pushed
	x.cells = append([]uint64(nil), make([]uint64, room)...)
	x.cells = x.cells[:cap(x.cells)] // what the allocator gives on top is used, too
	x.homes, x.used = uint64(len(x.cells)-pushed), 0
	x.maybe = make([]uint8, len(x.cells)/2) // four bits for a number: one of five that are not there passes
	for _, hash := range old {
		if hash != 0 {
			x.add(hash)
		}
	}
}

// mix spreads numbers that are alike (splitmix64, Steele, Lea and Flood 2014).
func mix(n Number) uint64 {
	k := uint64(n) + 0x9e3779b97f4a7c15
	k = (k ^ k>>30) * 0xbf58476d1ce4e5b9
	k = (k ^ k>>27) * 0x94d049bb133111eb
	return k ^ k>>31
}

// unmix is the number that mix made the hash of.
func unmix(k uint64) Number {
	k = (k ^ k>>31 ^ k>>62) * 0x319642b2d24d8ec3
	k = (k ^ k>>27 ^ k>>54) * 0x96de1b173f119089
	return Number((k ^ k>>30 ^ k>>60) - 0x9e3779b97f4a7c15)
}
