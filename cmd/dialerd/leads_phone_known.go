package main

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"dialerd/dialer/phone"
)

// readings remembers how the library has read numbers, by what they begin with and how long they are: which
// prefix it has cut off, and the country. Others that are alike are cut in the same way, and only asked whether
// there can be such a number, which takes a fifth of the time. Whatever is not to be had in this way goes
// through all of the library.
type readings map[readingKey]reading

// readingKey is what numbers have that are read alike.
type readingKey struct {
	first  [6]byte
	length int
}

// reading is what was cut off in front, and the country code.
type reading struct {
	cut  int
	code int32
}

// readingsMost bounds what is remembered of a file that is full of odd numbers.
const readingsMost = 100_000

func keyOf(plain string) (k readingKey) {
	copy(k.first[:], plain)
	k.length = len(plain)
	return k
}

// learn remembers how a number was read. One that was not merely cut, or has a zero in front that belongs to it,
// tells nothing of others.
func (r readings) learn(plain string, parsed *phonenumbers.PhoneNumber) {
	national := strconv.FormatUint(parsed.GetNationalNumber(), 10)
	if len(r) < readingsMost && !parsed.GetItalianLeadingZero() && strings.HasSuffix(plain, national) {
		r[keyOf(plain)] = reading{cut: len(plain) - len(national), code: parsed.GetCountryCode()}
	}
}

// read reads a number as one before it was read; it is false when there was none, or no such number can be.
func (r readings) read(plain string) (phone.Number, bool) {
	k, ok := r[keyOf(plain)]
	if !ok || plain[k.cut] == '0' {
		return 0, false
	}
	national, err := strconv.ParseUint(plain[k.cut:], 10, 64)
	if err != nil || !phonenumbers.IsValidNumber(&phonenumbers.PhoneNumber{CountryCode: &k.code, NationalNumber: &national}) {
		return 0, false
	}
	n, err := phone.Parse("+" + strconv.Itoa(int(k.code)) + plain[k.cut:])
	return n, err == nil
}
