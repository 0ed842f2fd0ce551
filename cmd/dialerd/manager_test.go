package main

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"dialerd/dialplan"
	"dialerd/store"
)

// manager is an AMI session of the test's own: it plays the administrator of the queues.
type manager struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func (l *lab) manager() *manager {
	l.t.Helper()
	conn, err := net.Dial("tcp", l.env["AMI_ADDR"])
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { conn.Close() })
	m := &manager{t: l.t, conn: conn, in: bufio.NewReader(conn)}
	if _, err := m.in.ReadString('\n'); err != nil {
		l.t.Fatal(err)
	}
	m.do("Login", "Username", l.env["AMI_TEST_USER"], "Secret", l.env["AMI_TEST_SECRET"], "Events", "off")
	return m
}

// do sends an action and returns its response; an error of Asterisk fails the test.
func (m *manager) do(action string, pairs ...string) map[string]string {
	m.t.Helper()
	r := m.try(action, pairs...)
	if r["Response"] == "Error" {
		m.t.Fatalf("%s %v: %s", action, pairs, r["Message"])
	}
	return r
}

func (m *manager) try(action string, pairs ...string) map[string]string {
	m.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "Action: %s\r\n", action)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", pairs[i], pairs[i+1])
	}
	b.WriteString("\r\n")
	if _, err := m.conn.Write([]byte(b.String())); err != nil {
		m.t.Fatal(err)
	}
	for {
		message := m.read()
		if message["Response"] != "" {
			return message
		}
	}
}

func (m *manager) read() map[string]string {
	m.t.Helper()
	message, err := m.next()
	if err != nil {
		m.t.Fatal(err)
	}
	return message
}

// next is the next message, whatever it is.
func (m *manager) next() (map[string]string, error) {
	message := map[string]string{}
	for {
		line, err := m.in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return message, nil
		}
		key, value, _ := strings.Cut(line, ": ")
		message[key] = value
	}
}

// add makes an operator a member of a queue.
func (m *manager) add(queue, iface, name string) {
	m.t.Helper()
	m.do("QueueAdd", "Queue", queue, "Interface", iface, "MemberName", name)
}

func (m *manager) pause(iface, reason string, paused bool) {
	m.t.Helper()
	m.do("QueuePause", "Interface", iface, "Paused", strconv.FormatBool(paused), "Reason", reason)
}

// list is the events that answer an action, up to the one that says that they are complete.
func (m *manager) list(action, complete string) (events []map[string]string) {
	m.t.Helper()
	m.do(action)
	for {
		e := m.read()
		if e["Event"] == complete {
			return events
		}
		events = append(events, e)
	}
}

// channelNo is the channel id of the nth call of a new database, from 0.
func channelNo(n int) string { return dialplan.ChannelID("t", int64(store.FirstCallID+n)) }
