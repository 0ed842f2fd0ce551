package ami

import (
	"strconv"
	"strings"

	"dialerd/dialer"
)

// Wanted is what a look at an Asterisk's settings is for.
type Wanted struct {
	Queues   []string // of queues.toml, on this PBX
	Contexts []string // of the dialplan, that calls are sent into
}

// Settings is how an Asterisk is set up, as far as AMI shows it: its queues as they are, and the files
// as they stand on its disk, loaded or not.
type Settings struct {
	User    string // the manager user who looked
	Version string
	Hears   bool     // FullyBooted came, so read= of the user has system
	Denied  []string // the actions that the user may not use
	Manager Section  // [general] of manager.conf; nil when it was not shown
	General Section  // [general] of queues.conf; empty when there is none
	Unread  string   // why queues.conf was not shown; empty when it was
	Queues  []QueueSettings
	// Missing are the contexts that there are not.
	Missing []string
	AGI     string // where the dialplan asks, host:port; empty when that was not shown
}

// QueueSettings is one queue that Asterisk has, or one of queues.toml that it has not.
type QueueSettings struct {
	Name     string
	There    bool
	Strategy string
	Weight   int
	Max      int     // customers who may wait; 0: no limit
	Section  Section // of queues.conf, what it takes from templates first; nil when it is not there
	Members  []MemberSettings
}

// MemberSettings is one member of a queue.
type MemberSettings struct {
	dialer.Member
	Wrapup    int  // seconds of his own; 0: the queue's
	RingInUse bool // looked at in the queues that were wanted alone
}

// Section is one section of a configuration file, line by line.
type Section []Line

// Line is one setting.
type Line struct{ Name, Value string }

// first is the value that counts where Asterisk looks a setting up: strategy, and all of [general] of
// queues.conf.
func (s Section) first(name string) (value string, set bool) {
	for _, l := range s {
		if strings.EqualFold(l.Name, name) {
			return l.Value, true
		}
	}
	return "", false
}

// last is the value that counts where Asterisk goes through the lines: all else.
func (s Section) last(name string) (value string, set bool) {
	for _, l := range s {
		if strings.EqualFold(l.Name, name) {
			value, set = l.Value, true
		}
	}
	return value, set
}

// member is the line that makes an interface a member, field by field; nil when there is none.
func (s Section) member(iface string) []string {
	for _, l := range s {
		if fields := strings.Split(l.Value, ","); strings.EqualFold(l.Name, "member") && strings.TrimSpace(fields[0]) == iface {
			return fields
		}
	}
	return nil
}

// queue is a queue by its name, as Asterisk spells it.
func (s *Settings) queue(name string) *QueueSettings {
	for i := range s.Queues {
		if s.Queues[i].Name == name {
			return &s.Queues[i]
		}
	}
	return nil
}

// yes tells whether Asterisk takes a value for true.
func yes(value string) bool {
	switch strings.ToLower(value) {
	case "yes", "true", "y", "t", "1", "on":
		return true
	}
	return false
}

// no tells whether Asterisk takes a value for false.
func no(value string) bool {
	switch strings.ToLower(value) {
	case "no", "false", "n", "f", "0", "off":
		return true
	}
	return false
}

// leading is the number that a value begins with, as Asterisk reads numbers; 0 when it begins with none.
func leading(value string) int {
	value = strings.TrimSpace(value)
	end := 0
	for end < len(value) && (value[end] >= '0' && value[end] <= '9' || end == 0 && value[0] == '-') {
		end++
	}
	n, _ := strconv.Atoi(value[:end])
	return n
}
