package main

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

var (
	kills    = flag.Int("kills", 5, "how often TestCrash kills the daemon")
	killSeed = flag.Uint64("killseed", 0, "the seed of TestCrash's moments; 0: a new one, which is printed")
)

// TestCrash kills the daemon again and again under load on a real Asterisk, at random moments, and judges
// by what the customers, the operators and Asterisk wrote down: no talk was cut, no call is without its
// row, nobody was rung twice, nothing hangs, and what was acknowledged is there. Operators pause, come back and are kept free
// meanwhile: at the end none has a penalty or a pause of ours, and each stands as his last stored word says.
func TestCrash(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	fmt.Printf("crash: killseed=%d\n", seed)
	x := startLoad(t, loadFiles(5, 3, "mode = \"ratio\"\nratio = 2"), 1)
	c := newChanger(x.dir, rand.New(rand.NewPCG(seed, 2)), x.made)
	go c.run()
	log, o := logMembers(x.lab), newCrashOperators(x.dir, rand.New(rand.NewPCG(seed, 3)))
	go o.run()
	k := &killer{t: t, dir: x.dir, random: rand.New(rand.NewPCG(seed, 1))}
	x.p = k.kill(x.p, *kills)
	c.end()
	o.end()

	found := verdicts{}
	switchHolds(found, c, x.p.linked())
	o.hold(found, x.p, x.seats)
	j := x.judge(t, found)
	j.changes(c, x.first, x.dir)
	for _, why := range k.died {
		j.found.add("stuck", "a daemon ended by itself: %s", why)
	}
	done := j.exercised(k)
	leaving, reserved := log.lentAt(k.at)
	fmt.Println(done, c)
	fmt.Printf("%s; kills found leaving=%d reserved=%d\n", o, leaving, reserved)
	j.print()
	fmt.Printf("crash: kills=%d %s lost=%d\n", len(k.at), j.found.counts(), j.outcomes(dialer.Lost))
	done.enough(t, *kills)
	if err := o.enough(*kills, leaving+reserved); err != nil {
		t.Error(err)
	}
}

// judge lets the load run out, ends the daemon, and judges what all of them have written.
func (x *loaded) judge(t *testing.T, found verdicts) *crashJudge {
	t.Helper()
	runOut(t, found, x.m, x.p)
	seatsHold(found, x.m, x.p, x.seats)
	endDaemon(t, x.p)
	j := newCrashJudge(t, x.lab, x.p.attempts())
	j.found = found
	j.cut()
	j.missing()
	j.double()
	j.left()
	j.pausedRung(x.seats)
	return j
}

func endDaemon(t *testing.T, p *process) {
	p.signal(15)
	waitFor(t, time.Minute, "the daemon ends", p.over, func() string { return "it still runs" })
	if p.err != nil {
		t.Errorf("the daemon ended with %v", p.err)
	}
}

// print tells the findings, the first twenty of them.
func (j *crashJudge) print() {
	const most = 20
	told, all := 0, 0
	for _, word := range crashWords {
		all += len(j.found[word])
		for _, text := range j.found[word] {
			if told++; told <= most {
				fmt.Printf("%s: %s\n", word, text)
			}
		}
	}
	if all > 0 {
		j.t.Errorf("%d findings", all)
	}
}

func (j *crashJudge) outcomes(o dialer.Outcome) (n int) {
	for _, a := range j.rows {
		if a.Outcome == o {
			n++
		}
	}
	return n
}

// exercised is what a run was made of: a run without talks would find nothing wrong.
type exercised struct {
	calls, talks     int
	redialed         int // numbers that were rung more than once
	ringing, talking int // telephones that rang and talks that went on at a kill, over all kills
	waiting          int // customers who had answered and were not served yet, the same
	early            int // kills of a daemon that was starting
	abandoned, rows  int
	cancelled        int
	closest, seconds float64
}

func (j *crashJudge) exercised(k *killer) exercised {
	x := exercised{calls: len(j.customers), talks: len(j.talks), early: k.early, rows: len(j.rows),
		abandoned: j.abandoned, cancelled: j.outcomes(dialer.Cancelled), closest: j.closest}
	rung := map[string]int{}
	begun, over := math.Inf(1), 0.0
	for _, c := range j.customers {
		begun, over = min(begun, c.rung), max(over, c.rung)
		if rung[c.number]++; rung[c.number] == 2 {
			x.redialed++
		}
		talk, talked := j.talks[c.id]
		for _, at := range k.at {
			switch {
			case at < c.rung || c.ended != 0 && at > c.ended:
			case c.picked == 0 || at < c.picked:
				x.ringing++
			case !talked || at < talk.at:
				x.waiting++
			case at > talk.at+1: // its time is in whole seconds
				x.talking++
			}
		}
	}
	x.seconds = over - begun
	return x
}

func (x exercised) String() string {
	return fmt.Sprintf("calls=%d in %.0f s, rows=%d talks=%d abandoned=%d cancelled=%d redialed=%d closest=%.1f s; kills found ringing=%d waiting=%d talking=%d starting=%d;",
		x.calls, x.seconds, x.rows, x.talks, x.abandoned, x.cancelled, x.redialed, x.closest, x.ringing, x.waiting, x.talking, x.early)
}

// enough fails a run in which too little happened to show anything. The bounds are far below what comes
// about by chance: some daemons are killed before they have called anybody.
func (x exercised) enough(t *testing.T, kills int) {
	t.Helper()
	if x.calls < 4*kills || x.talks < kills || x.ringing < kills/2 || x.talking < kills/2 {
		t.Errorf("too little happened: %s", x)
	}
	if kills >= 50 && x.redialed < kills {
		t.Errorf("hardly anybody was called a second time, so hardly anybody could be called twice: %s", x)
	}
}

// String says what was changed.
func (c *changer) String() string {
	return fmt.Sprintf("leads imported=%d, switched=%d, changes without an answer=%d", len(c.imported), c.switched, c.failed)
}

// switchHolds holds winter's switch, as the last daemon found it, against what was acknowledged.
func switchHolds(found verdicts, c *changer, s api.Status) {
	for _, x := range s.Campaigns {
		if x.Name == switchable && !slices.Contains(c.runs, x.Running) {
			found.add("stuck", "%s was switched to %v, which was acknowledged; after the last start it is %v", switchable, c.runs, x.Running)
		}
	}
}
