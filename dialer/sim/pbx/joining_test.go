package pbx

import (
	"errors"
	"testing"
	"time"

	"dialerd/dialer"
)

func (b *bench) member(iface string) (r Record, ok bool) {
	members, _ := b.State()
	for _, m := range members {
		if m.Interface == iface {
			return m, true
		}
	}
	return r, false
}

// TestJoining: what Asterisk says to QueueAdd and QueueRemove.
func TestJoining(t *testing.T) {
	b := &bench{New(Config{Queues: []Queue{{Name: "q"}, {Name: "other"}},
		Operators: []Operator{{Interface: "PJSIP/1", Queues: []string{"q"}, Static: true, Device: "PJSIP/one"}}}), t}
	for _, c := range []struct {
		what string
		got  error
		want error
	}{
		{"no queue", b.Join(Joining{Queue: "none", Interface: "PJSIP/2"}), ErrAddNoQueue},
		{"there by the file", b.Join(Joining{Queue: "q", Interface: "PJSIP/1"}), ErrAlreadyThere},
		{"into another", b.Join(Joining{Queue: "other", Interface: "PJSIP/1"}), nil},
		{"anybody", b.Join(Joining{Queue: "q", Interface: "PJSIP/2", Name: "Two", Penalty: 3, Paused: true, Reason: "lunch"}), nil},
		{"anybody again", b.Join(Joining{Queue: "q", Interface: "PJSIP/2"}), ErrAlreadyThere},
		{"out of no queue", b.Leave("none", "PJSIP/2"), ErrRemoveNoQueue},
		{"who is not there", b.Leave("other", "PJSIP/2"), ErrNotThere},
		{"by the file", b.Leave("q", "PJSIP/1"), ErrNotDynamic},
		{"by hand", b.Leave("other", "PJSIP/1"), nil},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	if m, _ := b.member("PJSIP/2"); m.Name != "Two" || m.Penalty != 3 || !m.Paused || m.Reason != "lunch" || m.Static || m.Status != dialer.DeviceInvalid {
		t.Errorf("added: %+v", m)
	}
	if m, _ := b.member("PJSIP/1"); !m.Static || m.Device != "PJSIP/one" {
		t.Errorf("by the file: %+v", m)
	}
	if b.Remove("", "PJSIP/1") {
		t.Error("a member by the file was removed")
	}
}

// TestReload: a reload of the queues gives members by the file their penalty back and leaves their pause; it says
// nothing.
func TestReload(t *testing.T) {
	b := &bench{New(Config{Queues: []Queue{{Name: "q"}}, Operators: []Operator{
		{Interface: "PJSIP/1", Queues: []string{"q"}, Static: true, Penalty: 2}, {Interface: "PJSIP/2", Queues: []string{"q"}}}}), t}
	b.Advance(time.Minute)
	b.Penalty("", "PJSIP/1", 1002)
	b.Penalty("", "PJSIP/2", 1000)
	b.Pause("", "PJSIP/1", true, "lunch")
	b.Advance(b.Now() + time.Second)
	b.Reload()
	if said := b.Advance(b.Now() + time.Minute); len(said) != 0 {
		t.Errorf("a reload is heard: %v", said)
	}
	one, _ := b.member("PJSIP/1")
	two, _ := b.member("PJSIP/2")
	if one.Penalty != 2 || !one.Paused || two.Penalty != 1000 {
		t.Errorf("after the reload: %+v, %+v", one, two)
	}
}

// TestPersistent: over a restart members stay as they were when their queue was last written down; a penalty
// alone has that done for nobody.
func TestPersistent(t *testing.T) {
	for _, persistent := range []bool{false, true} {
		b := &bench{New(Config{Persistent: persistent, Queues: []Queue{{Name: "q"}},
			Operators: []Operator{{Interface: "PJSIP/1", Queues: []string{"q"}, Guided: true}, {Interface: "PJSIP/2", Queues: []string{"q"}, Static: true}}}), t}
		b.Add("q", "PJSIP/1")
		b.Penalty("", "PJSIP/1", 7)
		b.Pause("", "PJSIP/1", true, "lunch")
		b.Pause("", "PJSIP/2", true, "lunch")
		b.Penalty("", "PJSIP/1", 1007)
		b.Restart(time.Second)
		b.Advance(b.Now() + time.Minute)
		one, there := b.member("PJSIP/1")
		if there != persistent || persistent && (one.Penalty != 7 || !one.Paused || one.Reason != "lunch") {
			t.Errorf("persistent %t: %t %+v", persistent, there, one)
		}
		if two, there := b.member("PJSIP/2"); !there || two.Paused {
			t.Errorf("by the file: %t %+v", there, two)
		}
	}
}

// TestPenaltyMembersLimit: while a queue has no more members than that, penalties count for nothing, and the first
// in the queue's round is rung.
func TestPenaltyMembersLimit(t *testing.T) {
	for limit, ignored := range []bool{false, false, true} {
		b := newBench(t, 1)
		q := b.queues[0]
		first := q.members[0].operator.Interface
		q.PenaltyMembersLimit, q.next = limit, 0
		b.Penalty("", first, 5)
		b.queued()
		if rings, _ := next[AgentCalled](b); (rings.Member.Interface == first) != ignored {
			t.Errorf("limit %d: %s is rung", limit, rings.Member.Interface)
		}
	}
}
