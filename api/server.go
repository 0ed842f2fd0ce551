package api

import (
	"context"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dialerd/dialer"
	"dialerd/store"
)

// Daemon is what the server asks the daemon to do. Every function is called from several goroutines
// at once and gives up when its ctx ends. None but Refused may be nil.
type Daemon struct {
	Version Version
	// Status is answered from memory.
	Status func(ctx context.Context) (Status, error)
	// Reload reads the files again; its error tells all faults, one a line, and is a 422.
	Reload func(ctx context.Context) error
	// Switch starts or stops; it returns after that is on disk. Its error is a 404: all that the
	// core refuses is a name it does not know.
	Switch func(ctx context.Context, kind dialer.SwitchKind, name string, running bool) error
	// Import adds leads and returns after the commit, with one result for each lead, in their order.
	Import func(ctx context.Context, leads []store.NewLead) ([]store.ImportResult, error)
	// Export hands over all leads that the filter lets through, one by one; store.Reader has it.
	Export func(ctx context.Context, f store.LeadFilter, each func(store.ExportedLead) error) error
	// Dispose keeps what came of a talk; it returns after the commit. Its error is a 409.
	Dispose func(ctx context.Context, call dialer.CallID, word string) error
	// Agents is what is asked about operators and done with them.
	Agents Agents
	// DNC is the list of numbers never called.
	DNC DNC
	// Leads is what is asked about leads and done with them, besides import and export.
	Leads Leads
	// Refused is told of each request that is turned away because too many come at once.
	Refused func()
}

// The limits of one request.
const (
	maxBody = 64 << 20 // bytes; 1000 leads take some 300 kB

	askTime    = 10 * time.Second // for the daemon to answer a question
	changeTime = 60 * time.Second // and to make a change: the disk may be slow
	stallTime  = 30 * time.Second // without a byte read by the client of an export
	graceTime  = 5 * time.Second  // for requests under way when the daemon ends
)

// Serve answers on l until ctx ends; then it takes no more requests, lets those under way end for
// a few seconds, cuts off the rest and returns nil. It closes l, and calls no function of d after
// it has returned.
func Serve(ctx context.Context, l net.Listener, d Daemon, log zerolog.Logger) error {
	return serve(ctx, l, d, log, graceTime)
}

func serve(ctx context.Context, l net.Listener, d Daemon, log zerolog.Logger, grace time.Duration) error {
	// Requests do not end with ctx but with the grace after it.
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var running sync.WaitGroup
	defer running.Wait()
	server := &http.Server{
		Handler:           counted(&running, newLimit(maxRequests, d.Refused).over(handler(d, log))),
		ConnState:         limitConns(maxConns, d.Refused),
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      changeTime + 30*time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          stdlog.New(log, "", 0),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		cut()
		return fmt.Errorf("api: the socket cannot be served any more: %w", errors.Join(err, server.Close()))
	case <-ctx.Done():
	}
	ending, stop := context.WithTimeout(requests, grace)
	defer stop()
	err := server.Shutdown(ending)
	if errors.Is(err, context.DeadlineExceeded) {
		cut()
		err = server.Close()
	}
	<-failed
	return err
}

// counted keeps count of the requests under way: http.Server.Close does not wait for them.
func counted(running *sync.WaitGroup, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Done()
		h.ServeHTTP(w, r)
	})
}

