package api

import (
	"errors"
	"net"
	"net/http"
	"sync/atomic"
)

// How much is served at once; what comes on top is turned away, so that nobody who asks without end
// can take the memory that calls need.
const (
	maxConns    = 256
	maxRequests = 64
	maxBulk     = 4 // imports and exports, each of which may take maxBody and a reader of the database
)

var errBusy = errors.New("too many requests at once: ask again in a moment")

// limit lets so many requests through at once.
type limit struct {
	slots   chan struct{}
	refused func() // may be nil
}

func newLimit(most int, refused func()) *limit {
	return &limit{slots: make(chan struct{}, most), refused: refused}
}

func (l *limit) over(h http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case l.slots <- struct{}{}:
			defer func() { <-l.slots }()
			h.ServeHTTP(w, r)
		default:
			if l.refused != nil {
				l.refused()
			}
			w.Header().Set("Retry-After", "1")
			fail(w, http.StatusServiceUnavailable, errBusy)
		}
	}
}

// limitConns closes connections that come when most are open.
func limitConns(most int64, refused func()) func(net.Conn, http.ConnState) {
	var open atomic.Int64
	return func(c net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			if open.Add(1) > most {
				if refused != nil {
					refused()
				}
				c.Close()
			}
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
}
