package dialer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dialerd/dialer/phone"
)

// Trunk is a way out of a PBX.
type Trunk struct {
	Name  string  `toml:"name"`
	PBX   string  `toml:"pbx"`
	Dial  string  `toml:"dial"`  // what Asterisk dials: {number} with the plus, {digits} without
	Lines int     `toml:"lines"` // calls at once; 0: no limit
	CPS   float64 `toml:"cps"`   // calls started per second; 0: no limit of its own

	Breaker        Share    `toml:"breaker"`         // shut when so many of its last calls fail by the carrier's doing; 0: never
	BreakerCalls   int      `toml:"breaker_calls"`   // how many of the last are looked at; half of them have to be there
	BreakerPause   Duration `toml:"breaker_pause"`   // then it is tried with one call; twice as long each time that this fails
	BreakerLongest Duration `toml:"breaker_longest"` // the longest pause
}

// Pool is a set of caller-ID numbers for the people of a region.
type Pool struct {
	Name       string         `toml:"name"`
	Prefix     string         `toml:"prefix"` // of the called number; empty: all
	Numbers    []phone.Number `toml:"numbers"`
	DailyLimit int            `toml:"daily_limit"` // calls a day that show one number; 0: no limit
	Timezone   string         `toml:"timezone"`    // of its days
	Out        []phone.Number `toml:"out"`         // those of its numbers that are out of service
}

// Route says, for the numbers with a prefix, which trunks carry the call and which pools give its
// caller ID. Several entries with one name make one route; the longest prefix counts.
type Route struct {
	Name   string   `toml:"name"`
	Prefix string   `toml:"prefix"`
	Trunks []string `toml:"trunks"` // in order; the next one when a trunk is full or fails
	Pools  []string `toml:"pools"`
}

// NewTrunk is a trunk with its defaults.
func NewTrunk() Trunk {
	return Trunk{Breaker: 0.6, BreakerCalls: 20, BreakerPause: Duration(30 * time.Second), BreakerLongest: Duration(10 * time.Minute)}
}

// NewPool is a pool with its defaults.
func NewPool() Pool { return Pool{Timezone: "UTC"} }

func (v *validation) routes() {
	trunks, pools, entries := unique{}, unique{}, unique{}
	for i := range v.config.Trunks {
		t := &v.config.Trunks[i]
		fault := v.at(fmt.Sprintf("trunk[%d]", i))
		trunks.add(fault, "name", "trunk", t.Name)
		v.pbx(fault, &t.PBX)
		t.validate(fault)
	}
	for i := range v.config.Pools {
		p := &v.config.Pools[i]
		fault := v.at(fmt.Sprintf("pool[%d]", i))
		pools.add(fault, "name", "pool", p.Name)
		p.validate(fault)
	}
	for i := range v.config.Routes {
		r := &v.config.Routes[i]
		fault := v.at(fmt.Sprintf("route[%d]", i))
		entries.add(fault, "prefix", "route", r.entry())
		r.validate(fault)
		for j, t := range r.Trunks {
			v.known(fault, fmt.Sprintf("trunks[%d]", j), "trunk", t, trunks.names())
		}
		for j, p := range r.Pools {
			v.known(fault, fmt.Sprintf("pools[%d]", j), "pool", p, pools.names())
		}
	}
}

func (t *Trunk) validate(fault reporter) {
	name(fault, "name", t.Name)
	t.validateDial(fault)
	lines(fault, t.Lines)
	rate(fault, t.CPS)
	if t.Breaker == 0 {
		return
	}
	if t.Breaker < 0.1 {
		fault("breaker", "%g%%: at least 10%%, or 0%% for a trunk that is never shut", 100*t.Breaker)
	}
	if t.BreakerCalls < 4 || t.BreakerCalls > 1000 {
		fault("breaker_calls", "%d: between 4 and 1000 of its last calls", t.BreakerCalls)
	}
	pause, longest := t.BreakerPause.Span(), t.BreakerLongest.Span()
	if pause < 5*time.Second || pause > time.Hour {
		fault("breaker_pause", "%s: between 5s and 1h", t.BreakerPause)
	}
	if longest < pause || longest > 24*time.Hour {
		fault("breaker_longest", "%s: from breaker_pause (%s) to 1d", t.BreakerLongest, t.BreakerPause)
	}
}

func (t *Trunk) validateDial(fault reporter) {
	bare := strings.NewReplacer("{number}", "", "{digits}", "").Replace(t.Dial)
	switch {
	case bare == t.Dial:
		fault("dial", "%q does not say where the number goes: write it as PJSIP/{digits}@trunk", t.Dial)
	case !plainWord(t.Dial, "/@._-:+{};=&"):
		fault("dial", "%q has characters that Asterisk would misread: letters, digits and / @ . _ - : + ; = & only", t.Dial)
	case strings.ContainsAny(bare, "{}") || strings.IndexByte(bare, '/') < 1 || strings.HasSuffix(t.Dial, "/"):
		fault("dial", "%q is nothing to dial: write it as technology/resource, PJSIP/{digits}@trunk; {number} and {digits} alone are filled in", t.Dial)
	case strings.HasPrefix(t.Dial, "Local/") && !strings.HasSuffix(t.Dial, "/n"):
		fault("dial", "%q: a Local channel needs /n at its end, else Asterisk optimises it away in the middle of the talk", t.Dial)
	}
}

func (p *Pool) validate(fault reporter) {
	name(fault, "name", p.Name)
	prefix(fault, p.Prefix)
	if len(p.Numbers) == 0 {
		fault("numbers", "the pool is empty: give it numbers = [\"+74951234567\"]")
	}
	for i, n := range p.Numbers {
		if n != 0 && slices.Contains(p.Numbers[:i], n) {
			fault(fmt.Sprintf("numbers[%d]", i), "%s is there twice: remove one", n)
		}
	}
	for i, n := range p.Out {
		if n != 0 && !slices.Contains(p.Numbers, n) {
			fault(fmt.Sprintf("out[%d]", i), "%s is none of the pool's numbers: out names those of them that are not to be shown", n)
		}
	}
	if p.DailyLimit < 0 {
		fault("daily_limit", "%d: 0 for no limit, or how many calls a day", p.DailyLimit)
	}
	if _, err := time.LoadLocation(p.Timezone); err != nil || p.Timezone == "Local" {
		fault("timezone", "%q is no time zone of the tz database: write it as Europe/Moscow", p.Timezone)
	}
}

func (r *Route) validate(fault reporter) {
	name(fault, "name", r.Name)
	prefix(fault, r.Prefix)
	if len(r.Trunks) == 0 {
		fault("trunks", "no trunk to carry the calls: give it trunks = [%q]", "main")
	}
	for i, t := range r.Trunks {
		if slices.Contains(r.Trunks[:i], t) {
			fault(fmt.Sprintf("trunks[%d]", i), "trunk %q is there twice: the second can carry nothing that the first cannot", t)
		}
	}
}

// entry names one entry of a route.
func (r *Route) entry() string {
	if p := strings.TrimPrefix(r.Prefix, "+"); p != "" {
		return r.Name + " for +" + p
	}
	return r.Name
}

func (v *validation) routeNames() (names []string) {
	for _, r := range v.config.Routes {
		names = append(names, r.Name)
	}
	return names
}
