package ami

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
)

// LookAt looks at how an Asterisk is set up, over a connection of its own: what is asked for may be long
// and is in no hurry, and a Link's line is for what is. It changes nothing. An error says why nothing
// could be seen at all; what alone could not be seen is left out of the Settings, which say so.
func LookAt(ctx context.Context, cfg Config, w Wanted) (*Settings, error) {
	link, err := New(cfg, nil)
	if err != nil {
		return nil, err
	}
	within, cancel := context.WithTimeout(ctx, link.cfg.ConnectTimeout+link.cfg.ActionTimeout)
	defer cancel()
	conn, err := link.dial(within)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(within, func() { conn.Close() })()
	l := &look{
		session:  &session{cfg: &link.cfg, conn: conn, in: newFrames(conn)},
		settings: &Settings{User: link.cfg.User}, wanted: w, sections: map[string]Section{},
	}
	err = l.run()
	switch {
	case err == nil:
		return l.settings, nil
	case ctx.Err() == nil && within.Err() != nil:
		return nil, fmt.Errorf("Asterisk at %s did not say all within %s", cfg.Address, link.cfg.ConnectTimeout+link.cfg.ActionTimeout)
	}
	return nil, err
}

// look is a look under way.
type look struct {
	session  *session
	settings *Settings
	wanted   Wanted
	sections map[string]Section // of queues.conf, by queue
	serial   int
	open     []inquiry // in the order in which they will be answered
}

// inquiry is one thing that is asked.
type inquiry struct {
	draft *draft
	take  func(message) // gets every message that bears its ActionID; nil: nothing in it counts
	until string        // the event that ends a list; empty when the response is all
}

func (l *look) run() error {
	if err := l.session.login(); err != nil {
		return err
	}
	l.ask("Events", nil, "EventMask", "off")
	l.askRights()
	l.askFiles()
	l.askDialplan()
	if err := l.converse(); err != nil {
		return err
	}
	l.askQueues()
	if err := l.converse(); err != nil {
		return err
	}
	l.add()
	l.askRinging()
	return l.converse()
}

// ask puts a question on the list of those to be asked next. What cannot be said safely is not asked.
func (l *look) ask(action string, take func(message), headers ...string) {
	l.serial++
	d := newDraft(action, "look-"+strconv.Itoa(l.serial))
	for i := 0; i < len(headers); i += 2 {
		d.add(headers[i], headers[i+1])
	}
	if d.err == nil {
		l.open = append(l.open, inquiry{draft: d, take: take})
	}
}

// probes are actions that come to nothing for what they leave out, or only tell, and so show whether they may be used.
var probes = []string{"Originate", "Redirect", "Hangup", "QueuePause", "QueuePenalty", "QueueAdd", "QueueRemove",
	"CoreStatus", "CoreSettings", "Filter", "GetConfig", "Getvar"}

func (l *look) askRights() {
	for _, action := range probes {
		l.ask(action, func(m message) {
			if m.field("Message") == "Permission denied" {
				l.settings.Denied = append(l.settings.Denied, action)
			}
			if version := m.field("AsteriskVersion"); version != "" {
				l.settings.Version = version
			}
		})
	}
}

// askFiles asks for the sections of the files that count here, one at a time: the whole of a large queues.conf
// would be a message of a megabyte, and the rest of manager.conf is nobody's business.
func (l *look) askFiles() {
	l.ask("GetConfig", func(m message) {
		if m.field("Response") == "Success" {
			l.settings.Manager = append(Section{}, m.lines()...)
		}
	}, "Filename", "manager.conf", "Category", "general")
	l.ask("GetConfig", func(m message) {
		if m.field("Response") == "Success" {
			l.settings.General = m.lines()
		} else {
			l.settings.Unread = m.field("Message")
		}
	}, "Filename", "queues.conf", "Category", "general")
	for _, queue := range l.wanted.Queues {
		l.ask("Getvar", nil, "Variable", "QUEUE_EXISTS("+queue+")") // loads a queue that is kept in a database
		l.ask("GetConfig", func(m message) {
			if m.field("Category-000000") != "" {
				l.sections[queue] = append(Section{}, m.lines()...)
			}
		}, "Filename", "queues.conf", "Category", queue)
	}
}

