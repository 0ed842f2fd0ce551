package dialer

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What an operator says came of a talk is one of the words that the rules of its campaign name. It may come while
// the call lives, and then counts when it ends; or after it, and then the lead is planned anew by it, as long as
// nothing else has been done with the lead since.

// dispose takes what an operator says of a call; who asked hears of it when it is on disk.
func (d *Dialer) dispose(e Disposed) {
	a := &e.Attempt
	c := d.calls.byID[a.ID]
	if c != nil {
		a = &c.attempt
	}
	x := d.campaign(a.Campaign)
	if why := cannotDispose(x, a, e.Disposition); why != "" {
		d.emit(Done{Ask: e.Ask, Err: why})
		return
	}
	a.Disposition = e.Disposition
	if c != nil {
		d.touched.call(c)
	} else if !d.planDisposed(x, a) && len(d.leads.loading) > 0 {
		d.leads.disposed = append(d.leads.disposed, *a)
	}
	d.record(AttemptDisposed{Call: a.ID, Disposition: a.Disposition, Rule: a.Rule})
	d.doneOnDisk(pendingDone{seq: d.seq, ask: e.Ask, changed: 1})
}

// cannotDispose tells what is wrong with a disposition.
func cannotDispose(x *campaign, a *Attempt, word string) (why string) {
	switch {
	case a.Campaign == "":
		return fmt.Sprintf("there is no call %d", a.ID)
	case x == nil || x.gone:
		return fmt.Sprintf("campaign %q of call %d is not configured any more", a.Campaign, a.ID)
	}
	words := x.dispositions()
	switch {
	case len(words) == 0:
		return fmt.Sprintf("campaign %q has no dispositions: a rule with disposition = [%q] makes one", x.Name, word)
	case !slices.Contains(words, word):
		hint := didYouMean(word, words)
		if hint == "" {
			hint = ": it has " + strings.Join(words, ", ")
		}
		return fmt.Sprintf("campaign %q has no disposition %q%s", x.Name, word, hint)
	}
	return ""
}

// dispositions are the words that the rules know, in their order.
func (c *Campaign) dispositions() (words []string) {
	for i := range c.Rules {
		for _, w := range c.Rules[i].Disposition {
			if !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	return words
}

// planLoaded plans the leads of which something was said before they were loaded.
func (d *Dialer) planLoaded() {
	if len(d.leads.loading) > 0 {
		return
	}
	for _, a := range d.leads.disposed {
		if c := d.campaign(a.Campaign); c != nil && !c.gone && d.planDisposed(c, &a) {
			d.record(AttemptDisposed{Call: a.ID, Disposition: a.Disposition, Rule: a.Rule})
		}
	}
	d.leads.disposed = nil
}

// planDisposed plans the lead of a call that is over anew, if it was its last. It is false when no such lead is here.
func (d *Dialer) planDisposed(c *campaign, a *Attempt) (here bool) {
	l := d.leads.known(a.Lead)
	if l == nil {
		return false
	}
	after, ok := l.Lead, l.call == nil && l.Campaign == a.Campaign && l.Last.Equal(wholeSecond(a.Planned))
	if ok {
		ok = after.undo()
	}
	if !ok {
		d.leads.settleBack(l)
		return true
	}
	d.touched.was(l.Lead)
	d.touched.lead(l)
	moved := d.planBy(c, &after, a)
	l.take().hopper = nil
	l.Lead = after
	d.leads.rest(l)
	if moved {
		d.leads.placed[l.ID] = d.now.Mono
		d.record(LeadPlaced{l.row()})
		return true
	}
	d.record(LeadChanged{l.row()})
	return true
}

// planBy decides on a lead that is as it was before an attempt.
func (d *Dialer) planBy(c *campaign, l *Lead, a *Attempt) (moved bool) {
	before := c.steps()[l.Rule] // the defaults move nobody
	held := l.State == LeadHeld
	o := d.triedAgain(c, l)
	o.disposition = a.Disposition
	s := c.decide(o)
	a.Rule = s.rule
	l.Final = ""
	s.apply(l)
	if l.State == LeadFinished {
		return false
	}
	if held {
		l.State = LeadHeld
	}
	end := a.Ended
	if end.IsZero() { // its row was read a moment before it was written
		end = d.now.Wall
	}
	l.Next = s.again.when(c.windows[s.rule], l.Last, end, o.zones)
	l.Use = d.useAfter(c, l, s.number)
	return s.notDone(before, true).place(l)
}

// undo takes the last attempt back out of the counts of a lead; it is false when a person has begun it anew since.
func (l *Lead) undo() bool {
	if l.Outcome.Counts() {
		l.Attempts--
	} else {
		l.Faults--
	}
	return l.Rule != "" && l.Attempts >= 0 && l.Faults >= 0 && len(l.Numbers) > 0
}

// settleBack puts a lead that known has brought back as it was.
func (b *leadBook) settleBack(l *lead) {
	if l.call == nil && l.hopper == nil {
		b.rest(l)
	}
}

// wholeSecond is an instant as the pool keeps it of the last attempt.
func wholeSecond(t time.Time) time.Time { return t.Truncate(time.Second) }
