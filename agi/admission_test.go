package agi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"dialerd/agi/agitest"
	"dialerd/dialplan"
)

// TestOldestWaitingIsEvicted: the one that has waited longest goes for the newest, and one that has
// asked never does, however long ago that was.
func TestOldestWaitingIsEvicted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{MaxWaiting: 3, MaxSessions: 1}, answer(toQueue))
		busy := w.dial()
		must(t, busy.Begin(call7))
		_, err := busy.AnswerN(2)
		must(t, err)
		waiting := []*agitest.Asterisk{w.dial(), w.dial(), w.dial()}
		must(t, waiting[0].Send(call7.Environment()[:100])) // what it has said does not help it
		time.Sleep(leastWait)
		w.dial()
		if got := w.closed(); !slices.Equal(got, []int{1}) {
			t.Errorf("after one newer one these are closed: %v, want the oldest, 1", got)
		}
		w.dial()
		if got := w.closed(); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("after two newer ones these are closed: %v, want the oldest, 1 and 2", got)
		}
		set, err := busy.Answer()
		must(t, err)
		if set.Get(dialplan.VarOK) != "1" {
			t.Errorf("the one that had asked was given %v", set)
		}
		must(t, waiting[2].Begin(call7)) // it is the oldest by now
		if set, err = waiting[2].Answer(); err != nil || set.Get(dialplan.VarOK) != "1" {
			t.Errorf("the oldest that is left: %v, %v", set, err)
		}
		if counts, lost := w.end(); counts != (Counts{Sessions: 6, Evicted: 2, Late: 2}) || len(lost) != 0 {
			t.Errorf("counts %+v, lost %v", counts, lost)
		}
	})
}

// TestLeastWait: nobody is evicted before he has had his time to ask; the newer ones wait meanwhile.
func TestLeastWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{MaxWaiting: 2}, answer(toQueue))
		began := time.Now()
		_, second, third := w.dial(), w.dial(), w.dial()
		time.Sleep(leastWait - time.Millisecond)
		if got := w.closed(); len(got) > 0 {
			t.Errorf("%v were evicted before %v", got, leastWait)
		}
		must(t, second.Begin(call7))
		_, err := second.Answer()
		must(t, err)
		must(t, third.Begin(call7))
		_, err = third.Answer()
		must(t, err)
		if took := time.Since(began); took != leastWait {
			t.Errorf("the third was answered after %v, want %v", took, leastWait)
		}
		if counts, _ := w.end(); counts != (Counts{Sessions: 3, Late: 1}) {
			t.Errorf("counts %+v", counts)
		}
	})
}

// TestIdleThousands has thousands of connections that say nothing, or half of what they should, come
// in all the time. Each real question among them is answered.
func TestIdleThousands(t *testing.T) {
	const idle, questions = 4000, 100
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{MaxWaiting: 1000, MaxSessions: 4}, answer(toQueue))
		half := call7.Environment()[:200]
		for i := range idle {
			a := w.dial()
			if i%2 == 0 {
				must(t, a.Send(half))
			}
			if i%(idle/questions) != 0 {
				continue
			}
			began := time.Now()
			a = w.dial()
			must(t, a.Begin(call7))
			set, err := a.Answer()
			must(t, err)
			if took := time.Since(began); set.Get(dialplan.VarOK) != "1" || took > leastWait {
				t.Errorf("behind %d idle ones: %v after %v", i+1, set, took)
			}
		}
		counts, lost := w.end()
		if counts.Sessions != idle+questions || counts.Refused != 0 || len(lost) != 0 {
			t.Errorf("counts %+v, lost %v", counts, lost)
		}
		if counts.Evicted == 0 || counts.Evicted > idle {
			t.Errorf("%d were evicted", counts.Evicted)
		}
	})
}

// TestLateAreClosedInTurn: those that never asked are closed at the deadline, the oldest first, but
// not all at once.
func TestLateAreClosedInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{}, answer(toQueue))
		for range 4 * closeAtOnce {
			w.dial()
			time.Sleep(time.Microsecond) // so that it is known who is the oldest
		}
		time.Sleep(defaultDeadline)
		for turn := 1; turn <= 4; turn++ {
			if closed := w.closed(); len(closed) != turn*closeAtOnce || closed[len(closed)-1] != len(closed)-1 {
				t.Errorf("%v after the deadline these are closed: %v, want the oldest %d", time.Duration(turn-1)*closePause, closed, turn*closeAtOnce)
			}
			time.Sleep(closePause)
		}
		if counts := w.server.Counts(); counts != (Counts{Sessions: 4 * closeAtOnce, Late: 4 * closeAtOnce, LeftOut: 4*closeAtOnce - 2}) {
			t.Errorf("counts %+v", counts)
		}
		w.end()
	})
}

