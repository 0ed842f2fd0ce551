package dialer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dialerd/dialer/phone"
)

// trunk is a way out at work.
type trunk struct {
	Trunk
	calls   int  // under way
	gone    bool // not configured any more
	rate    throttle
	breaker breaker
}

// dial is what Asterisk is to dial for a number.
func (t *trunk) dial(n phone.Number) string {
	return strings.NewReplacer("{number}", n.String(), "{digits}", n.Digits()).Replace(t.Dial)
}

// refuses tells why a trunk cannot start a call now, and how long that will be so at least; why is
// empty when it can. Booked is how many calls it has been planned for already and not started.
func (t *trunk) refuses(booked int, now Now) (why string, wait time.Duration) {
	if why, wait = t.shutFor(nil, now); why != "" {
		return why, wait
	}
	switch {
	case t.Lines > 0 && t.calls >= t.Lines:
		return "the lines of trunk " + t.Name + " are taken", 0
	case t.rate.room(now.Mono, 1) <= booked:
		return "trunk " + t.Name + " has started its calls of this second", 0
	}
	return "", 0
}

// shutFor tells why the breaker of a trunk keeps a call from going out, and for how long at least; c is
// nil for a new one.
func (t *trunk) shutFor(c *call, now Now) (why string, wait time.Duration) {
	b := &t.breaker
	switch {
	case !b.shut || c != nil && b.trial == c:
		return "", 0
	case now.Mono < b.until:
		wait = b.until - now.Mono
		return fmt.Sprintf("trunk %s is shut until %s", t.Name, clockTime(now, b.until)), wait
	case b.trial != nil:
		return fmt.Sprintf("trunk %s was shut and is tried with one call", t.Name), 0
	}
	return "", 0
}

// clockTime is an instant of Mono as the wall shows it.
func clockTime(now Now, mono time.Duration) string {
	return now.Wall.Add(mono - now.Mono).Format(time.TimeOnly)
}

// took counts a call that a trunk carries from now on. When it is half open, this is the one to try it.
func (t *trunk) took(c *call, now time.Duration) {
	t.calls++
	if b := &t.breaker; b.shut && now >= b.until && b.trial == nil {
		b.trial = c
	}
}

// released counts a call out. A trial that showed nothing leaves the trunk half open, for another.
func (t *trunk) released(c *call) {
	t.calls--
	if t.breaker.trial == c {
		t.breaker.trial = nil
	}
}

// trunkBook is the trunks by name. One that is no longer configured stays until its calls end.
type trunkBook map[string]*trunk

func (b trunkBook) configure(trunks []Trunk, now time.Duration) {
	for name, t := range b {
		if slices.ContainsFunc(trunks, func(x Trunk) bool { return x.Name == name }) {
			continue
		}
		t.gone = true
		if t.calls == 0 {
			delete(b, name)
		}
	}
	for _, x := range trunks {
		t := b.get(x.Name)
		t.Trunk, t.gone = x, false
		t.rate.set(x.CPS)
		t.breaker.configure(x, now)
	}
}

func (b trunkBook) get(name string) *trunk {
	t := b[name]
	if t == nil {
		t = &trunk{Trunk: Trunk{Name: name}}
		b[name] = t
	}
	return t
}
