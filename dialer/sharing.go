package dialer

import "math"

// sharing spreads the ready operators of one PBX over the calls that count on them. An operator who
// serves several queues is counted once; whom he is counted for may change as long as every call
// keeps somebody (augmenting paths in the graph of operators and queues).
type sharing struct {
	agents []*agent
	queue  []string // which queue each is counted for; empty: none
	seen   []bool   // scratch of one search
	shares map[*campaign]*share
}

// share is one campaign's part.
type share struct {
	operators  int // counted for its calls that are not answered yet
	unanswered int // calls
}

// newSharing counts the calls that live; those only planned as well when planned is set.
func (d *Dialer) newSharing(pbx string, planned bool) *sharing {
	s := &sharing{agents: d.ready(pbx), shares: map[*campaign]*share{}}
	s.queue = make([]string, len(s.agents))
	s.seen = make([]bool, len(s.agents))
	for _, c := range d.calls.list {
		switch {
		case c.attempt.PBX != pbx || !c.unserved() || c.phase == PhasePlanned && !planned:
		case c.phase > PhaseDialing:
			s.take(c.attempt.Queue) // he is here: a whole operator for him
		default:
			s.want(c.campaign, c.attempt.Queue)
		}
	}
	return s
}

// want counts one more unanswered call of a campaign, and tells whether there is an operator for it.
// In mode ratio several unanswered calls go to one operator. A call that lives is counted even when
// there is none.
func (s *sharing) want(c *campaign, queue string) bool {
	x := s.shares[c]
	if x == nil {
		x = &share{}
		s.shares[c] = x
	}
	x.unanswered++
	if x.unanswered <= int(math.Floor(float64(x.operators)*c.ratio()+1e-9)) {
		return true
	}
	if !s.take(queue) {
		return false
	}
	x.operators++
	return true
}

// ratio is how many unanswered calls go to one free operator.
func (c *campaign) ratio() float64 {
	if c.Pacing.Mode == Ratio {
		return c.Pacing.Ratio
	}
	return 1 // progressive, and predictive as long as nothing can be predicted
}

// take counts one more operator for a queue.
func (s *sharing) take(queue string) bool {
	clear(s.seen)
	return s.augment(queue)
}

func (s *sharing) augment(queue string) bool {
	for i, a := range s.agents {
		if s.seen[i] || !a.serves(queue) {
			continue
		}
		s.seen[i] = true
		if s.queue[i] == "" || s.augment(s.queue[i]) {
			s.queue[i] = queue
			return true
		}
	}
	return false
}
