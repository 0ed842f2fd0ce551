package dialer

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"dialerd/dialer/phone"
)

// BenchmarkPool10M is the minute's batch of a call centre with millions of leads: 20 buckets, 100
// campaigns that draw on them, 50,000 leads due, all others within a week. It reports what a lead takes
// in memory with all indexes, the batch on the loop in total, the longest single stop of the loop in
// it, and how long taking the next lead takes. The collector's pause with all leads there is reported, and
// that with a hundredth of them beside it. POOL_LEADS says how many leads; make bench takes ten million.
func BenchmarkPool10M(b *testing.B) {
	const due = 50_000
	small := crowded(poolLeads(b)/100, due/100)
	b.ReportMetric(gcPause().Seconds()*1e6, "small-gc-pause-us")
	runtime.KeepAlive(small)
	for range b.N {
		before := heapBytes()
		d := crowded(poolLeads(b), due)
		b.ReportMetric(float64(heapBytes()-before)/float64(d.leads.pool.Len()), "B/lead")
		b.ReportMetric(gcPause().Seconds()*1e6, "gc-pause-us")
		batch, longest := d.minute(due)
		b.ReportMetric(batch.Seconds()*1e3, "batch-ms")
		b.ReportMetric(longest.Seconds()*1e3, "stop-ms")
		b.ReportMetric(float64(d.drainHoppers(b, due))/due, "take-ns")
	}
}

// gcPause is the median pause of the last collections of several.
func gcPause() time.Duration {
	const times = 9
	var m runtime.MemStats
	for range times {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	var pauses []uint64
	for i := range uint32(times) {
		pauses = append(pauses, m.PauseNs[(m.NumGC+255-i)%256])
	}
	slices.Sort(pauses)
	return time.Duration(pauses[times/2])
}

func poolLeads(b *testing.B) int {
	b.Helper()
	s := os.Getenv("POOL_LEADS")
	if s == "" {
		return 300_000
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		b.Fatal("POOL_LEADS: ", err)
	}
	return n
}

func heapBytes() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

const (
	crowdBuckets   = 20
	crowdCampaigns = 100
)

// crowded is a Dialer with that many leads, so many of them due.
func crowded(leads, due int) *Dialer {
	d := New()
	c := &Config{Instance: "b", PBXs: []PBX{{Name: "p"}}, Queues: []Queue{{Name: "q", PBX: "p", AwaitingPenalty: 1000}},
		Trunks: []Trunk{{Name: "t", PBX: "p", Dial: "PJSIP/{digits}@t"}}, Routes: []Route{{Name: "r", Trunks: []string{"t"}}}}
	for i := range crowdCampaigns {
		x := NewCampaign()
		x.Name, x.Queue, x.Route, x.Timezone = fmt.Sprintf("c%03d", i), "q", "r", "Europe/Moscow"
		x.Buckets = []string{fmt.Sprintf("b%02d", i%crowdBuckets)}
		c.Campaigns = append(c.Campaigns, x)
	}
	if faults := c.Validate(); len(faults) > 0 {
		panic(fmt.Sprint(faults))
	}
	now := Now{Wall: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), Mono: time.Hour}
	d.Step(now, Configured{c})
	d.Reserve(leads, leads*3/2, leads)
	for i := range leads {
		l := Lead{ID: LeadID(i + 1), External: ExternalHash(i + 1), Bucket: fmt.Sprintf("b%02d", i%crowdBuckets), Numbers: []LeadNumber{{Number: phone.Number(79000000000 + uint64(i))}}, Priority: i % 3}
		if i&1 == 1 {
			l.Numbers = append(l.Numbers, LeadNumber{Number: phone.Number(78000000000 + uint64(i))})
		}
		l.Next = now.Wall.Add(time.Duration(1+(i*7919)%(7*24*3600)) * time.Second)
		if i < due {
			l.Next = now.Wall.Add(-time.Duration(i%3600) * time.Second)
		}
		d.leads.add(l)
	}
	d.now = now
	return d
}

// minute fills all hoppers, in Ticks as they are bounded.
func (d *Dialer) minute(due int) (total, longest time.Duration) {
	for _, c := range d.campaigns {
		c.batch = batch{at: d.now.Mono + batchEvery, want: due/crowdCampaigns + hopperLeast, under: true}
	}
	for len(d.leads.out) < due {
		began := time.Now()
		d.begin(d.now)
		looks := looksPerTick
		d.leads.ripening = ripenPerTick
		for _, c := range d.campaigns {
			d.fill(c, &looks)
			c.batch.under = true // until it has all that are due
		}
		took := time.Since(began)
		total, longest = total+took, max(longest, took)
	}
	return total, longest
}

// drainHoppers takes the next lead until there is none, and gives the time that took in nanoseconds.
func (d *Dialer) drainHoppers(b *testing.B, due int) int64 {
	b.Helper()
	began := time.Now()
	taken := 0
	looks := 2 * due
	for _, c := range d.campaigns {
		for l := d.next(c, &looks); l != nil; l = d.next(c, &looks) {
			l.take().hopper = nil
			taken++
		}
	}
	took := time.Since(began)
	if taken != due {
		b.Fatalf("%d leads were taken of %d that are due", taken, due)
	}
	return took.Nanoseconds()
}
