package amisim

import (
	"bufio"
	"context"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dialerd/agi"
	"dialerd/ami"
	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/dialer/sim/pbx"
)

// testWorld is one queue with one operator, and customers of whom those with a 9 at the end are busy.
func testWorld() pbx.Config {
	return pbx.Config{Seed: 1, Queues: []pbx.Queue{{Name: "sales", Ring: 5 * time.Second}}, Trunks: []pbx.Trunk{{Name: "t"}},
		Operators: []pbx.Operator{{Name: "anna", Interface: "PJSIP/1", PickUp: time.Millisecond}},
		Script: func(n phone.Number) (pbx.Part, bool) {
			p := pbx.Part{Patience: time.Minute, Talk: time.Second}
			if strings.HasSuffix(n.Digits(), "9") {
				p.Nature = pbx.Busy
			}
			return p, true
		}}
}

// start runs a server, ten times as fast as life, until the test ends; then nothing of it may be left.
func start(t *testing.T, agi string) (server *Server, address string) {
	t.Helper()
	server, err := New(Config{World: testWorld(), Instance: "a", User: "dialer", Secret: "s", Speed: 10})
	if err != nil {
		t.Fatal(err)
	}
	if address, err = server.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, agi) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		stacks := make([]byte, 1<<20)
		if text := string(stacks[:runtime.Stack(stacks, true)]); strings.Contains(text, "amisim.(*session)") || strings.Contains(text, "amisim.converse") {
			t.Errorf("something has outlived Run:\n%s", text)
		}
	})
	return server, address
}

// TestWire: what is said to somebody who types.
func TestWire(t *testing.T) {
	_, address := start(t, "127.0.0.1:1")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	if banner, _ := in.ReadString('\n'); banner != "Asterisk Call Manager/11.0.0\r\n" {
		t.Fatalf("banner %q", banner)
	}
	for _, x := range []struct{ send, want string }{
		{"Action: Ping\n", "Permission denied"},
		{"Action: Challenge\r\nAuthType: PLAIN\r\n", "Must specify AuthType"},
		{"action: Login\r\nUsername: dialer\r\nSecret: s\r\nEvents: off\r\n", "Authentication accepted"},
		{"Action: Ping\r\nActionID: p-1\r\n", "ActionID: p-1\r\nPing: Pong\r\nTimestamp: 1"},
		{"Action: Dance\r\n", "Invalid/unknown command: Dance. Use Action: ListCommands to show available commands."},
		{"X: y\r\n", "Missing action in request"},
		{"Action: Originate\r\n", "Channel not specified"},
		{"Action: Originate\r\nChannel: PJSIP/7@t\r\nChannelId: da-1\r\nContext: nowhere\r\n", "Extension does not exist."},
		{"Action: Hangup\r\nChannel: da-7\r\n", "No such channel"},
		{"Action: Redirect\r\nChannel: da-7\r\n", "Channel does not exist: da-7"},
		{"Action: QueueAdd\r\nQueue: none\r\nInterface: PJSIP/1\r\n", "No such queue"},
		{"Action: QueueAdd\r\nQueue: sales\r\nInterface: PJSIP/1\r\nPaused: true\r\nReason: lunch\r\n", "Added interface to queue"},
		{"Action: QueueAdd\r\nQueue: sales\r\nInterface: PJSIP/1\r\n", "Already there"},
		{"Action: QueueStatus\r\nActionID: q\r\n", "PausedReason: lunch\r\nWrapuptime: 0\r\nActionID: q"},
		{"Action: QueueStatus\r\n", "StateInterface: PJSIP/1\r\nMembership: dynamic\r\n"},
		{"Action: QueueRemove\r\nQueue: sales\r\nInterface: PJSIP/1\r\n", "Removed interface from queue"},
		{"Action: QueueRemove\r\nQueue: sales\r\nInterface: PJSIP/1\r\n", "Unable to remove interface: Not there"},
		{"Action: QueueRemove\r\nQueue: none\r\nInterface: PJSIP/1\r\n", "Unable to remove interface from queue: No such queue"},
		{"Action: QueueAdd\r\nQueue: sales\r\nInterface: Local/1@x/n\r\nMemberName: anna\r\nStateInterface: PJSIP/1\r\nPenalty: 4\r\n", "Added interface to queue"},
		{"Action: QueueStatus\r\n", "Name: anna\r\nLocation: Local/1@x/n\r\nStateInterface: PJSIP/1\r\nMembership: dynamic\r\nPenalty: 4\r\n"},
		{"Action: QueuePause\r\nInterface: PJSIP/2\r\nPaused: true\r\n", "Interface not found"},
		{"Action: Ping\r\nX: " + strings.Repeat("x", 1100) + "\r\n", "Failed to parse message: line too long"},
		{"Action: Ping\r\n" + strings.Repeat("X: y\r\n", 200), "Too many lines in message or allocation failure"},
		{"Action: Filter\r\nOperation: Add\r\nFilter: (\r\n", "Filter did not compile"},
		{"Action: Logoff\r\n", "Response: Goodbye"},
	} {
		if _, err := conn.Write([]byte(x.send + "\r\n")); err != nil {
			t.Fatal(err)
		}
		if got := readAnswer(t, in); !strings.Contains(got, x.want) {
			t.Errorf("%q is answered\n%s\nwant %q", x.send, got, x.want)
		}
	}
	if _, err := in.ReadByte(); err == nil {
		t.Error("the connection is open after Logoff")
	}
}

