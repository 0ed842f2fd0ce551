package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
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

// The load of the long runs: thirty operators in two queues and customers of many kinds, who are called
// five or six a second, and again as soon as their gap allows.

const (
	loadGap    = time.Minute // between two calls to a number; the least that a campaign may have
	loadWithin = 2 * time.Second
	localRing  = 5 * time.Second
	trunkRing  = 15 * time.Second
)

// loadFiles are three campaigns. In all of them nothing but the gap keeps a person who was just called
// from being called again: a daemon that forgets an attempt dials him twice.
//
// Calls per second are those of the two trunks; autumn is how that campaign paces itself.
func loadFiles(localCPS, trunkCPS int, autumn string) map[string]string {
	return map[string]string{
		// In sales we pause who talks until his wrap-up is over: something of ours to be given back at any moment.
		"queues.toml": "[[queue]]\nname = \"sales\"\nwrapup = \"1s\"\nwrapup_by = \"pause\"\n[[queue]]\nname = \"support\"\n",
		"routes.toml": fmt.Sprintf(`
[[trunk]]
name = "local"
dial = "Local/{digits}@lab-customers/n"
cps = %d
[[trunk]]
name = "sip"
dial = "PJSIP/{digits}@trunk"
cps = %d
[[route]]
name = "by-dialplan"
trunks = ["local"]
[[route]]
name = "by-sip"
trunks = ["sip"]
`, localCPS, trunkCPS),
		"campaigns/spring.toml": loadCampaign("spring", "sales", "by-dialplan", "mode = \"progressive\"", localRing),
		"campaigns/winter.toml": loadCampaign("winter", "support", "by-dialplan", "mode = \"progressive\"", localRing),
		"campaigns/autumn.toml": loadCampaign("autumn", "support", "by-sip", autumn, trunkRing),
	}
}

func loadCampaign(name, queue, route, pacing string, ring time.Duration) string {
	return fmt.Sprintf(`
name = %q
queue = %q
buckets = [%q]
timezone = "Europe/Moscow"
route = %q
caller_id = %q
[pacing]
%s
abandon_target = "100%%"
abandon_max = "100%%"
ring_timeout = "%s"
[attempts]
total = 1000
per_day = 1000
faults = 1000
gap = "%s"
[answer]
agent_within = "%s"
[[rule]]
name = "no-such-number"
on = ["invalid-number"]
finish = "invalid"
[[rule]]
name = "again"
on = ["answered", "abandoned", "busy", "no-answer", "hung-up", "congestion", "rejected", "failed", "lost"]
again = "10s"
`, name, queue, name, route, localCallerID, pacing, ring, loadGap, loadWithin)
}

// crowd is so many leads whose customers all do the same.
type crowd struct {
	behaviour string // the digits BTT of scripts/lab/README.md
	count     int
}

// Who stays until the other side ends the talk is called for the queue support, whose operators all do
// that. There are about as many leads as the gap lets be called at full speed, so none lies in wait
// before one that was just called.
var loadCrowds = map[string][]crowd{
	"spring": {{"110", 40}, {"125", 34}, {"104", 20}, {"715", 12}, {"200", 16}, {"300", 8}, {"400", 12}, {"819", 8}, {"821", 4}, {"900", 4}},
	"winter": {{"010", 20}, {"030", 12}, {"110", 6}, {"720", 6}, {"200", 8}, {"400", 6}},
	"autumn": {{"010", 20}, {"040", 40}, {"110", 10}, {"120", 10}, {"200", 12}, {"300", 8}, {"400", 6}, {"600", 6}, {"700", 6}, {"800", 6}},
}

// leadMaker gives every lead a number of its own.
type leadMaker struct {
	made     int
	bucketOf map[string]string // by number
}

func newLeadMaker() *leadMaker { return &leadMaker{bucketOf: map[string]string{}} }

func (f *leadMaker) lead(bucket, behaviour string) store.NewLead {
	f.made++
	digits := fmt.Sprintf("7900%s%04d", behaviour, f.made)
	number, err := phone.Parse("+" + digits)
	if err != nil {
		panic(err)
	}
	f.bucketOf[digits] = bucket
	return store.NewLead{External: fmt.Sprintf("%s-%d", bucket, f.made), Bucket: bucket, Numbers: []dialer.LeadNumber{{Number: number}}}
}

