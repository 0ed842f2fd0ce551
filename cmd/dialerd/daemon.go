package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"dialerd/agi"
	"dialerd/ami"
	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

// daemon is the whole program as a value, so that a test can start it.
//
//	d, err := newDaemon(dir, log)
//	err = d.Run(ctx) // until ctx is done and what rings has settled
//
// Every goroutine is started in Run, ends with its context, and is waited for.
type daemon struct {
	dir       string
	recording string // file to record into; empty: none
	log       zerolog.Logger
	since     time.Time
	hurry     chan struct{} // closed: do not wait for what rings
	rush      sync.Once
	again     chan struct{} // capacity 1: the files are to be read again
	inbox     *inbox
	loop      *loop
	store     *store.Store
	writer    *store.Writer
	agi       *agi.Server
	socket    net.Listener
	disk      *disk
	notify    *notifier
	unlogged  func() int64 // lines of the log that were dropped; nil: none ever are
	unserved  atomic.Int64 // requests to the API that were turned away

	loading *loading      // the leads, after the start
	fields  *fieldsReader // of leads about to be called
	merging sync.RWMutex  // held by an import from its commit until the inbox has it, for writing by one that merges; see loading

	mu       sync.Mutex // over what follows
	settings *settings
	loaded   time.Time
	refused  string
}

// newDaemon reads the files, opens the store, the FastAGI port and the socket, and brings the Dialer
// to where it was. Nothing is dialed before Run.
func newDaemon(dir, recording string, log zerolog.Logger) (_ *daemon, err error) {
	s, faults := readConfig(dir)
	if len(faults) > 0 {
		return nil, refusal(faults)
	}
	d := &daemon{dir: dir, recording: recording, log: log, since: time.Now(), loaded: time.Now(), hurry: make(chan struct{}), again: make(chan struct{}, 1), inbox: newInbox(), settings: s}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	d.notify = newNotifier(log)
	d.disk = &disk{log: log, notify: d.notify}
	d.notify.loading("opening the database", openTime)
	if err = d.openStore(s.Store.Path); err != nil {
		return nil, err
	}
	d.writer = store.NewWriter(d.store, store.Report{
		Committed: func(seq int64) { d.inbox.put(item{event: dialer.Committed{Seq: seq}}) },
		Failed:    d.disk.failed, Recovered: d.disk.recovered,
	})
	d.fields = newFieldsReader(d.store.Fields, d.inbox, log)
	d.loop = &loop{inbox: d.inbox, writer: d.writer, disk: d.disk, notify: d.notify, fields: d.fields, links: map[string]*ami.Link{}, log: log, start: time.Now(),
		answers: map[dialer.AskID]chan<- dialer.Answer{}, dones: map[dialer.AskID]chan<- dialer.Done{}}
	if err = d.restore(); err != nil {
		return nil, err
	}
	d.agi, err = agi.New(agi.Config{Listen: s.AGI.Listen, Allow: s.AGI.Allow, Deadline: s.AGI.Deadline, Instance: s.Config.Instance,
		Lost: func(id dialer.CallID) { d.inbox.put(item{event: dialer.AnswerLost{Call: id}}) }}, d.ask, log)
	if err != nil {
		return nil, err
	}
	if err = d.agi.Listen(); err != nil {
		return nil, err
	}
	d.socket, err = api.Listen(s.API.Socket)
	return d, err
}

// openStore opens the database, and says what opening has done to it.
func (d *daemon) openStore(path string) (err error) {
	_, missing := os.Stat(path)
	if d.store, err = store.Open(path); err != nil {
		return err
	}
	if errors.Is(missing, fs.ErrNotExist) {
		d.log.Warn().Str("path", d.store.Path()).Msg("there was no database here: a new one is made, without leads and without history")
	}
	if u := d.store.Upgraded(); u.Kept != "" {
		d.log.Warn().Int("from", u.From).Int("to", u.To).Str("kept", u.Kept).Msg("the database was brought up to date; the old one is kept, delete it when all is well")
	}
	return nil
}

func (d *daemon) close() {
	if d.socket != nil {
		d.socket.Close()
	}
	if d.store != nil {
		d.store.Close()
	}
}

// Run dials until ctx is done; then it waits for what rings to settle, saves the state and ends.
// Hurry cuts the waiting short.
func (d *daemon) Run(ctx context.Context) error {
	defer d.store.Close()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var writing sync.WaitGroup
	var unwritten error
	disk, finish := context.WithCancel(context.WithoutCancel(ctx))
	defer finish()
	writing.Go(func() { unwritten = d.writer.Run(disk) })
	if d.notify != nil {
		go d.notify.run() // until close; only a systemd that does not listen outlasts that
		defer d.notify.close()
	}
	group, failing := errgroup.WithContext(work)
	group.Go(func() error { return ended(d.agi.Run(failing)) })
	patience := d.patience()
	r := &service{daemon: d, ctx: failing, group: group, looks: newLooks(d.read), links: map[string]runningLink{}, against: map[string]int{}}
	group.Go(func() error { return ended(api.Serve(failing, d.socket, r.face(), d.log)) })
	d.notify.await(pbxNames(d.settings))
	r.relink(d.settings)
	group.Go(func() error { return r.heedReloads() })
	group.Go(func() error { d.fields.run(failing); return nil })
	group.Go(func() error { d.loading.run(failing); return nil })
	looping, cancel := context.WithCancel(ctx)
	context.AfterFunc(failing, cancel)
	d.loop.run(looping, patience, d.hurry)
	cancel()
	stop()
	err := group.Wait()
	finish()
	writing.Wait()
	return errors.Join(err, unwritten, d.loop.record.close())
}

