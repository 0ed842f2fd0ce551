package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dialerd/dialer"
)

// farCall is one call as the far end, a customer or an operator, wrote it down.
type farCall struct {
	id     string // of the daemon's channel; of a call over SIP, of the row that it is matched to
	number string
	rung   float64
	picked float64 // 0: he never answered
	ended  float64 // 0: it never ended
	how    string  // who ended it, and with what
	sip    bool
}

// byUs tells whether the far side of him ended it, which is ours: Asterisk, daemon and operator.
func (c *farCall) byUs() bool { return strings.HasPrefix(c.how, "far") }

// farCalls puts the lines together. Every `rung` is a call of its own, even of an id that has one.
func farCalls(lines []judged, sip bool) (calls []*farCall) {
	open := map[[2]string]*farCall{}
	for _, x := range lines {
		key := [2]string{x.id, x.number}
		switch c := open[key]; {
		case x.what == "rung":
			c = &farCall{id: x.id, number: x.number, rung: x.at, sip: sip}
			open[key] = c
			calls = append(calls, c)
		case c == nil:
		case x.what == "answered":
			c.picked = x.at
		case x.what == "ended":
			c.ended, c.how = x.at, x.detail
		}
	}
	return calls
}

// verdicts are what is found wrong, by what it is.
type verdicts map[string][]string

// The kinds of findings, in the order in which they are told.
var crashWords = []string{"cut", "missing", "double", "stuck", "penalty"}

func (v verdicts) add(word, format string, args ...any) {
	v[word] = append(v[word], fmt.Sprintf(format, args...))
}

func (v verdicts) counts() string {
	var parts []string
	for _, w := range crashWords {
		parts = append(parts, fmt.Sprintf("%s=%d", w, len(v[w])))
	}
	return strings.Join(parts, " ")
}

// crashJudge judges a run by what the far ends and Asterisk wrote down; of the daemon's own words it takes
// the rows, to hold them against those.
type crashJudge struct {
	t         *testing.T
	lab       *lab
	rows      []dialer.Attempt
	customers []*farCall
	operators []*farCall          // Local ones
	talks     map[string]talk     // by channel id, from queue_log
	channels  map[string][]string // names of the channels of each channel id, from the CDR
	found     verdicts

	abandoned int     // answered, waited in vain to the limit, by the far ends
	closest   float64 // the shortest time between two calls to one number
}

// talk is what queue_log says of a call that an operator took.
type talk struct {
	member string
	at     float64 // in whole seconds
}

func newCrashJudge(t *testing.T, l *lab, rows []dialer.Attempt) *crashJudge {
	j := &crashJudge{t: t, lab: l, rows: rows, talks: map[string]talk{}, channels: map[string][]string{}, found: verdicts{}}
	for _, c := range farCalls(l.judge("CUSTOMERS_LOG"), false) {
		if strings.HasPrefix(c.number, "7900") {
			j.customers = append(j.customers, c)
		} else {
			j.operators = append(j.operators, c)
		}
	}
	trunk := farCalls(l.judge("TRUNK_LOG"), true)
	j.match(trunk)
	j.customers = append(j.customers, trunk...)
	j.readQueueLog()
	const channel, uniqueid = 5, 16
	for _, f := range l.csv("CDR_CSV") {
		if len(f) > uniqueid && ours(f[uniqueid]) && !slices.Contains(j.channels[f[uniqueid]], f[channel]) {
			j.channels[f[uniqueid]] = append(j.channels[f[uniqueid]], f[channel])
		}
	}
	return j
}

// ours tells whether a channel id is one of the daemon's; the other half of a Local channel bears
// another, which ends in -b.
func ours(id string) bool { return strings.HasPrefix(id, "dt-") && !strings.HasSuffix(id, "-b") }

func channelID(a dialer.Attempt) string { return fmt.Sprintf("dt-%d", a.ID) }

// readQueueLog takes time|channel id|queue|member|CONNECT|... for a talk, and nothing else does: an
// operator's telephone may well have answered for a customer who had just left.
func (j *crashJudge) readQueueLog() {
	text, err := os.ReadFile(j.lab.env["QUEUE_LOG"])
	if err != nil {
		j.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(line, "|")
		if len(f) < 5 || f[4] != "CONNECT" {
			continue
		}
		at, err := strconv.ParseFloat(f[0], 64)
		if err != nil {
			j.t.Fatal(err)
		}
		j.talks[f[1]] = talk{f[3], at}
	}
}

