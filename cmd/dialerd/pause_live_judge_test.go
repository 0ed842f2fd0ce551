package main

import "testing"

// TestMemberTimeline: the judge of the tests beside this one finds what he is there to find.
func TestMemberTimeline(t *testing.T) {
	const anna, boris = "Local/anna", "Local/boris"
	is := func(at float64, iface, status string, penalty int, paused bool) memberEvent {
		return memberEvent{at: at, what: "QueueMemberStatus", queue: "sales", iface: iface, status: status, penalty: penalty, paused: paused}
	}
	call := func(at float64, what, iface string) memberEvent {
		return memberEvent{at: at, what: what, queue: "sales", iface: iface}
	}
	wait := stretch{10, 13}
	for _, c := range []struct {
		name   string
		events []memberEvent
		free   string
		amiss  int
	}{
		{"free all the time", []memberEvent{is(1, anna, notInUse, 0, false)}, anna, 0},
		{"free as the last resort", []memberEvent{is(1, anna, notInUse, 1000, false)}, anna, 0},
		{"paused", []memberEvent{is(1, anna, notInUse, 0, true)}, "", 0},
		{"his telephone is in use", []memberEvent{is(1, anna, "2", 0, false)}, "", 0},
		{"free in another queue", []memberEvent{{what: "QueueMemberStatus", queue: "support", iface: anna, status: notInUse}}, "", 0},
		{"free for a moment", []memberEvent{is(1, anna, "2", 0, false), is(11, anna, notInUse, 0, false), is(11.5, anna, "2", 0, false)}, "", 0},
		{"free long enough", []memberEvent{is(1, anna, "2", 0, false), is(11, anna, notInUse, 0, false), is(11.7, anna, notInUse, 0, true)}, anna, 0},
		{"in a talk, whatever his telephone says", []memberEvent{is(1, anna, notInUse, 0, false), call(9, "AgentCalled", anna), is(9, anna, notInUse, 0, false), call(13, "AgentComplete", anna)}, "", 0},
		{"gone", []memberEvent{is(1, anna, notInUse, 0, false), call(9, "QueueMemberRemoved", anna)}, "", 0},
		{"rung as the last resort, and nobody else is free", []memberEvent{is(1, anna, notInUse, 1000, false), is(1, boris, "2", 0, false), call(5, "AgentCalled", anna)}, "", 0},
		{"rung as the last resort, and somebody is free", []memberEvent{is(1, anna, notInUse, 1000, false), is(1, boris, notInUse, 0, false), call(5, "AgentCalled", anna), call(6, "AgentCalled", boris)}, "", 1},
		{"rung as the last resort, and somebody free is rung for another in the same moment", []memberEvent{is(1, anna, notInUse, 1000, false), is(1, boris, notInUse, 0, false), call(5, "AgentCalled", anna), call(5.01, "AgentCalled", boris)}, "", 0},
		{"rung in the moment in which he becomes the last resort", []memberEvent{is(1, anna, notInUse, 0, false), is(1, boris, notInUse, 0, false), is(4.99, anna, notInUse, 1000, false), call(5, "AgentCalled", anna), call(6, "AgentCalled", boris)}, "", 0},
	} {
		x := &memberLog{t: t, es: append(c.events, call(20, "QueueMemberRemoved", "Local/nobody"))}
		l := x.play()
		if got := l.freeFor("sales", wait); got != c.free || len(l.amiss) != c.amiss {
			t.Errorf("%s: free for the one who waits: %q, want %q; amiss: %q, want %d", c.name, got, c.free, l.amiss, c.amiss)
		}
	}
}
