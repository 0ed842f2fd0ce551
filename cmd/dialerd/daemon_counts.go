package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"

	"dialerd/api"
	"dialerd/dialer"
)

// counts is what happened since the process began, by name: what was done, and what was refused, cut
// short or dropped because a bound was reached.
func (d *daemon) counts(core dialer.Status) map[string]int64 {
	ups := 0
	for _, l := range core.Links {
		ups += l.Ups
	}
	unlogged := int64(0)
	if d.unlogged != nil {
		unlogged = d.unlogged()
	}
	asked := d.agi.Counts()
	return map[string]int64{
		"link_ups":       int64(ups),
		"inbox_refused":  d.inbox.refusals(),
		"agi_sessions":   int64(asked.Sessions),
		"agi_refused":    int64(asked.Refused),
		"agi_evicted":    int64(asked.Evicted),
		"agi_malformed":  int64(asked.Malformed),
		"agi_late":       int64(asked.Late),
		"agi_panics":     int64(asked.Panics),
		"agi_hangups":    int64(asked.Hangups),
		"agi_lost":       int64(asked.Lost),
		"actions_unsent": d.loop.unsent.Load(),
		"api_refused":    d.unserved.Load(),
		"pauses_over":    int64(core.Overruns),
		"log_dropped":    unlogged + int64(asked.LeftOut),
	}
}

// sheds are the counts that mean that something was turned away, in the order in which a person should
// read them.
var sheds = []struct{ count, what string }{
	{"inbox_refused", "events of Asterisk found no room: the link was dropped and its state read anew"},
	{"actions_unsent", "actions could not be sent to Asterisk: its link was down, or it did not answer"},
	{"agi_lost", "answers did not reach the dialplan, or may not have: those calls went on by its default"},
	{"agi_late", "FastAGI sessions were cut by their deadline"},
	{"agi_refused", "FastAGI connections were refused: too many at once, or not from an allowed address"},
	{"agi_evicted", "FastAGI sessions that asked nothing were closed to make room for others"},
	{"agi_malformed", "FastAGI connections sent nothing that can be read"},
	{"agi_panics", "FastAGI sessions ended in a fault of dialerd: its log has them"},
	{"api_refused", "requests to the API were refused: too many at once"},
	{"log_dropped", "lines of the log were dropped: too many at once, or not read"},
}

// shedLines tells of what was turned away; nothing when nothing was.
func shedLines(s api.Status) string {
	var b strings.Builder
	for _, x := range sheds {
		if n := s.Counters[x.count]; n > 0 {
			fmt.Fprintf(&b, "  %d %s\n", n, x.what)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "Since the start:\n" + b.String()
}

// processNow is what the process takes at this moment. It does not stop the world, as
// runtime.ReadMemStats does.
func processNow() api.Process {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	return api.Process{PID: os.Getpid(), Goroutines: runtime.NumGoroutine(), HeapBytes: heap[0].Value.Uint64()}
}
