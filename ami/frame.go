package ami

import (
	"bytes"
	"fmt"
	"io"
)

// A message of AMI is header lines, each ended by CRLF, and an empty line. Asterisk bounds it by
// what its own buffers take, far below maxMessage.
const (
	firstBuffer = 64 << 10
	maxMessage  = 1 << 20
)

var (
	lineEnd    = []byte("\r\n")
	messageEnd = []byte("\r\n\r\n")
)

// frames cuts what is read into messages, without copying: a message is good until the next fill.
type frames struct {
	r       io.Reader
	buf     []byte
	start   int // of the message under way
	scanned int // no end of a message lies before this
	end     int // of what has been read
}

func newFrames(r io.Reader) *frames { return &frames{r: r, buf: make([]byte, firstBuffer)} }

// next is the next whole message with its empty line, or nil when more has to be read first.
func (f *frames) next() []byte {
	for bytes.HasPrefix(f.buf[f.start:f.end], lineEnd) {
		f.start += len(lineEnd)
	}
	from := max(f.start, f.scanned)
	i := bytes.Index(f.buf[from:f.end], messageEnd)
	if i < 0 {
		f.scanned = max(f.start, f.end-len(messageEnd)+1)
		return nil
	}
	message := f.buf[f.start : from+i+len(messageEnd)]
	f.start += len(message)
	f.scanned = f.start
	return message
}

// line is the next line without its end, or nil when more has to be read first. Only the banner is
// read by it.
func (f *frames) line() []byte {
	i := bytes.Index(f.buf[f.start:f.end], lineEnd)
	if i < 0 {
		return nil
	}
	line := f.buf[f.start : f.start+i]
	f.start += i + len(lineEnd)
	return line
}

// fill reads once, making room first.
func (f *frames) fill() error {
	if f.start > 0 {
		f.end = copy(f.buf, f.buf[f.start:f.end])
		f.scanned = max(0, f.scanned-f.start)
		f.start = 0
	}
	if f.end == len(f.buf) {
		if f.end >= maxMessage {
			return fmt.Errorf("a message of more than %d bytes, which begins %.60q", maxMessage, f.buf)
		}
		f.buf = append(f.buf, make([]byte, len(f.buf))...)
	}
	n, err := f.r.Read(f.buf[f.end:])
	f.end += n
	if n > 0 {
		return nil
	}
	return err
}
