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
	name     string
	device   string // the telephone whose state counts; empty: the interface
	static   bool   // by queues.conf
	listed   bool   // he is in the queue; a talk outlives that
	penalty  int
	paused   bool
	reason   string
	calls    int
	login    time.Duration
}

func (w *World) record(m *member) Record {
	o := m.operator
	return Record{
		Member: dialer.Member{Queue: m.queue.Name, Name: m.name, Interface: o.Interface, Status: o.device,
			Paused: m.paused, Reason: m.reason, Penalty: m.penalty, Device: m.device, Static: m.static},
		Calls: m.calls, LastCall: o.lastCall, Login: m.login,
	}
}

// member is an operator as a member of one of his queues who has just come.
func (o *operator) member(q *queue) *member {
	return &member{queue: q, operator: o, name: o.Name, device: o.Device, static: o.Static && o.listedIn(q.Name), penalty: o.Penalty}
}

// listedIn tells whether he is to be a member of a queue.
func (o *operator) listedIn(queue string) bool { return slices.Contains(o.Queues, queue) }

// in is the operator as a member of a queue; nil when he is none.
func (o *operator) in(q *queue) *member {
	for _, m := range o.members {
		if m.queue == q {
			return m
		}
	}
	return nil
}

// enrol puts a member into his queue, without a word.
func (w *World) enrol(m *member) {
	m.login, m.listed = w.now, true
	m.operator.members = append(m.operator.members, m)
	m.queue.members = append(m.queue.members, m)
}

// enlist puts a member into his queue.
func (w *World) enlist(m *member) {
	w.enrol(m)
	w.save(m.queue)
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
	w.save(q)
	w.say(topicMember, MemberRemoved{w.record(m)})
}

func (w *World) pause(m *member, paused bool, reason string) {
	m.paused, m.reason = paused, reason
	w.save(m.queue)
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

// Remove takes an interface out of a queue, or of all of them; those of queues.conf it stays in.
func (w *World) Remove(queue, iface string) (removed bool) {
	w.each(queue, iface, func(m *member) {
		if !m.static {
			w.remove(m)
			removed = true
		}
	})
	return removed
}

// Add puts an operator into a queue; it is false when he is a member, or not known.
func (w *World) Add(queue, iface string) bool {
	o := w.operator(iface)
	return o != nil && w.Join(Joining{Queue: queue, Interface: iface, Penalty: o.Penalty}) == nil
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
