package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

var toggleTime = flag.Duration("toggle", 30*time.Second, "how long TestToggleOnAsterisk22 and 16 have operators come and go")

func TestToggleOnAsterisk22(t *testing.T) { toggle(t, "22") }
func TestToggleOnAsterisk16(t *testing.T) { toggle(t, "16") }

// toggle has ten operators pause and come back at random under load, some of them ten times within a moment, by
// the API and by feature codes. At the end each stands as his last word says, with his own penalty. Nobody who answered
// was given up while an operator was there who could have talked to him.
func toggle(t *testing.T, version string) {
	x := startShift(t, version, toggleFiles)
	queues := x.begin(toggleLeads(*toggleTime))
	began := time.Now()
	togglers := x.toggle(*toggleTime)
	span := time.Since(began)
	x.stop("spring", "autumn")
	x.quiet()

	stuck, penalties := x.settled(togglers)
	j := x.judgeWaits(queues)
	words, byPhone := 0, 0
	for _, o := range togglers {
		words, byPhone = words+o.words, byPhone+o.byPhone
	}
	fmt.Printf("toggle: seconds=%.0f toggles=%d calls=%d stuck=%d penalties=%d abandoned=%d avoidable=%d\n",
		span.Seconds(), words, j.calls, stuck, penalties, j.abandoned, j.avoidable)
	t.Logf("talks=%d; words by telephone=%d; rung as the last resort=%d", j.talks, byPhone, j.lastResort)
	if words < 20 || j.talks < 10 || byPhone == 0 || j.lastResort == 0 {
		t.Error("too little happened to show anything")
	}
}

var toggleFiles = map[string]string{
	"queues.toml": "[[queue]]\nname = \"sales\"\n[[queue]]\nname = \"support\"\n",
	"pauses.toml": shiftFiles["pauses.toml"], "routes.toml": awayFiles["routes.toml"],
	"campaigns/spring.toml": campaignFile("spring", "sales", "out", "progressive", "ring_timeout = \"5s\"\nabandon_max = \"100%\"", ""),
	// More are called than can be served, so that some are given up while nobody is there for them.
	"campaigns/autumn.toml": strings.Replace(campaignFile("autumn", "support", "out", "ratio", "ratio = 6\nring_timeout = \"15s\"\nabandon_target = \"100%\"\nabandon_max = \"100%\"", ""), "agent_within = \"2s\"", "agent_within = \"1500ms\"", 1),
}

// toggleSeats is ten operators in two queues, with penalties of their own; two of them serve both.
var toggleSeats = []seat{
	{queue: "sales", name: "talk10_01"}, {queue: "sales", name: "talk12_02", penalty: 1}, {queue: "sales", name: "talk15_03", penalty: 2}, {queue: "sales", name: "talk20_04"},
	{queue: "support", name: "talk40_05"}, {queue: "support", name: "talk50_06", penalty: 3}, {queue: "support", name: "talk60_07"}, {queue: "support", name: "talk45_08", penalty: 1},
	{queue: "sales", name: "talk15_09", penalty: 5}, {queue: "support", name: "talk15_09", penalty: 2}, {queue: "sales", name: "talk18_10"}, {queue: "support", name: "talk18_10"},
}

// toggleLeads is so many behaviours as are called in that time, at four a second and campaign.
func toggleLeads(span time.Duration) (behaviours []string) {
	kinds := []string{"003", "010", "015", "020", "030", "200", "010", "020", "040", "005"}
	for i := range 40 + int(4*span.Seconds()) {
		behaviours = append(behaviours, kinds[i%len(kinds)])
	}
	return behaviours
}

// begin seats the operators and calls people; it tells which queue each number is for.
func (x *shift) begin(behaviours []string) (queues map[string]string) {
	x.t.Helper()
	x.m.seat(toggleSeats)
	queues = map[string]string{}
	for campaign, queue := range map[string]string{"spring": "sales", "autumn": "support"} {
		first := x.people
		x.call(campaign, behaviours...)
		for i, b := range behaviours {
			queues[fmt.Sprintf("7900%s%04d", b, first+i+1)] = queue
		}
	}
	x.p.until("people talk", func(s api.Status) bool { return calls(s, dialer.PhaseTalking) >= 2 })
	return queues
}

func (x *shift) stop(campaigns ...string) {
	x.t.Helper()
	for _, name := range campaigns {
		if err := x.p.client.Switch(context.Background(), dialer.SwitchCampaign, name, false); err != nil {
			x.t.Fatal(err)
		}
	}
}

// toggler is an operator who comes and goes.
type toggler struct {
	name   string
	client *api.Client
	phone  *manager
	random *rand.Rand

	words, byPhone int
	last           string // the reason of the pause that he has last asked for; empty: he has asked to work
	failed         error
}

// toggle has all of them come and go for so long.
func (x *shift) toggle(span time.Duration) (all []*toggler) {
	x.t.Helper()
	over := make(chan struct{})
	time.AfterFunc(span, func() { close(over) })
	var group sync.WaitGroup
	for _, s := range toggleSeats {
		if len(all) > 0 && all[len(all)-1].name == s.name {
			continue
		}
		o := &toggler{name: s.name, client: api.NewClient(filepath.Join(x.p.dir, "sock")), phone: x.manager(), random: rand.New(rand.NewPCG(uint64(len(all)), 7))}
		all = append(all, o)
		group.Go(func() { o.run(over) })
	}
	group.Wait()
	for _, o := range all {
		o.client.Close()
		if o.failed != nil {
			x.t.Errorf("%s: %v", o.name, o.failed)
		}
	}
	return all
}

