package dialer

import (
	"fmt"
	"strings"
	"time"

	"dialerd/dialer/phone"
)

// callerID is the number that the called person sees: the own one of the operator who is going to talk
// to him, when that is known before the call; else one of a pool of his region; else the campaign's.
// Agent is the operator's id, empty when any may get the call. Why is set when there should be a number
// and none is left.
func (d *Dialer) callerID(c *campaign, r *Route, n phone.Number, agent string) (shown phone.Number, why string) {
	if shown = d.ownCallerID(agent); shown != 0 {
		return shown, ""
	}
	var seen phone.Number
	if s := d.numbers.states[n]; s != nil {
		seen = s.shown
	}
	if shown = d.pools.choose(r.Pools, n, seen, d.now.Wall); shown != 0 {
		return shown, ""
	}
	if c.CallerID == 0 && len(r.Pools) > 0 {
		return 0, d.pools.spent(r.Pools, n, d.now.Wall)
	}
	return c.CallerID, ""
}

// ownCallerID is the number that an operator's file entry gives him; 0 when it gives none.
func (d *Dialer) ownCallerID(agent string) phone.Number {
	for i := range d.config.Agents {
		if a := &d.config.Agents[i]; agent != "" && a.ID == agent {
			return a.CallerID
		}
	}
	return 0
}

// choose is the number of some pools to show to n, who saw another number at last, or none (0). The pool
// with the longest prefix that fits and has a number left gives it.
func (b *poolBook) choose(names []string, n, seen phone.Number, now time.Time) (number phone.Number) {
	var best *pool
	for _, name := range names {
		p := b.byName[name]
		if p == nil || !n.HasPrefix(p.Prefix) || best != nil && len(p.Prefix) <= len(best.Prefix) {
			continue
		}
		if x := p.choose(seen, now); x != 0 {
			best, number = p, x
		}
	}
	return number
}

// choose is the number that the person saw at last, when it is one of the pool and may be shown, else
// the one shown least today; 0 when none may be.
func (p *pool) choose(seen phone.Number, now time.Time) (best phone.Number) {
	p.today.turn(now)
	for _, n := range p.Numbers {
		if p.bars(n) != "" {
			continue
		}
		if n == seen {
			return n
		}
		if best == 0 || p.today.shown[n] < p.today.shown[best] {
			best = n
		}
	}
	return best
}

// bars tells why a number of the pool may not be shown; empty when it may.
func (p *pool) bars(n phone.Number) string {
	switch {
	case p.out[n]:
		return "out of service"
	case p.DailyLimit > 0 && p.today.shown[n] >= p.DailyLimit:
		return "at the daily limit"
	}
	return ""
}

// spent tells why none of some pools has a number for n.
func (b *poolBook) spent(names []string, n phone.Number, now time.Time) string {
	var whys []string
	for _, name := range names {
		if p := b.byName[name]; p != nil && n.HasPrefix(p.Prefix) {
			whys = append(whys, p.spent(now))
		}
	}
	if len(whys) == 0 {
		return "no pool of the route is for its number, and the campaign has no caller ID"
	}
	return "no caller ID is left: " + strings.Join(whys, "; ")
}

// spent counts the numbers of a pool by what keeps them from being shown.
func (p *pool) spent(now time.Time) string {
	p.today.turn(now)
	out, limited := 0, 0
	for _, n := range p.Numbers {
		switch {
		case p.out[n]:
			out++
		case p.bars(n) != "":
			limited++
		}
	}
	why := fmt.Sprintf("of pool %s %d out of service", p.Name, out)
	switch {
	case out == 0:
		why = fmt.Sprintf("of pool %s %d at the daily limit", p.Name, limited)
	case limited > 0:
		why += fmt.Sprintf(" and %d at the daily limit", limited)
	}
	return why
}
