package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dialerd/ami"
	"dialerd/ami/amitest"
	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/dialplan"
	"dialerd/store"
)

// The busy shift of BenchmarkLoop.
const (
	benchCalls  = 200 // under way, each with an operator of its own
	benchRounds = 10  // of each call's events in one stream: together less than the inbox takes
)

// BenchmarkLoop is the whole chain at full speed: socket, frames, decoding, Step, effects. An AMI
// server writes what Asterisk 22 sends of calls that the Dialer has under way, and the time goes until
// the loop has taken the last of it. of-bare compares that with a loop that only reads and frames
// the same bytes.
func BenchmarkLoop(b *testing.B) {
	server := amitest.New(b)
	chain := newBenchChain(b, server)
	stream, events, told := benchStream(b)
	chain.expect(1)
	chain.start()
	<-chain.arrived
	chain.placeCalls(server)

	b.SetBytes(int64(len(stream)))
	b.ResetTimer()
	for b.Loop() {
		chain.expect(told)
		server.SendRaw(stream)
		<-chain.arrived
	}
	b.StopTimer()
	took := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(float64(events)/took, "events/s")
	b.ReportMetric(bareTime(b, stream, events)/took, "of-bare")
	chain.end()
}

// benchChain is a daemon whose deliveries are counted: its loop, its disk and its link.
type benchChain struct {
	b       *testing.B
	daemon  *daemon
	link    *ami.Link
	end     func()
	ctx     context.Context
	running sync.WaitGroup

	mu      sync.Mutex
	left    int
	arrived chan struct{}
}