// run says a word every second or so, and now and then ten as fast as they are answered.
func (o *toggler) run(over <-chan struct{}) {
	for o.failed == nil {
		words := 1
		if o.random.IntN(4) == 0 {
			words = 2 + o.random.IntN(9)
		}
		for range words {
			o.say(words == 1 && o.random.IntN(2) == 0)
		}
		select {
		case <-over:
			return
		case <-time.After(time.Duration(200+o.random.IntN(2300)) * time.Millisecond):
		}
	}
}

// say asks for a pause or for work, over the API or by a feature code.
func (o *toggler) say(byPhone bool) {
	if o.words++; byPhone {
		o.byPhone++
	}
	reason, code := []string{"", "", "", "lunch", "break"}[o.random.IntN(5)], "*53"
	if reason != "" {
		code = map[string]string{"lunch": "*521", "break": "*522"}[reason]
	}
	var err error
	switch {
	case byPhone:
		err = o.dial(code)
	case reason == "":
		_, err = o.client.WantOfAgent(context.Background(), o.name, api.AgentWork{})
	default:
		_, err = o.client.WantOfAgent(context.Background(), o.name, api.AgentPause{Reason: reason})
	}
	if o.last = reason; err != nil {
		o.failed = err
	}
}

// dial returns when the call was answered, which is when the daemon has.
func (o *toggler) dial(code string) error {
	r := o.phone.try("Originate", "Channel", "Local/"+code+"@dialerd-features/n", "Application", "Wait", "Data", "1", "Variable", "DIALERD_AGENT="+o.name)
	if r["Response"] != "Success" {
		return fmt.Errorf("%s: %s", code, r["Message"])
	}
	return nil
}

// settled waits until every seat is as its operator's last word says, and counts those that do not come to be so.
func (x *shift) settled(togglers []*toggler) (stuck, penalties int) {
	x.t.Helper()
	last := map[string]string{}
	for _, o := range togglers {
		last[operatorAt(o.name)] = o.last
	}
	var hanging, behind []string
	within(30*time.Second, func() bool {
		hanging, behind = x.amissInAsterisk(last)
		hanging = append(hanging, x.amissInDaemon(last)...)
		return len(hanging) == 0 && len(behind) == 0
	})
	for _, what := range slices.Concat(hanging, behind) {
		x.t.Error(what)
	}
	return len(hanging), len(behind)
}

// amissInAsterisk is the seats whose pause is not what their operators have last asked for, and those that have not
// their own penalty.
func (x *shift) amissInAsterisk(last map[string]string) (hanging, behind []string) {
	x.t.Helper()
	shown := map[seatKey]map[string]string{}
	for _, e := range x.m.list("QueueStatus", "QueueStatusComplete") {
		if e["Event"] == "QueueMember" {
			shown[seatKey{e["Queue"], e["Location"]}] = e
		}
	}
	for _, s := range toggleSeats {
		e, want := shown[seatKey{s.queue, s.iface()}], last[s.iface()]
		if e["PausedReason"] != want || (e["Paused"] == "1") != (want != "") {
			hanging = append(hanging, fmt.Sprintf("%s in %s is paused(%s), his last word was %q", s.name, s.queue, e["PausedReason"], want))
		}
		if e["Penalty"] != strconv.Itoa(s.penalty) {
			behind = append(behind, fmt.Sprintf("%s in %s has the penalty %q, his own is %d", s.name, s.queue, e["Penalty"], s.penalty))
		}
	}
	return hanging, behind
}

// amissInDaemon is the operators whom the daemon does not show as they have last asked for.
func (x *shift) amissInDaemon(last map[string]string) (hanging []string) {
	x.t.Helper()
	for _, a := range x.p.linked().Agents {
		want := dialer.AgentReady
		if last[a.Interface] != "" {
			want = dialer.AgentPaused
		}
		if a.State != want.String() || a.Reason != last[a.Interface] {
			hanging = append(hanging, fmt.Sprintf("%s is %s(%s) in the daemon, his last word was %q", a.ID, a.State, a.Reason, last[a.Interface]))
		}
	}
	return hanging
}

// waits is what became of those who answered.
type waits struct {
	calls, talks, abandoned, avoidable int
	lastResort                         int // rings of who was behind the awaiting penalty
}

// judgeWaits finds who answered and talked to nobody, and whether somebody was free meanwhile: by the customers' own
// record and by what Asterisk told of its members.
func (x *shift) judgeWaits(queues map[string]string) (j waits) {
	x.t.Helper()
	line, talked := x.log.play(), x.talked()
	for _, what := range line.amiss {
		x.t.Error(what)
	}
	j.lastResort = line.lastResort
	for _, c := range farCalls(x.judge("CUSTOMERS_LOG"), false) {
		if !strings.HasPrefix(c.number, "7900") {
			continue
		}
		j.calls++
		switch {
		case c.picked == 0:
		case talked[c.id]:
			j.talks++
		default:
			j.abandoned++
			if who := line.freeFor(queues[c.number], stretch{c.picked, c.ended}); who != "" {
				j.avoidable++
				x.t.Errorf("%s of %s waited %.1f s from %.3f and talked to nobody; %s was free", c.number, c.id, c.ended-c.picked, c.picked, who)
			}
		}
	}
	return j
}
