package main

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

var handovers = flag.Int("handovers", 0, "measure so many hand-overs of a waiting customer, each way, and print the figures")

// TestHandover: a customer who answered while nobody was free is handed to the operator who becomes
// free. With -handovers the time is measured from Asterisk's word that her telephone is free to its
// word that the two are connected, beside that of a customer who waits in the queue itself.
func TestHandover(t *testing.T) {
	count := max(2, *handovers)
	waited := handover(t, count, waitInQueue)
	redirected := handover(t, count, redirectIn)
	if *handovers == 0 {
		return // a test run shows that both ways work; how fast is for a quiet machine
	}
	p95 := percentile(redirected, 95)
	fmt.Printf("handover: waited_p50_ms=%.1f redirected_p50_ms=%.1f redirected_p95_ms=%.1f\n",
		percentile(waited, 50), percentile(redirected, 50), p95)
	if p95 > 20 {
		t.Errorf("p95 is %.1f ms, more than 20", p95)
	}
}

func percentile(ms []float64, p int) float64 {
	ms = slices.Sorted(slices.Values(ms))
	return ms[min(len(ms)-1, len(ms)*p/100)]
}

// handover has one operator, whose talks end after a second or so, and always a customer waiting.
func handover(t *testing.T, count int, way func(*lab, *manager, int)) (ms []float64) {
	l := startAnyLab(t)
	l.manager().add("sales", handoverOperator, "anna")
	w := watch(l)
	way(l, l.manager(), count)
	ms = w.handovers()
	if len(ms) < count {
		t.Fatalf("%d hand-overs of %d", len(ms), count)
	}
	return ms[:count]
}

const handoverOperator = "Local/talk13_01@lab-operators/n"

// redirectIn has the daemon hold the customers for whom nobody is free.
func redirectIn(l *lab, _ *manager, count int) {
	files := clone(awayFiles)
	files["campaigns/spring.toml"] = campaignFile("spring", "sales", "out", "ratio", "ratio = 2\nabandon_max = \"100%\"", "")
	files["campaigns/spring.toml"] = strings.Replace(files["campaigns/spring.toml"], `agent_within = "2s"`, `agent_within = "30s"`, 1)
	p := startProcess(l.t, l.config(files))
	// Two are called for her at a time: one talks, the other waits.
	p.importCSV("spring", leadsLike("000", 2*count+2))
	p.until("enough are served", func(s api.Status) bool { return s.Campaigns[0].Today.Outcomes[dialer.Answered] >= 2*count+1 })
	p.signal(15)
	<-p.ended
}

// waitInQueue puts customers straight into the queue, where app_queue looks for a free operator once
// a second.
func waitInQueue(l *lab, m *manager, count int) {
	for i := range count + 1 {
		m.do("Originate", "Channel", fmt.Sprintf("Local/7900000%04d@lab-customers/n", i), "Application", "Queue", "Data", "sales", "Async", "true")
		talks := func() int { return len(l.judge("CUSTOMERS_LOG")) }
		// The next customer comes when this one has been told to wait: one waits at a time.
		waitFor(l.t, time.Minute, "the customer answered", func() bool { return talks() > 0 && answeredCustomers(l) > i }, func() string { return fmt.Sprint(talks()) })
		waitFor(l.t, time.Minute, "the one before was served", func() bool { return servedCustomers(l) >= i }, func() string { return fmt.Sprint(servedCustomers(l)) })
	}
	waitFor(l.t, time.Minute, "all were served", func() bool { return servedCustomers(l) > count }, func() string { return fmt.Sprint(servedCustomers(l)) })
}

func answeredCustomers(l *lab) int { return countJudged(l, "7900", "answered") }
func servedCustomers(l *lab) int   { return countJudged(l, "talk", "answered") }

func countJudged(l *lab, prefix, what string) (n int) {
	for _, x := range l.judge("CUSTOMERS_LOG") {
		if len(x.number) >= 4 && x.number[:4] == prefix && x.what == what {
			n++
		}
	}
	return n
}

// watcher hears what Asterisk says of the queue, with Asterisk's own times.
type watcher struct {
	mu       sync.Mutex
	free     float64            // when the operator's telephone became free; 0: it is not, or has been used
	answered map[string]float64 // when each customer answered, by his channel
	ms       []float64
}

func watch(l *lab) *watcher {
	m := l.manager()
	m.do("Events", "EventMask", "agent,call")
	w := &watcher{answered: map[string]float64{}}
	go func() {
		for {
			e, err := m.next()
			if err != nil {
				return // the Asterisk has ended, and so has the test
			}
			w.hear(e)
		}
	}()
	return w
}

func (w *watcher) hear(e map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, _ := strconv.ParseFloat(e["Timestamp"], 64)
	switch {
	case e["Event"] == "QueueMemberStatus" && e["Status"] == "1":
		w.free = at
	case e["Event"] == "DialEnd" && e["DialStatus"] == "ANSWER":
		w.answered[e["DestUniqueid"]] = at
	case e["Event"] == "AgentConnect":
		// One who answered after she had become free has not waited for her.
		if began := w.answered[e["Uniqueid"]]; w.free != 0 && began != 0 && began < w.free {
			w.ms = append(w.ms, (at-w.free)*1000)
		}
		w.free = 0
	}
}

// handovers is the times in milliseconds, in order, of those who waited.
func (w *watcher) handovers() []float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.ms)
}
