package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func newRunCommand(o *options) *cobra.Command {
	command := &cobra.Command{
		Use:   "run",
		Short: "Run the daemon",
		Long: `Run the daemon in the foreground, as systemd starts it.

SIGTERM or Ctrl-C ends it in order: no new calls, those that ring are waited for until they talk to
an operator or have ended, talks are left to Asterisk, the state is saved. A second one ends it at
once; answered calls then go to their queues by the dialplan's own default. SIGHUP has it read its
files again, all or nothing.`,
		Example: `  dialerd run -c /etc/dialerd`,
		Args:    cobra.NoArgs,
	}
	recording := command.Flags().String("record", "", "record every event into this new file, for dialerd replay; it holds numbers and names of leads")
	command.RunE = func(command *cobra.Command, _ []string) error {
		s, faults := readConfig(o.dir)
		if len(faults) > 0 {
			return refusal(faults)
		}
		signals, release := catchSignals() // from now on: loading takes its time
		defer release()
		lines := newBoundedLog(logForm(s.Log, command.ErrOrStderr()))
		defer lines.close()
		d, err := newDaemon(o.dir, *recording, logTo(s.Log, lines))
		if err != nil {
			return err
		}
		d.unlogged = lines.dropped
		defer d.heed(signals)()
		return d.Run(command.Context())
	}
	return command
}

// again is how long after a signal to end another one counts as a person's second thought.
const again = 500 * time.Millisecond

// catchSignals keeps the signals that heed listens to, until release.
func catchSignals() (signals chan os.Signal, release func()) {
	signals = make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
	return signals, func() { signal.Stop(signals) }
}

// heed listens to the signals that do not end the command's context, until stop: SIGHUP, and a second
// one to end.
func (d *daemon) heed(signals <-chan os.Signal) (stop func()) {
	over := make(chan struct{})
	go func() {
		var first time.Time
		for {
			select {
			case s := <-signals:
				switch {
				case s == syscall.SIGHUP:
					d.wantReload()
				case first.IsZero():
					first = time.Now()
				case time.Since(first) > again: // some senders send to the process and to its group
					d.Hurry()
				}
			case <-over:
				return
			}
		}
	}()
	return func() { close(over) }
}
