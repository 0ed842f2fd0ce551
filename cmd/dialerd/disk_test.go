package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"dialerd/api"
)

// TestDiskIsSaidLoudly: a disk that fails, and one that hangs without an error, are said in the log and
// in the status, once, and so is the end of it.
func TestDiskIsSaidLoudly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		d := &disk{log: zerolog.New(&log)}
		shown := func(behind int) string {
			return diskLines(api.Status{Now: time.Now(), Writer: d.status(behind)})
		}
		look := func(waiting int, progress bool) {
			for range 30 { // three seconds of the loop
				d.look(waiting, progress)
				time.Sleep(tickEvery)
			}
		}
		look(7, true) // it is slow, and goes on
		look(0, false)
		if log.Len() > 0 || shown(0) != "" {
			t.Fatalf("all is well, and it says %s%s", log.String(), shown(0))
		}

		look(7, false)
		if s := shown(7); !strings.HasPrefix(s, "THE DISK HANGS, for 2s") && !strings.HasPrefix(s, "THE DISK HANGS, for 3s") || !strings.Contains(s, "7 records wait") {
			t.Errorf("it hangs, and the status says %q", s)
		}
		d.look(3, true)
		if s := shown(3); s != "" {
			t.Errorf("it goes on, and the status says %q", s)
		}

		d.failed(errors.New("no space left on device"))
		look(9, false)
		d.failed(errors.New("read-only file system"))
		if s := shown(9); !strings.HasPrefix(s, "THE DATABASE CANNOT BE WRITTEN, for 3s: read-only file system\n") || !strings.Contains(s, "9 records wait") {
			t.Errorf("it fails, and the status says %q", s)
		}
		d.recovered()
		if s := shown(0); s != "" {
			t.Errorf("it can be written, and the status says %q", s)
		}
		for text, times := range map[string]int{"THE DISK HANGS": 1, "the disk goes on": 1, "THE DATABASE CANNOT BE WRITTEN": 2, "can be written again": 1} {
			if n := strings.Count(log.String(), text); n != times {
				t.Errorf("%q is %d times in the log, want %d:\n%s", text, n, times, log.String())
			}
		}
	})
}

// TestShedIsSaid: a count that says nothing was turned away is not shown.
func TestShedIsSaid(t *testing.T) {
	s := api.Status{Counters: map[string]int64{"inbox_refused": 0, "agi_sessions": 7, "link_ups": 3}}
	if got := shedLines(s); got != "" {
		t.Errorf("nothing was shed, and it says %q", got)
	}
	for _, x := range sheds {
		s.Counters[x.count] = 5
	}
	got := shedLines(s)
	for _, x := range sheds {
		if !strings.Contains(got, "  5 "+x.what+"\n") {
			t.Errorf("%s is not in %q", x.count, got)
		}
	}
}
