package dialer

import (
	"testing"
	"time"

	"dialerd/dialer/phone"
)

// BenchmarkChoosePool is a caller ID out of a pool of 50 numbers.
func BenchmarkChoosePool(b *testing.B) {
	d := New()
	p := NewPool()
	p.Name, p.DailyLimit = "p", 1000
	for i := range phone.Number(50) {
		p.Numbers = append(p.Numbers, 74950000000+i)
	}
	d.pools.configure([]Pool{p}, d.zone)
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for range b.N {
		d.pools.choose([]string{"p"}, 79161111111, 0, now)
	}
}

// BenchmarkBreaker is what one call costs its trunk: a report, with the window full.
func BenchmarkBreaker(b *testing.B) {
	var x breaker
	x.configure(NewTrunk(), 0)
	b.ReportAllocs()
	for i := range b.N {
		at := time.Duration(i) * time.Millisecond
		x.learn(report{number: phone.Number(i % 100_000), at: at}, at)
	}
}

// BenchmarkRecallTrunks is a start with the attempts of a busy day.
func BenchmarkRecallTrunks(b *testing.B) {
	now := Now{Wall: time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC)}
	day := make([]Attempt, 500_000)
	for i := range day {
		at := now.Wall.Add(time.Duration(i-len(day)) * 80 * time.Millisecond)
		day[i] = Attempt{Trunk: "t", Number: phone.Number(79160000000 + i), Planned: at, Ended: at.Add(time.Second), Outcome: Busy, Cause: Cause{By: Person}}
	}
	x := NewTrunk()
	x.Name = "t"
	for range b.N {
		books := trunkBook{}
		books.configure([]Trunk{x}, 0)
		books.recall(day, now)
	}
}
