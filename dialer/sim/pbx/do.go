package pbx

import (
	"time"

	"dialerd/dialer"
)

// Do carries out what the dialer wants of Asterisk: an Originate, a Redirect, a Withdraw, a Hangup,
// a SetPause, a SetPenalty, an AddMember or a RemoveMember, at the present time of the world. It is false for any
// other effect, and while Asterisk is down. What comes of it comes by Happenings.
func (w *World) Do(effect dialer.Effect) bool {
	if w.down {
		return false
	}
	switch e := effect.(type) {
	case dialer.Originate:
		w.originate(e)
	case dialer.Redirect:
		w.redirect(e)
	case dialer.Withdraw:
		w.withdraw(e)
	case dialer.Hangup:
		w.hangupByUs(e)
	case dialer.SetPause:
		w.Pause(e.Queue, e.Interface, e.Paused, e.Reason)
	case dialer.SetPenalty:
		w.Penalty(e.Queue, e.Interface, e.Penalty)
	case dialer.AddMember:
		return w.Join(Joining{Queue: e.Queue, Interface: e.Interface, Name: e.Name, Penalty: e.Penalty}) == nil
	case dialer.RemoveMember:
		return w.Leave(e.Queue, e.Interface) == nil
	default:
		return false
	}
	return true
}

// restless is how long Asterisk may still be moving a channel between two steps of the dialplan. It can
// lose one that is redirected then, so nobody should.
const restless = 20 * time.Millisecond

// redirect moves a channel in the dialplan, out of whatever it was in: a talk is cut.
func (w *World) redirect(e dialer.Redirect) {
	c := w.byCall[e.Call]
	if c == nil || c.stage == stageDialing {
		return
	}
	switch {
	case c.stage == stageTalk:
		w.breach(e.Call, "is redirected out of a talk")
	case c.stage == stageHold && w.now-c.fate.Held < restless:
		w.breach(e.Call, "is redirected %s after it began to wait", w.now-c.fate.Held)
	}
	w.leaveQueue(c, true)
	w.endTalk(c, false)
	if e.To == dialer.ActionMessage {
		w.message(c)
		return
	}
	w.toQueue(c)
}

// withdraw marks a caller. Asterisk looks at the mark when it looks for a free member: within a
// second, unless somebody takes the call before.
func (w *World) withdraw(e dialer.Withdraw) {
	if c := w.byCall[e.Call]; c != nil && c.entry != nil && c.entry.queue.Name == e.Queue {
		c.entry.withdrawn = true
	}
}

func (w *World) hangupByUs(e dialer.Hangup) {
	c := w.byCall[e.Call]
	if c == nil {
		return
	}
	c.fate.CutByUs = true
	switch c.stage {
	case stageTalk:
		w.breach(e.Call, "is hung up in a talk")
		w.hangup(c)
	case stageDialing:
		w.unanswered(c, cancelled)
	default:
		w.hangup(c)
	}
}
