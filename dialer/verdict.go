package dialer

import "time"

// evidence is what the witnesses of a call have said. They come in any order, and some not at all.
type evidence struct {
	ended     bool          // its channel is gone
	failed    bool          // Asterisk reports that the Originate came to nothing
	refused   bool          // it was refused at once: there never was a channel
	cancelled bool          // we gave it up before it went out
	lost      bool          // nobody can know
	retry     time.Duration // how long a lead that could not be called waits
	dial      DialStatus
	reason    int // of the Originate's report
	q850, sip int // of the Hangup
}

// tells says whether the witnesses that have come are enough to judge an unanswered call by: its Hangup,
// or a report with a reason of its own. The link may have fallen before the other came.
func (e evidence) tells() bool { return e.ended || e.failed && e.reason != 0 }

// verdict is the outcome and whose doing it was.
//
// Whether it was answered comes from our own state, never from a cause: a hang-up cause of 16 does
// not say so. An unanswered call is judged by the first of these that tells something: the SIP
// status, the Q.850 cause, the dial status, the reason of the Originate's report.
func (c *call) verdict(mono time.Duration) (Outcome, Cause) {
	e := c.evidence
	cause := Cause{Q850: e.q850, SIP: e.sip}
	by := func(o Outcome, p Party) (Outcome, Cause) {
		cause.By = p
		return o, cause
	}
	switch {
	case e.cancelled:
		return by(Cancelled, Us)
	case !c.attempt.Connected.IsZero():
		return by(Answered, Person)
	case c.machine:
		return by(Machine, Person)
	case c.abandoned && c.withdrawn:
		return by(Abandoned, Us)
	case e.lost: // even if we gave it up: nobody knows whether that arrived before an operator did
		return by(Lost, Us)
	case c.abandoned:
		return by(Abandoned, Us)
	case c.hangup && !c.attempt.Answered.IsZero(): // he answered in the moment in which we hung up on him
		return by(Abandoned, Us)
	case !c.attempt.Answered.IsZero():
		if c.phase != PhaseAMD && mono-c.answered >= c.campaign.Answer.AgentWithin.Span() {
			return by(Abandoned, Us)
		}
		return by(HungUp, Person)
	case e.refused:
		return by(Failed, Us)
	case c.hangup:
		return by(Cancelled, Us)
	}
	return by(e.unanswered())
}

// unanswered judges a call that nobody answered, by the decision order above.
func (e evidence) unanswered() (Outcome, Party) {
	if o, p, ok := bySIP(e.sip); ok {
		return o, p
	}
	if o, p, ok := byQ850(e.q850); ok {
		return o, p
	}
	switch e.dial {
	case DialBusy:
		return Busy, Person
	case DialCongestion, DialUnavailable:
		return Congestion, Carrier
	}
	switch e.reason {
	case 3:
		return NoAnswer, Person
	case 5:
		return Busy, Person
	case 8:
		return Congestion, Carrier
	}
	if e.dial == DialNoAnswer {
		return NoAnswer, Person
	}
	return Failed, Carrier
}

// bySIP reads a SIP status (RFC 3261, section 21).
func bySIP(status int) (Outcome, Party, bool) {
	switch status {
	case 0:
		return 0, 0, false
	case 486, 600:
		return Busy, Person, true
	case 480, 408, 487:
		return NoAnswer, Person, true
	case 603, 607, 608:
		return Rejected, Person, true
	case 404, 410, 484, 604:
		return InvalidNumber, Person, true
	case 500, 502, 503, 504:
		return Congestion, Carrier, true
	}
	if status >= 400 {
		return Failed, Carrier, true
	}
	return 0, 0, false
}

// byQ850 reads a cause of ITU-T Q.850. Causes that only say that the line was cleared tell nothing
// about why nobody answered.
func byQ850(cause int) (Outcome, Party, bool) {
	switch cause {
	case 0, 16, 31:
		return 0, 0, false
	case 17:
		return Busy, Person, true
	case 18, 19, 20:
		return NoAnswer, Person, true
	case 21:
		return Rejected, Person, true
	case 1, 22, 28:
		return InvalidNumber, Person, true
	case 34, 41, 42, 44, 47:
		return Congestion, Carrier, true
	}
	return Failed, Carrier, true
}
