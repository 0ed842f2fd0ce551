package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"dialerd/ami"
	"dialerd/dialer"
	"dialerd/store"
)

const (
	// tickEvery is how long the Dialer goes without a Tick at most.
	tickEvery = 100 * time.Millisecond
	// drainMost is how many events are learned between two Ticks.
	drainMost = 512
	// donesMost is how many changes that somebody has asked for may wait for the disk.
	donesMost = 1000
)

// tooMany is said to who asks for more.
const tooMany = "too many changes wait for the disk already: dialerd status tells how it is"

// loop is the one goroutine that owns the Dialer. It learns what is in the inbox, plans, and carries
// the effects out without ever waiting for any: records go to the writer, actions to the links,
// answers to whoever asked.
type loop struct {
	core   *dialer.Dialer
	inbox  *inbox
	writer *store.Writer
	disk   *disk
	notify *notifier
	fields *fieldsReader
	links  map[string]*ami.Link // by PBX; changed by the loop alone
	log    zerolog.Logger
	start  time.Time // Mono counts from here
	record *recorder // nil: nothing is recorded

	unsent  atomic.Int64 // effects that a link did not take
	answers map[dialer.AskID]chan<- dialer.Answer
	dones   map[dialer.AskID]chan<- dialer.Done
	asks    dialer.AskID
	records []dialer.Record // scratch
	follow  []dialer.Event  // what carrying out effects has shown at once
	written bool            // records, since the disk was looked at

	restored []dialer.Effect // of loading the state, to be carried out first
}

// run goes on until the context is done, and then for as long as the Dialer has something to stay
// for, but no longer than patience and not after hurry is closed.
func (l *loop) run(ctx context.Context, patience time.Duration, hurry <-chan struct{}) {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	var items []item
	var over <-chan time.Time
	draining := ctx.Done()
	l.do(l.restored)
	l.restored = nil
	for {
		select {
		case <-l.inbox.wake:
		case <-ticker.C:
		case <-draining:
			draining = nil
			l.log.Info().Msg("ending: no new calls; those that ring are waited for")
			over = time.After(patience)
			l.notify.stopping(patience + endTime)
			l.step(item{event: dialer.Drain{}})
		case <-hurry:
			l.log.Warn().Msg("ending at once")
			l.step(item{event: dialer.SnapshotWanted{}})
			return
		case <-over:
			l.log.Warn().Msg("ending: calls are still on their way to somebody; the dialplan takes them to their queue")
			l.step(item{event: dialer.SnapshotWanted{}})
			return
		}
		items = l.inbox.take(items, drainMost)
		for i := range items {
			l.step(items[i])
		}
		now := l.now()
		l.done(now, nil, l.core.Tick(now))
		l.look()
		if draining == nil && l.core.Drained() {
			l.step(item{event: dialer.SnapshotWanted{}})
			return
		}
	}
}

// look shows that the loop goes round, and whether the disk does.
func (l *loop) look() {
	l.disk.look(l.writer.Waiting(), l.written)
	l.written = false
	l.notify.feed()
}

// now reads both clocks. The wall clock is stripped of Go's own monotonic reading, which would hide
// a jump of it.
func (l *loop) now() dialer.Now {
	return dialer.Now{Wall: time.Now().Round(0), Mono: time.Since(l.start)}
}

func (l *loop) step(i item) {
	switch e := i.event.(type) {
	case nil:
		i.read(l.core)
		return
	case dialer.Asked:
		l.take(l.question(e, i))
		return
	}
	if i.done != nil {
		ask := l.askDone(i.done)
		if ask == 0 {
			return
		}
		i.event = asked(i.event, ask)
	}
	if e, ok := i.event.(dialer.LeadsLoaded); ok && i.stored {
		l.load(e)
		return
	}
	l.take(i.event)
	switch e := i.event.(type) {
	case dialer.LinkUp:
		l.notify.link(e.PBX, "")
	case dialer.LinkDown:
		l.notify.link(e.PBX, e.Reason)
	case dialer.Committed:
		l.written = true
	}
}

// asked is a change with the Ask by which it is answered.
func asked(e dialer.Event, ask dialer.AskID) dialer.Event {
	switch e := e.(type) {
	case dialer.SwitchSet:
		e.Ask = ask
		return e
	case dialer.DNCChanged:
		e.Ask = ask
		return e
	case dialer.LeadsEdited:
		e.Ask = ask
		return e
	case dialer.Disposed:
		e.Ask = ask
		return e
	}
	panic(fmt.Sprintf("nobody is told what becomes of a %T", e))
}

