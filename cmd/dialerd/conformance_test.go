package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dialerd/ami/amisim"
	"dialerd/api"
	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/dialer/sim/pbx"
	"dialerd/store"
)

// The same calls on the simulated Asterisk and on real ones, through the whole daemon. What the daemon
// makes of each has to be the same: the order of events is not.

func TestConformanceSimulated22(t *testing.T) {
	t.Parallel() // most of it is waiting for telephones
	conform(t, startSimulated(t, false))
}

func TestConformanceSimulated16(t *testing.T) {
	t.Parallel()
	conform(t, startSimulated(t, true))
}

func TestConformanceAsterisk22(t *testing.T) {
	t.Parallel()
	conform(t, startLab(t, "22"))
}

func TestConformanceAsterisk16(t *testing.T) {
	t.Parallel()
	conform(t, startLab(t, "16"))
}

// Operators of the lab, whom the simulated one has too.
const (
	olga = "Local/op01@lab-operators/n"      // answers at once, stays
	petr = "Local/op02@lab-operators/n"      // the same
	tina = "Local/talk10_03@lab-operators/n" // answers at once, hangs up after a second
	dora = "Local/dead04@lab-operators/n"    // never answers
	lena = "Local/slow02_05@lab-operators/n" // answers after a moment, stays
	rest = "Local/op06@lab-operators/n"      // the others are for calls that none of them gets
	idle = "Local/op07@lab-operators/n"
	aunt = "Local/op08@lab-operators/n"
)

var conformers = map[string]string{olga: "olga", petr: "petr", tina: "tina", dora: "dora", lena: "lena", rest: "rest", idle: "idle", aunt: "aunt"}

// conformance is calls, who is in the queue meanwhile, what somebody does meanwhile, and what
// has to come of each call.
type conformance struct {
	name     string
	campaign string
	members  []string
	calls    map[string]string // by number: outcome, whose doing, answered and connected or not, operator; rule and state of the lead
	before   func(*stage)      // the calls are there
	during   func(*stage)
}

const (
	whoTalked    = "answered by person, answered, connected to %s; rule talked, finished talked"
	whoAbandoned = "abandoned by us, answered; rule sorry, waiting"
)

func talked(name string) string { return fmt.Sprintf(whoTalked, name) }

func refused(outcome string, by dialer.Party, rule string) string {
	return fmt.Sprintf("%s by %s; rule %s", outcome, by, rule)
}

var conformances = []conformance{
	{name: "the network says no, or nobody takes it", campaign: "local", members: []string{olga, petr, rest, idle, aunt}, calls: map[string]string{
		"79002000001": refused("busy", dialer.Person, "engaged, waiting"),
		"79003000002": refused("congestion", dialer.Carrier, "engaged, waiting"),
		"79004000003": refused("no-answer", dialer.Person, "later, waiting"),
		"79008010004": refused("invalid-number", dialer.Person, "gone, finished unreachable"),
		"79008190005": refused("no-answer", dialer.Person, "later, waiting"),
		"79008210006": refused("rejected", dialer.Person, "later, waiting"),
		"79008340007": refused("congestion", dialer.Carrier, "engaged, waiting"),
		"79008380008": refused("failed", dialer.Carrier, "later, waiting"),
	}},
	{name: "the same over SIP", campaign: "sip", members: []string{olga, petr, rest, idle, aunt}, calls: map[string]string{
		"79002005001": refused("busy", dialer.Person, "engaged, waiting"),
		"79003005002": refused("congestion", dialer.Carrier, "engaged, waiting"),
		"79005005003": refused("invalid-number", dialer.Person, "gone, finished unreachable"),
		"79006005004": refused("rejected", dialer.Person, "later, waiting"),
		"79008005005": refused("no-answer", dialer.Person, "later, waiting"),
	}},
	{name: "the operator hangs up", campaign: "local", members: []string{tina}, calls: map[string]string{"79000030011": talked("tina")}},
	{name: "the customer hangs up", campaign: "local", members: []string{olga}, calls: map[string]string{"79001030012": talked("olga")}},
	{name: "the operator takes a moment", campaign: "local", members: []string{lena}, calls: map[string]string{"79001030013": talked("lena")}},
	{name: "the customer leaves at once", campaign: "local", members: []string{dora}, calls: map[string]string{
		"79007050014": "hung-up by person, answered; rule later, waiting"}},
	{name: "held, then redirected in", campaign: "local", members: []string{tina}, calls: map[string]string{"79000150015": talked("tina")},
		during: func(s *stage) {
			s.until(dialer.PhaseDialing)
			s.pause(tina, true)
			s.until(dialer.PhaseHeld)
			s.pause(tina, false)
		}},
	{name: "held, and let go", campaign: "local", members: []string{olga}, calls: map[string]string{"79000150016": whoAbandoned},
		during: func(s *stage) {
			s.until(dialer.PhaseDialing)
			s.pause(olga, true)
		}},
	{name: "held, and sent to the message", campaign: "message", members: []string{olga}, calls: map[string]string{"79000150017": whoAbandoned},
		during: func(s *stage) {
			s.until(dialer.PhaseDialing)
			s.pause(olga, true)
		}},
	{name: "nobody takes it, withdrawn", campaign: "local", members: []string{dora}, calls: map[string]string{"79000000018": whoAbandoned}},
	{name: "one is paused", campaign: "local", members: []string{olga, petr}, calls: map[string]string{"79001030019": talked("petr"), "79001030020": talked("petr")},
		before: func(s *stage) { s.pause(olga, true) }},
	{name: "paused in the talk", campaign: "local", members: []string{olga}, calls: map[string]string{"79001030021": talked("olga")},
		during: func(s *stage) {
			s.until(dialer.PhaseTalking)
			s.pause(olga, true)
		}},
	{name: "removed in the talk", campaign: "local", members: []string{olga}, calls: map[string]string{"79001030022": talked("olga")},
		during: func(s *stage) {
			s.until(dialer.PhaseTalking)
			s.manager.do("QueueRemove", "Queue", "sales", "Interface", olga)
		}},
}

