package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"dialerd/ami/amisim"
	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
	"dialerd/store"
)

const (
	// demoRefresh is how often the picture on a terminal changes.
	demoRefresh = 250 * time.Millisecond
	// demoPatience is how long the demo waits for its calls at the end: longer than a ringing
	// telephone and the longest talk.
	demoPatience = 60 * time.Second
)

func newDemoCommand() *cobra.Command {
	f := demoFlags{}
	command := &cobra.Command{
		Use:   "demo",
		Short: "Show the daemon at work, without Asterisk: nobody is really called",
		Long: `Show the daemon at work on this machine, without Asterisk and without root: nobody is really called.

A simulated Asterisk with a team of operators and a few hundred customers is served over the real
manager interface and asks over real FastAGI, all on 127.0.0.1. Beside it runs the real daemon, with
a configuration and a database of its own in a new directory, which is named at the start and removed
at the end. While it runs, the other commands may be tried on it with -c and that directory.

Talks are shorter than in life. When the time is over no new call is placed, those under way are
waited for, and then every call that the simulated Asterisk carried is compared with what the daemon
wrote down. "missing" in the last line counts the calls of which the daemon does not know the true end;
the exit code is 0 when there are none and calls were placed. Ctrl-C ends the demo early, in the same
order; a second one at once.`,
		Example: `  dialerd demo
  dialerd demo --seconds 300 --keep`,
		Args: cobra.NoArgs,
	}
	command.Flags().IntVar(&f.seconds, "seconds", 60, "how long calls are placed")
	command.Flags().Uint64Var(&f.seed, "seed", 1, "another seed is another world of customers and operators")
	command.Flags().BoolVar(&f.keep, "keep", false, "leave the configuration, the database and the log behind")
	command.RunE = func(command *cobra.Command, _ []string) error {
		if f.seconds < 1 || f.seconds > 24*60*60 {
			return usagef("--seconds %d: between 1 and 86400", f.seconds)
		}
		d, err := newDemo(f, command.OutOrStdout())
		if err != nil {
			return err
		}
		return errors.Join(d.run(command.Context()), d.clear())
	}
	return command
}

type demoFlags struct {
	seconds int
	seed    uint64
	keep    bool
}

// demo is one run: a directory, a simulated Asterisk, a daemon, and who looks on.
type demo struct {
	demoFlags
	out    io.Writer
	dir    string
	world  pbx.Config
	sim    *amisim.Server
	daemon *daemon
	log    *os.File
	screen *demoScreen
	watch  *demoWatch
}

// newDemo makes the directory with everything in it, and a daemon that is ready to run.
func newDemo(f demoFlags, out io.Writer) (_ *demo, err error) {
	d := &demo{demoFlags: f, out: out, world: demoWorld(f.seed)}
	if d.dir, err = os.MkdirTemp("", "dialerd-demo-"); err != nil {
		return nil, fmt.Errorf("the demo needs a directory of its own: %w: set TMPDIR to a place that can be written to", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.clear())
		}
	}()
	secret := fmt.Sprintf("demo-%x", time.Now().UnixNano())
	d.sim, err = amisim.New(amisim.Config{World: d.world, Instance: demoInstance, User: demoUser, Secret: secret})
	if err != nil {
		return nil, err
	}
	address, err := d.sim.Listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	if err = d.write(demoFiles(d.world, address, secret, f)); err != nil {
		return nil, err
	}
	if err = d.startDaemon(); err != nil {
		return nil, err
	}
	d.screen = newDemoScreen(out)
	d.watch = newDemoWatch(d.world)
	return d, nil
}

func (d *demo) write(files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(d.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// startDaemon imports the leads as an administrator would, and opens the daemon.
func (d *demo) startDaemon() error {
	d.greet()
	leads := filepath.Join(d.dir, demoLeads)
	if execute(context.Background(), []string{"leads", "import", leads, "-c", d.dir, "--campaign", demoCampaign}, d.out, d.out) != exitDone {
		return errors.New("the demo's own leads were refused; with --keep they can be looked at")
	}
	fmt.Fprintln(d.out)
	s, faults := readConfig(d.dir)
	if len(faults) > 0 {
		return refusal(faults)
	}
	var err error
	if d.log, err = os.Create(filepath.Join(d.dir, demoLog)); err != nil {
		return err
	}
	d.daemon, err = newDaemon(d.dir, "", newLogger(s.Log, d.log))
	return err
}

// clear removes what the demo has left on the disk, or says where it is.
func (d *demo) clear() error {
	if d.log != nil {
		d.log.Close()
	}
	if d.keep {
		return nil
	}
	return os.RemoveAll(d.dir)
}

// run shows the daemon at work, brings it to rest and judges it.
func (d *demo) run(ctx context.Context) error {
	always := context.WithoutCancel(ctx)
	simulating, endSim := context.WithCancel(always)
	working, endWork := context.WithCancel(always)
	var running sync.WaitGroup
	var failed error
	defer running.Wait()
	defer endSim()
	defer endWork()
	running.Go(func() { failed = d.sim.Run(simulating, d.daemon.agi.Addr().String()) })
	ended := make(chan error, 1)
	signals, release := catchSignals()
	defer release()
	defer d.daemon.heed(signals)() // a second Ctrl-C ends it at once
	running.Go(func() { ended <- d.daemon.Run(working) })

	over := d.show(ctx, always, ended)
	endWork()
	if !over.daemon {
		over.err = <-ended
	}
	verdict, err := d.judge(always)
	endSim()
	running.Wait()
	if err := errors.Join(over.err, err, failed); err != nil {
		return fmt.Errorf("%w; the daemon's log says more: run the demo with --keep", err)
	}
	return d.conclude(verdict)
}

// over is how the show came to its end.
type over struct {
	daemon bool // the daemon has ended, which it was not told to
	err    error
}

// show refreshes the picture until the time is over, or the user has seen enough, and then until
// the calls under way have ended.
func (d *demo) show(ctx, always context.Context, ended <-chan error) (o over) {
	ticker := time.NewTicker(demoRefresh)
	defer ticker.Stop()
	defer d.screen.rest()
	began := time.Now()
	total := time.Duration(d.seconds) * time.Second
	var stopped time.Time
	done := ctx.Done()
	for {
		select {
		case err := <-ended:
			return over{true, err}
		case <-ticker.C:
		case <-done:
			done = nil
			total = min(total, time.Since(began))
		}
		picture, err := d.look(always, time.Since(began), total)
		if err != nil {
			return over{err: err}
		}
		picture.ending = !stopped.IsZero()
		switch {
		case stopped.IsZero() && picture.at >= total:
			stopped = time.Now()
			if err := d.daemon.turn(always, dialer.SwitchCampaign, demoCampaign, false); err != nil {
				return over{err: err}
			}
		case !stopped.IsZero() && (len(picture.core.Calls) == 0 || time.Since(stopped) > demoPatience):
			d.screen.show(picture)
			return over{}
		}
		d.screen.show(picture)
	}
}

// look gathers what there is to be seen now.
func (d *demo) look(ctx context.Context, at, total time.Duration) (*demoPicture, error) {
	p := &demoPicture{at: at, total: total, leads: demoLeadCount(d.seconds)}
	if err := d.daemon.read(ctx, func(core *dialer.Dialer) { p.core = core.Status() }); err != nil {
		return nil, err
	}
	var err error
	if p.rows, err = d.daemon.store.Attempts(ctx, store.AttemptFilter{}); err != nil {
		return nil, err
	}
	d.watch.look(p)
	return p, nil
}
