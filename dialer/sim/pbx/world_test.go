package pbx

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"dialerd/dialer"
)

// bench is a world of two operators, PJSIP/1 and PJSIP/2, in queue q, and customers who answer after
// a second, wait for ever and talk for a minute.
type bench struct {
	*World
	t *testing.T
}

func newBench(t *testing.T, seed uint64) *bench {
	b := &bench{New(Config{Seed: seed, Queues: []Queue{{Name: "q", Ring: 10 * time.Second}}, Trunks: []Trunk{{Name: "main", Lines: 2, CPS: 2}},
		Operators: []Operator{{Interface: "PJSIP/1", Queues: []string{"q"}}, {Interface: "PJSIP/2", Queues: []string{"q"}}},
		Customers: Customers{Ring: time.Second, Patience: 1000 * time.Hour, Talk: time.Minute}, Teams: Teams{PickUp: time.Second}}), t}
	b.Advance(time.Minute) // they have logged in
	return b
}

func (b *bench) call(id dialer.CallID) {
	b.Do(dialer.Originate{Call: id, Dial: fmt.Sprintf("PJSIP/7916000000%d@main", id), Queue: "q", Timeout: time.Minute})
}

// next lets time go until a Happening like this one, and gives it; nothing else of interest comes
// within two minutes.
func next[H Happening](b *bench) (H, time.Duration) {
	b.t.Helper()
	for end := b.Now() + 2*time.Minute; b.Now() < end; {
		at, ok := b.Next()
		if !ok {
			break
		}
		for _, h := range b.Advance(at) {
			if what, ok := h.What.(H); ok {
				return what, h.At
			}
		}
	}
	b.t.Fatalf("no %s within two minutes", reflect.TypeFor[H]())
	panic("not reached")
}

// queued brings call 1 into the queue by an answer of the daemon.
func (b *bench) queued() {
	b.t.Helper()
	b.call(1)
	q, _ := next[Question](b)
	if err := b.Answer(q.Ask, dialer.Answer{OK: true, Action: dialer.ActionQueue, Within: time.Minute}); err != nil {
		b.t.Fatal(err)
	}
}

// TestPenalty: app_queue multiplies penalties by a million in 32 bits (measured on 22.10.1, 16.28.0).
func TestPenalty(t *testing.T) {
	for _, c := range []struct {
		one, two int
		first    string
	}{{0, 10, "PJSIP/1"}, {10, 0, "PJSIP/2"}, {0, 1000, "PJSIP/1"}, {0, 2147, "PJSIP/1"}, {0, 2148, "PJSIP/2"}, {0, 3000, "PJSIP/2"},
		{0, 11000, "PJSIP/2"}, {0, 10000, "PJSIP/1"}, {1500, 10000, "PJSIP/2"}} {
		b := newBench(t, 1)
		b.Penalty("", "PJSIP/1", c.one)
		b.Penalty("", "PJSIP/2", c.two)
		b.queued()
		if rings, _ := next[AgentCalled](b); rings.Member.Interface != c.first {
			t.Errorf("penalties %d and %d: %s is rung, want %s", c.one, c.two, rings.Member.Interface, c.first)
		}
	}
}

// TestPoll: nobody wakes a caller who waits. A member who becomes free is rung between 0 and 1 s
// later; one who is free when the caller comes, within milliseconds.
func TestPoll(t *testing.T) {
	var least, most time.Duration = time.Hour, 0
	for seed := range uint64(50) {
		b := newBench(t, seed)
		b.Pause("", "PJSIP/1", true, "")
		b.Pause("", "PJSIP/2", true, "")
		b.queued()
		b.Advance(b.Now() + time.Duration(seed)*37*time.Millisecond + 3*time.Second)
		free := b.Now()
		b.Pause("", "PJSIP/2", false, "")
		_, at := next[AgentCalled](b)
		least, most = min(least, at-free), max(most, at-free)
	}
	if least > 200*time.Millisecond || most < 800*time.Millisecond || most > 1100*time.Millisecond {
		t.Errorf("between %s and %s from free to rung", least, most)
	}
	b := newBench(t, 1)
	b.queued()
	from := b.Now()
	if _, at := next[AgentCalled](b); at-from > 30*time.Millisecond {
		t.Errorf("%s from the answer to a free member", at-from)
	}
}

// TestWithdraw: a withdrawn caller leaves within a second, unless he has been connected.
func TestWithdraw(t *testing.T) {
	b := newBench(t, 1)
	b.Pause("", "PJSIP/1", true, "")
	b.Pause("", "PJSIP/2", true, "")
	b.queued()
	next[CallerJoin](b)
	from := b.Now()
	b.Do(dialer.Withdraw{Call: 1, Queue: "q"})
	if _, at := next[CallerLeave](b); at-from > 1100*time.Millisecond {
		t.Errorf("he leaves %s after he was withdrawn", at-from)
	}
	b = newBench(t, 1)
	b.queued()
	next[AgentConnect](b)
	b.Do(dialer.Withdraw{Call: 1, Queue: "q"})
	next[AgentComplete](b)
	if f := b.Fate(1); f.Talked-f.Bridged < 10*time.Second || len(b.Breaches()) != 0 {
		t.Errorf("a talk was cut: %+v %v", f, b.Breaches())
	}
}

