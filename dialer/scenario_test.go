package dialer

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dialerd/dialer/phone"
)

var rewrite = flag.Bool("rewrite", false, "write what the scenarios give into their files")

// TestScenarios plays every testdata/*.txt: lines of input, ----, and what comes of them. With
// -rewrite the second part is written anew; the diff is what is to be read.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios in testdata", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { playFile(t, file) })
	}
}

func playFile(t *testing.T, file string) {
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	w := newWorld(t)
	expected := false
	lines := bufio.NewScanner(bytes.NewReader(want))
	for lines.Scan() {
		line := lines.Text()
		switch {
		case line == "----":
			fmt.Fprintf(&got, "----\n%s", w.take())
			expected = true
		case strings.TrimSpace(line) == "":
			expected = false
			fmt.Fprintln(&got)
		case expected:
		case strings.HasPrefix(line, "#"):
			fmt.Fprintln(&got, line)
		default:
			fmt.Fprintln(&got, line)
			w.command(line)
		}
	}
	if err := w.d.CheckAll(); err != nil {
		t.Error("at the end: ", err)
	}
	if *rewrite {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s gives something else; see the diff after go test ./dialer -run TestScenarios -rewrite:\n%s", file, got.String())
	}
}

// world is what stands around a Dialer in a scenario.
type world struct {
	t       *testing.T
	d       *Dialer
	config  Config
	now     Now
	out     strings.Builder
	stalled bool // the disk
	unheard bool // it writes, and nobody is told
	seq     int64
	asks    AskID
	leads   LeadID
	late    []Lead // they are on disk, and come with the next loading
	rows    *rows
	wanted  []LeadVersion
	members []Member // as Asterisk last showed them
	obeys   bool     // Asterisk does what it is told

	watch func(effects []Effect, err error) // is told of each Step and Tick, in place of the test
}

const scenarioPBX = "pbx"

func newWorld(t *testing.T) *world {
	moscow, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, d: New(), rows: newRows(), now: Now{Wall: time.Date(2026, 3, 2, 10, 0, 0, 0, moscow), Mono: time.Hour},
		config: Config{Instance: "a", PBXs: []PBX{{Name: scenarioPBX, CPS: 1000}}}}
}

func (w *world) take() string {
	s := w.out.String()
	w.out.Reset()
	return s
}

// command plays one line: a word, plain arguments, and key=value options.
func (w *world) command(line string) {
	w.t.Helper()
	c := parseCommand(w.t, line)
	switch c.word {
	case "never":
		w.never(c)
	case "edit":
		w.edit(c)
	case "dispose": // what the operator says of a call
		w.asks++
		id := c.call()
		a := w.rows.attempts[id]
		a.ID = id
		w.step(Disposed{w.asks, a, c.arg(1)})
	case "why":
		w.why(c)
	case "buckets":
		w.buckets()
	case "loading":
		if len(w.late) > 0 {
			w.step(LeadsLoaded{w.late})
			w.late = nil
		}
		w.step(BucketsLoading{c.args})
	case "fields":
		w.fields(c)
	case "merge":
		w.merge(c)
	case "queue", "trunk", "pool", "route", "calendar", "holiday", "date", "region", "zones", "campaign", "rule", "department", "agent", "pause", "pbx", "dnc":
		w.configure(c)
	case "start":
		w.start()
	case "fired": // not in agents.toml any more
		w.config.Agents = slices.DeleteFunc(slices.Clone(w.config.Agents), func(x AgentConfig) bool { return x.ID == c.arg(0) })
	case "without":
		w.config.Campaigns = slices.DeleteFunc(slices.Clone(w.config.Campaigns), func(x Campaign) bool { return x.Name == c.arg(0) })
	case "lead":
		w.lead(c)
	case "link":
		w.link(c)
	case "member":
		w.member(c.member())
		w.step(MemberChanged{scenarioPBX, c.member()})
	case "ask":
		w.ask(c)
	case "asterisk":
		w.asterisk(c)
	case "by-hand":
		w.byHand(c)
	case "lists": // nobody has said so, but the next list has him so
		w.member(c.member())
	case "lag": // so late come Asterisk's events
		w.step(LinkLag{scenarioPBX, c.duration(0)})
	case "gone": // and nobody has said so: Asterisk was restarted
		w.members = slices.DeleteFunc(w.members, func(m Member) bool { return m.Interface == c.arg(0) && m.Queue == c.arg(1) })
	case "removed":
		w.members = slices.DeleteFunc(w.members, func(m Member) bool { return m.Interface == c.arg(0) && m.Queue == c.arg(1) })
		w.step(MemberRemoved{scenarioPBX, c.arg(1), c.arg(0)})
	case "loan": // as an earlier life has left it on disk
		l := Loan{PBX: scenarioPBX, Interface: c.arg(0), Queue: c.arg(1), Before: c.number("before"), Ours: c.number("ours"), Reason: c.options["reason"]}
		c.text(2, &l.Field)
		w.rows.loans = append(w.rows.loans, l)
	case "crash":
		w.crash(c.args)
	case "wait":
		var every Duration
		c.option("every", &every)
		w.wait(c.duration(0), every.Span())
	case "freeze": // time passes, and we are not there
		w.pass(c.duration(0))
	case "clock":
		by, err := time.ParseDuration(c.arg(0)) // it may be negative
		if err != nil {
			w.t.Fatal(err)
		}
		w.now.Wall = w.now.Wall.Add(by)
	case "disk":
		w.disk(c.arg(0))
	case "drain":
		w.step(Drain{})
	case "switch":
		w.switchSet(c)
	case "asked":
		w.asks++
		q := Question{What: QuestionAnswered, Call: c.call()}
		if v := c.options["amd"]; v != "" {
			q.What, q.Verdict = QuestionMachine, v
		}
		w.step(Asked{w.asks, q})
	case "status":
		w.status()
	case "routes":
		w.routes()
	default:
		w.event(c)
	}
}

