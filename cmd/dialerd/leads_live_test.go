package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/dialer/phone"
	"dialerd/store"
)

// A day with leads on a real Asterisk, as an administrator has it: lists, the commands that change leads under the
// hands of the operators, a power cut in the middle of a big one. Judged by what the far ends wrote down.

// leadsFiles are four campaigns. Nobody is called at night by east; the others call at any hour.
var leadsFiles = map[string]string{
	"queues.toml": "[[queue]]\nname = \"sales\"\n[[queue]]\nname = \"support\"\n[[queue]]\nname = \"q1\"\n",
	"routes.toml": awayFiles["routes.toml"] + `
[[trunk]]
name = "sip"
dial = "PJSIP/{digits}@trunk"
[[route]]
name = "by-sip"
trunks = ["sip"]
`,
	"calendars.toml": `
[[calendar]]
name = "daytime"
hours = ["mon-fri 09:00-20:00", "sat,sun 09:00-20:00"]
`,
	"campaigns/spring.toml": leadsCampaign("spring", "sales", `"names", "spring"`, ""),
	"campaigns/winter.toml": leadsCampaign("winter", "support", `"winter", "big"`, ""),
	"campaigns/long.toml":   strings.NewReplacer(`"out"`, `"by-sip"`, `finish = "done"`, `again = "1d"`).Replace(leadsCampaign("long", "q1", `"long"`, "")),
	"campaigns/east.toml":   leadsCampaign("east", "support", `"east"`, `calendar = "daytime"`),
}

func leadsCampaign(name, queue, buckets, more string) string {
	return fmt.Sprintf(`
name = %q
queue = %q
buckets = [%s]
timezone = "Europe/Moscow"
route = "out"
caller_id = %q
%s
[attempts]
gap = "1m"
[answer]
agent_within = "2s"
[[rule]]
name = "busy-soon"
on = ["busy"]
again = "10s"
[[rule]]
name = "next-number"
on = ["invalid-number"]
number_kind = ["mobile"]
number = "next"
again = "10s"
[[rule]]
name = "once"
on = ["answered", "abandoned", "hung-up", "no-answer", "lost"]
finish = "done"
`, name, queue, buckets, localCallerID, more)
}

// leadsDay is the day: an Asterisk, a daemon, and what was done to the leads.
type leadsDay struct {
	*room
	named map[string]person           // by number
	shut  map[string][]span           // by number, when it was not to be called, which was acknowledged
	moved map[dialer.LeadID]time.Time // since when it is winter's, the same
	hung  float64                     // when those were hung up on who talk without end
	dead  []span                      // when there was no daemon, or one that had not loaded its leads yet

	imported, deleted int
}

// person is what a list says of somebody, and what is to come to the operator's screen.
type person struct {
	name       string
	external   string
	attributes map[string]string
}

func TestLeadsOnAsterisk22(t *testing.T) { leadsOnAsterisk(t, "22") }
func TestLeadsOnAsterisk16(t *testing.T) { leadsOnAsterisk(t, "16") }

func leadsOnAsterisk(t *testing.T, version string) {
	t.Parallel() // most of it is waiting
	l := startLab(t, version)
	x := &leadsDay{room: &room{lab: l, m: l.manager()}, named: map[string]person{}, shut: map[string][]span{}, moved: map[dialer.LeadID]time.Time{}}
	for queue, operators := range map[string][]string{
		"sales": {"pop10_01", "pop10_02", "pop12_03", "pop12_04"}, "support": {"pop08_05", "pop08_06", "pop08_07", "pop08_08", "pop08_09"}, "q1": {"op10", "op11"},
	} {
		for _, name := range operators {
			x.m.add(queue, "Local/"+name+"@lab-operators/n", name)
		}
	}
	x.p = startProcess(t, x.config(clone(leadsFiles)))

	x.names()
	x.talks()
	x.beginLoad()
	x.urgent()
	x.whys()
	x.editsUnderWay()
	x.bigList()
	x.killedInHold()
	x.killedInDelete()
	x.goesOn()

	x.judgeScreens()
	x.judgeEdits()
	x.judgeCalls()
}

// do runs a command of the daemon's, which has to succeed.
func (x *leadsDay) do(line string) string {
	x.t.Helper()
	code, out, errs := x.run(line)
	if code != 0 {
		x.t.Fatalf("dialerd %s ended with %d: %s%s", line, code, out, errs)
	}
	return out
}

func (x *leadsDay) run(line string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = execute(context.Background(), append(strings.Fields(line), "-c", x.p.dir), &out, &errs)
	return code, out.String(), errs.String()
}