// TestGuard: the dialplan waits half a second for an answer, then it goes on to the queue.
func TestGuard(t *testing.T) {
	b := newBench(t, 1)
	b.call(1)
	q, asked := next[Question](b)
	_, at := next[CallerJoin](b)
	if d := at - asked; d < 499*time.Millisecond || d > 530*time.Millisecond {
		t.Errorf("in the queue %s after the question", d)
	}
	if err := b.Answer(q.Ask, dialer.Answer{OK: true, Action: dialer.ActionHangup}); !errors.Is(err, ErrLate) {
		t.Errorf("a late answer: %v", err)
	}
	b.call(2)
	q, asked = next[Question](b)
	b.Unheard(q.Ask)
	if _, at := next[CallerJoin](b); at-asked > 30*time.Millisecond {
		t.Errorf("a refused connection costs %s", at-asked)
	}
}

// TestHold: outside the queue until a Redirect; the dialplan's own timer is a second longer than the
// daemon's limit.
func TestHold(t *testing.T) {
	b := newBench(t, 1)
	b.call(1)
	q, _ := next[Question](b)
	hold := dialer.Answer{OK: true, Action: dialer.ActionHold, Within: 2 * time.Second}
	if err := b.Answer(q.Ask, hold); err != nil {
		t.Fatal(err)
	}
	from := b.Now()
	if _, at := next[CallerJoin](b); at-from < 3*time.Second || b.Fate(1).Overstayed == 0 {
		t.Errorf("in the queue after %s, by the timer: %t", at-from, b.Fate(1).Overstayed != 0)
	}
	b.call(2)
	q, _ = next[Question](b)
	if err := b.Answer(q.Ask, hold); err != nil {
		t.Fatal(err)
	}
	b.Advance(b.Now() + 2*restless)
	from = b.Now()
	b.Do(dialer.Redirect{Call: 2, To: dialer.ActionQueue})
	if _, at := next[CallerJoin](b); at-from > 30*time.Millisecond || b.Fate(2).Overstayed != 0 {
		t.Errorf("in the queue %s after the redirect", at-from)
	}
}

// TestBreaches: what no dialer should do is seen.
func TestBreaches(t *testing.T) {
	for name, do := range map[string]func(b *bench){
		"redirect out of a talk": func(b *bench) {
			b.queued()
			next[AgentConnect](b)
			b.Do(dialer.Redirect{Call: 1, To: dialer.ActionMessage})
		},
		"redirect of a channel on its way": func(b *bench) {
			b.call(1)
			q, _ := next[Question](b)
			if err := b.Answer(q.Ask, dialer.Answer{OK: true, Action: dialer.ActionHold, Within: time.Second}); err != nil {
				b.t.Fatal(err)
			}
			b.Do(dialer.Redirect{Call: 1, To: dialer.ActionQueue})
		},
		"hangup in a talk": func(b *bench) {
			b.queued()
			next[AgentConnect](b)
			b.Do(dialer.Hangup{Call: 1})
		},
		"the same call again": func(b *bench) { b.call(1); b.call(1) },
		"more than the lines": func(b *bench) {
			b.call(1)
			b.call(2)
			b.Advance(b.Now() + 1100*time.Millisecond)
			b.call(3)
		},
		"too fast": func(b *bench) {
			b.call(1)
			b.call(2)
			b.Do(dialer.Hangup{Call: 1})
			b.call(3)
		},
		"one number twice": func(b *bench) {
			b.call(1)
			b.Do(dialer.Originate{Call: 2, Dial: "PJSIP/79160000001@main", Timeout: time.Minute})
		},
	} {
		b := newBench(t, 1)
		do(b)
		if len(b.Breaches()) != 1 {
			t.Errorf("%s: breaches %v", name, b.Breaches())
		}
	}
}

// TestOrder: what is said of one thing keeps its order, what is said of two does not.
func TestOrder(t *testing.T) {
	first := 0
	for seed := range uint64(200) {
		b := newBench(t, seed)
		b.call(1)
		_, dialed := next[DialEnd](b)
		b = newBench(t, seed)
		b.call(1)
		if _, reported := next[OriginateResponse](b); reported < dialed {
			first++
		}
	}
	if first < 60 || first > 140 {
		t.Errorf("the report of the Originate comes before the DialEnd %d of 200 times", first)
	}
}
