package sim

import (
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// link is the daemon's AMI connection: events keep their order and may come late; when it is cut,
// what was under way is lost, and the next one begins with the whole state.
type link struct {
	sim       *simulation
	life      int  // of the connection
	connected bool // in truth
	live      bool // as the daemon knows: between LinkUp and LinkDown
	syncing   bool // the state is being read
	kept      []dialer.Event
	last      time.Duration // when the last event is delivered
	arrives   time.Duration // when the last action arrives
	lag       time.Duration // how late events come at present
	lagTold   bool
	parted    bool // nothing at all goes between the daemon and Asterisk: questions neither
}

// hear brings what Asterisk has said to the daemon.
func (l *link) hear(h pbx.Heard) {
	e := event(h.What)
	if e == nil || !l.connected {
		return
	}
	s, life := l.sim, l.life
	if s.scenario.plant == plantLoss && s.rand.IntN(100) == 0 {
		return
	}
	times := 1
	if s.rand.Float64() < s.scenario.faults.twice {
		times = 2
	}
	for range times {
		l.last = max(l.last, s.now+s.between(50*time.Microsecond, 500*time.Microsecond)+l.lag)
		s.agenda.Add(l.last, func() {
			if l.life == life {
				l.deliver(e)
			}
		})
	}
}

func (l *link) deliver(e dialer.Event) {
	if l.syncing {
		l.kept = append(l.kept, e)
		return
	}
	l.sim.daemon.put(e)
}

// send brings an action to Asterisk. An Originate that cannot be written is said to be unsent;
// one that is written to a connection that is dead, as nobody knows yet, is gone.
func (l *link) send(e dialer.Effect) {
	s, life := l.sim, l.life
	if !l.live {
		if o, ok := e.(dialer.Originate); ok {
			s.daemon.follow = append(s.daemon.follow, dialer.CallUnsent{PBX: pbxName, Call: o.Call, Text: "the link is down"})
		}
		return
	}
	if o, ok := e.(dialer.Originate); ok {
		s.referee.sending(o)
		s.referee.nobodyWorks(o)
	}
	if !l.connected {
		return
	}
	l.arrives = max(l.arrives, s.now+s.between(100*time.Microsecond, 2*time.Millisecond)) // in order, as they are sent
	s.agenda.Add(l.arrives, func() {
		if l.life == life || s.rand.IntN(2) == 0 { // the last words of a connection may still arrive
			l.arrive(e)
		}
	})
}

func (l *link) arrive(e dialer.Effect) {
	s := l.sim
	if s.scenario.plant.swallows(e) {
		return
	}
	o, originates := e.(dialer.Originate)
	if originates && s.world.Up() {
		s.referee.placing(o)
	}
	if p, is := e.(dialer.SetPause); is {
		s.referee.pausing(p)
	}
	if p, is := e.(dialer.SetPenalty); is {
		s.referee.setting(p)
	}
	if s.world.Do(e) {
		if m, is := e.(dialer.AddMember); is {
			s.referee.joined(m.Interface, m.Queue)
		}
	}
	if originates && s.scenario.plant == plantTwice && s.rand.IntN(50) == 0 {
		s.world.Do(e)
	}
}

// cut breaks the connection. The daemon notices after a while: at once when Asterisk has closed it,
// by pings without an answer when it is silent. After another while it connects anew.
func (l *link) cut(unnoticed, apart time.Duration) {
	if !l.connected {
		return
	}
	s := l.sim
	s.say("link: cut, unnoticed for %s", unnoticed)
	s.referee.trouble(deaf, l.behind(), unnoticed+apart+5*time.Second)
	l.connected, l.syncing = false, false
	l.parted = s.world.Up() && s.rand.IntN(3) == 0
	l.life++
	life := l.life
	s.after(unnoticed, func() {
		if l.life != life {
			return
		}
		l.live = false
		s.daemon.put(dialer.LinkDown{PBX: pbxName, Reason: "the connection broke"})
		s.after(apart, func() { l.retry(life) })
	})
}

// drop is the connection of a daemon that is no more.
func (l *link) drop() {
	l.connected, l.live, l.syncing, l.parted = false, false, false, false
	l.life++
}

// connect begins a new connection: log in, read the state, then hand on what came meanwhile.
func (l *link) connect() {
	l.life++
	l.retry(l.life)
}

func (l *link) retry(life int) {
	s := l.sim
	if l.life != life {
		return
	}
	if !s.world.Up() {
		s.referee.trouble(deaf, 0, 5*time.Second)
		s.after(time.Second, func() { l.retry(life) })
		return
	}
	l.connected, l.syncing, l.parted, l.kept, l.last = true, true, false, nil, 0
	s.after(s.between(5*time.Millisecond, 100*time.Millisecond), func() {
		if l.life == life {
			l.up(life, linkUp(s.world, s.scenario.start.Add(s.world.Started())))
		}
	})
}

// up hands over the state, which is a little old by then.
func (l *link) up(life int, state dialer.LinkUp) {
	s := l.sim
	s.after(s.between(time.Millisecond, 30*time.Millisecond)+l.lag, func() {
		if l.life != life {
			return
		}
		l.live, l.syncing = true, false
		s.daemon.put(state)
		for _, e := range l.kept {
			s.daemon.put(e)
		}
		l.kept = nil
	})
}

// behind is how old the oldest event may be that is still on its way.
func (l *link) behind() time.Duration {
	if l.last > l.sim.now {
		return mostLate + time.Second
	}
	return 0
}

// tellLag says how late events come, once a second while that matters and once when it no longer
// does.
func (l *link) tellLag() {
	if l.live && (l.lag > 200*time.Millisecond || l.lagTold) {
		l.lagTold = l.lag > 200*time.Millisecond
		l.sim.daemon.put(dialer.LinkLag{PBX: pbxName, Lag: l.lag})
	}
}

// audit tells the daemon anew of the members that nothing was said of.
func (l *link) audit() {
	if !l.connected {
		return
	}
	s, life := l.sim, l.life
	members, _ := s.world.State()
	l.last = max(l.last, s.now+time.Millisecond+l.lag)
	for _, m := range members {
		if m.Static {
			s.agenda.Add(l.last, func() {
				if l.life == life {
					l.deliver(dialer.MemberChanged{PBX: pbxName, Member: m.Member})
				}
			})
		}
	}
}
