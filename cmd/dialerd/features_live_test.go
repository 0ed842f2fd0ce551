package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dialerd/api"
)

// Operators dial their feature codes on a real Asterisk: from a SIP telephone, from another desk, from a Local
// channel, and while the daemon is away or hangs. Judged by what their channels know in the end, and by what
// Asterisk shows of its queues.

var featuresFiles = map[string]string{
	"queues.toml": "[[queue]]\nname = \"sales\"\n[[queue]]\nname = \"support\"\n",
	"agents.toml": `
[[agent]]
id = "anna"
name = "Anna Petrova"
interface = "PJSIP/pa1"
queues = ["sales", "support"]
penalty = 3
[[agent]]
id = "7"
name = "Boris Ivanov"
interface = "PJSIP/pa2"
queues = ["sales"]
[[agent]]
id = "vera"
interface = "PJSIP/pa9"
queues = ["support"]
[[agent]]
id = "dora"
interface = "Local/op3@lab-operators/n"
queues = ["sales"]
`,
	"pauses.toml": `
[[pause]]
code = "training"
name = "Training"
[[pause]]
code = "lunch"
name = "Lunch"
self = true
limit = "45m"
[[pause]]
code = "break"
name = "Break"
self = true
`,
}

// features is a desk with telephones.
type features struct {
	*lab
	m     *manager
	p     *process
	heard int // lines of DESK_LOG that were read
}

func TestFeaturesOnAsterisk22(t *testing.T) { featuresOnAsterisk(t, "22") }
func TestFeaturesOnAsterisk16(t *testing.T) { featuresOnAsterisk(t, "16") }

func featuresOnAsterisk(t *testing.T, version string) {
	t.Parallel() // most of it is waiting
	l := startLab(t, version)
	x := &features{lab: l, m: l.manager()}
	x.p = startProcess(t, x.config(clone(featuresFiles)))
	x.shift()
	x.otherDesk()
	x.strangers()
	x.others()
	x.sounds()
	x.hung()
	x.away()
}

// shift is a day of an operator's at her own telephone.
func (x *features) shift() {
	x.expect(x.dial("PJSIP/pa1", "*54"), "offline", "AGENT", "anna")
	x.expect(x.dial("PJSIP/pa1", "*50"), "awaiting", "AGENT", "anna")
	x.shows("she is in both her queues", "PJSIP/pa1", "sales 3 works", "support 3 works")
	x.expect(x.dial("PJSIP/pa1", "*54"), "working", "REASON", "", "BY", "", "LEFT", "", "AFTER", "0", "LEAD", "")

	x.expect(x.dial("PJSIP/pa1", "*52"), "paused", "REASON", "lunch", "BY", "agent")
	x.shows("she is at lunch", "PJSIP/pa1", "sales 3 lunch", "support 3 lunch")
	h := x.expect(x.dial("PJSIP/pa1", "*54"), "paused", "REASON", "lunch")
	since, until := x.number(h["SINCE"]), x.number(h["UNTIL"])
	if left := x.number(h["LEFT"]); until-since != 45*60 || left > 45*60 || left < 44*60 || since > time.Now().Unix() {
		x.t.Errorf("lunch from %d to %d, %d left", since, until, left)
	}
	x.expect(x.dial("PJSIP/pa1", "*522"), "paused", "REASON", "break", "BY", "agent", "UNTIL", "", "LEFT", "")
	x.shows("she has a break", "PJSIP/pa1", "sales 3 break", "support 3 break")
	x.refused(x.dial("PJSIP/pa1", "*523"), `there is no pause reason "3"`)
	x.refused(x.dial("PJSIP/pa1", "*5219"), `there is no pause reason "19"`)
	x.shows("she has it still", "PJSIP/pa1", "sales 3 break", "support 3 break")

	x.expect(x.dial("PJSIP/pa1", "*53"), "awaiting", "REASON", "", "BY", "")
	x.shows("she works", "PJSIP/pa1", "sales 3 works", "support 3 works")
	x.dial("PJSIP/pa1", "*51")
	x.shows("she is out", "PJSIP/pa1")
	x.expect(x.dial("PJSIP/pa1", "*54"), "offline", "AGENT", "anna")
}

