package ami

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dialerd/ami/amitest"
	"dialerd/dialer"
)

func TestEffects(t *testing.T) {
	simulate(t, nil, func(t *testing.T, r *rig) {
		r.up()
		r.send(testOriginate)
		r.send(dialer.Redirect{PBX: "main", Call: 7, To: dialer.ActionQueue})
		r.send(dialer.Hangup{PBX: "main", Call: 7})
		if a := r.server.Next("Originate"); a.Field("ChannelId") != "da-7" || a.ActionID() != "o-da-7" {
			t.Errorf("originated by %s", a)
		}
		if a := r.server.Next("Redirect"); a.Field("Channel") != "da-7" || a.Field("Context") != "dialerd-queue" {
			t.Errorf("redirected by %s", a)
		}
		if a := r.server.Next("Hangup"); a.Field("Channel") != "da-7" {
			t.Errorf("hung up by %s", a)
		}
		r.expect() // success tells nothing
	})
}

// Asterisk takes a caller out of a queue by the name of his channel alone.
func TestWithdraw(t *testing.T) {
	withdraw := func(call dialer.CallID) dialer.Withdraw {
		return dialer.Withdraw{PBX: "main", Call: call, Queue: "sales"}
	}
	simulate(t, func(r *rig, _ *Config) {
		r.server.SetChannels(
			amitest.Channel{ID: "da-5", Name: "PJSIP/t-0a", Up: true, Queue: "sales"},
			amitest.Channel{ID: "17.1", Name: "PJSIP/t-0c", Up: true, Queue: "sales"},
		)
	}, func(t *testing.T, r *rig) {
		r.up()
		r.server.Send(
			r.server.Event("QueueCallerJoin", "Channel", "PJSIP/t-0b", "Uniqueid", "da-6", "Queue", "sales"),
			r.server.Event("QueueCallerJoin", "Channel", "PJSIP/t-0d", "Uniqueid", "17.2", "Queue", "sales"),
		)
		r.expect(dialer.CallerJoined{PBX: "main", Call: 6, Queue: "sales"}, dialer.CallerJoined{PBX: "main", Queue: "sales"})
		for call, channel := range map[dialer.CallID]string{5: "PJSIP/t-0a", 6: "PJSIP/t-0b"} {
			r.send(withdraw(call))
			if a := r.server.Next("QueueWithdrawCaller"); a.Field("Caller") != channel || a.Field("Queue") != "sales" {
				t.Errorf("call %d was withdrawn by %s", call, a)
			}
		}
		r.server.Send(r.server.Event("QueueCallerLeave", "Channel", "PJSIP/t-0b", "Uniqueid", "da-6", "Queue", "sales"))
		r.expect(dialer.CallerLeft{PBX: "main", Call: 6, Queue: "sales"})
		if err := r.link.Send(withdraw(6)); err == nil || !strings.Contains(err.Error(), "waits in no queue") {
			t.Errorf("withdrawn after it left: %v", err)
		}
	})
}

// An Asterisk that hangs would place all that was written to it when it wakes up.
func TestStalled(t *testing.T) {
	simulate(t, nil, func(t *testing.T, r *rig) {
		r.up()
		time.Sleep(2 * time.Second)
		r.server.Stall(true)
		r.send(testOriginate)
		time.Sleep(stallAfter)
		r.send(dialer.Originate{Call: 8, Dial: "PJSIP/7@t", Queue: "sales", Timeout: time.Second})
		time.Sleep(ms)
		if err := r.link.Send(testOriginate); err != ErrStalled {
			t.Errorf("Send: %v", err)
		}
		r.send(dialer.Hangup{PBX: "main", Call: 7})
	})
}

func TestRefusedAtOnce(t *testing.T) {
	simulate(t, func(r *rig, _ *Config) {
		refuse := func(a amitest.Action) string { return amitest.Response(a, "Error", "Message", "No, "+a.Name()) }
		for _, name := range []string{"Originate", "Redirect", "Hangup"} {
			r.server.Answer(name, refuse)
		}
	}, func(t *testing.T, r *rig) {
		r.up()
		r.send(testOriginate)
		r.send(dialer.Redirect{PBX: "main", Call: 7, To: dialer.ActionQueue})
		r.send(dialer.Hangup{PBX: "main", Call: 7})
		r.expect(dialer.CallFailed{PBX: "main", Call: 7, Refused: true, Text: "No, Originate"})
		time.Sleep(2 * time.Minute) // the call never was, so no audit misses it
		r.expect()
		if r.log.count("No, Redirect") != 1 || r.log.count("No, Hangup") != 1 {
			t.Error("refusals are not in the log")
		}
	})
}

