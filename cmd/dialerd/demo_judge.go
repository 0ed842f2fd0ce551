package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
	"dialerd/store"
)

// demoVerdict compares what the daemon wrote down with what the simulated Asterisk knows.
type demoVerdict struct {
	day    demoDay
	calls  int             // that Asterisk carried
	faults []string        // the calls whose end is not known, or not as it was
	late   int             // answered customers who went on without an answer of the daemon
	waits  []time.Duration // of those who talked, for somebody to talk to; in order
}

// judge reads the rows from the file, from outside the daemon, which has ended.
func (d *demo) judge(ctx context.Context) (v demoVerdict, err error) {
	reader, err := store.OpenReader(filepath.Join(d.dir, demoDatabase))
	if err != nil {
		return v, err
	}
	defer reader.Close()
	rows, err := reader.Attempts(ctx, store.AttemptFilter{})
	if err != nil {
		return v, err
	}
	err = d.sim.Look(ctx, func(w *pbx.World) {
		v = compare(rows, w.Fates())
		for _, b := range w.Breaches() {
			v.faults = append(v.faults, fmt.Sprintf("call %d: Asterisk saw that it %s", b.Call, b.Text))
		}
	})
	return v, err
}

// compare finds a row with a true outcome for every call that was placed, and a call for every row.
func compare(rows []dialer.Attempt, fates []*pbx.Fate) demoVerdict {
	v := demoVerdict{day: countDay(rows), calls: len(fates)}
	byID := map[dialer.CallID]dialer.Attempt{}
	for _, a := range rows {
		byID[a.ID] = a
		if !a.Connected.IsZero() {
			v.waits = append(v.waits, a.Connected.Sub(a.Answered))
		}
	}
	slices.Sort(v.waits)
	for _, f := range fates {
		if f.Defaulted {
			v.late++
		}
		a, ok := byID[f.Call]
		delete(byID, f.Call)
		switch truth := truths(f); {
		case !ok:
			v.faults = append(v.faults, fmt.Sprintf("call %d to %s was placed, and there is no row of it", f.Call, f.Number))
		case f.Live():
			v.faults = append(v.faults, fmt.Sprintf("call %d to %s has not ended yet", f.Call, f.Number))
		case !slices.Contains(truth, a.Outcome):
			v.faults = append(v.faults, fmt.Sprintf("call %d to %s is %q in the database, and was %v", f.Call, f.Number, a.Outcome, truth))
		case (f.Answered != 0) != !a.Answered.IsZero():
			v.faults = append(v.faults, fmt.Sprintf("call %d to %s is answered according to one side only", f.Call, f.Number))
		}
	}
	for _, a := range rows {
		if _, alone := byID[a.ID]; alone && a.Outcome != dialer.Cancelled {
			v.faults = append(v.faults, fmt.Sprintf("call %d to %s is %q in the database, and was never placed", a.ID, a.Number, a.Outcome))
		}
	}
	return v
}

// truths are the outcomes that can be said of a call without a lie.
func truths(f *pbx.Fate) []dialer.Outcome {
	switch {
	case f.Bridged != 0:
		return []dialer.Outcome{dialer.Answered}
	case f.Answered != 0 && f.Left: // by himself, before or after his time was over
		return []dialer.Outcome{dialer.HungUp, dialer.Abandoned}
	case f.Answered != 0:
		return []dialer.Outcome{dialer.Abandoned}
	case f.CutByUs:
		return []dialer.Outcome{dialer.Cancelled}
	case f.Ended-f.Originated >= demoRing: // whatever he would have done later
		return []dialer.Outcome{dialer.NoAnswer}
	}
	return []dialer.Outcome{map[pbx.Nature]dialer.Outcome{pbx.Person: dialer.NoAnswer, pbx.Machine: dialer.NoAnswer, pbx.NoAnswer: dialer.NoAnswer,
		pbx.Busy: dialer.Busy, pbx.Congestion: dialer.Congestion, pbx.Invalid: dialer.InvalidNumber, pbx.Rejecting: dialer.Rejected,
		pbx.Undialable: dialer.Failed, pbx.Refused: dialer.Failed}[f.Nature]}
}

// conclude prints the summary. Its last line is for programs.
func (d *demo) conclude(v demoVerdict) error {
	d.summary(v)
	fmt.Fprintf(d.out, "demo: calls=%d answered=%d talked=%d abandoned=%d missing=%d\n",
		v.calls, v.day.answered, v.day.talked, v.day.abandoned, len(v.faults))
	if len(v.faults) > 0 || v.calls == 0 {
		return errReported
	}
	return nil
}

func (d *demo) summary(v demoVerdict) {
	fmt.Fprintln(d.out)
	for _, fault := range v.faults {
		fmt.Fprintln(d.out, "  "+fault)
	}
	if v.calls == 0 {
		fmt.Fprintln(d.out, "No call was placed. The daemon's log says why: run the demo with --keep.")
	}
	if n := len(v.waits); n > 0 {
		fmt.Fprintf(d.out, "From \"hello?\" to an operator's voice: %.1f s for half of the customers, %.1f s at most for 95 of 100; about 0.7 s of it is\nthe operator picking up.\n",
			v.waits[n/2].Seconds(), v.waits[n*95/100].Seconds())
	}
	if v.late > 0 {
		fmt.Fprintf(d.out, "%d customers went to the queue by the dialplan's own default: the daemon did not answer within half a second.\n", v.late)
	}
	if len(v.faults) == 0 && v.calls > 0 {
		fmt.Fprintf(d.out, "Each of the %d calls that Asterisk carried is in the database, with the end that it had.\n", v.calls)
	}
	if d.keep {
		fmt.Fprintf(d.out, "Everything is left in %s\n", d.dir)
	}
	fmt.Fprintln(d.out)
}
