package pbx

import (
	"slices"
	"time"

	"dialerd/dialer"
)

// member is an operator in one queue.
type member struct {
	queue    *queue
	operator *operator
	listed   bool // he is in the queue; a talk outlives that
	penalty  int
	paused   bool
	reason   string
	calls    int
	login    time.Duration
}

func (w *World) record(m *member) Record {
	o := m.operator
	return Record{
		Member: dialer.Member{Queue: m.queue.Name, Name: o.Name, Interface: o.Interface, Status: o.device,
			Paused: m.paused, Reason: m.reason, Penalty: m.penalty},
		Calls: m.calls, LastCall: o.lastCall, Login: m.login,
	}
}

// add makes an operator a member of one of his queues.
func (w *World) add(o *operator, q *queue) {
	m := &member{queue: q, operator: o, listed: true, penalty: o.Penalty, login: w.now}
	o.members = append(o.members, m)
	q.members = append(q.members, m)
	w.say(topicMember, MemberAdded{w.record(m)})
}

// remove takes a member out of his queue. What rings at him rings on, and a talk goes on.
func (w *World) remove(m *member) {
	m.listed = false
	q := m.queue
	q.members = slices.DeleteFunc(q.members, func(x *member) bool { return x == m })
	if len(q.members) > 0 {
		q.next %= len(q.members)
	}
	m.operator.members = slices.DeleteFunc(m.operator.members, func(x *member) bool { return x == m })
	w.say(topicMember, MemberRemoved{w.record(m)})
}

func (w *World) pause(m *member, paused bool, reason string) {
	m.paused, m.reason = paused, reason
	w.say(topicMember, MemberPause{w.record(m)})
}

// setDevice changes the state of an operator's device, which shows in each of his queues.
func (w *World) setDevice(o *operator, s dialer.DeviceState) {
	if o.device == s {
		return
	}
	o.device = s
	for _, m := range o.members {
		w.say(topicMember, MemberStatus{w.record(m)})
	}
}

// Pause pauses an interface in a queue, or in all of them, or lifts the pause; it is false when it
// is no member.
func (w *World) Pause(queue, iface string, paused bool, reason string) bool {
	return w.each(queue, iface, func(m *member) { w.pause(m, paused, reason) })
}

// Penalty sets the penalty of an interface in a queue, or in all of them.
func (w *World) Penalty(queue, iface string, penalty int) bool {
	return w.each(queue, iface, func(m *member) {
		m.penalty = penalty
		w.say(topicMember, MemberPenalty{w.record(m)})
	})
}

// Remove takes an interface out of a queue, or of all of them.
func (w *World) Remove(queue, iface string) bool { return w.each(queue, iface, w.remove) }

// Add puts an operator into a queue; it is false when he is a member, or not known.
func (w *World) Add(queue, iface string) bool {
	q, o := w.queue(queue), w.operator(iface)
	if q == nil || o == nil || w.each(queue, iface, func(*member) {}) {
		return false
	}
	w.add(o, q)
	return true
}

func (w *World) each(queue, iface string, do func(*member)) (found bool) {
	o := w.operator(iface)
	if o == nil || w.down {
		return false
	}
	for _, m := range slices.Clone(o.members) {
		if queue == "" || m.queue.Name == queue {
			do(m)
			found = true
		}
	}
	return found
}

func (w *World) operator(iface string) *operator {
	for _, o := range w.operators {
		if o.Interface == iface {
			return o
		}
	}
	return nil
}
