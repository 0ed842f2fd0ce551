package ami

import (
	"slices"
	"testing"

	"dialerd/dialer"
)

func member(queue, iface string, change ...func(*dialer.Member)) dialer.Member {
	m := dialer.Member{Queue: queue, Name: iface, Interface: iface, Status: dialer.DeviceNotInUse}
	for _, c := range change {
		c(&m)
	}
	return m
}

func paused(m *dialer.Member)    { m.Paused = true }
func penalised(m *dialer.Member) { m.Penalty = 1000 }

func TestAuditMembers(t *testing.T) {
	a, b, c := member("q", "SIP/1"), member("q", "SIP/2"), member("p", "SIP/1")
	changed := func(m dialer.Member) dialer.Event { return dialer.MemberChanged{PBX: "main", Member: m} }
	removed := func(m dialer.Member) dialer.Event {
		return dialer.MemberRemoved{PBX: "main", Queue: m.Queue, Interface: m.Interface}
	}
	pausedA, penalisedA := member("q", "SIP/1", paused), member("q", "SIP/1", penalised)

	m := newMembers("main", []dialer.Member{a, b})
	for i, step := range []struct {
		event dialer.Event    // that comes before the audit
		found []dialer.Member // by the audit
		want  []dialer.Event
	}{
		{nil, []dialer.Member{a, b}, nil},
		{nil, []dialer.Member{pausedA, b}, nil},                                    // once is not enough
		{nil, []dialer.Member{a, b}, nil},                                          // and it was none
		{nil, []dialer.Member{pausedA, b}, nil},                                    //
		{nil, []dialer.Member{penalisedA, b}, []dialer.Event{changed(penalisedA)}}, // twice other: the newer
		{nil, []dialer.Member{penalisedA, b}, nil},                                 //
		{nil, []dialer.Member{pausedA, b}, nil},                                    //
		{changed(a), []dialer.Member{pausedA, b}, nil},                             // an event between: begin anew
		{changed(pausedA), []dialer.Member{pausedA, b}, nil},                       //
		{nil, []dialer.Member{c}, nil},                                             // two gone, one new
		{nil, []dialer.Member{c}, []dialer.Event{changed(c), removed(a), removed(b)}},
		{removed(c), nil, nil},
	} {
		if step.event != nil {
			m.learn(step.event)
		}
		got, missed := m.audit(step.found)
		if !slices.Equal(got, step.want) || missed != len(step.want) {
			t.Errorf("step %d: %+v of which %d were missed, want %+v", i, got, missed, step.want)
		}
		for _, e := range got {
			m.learn(e)
		}
	}
}

// Events do not say that a member has begun to talk; that a list does is no sign of a lost event.
func TestAuditInCall(t *testing.T) {
	m := newMembers("main", []dialer.Member{member("q", "SIP/1")})
	talks := member("q", "SIP/1", func(m *dialer.Member) { m.InCall = true })
	m.audit([]dialer.Member{talks})
	if got, missed := m.audit([]dialer.Member{talks}); len(got) != 1 || missed != 0 {
		t.Errorf("%+v, %d missed", got, missed)
	}
}

func TestAuditCalls(t *testing.T) {
	c := calls{}
	present := func(ids ...dialer.CallID) (live []dialer.LiveCall) {
		for _, id := range ids {
			live = append(live, dialer.LiveCall{Call: id})
		}
		return live
	}
	audit := func(want []dialer.CallID, found ...dialer.CallID) {
		t.Helper()
		if got := c.audit(present(found...)); !slices.Equal(got, want) {
			t.Errorf("gone: %v, want %v", got, want)
		}
	}
	c.began(1)
	c.began(2)
	c.began(3)
	audit(nil, 1)
	audit([]dialer.CallID{2, 3}, 1)
	audit(nil) // 1 is absent once
	audit(nil, 1)
	audit(nil)
	audit([]dialer.CallID{1})
	audit(nil, 9) // one that was not known
	audit(nil)
	audit([]dialer.CallID{9})
	if len(c) != 0 {
		t.Errorf("%v is remembered", c)
	}
}

func TestOutboxUnsent(t *testing.T) {
	o := newOutbox(100)
	put := func(r request, call dialer.CallID, wire string) {
		if err := o.put(action{request: r, id: wire, call: call, wire: []byte(wire)}); err != nil {
			t.Fatal(err)
		}
	}
	put(requestOriginate, 1, "11")
	put(requestHangup, 1, "h")
	put(requestOriginate, 2, "2222")
	put(requestOriginate, 3, "33")
	if wire := string(o.take(nil)); wire != "11h222233" {
		t.Errorf("taken %q", wire)
	}
	o.wrote(5) // the second Originate is cut before its end
	put(requestOriginate, 4, "44")
	o.close()
	if err := o.put(action{}); err != ErrDown {
		t.Errorf("a closed outbox takes: %v", err)
	}
	if got := o.unsent(); !slices.Equal(got, []dialer.CallID{2, 3, 4}) {
		t.Errorf("unsent: %v", got)
	}
	if wire := o.take(nil); wire != nil {
		t.Errorf("a closed outbox gives %q to write", wire)
	}
}

func TestOutboxFull(t *testing.T) {
	o := newOutbox(2)
	for i, want := range []error{nil, nil, ErrFull} {
		if err := o.put(action{request: requestRedirect}); err != want {
			t.Errorf("put %d: %v, want %v", i, err, want)
		}
	}
	if err := o.put(action{request: requestPing}); err != nil {
		t.Errorf("a ping has to go out of a full outbox too: %v", err)
	}
}
