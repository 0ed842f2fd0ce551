package agi

import (
	"context"
	"testing"

	"github.com/rs/zerolog"

	"dialerd/agi/agitest"
	"dialerd/dialplan"
)

// BenchmarkAGI is a whole AGI() over loopback: connect, environment, eight variables set, close.
func BenchmarkAGI(b *testing.B) {
	server, stop := startServer(b, Config{Instance: "a", Listen: "127.0.0.1:0"})
	defer stop()
	addr := server.Addr().String()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			set, err := ask(addr)
			if err != nil || set.Get(dialplan.VarOK) != "1" {
				b.Errorf("set %v, %v", set, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
}

// startServer runs a server that always gives the same answer until stop.
func startServer(b *testing.B, cfg Config) (server *Server, stop func()) {
	b.Helper()
	server, err := New(cfg, answer(toQueue), zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Listen(); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	return server, func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
}

func ask(addr string) (agitest.Variables, error) {
	a, err := agitest.Dial(addr)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	if err := a.Begin(call7); err != nil {
		return nil, err
	}
	return a.Answer()
}
