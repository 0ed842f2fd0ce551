package main

import (
	"net/http"
	"testing"

	"dialerd/api"
	"dialerd/dialer"
)

// TestInboxIsBounded: events find no room beyond a bound, and are counted; what must not be refused is
// taken all the same, and room comes back.
func TestInboxIsBounded(t *testing.T) {
	b := newInbox()
	for range inboxRoom {
		if !b.of("main")(dialer.LinkLag{}) {
			t.Fatal("refused while there is room")
		}
	}
	for range 3 {
		if b.of("main")(dialer.LinkLag{}) {
			t.Fatal("taken without room")
		}
	}
	if !b.of("other")(dialer.LinkLag{}) {
		t.Error("another PBX is refused for the flood of the first")
	}
	b.put(item{event: dialer.Committed{Seq: 1}})
	if n := b.refusals(); n != 3 {
		t.Errorf("%d refusals counted of 3", n)
	}
	if got := b.take(nil, 2*inboxRoom); len(got) != inboxRoom+2 {
		t.Errorf("%d taken", len(got))
	}
	if !b.of("main")(dialer.LinkLag{}) {
		t.Error("refused when there is room again")
	}
}

// TestChangesThatWaitAreBounded: while the disk takes nothing, no more changes wait for it than so many;
// who asks for another is told.
func TestChangesThatWaitAreBounded(t *testing.T) {
	d, _ := daemonFor(t, "127.0.0.1:1") // its writer does not run
	defer d.close()
	set := func() chan dialer.Done {
		done := make(chan dialer.Done, 1)
		d.loop.step(item{event: dialer.SwitchSet{Kind: dialer.SwitchDepartment, Name: "sales"}, done: done})
		return done
	}
	for range donesMost {
		if len(set()) > 0 {
			t.Fatal("answered before the disk has it")
		}
	}
	if done := set(); len(done) == 0 || (<-done).Err != tooMany {
		t.Error("one more is not refused")
	}
	if len(d.loop.dones) != donesMost {
		t.Errorf("%d wait", len(d.loop.dones))
	}
	answered := make(chan error, 1)
	go func() { answered <- d.turn(t.Context(), dialer.SwitchDepartment, "sales", true) }()
	<-d.inbox.wake
	for _, i := range d.inbox.take(nil, 1) {
		d.loop.step(i)
	}
	if err, ok := (<-answered).(*api.Error); !ok || err.Code != http.StatusServiceUnavailable {
		t.Errorf("the API answers %v", err)
	}
}
