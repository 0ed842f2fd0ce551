package dialer

import "time"

// ask answers a question of the dialplan, at once and from memory. A question about a call that is
// not known, or while its PBX cannot be heard, is answered with OK false: the dialplan's default
// then sends an answered call to its queue.
func (d *Dialer) ask(e Asked) {
	if e.Question.What.AboutAgent() {
		d.askAgent(e)
		return
	}
	c := d.sent(e.Question.Call)
	if c == nil || !d.answered(c) {
		d.emit(Answer{Ask: e.Ask})
		return
	}
	if !d.links.get(c.attempt.PBX).up {
		d.byDefault(c)
		d.emit(Answer{Ask: e.Ask})
		return
	}
	var action Action
	switch {
	case c.phase != PhaseAnswered && c.phase != PhaseAMD:
		action = d.again(c)
	case e.Question.What == QuestionMachine:
		action = d.heard(c, e.Question.Verdict)
	case c.campaign.Answer.AMD == AMDAsterisk:
		c.phase = PhaseAMD
		action = ActionAMD
	default:
		action = d.route(c)
	}
	d.emit(d.answerFor(e.Ask, c, action))
}

// lateRing is how long past agent_within a call may stay in its queue by the dialplan's own timer,
// should the daemon not take it out before: as long as an operator's telephone may ring for it.
const lateRing = 15 * time.Second

func (d *Dialer) answerFor(ask AskID, c *call, action Action) Answer {
	a := Answer{Ask: ask, OK: true, Action: action, Queue: c.attempt.Queue, Campaign: c.campaign.Name,
		Within: c.campaign.Answer.AgentWithin.Span(), Message: c.campaign.Answer.AbandonMessage}
	if action == ActionQueue {
		a.Within += lateRing
	}
	if c.lead != nil {
		a.Lead = c.lead.ID
		if c.lead.fields != nil {
			a.Fields = *c.lead.fields
		}
	}
	return a
}

// holdSettles is how long after the answer "hold" a call is not redirected: Asterisk can lose a channel
// that is redirected between two steps of the dialplan (1 of some hundreds on 16, when it was tried),
// and has come to rest by then.
const holdSettles = 50 * time.Millisecond

// holdTimer is how long past agent_within a call in hold is sure to be there still: the dialplan's own
// timer strikes a second after.
const holdTimer = 750 * time.Millisecond

// strayed tells whether a held call may have gone on by the dialplan's own timer, because we were not
// there in time: a machine that swaps. It may talk, and we have not heard of it yet. It counts as in
// its queue from now on, out of which nothing we do can cut a talk.
func (d *Dialer) strayed(c *call) bool {
	if d.now.Mono < c.answered+c.campaign.Answer.AgentWithin.Span()+holdTimer {
		return false
	}
	d.touched.call(c)
	d.toQueue(c)
	return true
}

// route sends an answered call to the queue when an operator can be claimed for it, else has it
// wait outside until one is free or agent_within is over.
func (d *Dialer) route(c *call) Action {
	if d.claim(c) {
		d.toQueue(c)
		return ActionQueue
	}
	c.phase, c.settles = PhaseHeld, d.now.Mono+holdSettles
	c.deadline = c.answered + c.campaign.Answer.AgentWithin.Span()
	return ActionHold
}

// heard acts on AMD's verdict. The time it took is not the operators': agent_within counts from here.
func (d *Dialer) heard(c *call, verdict string) Action {
	c.answered = d.now.Mono
	if verdict != "MACHINE" {
		return d.route(c)
	}
	switch c.campaign.Answer.OnMachine {
	case MachineQueue:
		return d.route(c)
	case MachineMessage:
		c.machine = true
		c.phase = PhaseMessage
		return ActionMessage
	}
	c.machine = true
	c.phase = PhaseMessage
	return ActionHangup
}

// again answers a question that was answered before.
func (d *Dialer) again(c *call) Action {
	switch c.phase {
	case PhaseHeld:
		return ActionHold
	case PhaseMessage:
		return ActionMessage
	}
	return ActionQueue
}

// answerLost follows the dialplan, which has gone on by its default: to the queue.
func (d *Dialer) answerLost(id CallID) {
	d.withCall(id, func(c *call) {
		if c.phase != PhaseTalking {
			d.byDefault(c)
		}
	})
}

func (d *Dialer) byDefault(c *call) {
	if c.phase >= PhaseAnswered && c.phase <= PhaseHeld {
		d.toQueue(c)
	}
}
