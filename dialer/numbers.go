package dialer

import (
	"time"

	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

// numberBook is what is known of each number that was called lately, whoever's lead it belongs to:
// limits are a person's, not a record's.
type numberBook struct {
	states   map[phone.Number]*numberState
	forgetAt time.Duration // Mono of the next forget
}

func newNumberBook() numberBook { return numberBook{states: map[phone.Number]*numberState{}} }

type numberState struct {
	call      *call        // in flight to it, in any campaign
	last      time.Time    // start of the last attempt
	counted   []time.Time  // starts of attempts that count, of the last 48 hours
	abandoned time.Time    // start of the last abandoned call
	shown     phone.Number // the last caller ID that was shown to it
	called    bool         // by this process, and when by its monotonic clock
	mono      time.Duration
}

// keepCounted is how long an attempt is remembered for the limit per day. A day in the number's
// zone lies within it wherever that zone is.
const keepCounted = 48 * time.Hour

// afterAbandoned is how long a number is left alone after an abandoned call: within 72 hours it may
// be called only with an operator reserved for it (Ofcom, statement on persistent misuse, 2010).
const afterAbandoned = 72 * time.Hour

func (b *numberBook) load(history []NumberHistory) {
	for _, h := range history {
		s := b.get(h.Number)
		s.last, s.counted, s.abandoned, s.shown = h.Last, h.Counted, h.Abandoned, h.Shown
	}
}

func (b *numberBook) get(n phone.Number) *numberState {
	s := b.states[n]
	if s == nil {
		s = &numberState{}
		b.states[n] = s
	}
	return s
}

// start notes a call to the number, so that no other lead with it is called meanwhile.
func (b *numberBook) start(c *call) { b.get(c.attempt.Number).call = c }

// ended lets go of the number. A call that was cancelled was never made.
func (b *numberBook) ended(c *call) {
	s := b.get(c.attempt.Number)
	if s.call == c {
		s.call = nil
	}
	if c.evidence.cancelled {
		return
	}
	start := c.attempt.Planned
	s.last, s.called, s.mono = start, true, c.planned
	if c.attempt.CallerID != 0 {
		s.shown = c.attempt.CallerID
	}
	if c.attempt.Outcome.Counts() {
		s.counted = append(prune(s.counted, start.Add(-keepCounted)), start)
	}
	if c.attempt.Unserved() {
		s.abandoned = start
	}
}

// forgetEvery is how often numbers are looked through for what need not be remembered.
const forgetEvery = time.Hour

// remembered is how long a number is kept after its last attempt: longer than any rule looks back,
// and as long as the longest gap.
const remembered = 7 * 24 * time.Hour

// forget drops the numbers that nothing is to be remembered of, now and then.
func (b *numberBook) forget(now Now) {
	if now.Mono < b.forgetAt {
		return
	}
	b.forgetAt = now.Mono + forgetEvery
	for n, s := range b.states {
		if s.call == nil && now.Wall.Sub(s.last) > remembered {
			delete(b.states, n)
		}
	}
}

func prune(times []time.Time, before time.Time) []time.Time {
	for len(times) > 0 && times[0].Before(before) {
		times = times[1:]
	}
	return times
}

// today counts the attempts made on the day that now is in the zone.
func (s *numberState) today(now time.Time, zone *time.Location) (n int) {
	day := calendar.DayOf(now, zone)
	for _, t := range s.counted {
		if calendar.DayOf(t, zone) == day {
			n++
		}
	}
	return n
}

// judgeExists notes of every lead that has a number whether there is such a number. When there is after all, who
// was put off for good because of it is judged anew.
func (d *Dialer) judgeExists(n phone.Number, invalid bool) {
	if !invalid {
		d.reconsider(n)
	}
	if len(d.leads.loading) > 0 {
		d.leads.judged[n] = invalid
	}
	d.leads.pool.SetInvalid(n, invalid)
	d.leads.pool.ByNumber(n, func(id int64) {
		l := d.leads.out[LeadID(id)]
		if l == nil {
			return
		}
		if i := numberIndex(l.Numbers, n); i >= 0 {
			l.Numbers[i].Invalid = invalid
		}
	})
	d.record(NumberJudged{Number: n, Invalid: invalid})
}
