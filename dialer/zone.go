package dialer

import (
	"strings"
	"time"

	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

// NumberZones says in which zones the numbers with some prefixes are: in one of them, and which cannot
// be told from the number.
type NumberZones struct {
	Zones    []string // IANA names
	Prefixes []string // the longest that a number begins with counts
}

// zoneSet is the zones in which it has to be allowed to call a person. There is one set for the same
// names, so that it can be a key.
type zoneSet struct {
	list []*time.Location
}

// zoneBook is the zones by name and by number.
type zoneBook struct {
	sets     map[string]*zoneSet // by their names, with spaces between; nil: the tz database knows none of them
	byNumber []*zoneSet          // of Config.Zones
	prefixes phone.Table         // to the index in byNumber
}

func newZoneBook() zoneBook { return zoneBook{sets: map[string]*zoneSet{}} }

// configure takes the zones of numbers.
func (b *zoneBook) configure(zones []NumberZones) {
	b.byNumber = b.byNumber[:0]
	var prefixes []phone.Prefix
	for i, x := range zones {
		b.byNumber = append(b.byNumber, b.named(strings.Join(x.Zones, " ")))
		for _, p := range x.Prefixes {
			prefixes = append(prefixes, phone.Prefix{Digits: p, Value: i})
		}
	}
	b.prefixes = phone.NewTable(prefixes)
}

// named is the set of some names; nil when the tz database knows none of them.
func (b *zoneBook) named(names string) *zoneSet {
	set, known := b.sets[names]
	if known {
		return set
	}
	var list []*time.Location
	for _, name := range strings.Fields(names) {
		if loc, err := time.LoadLocation(name); err == nil {
			list = append(list, loc)
		}
	}
	if len(list) > 0 {
		set = &zoneSet{list}
	}
	b.sets[names] = set
	return set
}

// of is the zones of a lead when it is called at a number: its own, else those of the number, else its
// campaign's.
func (b *zoneBook) of(own string, n phone.Number, campaign string) *zoneSet {
	if own != "" {
		if set := b.named(own); set != nil {
			return set
		}
	}
	if i, ok := b.prefixes.Find(n); ok && b.byNumber[i] != nil {
		return b.byNumber[i]
	}
	return b.home(campaign)
}

// home is the zone of a campaign. A name that the tz database does not know is UTC.
func (b *zoneBook) home(campaign string) *zoneSet {
	if set := b.named(campaign); set != nil {
		return set
	}
	return utc
}

// neverOpen says why a calendar does not let anybody call a person.
func (z *zoneSet) neverOpen() string {
	if len(z.list) > 1 {
		return "the calendar is never open in all the zones its number may be in: give it its own"
	}
	return "the calendar never opens"
}

var utc = &zoneSet{[]*time.Location{time.UTC}}

// zone is the location of a campaign.
func (d *Dialer) zone(name string) *time.Location { return d.zones.home(name).list[0] }

// attempts is how many of the attempts that count were made today, and until when it is today. Where
// several zones may be meant, the most made on the day of any of them.
func (z *zoneSet) attempts(s *numberState, now time.Time, perDay int) (until time.Time, over bool) {
	for _, zone := range z.list {
		if s.today(now, zone) < perDay {
			continue
		}
		over = true
		if end := calendar.DayEnd(now, zone); end.After(until) {
			until = end
		}
	}
	return until, over
}

// opening remembers when each calendar opens, by zones and region: leads are judged by the thousand, and
// few of them differ in that.
type opening struct{ known map[openingKey]openingTime }

type openingKey struct {
	calendar *calendar.Schedule
	zones    *zoneSet
	region   int
}

// openingTime is what a calendar has said: from asked on it is shut until the opening begins, and then
// open until it ends.
type openingTime struct {
	asked time.Time
	calendar.Opening
	ok bool
}

// openingNever is how long it is taken for granted that a calendar does not open.
const openingNever = time.Hour

func (o *opening) clear() { o.known = nil }

// next is when a calendar opens, or now when it is open; ok is false when it never does.
func (o *opening) next(c *calendar.Schedule, now time.Time, n phone.Number, zones *zoneSet) (at time.Time, ok bool) {
	key := openingKey{c, zones, c.Region(n)}
	t, known := o.known[key]
	if !known || now.Before(t.asked) || !now.Before(t.To) {
		t = openingTime{asked: now}
		if t.Opening, t.ok = c.NextOpen(now, n, zones.list...); !t.ok {
			t.To = now.Add(openingNever)
		}
		if o.known == nil {
			o.known = map[openingKey]openingTime{}
		}
		o.known[key] = t
	}
	if t.From.Before(now) {
		return now, t.ok
	}
	return t.From, t.ok
}
