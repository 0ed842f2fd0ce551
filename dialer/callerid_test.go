package dialer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"dialerd/dialer/phone"
)

// showing is one call that showed a number.
type showing struct {
	at     time.Time
	number phone.Number
}

// dumbPools looks through everything that was ever shown, each time.
type dumbPools struct {
	t     *testing.T
	pools []Pool
	shown []showing
}

func (d *dumbPools) today(p Pool, n phone.Number, now time.Time) (times int) {
	zone, err := time.LoadLocation(p.Timezone)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, s := range d.shown {
		if s.number == n && s.at.In(zone).Format(time.DateOnly) == now.In(zone).Format(time.DateOnly) {
			times++
		}
	}
	return times
}

// choose follows the sentence in the manual, word by word.
func (d *dumbPools) choose(names []string, n, seen phone.Number, now time.Time) phone.Number {
	var fit []Pool
	for _, name := range names {
		for _, p := range d.pools {
			if p.Name == name && strings.HasPrefix(n.String(), "+"+strings.TrimPrefix(p.Prefix, "+")) {
				fit = append(fit, p)
			}
		}
	}
	slices.SortStableFunc(fit, func(a, b Pool) int {
		return len(strings.TrimPrefix(b.Prefix, "+")) - len(strings.TrimPrefix(a.Prefix, "+"))
	})
	for _, p := range fit {
		allowed := slices.DeleteFunc(slices.Clone(p.Numbers), func(x phone.Number) bool {
			return slices.Contains(p.Out, x) || p.DailyLimit > 0 && d.today(p, x, now) >= p.DailyLimit
		})
		if slices.Contains(allowed, seen) {
			return seen
		}
		if len(allowed) > 0 {
			return slices.MinFunc(allowed, func(a, b phone.Number) int { return d.today(p, a, now) - d.today(p, b, now) })
		}
	}
	return 0
}

// TestPoolsAgainstAll: the pools choose as one does who looks through everything that was shown, over
// midnights, reloads, restarts, a clock that is set, and calls that were never placed.
func TestPoolsAgainstAll(t *testing.T) {
	chosen, none := 0, 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		zones := []string{"UTC", "Europe/Moscow", "America/New_York"}[:1+r.IntN(3)]
		dumb := &dumbPools{t: t, pools: drawPools(r, zones)}
		d := New()
		d.pools.configure(dumb.pools, d.zone)
		now := time.Date(2026, 3, 2, r.IntN(24), 0, 0, 0, time.UTC)
		names := []string{"p0", "p1", "p2", "p3", "gone"}
		for range 200 {
			now = now.Add(time.Duration(r.IntN(90)) * time.Minute)
			r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			n, seen := drawNumber(r), phone.Number(74950000000+uint64(r.IntN(6)))
			if r.IntN(10) == 0 { // the wall clock is set into tomorrow, and back
				d.pools.choose(names, n, seen, now.Add(24*time.Hour))
			}
			got, want := d.pools.choose(names, n, seen, now), dumb.choose(names, n, seen, now)
			if got != want {
				t.Fatalf("seed %d: for %s, who saw %s, of %v at %s: %s, want %s", seed, n, seen, dumb.pools, now, got, want)
			}
			if got == 0 {
				none++
				continue
			}
			chosen++
			switch r.IntN(12) {
			case 0: // it is cancelled, perhaps over midnight
				d.pools.show(got, now, now)
				d.pools.takeBack(got, now, now.Add(time.Duration(r.IntN(10))*time.Second))
			case 1: // a restart
				d.pools.show(got, now, now)
				dumb.shown = append(dumb.shown, showing{now, got})
				d = New()
				d.pools.configure(dumb.pools, d.zone)
				d.pools.recall(asAttempts(dumb.shown), now)
			case 2: // a reload with the same zones
				dumb.pools = drawPools(r, zones)
				d.pools.configure(dumb.pools, d.zone)
				fallthrough
			default:
				d.pools.show(got, now, now)
				dumb.shown = append(dumb.shown, showing{now, got})
			}
		}
	}
	if chosen < 10_000 || none < 1000 {
		t.Errorf("%d chosen, %d times none: that shows little", chosen, none)
	}
}

