package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"github.com/rs/zerolog"

	"dialerd/dialer"
)

// recorderRoom is how many lines may wait for the recording's disk. A recording is for looking at
// later: it must never hold up the loop, so when there is no room it ends, and says so.
const recorderRoom = 1 << 16

// recorder writes a recording. A nil recorder records nothing.
type recorder struct {
	log   zerolog.Logger
	lines chan []byte
	done  sync.WaitGroup
	seen  map[dialer.LeadID]bool
	over  bool // it has ended, for want of room or because of an error
	err   error
}

// newRecorder begins a recording in a new file.
func newRecorder(path string, snapshot dialer.Snapshot, log zerolog.Logger) (*recorder, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the recording cannot be begun: %w", err)
	}
	r := &recorder{log: log, lines: make(chan []byte, recorderRoom), seen: map[dialer.LeadID]bool{}}
	r.done.Go(func() { r.err = r.write(file) })
	r.put(recordedHead{Version: buildVersion(), Snapshot: snapshot})
	return r, nil
}

func (r *recorder) write(file *os.File) error {
	out := bufio.NewWriterSize(file, 1<<18)
	var failed error
	for line := range r.lines {
		if failed == nil {
			_, failed = out.Write(append(line, '\n'))
		}
		if failed == nil && len(r.lines) == 0 {
			failed = out.Flush()
		}
	}
	for _, err := range []error{out.Flush(), file.Close()} {
		if failed == nil {
			failed = err
		}
	}
	return failed
}

// step records a step that the Dialer has taken; a nil event is a Tick.
func (r *recorder) step(now dialer.Now, event dialer.Event, effects []dialer.Effect, touched []dialer.Lead) {
	if r == nil || r.over {
		return
	}
	_, loading := event.(dialer.LeadsLoaded)
	for _, l := range touched {
		if r.seen[l.ID] {
			continue
		}
		r.seen[l.ID] = true
		if !loading { // else the event has it
			l.State = atRest(l.State)
			r.put(recordedLine{Lead: &l})
		}
	}
	line, err := encodeStep(now, event, effects)
	if err != nil {
		r.end("a step cannot be written: " + err.Error())
		return
	}
	r.put(line)
}

// atRest is the state a lead had before anything touched it.
func atRest(s dialer.LeadState) dialer.LeadState {
	if s == dialer.LeadFinished || s == dialer.LeadHeld {
		return s
	}
	return dialer.LeadWaiting
}

func (r *recorder) put(line any) {
	body, err := json.Marshal(line)
	if err != nil {
		r.end("a line cannot be written: " + err.Error())
		return
	}
	select {
	case r.lines <- body:
	default:
		r.end("its disk does not keep up")
	}
}

func (r *recorder) end(why string) {
	if !r.over {
		r.over, r.seen = true, map[dialer.LeadID]bool{}
		r.log.Error().Msg("the recording ends here: " + why)
	}
}

// close ends the recording and waits until it is on disk.
func (r *recorder) close() error {
	if r == nil {
		return nil
	}
	close(r.lines)
	r.done.Wait()
	if r.err != nil {
		return fmt.Errorf("the recording is not whole: %w", r.err)
	}
	return nil
}
