package agi

import (
	"bufio"
	"bytes"
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"time"

	codec "github.com/zaf/agi"

	"dialerd/dialer"
	"dialerd/dialplan"
)

// ErrHangup says that a session ended because nobody is there to be answered: Asterisk said HANGUP,
// refused a command because the channel is dead, or closed the connection.
var ErrHangup = errors.New("the caller or Asterisk has hung up")

var (
	errLate  = errors.New("the session's deadline passed")
	errPanic = errors.New("the session panicked")
)

// session is one AGI() of the dialplan, or whatever else has connected. One that waits is little more
// than its goroutine: everything else is made when it has asked.
type session struct {
	server   *Server
	conn     net.Conn
	from     *net.TCPAddr
	entered  time.Time
	deadline time.Time

	place          *list.Element // among those that wait; with the next two the admission's
	asked, evicted bool

	codec    *codec.Session
	question dialer.Question
	owed     bool // the question was put to the dialer and the dialplan has no answer yet
}

// serve runs the session in the calling goroutine and closes its connection. One deadline lies on the
// connection and on the Asker, and so around every command.
func (x *session) serve(ctx context.Context) {
	err := x.conn.SetDeadline(x.deadline)
	if err == nil {
		err = x.guard(ctx)
	}
	err = classify(err)
	if errors.Is(err, errLate) && !x.asked {
		if x.server.admission.beLate(x) {
			x.settle(err)
			x.server.wakeCloser()
		}
		return
	}
	x.conn.Close()
	if !x.server.admission.leave(x) {
		x.settle(err)
	}
}

// guard is the session's edge: a panic costs this session and no other.
func (x *session) guard(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			x.server.panics.Error().Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).
				Msg("FastAGI session panicked; the call goes on by the dialplan's default")
			err = errPanic
		}
	}()
	return x.run(ctx)
}

func (x *session) run(ctx context.Context) error {
	if err := x.open(); err != nil {
		return err
	}
	q, err := question(x.codec.Env, x.server.cfg.Instance)
	if err != nil {
		return x.refuse(err)
	}
	if err := x.present(q); err != nil {
		return err
	}
	ctx, cancel := context.WithDeadline(ctx, x.deadline)
	defer cancel()
	x.question, x.owed = q, true
	answer, err := x.server.ask(ctx, q)
	if ctx.Err() != nil {
		return fmt.Errorf("%w: the dialer took longer than %v to answer", errLate, x.server.cfg.Deadline)
	}
	if err != nil {
		return x.refuse(fmt.Errorf("the dialer did not answer: %w", err))
	}
	set, err := variablesOf(q, answer)
	if err != nil {
		return x.refuse(err)
	}
	err = x.set(set)
	x.owed = err != nil
	return err
}

// present makes sure that an operator who wants something still waits for it. A daemon that stood still for a while
// finds the questions of those who were told long ago that they are refused: a pause would come upon them by surprise.
func (x *session) present(q dialer.Question) error {
	if !q.What.AboutAgent() {
		return nil // what an answered call is told too late is known as lost
	}
	return x.set([]variable{{dialplan.VarCode, ""}})
}

// open reads and checks the environment, which ends the waiting, and lets the library read it again.
func (x *session) open() error {
	in := newMeter(x.conn)
	block, rest, err := readEnvironment(in)
	if err != nil {
		return err
	}
	if err := x.server.admission.ask(x); err != nil {
		return err
	}
	x.codec = codec.New()
	err = x.codec.Init(bufio.NewReadWriter(
		bufio.NewReader(io.MultiReader(bytes.NewReader(block), bytes.NewReader(rest), in)),
		bufio.NewWriter(x.conn)))
	if err != nil {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	return nil
}

// refuse tells the dialplan why it gets no answer. It returns why even if the telling failed, for
// that is the cause.
func (x *session) refuse(why error) error {
	if err := x.set(refusalVariables(why)); err != nil {
		return fmt.Errorf("%w; the dialplan could not be told: %w", why, err)
	}
	return why
}

// set sets the variables in order and stops at the first that fails.
func (x *session) set(variables []variable) error {
	for _, v := range variables {
		reply, err := x.codec.SetVariable(v.name, v.quoted())
		if err != nil {
			return fmt.Errorf("%s was not set: %w", v.name, classify(err))
		}
		if reply.Res != 1 {
			return fmt.Errorf("%s was not set: Asterisk replied %d instead of 1", v.name, reply.Res)
		}
	}
	return nil
}

// settle counts how the session came out, says what a person should know, and tells of an answer
// that is still owed.
func (x *session) settle(err error) {
	if errors.Is(err, errTooMany) {
		x.server.tooMany.add(x.from)
		return
	}
	count, log := &x.server.count, &x.server.log
	if !x.asked {
		log = &x.server.noise
	}
	entry := log.Warn
	switch {
	case err == nil:
		entry = log.Debug
	case errors.Is(err, errPanic):
		count.panics.Add(1)
	case errors.Is(err, errLate):
		count.late.Add(1)
	case errors.Is(err, errMalformed):
		count.malformed.Add(1)
	case errors.Is(err, ErrHangup):
		count.hangups.Add(1)
		entry = log.Debug
	}
	entry().Err(err).Stringer("question", x.question.What).Int64("call", int64(x.question.Call)).Str("operator", x.question.Agent).
		Bool("lost", x.owed).Stringer("from", x.from).Msg("FastAGI session")
	if x.owed && x.question.Call != 0 {
		count.lost.Add(1)
		x.server.cfg.Lost(x.question.Call)
	}
}

// classify gives the many ways in which a session is cut short their two names. What the library
// reports of Asterisk's replies it reports as text only.
func classify(err error) error {
	if err == nil || errors.Is(err, ErrHangup) || errors.Is(err, errLate) {
		return err
	}
	var network *net.OpError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", errLate, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrClosedPipe), errors.As(err, &network):
		return fmt.Errorf("%w: %w", ErrHangup, err)
	}
	switch strings.TrimSpace(err.Error()) {
	case "HANGUP", "command not permitted on a dead channel":
		return ErrHangup
	}
	return err
}
