package pbx

import "time"

// customer is what the called side does this time.
type customer struct {
	nature   Nature
	ring     time.Duration // from the first ring to the answer
	patience time.Duration // how long he waits for an operator, from the answer
	talk     time.Duration
	byAgent  bool // the operator ends the talk
	verdict  string
	amd      time.Duration // how long AMD takes
	cause    int           // that the network refuses the call with; 0: as his nature says
}

// longestTalk bounds talks, so that a run comes to an end.
const longestTalk = 10 * time.Minute

// customer draws who is reached.
func (w *World) customer(t *trunk) customer {
	c := &w.config.Customers
	x := customer{nature: w.nature(t), ring: w.lognormal(c.Ring, 0.5), amd: w.between(1500*time.Millisecond, 5*time.Second),
		patience: 500*time.Millisecond + w.exponential(c.Patience), talk: min(w.lognormal(c.Talk, 0.8), longestTalk), byAgent: w.chance(c.ByAgent), verdict: "HUMAN"}
	deaf := w.chance(c.Deaf)
	switch {
	case x.nature == Machine:
		x.patience = w.between(20*time.Second, time.Minute)
		x.talk = w.between(2*time.Second, 12*time.Second)
		x.byAgent = true
		x.verdict = "MACHINE"
		if deaf {
			x.verdict = "NOTSURE"
		}
	case w.chance(c.Early):
		x.patience = w.between(50*time.Millisecond, time.Second)
	case deaf:
		x.verdict = "MACHINE"
	}
	return x
}

func (w *World) nature(t *trunk) Nature {
	if t.out {
		return t.as
	}
	if t.choked {
		return Congestion
	}
	c := &w.config.Customers
	at := w.rand.Float64()
	for _, x := range [...]struct {
		share  float64
		nature Nature
	}{{c.Busy, Busy}, {c.NoAnswer, NoAnswer}, {c.Congestion, Congestion}, {c.Invalid, Invalid}, {c.Rejected, Rejecting}, {c.Failed, Undialable}} {
		if at < x.share {
			return x.nature
		}
		at -= x.share
	}
	if w.chance(c.Machine) {
		return Machine
	}
	return Person
}
