package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/term"
)

// newLogger writes for people on a terminal, and JSON for the journal elsewhere.
func newLogger(c settingsLog, w io.Writer) zerolog.Logger { return logTo(c, logForm(c, w)) }

// logTo makes a logger of the level that the configuration asks for.
func logTo(c settingsLog, w io.Writer) zerolog.Logger {
	level, err := zerolog.ParseLevel(c.Level)
	if err != nil {
		level = zerolog.InfoLevel
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}

// logForm turns what zerolog writes into what w is to hold.
func logForm(c settingsLog, w io.Writer) io.Writer {
	file, _ := w.(*os.File)
	terminal := file != nil && term.IsTerminal(int(file.Fd()))
	if c.Format == configLogConsole || c.Format == configLogAuto && terminal {
		return zerolog.ConsoleWriter{Out: w, TimeFormat: time.DateTime, NoColor: !terminal}
	}
	return w
}

const (
	// logRate is how many lines a second the log takes for as long as they come, and logBurst how many
	// it takes at once.
	logRate  = 200
	logBurst = 1000
	// logRoom is how many bytes of lines may wait for whoever reads the log.
	logRoom = 1 << 20
	// logFlush is how long the end of the process waits for the last lines to be taken.
	logFlush = 2 * time.Second
)

// boundedLog is between the loggers and the log itself. Nobody who logs ever waits: the lines are
// written by a goroutine of its own, a journal that has stopped reading holds up nothing, and a flood
// is cut. What is dropped is counted, and said once a second in one line. When there is little room
// left, whether for want of rate or because nobody reads, it is kept for warnings, and the last of it
// for errors.
//
//	lines := newBoundedLog(os.Stderr)
//	defer lines.close() // when the process ends, in a panic too
//	log := zerolog.New(lines)
type boundedLog struct {
	out   io.Writer
	wake  chan struct{} // capacity 1: there is something to write, or the end
	ended chan struct{} // closed when all is written

	mu      sync.Mutex
	queue   [][]byte
	waiting int     // bytes in queue
	tokens  float64 // lines that may still come at once
	at      time.Time
	closed  bool
	fast    int64 // dropped because too many came
	slow    int64 // dropped because nobody took them
	said    int64 // of both, as last told
}

func newBoundedLog(out io.Writer) *boundedLog {
	b := &boundedLog{out: out, wake: make(chan struct{}, 1), ended: make(chan struct{}), tokens: logBurst, at: time.Now()}
	go b.run()
	return b
}

// Write takes a line without a level.
func (b *boundedLog) Write(line []byte) (int, error) { return b.WriteLevel(zerolog.InfoLevel, line) }

// WriteLevel takes a line, or counts it. Its error is always nil: there is nowhere to tell of one.
func (b *boundedLog) WriteLevel(level zerolog.Level, line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.tokens = min(logBurst, b.tokens+now.Sub(b.at).Seconds()*logRate)
	b.at = now
	reserve := logReserve(level)
	switch {
	case b.closed:
	case b.tokens < 1+reserve*logBurst:
		b.fast++
	case float64(b.waiting+len(line)) > (1-reserve)*logRoom:
		b.slow++
	default:
		b.tokens--
		b.waiting += len(line)
		b.queue = append(b.queue, append([]byte(nil), line...))
	}
	b.nudge()
	return len(line), nil
}

// logReserve is the share of the room that is kept for lines which matter more.
func logReserve(level zerolog.Level) float64 {
	switch {
	case level >= zerolog.ErrorLevel && level != zerolog.NoLevel:
		return 0
	case level == zerolog.WarnLevel:
		return 0.25
	}
	return 0.5
}

// nudge has the writer look; b.mu is held.
func (b *boundedLog) nudge() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// dropped is how many lines nobody will ever read.
func (b *boundedLog) dropped() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fast + b.slow
}

// run writes. It tells of dropped lines once a second while there are more of them, and at the end.
func (b *boundedLog) run() {
	defer close(b.ended)
	var told time.Time
	var tick <-chan time.Time
	for {
		select {
		case <-b.wake:
		case <-tick:
			tick = nil
		}
		lines, closed := b.take()
		for _, line := range lines {
			_, _ = b.out.Write(line) // there is nowhere to tell of an error
			b.taken(len(line))
		}
		wait := time.Second - time.Since(told)
		switch {
		case !b.untold():
		case closed || wait <= 0:
			told = time.Now()
			b.tell()
		case tick == nil:
			tick = time.After(wait)
		}
		if closed {
			return
		}
	}
}

func (b *boundedLog) take() (lines [][]byte, closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines, b.queue = b.queue, nil
	return lines, b.closed
}

// taken makes room: until a line is written, it waits.
func (b *boundedLog) taken(bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting -= bytes
}

func (b *boundedLog) untold() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fast+b.slow > b.said
}

// tell writes how many lines were dropped, past all bounds.
func (b *boundedLog) tell() {
	b.mu.Lock()
	fast, slow := b.fast, b.slow
	more := fast + slow - b.said
	b.said = fast + slow
	b.mu.Unlock()
	log := zerolog.New(b.out).With().Timestamp().Logger()
	log.Warn().Int64("dropped", more).Int64("too_many", fast).Int64("not_read", slow).
		Msg("lines of the log were dropped: too many came at once (too_many, since the start), or whoever reads the log is slow (not_read); errors are kept the longest")
}

// close writes what waits, if it is taken within logFlush. Nothing is taken afterwards.
func (b *boundedLog) close() {
	b.mu.Lock()
	b.closed = true
	b.nudge()
	b.mu.Unlock()
	select {
	case <-b.ended:
	case <-time.After(logFlush):
	}
}
