package ami

import (
	"errors"
	"slices"
	"sync"
	"time"

	"dialerd/dialer"
)

// Send's errors when it takes nothing.
var (
	ErrDown    = errors.New("ami: the link is down")
	ErrFull    = errors.New("ami: too many actions wait to be written")
	ErrStalled = errors.New("ami: Asterisk answers nothing, an Originate would come late")
)

// stallAfter is how long Asterisk may leave an action without an answer, which takes it less than a
// millisecond, before Originates are refused. What is written to an Asterisk that hangs it does when
// it wakes up, even if the connection is long gone; so little may be written.
const stallAfter = 2 * time.Second

// request is what an action is for, which says what its response means.
type request uint8

const (
	requestOriginate request = iota
	requestRedirect
	requestWithdraw
	requestHangup
	requestMember // his pause or his penalty, that he comes or goes; the last of the effects
	requestPing
	requestFilter
	requestProbe    // an action without its channel, to learn whether we may
	requestStatus   // when Asterisk was started
	requestSettings // its version
	requestMembers  // a list
	requestCalls    // a list
)

// action is one thing for the PBX to do.
type action struct {
	request request
	name    string // of the action, as Asterisk knows it
	id      string // ActionID
	call    dialer.CallID
	wire    []byte
	sent    time.Time // when it was given to the socket
}

// outbox holds the actions of one connection: those that wait to be written, and those whose answer
// is awaited. The writer takes, the reader settles, anyone puts.
type outbox struct {
	limit int
	wake  chan struct{} // holds one token when there is something to take
	done  chan struct{} // closed with the outbox

	mu      sync.Mutex
	closed  bool
	queue   []action
	writing []action // taken, and not known to be written
	awaited map[string]action
	calls   calls
	callers map[dialer.CallID]string // in queues, each with the name of its channel
}

func newOutbox(limit int) *outbox {
	return &outbox{
		limit:   limit,
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		awaited: map[string]action{},
		calls:   calls{},
		callers: map[dialer.CallID]string{},
	}
}

// put queues an action. Only effects are refused for a full queue: what the link itself asks for is
// little and keeps it alive. Only Originates are refused for a stall: a hang-up is welcome late.
func (o *outbox) put(a action) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
		return ErrDown
	case len(o.queue) >= o.limit && a.request <= requestMember:
		return ErrFull
	case a.request == requestOriginate && o.stalled():
		return ErrStalled
	}
	o.queue = append(o.queue, a)
	select {
	case o.wake <- struct{}{}:
	default:
	}
	return nil
}

func (o *outbox) stalled() bool {
	then := time.Now().Add(-stallAfter)
	for _, a := range o.awaited {
		if a.sent.Before(then) {
			return true
		}
	}
	return false
}

// take waits for actions and gives all there are as one piece of wire; nil when the outbox is
// closed. From here on their answers are awaited and their calls may exist.
func (o *outbox) take(wire []byte) []byte {
	select {
	case <-o.wake:
	case <-o.done:
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil
	}
	o.writing, o.queue = o.queue, nil
	now := time.Now()
	for i := range o.writing {
		a := &o.writing[i]
		a.sent = now
		wire = append(wire, a.wire...)
		if a.request == requestOriginate {
			o.calls.began(a.call)
		}
		o.awaited[a.id] = action{request: a.request, name: a.name, id: a.id, call: a.call, sent: now}
	}
	return wire
}

// wrote says how much of what was taken is written. An action whose last byte is not has not been
// heard, as Asterisk acts on the empty line.
func (o *outbox) wrote(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.writing) > 0 && n >= len(o.writing[0].wire) {
		n -= len(o.writing[0].wire)
		o.writing = o.writing[1:]
	}
}

// awaits is the action that a response answers. More is set when a list follows the response, and
// its answer is still awaited then.
func (o *outbox) awaits(id string, more bool) (action, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	a, ok := o.awaited[id]
	if !more {
		delete(o.awaited, id)
	}
	return a, ok
}

// overdue is some action that was given to the socket before then and has no answer; it is awaited
// no longer. Pings are counted elsewhere.
func (o *outbox) overdue(then time.Time) (action, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, a := range o.awaited {
		if a.sent.Before(then) && a.request != requestPing {
			delete(o.awaited, id)
			return a, true
		}
	}
	return action{}, false
}

// close takes nothing more and lets the writer go.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.closed = true
		close(o.done)
	}
}

// unsent is the calls whose Originate was never written. It is asked after the writer has gone.
func (o *outbox) unsent() (ids []dialer.CallID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, a := range slices.Concat(o.writing, o.queue) {
		if a.request == requestOriginate {
			ids = append(ids, a.call)
		}
	}
	return ids
}

// ended says that a call of ours is over, or never was.
func (o *outbox) ended(id dialer.CallID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.calls, id)
	delete(o.callers, id)
}

// joined says that a call waits in a queue, and what its channel is called. No other event is asked
// for that would tell the name.
func (o *outbox) joined(id dialer.CallID, channel string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.callers[id] = channel
}

// left says that a call waits no longer.
func (o *outbox) left(id dialer.CallID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.callers, id)
}

// caller is the name of the channel of a call that waits in a queue; else empty.
func (o *outbox) caller(id dialer.CallID) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.callers[id]
}

// audit compares the calls believed to live with those that the PBX has, and gives those that were
// absent the last time too.
func (o *outbox) audit(present []dialer.LiveCall) []dialer.CallID {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.calls.audit(present)
}
