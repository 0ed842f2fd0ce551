package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// storedWithin is how long who wants something of an operator waits for the disk. He is told then without it:
// operators must not stand still because a disk does.
const storedWithin = 400 * time.Millisecond

// askAgent puts a question about an operator, and waits a little for what it changes to be on disk.
func (d *daemon) askAgent(ctx context.Context, q dialer.Question) (api.AgentAnswer, error) {
	answer, done := make(chan dialer.Answer, 1), make(chan dialer.Done, 1)
	patience := time.NewTimer(storedWithin)
	defer patience.Stop()
	d.inbox.put(item{event: dialer.Asked{Question: q}, answer: answer, done: done})
	select {
	case a := <-answer:
		if err := refusedAgent(a); err != nil {
			return api.AgentAnswer{}, err
		}
		return api.AgentAnswer{Standing: api.StandingOf(a.Agent), Stored: q.What == dialer.QuestionStatus || storedIn(ctx, done, patience.C)}, nil
	case <-ctx.Done():
		return api.AgentAnswer{}, ctx.Err()
	}
}

func refusedAgent(a dialer.Answer) error {
	switch {
	case a.OK:
		return nil
	case a.Nobody:
		return api.Errorf(http.StatusNotFound, "%s", a.Err)
	}
	return errors.New(a.Err)
}

func storedIn(ctx context.Context, done <-chan dialer.Done, over <-chan time.Time) bool {
	select {
	case e := <-done:
		return e.Err == ""
	case <-over:
	case <-ctx.Done():
	}
	return false
}

// pauseReasons are those of the files that the daemon goes by.
func (d *daemon) pauseReasons() []dialer.PauseReason {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.settings.Config.Pauses
}
