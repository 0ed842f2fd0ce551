package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// Operators who ask for pauses, for work and for their way out, on a real Asterisk.

// shift is an Asterisk with a second manager session on it, which is asked what became of an operator, and a daemon.
type shift struct {
	*lab
	whole *testing.T // whose end ends all of it
	m     *manager
	log   *memberLog
	p     *process

	people    int // leads so far
	connected int // calls so far
}

// basePenalty is that of the operators before anything is asked.
const basePenalty = 2

// shiftFiles are campaigns on three queues, one of which keeps the wrap-up by a pause.
var shiftFiles = map[string]string{
	"queues.toml": `
[[queue]]
name = "sales"
[[queue]]
name = "support"
wrapup = "30s"
wrapup_by = "pause"
[[queue]]
name = "q1"
[[queue]]
name = "auto"
[[queue]]
name = "fixed"
`,
	"pauses.toml": `
[[pause]]
code = "lunch"
limit = "45m"
self = true
[[pause]]
code = "break"
self = true
[[pause]]
code = "training"
`,
	"routes.toml":            awayFiles["routes.toml"],
	"campaigns/spring.toml":  shiftCampaign("spring", "sales", "6s"),
	"campaigns/summer.toml":  shiftCampaign("summer", "support", "6s"),
	"campaigns/autumn.toml":  shiftCampaign("autumn", "auto", "6s"),
	"campaigns/winter.toml":  shiftCampaign("winter", "fixed", "60s"),
	"campaigns/lasting.toml": shiftCampaign("lasting", "q1", "60s"),
	"agents.toml":            rostered("olga", "op71", "q1", "sales") + rostered("boris", "op72", "q1", "sales"),
}

func shiftCampaign(name, queue, ring string) string {
	return campaignFile(name, queue, "out", "progressive", fmt.Sprintf("ring_timeout = %q\nabandon_max = \"100%%\"", ring), "")
}

// rostered is an operator in agents.toml.
func rostered(id, name string, queues ...string) string {
	return fmt.Sprintf("[[agent]]\nid = %q\nname = %q\ninterface = %q\npenalty = %d\nqueues = [\"%s\"]\n", id, id, operatorAt(name), basePenalty, strings.Join(queues, `", "`))
}

// startShift starts all of it.
func startShift(t *testing.T, version string, files map[string]string) *shift {
	t.Helper()
	l := startLab(t, version)
	x := &shift{lab: l, whole: t, m: l.manager(), log: logMembers(l)}
	x.p = startProcess(t, l.config(clone(files)))
	return x
}

// reconnect is another manager session, after Asterisk has ended the first.
func (x *shift) reconnect() {
	part := x.t
	x.t = x.whole
	x.m = x.manager()
	x.t, x.m.t = part, part
}

// operatorAt is the interface of a lab operator.
func operatorAt(name string) string { return "Local/" + name + "@lab-operators/n" }

// join makes operators members of a queue, with the base penalty; their ids are their names.
func (x *shift) join(queue string, names ...string) {
	x.t.Helper()
	for _, name := range names {
		x.m.do("QueueAdd", "Queue", queue, "Interface", operatorAt(name), "MemberName", name, "Penalty", strconv.Itoa(basePenalty))
		x.state(name, dialer.AgentReady)
	}
}

// leave takes an operator out of all queues.
func (x *shift) leave(name string) {
	x.t.Helper()
	for _, s := range x.members(name) {
		x.m.do("QueueRemove", "Queue", s.queue, "Interface", operatorAt(name))
	}
	x.p.until(name+" is gone", func(s api.Status) bool { return agentIn(s, name) == nil })
}

// state waits until the daemon shows an operator so.
func (x *shift) state(name string, want dialer.AgentState) {
	x.t.Helper()
	x.p.until(fmt.Sprintf("%s is %s", name, want), func(s api.Status) bool {
		a := agentIn(s, name)
		return a != nil && a.State == want.String()
	})
}

func agentIn(s api.Status, name string) *api.Agent {
	for i := range s.Agents {
		if s.Agents[i].ID == name || s.Agents[i].Interface == operatorAt(name) {
			return &s.Agents[i]
		}
	}
	return nil
}

// place is what Asterisk shows of an operator in one queue.
type place struct {
	queue   string
	paused  bool
	reason  string
	penalty int
}

func (s place) String() string {
	pause := "works"
	if s.paused {
		pause = "paused(" + s.reason + ")"
	}
	return fmt.Sprintf("%s %s %d", s.queue, pause, s.penalty)
}

// members is the places of an operator, by queue, as Asterisk lists them.
func (x *shift) members(name string) (places []place) {
	x.t.Helper()
	for _, e := range x.m.list("QueueStatus", "QueueStatusComplete") {
		if e["Event"] == "QueueMember" && e["Location"] == operatorAt(name) {
			penalty, _ := strconv.Atoi(e["Penalty"])
			places = append(places, place{e["Queue"], e["Paused"] == "1", e["PausedReason"], penalty})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return strings.Compare(a.queue, b.queue) })
	return places
}

