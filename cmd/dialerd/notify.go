package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	systemd "github.com/coreos/go-systemd/v22/daemon"
	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"
)

const (
	// openTime is how long opening the database may take: one of an older version is copied first.
	openTime = 30 * time.Minute
	// loadTime is how long the next step of loading may take.
	loadTime = 5 * time.Minute
	// endTime is how long the end may take besides waiting for what rings: the last records, requests
	// under way, the last lines of the log.
	endTime = 30 * time.Second

	// notifyStates is how many changes of state may wait for a service manager that does not listen.
	notifyStates = 8
	// notifyFlush is how long the end waits for it to take the last of them.
	notifyFlush = time.Second
	// notifyText is the longest that the one line of systemctl status may be, in bytes.
	notifyText = 500
)

// notifier tells systemd how the daemon stands: when it is ready, that it lives, and in one line what a
// person should know. A nil notifier, which is what there is when nobody wants to be told, does
// nothing.
//
// It is ready when every PBX has been heard of for the first time: its state has been taken over, or
// it cannot be reached, which must not keep the daemon from starting.
//
//	waiting for every PBX ──last heard of──► ready ◄──► reloading
//	          └───────────────── stopping ◄────┘
//
// Nothing here waits for systemd, save loading: what is to be told is left for a goroutine.
type notifier struct {
	log   zerolog.Logger
	tell  func(message string) error
	every time.Duration // the watchdog's interval; 0: there is none
	wake  chan struct{} // capacity 1: there is something to tell
	ended chan struct{}

	fed    time.Time // the loop's own
	loaded time.Time // when loading last told; the start's own

	mu      sync.Mutex
	states  []string // that wait to be told
	alive   bool     // the loop has shown that it goes round
	closed  bool
	awaited map[string]bool // PBXs not heard of yet
	ready   bool
	ending  bool
	refused bool // the last reload
	disk    string
	links   []notifiedLink
	told    string // the line as systemd has it
}

// notifiedLink is a PBX and why it is down; empty: it is up.
type notifiedLink struct{ pbx, why string }

// newNotifier is nil when there is no NOTIFY_SOCKET.
func newNotifier(log zerolog.Logger) *notifier {
	n := &notifier{log: log, wake: make(chan struct{}, 1), ended: make(chan struct{}), awaited: map[string]bool{}}
	n.tell = func(message string) error {
		_, err := systemd.SdNotify(false, message)
		return err
	}
	if listens, err := systemd.SdNotify(false, "STATUS=starting"); !listens && err == nil {
		return nil
	}
	var err error
	if n.every, err = systemd.SdWatchdogEnabled(false); err != nil {
		log.Warn().Err(err).Msg("the watchdog is not fed")
	}
	return n
}

// loading tells how far the start is, and asks for as much time as the next step may take. It is for
// before run.
func (n *notifier) loading(what string, most time.Duration) {
	if n == nil || time.Since(n.loaded) < time.Second && !strings.HasPrefix(what, "opening") {
		return
	}
	n.loaded = time.Now()
	n.send(fmt.Sprintf("STATUS=starting: %s\nEXTEND_TIMEOUT_USEC=%d", what, most.Microseconds()))
}

// await names the PBXs that have to be heard of before the daemon is ready.
func (n *notifier) await(pbxs []string) {
	n.change(func() {
		for _, p := range pbxs {
			n.awaited[p] = true
		}
		n.settle()
	})
}

// link tells that a PBX is up, or why it is not.
func (n *notifier) link(pbx, why string) {
	n.change(func() {
		i := slices.IndexFunc(n.links, func(l notifiedLink) bool { return l.pbx == pbx })
		if i < 0 {
			n.links = append(n.links, notifiedLink{pbx, why})
		} else {
			n.links[i].why = why
		}
		delete(n.awaited, pbx)
		n.settle()
	})
}

// forget is for a PBX that the configuration does not name any more.
func (n *notifier) forget(pbx string) {
	n.change(func() {
		n.links = slices.DeleteFunc(n.links, func(l notifiedLink) bool { return l.pbx == pbx })
		delete(n.awaited, pbx)
		n.settle()
	})
}

// settle says READY when nothing is waited for any more; n.mu is held.
func (n *notifier) settle() {
	if len(n.awaited) == 0 && !n.ready {
		n.ready = true
		n.state(systemd.SdNotifyReady)
	}
}

