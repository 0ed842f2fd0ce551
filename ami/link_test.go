package ami

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dialerd/ami/amitest"
	"dialerd/dialer"
)

func TestLinkUp(t *testing.T) {
	for name, plain := range map[string]bool{"MD5": false, "plain": true} {
		t.Run(name, func(t *testing.T) {
			alice := member("sales", "PJSIP/alice", paused)
			var started time.Time
			simulate(t, func(r *rig, c *Config) {
				c.PlainLogin = plain
				started = r.server.Started()
				r.server.SetMembers(alice)
				r.server.SetChannels(
					amitest.Channel{ID: "da-5", Name: "PJSIP/t-01", Up: true, Bridge: "B"},
					amitest.Channel{ID: "da-6", Name: "PJSIP/t-02", Up: true, Queue: "sales"},
					amitest.Channel{ID: "17.1", Name: "PJSIP/alice-03", Up: true, Bridge: "B"},
				)
			}, func(t *testing.T, r *rig) {
				r.expect(dialer.LinkUp{
					PBX: "main", Version: "22.10.1", Started: started.UTC(), Members: []dialer.Member{alice},
					Calls: []dialer.LiveCall{{Call: 5, Up: true, Agent: "PJSIP/alice"}, {Call: 6, Up: true, Queue: "sales"}},
				})
				login := r.server.Next("Login")
				if (login.Field("Secret") != "") != plain || login.Field("Events") != "system,call,agent" {
					t.Errorf("logged in with %s", login)
				}
				if n := len(r.server.Actions("Filter")); n != 2 {
					t.Errorf("%d filters were asked for", n)
				}
			})
		})
	}
}

func TestWrongSecret(t *testing.T) {
	simulate(t, func(_ *rig, c *Config) { c.Secret = "wrong" }, func(t *testing.T, r *rig) {
		r.reason("[dialer] in manager.conf", r.down())
		time.Sleep(7 * time.Second) // at least half of RetryMend: hammering mends nothing
		if n := len(r.server.Actions("Login")); n != 1 {
			t.Errorf("%d logins", n)
		}
		time.Sleep(8 * time.Second)
		if n := len(r.server.Actions("Login")); n != 2 {
			t.Errorf("%d logins", n)
		}
		r.expect()
	})
}

// A refusal that passes by itself is not waited out for long.
func TestRefusedForNow(t *testing.T) {
	simulate(t, func(r *rig, _ *Config) { r.server.RefuseLogin("Asterisk is shutting down") }, func(t *testing.T, r *rig) {
		r.reason("login refused: Asterisk is shutting down", r.down())
		r.server.RefuseLogin("")
		time.Sleep(250 * ms)
		r.up()
	})
}

func TestFullyBootedLate(t *testing.T) {
	simulate(t, func(r *rig, _ *Config) { r.server.SetBooting(true) }, func(t *testing.T, r *rig) {
		r.expect()
		r.server.Send(r.server.Event("Hangup", "Uniqueid", "da-1")) // before the state is asked for: in it
		time.Sleep(9 * time.Second)
		r.expect()
		if n := len(r.server.Actions("QueueStatus")); n != 0 {
			t.Error("the state was asked for before Asterisk had booted")
		}
		r.server.SetBooting(false)
		r.up()
	})
}

func TestFullyBootedNever(t *testing.T) {
	simulate(t, func(r *rig, _ *Config) { r.server.SetBooting(true) }, func(t *testing.T, r *rig) {
		time.Sleep(10 * time.Second)
		r.reason("still starting", r.down())
		if r.log.count("lacks system") != 1 {
			t.Error("not said what may be wrong")
		}
	})
}

// What happens between the questions and the last answer comes after LinkUp, in order.
func TestStateThenStream(t *testing.T) {
	alice := member("sales", "PJSIP/alice")
	simulate(t, func(r *rig, _ *Config) {
		r.server.SetMembers(alice)
		r.server.Answer("CoreShowChannels", func(a amitest.Action) string {
			return r.server.MemberEvent("Pause", member("sales", "PJSIP/alice", paused)) +
				amitest.Response(a, "Success", "EventList", "start") +
				r.server.Event("Hangup", "Uniqueid", "da-3", "Cause", "17") +
				"Event: CoreShowChannelsComplete\r\nEventList: Complete\r\nActionID: " + a.ActionID() + "\r\n\r\n" +
				r.server.Event("Hangup", "Uniqueid", "da-4", "Cause", "16")
		})
	}, func(t *testing.T, r *rig) {
		r.expect(
			dialer.LinkUp{PBX: "main", Version: "22.10.1", Started: r.server.Started().UTC(), Members: []dialer.Member{alice}},
			dialer.MemberChanged{PBX: "main", Member: member("sales", "PJSIP/alice", paused)},
			dialer.CallEnded{PBX: "main", Call: 3, Cause: 17},
			dialer.CallEnded{PBX: "main", Call: 4, Cause: 16},
		)
	})
}

func TestTooMuchWhileAsking(t *testing.T) {
	simulate(t, func(r *rig, c *Config) {
		c.Buffer = 3
		r.server.Answer("CoreShowChannels", func(amitest.Action) string {
			return strings.Repeat(r.server.Event("Hangup", "Uniqueid", "da-3"), 4)
		})
	}, func(t *testing.T, r *rig) { r.reason("more than 3 events", r.down()) })
}

