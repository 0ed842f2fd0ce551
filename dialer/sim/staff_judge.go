package sim

import (
	"fmt"
	"slices"
	"time"

	"dialerd/dialer"
)

// seat is an interface in a queue.
type seat struct{ iface, queue string }

// joined is a member who has just come, with his own penalty.
func (r *referee) joined(iface, queue string) { delete(r.penalties, seat{iface, queue}) }

// penalized is a member whose penalty somebody else has set. What we set a moment later may have crossed it on
// its way: AMI has no compare-and-set.
func (r *referee) penalized(iface string, penalty int) {
	members, _ := r.sim.world.State()
	for _, m := range members {
		if at := (seat{m.Interface, m.Queue}); m.Interface == iface {
			if len(r.penalties[at]) == 0 {
				r.penalties[at] = []int{r.filed(iface)}
			}
			r.penalties[at] = append(r.penalties[at], penalty)
			r.meddled[at] = r.sim.now
		}
	}
}

// setting sees a penalty of ours arrive at the PBX: unless it may have crossed somebody else's, his is the one
// that has to stand in the end.
func (r *referee) setting(e dialer.SetPenalty) {
	at := seat{e.Interface, e.Queue}
	since, meddled := r.meddled[at]
	if !meddled {
		return
	}
	delete(r.meddled, at)
	if all := r.penalties[at]; len(all) > 0 && r.sim.now-since > 500*time.Millisecond && r.well(since, r.sim.now) {
		r.penalties[at] = all[len(all)-1:]
	}
}

// wiped is an Asterisk that has forgotten its members and what others have made of them; or it has kept some of
// that, as it was when it last wrote it down.
func (r *referee) wiped() {
	if !r.sim.scenario.world.Persistent {
		clear(r.penalties)
		return
	}
	for at := range r.penalties {
		r.penalties[at] = append(r.penalties[at], r.filed(at.iface))
	}
}

// reloadedQueues gives members by queues.conf the penalties of the file; what the daemon gives back until it has
// read the lists may be what was there before.
func (r *referee) reloadedQueues() {
	r.refreshed = r.sim.now
	members, _ := r.sim.world.State()
	for _, m := range members {
		if at := (seat{m.Interface, m.Queue}); m.Static && len(r.penalties[at]) > 0 {
			r.penalties[at] = append(r.penalties[at], r.filed(m.Interface))
			r.meddled[at] = r.sim.now + time.Minute
		}
	}
}

// ownPenalty tells whether a penalty may be a member's own.
func (r *referee) ownPenalty(m dialer.Member) bool {
	known := r.penalties[seat{m.Interface, m.Queue}]
	return len(known) == 0 && m.Penalty == r.filed(m.Interface) || slices.Contains(known, m.Penalty)
}

// filed is the penalty with which an operator comes.
func (r *referee) filed(iface string) int {
	for _, o := range r.sim.scenario.world.Operators {
		if o.Interface == iface {
			return o.Penalty
		}
	}
	return 0
}

// queuesOf is of how many queues an interface is a member.
func (r *referee) queuesOf(iface string) (n int) {
	members, _ := r.sim.world.State()
	for _, m := range members {
		if m.Interface == iface {
			n++
		}
	}
	return n
}

// wellNow tells whether nothing is broken at present.
func (r *referee) wellNow() bool { return r.sim.now > r.troubled && r.sim.world.Up() }

// heardSince tells whether the daemon must have heard by now what happened at an instant.
func (r *referee) heardSince(at time.Duration) bool {
	return r.sim.now-at > 5*time.Second && r.wellNow()
}

const (
	recovery  = 30 * time.Second // after a trouble
	atOnce    = 5 * time.Second  // for what nothing has to be waited for
	againSoon = 15 * time.Second // for what may have to be said to Asterisk twice
)

// longestWait is how long a call may count on an operator.
func (r *referee) longestWait(queues []string) (longest time.Duration) {
	for _, c := range r.sim.scenario.team.campaigns {
		if slices.Contains(queues, c.Queue) {
			longest = max(longest, c.Pacing.RingTimeout.Span()+c.Answer.AgentWithin.Span())
		}
	}
	return longest
}

// due is how long it may take until an operator stands as he is to.
func (r *referee) due(k *desk) time.Duration {
	switch {
	case !k.in:
		return r.longestWait(k.Queues) + againSoon
	case k.out(r.sim.now):
		return r.longestWait(k.Queues) + atOnce
	case k.named: // he may just have logged in
		return againSoon
	}
	return atOnce
}

// promise has an operator looked at when he has to stand as he is to.
func (r *referee) promise(k *desk) {
	version := k.version
	r.sim.after(r.due(k), func() {
		if k.version == version {
			r.keeps(k)
		}
	})
}

// keeps judges how an operator stands, when there was time enough since the last word of him and the last trouble.
func (r *referee) keeps(k *desk) {
	s := r.sim
	if !k.known || !s.world.Up() || s.daemon.core == nil {
		return
	}
	if wait := max(k.since+r.due(k), r.troubled+recovery) - s.now; wait > 0 {
		version := k.version
		s.after(wait, func() {
			if k.version == version {
				r.keeps(k)
			}
		})
		return
	}
	if wrong := r.wrong(k); wrong != "" {
		r.breach(0, "operator %s is %s, and is to be %+v for %s", k.id, wrong, k.wants, s.now-k.since)
		k.known = false
		return
	}
	r.kept[k.out(s.now)]++
}

// wrong is what is not as it has to be with an operator; empty: nothing.
func (r *referee) wrong(k *desk) string {
	s := r.sim
	var in []string
	members, _ := s.world.State()
	for _, m := range members {
		if m.Interface != k.Interface {
			continue
		}
		in = append(in, m.Queue)
		wrapup := m.Paused && m.Reason == "dialerd-wrapup" && (m.InCall || s.now-s.world.LastCall(k.Interface) < s.scenario.team.wrapup+10*time.Second || s.world.Talks(k.Interface))
		switch out := k.out(s.now); {
		case !k.in:
			return "a member of " + m.Queue
		case out && !m.Paused:
			return "not paused in " + m.Queue
		case !out && m.Paused && !wrapup:
			return fmt.Sprintf("paused (%s) in %s", m.Reason, m.Queue)
		case out && !wrapup && m.Reason != k.reason() && k.reason() != "?":
			return fmt.Sprintf("paused (%s), and not (%s), in %s", m.Reason, k.reason(), m.Queue)
		case !r.ownPenalty(m.Member):
			return fmt.Sprintf("behind penalty %d in %s, and his own is %v", m.Penalty, m.Queue, r.penalties[seat{m.Interface, m.Queue}])
		}
	}
	if k.in && len(in) < len(k.Queues) {
		return fmt.Sprintf("a member of %v alone", in)
	}
	return ""
}

// reason is that of the strongest pause that is wanted of him.
func (k *desk) reason() string {
	switch {
	case k.over != "":
		return k.over
	case k.own != "":
		return k.own
	}
	return "callback"
}

// lookAtDesks has everybody stand as he is to who has been left alone for long.
func (r *referee) lookAtDesks() {
	for _, k := range r.sim.staff.desks {
		if r.sim.now >= k.since+r.due(k) {
			r.keeps(k)
		}
	}
}

// judgePenalties finds members who are left behind a penalty of ours at the end.
func (r *referee) judgePenalties() {
	members, _ := r.sim.world.State()
	for _, m := range members {
		if !r.ownPenalty(m.Member) {
			r.breach(0, "operator %s is left behind penalty %d in queue %s", m.Interface, m.Penalty, m.Queue)
		}
	}
}
