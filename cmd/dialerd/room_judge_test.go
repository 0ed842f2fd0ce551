package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"dialerd/dialer"
)

// told is what the far ends and Asterisk's queue wrote down of one call, out of the daemon's sight.
type told struct {
	number   string
	rung     []float64 // each time that the customer's telephone rang for it
	answered float64   // 0: never
	ended    float64   // 0: nobody was there to write it down
	queued   string    // the queue it entered
	served   float64   // when an operator's telephone answered it; 0: none did
	operator string    // the member whom the queue has it connected to
}

// tales is what is told of each call, by its channel id.
func (l *lab) tales() map[string]*told {
	l.t.Helper()
	tales := map[string]*told{}
	of := func(id string) *told {
		if tales[id] == nil {
			tales[id] = &told{}
		}
		return tales[id]
	}
	for _, x := range l.judge("CUSTOMERS_LOG") {
		switch t := of(x.id); {
		case !strings.HasPrefix(x.number, "7900"):
			if x.what == "answered" {
				t.served = x.at
			}
		case x.what == "rung":
			t.number, t.rung = x.number, append(t.rung, x.at)
		case x.what == "answered":
			t.answered = x.at
		case x.what == "ended":
			t.ended = x.at
		}
	}
	text, err := os.ReadFile(l.env["QUEUE_LOG"])
	if err != nil {
		l.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		// time|channel id|queue|member|event|...
		switch f := strings.Split(line, "|"); {
		case len(f) < 5:
		case f[4] == "ENTERQUEUE":
			of(f[1]).queued = f[2]
		case f[4] == "CONNECT":
			of(f[1]).operator = f[3]
		}
	}
	return tales
}

// outcomeOf is what the kinds of customers make of a call that nobody answers.
var outcomeOf = map[byte]dialer.Outcome{'2': dialer.Busy, '3': dialer.Congestion, '4': dialer.NoAnswer}

// channelOf is the id of the customer's channel of an attempt.
func channelOf(a dialer.Attempt) string { return fmt.Sprintf("dt-%d", a.ID) }

// judgeAll holds every attempt against what the far ends tell.
func (r *room) judgeAll() {
	r.t.Helper()
	tales, counts, known, unseen := r.tales(), map[dialer.Outcome]int{}, map[string]bool{}, 0
	for _, a := range r.p.attempts() {
		id := channelOf(a)
		known[id] = true
		t := tales[id]
		if t == nil {
			t = &told{}
		}
		if why := r.contradiction(a, t); why != "" {
			r.t.Errorf("attempt %d to %s, planned %.3f, is %q with %q: %s; the far ends tell %+v", a.ID, a.Number, epoch(a.Planned), a.Outcome, a.Agent, why, *t)
		}
		counts[a.Outcome]++
		if t.operator != "" && a.Outcome != dialer.Answered {
			unseen++
		}
	}
	for id, t := range tales {
		if len(t.rung) > 0 && !known[id] {
			r.t.Errorf("%s was rung for %q, which is no attempt", t.number, id)
		}
	}
	r.t.Logf("outcomes %v; talks that the daemon has not seen: %d; blind %.1f", counts, unseen, r.blind)
}

// contradiction is how an attempt and the far ends contradict each other. Of what happened while the
// daemon was blind it may know less than there was: who was gone when it could see again is lost, though
// he may have talked.
func (r *room) contradiction(a dialer.Attempt, t *told) string {
	ended := t.ended
	if ended == 0 { // Asterisk died with it, or it never rang
		ended = epoch(a.Ended)
	}
	blind := slices.ContainsFunc(r.blind, func(s stretch) bool { return s.overlaps(epoch(a.Planned), ended) })
	unrung := a.Outcome == dialer.Cancelled || a.Outcome == dialer.Lost || a.Outcome == dialer.Failed && blind
	byHim := a.Outcome == dialer.Busy || a.Outcome == dialer.Congestion || a.Outcome == dialer.NoAnswer
	for _, c := range []struct {
		is  bool
		why string
	}{
		{a.Outcome == dialer.Unsettled, "it has no outcome"},
		{len(t.rung) > 1, "it rang more than once"},
		{a.Outcome == dialer.Cancelled && len(t.rung) > 0, "it rang all the same"},
		{a.Outcome == dialer.Lost && !blind, "nothing was hidden from the daemon"},
		{!unrung && len(t.rung) == 0, "it never rang"},
		{a.Outcome == dialer.Answered && (t.operator == "" || t.operator != a.Agent), "the queue has another connected, or nobody"},
		{a.Outcome == dialer.Abandoned && t.answered == 0, "nobody answered"},
		{a.Outcome == dialer.Abandoned && t.operator != "", "an operator was connected"},
		{a.Outcome == dialer.HungUp && (t.answered == 0 || t.operator != ""), "he did not answer, or was served"},
		{a.Outcome == dialer.Failed && len(t.rung) > 0, "it rang all the same"},
		{byHim && !(blind && a.Outcome == dialer.NoAnswer && t.answered == 0) && outcomeOf[a.Number.Digits()[4]] != a.Outcome, "that is not what his telephone did"},
		{!unrung && !byHim && !slices.Contains(served, a.Outcome), "nobody here does that"},
	} {
		if c.is {
			return c.why
		}
	}
	return ""
}
