package dialer

import (
	"maps"
	"slices"
	"time"
)

// abandonment counts a campaign's calls that a person answered, and those of them that were abandoned,
// in each of the fixed periods that a rule measures by.
//
//	day    a calendar day of the campaign's zone (Ofcom, Persistent Misuse, 2010: "over a 24 hour period")
//	30d    successive periods of 30 days from the campaign's first call on (16 CFR 310.4(b)(4)(i))
//	month  a calendar month of the campaign's zone
//
// A call belongs to the period in which it was answered. One that ends after its period is over counts
// in the longer ones that still last. The period before is kept: a clock that is set forward over a
// midnight and back finds its counts again.
type abandonment struct {
	windows [WindowMonth + 1]struct{ present, before period }
	zone    *time.Location
}

// period is one of a window's.
type period struct {
	from                time.Time // midnight in the campaign's zone; zero before the first call
	answered, abandoned int
}

// abandonmentBook is the counts by campaign. They outlive a campaign that a reload takes away for a
// while.
type abandonmentBook map[string]*abandonment

func (b abandonmentBook) get(campaign string) *abandonment {
	a := b[campaign]
	if a == nil {
		a = &abandonment{zone: time.UTC}
		b[campaign] = a
	}
	return a
}

func (b abandonmentBook) save() (all []AbandonmentState) {
	for _, name := range slices.Sorted(maps.Keys(b)) {
		all = append(all, b[name].save(name)...)
	}
	return all
}

// add counts a call that is over now.
func (a *abandonment) add(x Attempt, now time.Time) {
	switch x.Outcome {
	case Answered, HungUp, Abandoned:
	default:
		return
	}
	a.turn(now)
	for w := range a.windows {
		p := &a.windows[w].present
		if x.Answered.Before(p.from) {
			continue
		}
		p.answered++
		if x.Outcome == Abandoned {
			p.abandoned++
		}
	}
}

// turn goes to the periods that an instant lies in, back to the ones before if need be: those of the right clock, after
// one that was set wrong.
func (a *abandonment) turn(at time.Time) {
	for w := range a.windows {
		x := &a.windows[w]
		here, kept := x.present.from, x.before.from
		switch {
		case !kept.IsZero() && !at.Before(kept) && (at.Before(here) || kept.After(here)):
			x.present, x.before = x.before, x.present
		case Window(w) == Window30Days && at.Before(here) && at.After(here.AddDate(0, 0, -1)): // the first call was made by a clock that was fast
			x.present.from = a.begin(WindowDay, here, at)
		}
		if from := a.begin(Window(w), x.present.from, at); !from.Equal(x.present.from) {
			x.present, x.before = period{from: from}, x.present
		}
	}
}

// begin is the first instant of the period that another one lies in.
func (a *abandonment) begin(w Window, present, at time.Time) time.Time {
	y, m, d := at.In(a.zone).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, a.zone)
	switch w {
	case WindowMonth:
		return time.Date(y, m, 1, 0, 0, 0, 0, a.zone)
	case Window30Days:
		if present.IsZero() || at.Before(present) {
			return day
		}
		from := present.In(a.zone)
		for next := from.AddDate(0, 0, 30); !next.After(at); next = next.AddDate(0, 0, 30) {
			from = next
		}
		return from
	}
	return day
}

// AbandonmentStatus is what one window has so far.
type AbandonmentStatus struct {
	Window              Window
	From                time.Time // when its period began; zero when nobody has answered yet
	Answered, Abandoned int       // calls that a person answered, and those of them that were abandoned
}

// status looks and changes nothing: the clock may be wrong just now.
func (a *abandonment) status(now time.Time) (all []AbandonmentStatus) {
	seen := *a
	if !seen.windows[WindowDay].present.from.IsZero() {
		seen.turn(now)
	}
	for w := range seen.windows {
		p := seen.windows[w].present
		all = append(all, AbandonmentStatus{Window(w), p.from, p.answered, p.abandoned})
	}
	return all
}

// AbandonmentState is what a snapshot keeps of one period of one campaign.
type AbandonmentState struct {
	Campaign  string    `json:"campaign"`
	Window    Window    `json:"window"`
	Before    bool      `json:"before,omitempty"` // the period before the present one
	From      time.Time `json:"from"`
	Answered  int       `json:"answered"`
	Abandoned int       `json:"abandoned"`
}

func (a *abandonment) save(campaign string) (all []AbandonmentState) {
	for w := range a.windows {
		for i, p := range []period{a.windows[w].present, a.windows[w].before} {
			if !p.from.IsZero() {
				all = append(all, AbandonmentState{campaign, Window(w), i == 1, p.from.UTC(), p.answered, p.abandoned})
			}
		}
	}
	return all
}

func (a *abandonment) restore(s AbandonmentState) {
	if int(s.Window) >= len(a.windows) {
		return
	}
	x := &a.windows[s.Window]
	if p := (period{s.From, s.Answered, s.Abandoned}); s.Before {
		x.before = p
	} else {
		x.present = p
	}
}
