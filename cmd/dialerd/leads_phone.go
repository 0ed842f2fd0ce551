package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"dialerd/dialer/phone"
)

// numberReader turns what people type into E.164. It belongs to one goroutine.
type numberReader struct {
	region string // whose national numbers are understood, as RU; empty: none
	known  readings
}

// newNumberReader refuses a region that has no numbering plan.
func newNumberReader(region string) (numberReader, error) {
	region = strings.ToUpper(region)
	if region != "" && !phonenumbers.GetSupportedRegions()[region] {
		return numberReader{}, usagef("--region %q is no country: two letters, as RU or KZ", region)
	}
	return numberReader{region: region, known: readings{}}, nil
}

// own is r for another goroutine.
func (r numberReader) own() numberReader { return numberReader{region: r.region, known: readings{}} }

// regionOf is the country a number is in; empty when it is not known.
func regionOf(n phone.Number) string {
	if n == 0 {
		return ""
	}
	parsed, err := phonenumbers.Parse(n.String(), "")
	if err != nil {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(parsed)
}

// cell reads one cell of a file, which may hold several numbers.
func (r numberReader) cell(text string) (numbers []phone.Number, err error) {
	if strings.ContainsAny(text, "eE") && scientific.MatchString(strings.TrimSpace(text)) {
		return nil, fmt.Errorf("%q is no telephone number: the spreadsheet has shortened it, set the column's format to text", clip(text))
	}
	for _, s := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(",;|/", c) }) {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		n, err := r.one(s)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// scientific is how a spreadsheet writes a long number: 7,91612E+10.
var scientific = regexp.MustCompile(`^\d+([.,]\d+)?[eE]\+?\d+$`)

// one reads a single number. What is E.164 already, but for spaces and dashes, is not taken through
// the numbering plan: an import of millions spends its time there.
func (r numberReader) one(s string) (phone.Number, error) {
	plain, ok := stripPunctuation(s)
	if !ok {
		return 0, fmt.Errorf("%q is no telephone number: digits, spaces, + - . ( ) only", clip(s))
	}
	if n, err := phone.Parse(plain); err == nil && possibleLength(plain[1:]) {
		return n, nil
	}
	if r.region == "" && !strings.HasPrefix(plain, "+") {
		return 0, fmt.Errorf("%q is not in E.164, as +79161234567: say which country it is in, as --region RU", clip(s))
	}
	if n, ok := r.known.read(plain); ok {
		return n, nil
	}
	parsed, err := phonenumbers.Parse(plain, r.region)
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return 0, fmt.Errorf("%q is no telephone number%s: %s", clip(s), r.of(plain), whyNot(parsed, err))
	}
	r.known.learn(plain, parsed)
	return phone.Parse(phonenumbers.Format(parsed, phonenumbers.E164))
}

func (r numberReader) of(plain string) string {
	if strings.HasPrefix(plain, "+") || r.region == "" {
		return ""
	}
	return " of " + r.region
}

// whyNot says what is wrong with a number; err is the library's, if it could not even read it.
func whyNot(n *phonenumbers.PhoneNumber, err error) string {
	result := phonenumbers.IS_POSSIBLE
	if err == nil {
		result = phonenumbers.IsPossibleNumberWithReason(n)
	}
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode), result == phonenumbers.INVALID_COUNTRY_CODE:
		return "there is no such country code"
	case errors.Is(err, phonenumbers.ErrNumTooLong), result == phonenumbers.TOO_LONG:
		return "it is too long"
	case err != nil, result == phonenumbers.TOO_SHORT, result == phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return "it is too short"
	}
	return "the numbering plan has none like it"
}

// stripPunctuation leaves digits and a leading plus. Anything with letters is refused: an extension
// cannot be dialed, and words beside a number are for a person to sort out.
func stripPunctuation(s string) (string, bool) {
	var b strings.Builder
	b.Grow(len(s))
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9', c == '+' && b.Len() == 0:
			b.WriteByte(byte(c))
		case strings.ContainsRune("-.()\u2010\u2011\u2012\u2013\u2014\u2212", c), unicode.IsSpace(c), unicode.Is(unicode.Cf, c):
			// Cf: the invisible direction marks that come along when a number is copied from a
			// telephone's address book.
		default:
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}

// possibleLength tells whether a number can be as long as this in its country. It finds the digit
// that was lost on the way, which a dialer would ring somebody else with.
func possibleLength(digits string) bool {
	plans := nationalLengths()
	for code := 1; code <= 3; code++ {
		if lengths, ok := plans[digits[:code]]; ok {
			return slices.Contains(lengths, int32(len(digits)-code))
		}
	}
	return false
}

// nationalLengths are the lengths a number can have after each country code.
var nationalLengths = sync.OnceValue(func() map[string][]int32 {
	plans := map[string][]int32{}
	territories, err := phonenumbers.MetadataCollection()
	if err != nil {
		return plans // every number then takes the long way
	}
	for _, t := range territories.GetMetadata() {
		code := fmt.Sprint(t.GetCountryCode())
		plans[code] = append(plans[code], t.GetGeneralDesc().GetPossibleLength()...)
	}
	return plans
})

// clip keeps a report readable when the file is not.
func clip(s string) string {
	const most = 40
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
