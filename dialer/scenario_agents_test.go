package dialer

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ask asks about an operator: ask pause anna lunch, ask work anna supervisor=yes, ask login anna interface=PJSIP/7,
// ask reserve anna lead=7 for=90s.
func (w *world) ask(c command) {
	w.asks++
	q := Question{Agent: c.arg(1), Reason: c.arg(2), Supervisor: c.options["supervisor"] != "", Interface: c.options["interface"],
		Lead: LeadID(c.number("lead")), Stored: c.options["stored"] != ""}
	c.text(0, &q.What)
	if span, ok := c.options["for"]; ok {
		d, err := parseDuration(span)
		if err != nil {
			w.t.Fatal(err)
		}
		q.For = d
	}
	w.step(Asked{w.asks, q})
}

// asterisk has it do what it is told (asterisk obeys), and say so, or not (asterisk is deaf).
func (w *world) asterisk(c command) { w.obeys = c.arg(0) == "obeys" }

// obey is Asterisk doing what it was told: the effects of one step, then what it says of them.
func (w *world) obey(effects []Effect) {
	if !w.obeys {
		return
	}
	var events []Event
	for _, e := range effects {
		switch e := e.(type) {
		case SetPause:
			events = append(events, w.set(e.Queue, e.Interface, func(m *Member) { m.Paused, m.Reason = e.Paused, e.Reason })...)
		case SetPenalty:
			events = append(events, w.set(e.Queue, e.Interface, func(m *Member) { m.Penalty = e.Penalty })...)
		case AddMember:
			m := Member{Queue: e.Queue, Interface: e.Interface, Name: e.Name, Penalty: e.Penalty, Status: DeviceNotInUse}
			w.member(m)
			events = append(events, MemberChanged{e.PBX, m})
		case RemoveMember:
			w.members = slices.DeleteFunc(w.members, func(m Member) bool { return m.Queue == e.Queue && m.Interface == e.Interface })
			events = append(events, MemberRemoved(e))
		}
	}
	for _, e := range events {
		w.step(e)
	}
}

// set changes how Asterisk shows a member.
func (w *world) set(queue, iface string, change func(*Member)) []Event {
	for i := range w.members {
		if m := &w.members[i]; m.Queue == queue && m.Interface == iface {
			change(m)
			return []Event{MemberChanged{scenarioPBX, *m}}
		}
	}
	return nil
}

// changed is a member changed at Asterisk by somebody else, all else of him as it is: by-hand PJSIP/101 sales
// paused=lunch, penalty=7, or unpaused.
func (w *world) byHand(c command) {
	for _, queue := range strings.Split(c.arg(1), ",") {
		for _, e := range w.set(queue, c.arg(0), func(m *Member) {
			if reason, ok := c.options["paused"]; ok {
				m.Paused, m.Reason = true, reason
			}
			if c.arg(2) == "unpaused" {
				m.Paused, m.Reason = false, ""
			} else if c.arg(2) != "" {
				c.text(2, &m.Status)
			}
			if _, ok := c.options["penalty"]; ok {
				m.Penalty = c.number("penalty")
			}
		}) {
			w.step(e)
		}
	}
}

// describeReply is the answer to an operator.
func describeReply(r AgentReply) string {
	s := fmt.Sprintf("%s: %s", r.Agent, r.Code)
	if r.Reason != "" {
		s += fmt.Sprintf(" (%s, by %s)", r.Reason, r.By)
	}
	if r.Lead != 0 {
		s += fmt.Sprintf(", for lead %d", r.Lead)
	}
	if r.After {
		s += ", after his call"
	}
	switch left := r.Left.Truncate(time.Millisecond); {
	case r.Until.IsZero():
	case left < 0:
		s += fmt.Sprintf(", over by %s", Duration(-left))
	default:
		s += fmt.Sprintf(", %s left", Duration(left))
	}
	return s
}

// describeAgent is a row about an operator.
func describeAgent(r AgentRecord) string {
	var wants []string
	for by, i := range map[string]Intent{"": r.Own, "by the supervisor": r.Supervisor} {
		if i.stands() {
			w := strings.TrimSpace("to be paused (" + i.Reason + ") " + by)
			if !i.Began.IsZero() {
				w = strings.TrimSpace("paused (" + i.Reason + ") " + by)
			}
			wants = append(wants, w)
		}
	}
	slices.Sort(wants)
	if !r.Login.IsZero() {
		wants = append(wants, strings.TrimSuffix("logged in with "+r.Desk, " with "))
	}
	if r.Leaving {
		wants = append(wants, "to log out")
	}
	if len(wants) == 0 {
		wants = []string{"nothing is wanted"}
	}
	return fmt.Sprintf("write: %s: %s", r.ID, strings.Join(wants, ", "))
}
