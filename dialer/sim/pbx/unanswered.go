package pbx

import "dialerd/dialer"

// ending is how a call that nobody answered ends in Asterisk's words: the reason of the report, what
// its dialing says if it says anything, the cause, the SIP status.
type ending struct {
	reason int
	dial   dialer.DialStatus
	cause  int
	sip    int
}

// What PJSIP says (measured on 22.10.1 and 16.28.0).
var (
	busy        = ending{0, dialer.DialBusy, 17, 486}
	congested   = ending{0, dialer.DialCongestion, 34, 503}
	noSuch      = ending{0, dialer.DialNoAnswer, 1, 404}
	rejected    = ending{0, dialer.DialNoAnswer, 21, 603}
	unavailable = ending{0, dialer.DialNoAnswer, 19, 480}
	timedOut    = ending{3, dialer.DialOther, 19, 480}
	cancelled   = ending{0, dialer.DialOther, 16, 0}
)

// unanswered ends a channel that nobody answered. Its Hangup and the report of the Originate come in
// any order.
func (w *World) unanswered(c *channel, e ending) {
	e = w.asSaid(c, e)
	w.drop(c)
	if e.dial != dialer.DialOther {
		w.say(topicChannel, DialEnd{c.party(), e.dial})
	}
	w.say(topicChannel, ChannelGone{c.party(), e.cause, e.sip})
	w.say(topicOriginate, OriginateResponse{c.party(), false, e.reason})
}

// asSaid is the ending as this version and this kind of trunk tell it.
func (w *World) asSaid(c *channel, e ending) ending {
	switch {
	case c.trunk.Local && e.dial == dialer.DialBusy:
		return ending{5, dialer.DialBusy, 0, 0}
	case c.trunk.Local && e.dial == dialer.DialCongestion:
		return ending{8, dialer.DialCongestion, 0, 0}
	case c.trunk.Local:
		e.sip = 0
	}
	if w.config.Version16 {
		e.sip = 0
		if e.reason == 3 {
			e.cause = 0
		}
	}
	return e
}
