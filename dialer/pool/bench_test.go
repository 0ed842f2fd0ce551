package pool

import (
	"flag"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"dialerd/dialer/phone"
)

var many = flag.Int("leads", 1_000_000, "leads in the benchmarks of the pool; make bench takes 10 million")

// filled is a pool of n leads in 20 buckets, one and a half numbers each, with external ids, their due
// times spread over a week.
func filled(n int, now time.Time) *Pool {
	p := New()
	p.Reserve(n, n*3/2, n)
	names := make([]string, 20)
	for i := range names {
		names[i] = "bucket-" + string(rune('a'+i))
	}
	var two [2]Number
	for i := range n {
		two[0].Number = phone.Number(79000000000 + mix(uint64(i))%1_000_000_000)
		two[1].Number = phone.Number(78000000000 + mix(uint64(i)+1<<40)%1_000_000_000)
		due := now.Add(time.Duration(mix(uint64(i)+1<<41)%uint64(7*24*time.Hour/quarter)) * quarter)
		p.Put(Lead{ID: int64(i + 1), External: uint32(mix(uint64(i) + 1<<42)), Bucket: names[i%20], Numbers: two[:1+i&1], Next: due, Due: due,
			Zone: "Europe/Moscow", Created: now, Priority: i % 3})
	}
	return p
}

// BenchmarkMemory is what a lead takes, all indexes included.
func BenchmarkMemory(b *testing.B) {
	now := epoch.Add(50000 * time.Hour)
	for range b.N {
		runtime.GC()
		debug.FreeOSMemory()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		p := filled(*many, now)
		took := time.Since(began)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(p.Len()), "B/lead")
		b.ReportMetric(float64(took.Nanoseconds())/float64(p.Len()), "put-ns")
		began = time.Now()
		runtime.GC()
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "gc-ms")
		runtime.KeepAlive(p)
	}
}

// BenchmarkTake is ripening and taking leads one by one.
func BenchmarkTake(b *testing.B) {
	now := epoch.Add(50000 * time.Hour)
	p := filled(*many, now)
	at := now
	names := p.Buckets()
	for i := 0; b.Loop(); i++ {
		name := names[i%20]
		l, ok := p.Take(name)
		for !ok {
			at = at.Add(time.Minute)
			p.Ripen(name, at, 1<<30)
			l, ok = p.Take(name)
		}
		l.Due = l.Due.Add(24 * time.Hour)
		l.Next = l.Due
		l.Place = Waiting
		p.Put(l)
	}
}
