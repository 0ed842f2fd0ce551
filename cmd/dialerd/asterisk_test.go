package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// The main job on a real Asterisk: 300 leads of all kinds, ten operators in two queues, judged by
// what the far ends and Asterisk itself wrote down.

const (
	localCallerID = "+74951112233"
	trunkCallerID = "+78001112233"
	localLines    = 6
	trunkLines    = 8
	trunkCPS      = 6
)

// kind is what a lab customer does, by the digit that says so, and what the attempt may be.
type kind struct {
	digit    byte
	tenths   int // of a second, or the cause
	count    int
	outcomes []dialer.Outcome
	answers  bool
	sip      int // the status his side of the trunk answers with; 0: none that says anything
}

// served is what a call may be that a person answered, by how long he stays.
var served = []dialer.Outcome{dialer.Answered, dialer.Abandoned, dialer.HungUp}

// Nobody here stays until the other side ends it, because most operators do not either.
//
// localKinds are reached over a Local channel into the lab's dialplan, trunkKinds over SIP.
var (
	localKinds = []kind{
		{'1', 3, 50, served, true, 0}, {'1', 5, 30, served, true, 0}, {'2', 0, 15, []dialer.Outcome{dialer.Busy}, false, 0},
		{'3', 0, 10, []dialer.Outcome{dialer.Congestion}, false, 0}, {'4', 0, 6, []dialer.Outcome{dialer.NoAnswer}, false, 0},
		{'7', 0, 8, served, true, 0}, {'7', 5, 8, served, true, 0},
		{'8', 1, 5, []dialer.Outcome{dialer.InvalidNumber}, false, 0}, {'8', 19, 5, []dialer.Outcome{dialer.NoAnswer}, false, 0},
		{'8', 21, 5, []dialer.Outcome{dialer.Rejected}, false, 0}, {'8', 34, 5, []dialer.Outcome{dialer.Congestion}, false, 0},
		{'8', 38, 3, []dialer.Outcome{dialer.Failed}, false, 0}, {'9', 0, 4, []dialer.Outcome{dialer.NoAnswer}, false, 0},
	}
	trunkKinds = []kind{
		{'1', 0, 70, served, true, 0}, {'2', 0, 15, []dialer.Outcome{dialer.Busy}, false, 486},
		{'3', 0, 10, []dialer.Outcome{dialer.Congestion}, false, 503}, {'4', 0, 4, []dialer.Outcome{dialer.NoAnswer}, false, 0},
		{'5', 0, 10, []dialer.Outcome{dialer.InvalidNumber}, false, 404}, {'6', 0, 10, []dialer.Outcome{dialer.Rejected}, false, 603},
		{'7', 0, 8, served, true, 0}, {'8', 0, 10, []dialer.Outcome{dialer.NoAnswer}, false, 480}, {'9', 0, 3, []dialer.Outcome{dialer.NoAnswer}, false, 0},
	}
	amdKinds = []kind{
		{'5', 2, 3, []dialer.Outcome{dialer.Machine}, true, 0}, {'6', 2, 3, served, true, 0},
	}
)

// q850Of is the cause that Asterisk makes of a SIP status.
var q850Of = map[int]int{486: 17, 503: 34, 404: 1, 603: 21, 480: 19}

// leadsOf makes the CSV of the kinds and says of each number what it is.
func leadsOf(kinds []kind, first int) (csv string, byNumber map[string]kind) {
	var rows []string
	byNumber = map[string]kind{}
	n := first
	for _, k := range kinds {
		for range k.count {
			n++
			number := fmt.Sprintf("7900%c%02d%04d", k.digit, k.tenths, n)
			byNumber[number] = k
			rows = append(rows, fmt.Sprintf("x%d,+%s,Person %d", n, number, n))
		}
	}
	return "external_id,phone,name\n" + strings.Join(shuffled(rows), "\n") + "\n", byNumber
}

// shuffled mixes the kinds, the same way each time.
func shuffled(rows []string) []string {
	at := func(s string) int {
		h := 17
		for _, c := range []byte(s) {
			h = (h*31 + int(c)) % 1000003
		}
		return h
	}
	sort.Slice(rows, func(i, j int) bool { return at(rows[i]) < at(rows[j]) })
	return rows
}

