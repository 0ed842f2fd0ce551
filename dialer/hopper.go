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
	calendar  *calendar.Schedule // nil: at any hour
	routes    []Route            // of its route, the longest prefix first
	home      *zoneSet           // its own zone
	windows   map[string]*window // of its rules, by name, that call in some hours only
	hopper    leadHeap
	batch     batch
	passed    passed
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

const (
	// batchEvery is how often a hopper is filled for what its campaign will need until the next time.
	batchEvery = time.Minute
	// hopperLeast and hopperMost bound how many leads a hopper takes at once. It takes what its campaign
	// used lately, twice, so that campaigns on a common bucket do not take it all from each other.
	hopperLeast, hopperMost = 64, 5000
	// looksPerTick bounds how many leads one Tick looks at, so that a million of them that the calendar
	// shuts out at once cannot hold up the answers to the dialplan.
	looksPerTick = 1000
	// ripenPerTick bounds how many leads are moved in one Tick because their time has come.
	ripenPerTick = 5000
)

// batch is a campaign's share of the leads that are due.
type batch struct {
	at    time.Duration // Mono of the next one
	want  int           // leads in the hopper
	used  int           // calls placed since the last one
	under bool          // it is being filled
}

// fill takes leads that are due into the hopper: once a minute and when it has run dry as many as the
// campaign may need, from its buckets in order; at any other time those that are more urgent than all
// that are in it. Leads that may not be called now are put off for as long as the reason lasts.
func (d *Dialer) fill(c *campaign, looks *int) {
	if d.now.Mono >= c.batch.at {
		c.batch = batch{at: d.now.Mono + batchEvery, want: min(max(2*c.batch.used, hopperLeast), hopperMost), under: true}
	}
	c.batch.under = c.batch.under || len(c.hopper.list) == 0
	for rank, name := range c.Buckets {
		d.leads.ripening -= d.leads.pool.Ripen(name, d.now.Wall, d.leads.ripening)
		for *looks > 0 && (c.batch.under && len(c.hopper.list) < c.batch.want || d.moreUrgent(c, rank, name)) {
			l := d.leads.take(name)
			if l == nil {
				break
			}
			*looks--
			d.touched.lead(l)
			if until, why := d.judge(c, l); why != "" {
				d.putOff(c, l, until, why)
				continue
			}
			d.enter(c, l)
		}
	}
	if *looks > 0 {
		c.batch.under = false
	}
}

// moreUrgent tells whether a bucket has a lead that is to be called before all that are in the hopper.
func (d *Dialer) moreUrgent(c *campaign, rank int, bucket string) bool {
	first := c.hopper.first()
	priority, next, attempts, ok := d.leads.pool.Top(bucket)
	if !ok || first == nil {
		return ok
	}
	l := lead{Lead: Lead{ID: first.ID, Priority: priority, Next: next, Attempts: attempts}, rank: rank}
	return byUrgency(&l, first)
}

// enter puts a lead into the hopper of a campaign.
func (d *Dialer) enter(c *campaign, l *lead) {
	d.fields.want(l)
	l.State, l.hopper, l.rank = LeadReady, c, slices.Index(c.Buckets, l.Bucket)
	c.hopper.put(l)
}

// next is the lead to call now; it stays in the hopper. It is judged again: what was legal when it
// entered may not be any more. When many are not, the calendar has closed say, the next Tick goes on.
func (d *Dialer) next(c *campaign, looks *int) *lead {
	for l := c.hopper.first(); l != nil && *looks > 0; l = c.hopper.first() {
		*looks--
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
			if on && len(other.hopper.list) < max(other.batch.want, hopperLeast) {
				d.enter(other, l)
				return
			}
			at, because = d.now.Wall.Add(time.Minute), why
		}
		if at.Before(until) {
			until, why = at, because
		}
	}
	d.leads.wait(l, later(until, d.now.Wall), why)
}

// later is the time given, but not now: what is put off is not looked at again in the same moment.
func later(t, now time.Time) time.Time {
	if soon := now.Add(time.Second); t.Before(soon) {
		return soon
	}
	return t
}

// empty gives leads of a hopper back to their buckets, to be judged anew: all of them, if looks allows it.
func (d *Dialer) empty(c *campaign, looks *int) {
	for l := c.hopper.first(); l != nil && *looks > 0; l = c.hopper.first() {
		*looks--
		d.touched.lead(l)
		l.take().hopper = nil
		d.leads.wait(l, l.Next, "")
	}
}

// configure takes a configuration: the first, or a reload. Calls under way go on by the rules they
// began with as far as they hold them; leads that wait are judged by the new ones.
func (d *Dialer) configure(config *Config) {
	before := d.config
	d.config = config
	d.queues = map[string]*Queue{}
	for i := range config.Queues {
		d.queues[config.Queues[i].Name] = &config.Queues[i]
	}
	d.zones.configure(config.Zones)
	d.links.configure(config.PBXs)
	d.trunks.configure(config.Trunks, d.now.Mono)
	d.pools.configure(config.Pools, d.zone)
	d.configureCampaigns(config)
	d.identifyAll()
	d.reconfigureLogins(before)
	d.snapshotEmpty = false // what starts next has to know by which agents.toml
	d.lookAnew()
	d.dropPBXs()
}

func (d *Dialer) configureCampaigns(config *Config) {
	d.campaigns = slices.DeleteFunc(d.campaigns, func(c *campaign) bool {
		at := slices.IndexFunc(config.Campaigns, func(x Campaign) bool { return x.Name == c.Name })
		if at < 0 || !slices.Equal(config.Campaigns[at].Buckets, c.Buckets) {
			all := len(c.hopper.list) // of all others they are judged again when they are taken
			d.empty(c, &all)
		}
		c.gone = true
		return c.calls == 0 && at < 0
	})
	schedules := map[string]*calendar.Schedule{}
	for i := range config.Calendars {
		schedules[config.Calendars[i].Name] = calendar.New(&config.Calendars[i])
	}
	for _, x := range config.Campaigns {
		c, before := d.campaign(x.Name), (*Campaign)(nil)
		if c == nil {
			c = &campaign{}
			d.campaigns = append(d.campaigns, c)
		} else {
			before = &c.Campaign
		}
		d.replans.edit(before, &x)
		c.Campaign, c.gone = x, false
		c.pbx = d.queues[x.Queue].PBX
		d.configureWindows(c)
		d.abandoned.get(x.Name).zone = d.zone(x.Timezone)
		c.calendar, c.routes, c.passed = schedules[x.Calendar], nil, passed{}
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