// crowds is all of them, mixed, the same way each time.
func (f *leadMaker) crowds() (leads []store.NewLead) {
	for _, bucket := range slices.Sorted(maps.Keys(loadCrowds)) {
		for _, c := range loadCrowds[bucket] {
			for range c.count {
				leads = append(leads, f.lead(bucket, c.behaviour))
			}
		}
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(leads), func(i, k int) { leads[i], leads[k] = leads[k], leads[i] })
	for i := range leads {
		if i%4 == 0 {
			leads[i].Priority = 9 // before all that nobody has called yet, as soon as the gap lets it
		}
	}
	return leads
}

// seat is an operator in one queue, as the test, which is the administrator here, puts him there.
type seat struct {
	queue, name string
	penalty     int
	paused      string // the reason; empty: he works
	asked       string // the reason of the pause that he has asked for since
}

// reason is that of the pause that he is in; empty: none.
func (s seat) reason() string { return cmp.Or(s.paused, s.asked) }

func (s seat) iface() string {
	if strings.HasPrefix(s.name, "pa") {
		return "PJSIP/" + s.name
	}
	return "Local/" + s.name + "@lab-operators/n"
}

// talker tells whether he ends his talks himself, by his name.
func talker(name string) bool { return strings.HasPrefix(name, "talk") }

// loadSeats is thirty operators; one of them serves both queues, two are paused. In sales most stay until
// the customer leaves. In support all end the talk themselves, and there are too few of them: people wait.
func loadSeats() (seats []seat) {
	add := func(queue string, names ...string) {
		for i, name := range names {
			seats = append(seats, seat{queue: queue, name: name, penalty: i % 3})
		}
	}
	add("sales", "op01", "op02", "op03", "op04", "op05", "op06", "op07", "op08", "op09", "slow10_10", "slow05_11",
		"pa1", "pa2", "pa3", "pa4", "talk20_16", "talk25_17", "talk60_18", "talk60_19", "op20", "op21")
	add("support", "talk60_19", "talk60_22", "talk90_23", "talk120_24", "talk120_25", "talk150_26", "talk200_27", "talk200_28")
	return append(seats, seat{queue: "sales", name: "op29", penalty: 2, paused: "lunch"}, seat{queue: "support", name: "talk40_30", penalty: 5, paused: "training"})
}

func (m *manager) seat(seats []seat) {
	m.t.Helper()
	for _, s := range seats {
		m.do("QueueAdd", "Queue", s.queue, "Interface", s.iface(), "MemberName", s.name, "Penalty", strconv.Itoa(s.penalty))
		if s.paused != "" {
			m.do("QueuePause", "Queue", s.queue, "Interface", s.iface(), "Paused", "true", "Reason", s.paused)
		}
	}
}

// loaded is an Asterisk with operators, and a daemon on it that has leads and calls them.
type loaded struct {
	lab   *lab
	m     *manager
	seats []seat
	dir   string
	made  *leadMaker
	first []store.NewLead // what it began with
	p     *process
}

// startLoad starts all of it, with so many times the usual leads.
func startLoad(t *testing.T, files map[string]string, leads int) *loaded {
	t.Helper()
	l := startAnyLab(t)
	x := &loaded{lab: l, m: l.manager(), seats: loadSeats(), dir: l.config(files), made: newLeadMaker()}
	x.m.seat(x.seats)
	for range leads {
		x.first = append(x.first, x.made.crowds()...)
	}
	x.p = launch(t, x.dir)
	x.p.linked()
	importAll(t, x.p.client, x.first)
	return x
}

// importAll adds the leads, all of which have to be new.
func importAll(t *testing.T, client *api.Client, leads []store.NewLead) {
	t.Helper()
	results, err := client.Import(context.Background(), leads)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if r.Status != store.Inserted {
			t.Fatalf("lead %s: %+v", leads[i].External, r)
		}
	}
}

// pause lets time pass that is part of the load: nothing is waited for.
func pause(d time.Duration) { <-time.After(d) }