// event plays what Asterisk says of a call.
func (w *world) event(c command) {
	id, queue := c.call(), c.options["queue"]
	if x := w.d.calls.byID[id]; x != nil && queue == "" {
		queue = x.attempt.Queue
	}
	switch c.word {
	case "ringing":
		w.step(CallRinging{scenarioPBX, id})
	case "answer":
		w.step(CallAnswered{scenarioPBX, id})
	case "dialend":
		var s DialStatus
		c.text(1, &s)
		w.step(DialEnded{scenarioPBX, id, s})
	case "failed":
		w.step(CallFailed{PBX: scenarioPBX, Call: id, Reason: c.number("reason"), Refused: c.options["refused"] != "", Text: c.options["refused"]})
	case "unsent":
		w.step(CallUnsent{scenarioPBX, id, "the link is down"})
	case "busy": // both of its witnesses
		w.step(CallFailed{PBX: scenarioPBX, Call: id, Reason: 5})
		w.step(CallEnded{PBX: scenarioPBX, Call: id, Cause: 17})
	case "hangup":
		w.step(CallEnded{PBX: scenarioPBX, Call: id, Cause: c.number("cause"), SIP: c.number("sip"), Vanished: c.options["vanished"] != ""})
	case "join":
		w.step(CallerJoined{scenarioPBX, id, queue})
	case "leave":
		w.step(CallerLeft{scenarioPBX, id, queue})
	case "rings":
		w.step(AgentRinging{scenarioPBX, id, queue, c.arg(1)})
	case "noanswer":
		w.step(AgentNoAnswer{scenarioPBX, id, queue, c.arg(1)})
	case "connect":
		w.step(CallConnected{scenarioPBX, id, queue, c.arg(1)})
	case "complete":
		w.step(CallCompleted{scenarioPBX, id, queue, c.arg(1), false})
	case "answerlost":
		w.step(AnswerLost{id})
	default:
		w.t.Fatalf("no such command: %s", c.word)
	}
}

func (w *world) start() {
	c := w.config
	if faults := c.Validate(); len(faults) > 0 {
		w.t.Fatal(faults)
	}
	w.step(Configured{&c})
}

func (w *world) lead(c command) {
	w.leads++
	l := Lead{ID: w.leads, Bucket: "b", Priority: c.number("priority"), Zone: c.options["zone"]}
	if b := c.options["bucket"]; b != "" {
		l.Bucket = b
	}
	if age, ok := c.options["age"]; ok {
		span, err := parseDuration(age)
		if err != nil {
			w.t.Fatal(err)
		}
		l.Created = w.now.Wall.Add(-span)
	}
	for _, a := range c.args {
		number, kind, _ := strings.Cut(a, ":")
		var n phone.Number
		if err := n.UnmarshalText([]byte(number)); err != nil {
			w.t.Fatal(err)
		}
		l.Numbers = append(l.Numbers, LeadNumber{Number: n, Kind: kind})
	}
	w.rows.leads[l.ID] = l
	w.step(LeadsLoaded{[]Lead{l}})
}

// member notes how Asterisk shows an operator in a queue.
func (w *world) member(m Member) {
	for i, known := range w.members {
		if known.Interface == m.Interface && known.Queue == m.Queue {
			w.members[i] = m
			return
		}
	}
	w.members = append(w.members, m)
}

