package dialer

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// play gives a scenario's world some lines and returns what came of the last.
func (w *world) play(lines ...string) string {
	w.t.Helper()
	for _, line := range lines {
		w.take()
		w.command(line)
	}
	return w.take()
}

// TestTrunkGone: a call that was written down for a trunk that a reload has taken away does not go out.
func TestTrunkGone(t *testing.T) {
	w := newWorld(t)
	w.play("queue sales", "trunk old", "trunk new", "route out old", "campaign spring sales out", "start",
		"member PJSIP/101 sales not-in-use", "link up", "disk stalled", "lead +79160000001")
	w.config.Trunks = w.config.Trunks[1:]
	w.config.Routes = []Route{{Name: "out", Trunks: []string{"new"}}}
	w.play("start")
	if got := w.play("disk ok"); !strings.Contains(got, `trunk "old" is no longer configured`) || strings.Contains(got, "@old") {
		t.Errorf("the call over the trunk that is gone: %s", got)
	}
	if got := w.play("wait 1s"); !strings.Contains(got, "@new") {
		t.Errorf("the lead is not called over the other trunk: %s", got)
	}
}

// TestShutTrunkHoldsUpNobody: however many leads wait for a trunk that is shut, those to whom there is a
// way are called.
func TestShutTrunkHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	w.play("queue sales", "trunk city breaker=50% of=4 pause=10m longest=10m", "trunk abroad", "route out city prefix=+7", "route out abroad",
		"campaign spring sales out", "start", "member PJSIP/101 sales not-in-use", "link up")
	for i := range 2 {
		w.play(fmt.Sprintf("lead +7916000000%d", i), fmt.Sprintf("failed %d", i+1), fmt.Sprintf("hangup %d cause=34", i+1))
	}
	w.play("link down")
	for i := range 400 {
		w.play(fmt.Sprintf("lead +79160001%03d priority=9", i))
	}
	w.play("lead +441111111111", "link up")
	if got := w.play("wait 30s"); !strings.Contains(got, "@abroad") || strings.Contains(got, "@city") {
		t.Errorf("in 30 s: %s", got)
	}
	if t.Failed() || w.d.trunks["city"].breaker.until-w.now.Mono < 9*time.Minute {
		t.Error("the trunk was not shut meanwhile")
	}
}
