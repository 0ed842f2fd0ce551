package ami

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/staskobzar/goami2"

	"dialerd/ami/amitest"
	"dialerd/dialer"
)

func testChannel(id int) string { return "da-" + strconv.Itoa(id) }

// captured is one captured packet, of 37 headers.
func captured(b *testing.B, name string) []byte {
	for _, p := range packets(b) {
		if bytes.HasPrefix(p, []byte("Event: "+name+"\r\n")) {
			return p
		}
	}
	b.Fatalf("no %s in testdata", name)
	return nil
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"AgentConnect", "QueueMemberStatus", "Hangup", "VarSet"} {
		p := captured(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				testDecoder.Decode(p)
			}
		})
	}
}

// What reading the same packet with goami2 costs, to compare.
func BenchmarkGoami2Parse(b *testing.B) {
	p := captured(b, "AgentConnect")
	b.ReportAllocs()
	for b.Loop() {
		m, _ := goami2.Parse(string(p))
		for _, name := range []string{"Event", "Uniqueid", "Queue", "Interface", "Timestamp"} {
			m.Field(name)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode("a", testOriginate, ""); err != nil {
			b.Fatal(err)
		}
	}
}

// All the way: socket, frames, decoding, delivery. The mix is that of a call as Asterisk 22 sends it
// without filters.
func BenchmarkLink(b *testing.B) {
	var mix []byte
	events, told := 0, 0
	for _, p := range packets(b) {
		if !bytes.HasPrefix(p, []byte("Event: ")) || bytes.HasPrefix(p, []byte("Event: Reload")) {
			continue
		}
		events++
		mix = append(mix, p...)
		if _, ok := testDecoder.Decode(p); ok {
			told++
		}
	}
	const repeat = 100
	flood := strings.Repeat(string(mix), repeat)

	server := amitest.New(b)
	came := make(chan struct{}, 1)
	left := 1 // LinkUp
	link, err := New(Config{PBX: "main", Instance: "a", Address: server.Listen(), User: amitest.User, Secret: amitest.Secret},
		func(e dialer.Event) bool {
			if _, lag := e.(dialer.LinkLag); lag {
				return true
			}
			if left--; left == 0 {
				left = repeat * told
				came <- struct{}{}
			}
			return true
		})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		link.Run(ctx)
	}()
	<-came
	b.SetBytes(int64(len(flood)))
	for b.Loop() {
		server.SendRaw(flood)
		<-came
	}
	b.ReportMetric(float64(b.N*repeat*events)/b.Elapsed().Seconds(), "events/s")
	cancel()
	<-ended
}