func newBenchChain(b *testing.B, server *amitest.Server) *benchChain {
	b.Helper()
	dir := b.TempDir()
	for name, text := range map[string]string{
		"dialerd.toml":        "instance = \"b\"\n[[pbx]]\nname = \"main\"\naddress = \"127.0.0.1:1\"\nuser = \"u\"\nsecret = \"s\"\ncps = 1000\n[agi]\nlisten = \"127.0.0.1:0\"\n[api]\nsocket = \"sock\"\n[store]\npath = \"db\"\n",
		"queues.toml":         "[[queue]]\nname = \"sales\"\n",
		"routes.toml":         "[[trunk]]\nname = \"t\"\ndial = \"PJSIP/{digits}@t\"\n[[route]]\nname = \"out\"\ntrunks = [\"t\"]\n",
		"campaigns/call.toml": "name = \"call\"\nqueue = \"sales\"\nbuckets = [\"all\"]\ntimezone = \"Europe/Moscow\"\nroute = \"out\"\n[pacing]\nmode = \"progressive\"\nring_timeout = \"2m\"\n[answer]\nagent_within = \"2s\"\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	d, err := newDaemon(dir, "", zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	members := make([]dialer.Member, benchCalls)
	for i := range members {
		members[i] = dialer.Member{Queue: "sales", Name: benchName(i), Interface: "PJSIP/" + benchName(i), Status: dialer.DeviceNotInUse}
	}
	server.SetMembers(members...)
	ctx, cancel := context.WithCancel(context.Background())
	c := &benchChain{b: b, daemon: d, ctx: ctx, arrived: make(chan struct{}, 1)}
	c.end = func() {
		d.Hurry()
		cancel()
		c.running.Wait()
		d.close()
	}
	c.link, err = ami.New(ami.Config{PBX: "main", Instance: "b", Address: server.Listen(), User: amitest.User, Secret: amitest.Secret,
		AuditEvery: time.Hour, Log: zerolog.Nop()}, c.deliver)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func benchName(i int) string { return fmt.Sprintf("op%03d", i) }

// start runs the chain.
func (c *benchChain) start() {
	c.daemon.loop.links["main"] = c.link
	c.running.Go(func() { _ = c.daemon.writer.Run(c.ctx) })
	c.running.Go(func() { _ = c.link.Run(c.ctx) })
	c.running.Go(func() { c.daemon.loop.run(c.ctx, 0, c.daemon.hurry) })
}

// expect has arrived told when the loop has taken so many events more.
func (c *benchChain) expect(events int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = events
}

// deliver is the inbox's offer, and behind the last event something that the loop does after it.
func (c *benchChain) deliver(e dialer.Event) bool {
	if !c.daemon.inbox.of("main")(e) {
		return false
	}
	if _, extra := e.(dialer.LinkLag); extra {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left == 0 {
		c.daemon.inbox.put(item{read: func(*dialer.Dialer) { c.arrived <- struct{}{} }})
	}
	return true
}

// placeCalls has the Dialer place a call for every operator.
func (c *benchChain) placeCalls(server *amitest.Server) {
	c.b.Helper()
	leads := make([]store.NewLead, benchCalls)
	for i := range leads {
		leads[i] = store.NewLead{Bucket: "all", Numbers: []dialer.LeadNumber{{Number: phone.Number(79160000000 + i)}}}
	}
	if _, err := c.daemon.importLeads(c.ctx, leads); err != nil {
		c.b.Fatal(err)
	}
	for range benchCalls {
		server.Next("Originate")
	}
}

// benchStream is what Asterisk sends of every call from its ringing to the end of its talk, some
// times over, as it was captured, with the ids of the calls and the names of the operators. The calls
// do not end, so that the same bytes mean the same each time.
func benchStream(b *testing.B) (stream string, events, told int) {
	b.Helper()
	text, err := os.ReadFile("../../ami/testdata/asterisk-22.txt")
	if err != nil {
		b.Fatal(err)
	}
	captured := map[string]string{}
	for _, block := range strings.Split(string(text), "\n\n")[1:] {
		packet, _, _ := strings.Cut(block, "\n----")
		name, _, _ := strings.Cut(strings.TrimPrefix(packet, "Event: "), "\n")
		if captured[name] == "" {
			captured[name] = packet
		}
	}
	var s strings.Builder
	decoder := ami.Decoder{PBX: "main", Instance: "b"}
	for range benchRounds {
		for i := range benchCalls {
			for _, name := range []string{"DialState", "DialEnd", "QueueCallerJoin", "AgentCalled", "QueueMemberStatus", "QueueCallerLeave", "AgentConnect",
				"QueueMemberStatus", "AgentComplete", "QueueMemberStatus"} {
				packet := benchPacket(b, captured[name], i)
				s.WriteString(packet)
				events++
				if _, ok := decoder.Decode([]byte(packet)); ok {
					told++
				}
			}
		}
	}
	if told != events || told >= inboxRoom {
		b.Fatalf("%d of %d events tell something, and the inbox takes %d", told, events, inboxRoom)
	}
	return s.String(), events, told
}

// benchPacket is a captured packet of one call.
func benchPacket(b *testing.B, packet string, call int) string {
	b.Helper()
	if packet == "" {
		b.Fatal("an event is missing in ami/testdata/asterisk-22.txt")
	}
	id := dialplan.ChannelID("b", int64(store.FirstCallID+call))
	lines := strings.Split(packet, "\n")
	for i, line := range lines {
		switch name, _, _ := strings.Cut(line, ":"); name {
		case "Uniqueid", "Linkedid", "DestLinkedid":
			lines[i] = name + ": " + id
		case "DestUniqueid":
			if strings.HasPrefix(packet, "Event: Dial") {
				lines[i] = name + ": " + id
			}
		case "Queue":
			lines[i] = "Queue: sales"
		case "Interface":
			lines[i] = "Interface: PJSIP/" + benchName(call)
		case "DialStatus":
			if strings.HasPrefix(packet, "Event: DialState") {
				lines[i] = "DialStatus: RINGING"
			}
		}
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// bareTime is how many seconds a loop takes that only reads and frames a stream.
func bareTime(b *testing.B, stream string, events int) float64 {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	const rounds = 40
	var writing sync.WaitGroup
	writing.Go(func() {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return // the reader says so
		}
		defer conn.Close()
		for range rounds {
			if _, err := conn.Write([]byte(stream)); err != nil {
				return
			}
		}
	})
	conn, err := listener.Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	began := time.Now()
	framed := frame(b, conn, rounds*events)
	took := time.Since(began).Seconds()
	writing.Wait()
	if framed != rounds*events {
		b.Fatalf("%d of %d messages were framed", framed, rounds*events)
	}
	return took / rounds
}

// frame counts messages.
func frame(b *testing.B, conn net.Conn, want int) (framed int) {
	end := []byte("\r\n\r\n")
	buf := make([]byte, 64<<10)
	kept := 0
	for framed < want {
		n, err := conn.Read(buf[kept:])
		if err != nil {
			b.Fatal(err)
		}
		rest := buf[:kept+n]
		for {
			i := bytes.Index(rest, end)
			if i < 0 {
				break
			}
			framed++
			rest = rest[i+len(end):]
		}
		kept = copy(buf, rest)
	}
	return framed
}
