package dialer

import (
	"slices"
	"time"

	"dialerd/dialer/phone"
)

// never is when a lead may be looked at again that nothing but a change of configuration can free: years from
// now, so that no next call is taken for it.
const never = 10 * 365 * 24 * time.Hour

// judge tells whether a lead may be called now for a campaign, and if not, until when it has to wait
// and why. Its Use then points to the number to call. It is asked when the lead enters the hopper,
// when it is taken, and for that number once more right before the call goes out.
func (d *Dialer) judge(c *campaign, l *lead) (until time.Time, why string) {
	if use, ok := d.numberToCall(c, l); ok {
		l.Use = use
		return d.judgeNumber(c, l, l.Numbers[use].Number)
	}
	if slices.ContainsFunc(l.Numbers, func(n LeadNumber) bool { return d.dnc.has(c.Name, n.Number) }) {
		return d.now.Wall.Add(never), onDNC
	}
	return d.now.Wall.Add(never), "it has no number that may be called"
}

// numberToCall is the number whose turn it is, or the next one that may be called at all.
func (d *Dialer) numberToCall(c *campaign, l *lead) (use int, ok bool) {
	for i := range l.Numbers {
		use = (l.Use + i) % len(l.Numbers)
		if d.callable(c, l.Numbers[use]) {
			return use, true
		}
	}
	return 0, false
}

// callable tells whether a campaign may call a number at all: it exists as far as we know, and is not on the
// DNC list.
func (d *Dialer) callable(c *campaign, n LeadNumber) bool {
	return !n.Invalid && !d.dnc.has(c.Name, n.Number)
}

// judgeNumber is judge for one number. It is legal when why is empty.
func (d *Dialer) judgeNumber(c *campaign, l *lead, n phone.Number) (until time.Time, why string) {
	return d.judgeTrial(d.trial(c, l, n))
}

func (d *Dialer) judgeTrial(t *trial) (until time.Time, why string) {
	for _, law := range laws {
		if until, why = law(d, t); why != "" {
			return until, why
		}
	}
	return d.now.Wall, ""
}

// trial is a lead that may be called, or not, for a campaign at one of its numbers.
type trial struct {
	*campaign
	lead   *lead
	number phone.Number
	zones  *zoneSet
	state  *numberState // nil: nothing is known of the number
	ahead  bool         // it is asked of a time to come, when the calls that are under way now are over
}

// trial is the one that is judged now; there is one at a time.
func (d *Dialer) trial(c *campaign, l *lead, n phone.Number) *trial {
	d.judged = trial{campaign: c, lead: l, number: n, zones: d.zones.of(l.Zone, n, c.Timezone), state: d.numbers.states[n]}
	return &d.judged
}

// laws are all that can hold a lead back. Each tells until when it does, and why; an empty why is leave to
// call.
var laws = [...]func(*Dialer, *trial) (until time.Time, why string){
	(*Dialer).nextCallComes,
	(*Dialer).attemptsAreLeft,
	(*Dialer).thereIsAWay,
	(*Dialer).calendarIsOpen,
	(*Dialer).rulesHoursAreOn,
	(*Dialer).numberIsFree,
	(*Dialer).gapHasPassed,
	(*Dialer).abandonedIsLongAgo,
	(*Dialer).dayHasAttempts,
}

func (d *Dialer) nextCallComes(t *trial) (until time.Time, why string) {
	if t.lead.Next.After(d.now.Wall) {
		return t.lead.Next, "its next call is later"
	}
	return until, ""
}

func (d *Dialer) attemptsAreLeft(t *trial) (until time.Time, why string) {
	if t.lead.Attempts >= t.Attempts.Total || t.lead.Faults >= t.Attempts.Faults {
		return d.now.Wall.Add(never), "its attempts are made"
	}
	return until, ""
}

func (d *Dialer) thereIsAWay(t *trial) (until time.Time, why string) {
	if t.route(t.number) == nil {
		return d.now.Wall.Add(never), "the route has no way to its number"
	}
	return until, ""
}

func (d *Dialer) calendarIsOpen(t *trial) (until time.Time, why string) {
	if t.calendar == nil {
		return until, ""
	}
	at, ok := d.opening.next(t.calendar, d.now.Wall, t.number, t.zones)
	switch {
	case !ok:
		return d.now.Wall.Add(never), t.zones.neverOpen()
	case at.After(d.now.Wall):
		return at, "outside the calendar"
	}
	return until, ""
}

func (d *Dialer) numberIsFree(t *trial) (until time.Time, why string) {
	if !t.ahead && t.state != nil && t.state.call != nil && t.state.call.lead != t.lead {
		return d.now.Wall.Add(time.Minute), "another call to the number is under way"
	}
	return until, ""
}

// gapHasPassed by both clocks: the wall clock may have been set forward.
func (d *Dialer) gapHasPassed(t *trial) (until time.Time, why string) {
	s, gap := t.state, t.Attempts.Gap.Span()
	switch {
	case s == nil:
	case d.now.Wall.Sub(s.last) < gap:
		return s.last.Add(gap), "the gap between attempts"
	case s.called && d.now.Mono-s.mono < gap:
		return d.now.Wall.Add(gap - (d.now.Mono - s.mono)), "the gap between attempts"
	}
	return until, ""
}

func (d *Dialer) abandonedIsLongAgo(t *trial) (until time.Time, why string) {
	if t.state != nil && d.now.Wall.Sub(t.state.abandoned) < afterAbandoned {
		return t.state.abandoned.Add(afterAbandoned), "72 hours after an abandoned call"
	}
	return until, ""
}

func (d *Dialer) dayHasAttempts(t *trial) (until time.Time, why string) {
	if t.state == nil {
		return until, ""
	}
	if until, over := t.zones.attempts(t.state, d.now.Wall, t.Attempts.PerDay); over {
		return until, "the attempts of the day are made"
	}
	return until, ""
}
