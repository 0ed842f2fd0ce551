package phone

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestTable compares the table with looking at every prefix, for prefixes drawn at random that lie in,
// beside and on each other.
func TestTable(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			fmt.Fprint(&b, 7+r.IntN(3)) // few digits, so that much fits
		}
		return b.String()
	}
	for range 300 {
		var entries []Prefix
		for i := range r.IntN(40) {
			entries = append(entries, Prefix{[]string{"", "+"}[r.IntN(2)] + digits(r.IntN(6)), i})
		}
		entries = append(entries, Prefix{"8 (495)", 99}, Prefix{"+7x", 99})
		table := NewTable(entries)
		for range 200 {
			n, err := Parse("+" + digits(MinDigits+r.IntN(MaxDigits-MinDigits+1)))
			if err != nil {
				t.Fatal(err)
			}
			want, longest := 0, -1
			for _, e := range entries {
				if p := strings.TrimPrefix(e.Digits, "+"); len(p) >= longest && n.HasPrefix(p) {
					want, longest = e.Value, len(p)
				}
			}
			if got, ok := table.Find(n); got != want || ok != (longest >= 0) {
				t.Fatalf("%v: %d, %t for %s, want %d (prefix of %d digits)", entries, got, ok, n, want, longest)
			}
		}
	}
	if _, ok := new(Table).Find(79161234567); ok {
		t.Error("an empty table knows a number")
	}
	if _, ok := new(Table).Find(0); ok {
		t.Error("no number has a prefix")
	}
}
