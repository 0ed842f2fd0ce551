package sim

import (
	"fmt"
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// desk is the one behind an interface; nil when nobody there asks the daemon for anything.
func (x *crew) desk(iface string) *desk {
	for _, k := range x.desks {
		if k.Interface == iface {
			return k
		}
	}
	return nil
}

// leaves tells whether an operator is on his way out, or is out, by all that is known.
func (k *desk) leaves(now time.Duration) bool { return k.known && (!k.in || k.out(now)) }

// heldFor is how long somebody may wait outside a queue in which an operator is free: wrap-up in Asterisk's whole
// seconds may be over a second before ours.
const heldFor = 1500 * time.Millisecond

// held watches a call that waits outside its queue. Nobody is to wait there while an operator is free, be it one
// on his way to his pause or from it.
func (r *referee) held(call dialer.CallID, queue string, free time.Duration) {
	s := r.sim
	const look = 300 * time.Millisecond
	s.after(look, func() {
		c, there := s.world.Channel(call)
		if !there || !c.Held {
			return
		}
		spare := r.spare(queue)
		if len(spare) == 0 || !r.well(s.now-heldFor-r.longestWrapup(), s.now) { // after a trouble it counts wrap-up from when it heard of its beginning
			free = 0
		} else if free += look; free >= heldFor {
			r.breach(call, "has waited outside queue %s for %s while %v were free there", queue, free, spare)
			return
		}
		r.held(call, queue, free)
	})
}

// longestWrapup is how long somebody's wrap-up may last, whoever keeps it.
func (r *referee) longestWrapup() time.Duration {
	longest := r.sim.scenario.team.wrapup
	for _, q := range r.sim.scenario.team.queues {
		longest = max(longest, q.Wrapup)
	}
	return longest
}

// spare is who could take a call of a queue at this moment, and the daemon must know it.
func (r *referee) spare(queue string) []string {
	s := r.sim
	return slices.DeleteFunc(s.world.Spare(queue), func(iface string) bool {
		k := s.staff.desk(iface)
		return k != nil && !k.known || s.now-s.world.LastCall(iface) < s.scenario.team.wrapup+time.Second
	})
}

// unseenReload is how long penalties that a reload of the queues has wiped may stay so: Asterisk says nothing of it, and
// two looks at the lists have to agree.
const unseenReload = 75 * time.Second

// rings judges whom app_queue has chosen: one who leaves is the last resort.
func (r *referee) rings(h pbx.AgentCalled) {
	s := r.sim
	k := s.staff.desk(h.Member.Interface)
	if k == nil || !k.leaves(s.now) || s.now-k.since < time.Second || !r.well(k.since, s.now) || len(r.penalties[seat{k.Interface, h.Member.Queue}]) > 0 {
		return
	}
	if r.refreshed > 0 && s.now-r.refreshed < unseenReload {
		return
	}
	for _, iface := range h.Passed {
		other := s.staff.desk(iface)
		works := other == nil || other.known && !other.leaves(s.now) && s.now-other.since > atOnce
		if works && len(r.penalties[seat{iface, h.Member.Queue}]) == 0 {
			r.breach(h.Call, "rings at operator %s, who leaves, behind penalty %d, while %s is free", k.id, h.Member.Penalty, iface)
		}
	}
}

// nobodyWorks judges an Originate: there has to be somebody in its queue who is not on his way out.
func (r *referee) nobodyWorks(o dialer.Originate) {
	s := r.sim
	for _, x := range s.scenario.world.Operators {
		if k := s.staff.desk(x.Interface); slices.Contains(x.Queues, o.Queue) && (k == nil || !k.leaves(s.now)) {
			return
		}
	}
	r.breach(o.Call, "is sent to queue %s, and everybody there leaves or is away", o.Queue)
}

// pausing notes the calls for which a pause of ours may come too early: they were sent when he still worked, and have
// nobody else. It did, when they are abandoned.
func (r *referee) pausing(e dialer.SetPause) {
	s := r.sim
	k := s.staff.desk(e.Interface)
	switch {
	case k == nil || !e.Paused || e.Reason == "dialerd-wrapup" || !k.known || !k.out(s.now):
		return
	case s.now > k.left+r.longestWait(k.Queues)-time.Second || !r.well(k.left, s.now):
		return
	}
	free := s.world.FreeIn(e.Queue)
	if !slices.Contains(free, e.Interface) || s.now-k.came < 2*time.Second { // nothing was dialed for who had just come
		return
	}
	others := len(free) - 1 + r.justFree(e.Queue)
	if others > 0 {
		return
	}
	for _, c := range s.world.Channels() {
		if f := s.world.Fate(c.Call); f != nil && f.Originated < k.left && !c.Rings && c.Interface == "" && !c.Message && r.queueOf(c.Call) == e.Queue {
			r.hasty[c.Call] = fmt.Sprintf("was abandoned; operator %s was paused at %.3f, %s after he had asked for it, and nobody else was free", k.id, s.now.Seconds(), s.now-k.left)
		}
	}
}

// justFree is how many operators of a queue have hung up this very moment: the daemon may have heard that their
// telephones are free and not yet that their wrap-up begins.
func (r *referee) justFree(queue string) (n int) {
	for _, o := range r.sim.scenario.world.Operators {
		if last := r.sim.world.LastCall(o.Interface); last > 0 && r.sim.now-last < blur && slices.Contains(o.Queues, queue) {
			n++
		}
	}
	return n
}

// queueOf is the queue that a call is for.
func (r *referee) queueOf(call dialer.CallID) string {
	if a := r.sim.disk.rows.attempt(call); a != nil {
		return a.Queue
	}
	return ""
}
