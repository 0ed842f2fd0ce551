package ami

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/staskobzar/goami2"
)

// packets are all that testdata holds, as they come over the wire.
func packets(t testing.TB) (all [][]byte) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(text), "\n\n")[1:] {
			packet, _, _ := strings.Cut(block, "\n----")
			all = append(all, []byte(wire(packet)))
		}
	}
	if len(all) == 0 {
		t.Fatal("no packets in testdata")
	}
	return all
}

// Nothing panics, and where goami2 reads a message at all, Decode says what it would say had it
// read with goami2.
func FuzzDecode(f *testing.F) {
	for _, p := range packets(f) {
		f.Add(p)
	}
	f.Add([]byte("Event: Hangup\r\nUniqueid: da-1\r\nCause: \xff\r\n\r\n"))
	f.Add([]byte("Event: \r\n:\r\n: x\r\na\nb: c\n\r\n\r\n"))
	f.Add([]byte("0")) // of which goami2 makes a panic when no line end follows
	f.Fuzz(func(t *testing.T, message []byte) {
		testDecoder.Decode(message)
		message = append(message, messageEnd...) // as all that frames lets through
		kept := slices.Clone(message)
		e, ok := testDecoder.Decode(message)
		if ok != (e != nil) {
			t.Errorf("%v with %#v", ok, e)
		}
		if !slices.Equal(kept, message) {
			t.Error("the message was changed")
		}
		m, err := goami2.Parse(string(message))
		if err != nil {
			parse(message)
			return
		}
		if want, _ := testDecoder.Decode([]byte(plain(m))); want != e {
			t.Errorf("%q: %#v, with goami2 %#v", message, e, want)
		}
	})
}

// plain writes a message anew as goami2 has understood it, the event first and each field once.
func plain(m *goami2.Message) string {
	var b strings.Builder
	seen := map[string]bool{}
	write := func(h goami2.Header) {
		if !seen[h.Name] {
			seen[h.Name] = true
			b.WriteString(h.Name + ": " + h.Value + "\r\n")
		}
	}
	for _, h := range m.Headers() {
		if h.Name == "Event" || h.Name == "Response" {
			write(h)
			seen["Event"] = true
		}
	}
	for _, h := range m.Headers() {
		write(h)
	}
	return b.String() + "\r\n"
}
