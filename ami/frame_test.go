package ami

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func framesOf(t testing.TB, r io.Reader) (messages []string) {
	f := newFrames(r)
	for {
		for m := f.next(); m != nil; m = f.next() {
			messages = append(messages, string(m))
		}
		if err := f.fill(); err == io.EOF {
			return messages
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFrames(t *testing.T) {
	big := "Event: Big\r\nX: " + strings.Repeat("x", 3*firstBuffer) + "\r\n\r\n"
	stream := "\r\n\r\nEvent: A\r\n\r\n" + big + "\r\nEvent: B\r\nX: a\nb\r\n\r\nEvent: cut"
	want := []string{"Event: A\r\n\r\n", big, "Event: B\r\nX: a\nb\r\n\r\n"}
	for name, r := range map[string]io.Reader{
		"whole":           strings.NewReader(stream),
		"byte by byte":    iotest.OneByteReader(strings.NewReader(stream)),
		"half by half":    iotest.HalfReader(strings.NewReader(stream)),
		"with the error":  iotest.DataErrReader(strings.NewReader(stream)),
		"with empty read": emptyFirst(strings.NewReader(stream)),
	} {
		if got := framesOf(t, r); !slices.Equal(got, want) {
			t.Errorf("%s: %.80q", name, got)
		}
	}
}

// emptyFirst has every read preceded by one that gives nothing.
func emptyFirst(r io.Reader) io.Reader {
	empty := false
	return readerFunc(func(p []byte) (int, error) {
		if empty = !empty; empty {
			return 0, nil
		}
		return r.Read(p)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestFramesRefuseEndless(t *testing.T) {
	f := newFrames(endless{})
	for range maxMessage {
		if f.next() != nil {
			t.Fatal("a message out of nothing")
		}
		if err := f.fill(); err != nil {
			if len(f.buf) > maxMessage || !strings.Contains(err.Error(), "xxx") {
				t.Errorf("%d bytes kept, %v", len(f.buf), err)
			}
			return
		}
	}
	t.Error("a message without end was read on and on")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// However a stream is cut into reads, its messages are those that a plain split finds.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("Event: A\r\n\r\nEvent: B\r\n\r\n"), uint8(3))
	f.Add([]byte("\r\n\r\n\r\nEvent: A\r\n\r\n\n\r\n\r\r\n"), uint8(1))
	f.Add([]byte("a\r\n\r\n\r\n\r\nb\r\n\r\nc"), uint8(2))
	f.Fuzz(func(t *testing.T, stream []byte, size uint8) {
		var want []string
		for rest := stream; ; {
			for bytes.HasPrefix(rest, lineEnd) {
				rest = rest[len(lineEnd):]
			}
			message, after, whole := bytes.Cut(rest, messageEnd)
			if !whole {
				break
			}
			want = append(want, string(message)+string(messageEnd))
			rest = after
		}
		reader := bytes.NewReader(stream)
		slow := readerFunc(func(p []byte) (int, error) { return reader.Read(p[:min(1+int(size), len(p))]) })
		if got := framesOf(t, slow); !slices.Equal(got, want) {
			t.Errorf("%q in reads of %d: %q, want %q", stream, size, got, want)
		}
	})
}