// link plays a link going up, with the members as they are and the calls that calls= says live (3up is
// answered, 3up@PJSIP/101 talks to him), or going down. With started= it is an Asterisk of that time.
func (w *world) link(c command) {
	if c.arg(0) == "down" {
		w.step(LinkDown{scenarioPBX, "connection reset"})
		return
	}
	up := LinkUp{PBX: scenarioPBX, Version: "22.10.1", Members: slices.Clone(w.members)}
	if s := c.options["started"]; s != "" {
		at, err := time.ParseInLocation(time.TimeOnly, s, w.now.Wall.Location())
		if err != nil {
			w.t.Fatal(err)
		}
		up.Started = at.AddDate(2026, 2, 1)
	}
	for _, s := range strings.FieldsFunc(c.options["calls"], func(r rune) bool { return r == ',' }) {
		s, agent, _ := strings.Cut(s, "@")
		id, _ := strconv.Atoi(strings.TrimSuffix(s, "up"))
		up.Calls = append(up.Calls, LiveCall{Call: CallID(id), Up: strings.HasSuffix(s, "up"), Agent: agent})
	}
	w.step(up)
}

func (w *world) disk(state string) {
	w.stalled, w.unheard = state == "stalled" || state == "full", state == "unheard"
	w.commit()
}

func (w *world) switchSet(c command) {
	var k SwitchKind
	c.text(0, &k)
	var ask AskID
	if c.options["from"] != "store" {
		w.asks++
		ask = w.asks
	}
	w.step(SwitchSet{ask, k, c.arg(1), c.arg(2) == "on"})
}

// never changes the list of numbers never called: never add +79161234567, never remove +7916* campaign=c.
func (w *world) never(c command) {
	w.asks++
	w.step(DNCChanged{w.asks, DNCChange{Campaign: c.options["campaign"], Entries: c.args[1:], Remove: c.arg(0) == "remove", Who: "ann"}})
}

// merge is what an import has changed of a lead: its numbers, and bucket= or priority=.
func (w *world) merge(c command) {
	l := w.rows.leads[LeadID(c.call())]
	before := l
	l.Numbers = nil
	for _, a := range c.args[1:] {
		var n phone.Number
		if err := n.UnmarshalText([]byte(a)); err != nil {
			w.t.Fatal(err)
		}
		l.Numbers = append(l.Numbers, LeadNumber{Number: n})
	}
	if b := c.options["bucket"]; b != "" {
		l.Bucket = b
	}
	if _, ok := c.options["priority"]; ok {
		l.Priority = c.number("priority")
	}
	w.rows.leads[l.ID] = l
	w.step(LeadsMerged{Leads: []Lead{l}, Before: []Lead{before}})
}

// wait lets time pass, with a tick every 250 ms, or less often when it is long or every= says so.
func (w *world) wait(d, every time.Duration) {
	switch {
	case every != 0:
	case d > time.Hour:
		every = 10 * time.Second
	default:
		every = 250 * time.Millisecond
	}
	for end := w.now.Mono + d; w.now.Mono < end; {
		w.pass(min(every, end-w.now.Mono))
		w.do(w.d.Tick(w.now))
	}
}

func (w *world) pass(d time.Duration) {
	w.now.Mono += d
	w.now.Wall = w.now.Wall.Add(d)
}

func (w *world) step(e Event) {
	w.do(w.d.Step(w.now, e))
	w.do(w.d.Tick(w.now))
}

// do shows effects and plays the disk.
func (w *world) do(effects []Effect) {
	w.look(effects, w.d.Check())
	for _, e := range effects {
		if f, ok := e.(FieldsWanted); ok {
			w.wanted = append(w.wanted, f.Leads...)
		}
		if r, ok := e.(Record); ok {
			w.seq = r.Seq
			w.rows.waiting = append(w.rows.waiting, r)
		}
		if w.watch != nil {
			continue
		}
		if s := describe(e); s != "" {
			fmt.Fprintf(&w.out, "%s %s\n", w.now.Wall.Format("15:04:05.00"), s)
		}
	}
	var told []Effect
	if w.obeys {
		told = slices.Clone(effects)
	}
	w.commit()
	w.obey(told)
}

// look tells who watches, else the test, whether all holds.
func (w *world) look(effects []Effect, err error) {
	switch {
	case w.watch != nil:
		w.watch(effects, err)
	case err != nil:
		w.t.Error(err)
	}
}

func (w *world) commit() {
	if !w.stalled {
		w.rows.commit()
	}
	if !w.stalled && !w.unheard && w.d.committed < w.seq {
		w.do(w.d.Step(w.now, Committed{w.seq}))
	}
}

func (w *world) status() {
	s := w.d.Status()
	for _, c := range s.Campaigns {
		fmt.Fprintf(&w.out, "campaign %s: %d waiting, %d ready, %d dialing, %d finished; %s\n", c.Name, c.Waiting, c.Ready, c.Dialing, c.Finished, c.Idle)
	}
	for _, a := range s.Agents {
		fmt.Fprintf(&w.out, "agent %s: %s\n", a.ID, a.State)
	}
}
