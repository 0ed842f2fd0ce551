package ami

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dialerd/dialer"
)

var errInboxFull = errors.New("the inbox is full: the daemon does not keep up with events; the state is read anew")

// phase is how far a connection has come.
//
//	booting ──FullyBooted──► asking ──all answered──► live
type phase uint8

const (
	booting phase = iota // events say nothing yet: the state that is asked for is later than they
	asking               // events are kept
	live                 // events go to the Dialer
)

// session is one connection from its banner to its end. All of it belongs to the reader, save the
// outbox, which the writer shares, and the cause.
type session struct {
	cfg     *Config
	log     zerolog.Logger
	said    map[string]bool // what was logged once, over all connections
	deliver func(dialer.Event) bool
	decoder Decoder
	conn    net.Conn
	in      *frames
	out     *outbox
	onLive  func(*outbox) // called right before LinkUp

	phase   phase
	alarms  alarms
	serial  int       // of the link's own actions
	booted  time.Time // about, from the uptime that Asterisk says; zero when it did not
	state   state
	kept    []dialer.Event // what came while asking
	listing snapshot
	members *members
	pings   int // without an answer
	offset  offset
	lag     lag

	end   sync.Once
	cause error
}

// talking is what was being done when a live connection broke, by the reader or the writer.
const talking = "talking to Asterisk"

// fail ends the connection. The first cause stays.
func (s *session) fail(cause error) {
	s.end.Do(func() {
		s.cause = cause
		s.out.close()
		s.conn.Close()
	})
}

// run is a connection's life after its login; cause then says why it ended.
func (s *session) run() {
	var writer sync.WaitGroup
	writer.Go(s.write)
	s.begin(time.Now())
	s.fail(s.read())
	writer.Wait()
}

// write is the writer. A write that takes longer than two pings is the end.
func (s *session) write() {
	var wire []byte
	for {
		wire = s.out.take(wire[:0])
		if wire == nil {
			return
		}
		s.conn.SetWriteDeadline(time.Now().Add(2 * s.cfg.PingEvery))
		n, err := s.conn.Write(wire)
		s.out.wrote(n)
		if err != nil {
			s.fail(broken(talking, err))
			return
		}
	}
}

// read is the reader. It never waits for anything but the socket and the next alarm.
func (s *session) read() error {
	for {
		now := time.Now()
		for message := s.in.next(); message != nil; message = s.in.next() {
			if err := s.message(message, now); err != nil {
				return err
			}
		}
		for a, due := s.alarms.due(now); due; a, due = s.alarms.due(now) {
			if err := s.alarm(a, now); err != nil {
				return err
			}
		}
		s.conn.SetReadDeadline(s.alarms.next())
		var timeout net.Error
		if err := s.in.fill(); err != nil && !(errors.As(err, &timeout) && timeout.Timeout()) {
			return broken(talking, err)
		}
	}
}

// begin asks what does not depend on Asterisk having booted.
func (s *session) begin(now time.Time) {
	s.request(requestFilter, "Filter", "Operation", "Add", "Filter", queueFilter)
	s.request(requestFilter, "Filter", "Operation", "Add", "Filter", callFilter(s.cfg.Instance))
	s.ping(now)
	s.alarms.set(alarmSecond, now.Add(time.Second))
	s.alarms.set(alarmBoot, now.Add(s.cfg.BootTimeout))
}

// Asterisk sends an event when one of these matches its text. The old form of filters is the one
// that 16 and 22 both know.
const queueFilter = "^Event: (FullyBooted|Shutdown|Reload" +
	"|Queue(CallerJoin|CallerLeave|Member(Added|Removed|Status|Pause|Penalty|Ringinuse))" +
	"|Agent(Called|RingNoAnswer|Connect|Complete))[[:space:]]"

func callFilter(instance string) string {
	id := "d" + regexp.QuoteMeta(instance) + "-[0-9]+[[:space:]]"
	return "^Event: (Hangup[[:space:]].*[[:space:]]Uniqueid: " +
		"|Dial(State|End)[[:space:]].*[[:space:]]DestUniqueid: " +
		"|OriginateResponse[[:space:]].*[[:space:]](ActionID: " + originatePrefix + "|Uniqueid: ))" + id
}