// shows waits until Asterisk shows an operator so: "sales paused(lunch) 2, support works 2".
func (x *shift) shows(name, want string) {
	x.t.Helper()
	waitFor(x.t, 30*time.Second, fmt.Sprintf("Asterisk shows %s as %q", name, want), func() bool { return x.shown(name) == want }, func() string { return x.shown(name) })
}

func (x *shift) shown(name string) string {
	x.t.Helper()
	var parts []string
	for _, s := range x.members(name) {
		parts = append(parts, s.String())
	}
	return strings.Join(parts, ", ")
}

// call adds leads of which all do the same, by the digits BTT of scripts/lab/README.md.
func (x *shift) call(campaign string, behaviours ...string) {
	x.t.Helper()
	rows := []string{"external_id,phone"}
	for _, b := range behaviours {
		x.people++
		rows = append(rows, fmt.Sprintf("x%d,+7900%s%04d", x.people, b, x.people))
	}
	x.p.importCSV(campaign, strings.Join(rows, "\n")+"\n")
}

// ringing waits until so many telephones of customers ring.
func (x *shift) ringing(count int) {
	x.t.Helper()
	x.p.until(fmt.Sprintf("%d telephones ring", count), func(s api.Status) bool { return calls(s, dialer.PhaseDialing) == count && len(s.Calls) == count })
}

// hangUp ends all calls from Asterisk's side, and waits until the daemon knows of none.
func (x *shift) hangUp() {
	x.t.Helper()
	for _, c := range x.m.list("CoreShowChannels", "CoreShowChannelsComplete") {
		if ours(c["Uniqueid"]) {
			x.m.try("Hangup", "Channel", c["Channel"])
		}
	}
	x.quiet()
}

// quiet waits until no call is under way.
func (x *shift) quiet() {
	x.t.Helper()
	x.p.until("no call is under way", func(s api.Status) bool { return len(s.Calls) == 0 })
}

// ask wants something of an operator over the API.
func (x *shift) ask(name string, want api.AgentRequest) api.AgentAnswer {
	x.t.Helper()
	a, err := x.p.client.WantOfAgent(context.Background(), name, want)
	if err != nil {
		x.t.Fatalf("%T of %s: %v", want, name, err)
	}
	return a
}

// says asks, and has the answer be so: "pausing(lunch) by agent".
func (x *shift) says(name string, want api.AgentRequest, answer string) {
	x.t.Helper()
	if a := x.ask(name, want); sayStanding(a.Standing) != answer || !a.Stored {
		x.t.Errorf("%s %T: %s, stored %t; want %s", name, want, sayStanding(a.Standing), a.Stored, answer)
	}
}

// asks asks, has the answer be so, and waits until Asterisk shows him so: "sales works 1002".
func (x *shift) asks(name string, want api.AgentRequest, answer, shown string) {
	x.t.Helper()
	x.says(name, want, answer)
	x.shows(name, shown)
}

// stands waits until an operator stands so.
func (x *shift) stands(name, want string) {
	x.t.Helper()
	last := ""
	waitFor(x.t, 30*time.Second, fmt.Sprintf("%s stands as %q", name, want), func() bool {
		s, err := x.p.client.Agent(context.Background(), name)
		if last = sayStanding(s); err != nil {
			last = err.Error()
		}
		return last == want
	}, func() string { return last })
}

func sayStanding(s api.Standing) string {
	text := s.Code.String()
	if s.Reason != "" {
		text += "(" + s.Reason + ")"
	}
	if s.By != dialer.ByNobody {
		text += " by " + s.By.String()
	}
	if s.AfterCall {
		text += ", after the call"
	}
	return text
}

// What operators ask for, and others of them.
var (
	lunch     = api.AgentPause{Reason: "lunch"}
	coffee    = api.AgentPause{Reason: "break"}
	sentOut   = api.AgentPause{Reason: "training", Supervisor: true}
	work      = api.AgentWork{}
	calledIn  = api.AgentWork{Supervisor: true}
	keptFree  = api.AgentReserve{Lead: 7, For: dialer.Duration(time.Minute)}
	goingHome = api.AgentLogout{}
)

// queueLog is the calls of which queue_log has an event, with how often.
func (x *shift) queueLog(event string) map[string]int {
	x.t.Helper()
	text, err := os.ReadFile(x.env["QUEUE_LOG"])
	if err != nil {
		x.t.Fatal(err)
	}
	calls := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(line, "|"); len(f) > 4 && f[4] == event {
			calls[f[1]]++
		}
	}
	return calls
}