func TestRights(t *testing.T) {
	for action, right := range map[string]string{
		"Originate": "add originate to write=", "Redirect": "add call to write=", "CoreShowChannels": "add reporting to write=",
	} {
		t.Run(action, func(t *testing.T) {
			simulate(t, func(r *rig, _ *Config) { r.server.Deny(action) }, func(t *testing.T, r *rig) {
				r.reason(right, r.down())
				r.server.Deny()
				time.Sleep(15 * time.Second)
				r.up()
			})
		})
	}
	t.Run("those that can be done without", func(t *testing.T) {
		simulate(t, func(r *rig, _ *Config) { r.server.Deny("Filter", "CoreStatus", "CoreSettings") }, func(t *testing.T, r *rig) {
			r.expect(dialer.LinkUp{PBX: "main"})
			r.server.Drop()
			time.Sleep(time.Second)
			if n := len(r.events()); n != 2 || r.log.count("filter events") != 1 || r.log.count("its version") != 1 {
				t.Errorf("%d events, and the log is\n%s", n, r.log.text.String())
			}
		})
	})
	t.Run("lost later", func(t *testing.T) {
		simulate(t, nil, func(t *testing.T, r *rig) {
			r.up()
			r.server.Deny("Originate")
			r.send(testOriginate)
			failed := dialer.CallFailed{PBX: "main", Call: 7, Refused: true, Text: "Permission denied"}
			r.reason("add originate to write=", r.down(failed))
		})
	})
}

func TestNoAnswer(t *testing.T) {
	silent := func(amitest.Action) string { return "" }
	t.Run("to a question", func(t *testing.T) {
		simulate(t, func(r *rig, _ *Config) { r.server.Answer("QueueStatus", silent) }, func(t *testing.T, r *rig) {
			time.Sleep(11*time.Second + ms)
			r.reason("QueueStatus: no answer within 10s", r.down())
		})
	})
	t.Run("to an effect", func(t *testing.T) {
		simulate(t, func(r *rig, _ *Config) { r.server.Answer("Hangup", silent) }, func(t *testing.T, r *rig) {
			r.up()
			r.send(dialer.Hangup{PBX: "main", Call: 1})
			time.Sleep(12 * time.Second)
			r.expect()
			if r.log.count("no answer to an action") != 1 {
				t.Error("not said")
			}
		})
	})
	t.Run("of anybody", func(t *testing.T) {
		simulate(t, func(_ *rig, c *Config) {
			c.Dial = func(context.Context, string, string) (net.Conn, error) {
				_, ours := net.Pipe()
				return ours, nil
			}
		}, func(t *testing.T, r *rig) {
			time.Sleep(5*time.Second + ms)
			r.reason("no AMI at 127.0.0.1:5038", r.down())
		})
	})
	t.Run("but another's", func(t *testing.T) {
		simulate(t, func(_ *rig, c *Config) {
			c.Dial = func(context.Context, string, string) (net.Conn, error) {
				other, ours := net.Pipe()
				go other.Write([]byte("SSH-2.0-OpenSSH\r\n"))
				return ours, nil
			}
		}, func(t *testing.T, r *rig) { r.reason("SSH-2.0", r.down()) })
	})
}