// request queues an action of the link's own, given as headers and values.
func (s *session) request(r request, name string, headers ...string) (id string) {
	s.serial++
	d := newDraft(name, name+"-"+strconv.Itoa(s.serial))
	for i := 0; i < len(headers); i += 2 {
		d.add(headers[i], headers[i+1])
	}
	a, err := d.action(r, 0)
	if err == nil {
		err = s.out.put(a)
	}
	if err != nil { // the outbox takes these unless it is closed, and then the session is over
		s.fail(err)
	}
	return d.id
}

// message takes one message: an event that is read here, or a response.
func (s *session) message(message []byte, now time.Time) error {
	name := eventName(message)
	if name == nil {
		return s.response(parse(message), now)
	}
	k := kindOf(name)
	if k == kindNone {
		return nil
	}
	var f fields
	f.read(message)
	if k >= kindFullyBooted {
		return s.ownEvent(k, &f, now)
	}
	if s.phase == booting {
		return nil
	}
	e := s.decoder.event(k, &f)
	switch e := e.(type) {
	case nil:
		return nil
	case dialer.CallerJoined:
		s.joined(e.Call, &f)
	case dialer.CallerLeft:
		s.out.left(e.Call)
	}
	s.late(&f, now)
	return s.emit(e)
}

// joined remembers what the channel of a call of ours in a queue is called.
func (s *session) joined(call dialer.CallID, f *fields) {
	if call != 0 {
		s.out.joined(call, string(f.channel))
	}
}

// ownEvent takes what concerns the link itself.
func (s *session) ownEvent(k kind, f *fields, now time.Time) error {
	switch k {
	case kindFullyBooted:
		s.booted = now.Add(-time.Duration(number(f.uptime)) * time.Second)
		s.askState()
	case kindShutdown:
		return fmt.Errorf("Asterisk is shut down (%s, restart: %s)", f.shutdown, f.restart)
	case kindReload:
		if module := string(f.module); s.phase == live && (module == "All" || module == "app_queue.so") {
			s.members.reloaded = true
			s.alarms.set(alarmMembers, now)
			s.cfg.Changed()
		}
	case kindListMember, kindListCaller, kindListMembersEnd:
		if k == kindListMembersEnd {
			s.out.awaits(string(f.actionID), false)
		}
		if string(f.actionID) == s.listing.memberID {
			return s.memberList(k, f)
		}
	case kindListChannel, kindListChannelsEnd:
		if k == kindListChannelsEnd {
			s.out.awaits(string(f.actionID), false)
		}
		if string(f.actionID) == s.listing.callID {
			return s.callList(k, f)
		}
	}
	return nil
}

// emit hands an event to the Dialer, or keeps it until the state is known.
func (s *session) emit(e dialer.Event) error {
	if s.phase == asking {
		if len(s.kept) >= s.cfg.Buffer {
			return fmt.Errorf("more than %d events came while the state was being read", s.cfg.Buffer)
		}
		s.kept = append(s.kept, e)
		return nil
	}
	switch e := e.(type) {
	case dialer.MemberChanged, dialer.MemberRemoved:
		s.members.learn(e)
	case dialer.CallEnded:
		s.out.ended(e.Call)
	case dialer.CallFailed:
		s.out.ended(e.Call)
	}
	if !s.deliver(e) {
		return errInboxFull
	}
	return nil
}

// late measures how late an event came.
func (s *session) late(f *fields, now time.Time) {
	if !s.offset.known || s.phase != live {
		return
	}
	theirs, ok := timestamp(f.timestamp)
	if !ok {
		s.once("timestamps", "events bear no time, so an overloaded Asterisk will not be noticed: set timestampevents = yes in manager.conf")
		return
	}
	s.lag.add(s.offset.late(now, theirs))
}

// once warns once in the life of a link.
func (s *session) once(what, text string) {
	if !s.said[what] {
		s.said[what] = true
		s.log.Warn().Msg(text)
	}
}
