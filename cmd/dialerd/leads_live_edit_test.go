package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

// editsUnderWay changes leads while they are called, in every way.
func (x *leadsDay) editsUnderWay() {
	x.t.Helper()
	all := x.unfinished("spring")
	x.shutOut("leads hold --bucket spring --unfinished --yes", all...)
	x.p.until("nobody of it is in a call", func(s api.Status) bool { return len(campaignIn(s, "spring").Calls) == 0 })
	done := x.counts()["spring"].Finished
	x.letIn("leads release --bucket spring --state held --yes", all...)
	x.finished("spring", done+5)

	some := x.unfinished("spring")[:20] // those that are called just now, at most eight, and those that are called next
	x.shutOut("leads hold "+words(some[:12]), some[:12]...)
	x.shutOut("leads delete --yes "+words(some[12:]), some[12:]...)
	x.letIn("leads release "+words(some[8:11]), some[8:11]...) // a call that ends just now finishes its lead: that would begin anew

	talks := x.bucket("long")
	x.shutOut("leads hold "+words(talks[:1]), talks[0])
	x.shutOut("leads delete "+words(talks[1:]), talks[1])

	rest := x.unfinished("spring")
	x.do("leads move --bucket spring --unfinished --to winter --yes")
	for _, l := range rest {
		x.moved[l.ID] = time.Now()
	}
}

func (x *leadsDay) unfinished(bucket string) []store.ExportedLead {
	return slices.DeleteFunc(x.bucket(bucket), func(l store.ExportedLead) bool { return l.State == dialer.LeadFinished })
}

// words is the ids of leads as they are written in a command.
func words(leads []store.ExportedLead) string {
	var ids []string
	for _, l := range leads {
		ids = append(ids, fmt.Sprint(l.ID))
	}
	return strings.Join(ids, " ")
}

const bigLeads = 30_000 // three requests

// bigList imports a list of busy people, whom winter calls when all others are.
func (x *leadsDay) bigList() {
	x.t.Helper()
	var list strings.Builder
	list.WriteString("phone\n")
	for i := range bigLeads {
		fmt.Fprintf(&list, "+79002%06d\n", i+100)
	}
	x.add("big", list.String())
}

// killedIn kills the daemon in the middle of an edit, when some of it is so already, and starts it again. It returns how
// many leads the command says are changed.
func (x *leadsDay) killedIn(line string, begun func() bool) (acknowledged int) {
	x.t.Helper()
	type result struct {
		code int
		said string
	}
	ended := make(chan result, 1)
	started := time.Now()
	go func() {
		code, out, errs := x.run(line)
		ended <- result{code, out + errs}
	}()
	for !begun() && time.Since(started) < time.Minute { // without a pause: it is over in half a second
	}
	dead := span{from: seconds(time.Now())}
	dir := x.p.killed()
	r := <-ended
	x.t.Logf("%s, killed after %s: %s", line, time.Since(started), strings.TrimSpace(r.said))
	m := brokenOffLine.FindStringSubmatch(r.said)
	if r.code != exitFailed || m == nil {
		x.t.Fatalf("the edit was not killed: exit %d, %s", r.code, r.said)
	}
	acknowledged, _ = strconv.Atoi(m[1])
	x.p = startProcess(x.t, dir)
	x.p.until("all leads are loaded", func(s api.Status) bool { return len(s.Loading) == 0 })
	dead.to = seconds(time.Now())
	x.dead = append(x.dead, dead)
	return acknowledged
}

var brokenOffLine = regexp.MustCompile(`: (\d+) of \d+ leads are changed already; the same command does the rest`)

func (x *leadsDay) killedInHold() {
	x.t.Helper()
	const line = "leads hold --bucket big --unfinished --yes"
	acknowledged := x.killedIn(line, func() bool { return x.counts()["big"].Held > api.MaxEdit })
	big := x.counts()["big"]
	if big.Held < acknowledged || big.Total() != bigLeads {
		x.t.Errorf("%d leads were held, which was acknowledged, of %d; after the kill there are %+v", acknowledged, bigLeads, big)
	}
	x.shutOut(line, x.unfinished("big")...)
}

func (x *leadsDay) killedInDelete() {
	x.t.Helper()
	const line = "leads delete --bucket big --yes"
	acknowledged := x.killedIn(line, func() bool { return x.counts()["big"].Total() < bigLeads-api.MaxEdit })
	big := x.counts()["big"]
	if big.Total() > bigLeads-acknowledged || big.Total() == 0 || big.Total() != len(x.bucket("big")) {
		x.t.Errorf("%d of %d leads were deleted, which was acknowledged; after the kill there are %+v, on disk %d", acknowledged, bigLeads, big, len(x.bucket("big")))
	}
	x.do(line)
	x.deleted += bigLeads
	if n := x.counts()["big"].Total(); n != 0 {
		x.t.Errorf("%d leads of big are left", n)
	}
}

// goesOn looks at what is left, and at what is called after the kills.
func (x *leadsDay) goesOn() {
	x.t.Helper()
	x.p.until("both who talked when their leads were changed still do", func(s api.Status) bool { return campaignIn(s, "long").Calls[dialer.PhaseTalking] == 2 })
	x.do("leads move --external web-twin --to winter")
	x.add("winter", "id,phone,priority\nweb-2,+79001050401,9\n")
	x.waitRung(79001050401)
	x.waitRung(79001050000) // of the first name, at home
	if said := x.do("why web-twin"); !strings.Contains(said, "campaign winter: never, as things are\n  "+noSuchNumber.String()+": there is no such number") {
		x.t.Errorf("that the number of another lead does not exist is not known: %s", said)
	}
	x.hung = seconds(time.Now())
	for _, a := range x.p.attempts() {
		if a.Campaign == "long" {
			x.m.hangup(channelID(a))
		}
	}
	waitFor(x.t, time.Minute, "all that were moved are called", func() bool { return len(x.toBeCalled()) == 0 }, func() string { return words(x.toBeCalled()) })
	x.p.until("nobody talks any more, and that is on disk", func(s api.Status) bool { return len(s.Calls)+s.Writer.Behind == 0 })
	x.addsUp()
}

// toBeCalled is the leads that were moved to winter and wait there.
func (x *leadsDay) toBeCalled() []store.ExportedLead {
	x.t.Helper()
	return slices.DeleteFunc(x.bucket("winter"), func(l store.ExportedLead) bool {
		return l.State != dialer.LeadWaiting || !strings.HasPrefix(l.External, "x105")
	})
}

// addsUp: no lead was lost, and memory and disk agree on every bucket.
func (x *leadsDay) addsUp() {
	x.t.Helper()
	x.t.Log(x.do("leads buckets"))
	total := 0
	for name, b := range x.counts() {
		stored := map[dialer.LeadState]int{}
		for _, l := range x.bucket(name) {
			stored[l.State]++
		}
		if stored[dialer.LeadWaiting] != b.Waiting+b.Ready+b.Dialing || stored[dialer.LeadFinished] != b.Finished || stored[dialer.LeadHeld] != b.Held {
			x.t.Errorf("bucket %s: in memory %+v, on disk %v", name, b, stored)
		}
		total += b.Total()
	}
	if want := x.imported - x.deleted; total != want {
		x.t.Errorf("%d leads are left, of %d that were imported and %d deleted", total, x.imported, x.deleted)
	}
	if long := x.counts()["long"]; long.Held != 1 || long.Total() != 1 {
		x.t.Errorf("one who talked was to be held after it, the other deleted: %+v", long)
	}
}
