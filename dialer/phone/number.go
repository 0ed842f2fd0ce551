// Package phone knows telephone numbers as far as a dialer needs them in real time: numbers in
// E.164, prefixes and masks. Turning what a person typed into E.164 takes a numbering plan and is
// done at the rim, before a number gets here.
//
//	n, err := phone.Parse("+79161234567")
//	n.HasPrefix("+7916") // true
package phone

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Number is a telephone number in E.164, kept as the integer its digits spell: no country code
// begins with 0, so nothing is lost, and a number takes 8 bytes and no pointer. The zero Number is
// "none".
type Number uint64

// MinDigits and MaxDigits bound a number's length without the plus. E.164 sets 15 as the longest;
// nothing shorter than 7 is a subscriber's number anywhere.
const (
	MinDigits = 7
	MaxDigits = 15
)

var errForm = errors.New("not a number in E.164: a plus and 7 to 15 digits, the first not 0, as in +79161234567")

// Parse reads a number in E.164, the plus included. It is the fast path of an import: nothing is
// guessed, anything else is an error.
func Parse(s string) (Number, error) {
	if len(s) < MinDigits+1 || len(s) > MaxDigits+1 || s[0] != '+' || s[1] == '0' {
		return 0, fmt.Errorf("%q is %w", clip(s), errForm)
	}
	var n Number
	for i := 1; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			return 0, fmt.Errorf("%q is %w", clip(s), errForm)
		}
		n = n*10 + Number(d)
	}
	return n, nil
}

// String is the number in E.164 with its plus; empty for none.
func (n Number) String() string {
	if n == 0 {
		return ""
	}
	return "+" + n.Digits()
}

// Digits is the number without the plus, the way most trunks want it; empty for none.
func (n Number) Digits() string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(n), 10)
}

// HasPrefix tells whether the number begins with prefix, which may carry a plus. The empty prefix
// fits every number.
func (n Number) HasPrefix(prefix string) bool {
	return strings.HasPrefix(n.Digits(), strings.TrimPrefix(prefix, "+"))
}

// MarshalText writes E.164.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads E.164; empty text is none.
func (n *Number) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*n = 0
		return nil
	}
	*n, err = Parse(string(text))
	return err
}

// clip keeps an error message readable when the input is not.
func clip(s string) string {
	if len(s) > 24 {
		return s[:24] + "…"
	}
	return s
}