// defaultAGI is where extensions_dialerd.conf asks when DIALERD_AGI is not set.
const defaultAGI = "127.0.0.1:4573"

func (l *look) askDialplan() {
	for _, name := range l.wanted.Contexts {
		l.ask("Getvar", func(m message) {
			if m.field("Value") == "0" { // empty when func_dialplan is not loaded
				l.settings.Missing = append(l.settings.Missing, name)
			}
		}, "Variable", "DIALPLAN_EXISTS("+name+",s,1)")
	}
	l.ask("Getvar", func(m message) {
		if m.field("Response") == "Success" {
			l.settings.AGI = cmp.Or(m.field("Value"), defaultAGI)
		}
	}, "Variable", "GLOBAL(DIALERD_AGI)")
}

func (l *look) askQueues() {
	l.ask("QueueStatus", func(m message) {
		switch m.field("Event") {
		case "QueueParams":
			l.settings.Queues = append(l.settings.Queues, QueueSettings{Name: m.field("Queue"), There: true,
				Strategy: m.field("Strategy"), Weight: leading(m.field("Weight")), Max: leading(m.field("Max"))})
		case "QueueMember":
			if q := l.settings.queue(m.field("Queue")); q != nil {
				q.Members = append(q.Members, MemberSettings{Member: m.member(), Wrapup: leading(m.field("Wrapuptime"))})
			}
		case "":
			if m.field("Message") == "Permission denied" {
				l.settings.Denied = append(l.settings.Denied, "QueueStatus")
			}
		}
	})
	l.open[len(l.open)-1].until = "QueueStatusComplete"
}

// add puts what the file says to the queues that it is about, and the queues that Asterisk lacks to the rest.
func (l *look) add() {
	for _, name := range l.wanted.Queues {
		if l.settings.queue(name) == nil && !slices.Contains(l.settings.Denied, "QueueStatus") {
			l.settings.Queues = append(l.settings.Queues, QueueSettings{Name: name})
		}
		if q := l.settings.queue(name); q != nil {
			q.Section = l.sections[name]
		}
	}
}

// askRinging asks for each member whether he is rung while he talks, which no list shows.
func (l *look) askRinging() {
	for _, name := range l.wanted.Queues {
		q := l.settings.queue(name)
		if q == nil {
			continue
		}
		for i := range q.Members {
			m := &q.Members[i]
			l.ask("Getvar", func(answer message) { m.RingInUse = answer.field("Value") == "1" },
				"Variable", "QUEUE_MEMBER("+name+",ringinuse,"+m.Interface+")")
		}
	}
}

// converse asks all that is on the list at once and takes the answers.
func (l *look) converse() error {
	var wire []byte
	for _, q := range l.open {
		wire = append(wire, q.draft.message.Byte()...)
	}
	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		if _, err := l.session.conn.Write(wire); err != nil {
			l.session.conn.Close() // the reader then says why
		}
	})
	for len(l.open) > 0 {
		for m := l.session.in.next(); m != nil; m = l.session.in.next() {
			if err := l.take(read(m)); err != nil {
				return err
			}
		}
		if len(l.open) == 0 {
			break
		}
		if err := l.session.in.fill(); err != nil && !errors.Is(err, net.ErrClosed) {
			return broken(talking, err)
		} else if err != nil {
			return errors.New("the connection was closed")
		}
	}
	return nil
}

// take gives a message to whoever asked for it.
func (l *look) take(m message) error {
	if m.field("Event") == "FullyBooted" {
		l.settings.Hears = true
	}
	i := slices.IndexFunc(l.open, func(q inquiry) bool { return q.draft.id == m.field("ActionID") })
	if i < 0 {
		return nil
	}
	q := l.open[i]
	if q.take != nil {
		q.take(m)
	}
	response, text := m.field("Response"), m.field("Message")
	if q.until != "" && response == "Error" && text != "Permission denied" {
		return fmt.Errorf("%s: %s: Asterisk is still starting, or does not load app_queue", q.draft.name, text)
	}
	if m.field("Event") == q.until && (q.until != "" || response != "") || response == "Error" {
		l.open = slices.Delete(l.open, i, i+1)
	}
	return nil
}