// otherDesk is operators who sit down where they have not sat before.
func (x *features) otherDesk() {
	x.expect(x.dial("PJSIP/pa3", "*507"), "awaiting", "AGENT", "7")
	x.shows("he is at the other desk", "PJSIP/pa3", "sales 0 works")
	x.expect(x.dial("PJSIP/pa3", "*54"), "working", "AGENT", "7")
	x.refused(x.dial("PJSIP/pa3", "*50", "DIALERD_AGENT", "vera"), `operator "7" is logged in with PJSIP/pa3`)
	x.expect(x.dial("PJSIP/pa4", "*507"), "awaiting", "AGENT", "7")
	x.shows("he has moved", "PJSIP/pa3")
	x.shows("he has moved", "PJSIP/pa4", "sales 0 works")

	x.expect(x.dial("PJSIP/pa5", "*50", "DIALERD_AGENT", "vera"), "awaiting", "AGENT", "vera")
	x.shows("the telephone has said who she is", "PJSIP/pa5", "support 0 works")
	x.expect(x.dial("PJSIP/pa5", "*521", "DIALERD_AGENT", "vera"), "paused", "AGENT", "vera", "REASON", "lunch")
	x.shows("she is at lunch", "PJSIP/pa5", "support 0 lunch")

	x.expect(x.dial("Local/op3@lab-operators", "*50"), "awaiting", "AGENT", "dora")
	x.shows("a Local channel is a telephone too", "Local/op3@lab-operators/n", "sales 0 works")
	x.expect(x.dial("Local/op3@lab-operators", "*52"), "paused", "AGENT", "dora")
	x.shows("and she is at lunch", "Local/op3@lab-operators/n", "sales 0 lunch")
}

// strangers are telephones and ids of nobody.
func (x *features) strangers() {
	for _, code := range []string{"*50", "*51", "*52", "*53", "*54"} {
		x.refused(x.dial("PJSIP/pa8", code), `there is no operator "PJSIP/pa8"`)
	}
	x.refused(x.dial("PJSIP/pa8", "*50123"), `there is no operator "123"`)
	x.shows("nobody has come of it", "PJSIP/pa8")
}

// others is a pause that somebody else has set, which is not the operator's to lift.
func (x *features) others() {
	x.m.pause("PJSIP/pa4", "meeting", true)
	x.shows("he is paused by another", "PJSIP/pa4", "sales 0 meeting")
	x.expect(x.dial("PJSIP/pa4", "*54"), "paused", "REASON", "meeting", "BY", "foreign")
	x.expect(x.dial("PJSIP/pa4", "*53"), "paused", "REASON", "meeting", "BY", "foreign")
	x.m.pause("PJSIP/pa4", "", false)
	x.shows("he works", "PJSIP/pa4", "sales 0 works")
}

// sounds is recordings of the administrator's own in place of the tones. One that he has not made is made up for by
// the tone.
func (x *features) sounds() {
	const recorded = 3 * time.Second // longer than any tone
	dir := filepath.Join(filepath.Dir(x.env["DESK_LOG"]), "sounds")
	if err := os.Mkdir(dir, 0o755); err != nil {
		x.t.Fatal(err)
	}
	silence := bytes.Repeat([]byte{0xff}, int(8000*recorded.Seconds())) // a byte of µ-law is a sample, 8000 of them a second
	if err := os.WriteFile(filepath.Join(dir, "paused.ulaw"), silence, 0o644); err != nil {
		x.t.Fatal(err)
	}
	x.m.do("Setvar", "Variable", "DIALERD_SOUNDS", "Value", "/instance/log/sounds")
	h := x.expect(x.dial("PJSIP/pa5", "*54", "DIALERD_AGENT", "vera"), "paused")
	if took := x.took(h); took < recorded {
		x.t.Errorf("the call was over after %s: the recording of %s was not played to its end", took, recorded)
	}
	h = x.expect(x.dial("PJSIP/pa4", "*54"), "working")
	if took := x.took(h); took > recorded {
		x.t.Errorf("the call took %s: there is no recording for it, and the tone is short", took)
	}
	x.m.do("Setvar", "Variable", "DIALERD_SOUNDS", "Value", "")
}

// took is how long a call to a feature code lasted.
func (x *features) took(h map[string]string) time.Duration {
	x.t.Helper()
	dialed, err := strconv.ParseFloat(h["dialed"], 64)
	ended, err2 := strconv.ParseFloat(h["ended"], 64)
	if err != nil || err2 != nil {
		x.t.Fatalf("no times: %v", h)
	}
	return time.Duration((ended-dialed)*1e6) * time.Microsecond
}

// hung is a daemon that stands still: who asks is refused in half a second, and what he wanted is not done later.
func (x *features) hung() {
	x.p.signal(syscall.SIGSTOP)
	h := x.dial("PJSIP/pa5", "*53", "DIALERD_AGENT", "vera")
	x.p.signal(syscall.SIGCONT)
	x.refused(h, "")
	x.inTime("it hung", h)
	x.expect(x.dial("PJSIP/pa5", "*54", "DIALERD_AGENT", "vera"), "paused", "REASON", "lunch")
	x.shows("she is at lunch still", "PJSIP/pa5", "support 0 lunch")
}

