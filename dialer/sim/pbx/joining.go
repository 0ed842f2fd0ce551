package pbx

import (
	"errors"

	"dialerd/dialer"
)

// Why Asterisk does not do what is wanted with a member, in its own words.
var (
	ErrAddNoQueue    = errors.New("Unable to add interface to queue: No such queue")
	ErrAlreadyThere  = errors.New("Unable to add interface: Already there")
	ErrRemoveNoQueue = errors.New("Unable to remove interface from queue: No such queue")
	ErrNotThere      = errors.New("Unable to remove interface: Not there")
	ErrNotDynamic    = errors.New("Member not dynamic")
)

// Joining is a member as QueueAdd wants him. What is left empty is as the interface has it.
type Joining struct {
	Queue, Interface string
	Name, Device     string
	Penalty          int
	Paused           bool
	Reason           string
}

// Join makes an interface a member of a queue. Asterisk takes any interface; behind one that no operator has
// there is no telephone.
func (w *World) Join(j Joining) error {
	q := w.queue(j.Queue)
	if q == nil || w.down {
		return ErrAddNoQueue
	}
	o := w.operator(j.Interface)
	if o == nil {
		o = &operator{Operator: Operator{Name: j.Interface, Interface: j.Interface, PickUp: Never}, device: dialer.DeviceInvalid}
		w.operators = append(w.operators, o)
	}
	if o.in(q) != nil {
		return ErrAlreadyThere
	}
	m := o.member(q)
	if j.Name != "" {
		m.name = j.Name
	}
	if j.Device != "" {
		m.device = j.Device
	}
	m.penalty, m.paused, m.reason = j.Penalty, j.Paused, j.Reason
	w.enlist(m)
	return nil
}

// Leave takes an interface out of a queue.
func (w *World) Leave(queue, iface string) error {
	q, o := w.queue(queue), w.operator(iface)
	if q == nil || w.down {
		return ErrRemoveNoQueue
	}
	if o == nil || o.in(q) == nil {
		return ErrNotThere
	}
	if o.in(q).static {
		return ErrNotDynamic
	}
	w.remove(o.in(q))
	return nil
}

// Reload is queues.conf read anew: members by the file have the penalties of the file again, and nobody is told.
func (w *World) Reload() {
	for _, q := range w.queues {
		for _, m := range q.members {
			if m.static {
				m.penalty = m.operator.Penalty
			}
		}
	}
}

// saved is a member as Asterisk keeps him over a restart (persistentmembers). It writes all of a queue down when
// one is added, removed or paused, and not when a penalty changes.
type saved struct {
	operator *operator
	member   member
}

func (w *World) save(q *queue) {
	if !w.config.Persistent {
		return
	}
	q.saved = q.saved[:0]
	for _, m := range q.members {
		if !m.static {
			q.saved = append(q.saved, saved{m.operator, *m})
		}
	}
}

// restore makes those members again who outlive a restart.
func (w *World) restore() {
	for _, q := range w.queues {
		for _, o := range w.operators {
			if o.Static && o.listedIn(q.Name) {
				w.enrol(o.member(q))
			}
		}
		for _, s := range q.saved {
			m := s.member
			m.calls = 0
			w.enrol(&m)
		}
	}
}