var conformanceFiles = map[string]string{
	"queues.toml": "[[queue]]\nname = \"sales\"\n",
	"routes.toml": `
[[trunk]]
name = "local"
dial = "Local/{digits}@lab-customers/n"
[[trunk]]
name = "sip"
dial = "PJSIP/{digits}@trunk"
[[route]]
name = "by-dialplan"
trunks = ["local"]
[[route]]
name = "by-sip"
trunks = ["sip"]
`,
	"campaigns/local.toml":   conformanceCampaign("local", "by-dialplan", "5s", ""),
	"campaigns/message.toml": conformanceCampaign("message", "by-dialplan", "5s", `abandon_message = "lab-none"`),
	"campaigns/sip.toml":     conformanceCampaign("sip", "by-sip", "15s", ""),
}

func conformanceCampaign(name, route, ring, answer string) string {
	return fmt.Sprintf(`
name = %q
queue = "sales"
buckets = [%q]
timezone = "Europe/Moscow"
route = %q
[pacing]
mode = "progressive"
ring_timeout = %q
[answer]
agent_within = "3s"
%s
[[rule]]
name = "talked"
on = ["answered"]
finish = "talked"
[[rule]]
name = "engaged"
on = ["busy", "congestion"]
again = "2h"
[[rule]]
name = "later"
on = ["no-answer", "hung-up", "rejected", "failed", "lost"]
again = "3h"
[[rule]]
name = "sorry"
on = ["abandoned"]
again = "3d"
[[rule]]
name = "gone"
on = ["invalid-number"]
finish = "unreachable"
`, name, name, route, ring, answer)
}

// conform plays all of it on one Asterisk.
func conform(t *testing.T, l *lab) {
	s := &stage{t: t, manager: l.manager(), process: startProcess(t, l.config(maps.Clone(conformanceFiles)))}
	for _, c := range conformances {
		s.play(c)
	}
}

// stage is where the calls of one conformance are played.
type stage struct {
	t       *testing.T
	manager *manager
	process *process
}

func (s *stage) pause(iface string, paused bool) { s.manager.pause(iface, "lunch", paused) }

// until waits for the one call to get somewhere.
func (s *stage) until(p dialer.Phase) {
	s.t.Helper()
	s.process.until("the call is "+p.String(), func(x api.Status) bool { return calls(x, p) == 1 })
}

// play has one conformance happen and compares what the daemon made of it.
func (s *stage) play(c conformance) {
	s.t.Helper()
	for _, m := range c.members {
		s.manager.add("sales", m, conformers[m])
	}
	s.process.until("the operators are there", func(x api.Status) bool { return len(x.Agents) == len(c.members) })
	rows := []string{"external_id,phone"}
	for _, number := range slices.Sorted(maps.Keys(c.calls)) {
		rows = append(rows, number+",+"+number)
	}
	if c.before != nil {
		c.before(s)
	}
	s.process.importCSV(c.campaign, strings.Join(rows, "\n")+"\n")
	if c.during != nil {
		c.during(s)
	}
	made := map[string]string{}
	waitFor(s.t, 2*time.Minute, c.name+": the calls have ended", func() bool {
		made = s.made(c.calls)
		return len(made) == len(c.calls)
	}, func() string { return fmt.Sprint(made) })
	for number, want := range c.calls {
		if made[number] != want {
			s.t.Errorf("%s: %s\nbecame %s\nwant   %s", c.name, number, made[number], want)
		}
	}
	for _, m := range c.members {
		s.manager.try("QueueRemove", "Queue", "sales", "Interface", m)
	}
	s.process.until("all is quiet", func(x api.Status) bool { return len(x.Agents) == 0 && len(x.Calls) == 0 })
}