// drawPools are four pools, one in each of the zones at least.
func drawPools(r *rand.Rand, zones []string) (all []Pool) {
	for i := range 4 {
		p := Pool{Name: fmt.Sprintf("p%d", i), Prefix: []string{"", "+7", "+749", "7495", "+7916"}[r.IntN(5)], DailyLimit: r.IntN(4), Timezone: zones[i%len(zones)]}
		for range 1 + r.IntN(4) {
			n := phone.Number(74950000000 + uint64(r.IntN(6)))
			if slices.Contains(p.Numbers, n) {
				continue
			}
			p.Numbers = append(p.Numbers, n)
			if r.IntN(5) == 0 {
				p.Out = append(p.Out, n)
			}
		}
		all = append(all, p)
	}
	return all
}

func drawNumber(r *rand.Rand) phone.Number {
	return []phone.Number{74951111111, 79161111111, 78121111111, 441111111111}[r.IntN(4)]
}

func asAttempts(shown []showing) (all []Attempt) {
	for _, s := range shown {
		all = append(all, Attempt{CallerID: s.number, Planned: s.at, Outcome: NoAnswer})
	}
	return append(all, Attempt{CallerID: shown[0].number, Planned: shown[len(shown)-1].at, Outcome: Cancelled, Cause: Cause{By: Us}})
}

// TestPoolOfNewZone: a zone that a reload brings does not begin with nothing shown.
func TestPoolOfNewZone(t *testing.T) {
	d := New()
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	p := Pool{Name: "p", Numbers: []phone.Number{74950000001}, DailyLimit: 1, Timezone: "UTC"}
	d.pools.configure([]Pool{p}, d.zone)
	d.pools.show(74950000001, now, now)
	p.Timezone = "Europe/Moscow"
	d.pools.configure([]Pool{p}, d.zone)
	if n := d.pools.choose([]string{"p"}, 79161111111, 0, now); n != 0 {
		t.Errorf("%s is shown again after its pool was given another zone", n)
	}
	if n := d.pools.choose([]string{"p"}, 79161111111, 0, now.AddDate(0, 0, 1)); n == 0 {
		t.Error("it is not shown the next day either")
	}
}

// TestCallerIDOrder: the operator's own number, when he is known beforehand; else the pool's; else the
// campaign's.
func TestCallerIDOrder(t *testing.T) {
	const own, pooled, campaigns = 74950000001, 74950000002, 74950000003
	config := &Config{Agents: []AgentConfig{{ID: "anna", CallerID: own}, {ID: "boris"}},
		Pools: []Pool{{Name: "moscow", Prefix: "+7495", Numbers: []phone.Number{pooled}, DailyLimit: 1}}}
	d := New()
	d.now = Now{Wall: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
	d.config = config
	d.pools.configure(config.Pools, d.zone)
	with, without := &campaign{Campaign: Campaign{CallerID: campaigns}}, &campaign{}
	pools, bare := &Route{Pools: []string{"moscow"}}, &Route{}
	for _, c := range []struct {
		campaign *campaign
		route    *Route
		number   phone.Number
		agent    string
		want     phone.Number
		why      string
	}{
		{with, pools, 74951111111, "anna", own, ""},
		{with, pools, 74951111111, "boris", pooled, ""},
		{with, pools, 74951111111, "", pooled, ""},
		{with, pools, 79161111111, "", campaigns, ""},
		{with, bare, 74951111111, "", campaigns, ""},
		{without, bare, 74951111111, "", 0, ""},
		{without, pools, 79161111111, "", 0, "no pool of the route is for its number"},
	} {
		if got, why := d.callerID(c.campaign, c.route, c.number, c.agent); got != c.want || !strings.HasPrefix(why, c.why) || c.why == "" && why != "" {
			t.Errorf("to %s for operator %q: %s %q, want %s %q", c.number, c.agent, got, why, c.want, c.why)
		}
	}
}
