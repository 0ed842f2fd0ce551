package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dialerd/agi/agitest"
	"dialerd/ami/amisim"
	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/dialer/sim/pbx"
	"dialerd/dialplan"
	"dialerd/store"
)

// The shift of BenchmarkStalledDisk, and its stall.
const (
	stallFor       = 5 * time.Second
	stallOperators = 60
	stallTalks     = 20 // under way before anything is measured
	stallCPS       = 10
	stallAskEvery  = 5 * time.Millisecond
	stallPatience  = 500 * time.Millisecond // the dialplan's
)

// BenchmarkStalledDisk is a daemon with calls under way whose disk takes nothing for five seconds:
// the writer's goroutine hangs in its transaction. Before, meanwhile and afterwards the dialplan asks 200
// times a second; an answer's time counts from when its question was due. It fails when a question
// stays without an answer, when an Originate goes out whose attempt is not on disk, and when more go
// out in a second afterwards than the PBX takes.
func BenchmarkStalledDisk(b *testing.B) {
	for b.Loop() {
		s := newStallWorld(b)
		before := s.askFor(stallFor)
		during := s.stall()
		after := s.askFor(stallFor)
		fates := s.end()
		b.ReportMetric(p99(before), "agi-p99-ms-before")
		b.ReportMetric(p99(during), "agi-p99-ms")
		b.ReportMetric(float64(s.burst(fates)), "burst")
		b.ReportMetric(stallCPS, "cps")
		b.ReportMetric(0, "ns/op")
		b.Logf("%d questions, %d of them during the stall, where the slowest took %v; %d calls, %d records waited at the end of the stall",
			len(before)+len(during)+len(after), len(during), slices.Max(during), len(fates), s.waited)
	}
}

// stallWorld is a daemon, and a simulated Asterisk that calls its customers.
type stallWorld struct {
	b       *testing.B
	daemon  *daemon
	sim     *amisim.Server
	path    string // of the database
	stop    func()
	running sync.WaitGroup
	talking atomic.Pointer[[]dialer.CallID]

	began, ended time.Duration // the stall, by the clock of the PBX
	onDisk       dialer.CallID // the last attempt on disk at its beginning
	waited       int           // records, at its end
}

func newStallWorld(b *testing.B) *stallWorld {
	b.Helper()
	dir := b.TempDir()
	world := demoWorld(1)
	for i := len(world.Operators); i < stallOperators; i++ {
		o := world.Operators[0]
		o.Name, o.Interface = fmt.Sprintf("op%d", i), fmt.Sprintf("PJSIP/%d", 101+i)
		world.Operators = append(world.Operators, o)
	}
	world.Trunks = []pbx.Trunk{{Name: "city"}}
	s := &stallWorld{b: b, path: filepath.Join(dir, demoDatabase)}
	var err error
	s.sim, err = amisim.New(amisim.Config{World: world, Instance: demoInstance, User: demoUser, Secret: "s"})
	s.must(err)
	address, err := s.sim.Listen("127.0.0.1:0")
	s.must(err)
	for name, text := range map[string]string{
		configMain:                            fmt.Sprintf("instance = %q\n[[pbx]]\nname = \"main\"\naddress = %q\nuser = %q\nsecret = \"s\"\ncps = %d\n[[department]]\nname = \"sales\"\nrunning = true\n[agi]\nlisten = \"127.0.0.1:0\"\n[api]\nsocket = \"sock\"\n[store]\npath = %q\n", demoInstance, address, demoUser, stallCPS, demoDatabase),
		"queues.toml":                         fmt.Sprintf("[[queue]]\nname = %q\nwrapup = \"2s\"\n", demoQueue),
		"routes.toml":                         "[[trunk]]\nname = \"city\"\ndial = \"PJSIP/{digits}@city\"\n[[route]]\nname = \"all\"\ntrunks = [\"city\"]\n",
		"calendars.toml":                      "[[calendar]]\nname = \"always\"\nhours = [\"mon-sun 00:00-24:00\"]\n",
		"campaigns/" + demoCampaign + ".toml": fmt.Sprintf(demoCampaignFile, dialer.Duration(demoRing)),
	} {
		path := filepath.Join(dir, name)
		s.must(os.MkdirAll(filepath.Dir(path), 0o755))
		s.must(os.WriteFile(path, []byte(text), 0o600))
	}
	s.daemon, err = newDaemon(dir, "", zerolog.Nop())
	s.must(err)
	s.start()
	return s
}

func (s *stallWorld) must(err error) {
	s.b.Helper()
	if err != nil {
		s.b.Fatal(err)
	}
}

