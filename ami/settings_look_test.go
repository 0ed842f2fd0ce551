package ami

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dialerd/ami/amitest"
	"dialerd/dialer"
)

// looked is a look at a scripted Asterisk, in simulated time.
func looked(t *testing.T, script func(*amitest.Server), check func(*Settings, error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := amitest.New(t)
		server.SetMembers(dialer.Member{Queue: "sales", Name: "Anna", Interface: "PJSIP/101", Penalty: 5})
		server.Answer("QueueStatus", func(a amitest.Action) string {
			return amitest.Response(a, "Success", "EventList", "start") +
				packetOf("QueueParams", "Queue", "sales", "Max", "4", "Strategy", "wrandom", "Weight", "7", "ActionID", a.ActionID()) +
				packetOf("QueueMember", "Queue", "sales", "Name", "Anna", "Location", "PJSIP/101", "StateInterface", "PJSIP/101", "Membership", "static",
					"Penalty", "5", "Status", "1", "Paused", "0", "Wrapuptime", "3", "ActionID", a.ActionID()) +
				packetOf("QueueStatusComplete", "ActionID", a.ActionID(), "EventList", "Complete")
		})
		server.Answer("GetConfig", func(a amitest.Action) string {
			switch a.Field("Filename") + " " + a.Field("Category") {
			case "queues.conf general":
				return amitest.Response(a, "Success", "Category-000000", "general", "Line-000000-000000", "autofill=yes")
			case "queues.conf sales":
				return amitest.Response(a, "Success", "Category-000000", "sales", "Templates-000000", "\"dialerd\"", "Line-000000-000000", "retry=5",
					"Line-000000-000001", "member=PJSIP/101,5,Anna", "Line-000000-000002", "retry = 1")
			case "queues.conf absent":
				return amitest.Response(a, "Success", "No categories found", "")
			case "manager.conf general":
				return amitest.Response(a, "Success", "Category-000000", "general", "Line-000000-000000", "timestampevents=yes")
			}
			return amitest.Response(a, "Error", "Message", "Filename not specified")
		})
		server.Answer("Getvar", func(a amitest.Action) string {
			values := map[string]string{"DIALPLAN_EXISTS(there,s,1)": "1", "DIALPLAN_EXISTS(gone,s,1)": "0",
				"QUEUE_MEMBER(sales,ringinuse,PJSIP/101)": "1", "GLOBAL(DIALERD_AGI)": "127.0.0.1:7"}
			return amitest.Response(a, "Success", "Variable", a.Field("Variable"), "Value", values[a.Field("Variable")])
		})
		if script != nil {
			script(server)
		}
		check(LookAt(context.Background(), Config{PBX: "main", Instance: "a", Address: "127.0.0.1:5038",
			User: amitest.User, Secret: amitest.Secret, Dial: server.Dial}, Wanted{Queues: []string{"sales", "absent"}, Contexts: []string{"there", "gone", "unknown"}}))
	})
}

func packetOf(event string, headers ...string) string {
	text := "Event: " + event + "\r\n"
	for i := 0; i < len(headers); i += 2 {
		text += headers[i] + ": " + headers[i+1] + "\r\n"
	}
	return text + "\r\n"
}

// TestLookAt: all that is asked for comes out, events of no concern between.
func TestLookAt(t *testing.T) {
	looked(t, nil, func(got *Settings, err error) {
		want := &Settings{User: amitest.User, Version: "22.10.1", Hears: true, Missing: []string{"gone"}, AGI: "127.0.0.1:7",
			Manager: Section{{"timestampevents", "yes"}}, General: Section{{"autofill", "yes"}},
			Queues: []QueueSettings{{Name: "sales", There: true, Strategy: "wrandom", Weight: 7, Max: 4,
				Section: Section{{"retry", "5"}, {"member", "PJSIP/101,5,Anna"}, {"retry", "1"}},
				Members: []MemberSettings{{Member: dialer.Member{Queue: "sales", Name: "Anna", Interface: "PJSIP/101", Status: dialer.DeviceNotInUse, Penalty: 5, Static: true}, Wrapup: 3, RingInUse: true}}},
				{Name: "absent"}}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("seen %+v, %v\nwant %+v", got, err, want)
		}
	})
}

// TestLookAtLittle: what is not shown is left out, and why is said; nothing at all is an error in words.
func TestLookAtLittle(t *testing.T) {
	looked(t, func(s *amitest.Server) { s.Deny("GetConfig", "Originate", "QueueStatus") }, func(got *Settings, err error) {
		if err != nil || strings.Join(got.Denied, " ") != "Originate GetConfig QueueStatus" || got.Unread != "Permission denied" || got.Manager != nil || len(got.Queues) != 0 {
			t.Errorf("without rights: %+v, %v", got, err)
		}
	})
	for _, c := range []struct {
		script func(*amitest.Server)
		want   string
	}{
		{func(s *amitest.Server) { s.SetBooting(true); s.Answer("QueueStatus", nil) }, "Asterisk is still starting, or does not load app_queue"},
		{func(s *amitest.Server) { s.RefuseLogin("Authentication failed") }, "login refused: Authentication failed"},
		{func(s *amitest.Server) { s.Stall(true) }, "did not say all within 15s"},
	} {
		looked(t, c.script, func(got *Settings, err error) {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v, %v, want %q", got, err, c.want)
			}
		})
	}
}

// TestChanged: who wants to look is told when a link comes up, each time, and when the queues were reloaded.
func TestChanged(t *testing.T) {
	told := make(chan struct{}, 9)
	simulate(t, func(_ *rig, c *Config) { c.Changed = func() { told <- struct{}{} } }, func(t *testing.T, r *rig) {
		r.up()
		for i, event := range []string{"app_queue.so", "res_pjsip.so", "All"} {
			r.server.Send(r.server.Event("Reload", "Module", event, "Status", "0"))
			r.expect()
			if got, want := len(told), []int{2, 2, 3}[i]; got != want {
				t.Errorf("after a reload of %s: told %d times, want %d", event, got, want)
			}
		}
		r.server.Drop()
		r.down()
		time.Sleep(time.Second) // simulated
		r.up()
		if len(told) != 4 {
			t.Errorf("after the link had come up again: told %d times, want 4", len(told))
		}
	})
}
