package sim

import (
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

// plant is a fault in the driver itself, put there to see that the referee finds it.
type plant uint8

const (
	plantNone     plant = iota
	plantLoss           // the link loses single events and nothing is read anew
	plantEager          // Committed comes before the commit
	plantTwice          // an Originate goes out twice
	plantCut            // a Hangup for a call that talks
	plantOften          // the history of numbers is forgotten at a restart
	plantKeep           // what was taken of the members is forgotten at a restart
	plantZones          // nobody has told the core where numbers are
	plantRefused        // who refused to be called is forgotten at a restart
	plantFuse           // trunks that fail are never shut
	plantBreaks         // nobody has told the core of the breaks in the hours
	plantHolidays       // nor of days and regions with hours of their own
	plantMasks          // nor of the files of numbers never called
	plantGap            // nor how long the gap between two attempts is
	plantDay            // nor how many attempts a day are allowed
	plantTotal          // nor how many in all
	plantServed         // who was abandoned is forgotten at a restart
	plantInvalid        // which numbers do not exist is forgotten at a restart
	plantHold           // whom a person has put aside the core does not hear
	plantDelete         // whom a person has deleted is there again at a restart
	plantMerge          // what an import has changed the core does not hear
	plantEarly          // nobody has told the core which leads are still to come
	plantLift           // a pause that is over is not lifted
	plantPenalty        // nobody is put behind awaiting_penalty
	plantHasty          // whoever asks for a pause is paused at once
	plantWait           // who is to go into the queue waits outside
	plantSlow           // the core hears of a pause half a minute after it was answered
	plantIntents        // what was wanted of operators is forgotten at a restart
	plantStranger       // the fields that come are those of somebody else
)

// spoil gives the core another configuration than the referee has.
func (p plant) spoil(c *dialer.Config) {
	switch p {
	case plantZones:
		c.Zones = nil
	case plantMasks:
		c.DNC = phone.Masks{}
	case plantFuse:
		for i := range c.Trunks {
			c.Trunks[i].Breaker = 0
		}
	case plantBreaks, plantHolidays:
		c.Calendars = slices.Clone(c.Calendars)
		for i := range c.Calendars {
			p.spoilCalendar(&c.Calendars[i])
		}
	}
	for i := range c.Campaigns {
		p.spoilAttempts(&c.Campaigns[i].Attempts)
	}
}

func (p plant) spoilCalendar(c *calendar.Calendar) {
	if p == plantHolidays {
		c.Dates, c.Regions, c.Off = nil, nil, nil
		return
	}
	c.Hours = slices.Clone(c.Hours)
	for i := range c.Hours {
		spans := c.Hours[i].Spans
		c.Hours[i].Spans = []calendar.Span{{From: spans[0].From, To: spans[len(spans)-1].To}}
	}
}

func (p plant) spoilAttempts(a *dialer.AttemptsRule) {
	switch p {
	case plantGap:
		a.Gap = dialer.Duration(time.Minute)
	case plantDay:
		a.PerDay += 2
	case plantTotal:
		a.Total += 2
	}
}

// swallows tells whether an action never arrives.
func (p plant) swallows(e dialer.Effect) bool {
	switch x := e.(type) {
	case dialer.SetPause:
		return p == plantLift && !x.Paused
	case dialer.SetPenalty:
		return p == plantPenalty && x.Penalty >= 1000
	}
	return false
}

// answers spoils the answer to a question of the dialplan.
func (p plant) answers(a *dialer.Answer) {
	if p == plantWait && a.Action == dialer.ActionQueue {
		a.Action, a.Within = dialer.ActionHold, 10*time.Second
	}
}

// spoil has somebody paused at once who is told that he is to be.
func (x *crew) spoil(k *desk, a dialer.AgentReply) {
	if x.sim.scenario.plant != plantHasty || a.Code != dialer.CodePausing {
		return
	}
	for _, q := range k.Queues {
		x.sim.link.arrive(dialer.SetPause{PBX: pbxName, Queue: q, Interface: k.Interface, Paused: true, Reason: a.Reason})
	}
}

// spoilQuestion has a pause answered that the core hears of much later; it is false when the question is not spoilt.
func (x *crew) spoilQuestion(k *desk, q dialer.Question) bool {
	if x.sim.scenario.plant != plantSlow || q.What != dialer.QuestionPause {
		return false
	}
	x.learn(k, q, dialer.AgentReply{By: dialer.ByAgent, Reason: "?"})
	x.sim.after(30*time.Second, func() { x.sim.daemon.put(dialer.Asked{Ask: firstStaff, Question: q}) })
	return true
}
