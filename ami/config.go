// Package ami is the daemon's line to one Asterisk: it turns what the manager interface says into
// the Dialer's Events, and the Dialer's Effects into actions.
//
//	link, err := ami.New(ami.Config{
//		PBX: "main", Instance: "a", Address: "127.0.0.1:5038", User: "dialer", Secret: secret, Log: log,
//	}, inbox.Put)
//	go link.Run(ctx)            // connects, and again whenever the line falls, until ctx is done
//	err = link.Send(originate)  // never blocks; an error means that it never went out
//
// # State, then stream
//
// A connection logs in, asks Asterisk to send only the events that are read here, waits until
// Asterisk has booted and asks for all members and channels; events that come meanwhile are kept.
// Then one dialer.LinkUp says how things stand, what was kept follows it, and after that what comes.
// Members and calls are asked for again every half minute, because Asterisk promises of no event
// that it comes: a difference that two audits in a row show is delivered as an event.
//
// # An Asterisk that cannot keep up
//
// shows it by late events alone. Their lateness is measured by the times they bear, against
// Asterisk's own clock, and told once a second as dialer.LinkLag while it is above 200 ms, and once
// more when that is over. An Asterisk that answers nothing for two seconds gets no more Originates.
//
// # Nothing is lost without a word
//
// An event that the inbox has no room for, a message that is too long, a ping without an answer:
// each ends the connection, is said in the log and in dialer.LinkDown, and a new connection starts
// from the state again. The reader never waits, since Asterisk cuts off a slow reader silently.
//
// # Reading by bytes
//
// goami2 writes actions and reads responses. Its Parse takes 4.1 µs and 4.5 kB of garbage for an
// AgentConnect of 37 headers, and refuses a whole message for a header name with a dot or an
// underscore. Reading the few fields that matter straight from the bytes, and making the event of
// them, takes 0.9 µs and 0.1 kB, and refuses nothing. So events are read that way, those of no
// interest are passed over after their first line, and a fuzz test holds the two readers to the
// same answers. A connection takes in a million events a second of what Asterisk sends unfiltered, and
// 300 000 on a box that is busy with other things.
package ami

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/rs/zerolog"
)

// Config is what a Link needs to know. The first five fields are required, the others have
// defaults.
type Config struct {
	PBX      string // the name that the Dialer's events and effects bear
	Instance string // goes into channel ids: letters and digits
	Address  string // host:port
	User     string // a section of manager.conf
	Secret   string

	PlainLogin bool        // send the secret as it is; otherwise by MD5 challenge
	TLS        *tls.Config // nil: no TLS. ServerName may be left empty for the host of Address
	Log        zerolog.Logger
	// Changed is called when a connection has come up, and when Asterisk says that it has reloaded its queues: how
	// it is set up may be another then. It must not block; nil is nobody to be told.
	Changed func()
	// Dial makes the connection; nil is a net.Dialer with TCP keepalive.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	ConnectTimeout time.Duration // for connecting, and as much for logging in; 5 s
	BootTimeout    time.Duration // how long FullyBooted is waited for before trying without; 10 s
	ActionTimeout  time.Duration // how long the answer to an action may take; 10 s
	PingEvery      time.Duration // two pings in a row without an answer end the connection; 5 s
	AuditEvery     time.Duration // how often members and calls are asked for again; 30 s
	RetryMin       time.Duration // before the first new attempt to connect, doubled each time; 250 ms
	RetryMax       time.Duration // at most: operators and customers wait meanwhile; 3 s
	RetryMend      time.Duration // when a person has to mend something, from the first attempt on; 15 s

	Queue  int // actions that may wait to be written; 1024
	Buffer int // events that may wait while the state is asked for; 65536
}

// withDefaults fills in what was left out and refuses what cannot work.
func (c Config) withDefaults() (Config, error) {
	switch {
	case c.PBX == "" || c.User == "":
		return c, errors.New("ami: a PBX needs a name and a manager user")
	case lineProblem("Username", c.User) != nil:
		return c, fmt.Errorf("ami: manager user of PBX %s: %w", c.PBX, lineProblem("Username", c.User))
	case lineProblem("Secret", c.Secret) != nil: // without showing it
		return c, fmt.Errorf("ami: the secret of PBX %s is too long, holds a control character or begins or ends with a space", c.PBX)
	case !plainInstance(c.Instance):
		return c, fmt.Errorf("ami: instance %q: only letters and digits, because it goes into channel ids", c.Instance)
	}
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil {
		return c, fmt.Errorf("ami: address of PBX %s: %w: give host:port, as in 127.0.0.1:5038", c.PBX, err)
	}
	if c.TLS != nil && c.TLS.ServerName == "" {
		c.TLS = c.TLS.Clone()
		c.TLS.ServerName = host
	}
	if c.Dial == nil {
		dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3,
		}}
		c.Dial = dialer.DialContext
	}
	if c.Changed == nil {
		c.Changed = func() {}
	}
	setDefault(&c.ConnectTimeout, 5*time.Second)
	setDefault(&c.BootTimeout, 10*time.Second)
	setDefault(&c.ActionTimeout, 10*time.Second)
	setDefault(&c.PingEvery, 5*time.Second)
	setDefault(&c.AuditEvery, 30*time.Second)
	setDefault(&c.RetryMin, 250*time.Millisecond)
	setDefault(&c.RetryMax, 3*time.Second)
	setDefault(&c.RetryMend, 15*time.Second)
	setDefault(&c.Queue, 1024)
	setDefault(&c.Buffer, 65536)
	c.Log = c.Log.With().Str("pbx", c.PBX).Logger()
	return c, nil
}

func setDefault[T int | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

func plainInstance(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
