package main

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// charset is what the letters of a file are written in. ASCII stands for "not known yet": nothing
// but ASCII was seen so far, and the first letter beyond it decides.
type charset uint8

const (
	charsetASCII charset = iota
	charsetUTF8
	charsetCP1251
)

var (
	errUTF16 = errors.New("the file is in UTF-16: save it as CSV in UTF-8 (Excel: \"CSV UTF-8\") and import that")

	bomUTF8    = []byte("\xef\xbb\xbf")
	bomUTF16LE = []byte("\xff\xfe")
	bomUTF16BE = []byte("\xfe\xff")
)

// detectCharset judges by the lines of a sample from the beginning of the file: the majority, so
// that one damaged line does not turn a file in UTF-8 into Windows-1251.
func detectCharset(sample []byte) (charset, error) {
	if bytes.HasPrefix(sample, bomUTF8) {
		return charsetUTF8, nil
	}
	if bytes.HasPrefix(sample, bomUTF16LE) || bytes.HasPrefix(sample, bomUTF16BE) {
		return charsetASCII, errUTF16
	}
	if end := bytes.LastIndexByte(sample, '\n'); end >= 0 {
		sample = sample[:end] // the last line may be cut inside a letter
	}
	var unicode, other int
	for line := range bytes.Lines(sample) {
		switch lineCharset(line) {
		case charsetUTF8:
			unicode++
		case charsetCP1251:
			other++
		}
	}
	switch {
	case unicode == 0 && other == 0:
		return charsetASCII, nil
	case unicode >= other:
		return charsetUTF8, nil
	}
	return charsetCP1251, nil
}

func lineCharset(line []byte) charset {
	switch {
	case isASCII(line):
		return charsetASCII
	case utf8.Valid(line):
		return charsetUTF8
	}
	return charsetCP1251
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// decode turns one line into text. A line that is in another charset than the file is an error: to
// guess would put rubbish into people's names.
func (c *charset) decode(line []byte) (string, error) {
	if *c == charsetASCII {
		*c = lineCharset(line)
	}
	switch *c {
	case charsetUTF8:
		if !utf8.Valid(line) {
			return "", fmt.Errorf("the line is not in UTF-8, as the file before it is (byte 0x%02x): save the whole file in one charset", invalidByte(line))
		}
	case charsetCP1251:
		return decodeCP1251(line)
	}
	return string(line), nil
}

func decodeCP1251(line []byte) (string, error) {
	if bytes.IndexByte(line, 0x98) >= 0 {
		return "", errors.New("the line holds the byte 0x98, which is no letter in Windows-1251: save the whole file in one charset")
	}
	// A lone pair of Windows-1251 letters can look like one letter of UTF-8 by chance, a line of
	// several cannot.
	if utf8.Valid(line) && utf8.RuneCount(line)-countASCII(line) > 1 {
		return "", errors.New("the line is in UTF-8, the file before it in Windows-1251: save the whole file in one charset")
	}
	text, err := charmap.Windows1251.NewDecoder().Bytes(line)
	return string(text), err
}

func countASCII(b []byte) (n int) {
	for _, c := range b {
		if c < utf8.RuneSelf {
			n++
		}
	}
	return n
}

func invalidByte(b []byte) byte {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			return b[0]
		}
		b = b[size:]
	}
	return 0
}
