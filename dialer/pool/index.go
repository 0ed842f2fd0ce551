package pool

// index finds slots by a key that the slot itself knows. Several slots may have one key.
//
// It is many small tables of open addressing, so that no growth is a long stop. A cell holds a slot
// plus one, 0 is empty; a print beside it is a byte of the key's hash, so that hardly any slot is looked
// at in vain: each look is a cache miss.
type index struct {
	shards [shards]shard
	key    func(slot uint32) uint64
}

const (
	shardBits = 12
	shards    = 1 << shardBits
)

type shard struct {
	cells  []uint32
	prints []uint8
	used   int
}

// print is bits of the hash that neither shard nor home use.
func print(hash uint64) uint8 { return uint8(hash >> 40) }

// mix spreads keys that are alike (splitmix64, Steele, Lea and Flood 2014).
func mix(k uint64) uint64 {
	k += 0x9e3779b97f4a7c15
	k = (k ^ k>>30) * 0xbf58476d1ce4e5b9
	k = (k ^ k>>27) * 0x94d049bb133111eb
	return k ^ k>>31
}

func (x *index) shard(hash uint64) *shard { return &x.shards[hash>>(64-shardBits)] }

// home is where a key would best lie.
func (s *shard) home(hash uint64) int {
	return int((hash & 0xffffffff) * uint64(len(s.cells)) >> 32)
}

func (x *index) find(key uint64) (slot uint32, ok bool) {
	hash := mix(key)
	s := x.shard(hash)
	if s.used == 0 {
		return 0, false
	}
	for i := s.home(hash); s.cells[i] != 0; i = s.after(i) {
		if s.prints[i] == print(hash) && x.key(s.cells[i]-1) == key {
			return s.cells[i] - 1, true
		}
	}
	return 0, false
}

// warm touches the place where a key would lie. When many keys are warmed one after the other their cache
// misses overlap, which those of finding them one by one do not.
func (x *index) warm(key uint64) uint32 {
	hash := mix(key)
	s := x.shard(hash)
	if len(s.cells) == 0 {
		return 0
	}
	i := s.home(hash)
	return s.cells[i] + uint32(s.prints[i])
}

func (x *index) each(key uint64, do func(slot uint32)) {
	hash := mix(key)
	s := x.shard(hash)
	if s.used == 0 {
		return
	}
	for i := s.home(hash); s.cells[i] != 0; i = s.after(i) {
		if s.prints[i] == print(hash) && x.key(s.cells[i]-1) == key {
			do(s.cells[i] - 1)
		}
	}
}

func (s *shard) after(i int) int {
	if i++; i == len(s.cells) {
		return 0
	}
	return i
}

func (x *index) add(key uint64, slot uint32) {
	hash := mix(key)
	s := x.shard(hash)
	if s.used*5 >= len(s.cells)*4 {
		x.grow(s)
	}
	s.insert(hash, slot)
}

func (s *shard) insert(hash uint64, slot uint32) {
	i := s.home(hash)
	for s.cells[i] != 0 {
		i = s.after(i)
	}
	s.cells[i], s.prints[i] = slot+1, print(hash)
	s.used++
}

func (x *index) grow(s *shard) { x.resize(s, len(s.cells)+len(s.cells)/2+8) }

// reserve makes room for so many keys at once, which saves growing on the way there.
func (x *index) reserve(keys int) {
	for i := range x.shards {
		if cells := keys/shards*5/4 + 16; cells > len(x.shards[i].cells) {
			x.resize(&x.shards[i], cells)
		}
	}
}

func (x *index) resize(s *shard, cells int) {
	old := s.cells
	s.cells, s.prints, s.used = make([]uint32, cells), make([]uint8, cells), 0
	for _, c := range old {
		if c != 0 {
			s.insert(mix(x.key(c-1)), c-1)
		}
	}
}

// remove takes a slot out, and moves up what lies behind it only because it was there.
func (x *index) remove(key uint64, slot uint32) {
	hash := mix(key)
	s := x.shard(hash)
	if s.used == 0 {
		return
	}
	i := s.home(hash)
	for s.cells[i] != slot+1 {
		if s.cells[i] == 0 {
			return
		}
		i = s.after(i)
	}
	s.used--
	for j := s.after(i); s.cells[j] != 0; j = s.after(j) {
		home := s.home(mix(x.key(s.cells[j] - 1)))
		if between(home, i, j) {
			continue
		}
		s.cells[i], s.prints[i] = s.cells[j], s.prints[j]
		i = j
	}
	s.cells[i] = 0
}

// between tells whether a home lies behind the hole, so that what is at j must stay.
func between(home, hole, j int) bool {
	if hole < j {
		return hole < home && home <= j
	}
	return hole < home || home <= j
}