// readAnswer reads a response, with its list if there is one.
func readAnswer(t *testing.T, in *bufio.Reader) (text string) {
	t.Helper()
	for list := false; ; {
		message := ""
		for !strings.HasSuffix(message, "\r\n\r\n") {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatalf("after %q: %v", text+message, err)
			}
			message += line
		}
		text += message
		list = list || strings.Contains(message, "EventList: start")
		if !list || strings.Contains(message, "EventList: Complete") {
			return text
		}
	}
}

// TestCalls: a talk and a busy line, over real AMI and FastAGI, as the daemon's own packages see them.
func TestCalls(t *testing.T) {
	ask := func(_ context.Context, q dialer.Question) (dialer.Answer, error) {
		return dialer.Answer{OK: true, Action: dialer.ActionQueue, Queue: "sales", Within: 5 * time.Second, Message: `"x" \y`}, nil
	}
	answers, err := agi.New(agi.Config{Listen: "127.0.0.1:0", Instance: "a", Lost: func(dialer.CallID) {}}, ask, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	if err := answers.Listen(); err != nil {
		t.Fatal(err)
	}
	server, address := start(t, answers.Addr().String())
	events := make(chan dialer.Event, 1000)
	link, err := ami.New(ami.Config{PBX: "main", Instance: "a", Address: address, User: "dialer", Secret: "s", Log: zerolog.Nop()},
		func(e dialer.Event) bool { events <- e; return true })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- link.Run(ctx) }()
	go func() { ended <- answers.Run(ctx) }()
	defer func() {
		cancel()
		<-ended
		<-ended
	}()
	if up := (<-events).(dialer.LinkUp); up.Version != "22.10.1" || up.Started.IsZero() {
		t.Errorf("%+v", up)
	}
	if err := server.Look(ctx, func(w *pbx.World) { w.Add("sales", "PJSIP/1") }); err != nil {
		t.Fatal(err)
	}
	for id, number := range []string{"79160000001", "79160000009"} {
		err := link.Send(dialer.Originate{PBX: "main", Call: dialer.CallID(id + 1), Dial: "PJSIP/" + number + "@t", Queue: "sales", Timeout: 20 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for gone := 0; gone < 2; {
		switch e := (<-events).(type) {
		case dialer.CallConnected:
			seen["connected"] = e.Call == 1 && e.Interface == "PJSIP/1"
		case dialer.CallRinging:
			seen["ringing"] = e.Call == 1
		case dialer.CallerJoined:
			seen["joined"] = e.Call == 1 && e.Queue == "sales"
		case dialer.MemberChanged:
			seen["member"] = e.Member.Name == "anna"
		case dialer.CallEnded:
			gone++
			seen["busy"] = seen["busy"] || e.Call == 2 && e.Cause == 17 && e.SIP == 486
		}
	}
	for _, what := range []string{"connected", "ringing", "joined", "member", "busy"} {
		if !seen[what] {
			t.Errorf("%s is not as it should be", what)
		}
	}
	if err := server.Look(ctx, func(w *pbx.World) {
		if w.Fate(1).Defaulted {
			t.Error("the answer did not reach the dialplan")
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// TestSetVariable reads commands as AGI does.
func TestSetVariable(t *testing.T) {
	for line, want := range map[string][2]string{
		"SET VARIABLE \"DIALER_OK\" \"1\"\n":       {"DIALER_OK", "1"},
		"SET VARIABLE A \"x \\\"y\\\" \\\\z\"\r\n": {"A", `x "y" \z`},
		"SET VARIABLE A \"\"\n":                    {"A", ""},
	} {
		if name, value, ok := setVariable(line); !ok || name != want[0] || value != want[1] {
			t.Errorf("%q is %q = %q, %t", line, name, value, ok)
		}
	}
	if _, _, ok := setVariable("EXEC Dial x\n"); ok {
		t.Error("EXEC is taken for SET VARIABLE")
	}
}