// start runs both, with more leads than can be called, until enough of them talk.
func (s *stallWorld) start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	var failed [2]error
	s.running.Go(func() { failed[0] = s.sim.Run(ctx, s.daemon.agi.Addr().String()) })
	s.running.Go(func() { failed[1] = s.daemon.Run(ctx) })
	s.b.Cleanup(func() {
		cancel()
		s.daemon.Hurry()
		s.running.Wait()
		s.must(errors.Join(failed[0], failed[1]))
	})
	leads := make([]store.NewLead, 2000)
	for i := range leads {
		leads[i] = store.NewLead{Bucket: "spring", Numbers: []dialer.LeadNumber{{Number: phone.Number(79160000000 + i)}}}
	}
	_, err := s.daemon.importLeads(ctx, leads)
	s.must(err)
	give := time.After(time.Minute)
	for s.look(); len(*s.talking.Load()) < stallTalks; s.look() {
		select {
		case <-give:
			s.b.Fatalf("%d calls talk after a minute, want %d", len(*s.talking.Load()), stallTalks)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// look notes which calls talk, and gives the time of the PBX.
func (s *stallWorld) look() (now time.Duration) {
	var talking []dialer.CallID
	s.must(s.sim.Look(context.Background(), func(w *pbx.World) {
		now = w.Now()
		for _, f := range w.Fates() {
			if f.Bridged != 0 && f.Live() {
				talking = append(talking, f.Call)
			}
		}
	}))
	s.talking.Store(&talking)
	return now
}

// stall has another program hold the database, so that the writer hangs in its transaction.
func (s *stallWorld) stall() []time.Duration {
	db, err := sql.Open("sqlite3", "file:"+s.path+"?_txlock=immediate&_busy_timeout=10000")
	s.must(err)
	defer db.Close()
	tx, err := db.Begin()
	s.must(err)
	s.began = s.look()
	s.must(tx.QueryRow(`SELECT max(id) FROM attempts`).Scan(&s.onDisk))
	took := s.askFor(stallFor)
	s.waited = s.daemon.writer.Waiting()
	s.ended = s.look()
	s.must(tx.Rollback())
	if s.waited == 0 {
		s.b.Error("no record waited for the disk: it did not stall")
	}
	return took
}

// askFor asks what to do with calls that talk.
func (s *stallWorld) askFor(span time.Duration) []time.Duration {
	return s.askEach(span, func(i int) error {
		talking := *s.talking.Load()
		return s.ask(talking[i%len(talking)])
	})
}

// askEach asks 200 times a second, whatever becomes of the questions before.
func (s *stallWorld) askEach(span time.Duration, ask func(i int) error) []time.Duration {
	took := make([]time.Duration, span/stallAskEvery)
	failed := make([]error, len(took))
	var asking sync.WaitGroup
	ticker := time.NewTicker(stallAskEvery)
	defer ticker.Stop()
	began := time.Now()
	for i := range took {
		due := began.Add(time.Duration(i) * stallAskEvery)
		for time.Until(due) > 0 {
			<-ticker.C
		}
		if i%20 == 0 {
			s.look()
		}
		asking.Go(func() {
			failed[i] = ask(i)
			took[i] = time.Since(due)
		})
	}
	asking.Wait()
	if err := errors.Join(failed...); err != nil {
		s.b.Errorf("questions without an answer: %.500s", err)
	}
	return took
}

// ask asks what to do with a call that talks: nothing comes of it. When it has ended meanwhile, that
// is what it is told.
func (s *stallWorld) ask(call dialer.CallID) error {
	set, err := s.put(agitest.Channel{Script: "answered", UniqueID: dialplan.ChannelID(demoInstance, int64(call))})
	if over := fmt.Sprintf("the dialer has no answer for call %d", call); err == nil && set.Get(dialplan.VarOK) != "1" && set.Get(dialplan.VarError) != over {
		err = fmt.Errorf("call %d: set %v", call, set)
	}
	return err
}

// put puts a question, as long as the dialplan would wait.
func (s *stallWorld) put(c agitest.Channel) (agitest.Variables, error) {
	conn, err := net.DialTimeout("tcp", s.daemon.agi.Addr().String(), stallPatience)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(stallPatience))
	a := agitest.New(conn)
	if err := a.Begin(c); err != nil {
		return nil, err
	}
	return a.Answer()
}

// end ends both and gives the truth about all calls.
func (s *stallWorld) end() (fates []*pbx.Fate) {
	s.must(s.sim.Look(context.Background(), func(w *pbx.World) {
		for _, f := range w.Fates() {
			copied := *f
			fates = append(fates, &copied)
		}
	}))
	s.daemon.Hurry()
	s.stop()
	s.running.Wait()
	return fates
}

// burst is the most Originates in any second after the stall, and none may have gone out during it
// but those whose attempts were on disk when it began.
func (s *stallWorld) burst(fates []*pbx.Fate) (most int) {
	var after []time.Duration
	for _, f := range fates {
		switch {
		case f.Originated >= s.began && f.Originated < s.ended && f.Call > s.onDisk:
			s.b.Errorf("call %d went out %v into the stall, and only attempts up to %d were on disk", f.Call, f.Originated-s.began, s.onDisk)
		case f.Originated >= s.ended:
			after = append(after, f.Originated)
		}
	}
	for i, at := range after {
		n := 0
		for n < len(after)-i && after[i+n] < at+time.Second {
			n++
		}
		most = max(most, n)
	}
	switch {
	case most > stallCPS:
		s.b.Errorf("%d Originates in one second after the stall, and the PBX takes %d", most, stallCPS)
	case most == 0:
		s.b.Error("nobody was called after the stall")
	}
	return most
}

func p99(took []time.Duration) float64 {
	slices.Sort(took)
	return float64(took[len(took)*99/100]) / float64(time.Millisecond)
}