func TestAuditOfLink(t *testing.T) {
	alice, bob := member("sales", "PJSIP/alice"), member("sales", "PJSIP/bob")
	simulate(t, func(r *rig, _ *Config) {
		r.server.SetMembers(alice, bob)
		r.server.SetChannels(amitest.Channel{ID: "da-5", Name: "PJSIP/t-1"})
	}, func(t *testing.T, r *rig) {
		r.up()
		r.send(testOriginate)
		r.server.SetChannels(amitest.Channel{ID: "da-5", Name: "PJSIP/t-1"}, amitest.Channel{ID: "da-7", Name: "PJSIP/t-2"})
		time.Sleep(32 * time.Second) // after the first audits
		pausedAlice := member("sales", "PJSIP/alice", paused)
		r.server.SetMembers(pausedAlice)
		r.server.SetChannels(amitest.Channel{ID: "da-5-b", Name: "PJSIP/t-2"}) // 5 and 7 are gone
		time.Sleep(30 * time.Second)
		r.expect()
		time.Sleep(30 * time.Second)
		events := r.events()
		if len(events) != 4 {
			t.Fatalf("came\n%s", list(events))
		}
		want := []dialer.Event{
			dialer.MemberChanged{PBX: "main", Member: pausedAlice},
			dialer.MemberRemoved{PBX: "main", Queue: "sales", Interface: "PJSIP/bob"},
			dialer.CallEnded{PBX: "main", Call: 5, Vanished: true},
			dialer.CallEnded{PBX: "main", Call: 7, Vanished: true},
		}
		for _, w := range want {
			if !contains(events, w) {
				t.Errorf("%+v is missing", w)
			}
		}
		time.Sleep(5 * time.Minute)
		r.expect()
	})
}

func contains(events []dialer.Event, want dialer.Event) bool {
	for _, e := range events {
		if same(e, want) {
			return true
		}
	}
	return false
}

// A reload of app_queue forgets penalties without an event.
func TestReloadOfQueues(t *testing.T) {
	simulate(t, func(r *rig, _ *Config) {
		r.server.SetMembers(member("sales", "PJSIP/alice", penalised))
	}, func(t *testing.T, r *rig) {
		r.up()
		time.Sleep(5 * time.Second)
		r.server.SetMembers(member("sales", "PJSIP/alice"))
		r.server.Send(r.server.Event("Reload", "Module", "app_queue.so", "Status", "0"))
		time.Sleep(confirmAfter)
		r.expect(dialer.MemberChanged{PBX: "main", Member: member("sales", "PJSIP/alice")})
	})
}

func TestRestart(t *testing.T) {
	simulate(t, nil, func(t *testing.T, r *rig) {
		before := r.up().Started
		r.server.SendRaw("Event: Shutdown\r\nShutdown: Cleanly\r\nRestart: True\r\n\r\n")
		r.reason("Cleanly", r.down())
		r.server.SetVersion("22.10.2")
		r.server.Restart()
		time.Sleep(250 * ms)
		if up := r.up(); !up.Started.Equal(before.Add(time.Minute)) || up.Version != "22.10.2" {
			t.Errorf("%s started %s, before the restart %s", up.Version, up.Started, before)
		}
	})
}

func TestLinkLag(t *testing.T) {
	simulate(t, func(r *rig, _ *Config) { r.server.SetSkew(-3 * time.Hour) }, func(t *testing.T, r *rig) {
		r.up()
		happened := func(ago time.Duration) {
			r.server.Send(r.server.EventAt(time.Now().Add(-ago), "Hangup", "Uniqueid", "da-1"))
			synctest.Wait()
			r.expect(dialer.CallEnded{PBX: "main", Call: 1})
			time.Sleep(time.Second)
		}
		lag := func(late time.Duration) dialer.Event { return dialer.LinkLag{PBX: "main", Lag: late} }
		happened(150 * ms)
		r.expect()
		happened(250 * ms)
		r.expect(lag(250 * ms))
		happened(4 * time.Second)
		r.expect(lag(4 * time.Second))
		happened(20 * ms)
		r.expect(lag(20 * ms))
		happened(20 * ms)
		r.expect()
		r.server.Send(r.server.EventAt(time.Now().Add(-time.Second), "Hangup", "Uniqueid", "da-2"))
		time.Sleep(3 * time.Second) // silence after it
		r.expect(dialer.CallEnded{PBX: "main", Call: 2}, lag(time.Second), lag(0))
	})
}

func TestNoTimestamps(t *testing.T) {
	simulate(t, nil, func(t *testing.T, r *rig) {
		r.up()
		for range 3 {
			r.server.SendRaw("Event: Hangup\r\nUniqueid: da-1\r\n\r\n")
		}
		if n := len(r.events()); n != 3 || r.log.count("timestampevents") != 1 {
			t.Errorf("%d events, said %d times", n, r.log.count("timestampevents"))
		}
	})
}