func handler(d Daemon, log zerolog.Logger) http.Handler {
	s := &server{daemon: d, log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/version", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, d.Version) })
	mux.HandleFunc("GET /v1/status", s.status(func(st Status) any { return st }))
	mux.HandleFunc("GET /v1/campaigns", s.status(func(st Status) any { return st.Campaigns }))
	mux.HandleFunc("GET /v1/agents", s.status(func(st Status) any { return st.Agents }))
	mux.HandleFunc("GET /v1/agents/{id}", s.agent)
	mux.HandleFunc("POST /v1/agents/{id}/pause", wantOf[AgentPause](s))
	mux.HandleFunc("POST /v1/agents/{id}/work", wantOf[AgentWork](s))
	mux.HandleFunc("POST /v1/agents/{id}/login", wantOf[AgentLogin](s))
	mux.HandleFunc("POST /v1/agents/{id}/logout", wantOf[AgentLogout](s))
	mux.HandleFunc("POST /v1/agents/{id}/reserve", wantOf[AgentReserve](s))
	mux.HandleFunc("POST /v1/agents/{id}/release", wantOf[AgentRelease](s))
	mux.HandleFunc("GET /v1/pauses/reasons", s.pauseReasons)
	mux.HandleFunc("POST /v1/reload", s.reload)
	for word, running := range map[string]bool{"start": true, "stop": false} {
		mux.HandleFunc("POST /v1/departments/{name}/"+word, s.turn(dialer.SwitchDepartment, running))
		mux.HandleFunc("POST /v1/campaigns/{name}/"+word, s.turn(dialer.SwitchCampaign, running))
	}
	mux.HandleFunc("POST /v1/calls/{id}/disposition", s.dispose)
	bulk := newLimit(maxBulk, d.Refused)
	mux.HandleFunc("POST /v1/dnc/add", bulk.over(s.changeDNC(false)))
	mux.HandleFunc("POST /v1/dnc/remove", bulk.over(s.changeDNC(true)))
	mux.HandleFunc("GET /v1/dnc/lists", s.countDNC)
	mux.HandleFunc("GET /v1/dnc", bulk.over(http.HandlerFunc(s.exportDNC)))
	mux.HandleFunc("POST /v1/leads/import", bulk.over(http.HandlerFunc(s.importLeads)))
	mux.HandleFunc("POST /v1/leads/edit", bulk.over(http.HandlerFunc(s.editLeads)))
	mux.HandleFunc("GET /v1/leads/find", bulk.over(http.HandlerFunc(s.findLeads)))
	mux.HandleFunc("GET /v1/leads/show", aboutLead(d.Leads.Show, ShownLeads.whole))
	mux.HandleFunc("GET /v1/leads/why", aboutLead(d.Leads.Why, Whys.whole))
	mux.HandleFunc("GET /v1/pauses", bulk.over(http.HandlerFunc(s.pauses)))
	mux.HandleFunc("GET /v1/buckets", s.buckets)
	mux.HandleFunc("GET /v1/leads/export", bulk.over(http.HandlerFunc(s.exportLeads)))
	return asJSON(mux)
}

type server struct {
	daemon Daemon
	log    zerolog.Logger
}

func (s *server) status(part func(Status) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, done := context.WithTimeout(r.Context(), askTime)
		defer done()
		st, err := s.daemon.Status(ctx)
		if err != nil {
			fail(w, http.StatusInternalServerError, err)
			return
		}
		answer(w, http.StatusOK, part(st.whole()))
	}
}

func (s *server) reload(w http.ResponseWriter, r *http.Request) {
	ctx, done := context.WithTimeout(r.Context(), changeTime)
	defer done()
	if err := s.daemon.Reload(ctx); err != nil {
		fail(w, http.StatusUnprocessableEntity, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) turn(kind dialer.SwitchKind, running bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, done := context.WithTimeout(r.Context(), changeTime)
		defer done()
		name := r.PathValue("name")
		if err := s.daemon.Switch(ctx, kind, name, running); err != nil {
			fail(w, http.StatusNotFound, err)
			return
		}
		s.log.Info().Stringer("kind", kind).Str("name", name).Bool("running", running).Msg("switched over the api")
		w.WriteHeader(http.StatusNoContent)
	}
}

// asJSON turns the plain text of the mux's own refusals, 404 and 405, into our form.
func asJSON(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		refusal := &refusal{header: http.Header{}, code: http.StatusNotFound}
		mux.ServeHTTP(refusal, r)
		if allow := refusal.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
		}
		fail(w, refusal.code, fmt.Errorf("%s %s: %s: GET /v1/status is one that there is", r.Method, r.URL.Path, http.StatusText(refusal.code)))
	})
}

// refusal keeps what the mux says of a request it has no handler for.
type refusal struct {
	header http.Header
	code   int
}

func (r *refusal) Header() http.Header         { return r.header }
func (r *refusal) Write(b []byte) (int, error) { return len(b), nil }
func (r *refusal) WriteHeader(code int)        { r.code = code }
