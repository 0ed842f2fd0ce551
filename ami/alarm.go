package ami

import (
	"fmt"
	"time"

	"dialerd/dialer"
)

// alarm is something that the reader does at a time.
type alarm uint8

const (
	alarmBoot    alarm = iota // FullyBooted has not come
	alarmPing                 // the next ping
	alarmSecond               // lag, and actions without an answer
	alarmMembers              // the next audit of members
	alarmCalls                // the next audit of calls
	alarmCount
)

// After a change that events do not show, as a reload, members are asked for once more this soon,
// since a difference has to be seen twice.
const confirmAfter = time.Second

// alarms are the times at which the reader has something to do; zero is never.
type alarms [alarmCount]time.Time

func (a *alarms) set(which alarm, t time.Time) { a[which] = t }

// next is the earliest.
func (a *alarms) next() (t time.Time) {
	for _, at := range a {
		if !at.IsZero() && (t.IsZero() || at.Before(t)) {
			t = at
		}
	}
	return t
}

// due is an alarm whose time has come, which it clears.
func (a *alarms) due(now time.Time) (alarm, bool) {
	for which, at := range a {
		if !at.IsZero() && !at.After(now) {
			a[which] = time.Time{}
			return alarm(which), true
		}
	}
	return 0, false
}

func (s *session) alarm(a alarm, now time.Time) error {
	switch a {
	case alarmBoot:
		if s.phase == booting {
			s.once("boot", "logged in, but Asterisk does not say that it has booted: it is still starting, or read= of this manager user lacks system; trying without")
			s.askState()
		}
	case alarmPing:
		if s.pings >= 2 {
			return fmt.Errorf("%d pings in a row without an answer, one every %s", s.pings, s.cfg.PingEvery)
		}
		s.ping(now)
	case alarmSecond:
		s.alarms.set(alarmSecond, now.Add(time.Second))
		return s.second(now)
	case alarmMembers:
		s.alarms.set(alarmMembers, now.Add(s.cfg.AuditEvery))
		s.askMembers()
	case alarmCalls:
		s.alarms.set(alarmCalls, now.Add(s.cfg.AuditEvery))
		s.askCalls()
	}
	return nil
}

func (s *session) ping(now time.Time) {
	s.pings++
	s.request(requestPing, "Ping")
	s.alarms.set(alarmPing, now.Add(s.cfg.PingEvery))
}

// second looks after what takes no action of its own.
func (s *session) second(now time.Time) error {
	if late, tell := s.lag.take(); tell && s.phase == live {
		if err := s.emit(dialer.LinkLag{PBX: s.cfg.PBX, Lag: late}); err != nil {
			return err
		}
	}
	for {
		a, is := s.out.overdue(now.Add(-s.cfg.ActionTimeout))
		switch {
		case !is:
			return nil
		case a.request >= requestStatus:
			return fmt.Errorf("%s: no answer within %s", a.name, s.cfg.ActionTimeout)
		}
		s.log.Warn().Str("action", a.id).Dur("within", s.cfg.ActionTimeout).Msg("no answer to an action; what became of it the next audit shows")
	}
}
