package dialer

import (
	"fmt"
	"testing"
	"time"

	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

// judgeWorld is a Dialer with a calendar of holidays, dates and regions, three thousand prefixes with
// zones, and leads all over them that may be called, or may not for the hour.
func judgeWorld(tb testing.TB, hours string) (*Dialer, *campaign, []*lead) {
	tb.Helper()
	var h calendar.Hours
	if err := h.UnmarshalText([]byte(hours)); err != nil {
		tb.Fatal(err)
	}
	work := calendar.Calendar{Name: "work", Hours: []calendar.Hours{h}, Regions: []calendar.Region{{Prefixes: []string{"7916000", "7916111"}, Hours: []calendar.Hours{h}}}}
	for i := range 70 {
		work.Off = append(work.Off, calendar.Day(20_700+i*7))
	}
	c := &Config{Instance: "b", PBXs: []PBX{{Name: "p"}}, Queues: []Queue{{Name: "q", PBX: "p", AwaitingPenalty: 1000}}, Calendars: []calendar.Calendar{work},
		Trunks: []Trunk{{Name: "t", PBX: "p", Dial: "PJSIP/{digits}@t"}}, Routes: []Route{{Name: "o", Trunks: []string{"t"}}}}
	x := NewCampaign()
	x.Name, x.Queue, x.Route, x.Buckets, x.Calendar = "c", "q", "o", []string{"b"}, "work"
	c.Campaigns = []Campaign{x}
	c.Zones = []NumberZones{{Zones: []string{"Europe/Moscow"}, Prefixes: []string{"7"}}, {Zones: []string{"Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg"}}}
	for i := range 3000 {
		c.Zones[1].Prefixes = append(c.Zones[1].Prefixes, fmt.Sprint(7_916_000+i*2))
	}
	if faults := c.Validate(); len(faults) > 0 {
		tb.Fatal(faults)
	}
	d := New()
	d.Step(Now{Wall: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Mono: time.Hour}, Configured{c})
	leads := make([]*lead, 4096)
	for i := range leads {
		leads[i] = &lead{Lead: Lead{ID: LeadID(i + 1), Numbers: []LeadNumber{{Number: phone.Number(79160000000 + i*9973)}}}}
		if i%8 == 0 {
			leads[i].Zone = "Europe/Samara"
		}
	}
	return d, d.campaigns[0], leads
}

// BenchmarkJudge is judging one lead, which happens to each several times before it is called.
func BenchmarkJudge(b *testing.B) {
	for _, x := range []struct{ name, hours string }{{"legal", "mon-sun 00:00-24:00"}, {"shut", "tue-sun 09:00-20:00"}} {
		b.Run(x.name, func(b *testing.B) {
			d, c, leads := judgeWorld(b, x.hours)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, why := d.judge(c, leads[i%len(leads)]); (why == "") != (x.name == "legal") {
					b.Fatal(why)
				}
			}
		})
	}
}

// BenchmarkZoneOfNumber is the part of it that finds out where a number is.
func BenchmarkZoneOfNumber(b *testing.B) {
	d, _, leads := judgeWorld(b, "mon-sun 00:00-24:00")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if len(d.zones.of("", leads[i%len(leads)].Numbers[0].Number, "Europe/Moscow").list) == 0 {
			b.Fatal("no zone")
		}
	}
}
