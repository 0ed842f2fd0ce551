package ami

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/staskobzar/goami2"

	"dialerd/dialer"
)

// state is what is gathered before LinkUp.
type state struct {
	asked   time.Time
	open    int // answers still to come
	version string
	started time.Time
}

// askState asks for everything at once, when Asterisk has booted. An Originate and a Redirect
// without a channel are asked for too: they come to nothing, and tell whether we may, before a
// lead is spent on finding out.
func (s *session) askState() {
	if s.phase != booting {
		return
	}
	s.phase = asking
	s.state = state{asked: time.Now(), open: 6}
	s.request(requestProbe, "Originate")
	s.request(requestProbe, "Redirect")
	s.request(requestStatus, "CoreStatus")
	s.request(requestSettings, "CoreSettings")
	s.askMembers()
	s.askCalls()
}

func (s *session) askMembers() {
	s.listing.members, s.listing.waiting = nil, nil
	s.listing.memberID = s.request(requestMembers, "QueueStatus")
}

func (s *session) askCalls() {
	s.listing.channels = nil
	s.listing.callID = s.request(requestCalls, "CoreShowChannels")
}

// response takes an answer to an action.
func (s *session) response(m *goami2.Message, now time.Time) error {
	a, ok := s.out.awaits(m.ActionID(), listFollows(m))
	if !ok {
		s.log.Debug().Str("action", m.ActionID()).Str("message", m.Field("Message")).Msg("an answer that nothing waits for")
		return nil
	}
	switch a.request {
	case requestPing:
		s.pings = 0
		if theirs, ok := timestamp([]byte(m.Field("Timestamp"))); ok {
			s.offset.measure(a.sent, now, theirs)
		}
	case requestFilter:
		if !m.IsSuccess() {
			s.once("filter", fmt.Sprintf("Asterisk will not filter events for us (%s) and sends more than is needed: add %s to write= of manager user %s in manager.conf",
				refusal(m), rights[a.name], s.cfg.User))
		}
	case requestProbe:
		if denied(m) {
			return lacking(s.cfg.User, a.name)
		}
		return s.answered()
	case requestStatus:
		s.state.started = startup(m, s.booted)
		return s.coreAnswered(a, m)
	case requestSettings:
		s.state.version = m.Field("AsteriskVersion")
		return s.coreAnswered(a, m)
	case requestMembers, requestCalls:
		return s.listAnswered(a, m)
	default:
		return s.effectAnswered(a, m)
	}
	return nil
}

// coreAnswered goes on without the version and the start time when Asterisk will not say them.
func (s *session) coreAnswered(a action, m *goami2.Message) error {
	if !m.IsSuccess() {
		s.once("core", fmt.Sprintf("Asterisk does not say its version and when it was started (%s: %s): add %s to write= of manager user %s in manager.conf",
			a.name, refusal(m), rights[a.name], s.cfg.User))
	}
	return s.answered()
}

// listAnswered looks at the response before a list, without which there is no state.
func (s *session) listAnswered(a action, m *goami2.Message) error {
	switch {
	case denied(m):
		return lacking(s.cfg.User, a.name)
	case !listFollows(m):
		return fmt.Errorf("%s: %s: Asterisk is still starting, or does not load the module", a.name, refusal(m))
	}
	return nil
}

// effectAnswered takes the answer to what the Dialer wanted done. A success tells nothing: what
// becomes of the call comes by events.
func (s *session) effectAnswered(a action, m *goami2.Message) error {
	if m.IsSuccess() {
		return nil
	}
	level := zerolog.InfoLevel
	switch { // too late, most often: the call had gone on by itself
	case a.request == requestHangup, a.request == requestWithdraw, doneAlready(m):
		level = zerolog.DebugLevel
	}
	s.log.WithLevel(level).Str("action", a.id).Str("reason", refusal(m)).Msgf("%s refused", a.name)
	if strings.Contains(refusal(m), "shutting down") { // and with the next event it says so itself
		if a.request == requestOriginate {
			if err := s.emit(dialer.CallUnsent{PBX: s.cfg.PBX, Call: a.call, Text: refusal(m)}); err != nil {
				return err
			}
		}
		return errors.New("Asterisk is shutting down")
	}
	if a.request == requestOriginate {
		failed := dialer.CallFailed{PBX: s.cfg.PBX, Call: a.call, Refused: true, Text: refusal(m)}
		if err := s.emit(failed); err != nil {
			return err
		}
	}
	if denied(m) { // after a manager reload; the next connection finds out by itself
		return lacking(s.cfg.User, a.name)
	}
	return nil
}

// memberList takes an item of the answer to QueueStatus.
func (s *session) memberList(k kind, f *fields) error {
	switch {
	case k == kindListMember:
		s.listing.addMember(f)
	case k == kindListCaller:
		s.listing.addCaller(s.decoder, f)
		s.joined(s.decoder.caller(f), f)
	case s.phase == asking:
		return s.answered()
	default:
		return s.auditMembers()
	}
	return nil
}

// callList takes an item of the answer to CoreShowChannels.
func (s *session) callList(k kind, f *fields) error {
	switch {
	case k == kindListChannel:
		s.listing.addChannel(s.decoder, f)
	case s.phase == asking:
		return s.answered()
	default:
		return s.auditCalls()
	}
	return nil
}

// answered counts the answers before LinkUp.
func (s *session) answered() error {
	if s.state.open--; s.state.open > 0 {
		return nil
	}
	return s.up(time.Now())
}

// up tells the Dialer how things stand, and then what happened meanwhile.
func (s *session) up(now time.Time) error {
	up := dialer.LinkUp{
		PBX: s.cfg.PBX, Version: s.state.version, Started: s.state.started,
		Members: s.listing.members, Calls: s.listing.calls(),
	}
	s.phase = live
	s.members = newMembers(s.cfg.PBX, up.Members)
	s.out.audit(up.Calls)
	s.alarms.set(alarmMembers, now.Add(confirmAfter))
	s.alarms.set(alarmCalls, now.Add(s.cfg.AuditEvery))
	s.onLive(s.out)
	s.cfg.Changed()
	s.log.Info().Str("version", up.Version).Time("started", up.Started).Int("members", len(up.Members)).
		Int("calls", len(up.Calls)).Dur("took", now.Sub(s.state.asked)).Msg("link is up")
	if !s.deliver(up) {
		return errInboxFull
	}
	kept := s.kept
	s.kept = nil
	for _, e := range kept {
		if err := s.emit(e); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) auditMembers() error {
	if s.members.reloaded {
		s.members.reloaded = false
		s.alarms.set(alarmMembers, time.Now().Add(confirmAfter))
	}
	corrections, missed := s.members.audit(s.listing.members)
	if missed > 0 {
		s.log.Info().Int("members", missed).Msg("the audit found members other than events said; if that repeats, read= of the manager user may lack agent")
	}
	for _, e := range corrections {
		if err := s.emit(e); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) auditCalls() error {
	for _, id := range s.out.audit(s.listing.calls()) {
		s.log.Info().Int64("call", int64(id)).Msg("the audit misses a call whose end was never said")
		if err := s.emit(dialer.CallEnded{PBX: s.cfg.PBX, Call: id, Vanished: true}); err != nil {
			return err
		}
	}
	return nil
}
