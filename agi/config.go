package agi

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"syscall"
	"time"

	"dialerd/dialer"
)

// Config is what a Server needs to know. The zero value of each field but Instance is a default.
type Config struct {
	Listen      string         // host:port; 127.0.0.1:4573 by default
	Allow       []netip.Prefix // who may connect; only this machine by default
	Deadline    time.Duration  // from accepting a connection to the last variable; 400ms by default, 500ms at most
	MaxSessions int            // questions at once; 512 by default, fewer when the limit of open files is low
	MaxWaiting  int            // connections at once that have not asked yet; 4096 by default, fewer likewise
	Instance    string         // names the dialer in channel ids: d<instance>-<call>

	// Lost is told of each call whose question was put to the dialer and whose answer the dialplan
	// did not get, or may not have got: it has gone on by its default. It is called from the
	// session's goroutine after the Asker has returned and must not block. May be nil.
	Lost func(dialer.CallID)
}

// What Config's zero values stand for.
const (
	defaultListen      = "127.0.0.1:4573"
	defaultDeadline    = 400 * time.Millisecond
	defaultMaxSessions = 512
	defaultMaxWaiting  = 4096
)

// maxDeadline is when the dialplan stops waiting (TIMEOUT(absolute) in extensions_dialerd.conf): an
// answer that comes later reaches nobody.
const maxDeadline = 500 * time.Millisecond

// instanceForm is what is safe in a channel id and in AMI.
var instanceForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

func (c Config) withDefaults() Config {
	if c.Listen == "" {
		c.Listen = defaultListen
	}
	if c.Allow == nil {
		c.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	if c.Deadline == 0 {
		c.Deadline = defaultDeadline
	}
	if c.Lost == nil {
		c.Lost = func(dialer.CallID) {}
	}
	return c
}

func (c Config) check() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("[agi] listen = %q is no host:port such as %q: %w", c.Listen, defaultListen, err)
	}
	if c.Deadline < 0 || c.Deadline > maxDeadline {
		return fmt.Errorf("[agi] deadline = %q has to be more than 0 and at most %q, when the dialplan stops waiting", c.Deadline, maxDeadline)
	}
	if c.MaxSessions < 0 {
		return fmt.Errorf("[agi] max_sessions = %d has to be 1 or more", c.MaxSessions)
	}
	if c.MaxWaiting < 0 {
		return fmt.Errorf("[agi] max_waiting = %d has to be 1 or more", c.MaxWaiting)
	}
	if !instanceForm.MatchString(c.Instance) {
		return fmt.Errorf("instance = %q has to be 1 to 32 letters, digits, dots, dashes or underscores: it is part of channel ids", c.Instance)
	}
	return nil
}

const (
	// filesElsewhere is how many open files are left to the rest of the daemon: database, AMI, API, log.
	filesElsewhere = 128
	// filesEnough is how many all places take.
	filesEnough = filesElsewhere + defaultMaxSessions + defaultMaxWaiting
)

// fit gives the places that were not chosen as many as the limit of open files has room for, so that a
// flood of connections never takes the last descriptor.
func (c Config) fit(files uint64) Config {
	room := int(min(files, 1<<20)) - filesElsewhere
	if c.MaxSessions == 0 {
		c.MaxSessions = max(min(defaultMaxSessions, room/4), 16)
	}
	if c.MaxWaiting == 0 {
		c.MaxWaiting = max(min(defaultMaxWaiting, room-c.MaxSessions), 16)
	}
	return c
}

// openFiles is the limit of open files of this process; Go has raised it to the hard one.
func openFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024 // what an old system gives
	}
	return limit.Cur
}
