// Package agitest plays Asterisk's side of FastAGI, for tests of a server.
//
//	a, err := agitest.Dial(server.Addr().String())
//	a.Begin(agitest.Channel{Script: "answered", UniqueID: "da-7"})
//	set, err := a.Answer() // until the server closes, as AGI() does
//
// For a client that is not as it should be, write with Send and Dribble in place of Begin, answer
// only some commands with AnswerN, HangUp in the middle, or do nothing at all.
package agitest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Asterisk is one channel in AGI(). Its methods are for one goroutine.
type Asterisk struct {
	conn net.Conn
	in   *bufio.Reader
	set  Variables
}

// Variable is one SET VARIABLE as Asterisk understands it.
type Variable struct{ Name, Value string }

// Variables are those a server has set, in the order in which it did.
type Variables []Variable

// Get is the value that was set last; empty when there is none.
func (v Variables) Get(name string) string {
	for i := len(v) - 1; i >= 0; i-- {
		if v[i].Name == name {
			return v[i].Value
		}
	}
	return ""
}

// Names are the names in the order of their setting.
func (v Variables) Names() []string {
	var names []string
	for _, one := range v {
		names = append(names, one.Name)
	}
	return names
}

// Dial connects as AGI() does.
func Dial(addr string) (*Asterisk, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return New(conn), nil
}

// New takes over a connection.
func New(conn net.Conn) *Asterisk {
	return &Asterisk{conn: conn, in: bufio.NewReader(conn)}
}

// Begin sends the environment block.
func (a *Asterisk) Begin(c Channel) error { return a.Send(c.Environment()) }

// Send writes bytes as they are.
func (a *Asterisk) Send(raw []byte) error {
	_, err := a.conn.Write(raw)
	return err
}

// Dribble writes bytes one by one with a pause after each.
func (a *Asterisk) Dribble(raw []byte, pause time.Duration) error {
	for i := range raw {
		if err := a.Send(raw[i : i+1]); err != nil {
			return err
		}
		time.Sleep(pause)
	}
	return nil
}

// Answer answers commands until the server closes the connection, which is a good end, and returns
// what was set in all.
func (a *Asterisk) Answer() (Variables, error) {
	for {
		switch err := a.answerOne(); {
		case errors.Is(err, io.EOF):
			return a.set, nil
		case err != nil:
			return a.set, err
		}
	}
}

// AnswerN answers n commands and returns what was set in all; the connection stays open.
func (a *Asterisk) AnswerN(n int) (Variables, error) {
	for range n {
		if err := a.answerOne(); err != nil {
			return a.set, err
		}
	}
	return a.set, nil
}

// Command reads one command and does not reply to it.
func (a *Asterisk) Command() (string, error) {
	line, err := a.in.ReadString('\n')
	return strings.TrimSuffix(line, "\n"), err
}

// Reply writes one line of a reply.
func (a *Asterisk) Reply(line string) error { return a.Send([]byte(line + "\n")) }

// HangUp says HANGUP, as Asterisk does when the caller hangs up during AGI().
func (a *Asterisk) HangUp() error { return a.Reply("HANGUP") }

// Close closes the connection, as Asterisk does with AGIEXITONHANGUP, or when it dies.
func (a *Asterisk) Close() error { return a.conn.Close() }

// Reset closes the connection with an RST when it is a TCP connection.
func (a *Asterisk) Reset() error {
	if tcp, ok := a.conn.(*net.TCPConn); ok {
		if err := tcp.SetLinger(0); err != nil {
			return err
		}
	}
	return a.conn.Close()
}

func (a *Asterisk) answerOne() error {
	line, err := a.Command()
	if err != nil {
		return err
	}
	words := splitCommand(line)
	switch {
	case len(words) == 4 && words[0] == "SET" && words[1] == "VARIABLE":
		a.set = append(a.set, Variable{Name: words[2], Value: words[3]})
		return a.Reply("200 result=1")
	case len(words) >= 2 && words[0] == "SET" && words[1] == "VARIABLE":
		for _, usage := range []string{"520-Invalid command syntax.  Proper usage follows:", " Usage: SET VARIABLE <variablename> <value>", "520 End of proper usage."} {
			if err := a.Reply(usage); err != nil {
				return err
			}
		}
		return fmt.Errorf("the server sent a bad command: %q", line)
	default:
		if err := a.Reply("510 Invalid or unknown command"); err != nil {
			return err
		}
		return fmt.Errorf("the server sent an unknown command: %q", line)
	}
}
