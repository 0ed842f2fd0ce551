package pbx

import (
	"time"

	"dialerd/dialer"
)

// operator is a person at work: he comes and goes by his shift, takes breaks, and picks up when his
// telephone rings.
type operator struct {
	Operator
	members  []*member
	device   dialer.DeviceState
	lastCall time.Duration
	wrapup   time.Duration // of the queue of his last call
	talk     *channel
	atWork   bool
	resting  bool // on a break
	talked   time.Duration
	worked   time.Duration // at work and not on a break
	since    time.Duration // of the present stretch of work
}

// scheduleShift has an operator come and go. He is a little early or late.
func (w *World) scheduleShift(o *operator) {
	w.agenda.Add(o.From+w.between(0, 20*time.Second), func() {
		o.atWork = true
		w.login(o)
		if !o.Guided {
			w.scheduleBreak(o)
		}
		w.scheduleOwnCall(o)
		w.scheduleDropout(o)
	})
	if o.To > o.From {
		w.agenda.Add(o.To+w.between(0, 3*time.Minute), func() {
			w.rest(o)
			o.atWork = false
			if !o.Guided {
				w.Remove("", o.Interface)
			}
		})
	}
}

// login makes him a member of his queues; he begins to work, unless he is on a break.
func (w *World) login(o *operator) {
	if !o.atWork || w.down || !o.Static && len(o.members) > 0 {
		return
	}
	for _, name := range o.Queues {
		if q := w.queue(name); q != nil && o.in(q) == nil && !o.Guided && !o.Static {
			w.enlist(o.member(q))
		}
	}
	if o.resting && !o.Guided {
		w.Pause("", o.Interface, true, "lunch")
		return
	}
	o.since = w.now
}

// relogin has an operator find his place after a restart: Asterisk may have kept him as he was before.
func (w *World) relogin(o *operator) {
	switch {
	case !w.config.Persistent || o.Guided:
	case !o.atWork:
		w.Remove("", o.Interface)
	case !o.resting:
		w.Pause("", o.Interface, false, "")
	}
	w.login(o)
}

// rest ends a stretch of work in the books.
func (w *World) rest(o *operator) {
	if o.atWork && !o.resting {
		o.worked += w.now - o.since
	}
}

func (w *World) scheduleBreak(o *operator) {
	every := w.config.Teams.BreakEvery
	if every == 0 {
		return
	}
	w.agenda.Add(w.now+w.exponential(every), func() {
		if !o.atWork {
			return
		}
		w.rest(o)
		o.resting = true
		w.Pause("", o.Interface, true, "lunch")
		w.agenda.Add(w.now+w.exponential(w.config.Teams.Break), func() {
			o.resting, o.since = false, w.now
			w.Pause("", o.Interface, false, "")
			if o.atWork {
				w.scheduleBreak(o)
			}
		})
	})
}

// AtWork tells whether an operator is at his desk, by his shift.
func (w *World) AtWork(iface string) bool {
	o := w.operator(iface)
	return o != nil && o.atWork
}

// Rest notes that a guided operator takes a break, or that it is over.
func (w *World) Rest(iface string, resting bool) {
	if o := w.operator(iface); o != nil && o.resting != resting {
		w.rest(o)
		o.resting, o.since = resting, w.now
	}
}

// comeBack has an operator whom Asterisk has paused notice it after a while.
func (w *World) comeBack(o *operator) {
	w.after(w.between(10*time.Second, 2*time.Minute), func() {
		if !o.resting && !o.Guided {
			w.Pause("", o.Interface, false, "")
		}
	})
}

// scheduleOwnCall has him use his telephone for something that is not the queue's.
func (w *World) scheduleOwnCall(o *operator) {
	w.scheduleDevice(o, w.config.Teams.OwnCalls, dialer.DeviceInUse, time.Minute)
}

// scheduleDropout has his device lose its registration.
func (w *World) scheduleDropout(o *operator) {
	w.scheduleDevice(o, w.config.Teams.Unreachable, dialer.DeviceUnavailable, 30*time.Second)
}

func (w *World) scheduleDevice(o *operator, perHour float64, s dialer.DeviceState, mean time.Duration) {
	d, ever := w.every(perHour)
	if !ever {
		return
	}
	w.agenda.Add(w.now+d, func() {
		if !o.atWork {
			return
		}
		w.scheduleDevice(o, perHour, s, mean)
		if o.device != dialer.DeviceNotInUse {
			return
		}
		w.setDevice(o, s)
		w.agenda.Add(w.now+w.exponential(mean), func() {
			if o.device == s && o.talk == nil {
				w.setDevice(o, dialer.DeviceNotInUse)
			}
		})
	})
}

// Work is what the operators have done so far.
type Work struct {
	Worked time.Duration // at work and not on a break, together
	Talked time.Duration
}

// Work is what the operators have done so far.
func (w *World) Work() (sum Work) {
	for _, o := range w.operators {
		sum.Worked += o.worked
		if o.atWork && !o.resting {
			sum.Worked += w.now - o.since
		}
		sum.Talked += o.talked
		if o.talk != nil {
			sum.Talked += w.now - o.talk.talk.began
		}
	}
	return sum
}
