package main

import (
	"testing"
	"time"
)

// TestCase57LinkCutUnderLoad: the line to Asterisk's manager interface is lost for ten seconds, in each
// of the ways in which it can be, while ten operators are at work. Nothing is dialed meanwhile; who
// answers meanwhile reaches the queue, for the dialplan's questions go another way; what was missed is
// made up by the resync.
func TestCase57LinkCutUnderLoad(t *testing.T) {
	r := startRoom(t)
	tenSeconds := func(since time.Time) bool { return time.Since(since) > 10*time.Second }
	atOnce := func(time.Time) bool { return true }
	for _, way := range []struct {
		what  string
		how   damage
		lasts func(since time.Time) bool
		late  float64 // seconds until the daemon may have noticed
	}{
		{"a line that is cut", cut, tenSeconds, 0},
		{"a line that is cut within an event", cutEvent, atOnce, 0},
		{"a line that is cut within an action", cutAction, atOnce, 0},
		{"a line that is silent", silent, atOnce, mostSilent},
	} {
		hurt := func() {
			r.proxy.damage(way.how)
			waitFor(t, time.Minute, way.what+" is what it is", func() bool { return way.how == silent || r.proxy.broken() }, func() string { return "" })
		}
		blind := r.blindFor(way.what, hurt, func() { r.proxy.damage(whole) }, way.lasts)
		r.undialed(way.what, blind, way.late)
		r.servedMeanwhile(way.what, blind)
		r.working("after " + way.what)
	}
	s := r.finish()
	if leads := s.Campaigns[0].Leads; leads.Dialing != 0 {
		t.Errorf("leads are left in dialing: %+v", leads)
	}
	if s.PBXs[0].Calls != 0 || s.Trunks[0].Used != 0 {
		t.Errorf("lines are left taken: %+v %+v", s.PBXs[0], s.Trunks[0])
	}
	r.judgeAll()
}

// mostSilent is how long after a line has fallen silent the last Originate may be planned: the next
// ping goes out within five seconds, and an Asterisk that answers nothing for two gets no more.
const mostSilent = 5 + 2 + 1

// undialed: nobody was rung whom the daemon planned to call in this time, save in its first seconds.
func (r *room) undialed(what string, blind stretch, late float64) {
	r.t.Helper()
	tales, rung := r.tales(), 0
	for _, a := range r.p.attempts() {
		after := epoch(a.Planned) - blind.from
		if t := tales[channelOf(a)]; t == nil || len(t.rung) == 0 || after < 0 || epoch(a.Planned) > blind.to {
			continue
		}
		if rung++; after > late {
			r.t.Errorf("%s: attempt %d was planned %.1f s after, and rang", what, a.ID, after)
		}
	}
	r.t.Logf("%s: %d calls that had been given to it rang after all", what, rung)
}

// servedMeanwhile: who answered in this time, and stayed, came into the queue and was served.
func (r *room) servedMeanwhile(what string, blind stretch) {
	r.t.Helper()
	ids := r.answeredIn(blind)
	if len(ids) == 0 && blind.to-blind.from > 9 {
		r.t.Errorf("%s: nobody answered meanwhile, so nothing is shown by that", what)
	}
	waitFor(r.t, time.Minute, what+": all who answered meanwhile are served", func() bool {
		tales := r.tales()
		for _, id := range ids {
			if tales[id].served == 0 && tales[id].ended == 0 {
				return false
			}
		}
		return true
	}, func() string { return "" })
	tales := r.tales()
	for _, id := range ids {
		switch x := tales[id]; {
		case x.queued == "":
			r.t.Errorf("%s: %s answered and never came into a queue: %+v", what, id, *x)
		case x.operator == "":
			r.t.Errorf("%s: %s answered and no operator took it: %+v", what, id, *x)
		}
	}
}