var mainJobFiles = map[string]string{
	"queues.toml": `
[[queue]]
name = "sales"
[[queue]]
name = "support"
`,
	"routes.toml": fmt.Sprintf(`
[[trunk]]
name = "local"
dial = "Local/{digits}@lab-customers/n"
lines = %d
[[trunk]]
name = "sip"
dial = "PJSIP/{digits}@trunk"
lines = %d
cps = %d
[[pool]]
name = "shown"
numbers = [%q]
[[route]]
name = "by-dialplan"
trunks = ["local"]
[[route]]
name = "by-sip"
trunks = ["sip"]
pools = ["shown"]
`, localLines, trunkLines, trunkCPS, trunkCallerID),
	"campaigns/spring.toml": campaignFile("spring", "sales", "by-dialplan", "progressive", `ring_timeout = "5s"`, ""),
	"campaigns/autumn.toml": campaignFile("autumn", "support", "by-sip", "ratio", "ratio = 1.5\nring_timeout = \"15s\"", ""),
	"campaigns/amd.toml":    campaignFile("amd", "sales", "by-dialplan", "progressive", `ring_timeout = "10s"`, `amd = "asterisk"`),
}

// campaignFile finishes every lead after its first attempt, so that each is called once.
func campaignFile(name, queue, route, mode, pacing, answer string) string {
	return fmt.Sprintf(`
name = %q
queue = %q
buckets = [%q]
timezone = "Europe/Moscow"
route = %q
caller_id = %q
[pacing]
mode = %q
%s
[answer]
agent_within = "2s"
%s
[[rule]]
name = "once"
on = ["answered", "abandoned", "busy", "no-answer", "hung-up", "machine", "congestion", "rejected", "invalid-number", "failed", "lost"]
finish = "done"
`, name, queue, name, route, localCallerID, mode, pacing, answer)
}

func TestMainJobOnAsterisk22(t *testing.T) { mainJob(t, "22") }
func TestMainJobOnAsterisk16(t *testing.T) { mainJob(t, "16") }

func mainJob(t *testing.T, version string) {
	l := startLab(t, version)
	dir := l.config(maps.Clone(mainJobFiles))
	m := l.manager()
	for i := range 4 {
		m.add("sales", fmt.Sprintf("Local/op0%d@lab-operators/n", i), fmt.Sprintf("anna%d", i))
	}
	m.add("sales", "Local/talk10_04@lab-operators/n", "tanja")
	m.add("support", "Local/talk15_05@lab-operators/n", "boris")
	m.add("support", "Local/slow05_06@lab-operators/n", "semjon")
	m.add("support", "Local/op07@lab-operators/n", "olga")
	m.add("support", "PJSIP/pa1", "pavel")
	m.add("support", "PJSIP/pa2", "petra")
	const paused = "Local/op03@lab-operators/n"
	m.pause(paused, "lunch", true)

	recording := filepath.Join(dir, "recording")
	p := startProcess(t, dir, "--record", recording)
	numbers := map[string]kind{}
	for i, c := range []struct {
		bucket string
		kinds  []kind
	}{{"spring", localKinds}, {"autumn", trunkKinds}, {"amd", amdKinds}} {
		text, known := leadsOf(c.kinds, 1000*(i+1))
		maps.Copy(numbers, known)
		p.importCSV(c.bucket, text)
	}
	total := len(numbers)
	if total != 300 {
		t.Fatalf("%d leads", total)
	}
	finished := func(s api.Status) (n int) {
		for _, c := range s.Campaigns {
			n += c.Leads.Finished
		}
		return n
	}
	p.until("half of the leads are done", func(s api.Status) bool { return finished(s) > total/2 })
	unpaused := float64(time.Now().UnixMilli()) / 1000
	m.pause(paused, "", false)
	p.until("all leads are done", func(s api.Status) bool { return finished(s) == total && len(s.Calls) == 0 })
	p.signal(15)
	waitFor(t, time.Minute, "the daemon ends", func() bool {
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	}, func() string { return "it still runs" })
	if p.err != nil {
		t.Errorf("the daemon ended with %v", p.err)
	}

	j := &judgement{t: t, lab: l, attempts: p.attempts(), numbers: numbers}
	j.load()
	j.outcomes()
	j.talks()
	j.callerIDs()
	j.records()
	j.lines("local", localLines, j.customers)
	j.lines("sip", trunkLines, j.trunk)
	j.rate("the PBX", labCPS, append(slices.Clone(j.customers), j.trunk...))
	j.rate("trunk sip", trunkCPS, j.trunk)
	j.notRung("op03", 0, unpaused)
	t.Log(j.summary())

	var out, errs bytes.Buffer
	if code := execute(context.Background(), []string{"replay", recording}, &out, &errs); code != 0 {
		t.Errorf("the recording does not replay: %s%s", out.String(), errs.String())
	}
	t.Log(strings.TrimSpace(out.String()))
}

