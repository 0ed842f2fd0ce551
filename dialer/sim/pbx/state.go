package pbx

import (
	"cmp"
	"slices"
	"time"

	"dialerd/dialer"
)

// State is all members and all calls of the dialer's at this moment, as QueueStatus and
// CoreShowChannels list them.
func (w *World) State() (members []Record, calls []dialer.LiveCall) {
	for _, q := range w.queues {
		for _, m := range q.members {
			r := w.record(m)
			r.InCall = m.operator.talk != nil && m.operator.talk.talk.member == m
			members = append(members, r)
		}
	}
	for _, c := range w.live {
		if c.call == 0 {
			continue
		}
		x := dialer.LiveCall{Call: c.call, Up: c.stage != stageDialing}
		if c.entry != nil {
			x.Queue = c.entry.queue.Name
		}
		if c.talk != nil {
			x.Agent = c.talk.member.operator.Interface
		}
		calls = append(calls, x)
	}
	slices.SortFunc(calls, func(a, b dialer.LiveCall) int { return cmp.Compare(a.Call, b.Call) })
	return members, calls
}

// Up tells whether Asterisk runs.
func (w *World) Up() bool { return !w.down }

// Free tells whether an operator has been there for app_queue to ring for some seconds at least,
// in one of his queues.
func (w *World) Free(iface string) bool {
	o := w.operator(iface)
	return o != nil && (o.lastCall == 0 || w.now-o.lastCall > o.wrapup+5*time.Second) && slices.ContainsFunc(o.members, w.available)
}

// Talks tells whether an operator talks to a caller.
func (w *World) Talks(iface string) bool {
	o := w.operator(iface)
	return o != nil && o.talk != nil
}

// LastCall is when an operator's last talk from a queue ended; 0 when he had none.
func (w *World) LastCall(iface string) time.Duration {
	if o := w.operator(iface); o != nil {
		return o.lastCall
	}
	return 0
}

// Started is when this Asterisk was started.
func (w *World) Started() time.Duration { return w.started }

// Restart ends Asterisk and starts it again: its channels and its dynamic members, unless they persist, are
// gone without a word. The operators log in again one by one.
func (w *World) Restart(after time.Duration) {
	if w.down {
		return
	}
	for _, c := range slices.Clone(w.live) {
		c.fate.Crashed = true
		if c.talk != nil {
			c.fate.Talked = w.now
			c.talk.member.operator.talked += w.now - c.talk.began
		}
		w.drop(c)
		c.entry, c.talk = nil, nil
	}
	for _, q := range w.queues {
		q.members, q.waiting, q.next = nil, nil, 0
	}
	for _, o := range w.operators {
		o.members, o.talk, o.device = nil, nil, dialer.DeviceNotInUse
		w.rest(o)
		o.since = w.now
	}
	clear(w.asked)
	w.out.list = w.out.list[:0]
	w.topics = [lastTopic]time.Duration{}
	w.down = true
	w.life++
	w.sayAt(w.now, Stopped{})
	w.after(after, func() {
		w.down = false
		w.started = w.now
		w.restore()
		w.sayAt(w.now, Started{})
		for _, o := range w.operators {
			w.after(w.between(time.Second, 40*time.Second), func() { w.relogin(o) })
		}
	})
}