// add imports a list.
func (x *leadsDay) add(bucket, list string) {
	x.t.Helper()
	x.p.importCSV(bucket, list)
	x.imported += strings.Count(list, "\n") - 1
}

// shutOut runs a command after which nobody of whom it chooses is called any more.
func (x *leadsDay) shutOut(line string, leads ...store.ExportedLead) {
	x.t.Helper()
	said := x.do(line)
	done := seconds(time.Now())
	if strings.HasPrefix(line, "leads delete") {
		x.deleted += len(leads)
	}
	for _, n := range numbersOf(leads) {
		x.shut[n] = append(x.shut[n], span{from: done})
	}
	x.t.Logf("%s: %s", line, strings.TrimSpace(said))
}

// letIn runs a command after which they may be called again.
func (x *leadsDay) letIn(line string, leads ...store.ExportedLead) {
	x.t.Helper()
	asked := seconds(time.Now())
	for _, n := range numbersOf(leads) {
		for i := range x.shut[n] {
			if s := &x.shut[n][i]; s.to == 0 {
				s.to = asked
			}
		}
	}
	x.t.Logf("%s: %s", line, strings.TrimSpace(x.do(line)))
}

func numbersOf(leads []store.ExportedLead) (numbers []string) {
	for _, l := range leads {
		for _, n := range l.Numbers {
			numbers = append(numbers, n.Number.Digits())
		}
	}
	return numbers
}