// judgement compares what the daemon wrote with what the others wrote.
type judgement struct {
	t         *testing.T
	lab       *lab
	attempts  []dialer.Attempt
	numbers   map[string]kind
	customers []judged // of the lab's dialplan
	operators []judged // Local ones
	trunk     []judged // of sipp, the trunk
}

func (j *judgement) load() {
	j.t.Helper()
	for _, x := range j.lab.judge("CUSTOMERS_LOG") {
		if _, ok := j.numbers[x.number]; ok {
			j.customers = append(j.customers, x)
		} else {
			j.operators = append(j.operators, x)
		}
	}
	j.trunk = j.lab.judge("TRUNK_LOG")
}

// outcomes: every lead was called once, and came out as its customer was made to.
func (j *judgement) outcomes() {
	seen := map[string]int{}
	for _, a := range j.attempts {
		if a.Outcome == dialer.Cancelled {
			continue // given up before it went out; records sees to it that it did not
		}
		k, ok := j.numbers[a.Number.Digits()]
		if !ok {
			j.t.Errorf("attempt %d went to %s, which is no lead's number", a.ID, a.Number)
			continue
		}
		seen[a.Number.Digits()]++
		if !slices.Contains(k.outcomes, a.Outcome) {
			j.t.Errorf("attempt %d to %s was %s (%+v), want one of %v", a.ID, a.Number, a.Outcome, a.Cause, k.outcomes)
		}
		if k.sip != 0 && a.Cause.Q850 != q850Of[k.sip] || k.sip != 0 && j.lab.version == "22" && a.Cause.SIP != k.sip {
			j.t.Errorf("attempt %d to %s was answered with SIP %d, its cause is %+v", a.ID, a.Number, k.sip, a.Cause)
		}
		if k.answers && a.Answered.IsZero() {
			j.t.Errorf("attempt %d to %s was never answered, but the person did", a.ID, a.Number)
		}
	}
	for n := range j.numbers {
		if seen[n] != 1 {
			j.t.Errorf("%s was called %d times", n, seen[n])
		}
	}
}

// talks: an attempt has talked exactly when the queue's own log has it connected, and to whom it says.
// (An operator's telephone may well have answered a customer who had just left.)
func (j *judgement) talks() {
	text, err := os.ReadFile(j.lab.env["QUEUE_LOG"])
	if err != nil {
		j.t.Fatal(err)
	}
	connected := map[string]string{} // by channel id: the member
	for line := range strings.Lines(string(text)) {
		// time|channel id|queue|member|event|...
		if f := strings.Split(line, "|"); len(f) > 4 && f[4] == "CONNECT" {
			connected[f[1]] = f[3]
		}
	}
	for _, a := range j.attempts {
		member, talked := connected[fmt.Sprintf("dt-%d", a.ID)]
		if talked != (a.Outcome == dialer.Answered) || member != a.Agent {
			j.t.Errorf("attempt %d was %s, with %q; the queue has it connected: %t, with %q", a.ID, a.Outcome, a.Agent, talked, member)
		}
	}
	phones := 0
	for _, x := range j.lab.judge("AGENT_LOG") {
		if x.what == "answered" {
			phones++
		}
	}
	if phones == 0 {
		j.t.Error("no SIP telephone answered a call")
	}
}