// match finds for each call over SIP the row that it was made for: the last one planned for its number
// before it rang, which no other call has. A call without one keeps an empty id.
func (j *crashJudge) match(calls []*farCall) {
	rows := map[string][]dialer.Attempt{}
	for _, a := range j.rows {
		if a.Trunk == "sip" && a.Outcome != dialer.Cancelled {
			rows[a.Number.Digits()] = append(rows[a.Number.Digits()], a)
		}
	}
	for _, c := range calls {
		c.id = ""
		known := rows[c.number]
		for i, a := range slices.Backward(known) {
			if seconds(a.Planned) <= c.rung {
				c.id = channelID(a)
				rows[c.number] = slices.Delete(known, i, i+1)
				break
			}
		}
	}
}

// cut: an answered call that our side ended before the customer or his operator would have.
//
// A call that a customer ended himself is never cut. One that our side ended is in order when it was a talk
// and his operator says that he ended it: only talkers do. When nobody was connected to him, he waited in
// vain: from the limit on he is abandoned, before it he was cut off. The daemon counts the limit from when
// it hears of the answer, which is after the customer's own note of it.
//
// A telephone that stops ringing before its time is counted as well.
func (j *crashJudge) cut() {
	ended := map[[2]string]string{} // how, by id and operator
	for _, o := range j.operators {
		if o.picked != 0 {
			ended[[2]string{o.id, o.number}] = o.how
		}
	}
	for _, c := range j.customers {
		if !c.byUs() || c.id == "" {
			continue
		}
		who := fmt.Sprintf("%s, %s", c.id, c.number)
		member, talked := j.talks[c.id]
		rang, stayed := c.ended-c.rung, c.ended-c.picked
		switch {
		case c.picked == 0:
			if rang < ringOf(c)-1 {
				j.found.add("cut", "%s: given up after %.1f s of ringing", who, rang)
			}
		case talked && talker(member.member) && strings.HasPrefix(ended[[2]string{c.id, member.member}], "self"):
		case talked:
			j.found.add("cut", "%s: the talk with %s ended %.1f s after the answer, and neither of the two ended it", who, member.member, stayed)
		case stayed < loadWithin.Seconds():
			j.found.add("cut", "%s: answered, waited, and was ended after %.1f s", who, stayed)
		default:
			j.abandoned++
		}
	}
}

func ringOf(c *farCall) float64 {
	if c.sip {
		return trunkRing.Seconds()
	}
	return localRing.Seconds()
}

// missing: a call that Asterisk or a far end has and that is no row, or one that says that nobody was rung.
func (j *crashJudge) missing() {
	rows := map[string]dialer.Attempt{}
	for _, a := range j.rows {
		rows[channelID(a)] = a
	}
	for id := range j.channels {
		if a, ok := rows[id]; !ok {
			j.found.add("missing", "%s is in the CDR and no row", id)
		} else if a.Outcome == dialer.Cancelled {
			j.found.add("missing", "%s is in the CDR, its row says cancelled", id)
		}
	}
	for _, c := range j.customers {
		a, ok := rows[c.id]
		switch {
		case !ok && c.sip:
			j.found.add("missing", "%s was sent an INVITE at %.3f for which there is no row", c.number, c.rung)
		case !ok:
			j.found.add("missing", "%s, %s: it rang and is no row", c.id, c.number)
		case a.Number.Digits() != c.number:
			j.found.add("missing", "%s: %s was rung, the row has %s", c.id, c.number, a.Number)
		}
	}
}

// double: a number that is rung again within its gap, or two channels of one id. The gap counts between the
// plans of two calls; a telephone rings up to onItsWay later, and the next one may be quicker.
func (j *crashJudge) double() {
	byNumber, byID := map[string][]float64{}, map[string]int{}
	for _, c := range j.customers {
		byNumber[c.number] = append(byNumber[c.number], c.rung)
		if c.id != "" {
			byID[c.id]++
		}
	}
	j.closest = math.Inf(1)
	for number, times := range byNumber {
		slices.Sort(times)
		for i := 1; i < len(times); i++ {
			apart := times[i] - times[i-1]
			j.closest = min(j.closest, apart)
			if apart < loadGap.Seconds()-onItsWay {
				j.found.add("double", "%s was rung at %.3f and %.1f s later", number, times[i-1], apart)
			}
		}
	}
	for id, n := range byID {
		if n > 1 {
			j.found.add("double", "%s rang %d times", id, n)
		}
	}
	for id, names := range j.channels {
		if len(names) > 1 {
			j.found.add("double", "%s had the channels %s", id, strings.Join(names, " and "))
		}
	}
}