// made is what the daemon has made of the calls that are over, by number.
func (s *stage) made(numbers map[string]string) map[string]string {
	s.t.Helper()
	attempts := attemptsIn(s.t, s.process.dir) // before the leads, which change in the same transaction
	leads := map[dialer.LeadID]store.ExportedLead{}
	r, err := store.OpenReader(filepath.Join(s.process.dir, "dialerd.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Close()
	err = r.ExportLeads(context.Background(), store.LeadFilter{}, func(l store.ExportedLead) error {
		leads[l.ID] = l
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	made := map[string]string{}
	for _, a := range attempts {
		if _, ours := numbers[a.Number.Digits()]; ours && a.Outcome != dialer.Unsettled && a.Outcome != dialer.Cancelled {
			made[a.Number.Digits()] = described(a, leads[a.Lead])
		}
	}
	return made
}

func described(a dialer.Attempt, l store.ExportedLead) string {
	text := fmt.Sprintf("%s by %s", a.Outcome, a.Cause.By)
	if !a.Answered.IsZero() {
		text += ", answered"
	}
	if !a.Connected.IsZero() || a.Agent != "" {
		text += ", connected to " + a.Agent
	}
	text += fmt.Sprintf("; rule %s, %s", a.Rule, l.State)
	if l.Final != "" {
		text += " " + l.Final
	}
	return text
}

// startSimulated is the lab without Asterisk: customers and operators who do what those of
// scripts/lab do.
func startSimulated(t *testing.T, version16 bool) *lab {
	t.Helper()
	world := pbx.Config{Seed: 1, Version16: version16, Script: labCustomer, Queues: []pbx.Queue{{Name: "sales", Ring: 15 * time.Second}},
		Trunks: []pbx.Trunk{{Name: "lab-customers", Local: true}, {Name: "trunk"}}}
	for iface, name := range conformers {
		world.Operators = append(world.Operators, labOperator(iface, name))
	}
	const user, secret = "dialer", "simulated"
	server, err := amisim.New(amisim.Config{World: world, Instance: "t", User: user, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	address, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := freePorts(t) // the two of them may find the same ones
	if version16 {
		port++
	}
	agi := fmt.Sprintf("127.0.0.1:%d", port)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, agi) }()
	t.Cleanup(func() {
		if err := server.Look(ctx, func(w *pbx.World) { answered(t, w) }); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return &lab{t: t, version: "simulated", env: map[string]string{"AMI_ADDR": address, "AMI_USER": user, "AMI_SECRET": secret,
		"AMI_TEST_USER": user, "AMI_TEST_SECRET": secret, "AGI_ADDR": agi}}
}

// answered tells of customers who went on without the daemon's answer: by the default, which looks like one.
func answered(t *testing.T, w *pbx.World) {
	for _, f := range w.Fates() {
		if f.Defaulted {
			t.Errorf("call %d to %s went on by the dialplan's default: the daemon's answer was none", f.Call, f.Number)
		}
	}
}

// labCustomer is the number plan of scripts/lab/README.md: 7900BTTXXXX. Numbers whose XXXX is 5000 or
// more are called over SIP.
func labCustomer(n phone.Number) (pbx.Part, bool) {
	digits := n.Digits()
	tenths, _ := strconv.Atoi(digits[5:7])
	span := time.Duration(tenths) * 100 * time.Millisecond
	sip := digits[7] >= '5'
	p := pbx.Part{Nature: pbx.Person, Ring: span, Patience: time.Minute, Talk: time.Minute}
	switch b := digits[4]; {
	case b == '1':
		p.Patience, p.Talk = 3*time.Second, 3*time.Second
	case b == '2':
		p.Nature = pbx.Busy
	case b == '3':
		p.Nature = pbx.Congestion
	case b == '4':
		p.Nature = pbx.NoAnswer
	case b == '5' && sip:
		p.Nature = pbx.Invalid
	case b == '6' && sip:
		p.Nature = pbx.Rejecting
	case b == '7':
		p.Ring, p.Patience, p.Talk = 0, span, span
	case b == '8' && sip:
		p.Cause = 19
	case b == '8':
		p.Cause = tenths
	}
	return p, true
}

func labOperator(iface, name string) pbx.Operator {
	o := pbx.Operator{Name: name, Interface: iface, PickUp: time.Millisecond}
	_, what, _ := strings.Cut(iface, "/")
	switch {
	case strings.HasPrefix(what, "dead"):
		o.PickUp = pbx.Never
	case strings.HasPrefix(what, "slow"):
		o.PickUp = 200 * time.Millisecond
	case strings.HasPrefix(what, "talk"):
		o.Ends = time.Second
	}
	return o
}
