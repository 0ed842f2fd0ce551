package api

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dialerd/store"
)

// TestTooManyRequests: what comes over the limit is told so at once, and counted; imports have a limit of
// their own, so that the status is answered beside them.
func TestTooManyRequests(t *testing.T) {
	var refused atomic.Int64
	within, release := make(chan struct{}), make(chan struct{})
	path, _ := start(t, Daemon{
		Status: func(context.Context) (Status, error) { return Status{}, nil },
		Import: func(context.Context, []store.NewLead) ([]store.ImportResult, error) {
			within <- struct{}{}
			<-release
			return nil, nil
		},
		Refused: func() { refused.Add(1) },
	})
	var importing sync.WaitGroup
	for range maxBulk {
		importing.Go(func() {
			if code, answer := ask(t, path, "POST", "/v1/leads/import", "[]"); code != http.StatusOK {
				t.Errorf("%d %s", code, answer)
			}
		})
	}
	for range maxBulk {
		<-within
	}
	code, answer := ask(t, path, "POST", "/v1/leads/import", "[]")
	if code != http.StatusServiceUnavailable || !strings.Contains(answer, errBusy.Error()) || refused.Load() != 1 {
		t.Errorf("one import more: %d %s, %d counted", code, answer, refused.Load())
	}
	if code, answer := ask(t, path, "GET", "/v1/status", ""); code != http.StatusOK {
		t.Errorf("the status beside imports: %d %s", code, answer)
	}
	close(release)
	importing.Wait()
	go func() { <-within }()
	if code, answer := ask(t, path, "POST", "/v1/leads/import", "[]"); code != http.StatusOK {
		t.Errorf("and afterwards: %d %s", code, answer)
	}
}

// TestTooManyConnections: connections that are kept open and say nothing do not add up without end.
func TestTooManyConnections(t *testing.T) {
	var refused atomic.Int64
	path, _ := start(t, Daemon{
		Status:  func(context.Context) (Status, error) { return Status{}, nil },
		Refused: func() { refused.Add(1) },
	})
	var open []net.Conn
	for range maxConns {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		open = append(open, c)
	}
	more, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer more.Close()
	if n, err := more.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes on a connection too many", n)
	}
	if refused.Load() != 1 {
		t.Errorf("%d refused", refused.Load())
	}
	open[0].Close()
	c := NewClient(path)
	defer c.Close()
	within, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	for err := errBusy; err != nil; _, err = c.Status(within) {
		if within.Err() != nil {
			t.Fatalf("one was closed, and there is no room: %v", err)
		}
	}
}
