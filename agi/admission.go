package agi

import (
	"container/list"
	"errors"
	"sync"
	"time"
)

// admission bounds the connections that are open.
//
//	waiting ──► asked ──► closed     the whole environment came; one of maxAsked was free
//	   ├──► late ──► closed          the deadline passed; closed in its turn (closeLate)
//	   └─────┴──► evicted            closed for a newer one: all of maxWaiting were taken
//
// Asterisk sends its environment in the moment it connects, so the connection that has waited longest
// is the one least likely to be Asterisk, and has to go when there is no place for the newest. Any
// number of connections that say nothing thus takes nothing from one that asks. One that has asked
// is never closed for another.
type admission struct {
	maxWaiting, maxAsked int

	mu      sync.Mutex
	waiting list.List // of *session, the oldest first
	late    list.List // of *session, the oldest first
	asked   int
}

var (
	errEvicted = errors.New("closed for a newer connection: this one had not asked yet")
	errTooMany = errors.New("too many questions at once")
)

// leastWait is how long a connection has at least to ask before it is closed for a newer one; the
// newer ones wait in the kernel. So a busy Asterisk has its time, and a flood does not have all of the
// processors. With 2,000 attackers and a third as many places, 100 ms left no question without an
// answer where 40 ms left one in five: those came out of the queue sooner, and were closed too soon.
const leastWait = 100 * time.Millisecond

// enter has a session wait. It gives the one that has to be closed for it, or nil; or how long it
// takes at most until there is one, and x is to enter again then.
func (a *admission) enter(x *session, now time.Time) (evicted *session, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting.Len()+a.late.Len() >= a.maxWaiting {
		if wait = leastWait - now.Sub(a.oldest().entered); wait > 0 {
			return nil, wait
		}
		evicted = a.evict()
	}
	x.place = a.waiting.PushBack(x)
	return evicted, 0
}

// evictOldest takes out the one that has waited longest, which then has to be closed; nil: none waits.
func (a *admission) evictOldest() *session {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.evict()
}

func (a *admission) evict() *session {
	x := a.oldest()
	if x != nil {
		a.remove(x)
		x.evicted = true
	}
	return x
}

// oldest is the one that has waited longest.
func (a *admission) oldest() *session {
	if x := first(&a.late); x != nil {
		return x
	}
	return first(&a.waiting)
}

// ask gives a waiting session one of those that may ask. Its error says why it may not.
func (a *admission) ask(x *session) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if x.evicted {
		return errEvicted
	}
	if a.asked >= a.maxAsked {
		return errTooMany
	}
	a.remove(x)
	x.asked = true
	a.asked++
	return nil
}

// beLate has a session that never asked wait for its turn to be closed. It is false when it was
// evicted before.
func (a *admission) beLate(x *session) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if x.evicted {
		return false
	}
	a.remove(x)
	x.place = a.late.PushBack(x)
	return true
}

// nextLate takes out the session whose turn it is, which then has to be closed; nil: none is late.
func (a *admission) nextLate() *session {
	a.mu.Lock()
	defer a.mu.Unlock()
	x := first(&a.late)
	if x != nil {
		a.remove(x)
	}
	return x
}

// leave is the end of a session, whose connection is closed. It tells whether it was evicted.
func (a *admission) leave(x *session) (evicted bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(x)
	if x.asked {
		a.asked--
	}
	return x.evicted
}

// open is how many there are.
func (a *admission) open() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.waiting.Len() + a.late.Len() + a.asked
}

// remove takes a session out of whichever list it is in.
func (a *admission) remove(x *session) {
	if x.place != nil {
		a.waiting.Remove(x.place)
		a.late.Remove(x.place)
		x.place = nil
	}
}

func first(l *list.List) *session {
	if e := l.Front(); e != nil {
		return e.Value.(*session)
	}
	return nil
}
