package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"dialerd/dialer"
)

func newReplayCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "replay FILE",
		Short: "Take the steps of a recording again, and look at them",
		Long: `Take the steps of a recording again, at the times they had, and compare what comes of them.

A recording is made by "dialerd run --record FILE". It needs neither the daemon's files nor its
database nor an Asterisk: an incident can be looked at on any desk. With --show every step that did
something is printed: its time, what happened, and what the dialer wanted done. It ends with 1 when
anything came out otherwise than it was recorded.

A recording has the leads that were called or changed, not all there were. So after a reload that edits rules,
when waiting leads are planned anew some at a time, a few steps may differ.`,
		Example: `  dialerd replay /var/lib/dialerd/monday.rec
  dialerd replay monday.rec --show | less
  dialerd replay monday.rec --show --call 4711`,
		Args: cobra.ExactArgs(1),
	}
	show := command.Flags().Bool("show", false, "print every step that did something")
	call := command.Flags().Int64("call", 0, "with --show: only steps about this call")
	command.RunE = func(command *cobra.Command, args []string) error {
		file, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer file.Close()
		r := &replay{out: command.OutOrStdout(), show: *show, call: *call}
		if err := r.run(file); err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		fmt.Fprintf(r.out, "replay: steps=%d effects=%d leads=%d different=%d\n", r.steps, r.effects, r.leads, r.different)
		if r.different > 0 {
			return errReported
		}
		return nil
	}
	return command
}

// replay takes recorded steps.
type replay struct {
	out  io.Writer
	show bool
	call int64

	core                             *dialer.Dialer
	line                             int
	steps, effects, leads, different int
}

// run reads the file twice: the leads stand where they were first touched, but were there from the
// start.
func (r *replay) run(file io.ReadSeeker) error {
	var leads []dialer.Lead
	var head recordedHead
	err := eachLine(file, func(n int, body []byte) error {
		if n == 1 {
			return json.Unmarshal(body, &head)
		}
		if !bytes.HasPrefix(body, []byte(`{"lead":`)) {
			return nil
		}
		var line recordedLine
		if err := json.Unmarshal(body, &line); err != nil {
			return err
		}
		leads = append(leads, *line.Lead)
		return nil
	})
	if err != nil {
		return err
	}
	if head.Version == "" {
		return errors.New("this is no recording of dialerd: its first line does not say so")
	}
	r.core, r.leads = dialer.Restore(head.Snapshot), len(leads)
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return eachLine(file, func(n int, body []byte) error {
		r.line = n
		if n == 1 || bytes.HasPrefix(body, []byte(`{"lead":`)) {
			return nil
		}
		return r.step(body, &leads)
	})
}

// step takes one. The leads are loaded after the first, which is the configuration.
func (r *replay) step(body []byte, leads *[]dialer.Lead) error {
	var line recordedLine
	if err := json.Unmarshal(body, &line); err != nil {
		return err
	}
	event, err := line.decodeEvent()
	if err != nil {
		return err
	}
	now := dialer.Now{Wall: line.Wall, Mono: line.Mono}
	if r.steps == 1 && len(*leads) > 0 {
		r.core.Step(now, dialer.LeadsLoaded{Leads: *leads})
		*leads = nil
	}
	var effects []dialer.Effect
	if event == nil {
		effects = r.core.Tick(now)
	} else {
		effects = r.core.Step(now, event)
	}
	r.steps++
	r.effects += len(effects)
	got, err := encodeStep(now, event, effects)
	if err != nil {
		return err
	}
	r.print(line)
	if !sameEffects(line.Effects, got.Effects) {
		r.different++
		fmt.Fprintf(r.out, "line %d, %s %s:\n  recorded: %s\n  now:      %s\n", r.line, line.Wall.Format("15:04:05.000"), line.Event, join(line.Effects), join(got.Effects))
	}
	return nil
}

func sameEffects(a, b []json.RawMessage) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func join(effects []json.RawMessage) string {
	return string(bytes.Join(toBytes(effects), []byte(" ")))
}

func toBytes(effects []json.RawMessage) (bodies [][]byte) {
	for _, e := range effects {
		bodies = append(bodies, e)
	}
	return bodies
}

// print shows a step that did something.
func (r *replay) print(line recordedLine) {
	if !r.show || line.Event == "" && len(line.Effects) == 0 {
		return
	}
	if r.call != 0 && !mentions(line.Value, r.call) {
		line.Effects = filterCall(line.Effects, r.call)
		if len(line.Effects) == 0 {
			return
		}
	}
	what := "tick"
	if line.Event != "" {
		what = line.Event + " " + brief(line.Value)
	}
	fmt.Fprintf(r.out, "%s %s\n", line.Wall.Format("15:04:05.000"), what)
	for _, e := range line.Effects {
		fmt.Fprintf(r.out, "             → %s\n", brief(e))
	}
}

func filterCall(effects []json.RawMessage, call int64) (about []json.RawMessage) {
	for _, e := range effects {
		if mentions(e, call) {
			about = append(about, e)
		}
	}
	return about
}

// mentions tells whether the JSON of an event or effect is about a call.
func mentions(body []byte, call int64) bool {
	for _, key := range []string{`"Call":%d,`, `"Call":%d}`, `"Attempt":{"ID":%d,`} {
		if bytes.Contains(body, fmt.Appendf(nil, key, call)) {
			return true
		}
	}
	return false
}

// brief keeps what is printed of a configuration or a batch of leads to a line.
func brief(body []byte) string {
	const most = 400
	if len(body) <= most {
		return string(body)
	}
	return strings.ToValidUTF8(string(body[:most]), "") + fmt.Sprintf("… (%d bytes)", len(body))
}

// eachLine hands over each line of a recording. The last may be cut off: the daemon may have died.
func eachLine(r io.Reader, each func(n int, body []byte) error) error {
	in := bufio.NewReaderSize(r, 1<<20)
	for n := 1; ; n++ {
		body, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := each(n, bytes.TrimSuffix(body, []byte("\n"))); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
}
