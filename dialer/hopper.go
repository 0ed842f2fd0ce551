package dialer

import (
	"sort"
	"strings"
	"time"

	"dialerd/dialer/calendar"
)

// campaign is a Campaign at work. It outlives its configuration until its last call has ended.
type campaign struct {
	Campaign
	gone     bool // not configured any more
	pbx      string
	calendar *calendar.Calendar
	routes   []Route // of its route, the longest prefix first
	hopper   leadHeap
	calls    int // under way, of any phase
	today    Day
	idle     string // why it places no call at the moment; empty when it does
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
	}
}

// date is today in the zone of a campaign.
func (d *Dialer) date(c *campaign) string {
	return d.now.Wall.In(d.zone(c.Timezone)).Format(time.DateOnly)
}

// fill takes the leads that are due into the hopper, from the campaign's buckets in order. Those
// that may not be called now go back to their bucket for as long as the reason lasts.
func (d *Dialer) fill(c *campaign) {
	for _, name := range c.Buckets {
		bucket := d.leads.bucket(name)
		for l := bucket.first(); l != nil && !l.due.After(d.now.Wall); l = bucket.first() {
			if len(c.hopper.list) >= hopperMax {
				return
			}
			d.touched.lead(l.take())
			if until, why := d.judge(c, l); why != "" {
				d.leads.wait(l, until, why)
				continue
			}
			l.State, l.hopper = LeadReady, c
			c.hopper.put(l)
		}
	}
}

// next is the lead to call now, taken out of the hopper; nil when there is none. It is judged again:
// what was legal when it entered may not be any more.
func (d *Dialer) next(c *campaign) *lead {
	for l := c.hopper.first(); l != nil; l = c.hopper.first() {
		d.touched.lead(l)
		until, why := d.judge(c, l)
		if why == "" {
			return l
		}
		l.take().hopper = nil
		d.leads.wait(l, until, why)
	}
	return nil
}

// empty gives the leads of a hopper back to their buckets, to be judged anew.
func (d *Dialer) empty(c *campaign) {
	for l := c.hopper.first(); l != nil; l = c.hopper.first() {
		d.touched.lead(l)
		l.take().hopper = nil
		d.leads.wait(l, l.Next, "")
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
	for _, l := range d.leads.buckets {
		l.again()
	}
}

// again has every lead that was put off looked at anew.
func (h *leadHeap) again() {
	for _, l := range h.list {
		l.due, l.why = l.Next, ""
	}
	sort.Slice(h.list, func(i, j int) bool { return h.less(h.list[i], h.list[j]) })
	for i, l := range h.list {
		l.index = i
	}
}

func (d *Dialer) configureCampaigns(config *Config) {
	for _, c := range d.campaigns {
		d.empty(c)
		c.gone = true
	}
	for _, x := range config.Campaigns {
		c := d.campaign(x.Name)
		if c == nil {
			c = &campaign{hopper: leadHeap{less: byUrgency}}
			d.campaigns = append(d.campaigns, c)
		}
		c.Campaign, c.gone = x, false
		c.pbx = d.queues[x.Queue].PBX
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
