package dialer

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// plantedFault is a fault put between the Dialer and its world, or into it, to see that the referees find it.
type plantedFault struct {
	name   string
	effect func(*walk, Effect) Effect // nil: it is lost
	state  func(*walk)                // after each Step and Tick
	crash  func(*walk)
	ask    func(line string) string
}

var plantNothing plantedFault

var walkPlants = []plantedFault{
	{name: "a penalty is not given back", effect: func(k *walk, e Effect) Effect {
		if x, ok := e.(SetPenalty); ok && x.Penalty == k.rows[loanKey{x.Queue, x.Interface, LoanPenalty}].Before {
			return nil
		}
		return e
	}},
	{name: "0 is given back, not the penalty before ours", effect: func(k *walk, e Effect) Effect {
		if x, ok := e.(SetPenalty); ok && x.Penalty == k.rows[loanKey{x.Queue, x.Interface, LoanPenalty}].Before {
			x.Penalty = 0
			return x
		}
		return e
	}},
	{name: "who logs in is added with awaiting_penalty", effect: func(_ *walk, e Effect) Effect {
		if x, ok := e.(AddMember); ok {
			x.Penalty += 1000
			return x
		}
		return e
	}},
	{name: "a pause is not lifted", effect: func(_ *walk, e Effect) Effect {
		if x, ok := e.(SetPause); ok && !x.Paused {
			return nil
		}
		return e
	}},
	{name: "a pause is not set", effect: func(_ *walk, e Effect) Effect {
		if x, ok := e.(SetPause); ok && x.Paused {
			return nil
		}
		return e
	}},
	{name: "a pause bears another reason", effect: func(_ *walk, e Effect) Effect {
		if x, ok := e.(SetPause); ok && x.Reason == "break" {
			x.Reason = "lunch"
			return x
		}
		return e
	}},
	{name: "who logs out stays", effect: func(_ *walk, e Effect) Effect {
		if _, ok := e.(RemoveMember); ok {
			return nil
		}
		return e
	}},
	{name: "loans are forgotten in a crash", crash: func(k *walk) { k.world.rows.loans = nil }},
	{name: "what operators want is forgotten in a crash", crash: func(k *walk) { clear(k.world.rows.agents) }},
	{name: "the penalty before ours is forgotten in a crash", crash: func(k *walk) {
		for i := range k.world.rows.loans {
			k.world.rows.loans[i].Before = 0
		}
	}},
	{name: "an operator's word lifts the pause of others", ask: func(line string) string {
		if strings.HasPrefix(line, "ask work") && !strings.Contains(line, "supervisor") {
			line += " supervisor=yes"
		}
		return line
	}},
	{name: "a supervisor's pause counts as the operator's own", ask: func(line string) string {
		if strings.HasPrefix(line, "ask pause") && !strings.Contains(line, "training") {
			return strings.TrimSuffix(line, " supervisor=yes")
		}
		return line
	}},
	{name: "nobody tells what is on disk, and all is set at once", state: func(k *walk) { k.d.committed = k.d.seq }},
	{name: "unpausing has no end", state: func(k *walk) {
		for _, l := range k.d.loans.list {
			if l.Field == LoanPenalty && l.member != nil && l.member.agent.awaiting == awaitUnpausing {
				l.ours, l.member.agent.until = false, k.now.Mono+time.Hour
			}
		}
	}},
	{name: "pausing is over at once", state: func(k *walk) {
		for _, a := range k.d.agents.list {
			if a.awaiting == awaitPausing && !k.d.ticked {
				a.until = k.now.Mono
			}
		}
	}},
	{name: "pausing has no end", state: func(k *walk) {
		for _, a := range k.d.agents.list {
			if a.awaiting == awaitPausing {
				a.until, a.asked = k.now.Mono+time.Hour, 1<<60
			}
		}
	}},
	{name: "a pause by others is not heeded", state: func(k *walk) {
		for _, l := range k.d.loans.list {
			if l.Field == LoanPause && l.member != nil && l.member.Paused {
				l.ours, l.foreign = true, ""
			}
		}
	}},
	{name: "a penalty by others is not heeded", state: func(k *walk) {
		for _, l := range k.d.loans.list {
			if l.Field == LoanPenalty && l.stage > loanTaken && l.stage != loanBack && l.member != nil {
				l.ours = true
			}
		}
	}},
	{name: "who leaves is claimed before who is ready", state: func(k *walk) {
		for _, c := range k.d.calls.list {
			for _, b := range k.d.agents.list {
				if a := c.claimed; a != nil && b != a && a.awaiting == awaitNone && b.awaiting != awaitNone && b.claim == nil && k.free(b) && b.serves(c.attempt.Queue) {
					a.claim, b.claim, c.claimed = nil, c, b
				}
			}
		}
	}},
	{name: "who is paused is claimed", state: func(k *walk) {
		for _, c := range k.d.calls.list {
			for _, b := range k.d.agents.list {
				if a := c.claimed; a != nil && b != a && b.claim == nil && b.out() {
					a.claim, b.claim, c.claimed = nil, c, b
				}
			}
		}
	}},
}

// TestWalkFindsPlants: each planted fault is found within a short walk, and what is left of it is short.
func TestWalkFindsPlants(t *testing.T) {
	for _, plant := range walkPlants {
		t.Run(plant.name, func(t *testing.T) {
			t.Parallel()
			steps := 0
			for seed := uint64(1); steps < 200_000; seed++ {
				acts, size := drawWalk(seed)
				k := newWalk(t, size, plant)
				k.run(acts)
				if steps += k.steps; k.failed == nil {
					continue
				}
				k = shrinkWalk(t, size, acts, plant)
				lines := k.actedLines()
				t.Logf("found after %d steps: %s\n%s", steps, k.failed.text, strings.Join(lines, "\n"))
				if len(lines) > 40 {
					t.Errorf("%d lines are left", len(lines))
				}
				return
			}
			t.Error("not found")
		})
	}
	if i := slices.IndexFunc(walkPlants, func(p plantedFault) bool { return p.effect == nil && p.state == nil && p.crash == nil && p.ask == nil }); i >= 0 {
		t.Errorf("%q does nothing", walkPlants[i].name)
	}
}
