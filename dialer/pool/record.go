package pool

import (
	"strings"
	"time"
)

// record is a lead as it is kept: 56 bytes, no pointers.
type record struct {
	id       int64
	next     uint32 // quarters of a second
	due      uint32
	last     uint32
	created  uint32
	external uint32
	numbers  uint32 // the first of them in the arena
	zone     uint16 // a word, as the next three
	rule     uint16
	final    uint16
	why      uint16
	campaign uint16
	bucket   uint16
	priority int16
	attempts uint8
	faults   uint8
	place    Place
	lies     lies
	many     uint8 // how many numbers
	use      uint8
	dialed   uint8
	outcome  uint8
}

// lies is in which of its bucket's parts a waiting lead lies.
type lies uint8

const (
	nowhere lies = iota
	inMinute
	inSoon
	inRipe
)

const (
	chunkBits = 12
	chunkSize = 1 << chunkBits
)

// records is chunks, so that it grows without moving anything.
type records struct {
	chunks []*[chunkSize]record
	next   uint32   // the first slot that was never used
	free   []uint32 // slots that were given back
}

func (r *records) at(slot uint32) *record { return &r.chunks[slot>>chunkBits][slot&(chunkSize-1)] }

func (r *records) take() uint32 {
	if n := len(r.free); n > 0 {
		slot := r.free[n-1]
		r.free = r.free[:n-1]
		return slot
	}
	if int(r.next>>chunkBits) == len(r.chunks) {
		r.chunks = append(r.chunks, new([chunkSize]record))
	}
	r.next++
	return r.next - 1
}

func (r *records) give(slot uint32) {
	*r.at(slot) = record{}
	r.free = append(r.free, slot)
}

// epoch is where time begins here.
var epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

const quarter = 250 * time.Millisecond

// quarters packs an instant, rounded up; 0 is the zero time and everything before the epoch.
func quarters(t time.Time) uint32 {
	if !t.After(epoch) {
		return 0
	}
	n := (t.Sub(epoch) + quarter - 1) / quarter
	return uint32(min(n, 1<<32-1))
}

func instant(q uint32) time.Time {
	if q == 0 {
		return time.Time{}
	}
	return epoch.Add(time.Duration(q) * quarter)
}

// words gives each word a small number: names of zones, rules and reasons, of which there are few.
// When there are more than fit, all further ones are the word "other".
type words struct {
	most    int
	numbers map[string]uint16
	texts   []string
}

const manyWords = 1<<16 - 1

func newWords(most int) words {
	return words{most: most, numbers: map[string]uint16{"": 0, "other": 1}, texts: []string{"", "other"}}
}

func (w *words) number(s string) uint16 {
	if s == "" {
		return 0
	}
	n, ok := w.numbers[s]
	if !ok {
		if len(w.texts) >= w.most {
			return 1
		}
		n = uint16(len(w.texts))
		s = strings.Clone(s) // it may be a part of something large
		w.numbers[s] = n
		w.texts = append(w.texts, s)
	}
	return n
}

func (w *words) text(n uint16) string { return w.texts[n] }
