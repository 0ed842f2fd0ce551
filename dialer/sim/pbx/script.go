package pbx

import (
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// Part is what one customer does, in place of what would be drawn.
type Part struct {
	Nature   Nature
	Ring     time.Duration // of one who answers: from the first ring to the answer
	Patience time.Duration // of one who answers: how long he waits for an operator
	Talk     time.Duration // of one who answers: how long he talks, unless the operator ends it before
	Cause    int           // of one whose network says no: this Q.850 cause, in place of the nature's
}

// Never is the PickUp of an operator who leaves his telephone ringing.
const Never = time.Hour

// scripted is what the person behind a number does: his part, or what is drawn.
func (w *World) scripted(number phone.Number, t *trunk) customer {
	if w.config.Script != nil {
		if p, ok := w.config.Script(number); ok {
			return customer{nature: p.Nature, ring: p.Ring, patience: p.Patience, talk: p.Talk, cause: p.Cause,
				verdict: "HUMAN", amd: 2 * time.Second}
		}
	}
	return w.customer(t)
}

// pickUp is how long an operator's telephone rings until he takes the call.
func (w *World) pickUp(o *operator) time.Duration {
	if o.PickUp != 0 {
		return o.PickUp
	}
	pick := w.lognormal(w.config.Teams.PickUp, 0.5)
	if w.chance(w.config.Teams.Misses) {
		return Never
	}
	return pick
}

// length is how long a talk lasts, and whether the operator ends it.
func (c *channel) length() (d time.Duration, byAgent bool) {
	if ends := c.talk.member.operator.Ends; ends != 0 && ends < c.customer.talk {
		return ends, true
	}
	return c.customer.talk, c.customer.byAgent
}

// withCause is the ending of a call that the network refuses with a cause.
func withCause(cause int) ending { return ending{0, dialer.DialNoAnswer, cause, 0} }