func TestCutInAMessage(t *testing.T) {
	simulate(t, nil, func(t *testing.T, r *rig) {
		r.up()
		r.server.SendRaw(r.server.Event("Hangup", "Uniqueid", "da-1") + "Event: Hangup\r\nUniqueid: da-2")
		r.server.Drop()
		r.reason("closed the connection", r.down(dialer.CallEnded{PBX: "main", Call: 1}))
		time.Sleep(250 * ms)
		r.up()
	})
}

// An event that the inbox has no room for is never lost in silence: the link falls, says so, and
// tells the state anew.
func TestInboxFull(t *testing.T) {
	simulate(t, nil, func(t *testing.T, r *rig) {
		r.up()
		r.inbox.setLimit(2)
		hangup := func(id string) string { return r.server.Event("Hangup", "Uniqueid", id) }
		r.server.SendRaw(hangup("da-1") + hangup("da-2") + hangup("da-3") + hangup("da-4"))
		time.Sleep(time.Minute)
		if err := r.link.Send(testOriginate); err != ErrDown {
			t.Errorf("Send: %v", err)
		}
		r.expect(dialer.CallEnded{PBX: "main", Call: 1}, dialer.CallEnded{PBX: "main", Call: 2})
		r.inbox.setLimit(0)
		time.Sleep(roomPoll)
		r.reason("inbox is full", r.down())
		if r.log.count("inbox is full") != 1 {
			t.Error("not said in the log")
		}
		time.Sleep(250 * ms)
		r.up()
	})
}

func TestInboxFullAtLinkUp(t *testing.T) {
	simulate(t, func(r *rig, _ *Config) {
		r.inbox.put(nil)
		r.inbox.setLimit(1)
	}, func(t *testing.T, r *rig) {
		synctest.Wait()
		r.inbox.setLimit(0)
		r.inbox.take()
		time.Sleep(roomPoll)
		r.reason("inbox is full", r.down())
		time.Sleep(250 * ms)
		r.up()
	})
}

func TestPingsWithoutAnswer(t *testing.T) {
	simulate(t, nil, func(t *testing.T, r *rig) {
		r.up()
		r.server.Answer("Ping", func(amitest.Action) string { return "" })
		begin := time.Now()
		time.Sleep(15*time.Second - time.Nanosecond) // the first ping had its answer; two more have not
		r.expect()
		time.Sleep(time.Nanosecond)
		r.reason("2 pings in a row", r.down())
		if lasted := time.Since(begin); lasted != 15*time.Second {
			t.Errorf("noticed after %s", lasted)
		}
		r.server.Answer("Ping", nil)
		time.Sleep(250 * ms)
		r.up()
	})
}

func TestBackoff(t *testing.T) {
	var attempts []time.Time
	simulate(t, func(r *rig, c *Config) {
		c.RetryMax = 4 * time.Second
		c.Dial = func(context.Context, string, string) (net.Conn, error) {
			attempts = append(attempts, time.Now())
			return nil, errors.New("connection refused")
		}
	}, func(t *testing.T, r *rig) {
		r.reason("connection refused", r.down())
		time.Sleep(time.Minute)
		r.end()
		r.expect() // the reason did not change, so nothing more is told
		if r.log.count("link is down") != 1 {
			t.Error("the same is said again and again")
		}
		most := 250 * ms
		for i := 1; i < len(attempts); i++ {
			if waited := attempts[i].Sub(attempts[i-1]); waited < most/2 || waited > most {
				t.Errorf("before attempt %d: %s, want between %s and %s", i, waited, most/2, most)
			}
			most = min(2*most, 4*time.Second)
		}
		if n := len(attempts); n < 15 || n > 35 {
			t.Errorf("%d attempts in a minute", n)
		}
	})
}

func TestUnsent(t *testing.T) {
	originate := func(call dialer.CallID) dialer.Originate {
		e := testOriginate
		e.Call = call
		return e
	}
	simulate(t, nil, func(t *testing.T, r *rig) {
		r.up()
		r.send(originate(1))
		r.server.Next("Originate") // written: what became of it the next LinkUp shows
		synctest.Wait()
		r.server.Deafen()
		synctest.Wait()
		for call := range dialer.CallID(3) {
			r.send(originate(2 + call))
		}
		r.send(dialer.Hangup{PBX: "main", Call: 1})
		r.expect()
		r.server.Drop()
		unsent := func(call dialer.CallID) dialer.Event {
			return dialer.CallUnsent{PBX: "main", Call: call, Text: "the link fell before it was sent: talking to Asterisk: Asterisk closed the connection"}
		}
		r.down(unsent(2), unsent(3), unsent(4))
		if err := r.link.Send(testOriginate); err != ErrDown {
			t.Errorf("Send: %v", err)
		}
	})
}

func TestSendRefuses(t *testing.T) {
	simulate(t, func(_ *rig, c *Config) { c.Queue = 2 }, func(t *testing.T, r *rig) {
		r.up()
		r.server.Deafen()
		synctest.Wait()
		r.send(testOriginate) // with the writer
		synctest.Wait()
		r.send(testOriginate)
		r.send(testOriginate)
		if err := r.link.Send(testOriginate); err != ErrFull {
			t.Errorf("Send into a full queue: %v", err)
		}
		if err := r.link.Send(dialer.Hangup{}); err == nil || !strings.Contains(err.Error(), "call id") {
			t.Errorf("Send of nonsense: %v", err)
		}
		r.end()
		if err := r.link.Send(testOriginate); err != ErrDown {
			t.Errorf("Send after the end: %v", err)
		}
	})
}
