package ami

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
)

// overTCP runs a test over a real socket, where time is real: it waits for what has to come.
func overTCP(t *testing.T, change func(*rig, *Config), test func(r *rig, next func() dialer.Event)) {
	t.Helper()
	events := make(chan dialer.Event, 1<<20)
	r := newRig(t, func(r *rig, c *Config) {
		c.Dial = nil
		c.Address = r.server.Listen()
		if change != nil {
			change(r, c)
		}
	})
	r.link.deliver = func(e dialer.Event) bool {
		events <- e
		return true
	}
	r.run()
	test(r, func() dialer.Event {
		select {
		case e := <-events:
			return e
		case <-time.After(time.Minute):
			t.Fatal("nothing came in a minute")
			return nil
		}
	})
	r.end()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, stack := range strings.Split(string(stacks), "\n\n") {
		if strings.Contains(stack, "ami.(*Link)") || strings.Contains(stack, "ami.(*session)") {
			t.Errorf("outlived Run:\n%s", stack)
		}
	}
}

func wantUp(t *testing.T, e dialer.Event) {
	t.Helper()
	if _, ok := e.(dialer.LinkUp); !ok {
		t.Fatalf("%#v came, want LinkUp", e)
	}
}

func TestFlood(t *testing.T) {
	const n = 20_000
	overTCP(t, nil, func(r *rig, next func() dialer.Event) {
		wantUp(t, next())
		noise := "Event: VarSet\r\nVariable: x\r\nValue: Event: Hangup\r\n\r\n"
		var flood strings.Builder
		for id := range n {
			flood.WriteString(noise)
			flood.WriteString(wire("Event: Hangup\nUniqueid: " + testChannel(id+1) + "\nCause: 16"))
		}
		r.server.SendRaw(flood.String())
		for id := range n {
			if e, want := next(), (dialer.CallEnded{PBX: "main", Call: dialer.CallID(id + 1), Cause: 16}); e != want {
				t.Fatalf("%#v came, want %#v", e, want)
			}
		}
	})
}

func TestTLS(t *testing.T) {
	overTCP(t, func(r *rig, c *Config) {
		c.Address, c.TLS = r.server.ListenTLS()
	}, func(r *rig, next func() dialer.Event) {
		wantUp(t, next())
		r.send(testOriginate)
		r.server.Next("Originate")
		r.server.Send(r.server.Event("DialState", "DestUniqueid", "da-7", "DialStatus", "RINGING"))
		if e, want := next(), (dialer.CallRinging{PBX: "main", Call: 7}); e != want {
			t.Errorf("%#v came, want %#v", e, want)
		}
		r.server.Drop()
		if e, ok := next().(dialer.LinkDown); !ok {
			t.Errorf("%#v came, want LinkDown", e)
		}
		wantUp(t, next())
	})
}

func TestTLSNotTrusted(t *testing.T) {
	overTCP(t, func(r *rig, c *Config) {
		c.Address, c.TLS = r.server.ListenTLS()
		c.TLS.RootCAs = nil
	}, func(r *rig, next func() dialer.Event) {
		down, _ := next().(dialer.LinkDown)
		r.reason("TLS with 127.0.0.1", down.Reason)
		r.reason("certificate", down.Reason)
	})
}

// A link whose far side is gone goes on trying, and finds it again.
func TestRefusedConnection(t *testing.T) {
	overTCP(t, func(_ *rig, c *Config) { c.Address = "127.0.0.1:1" }, func(r *rig, next func() dialer.Event) {
		down, _ := next().(dialer.LinkDown)
		r.reason("connection refused", down.Reason)
	})
}