// bucket is the leads of a bucket, as they are on disk.
func (x *leadsDay) bucket(name string) (leads []store.ExportedLead) {
	x.t.Helper()
	err := x.p.client.Export(context.Background(), store.LeadFilter{Bucket: name}, func(l store.ExportedLead) error {
		leads = append(leads, l)
		return nil
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return leads
}

// counts is the buckets as the daemon has them in memory.
func (x *leadsDay) counts() map[string]api.Bucket {
	x.t.Helper()
	buckets, err := x.p.client.Buckets(context.Background())
	if err != nil {
		x.t.Fatal(err)
	}
	counts := map[string]api.Bucket{}
	for _, b := range buckets {
		counts[b.Name] = b
	}
	return counts
}

// finished waits until so many leads of a bucket are finished.
func (x *leadsDay) finished(bucket string, count int) {
	x.t.Helper()
	waitFor(x.t, time.Minute, fmt.Sprintf("%d leads of %s are finished", count, bucket), func() bool { return x.counts()[bucket].Finished >= count },
		func() string { return fmt.Sprintf("%+v", x.counts()[bucket]) })
}

// hostile is people with names and attributes as strangers write them.
var hostile = []person{
	{`Anna "the Great" O'Neil, Esq.`, `№ 1, "A"`, map[string]string{"plan": `"gold", or so`, "Город": "Пермь"}},
	{`Jürgen Müßig-Łódź 🙂`, "Kd/2", map[string]string{"plan": "ä,ö;ü", "Город": "Köln"}},
	{`Ирина Петрова-Водкина`, "клиент 3", map[string]string{"plan": "золото", "Город": "Нижний Новгород"}},
	{`${CHANNEL}$[6*7]%{x}^{y} ${EVAL(${EXTEN})}`, "${EXTEN}", map[string]string{"plan": "${CHANNEL(name)}", "Город": "$[1+1],B=2"}},
	{`back\slash\"; semi | pipe & <tag> 100% (a {b ]) = x:1:2`, `5\"`, map[string]string{"plan": `\n\"`, "Город": `{"a":[1,"b"]}`}},
	{`Zoë`, "", nil},
}

// names has them called. The first has a mobile telephone that does not exist, and one at home.
func (x *leadsDay) names() {
	x.t.Helper()
	rows := [][]string{{"id", "phone", "phone_kind", "phone2", "phone2_kind", "name", "plan", "Город"}}
	for i, p := range hostile {
		number := fmt.Sprintf("7900105%04d", i)
		x.named[number] = p
		numbers := []string{"+" + number, "", "", ""}
		if i == 0 {
			numbers = []string{"+79008010000", "mobile", "+" + number, "home"}
		}
		rows = append(rows, slices.Concat([]string{p.external}, numbers, []string{p.name, p.attributes["plan"], p.attributes["Город"]}))
	}
	var list bytes.Buffer
	if err := csv.NewWriter(&list).WriteAll(rows); err != nil {
		x.t.Fatal(err)
	}
	x.add("names", list.String())
	x.add("winter", leadsHeader+leadsFrom("200", 0, 2)) // busy: again after ten seconds, when the gap lets it
	x.finished("names", len(hostile)-1)
}

// talks begins two that stay.
func (x *leadsDay) talks() {
	x.t.Helper()
	x.add("long", leadsHeader+leadsFrom("000", 100, 102))
	x.p.until("two talk", func(s api.Status) bool {
		return s.Campaigns != nil && campaignIn(s, "long").Calls[dialer.PhaseTalking] == 2
	})
}

// beginLoad keeps the operators of sales at work, with a full hopper behind them.
func (x *leadsDay) beginLoad() {
	x.t.Helper()
	x.add("spring", leadsHeader+leadsFrom("105", 200, 260))
	for i := 200; i < 260; i++ {
		x.named[fmt.Sprintf("7900105%04d", i)] = person{external: fmt.Sprintf("x105%d", i)}
	}
	x.finished("spring", 2)
}

// urgent adds a lead over the API that is to be called before those in the hopper: not one of them is planned any more
// before it when it is acknowledged. The number does not exist, which is learnt.
func (x *leadsDay) urgent() {
	x.t.Helper()
	if ready := x.counts()["spring"].Ready; ready < 20 {
		x.t.Errorf("%d leads are in the hopper: nothing is shown by that", ready)
	}
	x.add("attic", fmt.Sprintf("id,phone\nweb-twin,%s\n", noSuchNumber)) // on which nobody draws yet
	asked := time.Now()
	lead := store.NewLead{External: "web-1", Bucket: "spring", Priority: 5, Numbers: []dialer.LeadNumber{{Number: noSuchNumber}}}
	importAll(x.t, x.p.client, []store.NewLead{lead})
	acknowledged := time.Now()
	x.imported++
	x.waitRung(noSuchNumber)
	for _, a := range x.p.attempts() { // in the order in which they were planned
		switch {
		case a.Number == noSuchNumber:
			x.t.Logf("the lead from the web was acknowledged after %s, and planned %s after that", acknowledged.Sub(asked), a.Planned.Sub(acknowledged))
			return
		case a.Campaign == "spring" && a.Planned.After(acknowledged):
			x.t.Errorf("%s was called before the urgent lead", a.Number)
		}
	}
}

const noSuchNumber = phone.Number(79008019999)

func (x *leadsDay) waitRung(n phone.Number) {
	x.t.Helper()
	waitFor(x.t, time.Minute, fmt.Sprintf("%s rings", n), func() bool {
		return slices.ContainsFunc(x.judge("CUSTOMERS_LOG"), func(line judged) bool { return line.what == "rung" && line.number == n.Digits() })
	}, func() string { return "" })
}

// whys asks of leads in all kinds of situations why they are not called.
func (x *leadsDay) whys() {
	x.t.Helper()
	x.add("east", fmt.Sprintf("id,phone,timezone,name\nnight,+79001050301,%s,Olga\n", nightZone(time.Now().UTC())))
	x.do("dnc add +79001050302")
	x.shut["79001050301"], x.shut["79001050302"] = []span{{}}, []span{{}}
	x.add("winter", "id,phone\nlisted,+79001050302\ntwin,+79001050001\n") // the second has just been called as one of sales
	last := x.bucket("spring")[50]
	x.shutOut(fmt.Sprintf("leads hold %d", last.ID), last)
	for _, w := range []struct{ who, says string }{
		{"x000100", `(?s)Lead \d+, elsewhere x000100: in call \d+ of campaign long to \+79000000100, talking for \d+s, operator op1[01]\n  It was never called before\.`},
		{strconv.Itoa(int(last.ID)), `(?s)held in bucket spring.*put aside by a person.*dialerd leads release \d+`},
		{"night", `(?s)campaign east, to \+79001050301 in Etc/GMT\S+: at the earliest .*09:00 in Etc/GMT.*outside the calendar +until .*09:00 in Etc/GMT`},
		{"+79001050302", `(?s)campaign winter: never, as things are\n  \+79001050302: the number is on the DNC list +until that is changed`},
		{"twin", `(?s)campaign winter, to \+79001050001 in \S+: at the earliest .*the gap between attempts +until `},
		{"x2000", `(?s)was called last .*: busy; attempts made: 1; by rule busy-soon\..*the gap between attempts +until `},
	} {
		said := x.do("why " + w.who)
		x.t.Logf("why %s\n%s", w.who, said)
		if !regexp.MustCompile(w.says).MatchString(said) {
			x.t.Errorf("that says not what is wanted: %s", w.says)
		}
	}
}

// nightZone is a zone, not the tests' own, in which it is between two and four at night.
func nightZone(now time.Time) string {
	east := 2 - now.Hour()
	if east == 0 {
		east = 1
	}
	if east < -11 {
		east += 24
	}
	return fmt.Sprintf("Etc/GMT%+d", -east) // east of Greenwich is less than nothing there
}