// callerIDs: the callee saw what was configured.
func (j *judgement) callerIDs() {
	for _, x := range j.customers {
		if x.what == "rung" && x.callerID != strings.TrimPrefix(localCallerID, "+") {
			j.t.Errorf("%s saw %q", x.number, x.callerID)
		}
	}
	for _, x := range j.trunk {
		if x.what == "rung" && x.callerID != strings.TrimPrefix(trunkCallerID, "+") {
			j.t.Errorf("%s saw %q", x.number, x.callerID)
		}
	}
}

// records: attempts equal Asterisk's CDR, and the INVITEs that the trunk got.
func (j *judgement) records() {
	cdr := j.lab.cdr()
	for _, a := range j.attempts {
		id := fmt.Sprintf("dt-%d", a.ID)
		answered, ok := cdr[id]
		switch {
		case ok == (a.Outcome == dialer.Cancelled):
			j.t.Errorf("attempt %d was %s, in Asterisk's CDR: %t", a.ID, a.Outcome, ok)
		case ok && answered == a.Answered.IsZero():
			j.t.Errorf("attempt %d was answered at %v, in the CDR: %t", a.ID, a.Answered, answered)
		}
		delete(cdr, id)
	}
	for id := range cdr {
		if strings.HasPrefix(id, "dt-") && !strings.HasSuffix(id, "-b") {
			j.t.Errorf("the CDR has %s, which is no attempt", id)
		}
	}
	invites, attempts := 0, 0
	for _, x := range j.trunk {
		if x.what == "rung" {
			invites++
		}
	}
	for _, a := range j.attempts {
		if a.Trunk == "sip" && a.Outcome != dialer.Cancelled {
			attempts++
		}
	}
	if invites == 0 || invites != attempts {
		j.t.Errorf("the trunk got %d INVITEs for %d attempts", invites, attempts)
	}
}

// lines: never more calls at once than the trunk has lines.
func (j *judgement) lines(trunk string, limit int, calls []judged) {
	calls = slices.Clone(calls)
	sort.SliceStable(calls, func(a, b int) bool { return calls[a].at < calls[b].at })
	now, most := 0, 0
	for _, x := range calls {
		switch x.what {
		case "rung":
			now++
		case "ended":
			now--
		}
		most = max(most, now)
	}
	if most > limit || most == 0 {
		j.t.Errorf("trunk %s carried %d calls at once, it has %d lines", trunk, most, limit)
	}
	j.t.Logf("trunk %s: at most %d of %d lines", trunk, most, limit)
}

// rate: never more calls begun within a second.
func (j *judgement) rate(what string, limit int, calls []judged) {
	var begun []float64
	for _, x := range calls {
		if x.what == "rung" {
			begun = append(begun, x.at)
		}
	}
	sort.Float64s(begun)
	most := 0
	for i := range begun {
		n := sort.SearchFloat64s(begun, begun[i]+1) - i
		most = max(most, n)
	}
	if most > limit || most == 0 {
		j.t.Errorf("%s began %d calls within a second, the limit is %d", what, most, limit)
	}
	j.t.Logf("%s: at most %d of %d calls within a second", what, most, limit)
}

// notRung: a paused operator's telephone was silent.
func (j *judgement) notRung(operator string, from, to float64) {
	after := 0
	for _, x := range j.operators {
		if x.number != operator || x.what != "rung" {
			continue
		}
		if x.at > from && x.at < to {
			j.t.Errorf("%s was rung at %.3f while paused", operator, x.at)
		}
		after++
	}
	if after == 0 {
		j.t.Errorf("%s was never rung, not even after the pause: nothing is shown by that", operator)
	}
}

func (j *judgement) summary() string {
	counts := map[string]int{}
	for _, a := range j.attempts {
		counts[a.Outcome.String()]++
	}
	var parts []string
	for _, o := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s=%d", o, counts[o]))
	}
	return strings.Join(parts, " ")
}
