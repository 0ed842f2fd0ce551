package phone

import (
	"cmp"
	"slices"
	"strings"
)

// Table finds what goes with a number by the longest prefix it begins with.
//
//	t := phone.NewTable([]phone.Digits{{"7", 0}, {"7423", 1}})
//	value, ok := t.Find(74231234567) // 1, true
//
// The prefixes are laid out as stretches of the line of all numbers, so that to find one is a search in
// sorted numbers, however many prefixes there are. The zero Table is empty.
type Table struct {
	from   []uint64 // where a stretch begins, as a number of 15 digits
	values []int32  // of the stretch; none: -1
}

// Prefix is a prefix, with or without a plus, and what goes with it, which is not negative. The empty
// prefix fits every number.
type Prefix struct {
	Digits string
	Value  int
}

// allNumbers is where the line ends: numbers have 15 digits at most.
const allNumbers = 1e15

// stretch is the numbers with one prefix.
type stretch struct {
	from, to uint64
	value    int32
}

// NewTable lays out prefixes. Of one that is there twice the last counts; one with anything but digits
// fits nothing.
func NewTable(entries []Prefix) Table {
	var all []stretch
	for _, e := range entries {
		if s, ok := stretchOf(e); ok {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b stretch) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	var t Table
	var within []stretch // those that the present one lies in, the widest first
	leave := func(before uint64) {
		for n := len(within); n > 0 && within[n-1].to <= before; n = len(within) {
			left := within[n-1]
			if within = within[:n-1]; n > 1 {
				t.begin(left.to, within[n-2].value)
			} else {
				t.begin(left.to, -1)
			}
		}
	}
	for _, s := range all {
		leave(s.from)
		t.begin(s.from, s.value)
		within = append(within, s)
	}
	leave(allNumbers)
	return t
}

func stretchOf(e Prefix) (s stretch, ok bool) {
	digits := strings.TrimPrefix(e.Digits, "+")
	if len(digits) > MaxDigits {
		return s, false
	}
	width := uint64(allNumbers)
	for i := range len(digits) {
		d := digits[i] - '0'
		if d > 9 {
			return s, false
		}
		width /= 10
		s.from += uint64(d) * width
	}
	s.to, s.value = s.from+width, int32(e.Value)
	return s, true
}

// begin has a stretch begin, in place of one that would be empty.
func (t *Table) begin(at uint64, value int32) {
	if n := len(t.from); n > 0 && t.from[n-1] == at {
		t.from, t.values = t.from[:n-1], t.values[:n-1]
	}
	if n := len(t.from); n == 0 || t.values[n-1] != value {
		t.from, t.values = append(t.from, at), append(t.values, value)
	}
}

// Find is what goes with the longest prefix of a number; ok is false when none fits.
func (t *Table) Find(n Number) (value int, ok bool) {
	at := uint64(n)
	if at == 0 || at >= allNumbers || len(t.from) == 0 {
		return 0, false
	}
	for at < allNumbers/10 {
		at *= 10
	}
	low, high := 0, len(t.from) // the stretch is the last one that begins at or before it
	for low < high {
		if middle := int(uint(low+high) / 2); t.from[middle] <= at {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == 0 || t.values[low-1] < 0 {
		return 0, false
	}
	return int(t.values[low-1]), true
}
