package phone

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, s := range []string{"+79161234567", "+1234567", "+123456789012345"} {
		n, err := Parse(s)
		if err != nil || n.String() != s || "+"+n.Digits() != s {
			t.Errorf("%s is read as %s, %v", s, n, err)
		}
	}
	for _, s := range []string{"", "+", "79161234567", "+0791612345", "+123456", "+1234567890123456", "+7916123456a", "+7 916 123", "+７9161234567", "+79161234567\n"} {
		if n, err := Parse(s); err == nil {
			t.Errorf("%q is taken as %s", s, n)
		}
	}
}

func TestHasPrefix(t *testing.T) {
	n := Number(79161234567)
	for prefix, want := range map[string]bool{"": true, "+7": true, "7916": true, "+7915": false, "+79161234567": true, "+791612345678": false} {
		if got := n.HasPrefix(prefix); got != want {
			t.Errorf("%s has prefix %q: %t", n, prefix, got)
		}
	}
}

func TestMasks(t *testing.T) {
	var m Masks
	for _, s := range []string{"+79161234567", "+7900*", "+7901123????", "+7902?2*"} {
		if err := m.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	for n, want := range map[Number]bool{79161234567: true, 79161234568: false, 79001: true, 7900: true, 790: false,
		79011231234: true, 7901123123: false, 790112312345: false, 79024212345: true, 79024312345: false} {
		if got := m.Has(n); got != want {
			t.Errorf("%d: %t, want %t", n, got, want)
		}
	}
	for _, s := range []string{"", "*", "+*", "+??????", "7900*", "+7900*1", "+79x?", "+7900 ?", "+" + strings.Repeat("1", 20) + "*"} {
		if err := m.Add(s); err == nil {
			t.Errorf("%q is taken as a mask", s)
		}
	}
	if m.Len() != 4 {
		t.Errorf("%d entries, 4 were good", m.Len())
	}
}

func FuzzParse(f *testing.F) {
	f.Add("+79161234567")
	f.Add("+0")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := Parse(s); err == nil && n.String() != s {
			t.Errorf("%q is read as %s", s, n)
		}
	})
}
