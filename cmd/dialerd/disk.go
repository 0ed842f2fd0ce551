package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dialerd/api"
)

// diskHangs is how long records may wait with none of them getting to disk before that is said.
const diskHangs = 2 * time.Second

// disk is what the daemon knows of its disk, and says it once: that writing fails, or that it takes
// so long that there is not even an error.
type disk struct {
	log    zerolog.Logger
	notify *notifier

	mu      sync.Mutex
	trouble string    // of the last write; empty: it went well
	failing time.Time // since when
	waiting time.Time // since when records wait and none has been written; zero: none waits
	hangs   bool      // that was said
}

// failed is told each new reason for which a write fails.
func (d *disk) failed(err error) {
	d.log.Error().Err(err).Msg("THE DATABASE CANNOT BE WRITTEN: no new calls until it can; live calls and answers to the dialplan go on")
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.trouble == "" {
		d.failing = time.Now()
	}
	d.trouble = err.Error()
	d.notify.diskTrouble("the database cannot be written: " + d.trouble)
}

// recovered is told when a write succeeds again.
func (d *disk) recovered() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log.Info().Dur("after", time.Since(d.failing)).Msg("the database can be written again: calls go on")
	d.trouble = ""
	d.notify.diskTrouble("")
}

// look is told each time the loop has gone round how many records wait, and whether any was written
// since the last time.
func (d *disk) look(waiting int, progress bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	switch {
	case waiting > 0 && !progress && !d.waiting.IsZero():
		if !d.hangs && d.trouble == "" && now.Sub(d.waiting) >= diskHangs {
			d.hangs = true
			d.log.Error().Int("records", waiting).Dur("for", now.Sub(d.waiting)).
				Msg("THE DISK HANGS: it takes nothing and gives no error; no new calls until it does; live calls and answers to the dialplan go on")
			d.notify.diskTrouble("the disk takes nothing and gives no error")
		}
		return
	case d.hangs:
		d.hangs = false
		d.log.Info().Dur("after", now.Sub(d.waiting)).Msg("the disk goes on")
		if d.trouble == "" {
			d.notify.diskTrouble("")
		}
	}
	d.waiting = time.Time{}
	if waiting > 0 {
		d.waiting = now
	}
}

// status is what the API shows.
func (d *disk) status(behind int) api.Writer {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := api.Writer{Behind: behind, Error: d.trouble}
	if d.trouble != "" {
		w.Failed = d.failing.UTC()
	}
	if behind > 0 && !d.waiting.IsZero() {
		w.Since = d.waiting.UTC()
	}
	return w
}

// diskLines says loudly what is wrong with the disk.
func diskLines(s api.Status) string {
	w := s.Writer
	switch {
	case w.Error != "":
		return fmt.Sprintf("THE DATABASE CANNOT BE WRITTEN, for %s: %s\n"+
			"  Nothing is dialed, %d records wait. Calls under way and answers to the dialplan go on; dialing resumes when that is mended.\n", age(s.Now, w.Failed), printable(w.Error), w.Behind)
	case w.Behind > 0 && !w.Since.IsZero() && s.Now.Sub(w.Since) >= diskHangs:
		return fmt.Sprintf("THE DISK HANGS, for %s: it takes nothing and gives no error (dmesg, df).\n"+
			"  Nothing is dialed, %d records wait. Calls under way and answers to the dialplan go on; dialing resumes by itself.\n", age(s.Now, w.Since), w.Behind)
	}
	return ""
}
