package dialer

import (
	"slices"
	"sort"
	"strings"
	"time"

	"dialerd/dialer/calendar"
)

// campaign is a Campaign at work. It outlives its configuration until its last call has ended.
type campaign struct {
	Campaign
	gone      bool // not configured any more
	pbx       string
	calendar  *calendar.Calendar
	routes    []Route // of its route, the longest prefix first
	hopper    leadHeap
	calls     int // under way, of any phase
	today     Day
	idle      string        // why it places no call at the moment; empty when it does
	idleSince time.Duration // Mono of the last call it placed
}

// Day is what came of a campaign's attempts on one day of its own zone, or so far today.
type Day struct {
	Date      string // 2006-01-02
	Attempts  int
	Answered  int // by a person: talked to, abandoned or hung up early
	Connected int // talked to an operator
	Abandoned int
	Outcomes  [Lost + 1]int
}

// add counts an attempt that is over; one of another day begins the count anew.
func (t *Day) add(a Attempt, date string) {
	t.turn(date)
	t.Attempts++
	t.Outcomes[a.Outcome]++
	switch a.Outcome {
	case Answered:
		t.Answered++
		t.Connected++
	case Abandoned:
		t.Answered++
		t.Abandoned++
	case HungUp:
		t.Answered++
	}
}

// turn begins the count anew when the day is another.
func (t *Day) turn(date string) {
	if t.Date != date {
		*t = Day{Date: date}
	}
}

// hopperMax is how many leads a hopper takes out of the buckets at once. It is small, so that
// campaigns on a common bucket do not take it all from each other.
const hopperMax = 64

// settled takes a call that has ended out of the counts, and counts what came of it.
func (d *Dialer) settled(x *call) {
	x.campaign.calls--
	if !x.evidence.cancelled {
		x.campaign.today.add(x.attempt, d.date(x.campaign))
		d.abandoned.get(x.campaign.Name).add(x.attempt, d.now.Wall)
	}
}

// date is today in the zone of a campaign.
func (d *Dialer) date(c *campaign) string {
	return d.now.Wall.In(d.zone(c.Timezone)).Format(time.DateOnly)
}

// looksPerTick bounds how many leads one Tick looks at, so that a million of them that the calendar
// shuts out at once cannot hold up the answers to the dialplan.
const looksPerTick = 500

// fill takes the leads that are due into the hopper, from the campaign's buckets in order. Those
// that may not be called now are put off for as long as the reason lasts.
func (d *Dialer) fill(c *campaign, looks *int) {
	for _, name := range c.Buckets {
		x := d.leads.bucket(name)
		x.ripen(d.now.Wall, looks)
		for l := x.due.first(); l != nil; l = x.due.first() {
			if len(c.hopper.list) >= hopperMax || *looks <= 0 {
				return
			}
			*looks--
			d.touched.lead(l.take())
			if until, why := d.judge(c, l); why != "" {
				d.putOff(c, l, until, why)
				continue
			}
			c.ready(l)
		}
	}
}

// ready puts a lead into the hopper.
func (c *campaign) ready(l *lead) {
	l.State, l.hopper = LeadReady, c
	c.hopper.put(l)
}

// next is the lead to call now; it stays in the hopper. It is judged again: what was legal when it
// entered may not be any more.
func (d *Dialer) next(c *campaign) *lead {
	for l := c.hopper.first(); l != nil; l = c.hopper.first() {
		d.touched.lead(l)
		until, why := d.judge(c, l)
		if why == "" {
			return l
		}
		l.take().hopper = nil
		d.putOff(c, l, until, why)
	}
	return nil
}

// putOff sends a lead that a campaign may not call now to where it can be called first: to another
// campaign that draws on its bucket and may, else back to the bucket until the first of them may.
func (d *Dialer) putOff(c *campaign, l *lead, until time.Time, why string) {
	for _, other := range d.campaigns {
		if other == c || other.gone || !slices.Contains(other.Buckets, l.Bucket) {
			continue
		}
		at, because := d.judge(other, l)
		if because == "" {
			on, _ := d.running(other)
			if on && len(other.hopper.list) < hopperMax {
				other.ready(l)
				return
			}
			at, because = d.now.Wall.Add(time.Minute), why
		}
		if at.Before(until) {
			until, why = at, because
		}
	}
	d.leads.wait(l, later(until, d.now.Wall), why, d.now.Wall)
}

// later is the time given, but not now: what is put off is not looked at again in the same moment.
func later(t, now time.Time) time.Time {
	if soon := now.Add(time.Second); t.Before(soon) {
		return soon
	}
	return t
}

// empty gives the leads of a hopper back to their buckets, to be judged anew.
func (d *Dialer) empty(c *campaign) {
	for l := c.hopper.first(); l != nil; l = c.hopper.first() {
		d.touched.lead(l)
		l.take().hopper = nil
		d.leads.wait(l, l.Next, "", d.now.Wall)
	}
}

// configure takes a configuration: the first, or a reload. Calls under way go on by the rules they
// began with as far as they hold them; leads that wait are judged by the new ones.
func (d *Dialer) configure(config *Config) {
	d.config = config
	d.queues = map[string]*Queue{}
	for i := range config.Queues {
		d.queues[config.Queues[i].Name] = &config.Queues[i]
	}
	d.links.configure(config.PBXs)
	d.trunks.configure(config.Trunks)
	d.pools.configure(config.Pools)
	d.configureCampaigns(config)
	for _, a := range d.agents.list {
		a.id = d.agentID(a)
	}
	d.lookAnew()
	d.dropPBXs()
}

func (d *Dialer) configureCampaigns(config *Config) {
	d.campaigns = slices.DeleteFunc(d.campaigns, func(c *campaign) bool {
		d.empty(c)
		c.gone = true
		return c.calls == 0 && !slices.ContainsFunc(config.Campaigns, func(x Campaign) bool { return x.Name == c.Name })
	})
	for _, x := range config.Campaigns {
		c := d.campaign(x.Name)
		if c == nil {
			c = &campaign{hopper: leadHeap{less: byUrgency}}
			d.campaigns = append(d.campaigns, c)
		}
		c.Campaign, c.gone = x, false
		c.pbx = d.queues[x.Queue].PBX
		d.abandoned.get(x.Name).zone = d.zone(x.Timezone)
		c.calendar, c.routes = nil, nil
		for i := range config.Calendars {
			if config.Calendars[i].Name == x.Calendar {
				c.calendar = &config.Calendars[i]
			}
		}
		for _, r := range config.Routes {
			if r.Name == x.Route {
				r.Prefix = strings.TrimPrefix(r.Prefix, "+")
				c.routes = append(c.routes, r)
			}
		}
		sort.SliceStable(c.routes, func(i, j int) bool { return len(c.routes[i].Prefix) > len(c.routes[j].Prefix) })
	}
	sort.Slice(d.campaigns, func(i, j int) bool { return d.campaigns[i].Name < d.campaigns[j].Name })
}

func (d *Dialer) campaign(name string) *campaign {
	for _, c := range d.campaigns {
		if c.Name == name {
			return c
		}
	}
	return nil
}
