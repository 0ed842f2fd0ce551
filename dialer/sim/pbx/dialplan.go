package pbx

import (
	"errors"
	"math"
	"time"

	"dialerd/dialer"
)

// The dialplan is extensions_dialerd.conf: [dialerd-ask] with its guard, [dialerd-answered],
// [dialerd-queue] and [dialerd-message].

// guard is how long [dialerd-ask] waits for an answer.
const guard = 500 * time.Millisecond

// variables are the DIALER_* of a channel.
type variables struct {
	ok       bool
	action   dialer.Action
	queue    string
	priority int
	within   time.Duration
	message  string
}

// ErrLate says that an answer came when the dialplan had gone on, or the caller was gone.
var ErrLate = errors.New("the dialplan waits for this answer no longer")

// ask puts a question to the daemon, and goes on by the fallback when no answer comes in time.
func (w *World) ask(c *channel, what dialer.QuestionKind, fallback dialer.Action) {
	c.enter(stageAsking)
	w.asks++
	id := w.asks
	w.asked[id] = c
	c.variables.ok, c.fallback = false, fallback
	c.question = dialer.Question{What: what, Call: c.call}
	if what == dialer.QuestionMachine {
		c.question.Verdict = c.customer.verdict
	}
	w.sayAt(w.now+w.between(0, time.Millisecond), Question{id, c.question})
	c.ask = id
	w.timer(c, guard, func() { w.byDefault(id, c) })
}

// Answer is what the daemon says to a question. An answer that is not OK leaves the dialplan to its
// default.
func (w *World) Answer(ask dialer.AskID, a dialer.Answer) error {
	c := w.asked[ask]
	delete(w.asked, ask)
	if c == nil || c.stage != stageAsking {
		return ErrLate
	}
	if !a.OK {
		w.goOn(c)
		return nil
	}
	queue := c.variables.queue
	if a.Queue != "" {
		queue = a.Queue
	}
	again := c.question.What == dialer.QuestionMachine && a.Action == dialer.ActionAMD
	c.variables = variables{true, a.Action, queue, a.Priority, a.Within, a.Message}
	if again { // to be asked the same again is no answer
		a.Action = dialer.ActionQueue
	}
	w.act(c, a.Action)
	return nil
}

// Unheard says that a question cannot be put: the daemon is away, or its connection broke.
func (w *World) Unheard(ask dialer.AskID) {
	if c := w.asked[ask]; c != nil {
		w.byDefault(ask, c)
	}
}

func (w *World) byDefault(ask dialer.AskID, c *channel) {
	delete(w.asked, ask)
	if c.stage == stageAsking {
		w.goOn(c)
	}
}

func (w *World) goOn(c *channel) {
	c.fate.Defaulted = true
	c.variables.ok, c.variables.action, c.variables.priority, c.variables.within = false, c.fallback, 0, 0
	w.act(c, c.fallback)
}

// act is the extension of [dialerd-answered] that the action names.
func (w *World) act(c *channel, a dialer.Action) {
	switch a {
	case dialer.ActionHold:
		c.enter(stageHold)
		c.fate.Held = w.now
		w.timer(c, c.variables.within+time.Second, func() {
			c.fate.Overstayed = w.now
			w.toQueue(c)
		})
	case dialer.ActionAMD:
		c.enter(stageAMD)
		w.timer(c, c.customer.amd, func() { w.heard(c) })
	case dialer.ActionMessage:
		w.message(c)
	case dialer.ActionHangup:
		w.hangup(c)
	default:
		w.toQueue(c)
	}
}

// heard is AMD's verdict, and the second question.
func (w *World) heard(c *channel) {
	c.fate.Heard, c.fate.Verdict = w.now, c.customer.verdict
	fallback := dialer.ActionQueue
	if c.customer.verdict == "MACHINE" {
		fallback = dialer.ActionHangup
	}
	w.ask(c, dialer.QuestionMachine, fallback)
}

// toQueue is [dialerd-queue]. The daemon's limit counts when it has sent him here by an answer.
func (w *World) toQueue(c *channel) {
	q := w.queue(c.variables.queue)
	if q == nil {
		w.message(c)
		return
	}
	wait := w.config.Wait
	if c.variables.ok && c.variables.action == dialer.ActionQueue && c.variables.within > 0 {
		wait = time.Duration(math.Ceil(c.variables.within.Seconds())) * time.Second
	}
	w.join(c, q, wait)
}

// message is [dialerd-message].
func (w *World) message(c *channel) {
	c.enter(stageMessage)
	length := time.Duration(0)
	if c.variables.message != "" {
		length = w.between(2*time.Second, 6*time.Second)
	}
	w.timer(c, length, func() { w.hangup(c) })
}
