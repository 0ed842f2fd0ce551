package dialer

import (
	"fmt"
	"slices"
	"time"

	"dialerd/dialer/phone"
)

// breaker keeps calls off a trunk whose carrier fails, as a fuse does.
//
//	open ──too many of the last calls fail──► shut ──its pause is over──► half open ──carried──► open
//	                                            ▲                             │
//	                                            └───failed: twice the pause───┘
//
// Half open, the trunk gets one call at a time. A call that says nothing of the trunk, such as one that
// we gave up, leaves it half open, and the next one is the trial.
//
// What is learned is kept by number, the last of each: one number that always fails is one failure,
// however often it is called.
type breaker struct {
	share   float64 // of the last calls that fail; 0: it is never shut
	calls   int     // how many of the last it looks at
	first   time.Duration
	longest time.Duration

	reports []report // while open, the newest last, each number once
	shut    bool     // or half open
	until   time.Duration
	since   time.Duration // Mono; once it has been shut, calls planned before say nothing any more
	pause   time.Duration // the present one, or the last
	began   time.Duration // being shut
	opened  time.Duration
	trial   *call // on its way, half open
	why     string
}

// breakerWithin is how long a report counts, on a trunk with few calls.
const breakerWithin = 10 * time.Minute

// report is what one call says of its trunk: the carrier carried it to its number, or failed to.
type report struct {
	number phone.Number
	at     time.Duration // Mono
	failed bool
	how    string // it failed: outcome and cause
}

// turn is what a report has changed.
type turn uint8

const (
	breakerStays turn = iota
	breakerShut
	breakerOpened
)

func (b *breaker) configure(t Trunk, now time.Duration) {
	b.share, b.calls = float64(t.Breaker), t.BreakerCalls
	b.first, b.longest = t.BreakerPause.Span(), t.BreakerLongest.Span()
	switch {
	case b.share == 0:
		*b = breaker{}
	case b.shut && b.until > now+b.longest:
		b.until = now + b.longest
		b.since = b.until
	}
}

// learn takes in a report of a call that was planned at a time.
func (b *breaker) learn(r report, planned time.Duration) turn {
	switch {
	case b.share == 0 || b.pause > 0 && planned < b.since:
		return breakerStays
	case b.shut && r.failed:
		b.shutFor(min(2*b.pause, b.longest), r.at, "the call that tried it failed: "+r.how)
		return breakerShut
	case b.shut:
		b.shut, b.opened, b.since, b.trial = false, r.at, planned, nil
		b.reports = append(b.reports[:0], r)
		return breakerOpened
	}
	b.note(r)
	failed := b.failures()
	if !r.failed || len(b.reports) < b.least() || float64(failed) < b.share*float64(len(b.reports))-1e-9 {
		return breakerStays
	}
	pause := b.first
	if b.pause > 0 && r.at-b.opened < breakerWithin { // it was open for a moment
		pause = min(2*b.pause, b.longest)
	}
	b.began = r.at
	b.shutFor(pause, r.at, fmt.Sprintf("%d of its last %d calls failed, the last one: %s", failed, len(b.reports), r.how))
	return breakerShut
}

func (b *breaker) shutFor(pause, now time.Duration, why string) {
	b.shut, b.pause, b.until, b.since, b.why = true, pause, now+pause, now+pause, why
}

// least is how many reports there have to be: a trunk is not shut for the first few.
func (b *breaker) least() int { return (b.calls + 1) / 2 }

// note keeps a report in place of the one before on its number, and drops what is too old or too many.
func (b *breaker) note(r report) {
	b.reports = slices.DeleteFunc(b.reports, func(x report) bool {
		return x.number == r.number || r.at-x.at >= breakerWithin
	})
	b.reports = append(b.reports, r)
	if n := len(b.reports) - b.calls; n > 0 {
		b.reports = slices.Delete(b.reports, 0, n)
	}
}

// failures counts the reports of failed calls.
func (b *breaker) failures() (n int) {
	for _, r := range b.reports {
		if r.failed {
			n++
		}
	}
	return n
}

// report is what an attempt that is over says of its trunk; tells is false when it says nothing. What
// a person or his line did was carried to him.
func (a *Attempt) report() (r report, tells bool) {
	switch {
	case a.Cause.By == Person || !a.Answered.IsZero():
		return report{}, true
	case a.Cause.By == Carrier:
		return report{failed: true, how: a.Outcome.String() + a.Cause.numbers()}, true
	}
	return report{}, false
}

// numbers is the SIP status and the cause of Q.850, as far as they were given.
func (c Cause) numbers() (s string) {
	if c.SIP != 0 {
		s += fmt.Sprintf(", SIP %d", c.SIP)
	}
	if c.Q850 != 0 {
		s += fmt.Sprintf(", cause %d", c.Q850)
	}
	return s
}

// recall plays the attempts of the life before to the breakers, in the order in which they ended.
func (b trunkBook) recall(attempts []Attempt, now Now) {
	var byEnd []*Attempt
	for i := range attempts {
		if t := b[attempts[i].Trunk]; t != nil && t.breaker.share > 0 {
			byEnd = append(byEnd, &attempts[i])
		}
	}
	slices.SortStableFunc(byEnd, func(x, y *Attempt) int { return x.Ended.Compare(y.Ended) })
	for _, a := range byEnd {
		if r, tells := a.report(); tells {
			r.number, r.at = a.Number, ago(now, a.Ended)
			b[a.Trunk].breaker.learn(r, ago(now, a.Planned))
		}
	}
}

// ago is the Mono of an instant of the wall clock. One that is still to come, by a clock that was set
// back, is now.
func ago(now Now, at time.Time) time.Duration {
	return now.Mono - max(0, now.Wall.Sub(at))
}