// TestLateGoFirst: one that is too late to ask goes before all that may still.
func TestLateGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{MaxWaiting: 2 * closeAtOnce}, answer(toQueue))
		for range 2 * closeAtOnce {
			w.dial()
			time.Sleep(time.Microsecond)
		}
		time.Sleep(defaultDeadline)
		for range closeAtOnce + 1 { // one more than there are places
			w.dial()
		}
		if closed := w.closed(); len(closed) != closeAtOnce+1 || closed[closeAtOnce] != closeAtOnce {
			t.Errorf("these are closed: %v, want those whose turn it was and the next", closed)
		}
		if counts, _ := w.end(); counts.Evicted != 1 {
			t.Errorf("counts %+v", counts)
		}
	})
}

// TestFit: the places that there are leave descriptors for everything else.
func TestFit(t *testing.T) {
	for _, test := range []struct {
		files             uint64
		sessions, waiting int
	}{
		{1 << 63, 512, 4096},
		{65536, 512, 4096},
		{4096, 512, 3456},
		{1024, 224, 672},
		{256, 32, 96},
		{64, 16, 16},
	} {
		c := Config{}.fit(test.files)
		if c.MaxSessions != test.sessions || c.MaxWaiting != test.waiting {
			t.Errorf("%d open files: %d sessions, %d waiting; want %d, %d", test.files, c.MaxSessions, c.MaxWaiting, test.sessions, test.waiting)
		}
	}
	if c := (Config{MaxSessions: 7, MaxWaiting: 9}).fit(64); c.MaxSessions != 7 || c.MaxWaiting != 9 {
		t.Errorf("what was chosen has become %+v", c)
	}
}

// TestShedIsSaid floods a server in every way for three seconds. The log stays short, and its lines
// together say all that was shed.
func TestShedIsSaid(t *testing.T) {
	const seconds, each = 3, 200
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		w := newWorldLogging(t, zerolog.SyncWriter(&log), Config{MaxWaiting: 50, MaxSessions: 1}, answer(toQueue))
		time.Sleep(time.Millisecond) // not in step with the server's seconds
		for range seconds {
			until := time.Now().Add(time.Second)
			busy := w.dial()
			must(t, busy.Begin(call7))
			_, err := busy.AnswerN(1)
			must(t, err)
			for range each {
				_ = w.dialFrom("10.0.0.1:1000").Close()
				_ = w.dial().Send([]byte("GET / HTTP/1.1\n"))
				_ = w.dial().Begin(call7)
				synctest.Wait()
			}
			must(t, busy.Close())
			for range each {
				w.dial()
			}
			time.Sleep(time.Until(until))
		}
		counts, _ := w.end()
		if counts.Evicted == 0 || counts.LeftOut == 0 || counts.Refused != 2*seconds*each || counts.Malformed != seconds*each {
			t.Errorf("counts %+v", counts)
		}
		lines, said, times := 0, map[string]uint64{}, map[string]int{}
		for read := bufio.NewScanner(&log); read.Scan(); lines++ {
			var line struct {
				Message string
				Count   uint64
			}
			must(t, json.Unmarshal(read.Bytes(), &line))
			said[line.Message] += line.Count
			times[line.Message]++
		}
		if most := (seconds + 2) * (10 + 2 + 4); lines > most {
			t.Errorf("%d lines in %d seconds, want at most %d", lines, seconds, most)
		}
		for what, want := range map[string]uint64{
			saidNotAllowed: seconds * each, saidTooMany: seconds * each, saidEvicted: counts.Evicted, saidLeftOut: counts.LeftOut,
		} {
			if said[what] != want {
				t.Errorf("%q: the lines count %d together, want %d", what, said[what], want)
			}
			if times[what] < seconds || times[what] > seconds+1 {
				t.Errorf("%q: said %d times in %d seconds", what, times[what], seconds)
			}
		}
	})
}