// wantReload has the files read again, soon; what is wrong with them is logged.
func (d *daemon) wantReload() {
	select {
	case d.again <- struct{}{}:
	default:
	}
}

// Hurry has Run end without waiting for what rings.
func (d *daemon) Hurry() { d.rush.Do(func() { close(d.hurry) }) }

// ended makes nothing of a context's end, which is how everything here is told to end.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// patience is how long a call that rings may take until it talks to somebody or has ended.
func (d *daemon) patience() time.Duration {
	longest := time.Duration(0)
	for _, c := range d.settings.Config.Campaigns {
		longest = max(longest, c.Pacing.RingTimeout.Span()+c.Answer.AgentWithin.Span())
	}
	return longest + 15*time.Second
}

// ask puts a question of the dialplan to the loop.
func (d *daemon) ask(ctx context.Context, q dialer.Question) (dialer.Answer, error) {
	answer := make(chan dialer.Answer, 1)
	if !d.inbox.offer(questions, item{event: dialer.Asked{Question: q}, answer: answer}) {
		return dialer.Answer{}, errors.New("more waits for the loop than it can take in time")
	}
	select {
	case a := <-answer:
		d.sayAsked(q, a)
		return a, nil
	case <-ctx.Done():
		return dialer.Answer{}, ctx.Err()
	}
}

// sayAsked logs what an operator wanted by telephone, and what he was told: who was refused comes to ask why.
func (d *daemon) sayAsked(q dialer.Question, a dialer.Answer) {
	switch {
	case !q.What.AboutAgent():
	case !a.OK:
		d.log.Info().Str("agent", q.Agent).Stringer("what", q.What).Str("reason", q.Reason).Str("error", a.Err).Msg("an operator was refused something by telephone")
	case q.What != dialer.QuestionStatus:
		d.log.Info().Str("agent", a.Agent.Agent).Stringer("what", q.What).Str("reason", q.Reason).Stringer("code", a.Agent.Code).Msg("an operator was told something by telephone")
	}
}

// turn starts or stops a department or a campaign.
func (d *daemon) turn(ctx context.Context, kind dialer.SwitchKind, name string, running bool) error {
	_, err := d.change(ctx, dialer.SwitchSet{Kind: kind, Name: name, Running: running})
	return err
}

// change tells the Dialer what a person wants; it returns after that is on disk, with how much has changed.
func (d *daemon) change(ctx context.Context, e dialer.Event) (changed int, err error) {
	done := make(chan dialer.Done, 1)
	d.inbox.put(item{event: e, done: done})
	select {
	case a := <-done:
		switch a.Err {
		case "":
			return a.Changed, nil
		case tooMany:
			return 0, api.Errorf(http.StatusServiceUnavailable, tooMany)
		}
		return 0, errors.New(a.Err)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// read has something read from the Dialer, on its goroutine.
func (d *daemon) read(ctx context.Context, what func(*dialer.Dialer)) error {
	done := make(chan struct{})
	d.inbox.put(item{read: func(core *dialer.Dialer) {
		if ctx.Err() == nil { // else nobody waits for it any more
			what(core)
			close(done)
		}
	}})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leadsAtOnce is how many leads the Dialer is told of in one event: what else waits for it has its turn
// between them.
const leadsAtOnce = 500

// importLeads adds leads: they are on disk when it returns, and the Dialer learns of them. It waits for
// that, so that no more of them wait than there are imports under way.
func (d *daemon) importLeads(ctx context.Context, leads []store.NewLead) ([]store.ImportResult, error) {
	if slices.ContainsFunc(leads, func(n store.NewLead) bool { return n.Merge != 0 }) {
		d.merging.Lock() // the Dialer has to hear of what becomes of one lead in the order of the commits
		defer d.merging.Unlock()
	} else { // of a new lead, too, before another import changes it
		d.merging.RLock()
		defer d.merging.RUnlock()
	}
	results, err := d.writer.ImportLeads(ctx, leads)
	if errors.Is(err, store.ErrCrowded) {
		err = api.Errorf(http.StatusServiceUnavailable, "%s", err)
	}
	var added, before, merged []dialer.Lead
	for i, r := range results {
		switch {
		case r.Status == store.Inserted:
			l := leads[i].Lead(r.Lead, time.Now())
			if r.Now != nil {
				l.Numbers = r.Now.Numbers
			}
			added = append(added, l)
		case r.Now != nil:
			before, merged = append(before, *r.Was), append(merged, *r.Now)
		}
	}
	for part := range slices.Chunk(added, leadsAtOnce) {
		d.inbox.put(item{event: dialer.LeadsLoaded{Leads: part}})
	}
	if len(merged) > 0 {
		d.loading.note(merged)
	}
	for from := 0; from < len(merged); from += leadsAtOnce {
		to := min(from+leadsAtOnce, len(merged))
		d.inbox.put(item{event: dialer.LeadsMerged{Leads: merged[from:to], Before: before[from:to]}})
	}
	if len(added)+len(merged) > 0 {
		_ = d.read(ctx, func(*dialer.Dialer) {}) // they are stored, whether it has got to them or not
	}
	return results, err
}
