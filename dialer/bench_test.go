package dialer

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

// benchWorld is a Dialer with campaigns that each have leads and operators of their own.
func benchWorld(b *testing.B, campaigns, operators int) (*Dialer, Now) {
	b.Helper()
	c := &Config{Instance: "b", PBXs: []PBX{{Name: "p", CPS: 1000}}, Trunks: []Trunk{{Name: "t", PBX: "p", Dial: "PJSIP/{digits}@t"}},
		Routes: []Route{{Name: "o", Trunks: []string{"t"}}}}
	var leads []Lead
	up := LinkUp{PBX: "p"}
	for i := range campaigns {
		x := NewCampaign()
		x.Name, x.Queue, x.Route, x.Buckets = fmt.Sprintf("c%03d", i), fmt.Sprintf("q%03d", i), "o", []string{fmt.Sprintf("b%03d", i)}
		c.Campaigns = append(c.Campaigns, x)
		c.Queues = append(c.Queues, Queue{Name: x.Queue, PBX: "p", AwaitingPenalty: 1000})
		for j := range 1000 {
			leads = append(leads, Lead{ID: LeadID(len(leads) + 1), Bucket: x.Buckets[0], Numbers: []LeadNumber{{Number: phone.Number(79160000000 + i*1000 + j)}}})
		}
		for j := range operators {
			up.Members = append(up.Members, Member{Queue: x.Queue, Interface: fmt.Sprintf("PJSIP/%d-%d", i, j), Status: DeviceNotInUse})
		}
	}
	if faults := c.Validate(); len(faults) > 0 {
		b.Fatal(faults)
	}
	d := New()
	now := Now{Wall: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Mono: time.Hour}
	d.Step(now, Configured{c})
	d.Step(now, LeadsLoaded{leads})
	d.Step(now, up)
	return d, now
}

// run ticks until every operator has a call, and commits.
func run(d *Dialer, now *Now) {
	for range 20 {
		now.Mono += 100 * time.Millisecond
		now.Wall = now.Wall.Add(100 * time.Millisecond)
		d.Tick(*now)
		d.Step(*now, Committed{d.seq})
	}
}

// BenchmarkStep is one event in a busy shift: 300 operators, each in a call.
func BenchmarkStep(b *testing.B) {
	d, now := benchWorld(b, 10, 30)
	run(d, &now)
	if len(d.calls.list) != 300 {
		b.Fatalf("%d calls", len(d.calls.list))
	}
	events := []Event{
		MemberChanged{"p", Member{Queue: "q000", Interface: "PJSIP/0-0", Status: DeviceInUse}},
		CallRinging{"p", 7},
		CallerLeft{"p", 99, "q001"},
		MemberChanged{"p", Member{Queue: "q000", Interface: "PJSIP/0-0", Status: DeviceNotInUse}},
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		d.Step(now, events[i%len(events)])
		i++
	}
}

// BenchmarkTick is a Tick of 100 campaigns with 3 operators each, all of them in calls: nothing is to
// be placed, which is most Ticks.
func BenchmarkTick(b *testing.B) {
	d, now := benchWorld(b, 100, 3)
	run(d, &now)
	if len(d.calls.list) != 300 {
		b.Fatalf("%d calls", len(d.calls.list))
	}
	b.ReportAllocs()
	for b.Loop() {
		now.Mono += time.Millisecond // none of the calls grows too old in the time this takes
		d.Tick(now)
		if now.Mono > time.Hour+20*time.Second {
			now.Mono -= 15 * time.Second
		}
	}
}

// BenchmarkCheck is the incremental Check after a step of that Dialer.
func BenchmarkCheck(b *testing.B) {
	d, now := benchWorld(b, 10, 30)
	run(d, &now)
	d.Step(now, CallRinging{"p", 7})
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Check(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTickClosed is the longest Tick when the calendar has just shut 300,000 leads out: they are
// looked at a few hundred at a time.
func BenchmarkTickClosed(b *testing.B) {
	for b.Loop() {
		d, now := benchWorld(b, 1, 30)
		config := *d.config
		var shut calendar.Hours
		if err := shut.UnmarshalText([]byte("sun 10:00-11:00")); err != nil {
			b.Fatal(err)
		}
		config.Calendars = []calendar.Calendar{{Name: "shut", Hours: []calendar.Hours{shut}}}
		config.Campaigns = slices.Clone(config.Campaigns)
		config.Campaigns[0].Calendar = "shut"
		var leads []Lead
		for i := range 300_000 {
			leads = append(leads, Lead{ID: LeadID(10_000 + i), Bucket: "b000", Numbers: []LeadNumber{{Number: phone.Number(79170000000 + i)}}})
		}
		d.Step(now, LeadsLoaded{leads})
		d.Step(now, Configured{&config})
		longest := time.Duration(0)
		for range 700 {
			now.Mono += 100 * time.Millisecond
			now.Wall = now.Wall.Add(100 * time.Millisecond)
			start := time.Now()
			d.Tick(now)
			longest = max(longest, time.Since(start))
		}
		b.ReportMetric(float64(longest.Microseconds())/1000, "longest-ms")
	}
}