// away is a daemon that is not there. What was wanted stands when it comes back.
func (x *features) away() {
	x.p.until("all that is known is on disk", func(s api.Status) bool { return s.Writer.Behind == 0 })
	x.p.kill()
	h := x.dial("PJSIP/pa5", "*53", "DIALERD_AGENT", "vera")
	x.refused(h, "")
	x.inTime("it was away", h)
	x.p = startProcess(x.t, x.p.dir)
	x.expect(x.dial("PJSIP/pa5", "*54"), "paused", "AGENT", "vera", "REASON", "lunch", "BY", "agent")
	x.dial("PJSIP/pa5", "*53")
	x.shows("she works", "PJSIP/pa5", "support 0 works")
}

// errorTone is how long the tone of a refusal is played; mostAsk how long asking may take, on a busy machine. The
// dialplan gives it half a second.
const (
	errorTone = 1800 * time.Millisecond
	mostAsk   = 2 * time.Second
)

// inTime holds how long an operator waited for the tone of a refusal to less than a silent server would keep him.
func (x *features) inTime(what string, h map[string]string) {
	x.t.Helper()
	waited := x.took(h) - errorTone
	x.t.Logf("Asterisk %s, while %s: the tone began %s after the code was dialed", x.version, what, waited)
	if waited > mostAsk {
		x.t.Errorf("while %s the operator heard nothing for %s", what, waited)
	}
}

// deskColumns are those of DESK_LOG.
var deskColumns = []string{"dialed", "ended", "code", "channel", "OK", "CODE", "REASON", "BY", "SINCE", "UNTIL", "LEFT", "AFTER", "LEAD", "AGENT", "ERROR"}

// dial has a telephone dial a code; it gives what its channel knew when it was hung up on.
func (x *features) dial(telephone, code string, variable ...string) map[string]string {
	x.t.Helper()
	pairs := []string{"Channel", telephone, "Context", "lab-desk", "Exten", "desk" + code, "Priority", "1", "Async", "true"}
	if len(variable) > 0 {
		pairs = append(pairs, "Variable", strings.Join(variable, "="))
	}
	x.m.do("Originate", pairs...)
	var line string
	waitFor(x.t, time.Minute, telephone+" has dialed "+code, func() bool {
		text, err := os.ReadFile(x.env["DESK_LOG"])
		if err != nil {
			x.t.Fatal(err)
		}
		lines := strings.SplitAfter(string(text), "\n")
		if len(lines) < x.heard+2 {
			return false
		}
		line = strings.TrimSuffix(lines[x.heard], "\n")
		return true
	}, func() string { return "it has not come to its end" })
	x.heard++
	values := strings.SplitN(line, ",", len(deskColumns))
	h := map[string]string{}
	for i, value := range values {
		h[deskColumns[i]] = value
	}
	if h["code"] != code || !strings.HasPrefix(h["channel"], telephone+"-") {
		x.t.Fatalf("%s dialed %s, and %q came of it", telephone, code, line)
	}
	return h
}

// expect holds an answer to its code and to some of its variables.
func (x *features) expect(h map[string]string, code string, pairs ...string) map[string]string {
	x.t.Helper()
	if h["OK"] != "1" || h["CODE"] != code {
		x.t.Errorf("%s of %s: OK %s, code %q, want %q: %v", h["code"], h["channel"], h["OK"], h["CODE"], code, h)
	}
	for i := 0; i < len(pairs); i += 2 {
		if h[pairs[i]] != pairs[i+1] {
			x.t.Errorf("%s of %s: DIALER_%s is %q, want %q: %v", h["code"], h["channel"], pairs[i], h[pairs[i]], pairs[i+1], h)
		}
	}
	return h
}

// refused holds a refusal to its words, of which there are none from a daemon that did not answer.
func (x *features) refused(h map[string]string, why string) {
	x.t.Helper()
	if h["OK"] != "0" || h["CODE"] != "refused" || !strings.HasPrefix(h["ERROR"], why) || why == "" && h["ERROR"] != "" {
		x.t.Errorf("%s of %s: %v, want it refused: %q", h["code"], h["channel"], h, why)
	}
}

// shows waits until a telephone is a member as said and no other: queue, penalty, and what he is paused for.
func (x *features) shows(what, telephone string, want ...string) {
	x.t.Helper()
	var got []string
	waitFor(x.t, 30*time.Second, what, func() bool {
		got = x.membership(telephone)
		return slices.Equal(got, want)
	}, func() string { return fmt.Sprintf("Asterisk shows %q of %s, want %q", got, telephone, want) })
}

func (x *features) membership(telephone string) []string {
	x.t.Helper()
	found := map[string]bool{}
	for _, e := range x.m.list("QueueStatus", "QueueStatusComplete") {
		if e["Event"] != "QueueMember" || e["Location"] != telephone {
			continue
		}
		stands := "works"
		if e["Paused"] == "1" {
			stands = e["PausedReason"]
		}
		found[e["Queue"]+" "+e["Penalty"]+" "+stands] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func (x *features) number(text string) int64 {
	x.t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		x.t.Errorf("%q is no number", text)
	}
	return n
}