// diskTrouble tells what is wrong with the disk; empty: nothing.
func (n *notifier) diskTrouble(what string) { n.change(func() { n.disk = what }) }

// reloading tells that the files are being read again. Before the daemon is ready that is part of the
// start.
func (n *notifier) reloading() {
	n.change(func() {
		if n.ready && !n.ending {
			n.state(fmt.Sprintf("%s\nMONOTONIC_USEC=%d", systemd.SdNotifyReloading, monotonicMicros()))
		}
	})
}

// reloaded tells that they have been taken, or refused: the daemon goes on either way.
func (n *notifier) reloaded(refused bool) {
	n.change(func() {
		n.refused = refused
		if n.ready && !n.ending {
			n.state(systemd.SdNotifyReady)
		}
	})
}

// stopping tells that the daemon ends, and asks for the time that it may take.
func (n *notifier) stopping(most time.Duration) {
	n.change(func() {
		n.ending = true
		n.state(fmt.Sprintf("%s\nEXTEND_TIMEOUT_USEC=%d", systemd.SdNotifyStopping, most.Microseconds()))
	})
}

// feed is called by the loop each time it goes round. A loop that is stuck does not, and systemd
// kills the daemon and starts it anew.
func (n *notifier) feed() {
	if n == nil || n.every == 0 || time.Since(n.fed) < n.every/2 {
		return
	}
	n.fed = time.Now()
	n.change(func() { n.alive = true })
}

func (n *notifier) change(what func()) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	what()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// state queues a change of state; n.mu is held. To a service manager that has not listened for long
// only the last ones matter.
func (n *notifier) state(s string) {
	if len(n.states) == notifyStates {
		n.states = slices.Delete(n.states, 0, 1)
	}
	n.states = append(n.states, s)
}

// run tells until close.
func (n *notifier) run() {
	defer close(n.ended)
	for range n.wake {
		messages, closed := n.take()
		for _, m := range messages {
			n.send(m)
		}
		if closed {
			return
		}
	}
}

// take gives what there is to tell, in the order in which it came about; the line is that of the last
// state.
func (n *notifier) take() (messages []string, closed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	messages, n.states = n.states, nil
	if line := n.line(); line != n.told {
		n.told = line
		if last := len(messages) - 1; last >= 0 {
			messages[last] += "\nSTATUS=" + line
		} else {
			messages = append(messages, "STATUS="+line)
		}
	}
	if n.alive {
		n.alive = false
		messages = append(messages, systemd.SdNotifyWatchdog)
	}
	return messages, n.closed
}

// line is what a person should know, the worst first; n.mu is held.
func (n *notifier) line() string {
	var parts []string
	switch {
	case n.ending:
		parts = append(parts, "ending: no new calls, those that ring are waited for")
	case !n.ready:
		parts = append(parts, "starting: waiting for Asterisk")
	}
	if n.disk != "" {
		parts = append(parts, "NOTHING IS DIALED: "+n.disk)
	}
	if n.refused {
		parts = append(parts, "the last reload was refused, see dialerd status")
	}
	for _, l := range n.links {
		if l.why != "" {
			parts = append(parts, fmt.Sprintf("PBX %s is down: %s", l.pbx, l.why))
		}
	}
	for _, l := range n.links {
		if l.why == "" {
			parts = append(parts, fmt.Sprintf("PBX %s is up", l.pbx))
		}
	}
	line := strings.Join(strings.Fields(strings.Join(parts, "; ")), " ")
	return strings.ToValidUTF8(line[:min(len(line), notifyText)], "")
}

func (n *notifier) send(message string) {
	if err := n.tell(message); err != nil {
		n.log.Warn().Err(err).Msg("systemd cannot be told how the daemon stands (NOTIFY_SOCKET)")
	}
}

// close tells what is left, unless systemd does not take it.
func (n *notifier) close() {
	if n == nil {
		return
	}
	n.change(func() { n.closed = true })
	select {
	case <-n.ended:
	case <-time.After(notifyFlush):
	}
}

// monotonicMicros is the clock by which systemd tells reloads apart.
func monotonicMicros() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0
	}
	return t.Nano() / 1000
}
