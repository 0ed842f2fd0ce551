package dialer

import (
	"math"
	"slices"
)

// sharing spreads the ready operators of one PBX over the calls that count on them. An operator who
// serves several queues is counted once; whom he is counted for may change as long as every call
// keeps somebody (augmenting paths, between the groups of operators who serve the same queues).
type sharing struct {
	groups   []*group
	byQueues map[string]*group
	seen     []bool // scratch of one search
	shares   map[*campaign]*share
}

// group is the operators who serve the same queues.
type group struct {
	queues []string
	free   int
	given  []int // to each of queues
}

// share is one campaign's part.
type share struct {
	operators  int // counted for its calls that are not answered yet
	unanswered int // calls
}

// newSharing counts the calls that live; those only planned as well when planned is set.
func (d *Dialer) newSharing(pbx string, planned bool) *sharing {
	s := newGroups(d.ready(pbx))
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

// unwant takes back the last want, which had found an operator.
func (s *sharing) unwant(c *campaign, queue string) {
	x := s.shares[c]
	x.unanswered--
	if x.operators == 0 || x.unanswered > int(math.Floor(float64(x.operators-1)*c.ratio()+1e-9)) {
		return // he is needed for the others
	}
	x.operators--
	for _, g := range s.groups {
		if at := slices.Index(g.queues, queue); at >= 0 && g.given[at] > 0 {
			g.given[at]--
			g.free++
			return
		}
	}
}

// ratio is how many unanswered calls go to one free operator.
func (c *campaign) ratio() float64 {
	if c.Pacing.Mode == Ratio {
		return c.Pacing.Ratio
	}
	return 1 // progressive, and predictive as long as nothing can be predicted
}

// newGroups puts operators who serve the same queues together.
func newGroups(agents []*agent) *sharing {
	s := &sharing{shares: map[*campaign]*share{}, byQueues: map[string]*group{}}
	for _, a := range agents {
		s.join(a)
	}
	return s
}

// join adds an operator.
func (s *sharing) join(a *agent) {
	g := s.byQueues[a.served]
	if g == nil {
		g = &group{}
		for _, m := range a.members {
			if !m.Paused {
				g.queues = append(g.queues, m.Queue)
			}
		}
		g.given = make([]int, len(g.queues))
		s.byQueues[a.served] = g
		s.groups = append(s.groups, g)
		s.seen = append(s.seen, false)
	}
	g.free++
}

// take counts one more operator for a queue.
func (s *sharing) take(queue string) bool {
	clear(s.seen)
	return s.augment(queue)
}

// augment finds an operator for a queue: one who is free, or one whose call another can take over.
func (s *sharing) augment(queue string) bool {
	for i, g := range s.groups {
		at := slices.Index(g.queues, queue)
		if at < 0 || s.seen[i] {
			continue
		}
		s.seen[i] = true
		if g.free > 0 {
			g.free--
			g.given[at]++
			return true
		}
		for other, n := range g.given {
			if n > 0 && other != at && s.augment(g.queues[other]) {
				g.given[other]--
				g.given[at]++
				return true
			}
		}
	}
	return false
}
