package main

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// TestReadingsAgainstTheLibrary reads numbers of every country, in several forms and with digits of their own,
// as an import does that has read others like them before, and each by the library alone.
func TestReadingsAgainstTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	read, remembered := 0, 0
	for region := range phonenumbers.GetSupportedRegions() {
		reader, err := newNumberReader(region)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE, phonenumbers.TOLL_FREE} {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			for _, text := range []string{phonenumbers.Format(example, phonenumbers.NATIONAL), phonenumbers.Format(example, phonenumbers.E164)[1:],
				fmt.Sprint(example.GetNationalNumber())} {
				for range 40 {
					plain, ok := stripPunctuation(varied(text, r))
					if !ok {
						continue
					}
					_, known := reader.known.read(plain)
					got, err := reader.one(plain)
					alone, _ := newNumberReader(region)
					want, wrong := alone.one(plain)
					if got != want || (err == nil) != (wrong == nil) {
						t.Errorf("%s of %s is read as %s, %v; the library says %s, %v", plain, region, got, err, want, wrong)
					}
					if read++; known {
						remembered++
					}
				}
			}
		}
	}
	if remembered < read/5 {
		t.Errorf("of %d numbers %d were read by what was known", read, remembered)
	}
}

// varied has other digits in place of the last few, mostly.
func varied(text string, r *rand.Rand) string {
	b := []byte(text)
	for i := len(b) - 1 - r.IntN(min(7, len(b))); i < len(b); i++ {
		if b[i] >= '0' && b[i] <= '9' {
			b[i] = byte('0' + r.IntN(10))
		}
	}
	return string(b)
}
