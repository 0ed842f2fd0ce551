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
// in the longer ones that still last.
type abandonment struct {
	periods [WindowMonth + 1]period
	zone    *time.Location
}

// period is the present one of a window.
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

// add counts a call that is over.
func (a *abandonment) add(x Attempt) {
	switch x.Outcome {
	case Answered, HungUp, Abandoned:
	default:
		return
	}
	a.turn(x.Answered)
	for w := range a.periods {
		p := &a.periods[w]
		if x.Answered.Before(p.from) {
			continue
		}
		p.answered++
		if x.Outcome == Abandoned {
			p.abandoned++
		}
	}
}

// turn begins the periods that an instant is past the end of.
func (a *abandonment) turn(at time.Time) {
	for w := range a.periods {
		p := &a.periods[w]
		if from := a.begin(Window(w), p.from, at); from.After(p.from) {
			*p = period{from: from}
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
		if present.IsZero() {
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

func (a *abandonment) status(now time.Time) (all []AbandonmentStatus) {
	if !a.periods[WindowDay].from.IsZero() {
		a.turn(now)
	}
	for w, p := range a.periods {
		all = append(all, AbandonmentStatus{Window(w), p.from, p.answered, p.abandoned})
	}
	return all
}

// AbandonmentState is what a snapshot keeps of one window of one campaign.
type AbandonmentState struct {
	Campaign  string    `json:"campaign"`
	Window    Window    `json:"window"`
	From      time.Time `json:"from"`
	Answered  int       `json:"answered"`
	Abandoned int       `json:"abandoned"`
}

func (a *abandonment) save(campaign string) (all []AbandonmentState) {
	for w, p := range a.periods {
		if !p.from.IsZero() {
			all = append(all, AbandonmentState{campaign, Window(w), p.from.UTC(), p.answered, p.abandoned})
		}
	}
	return all
}

func (a *abandonment) restore(s AbandonmentState) {
	if int(s.Window) < len(a.periods) {
		a.periods[s.Window] = period{s.From, s.Answered, s.Abandoned}
	}
}
