package dialer

import (
	"slices"
	"strings"
	"time"

	"dialerd/dialer/phone"
)

// poolBook is the caller-ID pools by name, with how often each number was shown today. Days are those
// of a pool's own zone, so what is shown is counted once for each zone there is. A number counts
// wherever it was taken from: it may be in two pools, or an operator's own.
type poolBook struct {
	byName map[string]*pool
	zones  []*dayCount // one for each zone of a pool
}

type pool struct {
	Pool
	out   map[phone.Number]bool
	today *dayCount
}

// dayCount is how often each number was shown on the day that it is in a zone. The count of the day
// before is kept: the wall clock may be set back over midnight.
type dayCount struct {
	zone   *time.Location
	day    string
	shown  map[phone.Number]int
	before struct {
		day   string
		shown map[phone.Number]int
	}
}

func (b *poolBook) configure(pools []Pool, zone func(string) *time.Location) {
	before := b.zones
	b.byName, b.zones = map[string]*pool{}, nil
	for _, x := range pools {
		x.Prefix = strings.TrimPrefix(x.Prefix, "+")
		p := &pool{Pool: x, out: map[phone.Number]bool{}, today: b.count(zone(x.Timezone), before)}
		for _, n := range x.Out {
			p.out[n] = true
		}
		b.byName[x.Name] = p
	}
}

// count is the count of a zone. A zone that a reload brings begins with the count of another one: days
// differ by some hours, and it is better to show a number too seldom on the first.
func (b *poolBook) count(zone *time.Location, before []*dayCount) *dayCount {
	same := func(c *dayCount) bool { return c.zone.String() == zone.String() }
	if i := slices.IndexFunc(b.zones, same); i >= 0 {
		return b.zones[i]
	}
	c := &dayCount{zone: zone, shown: map[phone.Number]int{}}
	if i := slices.IndexFunc(before, same); i >= 0 {
		c = before[i]
	} else if len(before) > 0 {
		c.day = before[0].day
		for n, times := range before[0].shown {
			c.shown[n] = times
		}
	}
	b.zones = append(b.zones, c)
	return c
}

// turn begins the count anew when the day is another.
func (c *dayCount) turn(now time.Time) {
	day := now.In(c.zone).Format(time.DateOnly)
	if c.day == day {
		return
	}
	last := c.before
	c.before.day, c.before.shown = c.day, c.shown
	c.day, c.shown = day, map[phone.Number]int{}
	if last.day == day {
		c.shown = last.shown
	}
}

// add counts what was shown at a time, if that was today.
func (c *dayCount) add(n phone.Number, times int, at, now time.Time) {
	c.turn(now)
	if at.In(c.zone).Format(time.DateOnly) == c.day {
		c.shown[n] = max(0, c.shown[n]+times)
	}
}

// show counts a call that shows a number, planned at a time.
func (b *poolBook) show(n phone.Number, at, now time.Time) { b.add(n, 1, at, now) }

// takeBack is show undone, for a call that was never placed.
func (b *poolBook) takeBack(n phone.Number, at, now time.Time) { b.add(n, -1, at, now) }

func (b *poolBook) add(n phone.Number, times int, at, now time.Time) {
	for _, c := range b.zones {
		if n != 0 {
			c.add(n, times, at, now)
		}
	}
}

// recall counts the calls of today that were placed before the daemon was started. One that was
// cancelled has been placed when it ended with a cause.
func (b *poolBook) recall(attempts []Attempt, now time.Time) {
	for i := range attempts {
		a := &attempts[i]
		if a.Outcome != Cancelled || a.Cause.numbers() != "" {
			b.show(a.CallerID, a.Planned, now)
		}
	}
}
