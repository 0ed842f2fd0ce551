package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

// reader is whoever reads the log: it can stop reading.
type reader struct {
	bytes.Buffer
	gate chan struct{} // nil: it always reads
}

func (r *reader) Write(line []byte) (int, error) {
	if r.gate != nil {
		<-r.gate
	}
	return r.Buffer.Write(line)
}

// logged counts the lines of each level, and adds up what they say was dropped.
func logged(t *testing.T, text string) (levels map[string]int, dropped int64) {
	t.Helper()
	levels = map[string]int{}
	for line := range strings.Lines(text) {
		var l struct {
			Level   string
			Dropped int64
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if l.Dropped > 0 {
			dropped += l.Dropped
			continue
		}
		levels[l.Level]++
	}
	return levels, dropped
}

// TestLogFlood: of a flood so many lines a second are written and no more, the others are counted and
// said once a second, and an error in the midst of it is written.
func TestLogFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out reader
		lines := newBoundedLog(&out)
		log := zerolog.New(lines)
		const seconds, rate, errorEvery = 10, 5000, 1000
		for i := range seconds * rate {
			if i%errorEvery == 0 {
				log.Error().Msg("matters")
			}
			log.Info().Msg("flood")
			time.Sleep(time.Second / rate)
		}
		lines.close()
		levels, dropped := logged(t, out.String())
		if levels["error"] != seconds*rate/errorEvery {
			t.Errorf("%d errors of %d", levels["error"], seconds*rate/errorEvery)
		}
		if most := logBurst + seconds*logRate; levels["info"] > most || levels["info"] < seconds*logRate {
			t.Errorf("%d lines in %d seconds, at most %d", levels["info"], seconds, most)
		}
		if lost := seconds*rate - levels["info"]; dropped != int64(lost) || lines.dropped() != int64(lost) {
			t.Errorf("%d lines are missing, %d were said to be dropped, %d counted", lost, dropped, lines.dropped())
		}
		if n := strings.Count(out.String(), `"dropped"`); n > seconds+1 {
			t.Errorf("said %d times in %d seconds", n, seconds)
		}
	})
}

// TestLogNobodyReads: whoever logs goes on when nobody reads, what waits is bounded, and the last of the
// room is for errors. When there is a reader again he gets what waited.
func TestLogNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := reader{gate: make(chan struct{})}
		lines := newBoundedLog(&out)
		log := zerolog.New(lines)
		long := strings.Repeat("x", 10_000)
		for range 3 * logRoom / len(long) {
			log.Info().Msg(long)
			time.Sleep(time.Second)
		}
		log.Error().Msg("matters")
		before := lines.dropped()
		for range 3 * logRoom / len(long) {
			log.Error().Msg(long)
			time.Sleep(time.Second)
		}
		if lines.waiting > logRoom || before == 0 || lines.dropped() == before {
			t.Errorf("%d bytes wait, %d lines dropped", lines.waiting, lines.dropped())
		}
		close(out.gate)
		synctest.Wait()
		lines.close()
		levels, dropped := logged(t, out.String())
		if !strings.Contains(out.String(), "matters") || levels["error"] < 2 || levels["info"] < 2 {
			t.Errorf("written: %v", levels)
		}
		if dropped != lines.dropped() {
			t.Errorf("%d lines said to be dropped, %d counted", dropped, lines.dropped())
		}
	})
}

// TestLogEnds: the last lines are written before the process ends, a reader who never comes back does
// not keep it from ending.
func TestLogEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out reader
		lines := newBoundedLog(&out)
		log := zerolog.New(lines)
		for i := range 100 {
			log.Info().Msg(fmt.Sprint(i))
		}
		lines.close()
		if n := strings.Count(out.String(), "\n"); n != 100 {
			t.Errorf("%d lines of 100", n)
		}
		stuck := reader{gate: make(chan struct{})}
		lines = newBoundedLog(&stuck)
		io.WriteString(lines, "nobody reads this\n")
		began := time.Now()
		lines.close()
		if took := time.Since(began); took != logFlush {
			t.Errorf("the end took %v", took)
		}
		close(stuck.gate) // for the goroutine's sake
	})
}
