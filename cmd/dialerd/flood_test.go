package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dialerd/ami/amitest"
	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/store"
)

const (
	floodMembers = 100
	floodCalls   = 50
	floodEvents  = 100_000
)

// flooded is a daemon in this process, between two scripted PBXs: "a" carries campaign spring, "b"
// campaign autumn.
type flooded struct {
	t       *testing.T
	daemon  *daemon
	a, b    *amitest.Server
	ctx     context.Context
	running sync.WaitGroup
	ups     int // of the link of a, as last seen
}

func startFlooded(t *testing.T) *flooded {
	t.Helper()
	f := &flooded{t: t, a: amitest.New(t), b: amitest.New(t)}
	pbx := func(name, address string) string {
		return fmt.Sprintf("[[pbx]]\nname = %q\naddress = %q\nuser = %q\nsecret = %q\ncps = 50\n", name, address, amitest.User, amitest.Secret)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"dialerd.toml": "instance = \"t\"\n" + pbx("a", f.a.Listen()) + pbx("b", f.b.Listen()) +
			"[agi]\nlisten = \"127.0.0.1:0\"\n[api]\nsocket = \"sock\"\n[store]\npath = \"db\"\n",
		"queues.toml": "[[queue]]\nname = \"sales\"\npbx = \"a\"\n[[queue]]\nname = \"support\"\npbx = \"b\"\n",
		"routes.toml": "[[trunk]]\nname = \"ta\"\npbx = \"a\"\ndial = \"PJSIP/{digits}@t\"\n[[trunk]]\nname = \"tb\"\npbx = \"b\"\ndial = \"PJSIP/{digits}@t\"\n" +
			"[[route]]\nname = \"oa\"\ntrunks = [\"ta\"]\n[[route]]\nname = \"ob\"\ntrunks = [\"tb\"]\n",
		"campaigns/spring.toml": campaignFile("spring", "sales", "oa", "progressive", `ring_timeout = "2m"`, ""),
		"campaigns/autumn.toml": campaignFile("autumn", "support", "ob", "progressive", "", ""),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.a.SetMembers(floodTeam("sales", nobody)...)
	f.b.SetMembers(floodTeam("support", nobody)...)
	f.b.Answer("Originate", f.busy)
	var err error
	if f.daemon, err = newDaemon(dir, "", zerolog.Nop()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.ctx = ctx
	f.running.Go(func() {
		if err := f.daemon.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		f.daemon.Hurry()
		cancel()
		f.running.Wait()
	})
	f.until("both links are up", func(s dialer.Status) bool { return s.Links[0].Up && s.Links[1].Up })
	return f
}

func nobody(int) bool { return false }

// floodTeam is the members of a queue, some of them paused.
func floodTeam(queue string, paused func(i int) bool) (members []dialer.Member) {
	for i := range floodMembers {
		m := dialer.Member{Queue: queue, Name: fmt.Sprintf("%s%03d", queue, i), Interface: fmt.Sprintf("PJSIP/%s%03d", queue, i), Status: dialer.DeviceNotInUse, Paused: paused(i)}
		if m.Paused {
			m.Reason = "lunch"
		}
		members = append(members, m)
	}
	return members
}

// busy answers an Originate, and the customer's line is engaged.
func (f *flooded) busy(a amitest.Action) string {
	id := a.Field("ChannelId")
	return amitest.Response(a, "Success", "Message", "Originate successfully queued") +
		f.b.Event("Hangup", "Uniqueid", id, "Cause", "17") +
		f.b.Event("OriginateResponse", "ActionID", a.ActionID(), "Response", "Failure", "Reason", "5", "Uniqueid", id)
}

// status is the Dialer's, read on its own goroutine.
func (f *flooded) status() (s dialer.Status) {
	f.t.Helper()
	if err := f.daemon.read(f.ctx, func(d *dialer.Dialer) { s = d.Status() }); err != nil {
		f.t.Fatal(err)
	}
	return s
}

func (f *flooded) until(what string, so func(dialer.Status) bool) (s dialer.Status) {
	f.t.Helper()
	waitFor(f.t, time.Minute, what, func() bool { s = f.status(); return so(s) }, func() string { return fmt.Sprintf("%+v", s) })
	return s
}

func (f *flooded) importLeads(bucket string, first, count int) {
	f.t.Helper()
	leads := make([]store.NewLead, count)
	for i := range leads {
		leads[i] = store.NewLead{Bucket: bucket, Numbers: []dialer.LeadNumber{{Number: phone.Number(79160000000 + first + i)}}}
	}
	if _, err := f.daemon.importLeads(f.ctx, leads); err != nil {
		f.t.Fatal(err)
	}
}

// flood is what Asterisk says of members who are paused and back, and of telephones that ring; at its
// end nobody is paused.
func (f *flooded) flood() string {
	var b strings.Builder
	team := floodTeam("sales", nobody)
	for i := range floodEvents {
		m := team[i%floodMembers]
		m.Paused = i/floodMembers%2 == 0
		if i%10 == 0 && i < floodEvents-floodMembers {
			b.WriteString(f.a.Event("DialState", "DestUniqueid", channelNo(i/10%floodCalls), "DialStatus", "RINGING"))
		} else {
			b.WriteString(f.a.MemberEvent("Pause", m))
		}
	}
	return b.String()
}

// block holds the loop up until it is told to go on.
func (f *flooded) block() (goOn func()) {
	blocked, release := make(chan struct{}), make(chan struct{})
	f.daemon.inbox.put(item{read: func(*dialer.Dialer) {
		close(blocked)
		<-release
	}})
	<-blocked
	return func() { close(release) }
}

// TestFloodWhileTheLoopIsBlocked: a hundred thousand events come while the loop takes none. The inbox
// takes what it has room for, the link gives up its connection instead of losing one silently, and that
// is counted. When the loop goes on, everything is as Asterisk says that it is by then.
func TestFloodWhileTheLoopIsBlocked(t *testing.T) {
	f := startFlooded(t)
	f.importLeads("spring", 0, floodCalls)
	f.until("all are being called", func(s dialer.Status) bool { return inPhase(s, dialer.PhaseDialing) == floodCalls })
	text := f.flood()
	before := processNow().HeapBytes

	goOn := f.block()
	f.a.SendRaw(text)
	waitFor(t, time.Minute, "an event is refused", func() bool { return f.daemon.inbox.refusals() > 0 }, func() string { return fmt.Sprint(f.waiting()) })
	if n := f.waiting(); n > inboxRoom+floodMembers {
		t.Errorf("%d events wait for the loop, which has room for %d", n, inboxRoom)
	}
	t.Logf("%d events wait; the heap grew from %d to %d MB", f.waiting(), before>>20, processNow().HeapBytes>>20)
	odd := func(i int) bool { return i%2 == 1 }
	f.a.SetMembers(floodTeam("sales", odd)...)
	var live []amitest.Channel
	for i := 0; i < floodCalls; i += 2 {
		live = append(live, amitest.Channel{ID: channelNo(i), Name: fmt.Sprintf("PJSIP/t-%08d", i)})
	}
	f.a.SetChannels(live...)
	goOn()

	s := f.until("the link is up again, and the state is Asterisk's", func(s dialer.Status) bool { return s.Links[0].Up && s.Links[0].Ups == 2 })
	f.sameMembers(s, "a", odd)
	if n := inPhase(s, dialer.PhaseDialing); n != len(live) {
		t.Errorf("%d calls are under way, Asterisk has %d", n, len(live))
	}
	if counts := f.daemon.counts(s); counts["inbox_refused"] < 1 || counts["link_ups"] != 3 { // the other link came up once
		t.Errorf("what was refused is not counted: %v", counts)
	}
	f.a.SetChannels()
	for _, c := range live {
		f.a.Send(f.a.Event("Hangup", "Uniqueid", c.ID, "Cause", "17"), f.a.Event("OriginateResponse", "ActionID", "o-"+c.ID, "Response", "Failure", "Reason", "5", "Uniqueid", c.ID))
	}
	s = f.until("all calls are over", func(s dialer.Status) bool { return len(s.Calls) == 0 })
	spring := s.Campaigns[1]
	if spring.Dialing != 0 || spring.Today.Outcomes[dialer.Busy] != len(live) || spring.Today.Outcomes[dialer.Lost] != floodCalls-len(live) {
		t.Errorf("want %d busy, the others lost, and no lead left in dialing: %+v", len(live), spring)
	}
}

func (f *flooded) waiting() int {
	f.daemon.inbox.mu.Lock()
	defer f.daemon.inbox.mu.Unlock()
	return len(f.daemon.inbox.items)
}

func inPhase(s dialer.Status, p dialer.Phase) (n int) {
	for _, c := range s.Calls {
		if c.Phase == p {
			n++
		}
	}
	return n
}

// sameMembers: those and no others are paused.
func (f *flooded) sameMembers(s dialer.Status, pbx string, paused func(i int) bool) {
	f.t.Helper()
	seen := 0
	for _, a := range s.Agents {
		if a.PBX != pbx {
			continue
		}
		if m := a.Members[0]; m.Paused != paused(seen) {
			f.t.Errorf("%s is paused: %t", a.Interface, m.Paused)
		}
		seen++
	}
	if seen != floodMembers {
		f.t.Errorf("%d members of %d", seen, floodMembers)
	}
}

// TestFloodOfOnePBX: one PBX says more than the loop can take, for as long as the other needs to have a
// thousand people called, and then cannot be reached at all. The other does not notice.
func TestFloodOfOnePBX(t *testing.T) {
	f := startFlooded(t)
	f.importLeads("autumn", 10_000, 2000)
	text := f.flood()
	stop := make(chan struct{})
	var pouring sync.WaitGroup
	floods := 0
	pouring.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if f.a.Pour(text) {
					floods++
				}
			}
		}
	})
	called := func(least int) func(s dialer.Status) bool {
		return func(s dialer.Status) bool { return s.Campaigns[0].Today.Outcomes[dialer.Busy] >= least }
	}
	began := time.Now()
	s := f.until("300 were called during the flood", called(300))
	close(stop)
	pouring.Wait()
	t.Logf("%d floods in %s, links came up %d and %d times, %d events refused", floods, time.Since(began).Round(time.Millisecond), s.Links[0].Ups, s.Links[1].Ups, f.daemon.inbox.refusals())
	if !s.Links[1].Up || s.Links[1].Ups != 1 {
		t.Errorf("the other PBX has lost its link: %+v", s.Links[1])
	}

	f.ups = s.Links[0].Ups
	// Nor does it stop calling when the loop is held up until the flood has taken all the room there is.
	for range 3 {
		refused := f.daemon.inbox.refusals()
		goOn := f.block()
		f.a.Pour(text)
		waitFor(t, time.Minute, "an event is refused", func() bool { return f.daemon.inbox.refusals() > refused }, func() string { return fmt.Sprint(f.waiting()) })
		f.b.Pour(f.b.MemberEvent("Status", floodTeam("support", nobody)[0]))
		goOn()
		s = f.until("the flooded one is back", func(s dialer.Status) bool { return s.Links[0].Up && s.Links[0].Ups > f.ups })
		f.ups = s.Links[0].Ups
		f.until("50 more were called", called(s.Campaigns[0].Today.Outcomes[dialer.Busy]+50))
	}
	s = f.status()
	t.Logf("held up: links came up %d and %d times, %d events refused", s.Links[0].Ups, s.Links[1].Ups, f.daemon.inbox.refusals())

	f.a.RefuseLogin("down")
	f.a.Drop()
	s = f.until("the flooded one is down", func(s dialer.Status) bool { return !s.Links[0].Up })
	f.until("50 more were called while it is down", called(s.Campaigns[0].Today.Outcomes[dialer.Busy]+50))
}
