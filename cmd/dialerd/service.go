package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"dialerd/ami"
	"dialerd/api"
	"dialerd/dialer"
)

// service is a daemon between the start and the end of Run: what a reload can change.
type service struct {
	*daemon
	ctx   context.Context // of everything that Run started
	group *errgroup.Group
	looks *looks

	reloading sync.Mutex // one reload at a time, from reading the files to the loop's taking them
	links     map[string]runningLink

	against map[string]int // settings that work against the dialer, by PBX; under the daemon's mu
}

// runningLink is a link and how to end it.
type runningLink struct {
	config ami.Config
	watch  *settingsWatch
	end    func()
}

// relink runs a link for every PBX of the settings, and ends those that are gone or have changed.
func (r *service) relink(s *settings) {
	wanted := map[string]ami.Config{}
	for _, p := range s.PBXs {
		wanted[p.Name] = amiConfig(s, p)
	}
	for name, l := range r.links {
		if c, ok := wanted[name]; !ok || c.Address != l.config.Address || c.User != l.config.User || c.Secret != l.config.Secret || !sameTLS(c.TLS, l.config.TLS) {
			r.unlink(name, l)
		}
	}
	for name, c := range wanted {
		if l, ok := r.links[name]; ok {
			l.watch.changed() // what it is looked at for may be
		} else {
			r.link(name, c)
		}
	}
}

// unlink ends a link for good, and tells the loop that nothing is heard of its PBX any more.
func (r *service) unlink(name string, l runningLink) {
	l.end()
	delete(r.links, name)
	r.inbox.put(item{read: func(*dialer.Dialer) { delete(r.loop.links, name) }})
	r.inbox.put(item{event: dialer.LinkDown{PBX: name, Reason: "its settings have changed"}})
	r.inbox.put(item{read: func(*dialer.Dialer) { r.notify.forget(name) }})
}

func pbxNames(s *settings) (names []string) {
	for _, p := range s.PBXs {
		names = append(names, p.Name)
	}
	return names
}

// link starts the link of one PBX. The loop is told of it, because sending is the loop's.
func (r *service) link(name string, c ami.Config) {
	d := r.daemon
	w := newSettingsWatch(r, name)
	c.Log, c.Changed = d.log, w.changed
	link, err := ami.New(c, d.inbox.of(name))
	if err != nil {
		d.log.Error().Err(err).Msg("a PBX cannot be used")
		d.notify.link(name, err.Error())
		return
	}
	own, cancel := context.WithCancel(r.ctx)
	over := make(chan struct{})
	r.links[name] = runningLink{config: c, watch: w, end: func() {
		cancel()
		<-over
	}}
	d.inbox.put(item{read: func(*dialer.Dialer) { d.loop.links[name] = link }})
	r.group.Go(func() error {
		defer close(over)
		var watching sync.WaitGroup
		defer watching.Wait()
		watching.Go(func() { w.run(own) })
		return ended(link.Run(own))
	})
}

// reload takes the files as they are now: all of them, or none when there is a fault.
func (r *service) reload(ctx context.Context) error {
	r.reloading.Lock()
	defer r.reloading.Unlock()
	r.notify.reloading()
	err := r.reread(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notify.reloaded(r.refused != "")
	return err
}

// reread is reload, one at a time.
func (r *service) reread(ctx context.Context) error {
	d := r.daemon
	s, faults := readConfig(d.dir)
	err := error(nil)
	if len(faults) > 0 {
		err = refusal(faults)
	} else {
		err = d.reloadable(s)
	}
	d.mu.Lock()
	d.refused = ""
	if err != nil {
		d.refused = err.Error()
		d.mu.Unlock()
		d.log.Error().Msg("the configuration is refused, the running one goes on:\n" + err.Error())
		return err
	}
	d.settings, d.loaded = s, time.Now()
	d.mu.Unlock()
	d.inbox.put(item{event: dialer.Configured{Config: s.Config}})
	r.relink(s)
	d.log.Info().Int("campaigns", len(s.Config.Campaigns)).Msg("the configuration is loaded")
	return d.read(ctx, func(*dialer.Dialer) {}) // until the loop has taken it
}

// sameTLS tells whether two ways to secure a link are the same, as far as they can be compared: with a
// file of authorities of its own a link is made anew.
func sameTLS(a, b *tls.Config) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.ServerName == b.ServerName && a.RootCAs == nil && b.RootCAs == nil
}

// heedReloads reloads whenever a signal wants it, and sees the year turn.
func (r *service) heedReloads() error {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		select {
		case now := <-hourly.C:
			r.turnYear(now)
		case <-r.again:
			// The error is in the log and in the status: nobody else asked.
			_ = r.reload(r.ctx)
		case <-r.ctx.Done():
			return nil
		}
	}
}

// refusal is all faults as one error.
func refusal(f configFaults) error {
	return errors.New(strings.TrimRight(f.String(), "\n"))
}

// reloadable refuses what only a new start can change.
func (d *daemon) reloadable(s *settings) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	changed := func(key, from, to string) {
		if from != to {
			errs = append(errs, fmt.Errorf("%s: %s was %q and is %q now: that takes a restart of dialerd", configMain, key, from, to))
		}
	}
	changed("instance", d.settings.Config.Instance, s.Config.Instance)
	changed("store.path", d.settings.Store.Path, s.Store.Path)
	changed("agi.listen", d.settings.AGI.Listen, s.AGI.Listen)
	changed("api.socket", d.settings.API.Socket, s.API.Socket)
	return errors.Join(errs...)
}

// face is what the API asks of the daemon.
func (r *service) face() api.Daemon {
	return api.Daemon{
		Version: buildInfo(),
		Status:  r.status,
		Reload:  r.reload,
		Switch:  r.turn,
		Import:  r.importLeads,
		DNC:     api.DNC{Change: r.changeDNC, Export: r.store.ExportDNC, Count: r.store.CountDNC},
		Export:  r.store.ExportLeads,
		Dispose: r.dispose,
		Leads:   api.Leads{Find: r.findLeads, Edit: r.editLeads, Show: r.showLeads, Why: r.whyLeads, Buckets: r.buckets},
		Agents:  api.Agents{Ask: r.askAgent, Pauses: r.store.Pauses, Reasons: r.pauseReasons},
		Refused: func() { r.unserved.Add(1) },
	}
}
