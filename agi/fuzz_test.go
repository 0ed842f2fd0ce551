package agi

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dialerd/agi/agitest"
	"dialerd/dialer"
)

// FuzzSession lets a client send anything. The session must end as soon as the client has closed,
// and must not have needed the net under the library: no panic, not even a caught one.
func FuzzSession(f *testing.F) {
	for _, block := range environments {
		f.Add(block)
		for _, reply := range []string{"200 result=1\n", "HANGUP\n", "511 dead\n", "520-Invalid\n", "200 result=\n", "200  =\n", " \n", "%s\n"} {
			f.Add(slices.Concat(block, []byte(reply)))
		}
	}
	server, err := New(Config{Instance: "a", Deadline: maxDeadline}, echo, zerolog.Nop())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		near, far := net.Pipe()
		served := make(chan struct{})
		go func() {
			defer close(served)
			server.enter(context.Background(), far, &net.TCPAddr{}).serve(context.Background())
		}()
		go func() {
			// What the server says is read all along, so that it never waits for us.
			client := agitest.New(near)
			for {
				if _, err := client.Command(); err != nil {
					return
				}
			}
		}()
		_, _ = near.Write(input) // the server may close before it has read all
		near.Close()
		select {
		case <-served:
		case <-time.After(10 * time.Second):
			t.Fatal("the session hangs")
		}
		if n := server.Counts().Panics; n != 0 {
			t.Fatalf("%d panics were caught", n)
		}
	})
}

// echo answers a question about an operator with the words of who asks.
func echo(_ context.Context, q dialer.Question) (dialer.Answer, error) {
	a := toQueue
	if q.What.AboutAgent() {
		a.Agent = dialer.AgentReply{Agent: q.Agent, Reason: q.Reason + q.Interface, Code: dialer.CodePausing}
	}
	return a, nil
}
