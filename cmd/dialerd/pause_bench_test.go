package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"dialerd/agi/agitest"
	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
	"dialerd/dialplan"
)

// pauseFor is how long operators ask in BenchmarkPauseAnswer.
const pauseFor = 5 * time.Second

// BenchmarkPauseAnswer is a shift with calls under way whose operators pause, come back and ask how they stand, 200
// times a second over FastAGI. An answer's time counts from when it was due; what they want is written to a real
// store meanwhile. It fails when somebody is not told how he stands.
func BenchmarkPauseAnswer(b *testing.B) {
	for b.Loop() {
		s := newStallWorld(b)
		took := s.askEach(pauseFor, s.askOperator)
		pauses := 0
		s.must(s.sim.Look(b.Context(), func(w *pbx.World) {
			members, _ := w.State()
			for _, m := range members {
				if m.Paused {
					pauses++
				}
			}
		}))
		s.end()
		b.ReportMetric(p99(took), "p99-ms")
		b.ReportMetric(float64(took[len(took)/2])/float64(time.Millisecond), "p50-ms")
		b.ReportMetric(0, "ns/op")
		b.Logf("%d answers, the slowest after %v; at the end %d of %d operators are paused", len(took), slices.Max(took), pauses, stallOperators)
		if pauses == 0 {
			b.Error("nobody is paused: nothing came of what was asked for")
		}
	}
}

// askOperator has one operator after the other pause, then all ask how they stand, then all come back.
func (s *stallWorld) askOperator(i int) error {
	what := []dialer.QuestionKind{dialer.QuestionPause, dialer.QuestionStatus, dialer.QuestionWork}[i/stallOperators%3]
	telephone := fmt.Sprintf("PJSIP/%d", 101+i%stallOperators)
	set, err := s.put(agitest.Channel{Script: what.String(), Name: telephone + "-0000002a", UniqueID: "1795352378.2"})
	if err == nil && (set.Get(dialplan.VarOK) != "1" || set.Get(dialplan.VarCode) == "") {
		err = fmt.Errorf("%s of %s: set %v", what, telephone, set)
	}
	return err
}