// question is a question with the Ask by which it is answered. Of one that has a done, too, that is told when what it
// changed is on disk; where too many wait for that, it is answered all the same.
func (l *loop) question(e dialer.Asked, i item) dialer.Asked {
	e.Question.Stored = false
	if i.done != nil {
		e.Ask = l.askDone(i.done)
		e.Question.Stored = e.Ask != 0
	}
	if e.Ask == 0 {
		l.asks++
		e.Ask = l.asks
	}
	l.answers[e.Ask] = i.answer
	return e
}

// askDone is the Ask of a change that somebody waits for; 0 when too many do, which he is told.
func (l *loop) askDone(done chan<- dialer.Done) dialer.AskID {
	if len(l.dones) >= donesMost {
		done <- dialer.Done{Err: tooMany}
		return 0
	}
	l.asks++
	l.dones[l.asks] = done
	return l.asks
}

// load takes leads that were in the store at the start. A recording has those that something touches later, as if they
// had been there from the beginning.
func (l *loop) load(e dialer.LeadsLoaded) {
	now := l.now()
	effects := l.core.Step(now, e)
	if l.record != nil {
		l.record.step(now, dialer.LeadsLoaded{}, effects, nil)
	}
	l.carryOut(effects)
}

func (l *loop) take(e dialer.Event) {
	now := l.now()
	l.done(now, e, l.core.Step(now, e))
}

// done records a step and carries out its effects.
func (l *loop) done(now dialer.Now, e dialer.Event, effects []dialer.Effect) {
	if l.record != nil {
		l.record.step(now, e, effects, l.core.Touched())
	}
	l.carryOut(effects)
}

// carryOut does effects, and then what doing them has shown.
func (l *loop) carryOut(effects []dialer.Effect) {
	l.do(effects)
	if len(l.follow) > 0 {
		next := l.follow[0]
		l.follow = l.follow[1:]
		l.take(next)
	}
}

// do carries out effects.
func (l *loop) do(effects []dialer.Effect) {
	l.records = l.records[:0]
	for _, e := range effects {
		switch e := e.(type) {
		case dialer.Record:
			l.records = append(l.records, e)
		case dialer.Originate:
			l.send(e.PBX, e)
		case dialer.Redirect:
			l.send(e.PBX, e)
		case dialer.Withdraw:
			l.send(e.PBX, e)
		case dialer.Hangup:
			l.send(e.PBX, e)
		case dialer.SetPause:
			l.send(e.PBX, e)
		case dialer.SetPenalty:
			l.send(e.PBX, e)
		case dialer.AddMember:
			l.send(e.PBX, e)
		case dialer.RemoveMember:
			l.send(e.PBX, e)
		case dialer.Answer:
			l.answers[e.Ask] <- e
			delete(l.answers, e.Ask)
		case dialer.Done:
			l.dones[e.Ask] <- e
			delete(l.dones, e.Ask)
		case dialer.FieldsWanted:
			l.fields.want(e.Leads)
		case dialer.Notice:
			l.say(e)
		}
	}
	if len(l.records) > 0 && !l.writer.Put(l.records) {
		l.log.Error().Int("waiting", l.writer.Waiting()).Msg("more records wait for the disk than should; nothing new is dialed while they wait")
	}
}

func (l *loop) send(pbx string, e dialer.Effect) {
	err := ami.ErrDown
	if link := l.links[pbx]; link != nil {
		err = link.Send(e)
	}
	if err == nil {
		return
	}
	l.unsent.Add(1)
	o, ok := e.(dialer.Originate)
	switch {
	case ok && (errors.Is(err, ami.ErrDown) || errors.Is(err, ami.ErrFull) || errors.Is(err, ami.ErrStalled)):
		l.follow = append(l.follow, dialer.CallUnsent{PBX: pbx, Call: o.Call, Text: err.Error()})
		return
	case ok: // it cannot be said in AMI, and never will be
		l.follow = append(l.follow, dialer.CallFailed{PBX: pbx, Call: o.Call, Refused: true, Text: err.Error()})
		return
	}
	l.log.Warn().Str("pbx", pbx).Err(err).Msgf("%T could not be sent", e)
}

func (l *loop) say(n dialer.Notice) {
	level := map[dialer.NoticeLevel]zerolog.Level{dialer.Info: zerolog.InfoLevel, dialer.Warning: zerolog.WarnLevel, dialer.Alarm: zerolog.ErrorLevel}[n.Level]
	l.log.WithLevel(level).Msg(n.Text)
}
