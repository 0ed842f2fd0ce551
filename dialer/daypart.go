package dialer

import (
	"slices"
	"strings"
	"time"

	"dialerd/dialer/calendar"
)

// window is the hours that a rule's next call is kept to: those it names, or the parts of the day in which the
// last attempt was not made. The hours are meant wherever the person may be. Where he may be in zones so far
// apart that this cannot be, they are meant in the zone of the campaign, which is a wish and no law: the
// calendar goes on being kept everywhere.
type window struct {
	rule  string
	spans []calendar.Span
	parts bool // they are the parts of the day
	home  *zoneSet
	known map[uint32]*stretch // by the spans that are left out, a bit for each
}

// stretch is some hours of every day.
type stretch struct {
	*calendar.Schedule
	why string // a lead waits outside of them
}

// newWindow is the window of a rule; nil when it calls at any hour.
func newWindow(r *Rule, parts []calendar.Span, home *zoneSet) *window {
	w := &window{rule: r.Name, home: home, known: map[uint32]*stretch{}}
	switch {
	case r.Again.OtherPart:
		w.spans, w.parts = parts, true
	case !r.Again.Hours.IsZero():
		w.spans = []calendar.Span{r.Again.Hours}
	default:
		return nil
	}
	return w
}

// without is the hours after an attempt: of the parts of the day, all but the one it was made in.
func (w *window) without(last time.Time, zones *zoneSet) *stretch {
	var out uint32
	if w.parts && !last.IsZero() {
		all := uint32(1)<<len(w.spans) - 1
		if out = w.partsAt(last, zones); out == all {
			out = w.partsAt(last, w.home)
		}
	}
	s := w.known[out]
	if s == nil {
		s = w.stretch(out)
		w.known[out] = s
	}
	return s
}

// partsAt is the parts in which a time is, in any of some zones.
func (w *window) partsAt(t time.Time, zones *zoneSet) (parts uint32) {
	for _, zone := range zones.list {
		for i, s := range w.spans {
			if s.Has(t, zone) {
				parts |= 1 << i
			}
		}
	}
	return parts
}

func (w *window) stretch(out uint32) *stretch {
	var spans []calendar.Span
	for i, s := range w.spans {
		if out>>i&1 == 0 {
			spans = append(spans, s)
		}
	}
	every := calendar.Hours{Days: [7]bool{true, true, true, true, true, true, true}, Spans: spans}
	return &stretch{calendar.New(&calendar.Calendar{Hours: []calendar.Hours{every}}), "its rule \"" + w.rule + "\" calls " + between(spans)}
}

// between is hours in words: between 09:00 and 17:00 or 18:00 and 20:00.
func between(spans []calendar.Span) string {
	var said []string
	for i := 0; i < len(spans); i++ {
		s := spans[i]
		for i+1 < len(spans) && spans[i+1].From == s.To {
			i++
			s.To = spans[i].To
		}
		from, to, _ := strings.Cut(s.String(), "-")
		said = append(said, "between "+from+" and "+to)
	}
	return strings.Join(said, " or ")
}

// next is the first time of the stretch from t on.
func (w *window) next(s *stretch, t time.Time, zones *zoneSet) time.Time {
	o, ok := s.NextOpen(t, 0, zones.list...)
	if !ok {
		o, ok = s.NextOpen(t, 0, w.home.list...)
	}
	if !ok {
		return t
	}
	return o.From
}

// when is the next call that a rule has after an attempt which began at last and ended at end.
func (a Again) when(w *window, last, end time.Time, zones *zoneSet) time.Time {
	if a.Days == 0 {
		end = end.Add(a.Delay.Span())
	}
	for range a.Days {
		end = zones.dayEnd(end)
	}
	if w != nil {
		end = w.next(w.without(last, zones), end, zones)
	}
	return end.UTC()
}

// dayEnd is when the day is over, wherever the person may be.
func (z *zoneSet) dayEnd(t time.Time) (over time.Time) {
	for _, zone := range z.list {
		if end := calendar.DayEnd(t, zone); end.After(over) {
			over = end
		}
	}
	return over
}

// windowOf is the hours that a lead is kept to by the rule that planned its next call; nil when it may be called at any.
func (d *Dialer) windowOf(c *campaign, l *Lead) *window {
	if l.Rule == "" {
		return nil
	}
	if l.Campaign != c.Name {
		if c = d.campaign(l.Campaign); c == nil {
			return nil
		}
	}
	return c.windows[l.Rule]
}

// rulesHoursAreOn is the law of rules that name hours.
func (d *Dialer) rulesHoursAreOn(t *trial) (until time.Time, why string) {
	w := d.windowOf(t.campaign, &t.lead.Lead)
	if w == nil {
		return until, ""
	}
	s := w.without(t.lead.Last, t.zones)
	at, ok := d.opening.next(s.Schedule, d.now.Wall, t.number, t.zones)
	if !ok {
		at, _ = d.opening.next(s.Schedule, d.now.Wall, t.number, w.home)
	}
	if at.After(d.now.Wall) {
		return at, s.why
	}
	return until, ""
}

// configureWindows works the hours of the rules out.
func (d *Dialer) configureWindows(c *campaign) {
	c.windows, c.home = map[string]*window{}, d.zones.home(c.Timezone)
	parts := slices.Clone(c.DayParts)
	for i := range c.Rules {
		if w := newWindow(&c.Rules[i], parts, c.home); w != nil {
			c.windows[w.rule] = w
		}
	}
}
