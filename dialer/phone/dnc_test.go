package phone

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// dumb is Masks as anybody would write it first.
type dumb struct{ entries []Entry }

func (d *dumb) put(e Entry) bool {
	if slices.Contains(d.entries, e) {
		return false
	}
	d.entries = append(d.entries, e)
	return true
}

func (d *dumb) remove(e Entry) bool {
	i := slices.Index(d.entries, e)
	if i >= 0 {
		d.entries = slices.Delete(d.entries, i, i+1)
	}
	return i >= 0
}

func (d *dumb) has(n Number) bool {
	return slices.ContainsFunc(d.entries, func(e Entry) bool { return e.Fits(n) })
}

// drawn is an entry of few digits, so that many meet.
func drawn(r *rand.Rand) Entry {
	if r.IntN(3) > 0 {
		return Entry{Number: Number(1_000_000 + r.IntN(2000))}
	}
	body := []byte(fmt.Sprint(1_000_000 + r.IntN(2000)))[:4+r.IntN(4)]
	for i := range body {
		if r.IntN(4) == 0 {
			body[i] = '?'
		}
	}
	if strings.Trim(string(body), "?") == "" {
		body[0] = '1'
	}
	return Entry{body: string(body), star: r.IntN(2) == 0 || !slices.Contains(body, '?')}
}

// TestMasksAgainstDumb puts and removes at random, and asks for what may be there.
func TestMasksAgainstDumb(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		var m Masks
		var d dumb
		for range 2000 {
			e := drawn(r)
			parsed, err := ParseEntry(e.String())
			if err != nil || parsed != e {
				t.Fatalf("%v is read back as %v, %v", e, parsed, err)
			}
			var got, want bool
			if r.IntN(3) > 0 {
				got, want = m.Put(e), d.put(e)
			} else {
				got, want = m.Remove(e), d.remove(e)
			}
			if got != want || m.Holds(e) != slices.Contains(d.entries, e) || m.Len() != len(d.entries) {
				t.Fatalf("seed %d, %v: %t, want %t; held: %t; %d entries, want %d", seed, e, got, want, m.Holds(e), m.Len(), len(d.entries))
			}
			for range 5 {
				if n := Number(1_000_000 + r.IntN(2100)); m.Has(n) != d.has(n) {
					t.Fatalf("seed %d: %s is in it: %t", seed, n, m.Has(n))
				}
			}
		}
		text, err := m.MarshalText()
		var back Masks
		if err != nil || back.UnmarshalText(text) != nil || back.Len() != m.Len() || m.Numbers()+m.Patterns() != m.Len() {
			t.Fatalf("seed %d: %d entries are read back of %d: %v", seed, back.Len(), m.Len(), err)
		}
		for _, e := range d.entries {
			if !back.Holds(e) {
				t.Fatalf("seed %d: %v is not read back", seed, e)
			}
		}
	}
}

// TestSetAgainstMap goes through a set's sizes: one table, many, and back to nothing.
func TestSetAgainstMap(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var s Set
	known := map[Number]bool{}
	check := func(n Number) {
		if s.Has(n) != known[n] {
			t.Fatalf("%d numbers: %s is in it: %t", s.Len(), n, s.Has(n))
		}
	}
	for range 60_000 {
		n := Number(79160000000 + r.IntN(80_000))
		if s.Add(n) == known[n] {
			t.Fatalf("adding %s, which is in it: %t", n, known[n])
		}
		known[n] = true
		if n = Number(79160000000 + r.IntN(80_000)); r.IntN(3) == 0 {
			if s.Remove(n) != known[n] {
				t.Fatalf("removing %s, which is in it: %t", n, known[n])
			}
			delete(known, n)
		}
		check(Number(79160000000 + r.IntN(80_000)))
	}
	seen := 0
	s.Each(func(n Number) bool { seen++; return known[n] })
	if seen != len(known) || s.Len() != len(known) {
		t.Fatalf("%d numbers seen, %d counted, %d put", seen, s.Len(), len(known))
	}
	for n := range known {
		if !s.Remove(n) {
			t.Fatalf("%s is not there", n)
		}
	}
	if s.Len() != 0 || s.Has(79160000001) || s.Add(0) || s.Has(0) || s.Remove(0) {
		t.Error("an emptied set is not empty")
	}
}

// BenchmarkDNC is ten million numbers and a thousand masks: what a number takes, and what asking costs.
func BenchmarkDNC(b *testing.B) {
	const numbers = 10_000_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var m Masks
	r := rand.New(rand.NewPCG(1, 2))
	for m.Len() < numbers {
		m.Put(Entry{Number: Number(70000000000 + r.Uint64N(10_000_000_000))})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	for range 1000 {
		m.Put(Entry{body: fmt.Sprintf("7%06d", r.IntN(1_000_000)), star: true})
	}
	var some []Number // that are there
	m.numbers.Each(func(n Number) bool {
		if r.IntN(numbers/100_000) == 0 {
			some = append(some, n)
		}
		return true
	})
	r.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	var hits int
	b.Run("has one that is there", func(b *testing.B) {
		i := 0
		for b.Loop() {
			if i++; !m.Has(some[i%len(some)]) {
				b.Fatal("it is not there")
			}
		}
	})
	b.Run("has", func(b *testing.B) {
		for b.Loop() {
			if m.Has(Number(70000000000 + r.Uint64N(10_000_000_000))) {
				hits++
			}
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/numbers, "B/number")
	})
	b.Run("add and remove", func(b *testing.B) {
		for b.Loop() {
			n := Number(80000000000 + r.Uint64N(10_000_000_000))
			m.numbers.Add(n)
			m.numbers.Remove(n)
		}
	})
}

// FuzzEntry: what is taken as an entry comes out as it was written, fits what it says, and is found.
func FuzzEntry(f *testing.F) {
	for _, s := range []string{"+79161234567", "+7900*", "+7900123????", "+?1*", "+*", "7900*", "+7900**", "+1?2?3?4"} {
		f.Add(s, uint64(79001234567))
	}
	f.Fuzz(func(t *testing.T, s string, number uint64) {
		e, err := ParseEntry(s)
		if err != nil {
			return
		}
		n := Number(number % 1_000_000_000_000_000)
		var m Masks
		if e.String() != s || !m.Put(e) || m.Put(e) || !m.Holds(e) || m.Has(n) != (n != 0 && e.Fits(n)) || !m.Remove(e) || m.Len() != 0 {
			t.Errorf("%q is read as %v; %d fits: %t, %t", s, e, n, e.Fits(n), m.Has(n))
		}
	})
}
