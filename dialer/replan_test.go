package dialer

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"dialerd/dialer/phone"
	leadpool "dialerd/dialer/pool"
)

// replanWorld is leads that wait after an attempt, of which a share was called for campaign c.
func replanWorld(tb testing.TB, leads int, share float64) (d *Dialer, now Now) {
	tb.Helper()
	now = Now{Wall: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), Mono: time.Hour}
	d = New()
	d.Step(now, Configured{replanConfig(tb, nil)})
	r := rand.New(rand.NewPCG(7, 1))
	all := make([]Lead, leads)
	for i := range all {
		l := Lead{ID: LeadID(i + 1), Bucket: fmt.Sprintf("b%d", i%3), Zone: "Europe/Moscow", Numbers: []LeadNumber{{Number: phone.Number(79160000000 + i), Kind: "mobile"}},
			Campaign: "other", Outcome: []Outcome{Busy, NoAnswer, Congestion}[r.IntN(3)], Rule: ruleAgain,
			Last: now.Wall.Add(-time.Duration(r.IntN(1800)) * time.Second), Attempts: 1, Faults: 1}
		if r.Float64() < share {
			l.Campaign = "c"
		}
		l.Next = l.Last.Add(20*time.Second + defaultAgain)
		all[i] = l
	}
	d.Step(now, LeadsLoaded{all})
	return d, now
}

func replanConfig(tb testing.TB, rules []Rule) *Config {
	tb.Helper()
	c := &Config{Instance: "r", PBXs: []PBX{{Name: "p"}}, Queues: []Queue{{Name: "q", PBX: "p", AwaitingPenalty: 1000}},
		Trunks: []Trunk{{Name: "t", PBX: "p", Dial: "PJSIP/{digits}@t"}}, Routes: []Route{{Name: "o", Trunks: []string{"t"}}}}
	for _, name := range []string{"c", "other"} {
		x := NewCampaign()
		x.Name, x.Queue, x.Route, x.Buckets = name, "q", "o", []string{"b0", "b1"}
		if name == "c" {
			x.Rules = rules
		}
		c.Campaigns = append(c.Campaigns, x)
	}
	if faults := c.Validate(); len(faults) > 0 {
		tb.Fatal(faults)
	}
	return c
}

var editedRules = []Rule{
	{Name: "tomorrow", On: []Outcome{Busy}, Again: Again{Days: 1, Hours: ten}, Bucket: "second"},
	{Name: "soon", On: []Outcome{NoAnswer}, Again: After(2 * time.Hour)},
	{Name: "faults", On: []Outcome{Congestion}, Again: After(defaultAgain), Finish: ""},
}

// TestReplan: slice by slice all leads of the edited campaign come to what the rules say, whatever their bucket, and each is written
// once; the leads of others are left alone.
func TestReplan(t *testing.T) {
	d, now := replanWorld(t, 3000, 0.5)
	rows, ticks, written := map[LeadID]Lead{}, 0, 0
	do := func(effects []Effect) {
		here := 0
		for _, e := range effects {
			r, ok := e.(Record)
			if !ok {
				continue
			}
			switch row := r.Row.(type) {
			case LeadChanged:
				rows[row.Lead.ID] = row.Lead
				here++
			case LeadPlaced:
				rows[row.Lead.ID] = row.Lead
				here++
			}
		}
		if written += here; here > replanPerTick {
			t.Fatalf("%d leads are written in one Tick", here)
		}
		if d.seq-d.committed > replanAhead+replanPerTick {
			t.Fatalf("%d records are on their way", d.seq-d.committed)
		}
	}
	do(d.Step(now, Configured{replanConfig(t, editedRules)}))
	for ; len(d.replans.edits) > 0 && ticks < 1000; ticks++ {
		now.Mono += 250 * time.Millisecond
		now.Wall = now.Wall.Add(250 * time.Millisecond)
		do(d.Tick(now))
		if ticks%8 == 7 { // the disk is slower than we are
			d.Step(now, Committed{d.seq})
		}
	}
	seen := 0
	d.leads.pool.Each(func(x leadpool.Lead) {
		l := unpack(x)
		if l.Campaign != "c" {
			if _, ok := rows[l.ID]; ok || l.Rule != ruleAgain {
				t.Fatalf("lead %d is another campaign's and is planned by rule %q", l.ID, l.Rule)
			}
			return
		}
		seen++
		ended := l.Last.Add(20 * time.Second)
		want, rule, bucket := ended.Add(2*time.Hour), "soon", fmt.Sprintf("b%d", (l.ID-1)%3)
		switch l.Outcome {
		case Busy:
			want, rule, bucket = time.Date(2026, 3, 3, 7, 0, 0, 0, time.UTC), "tomorrow", "second"
		case Congestion:
			want, rule = ended.Add(time.Hour), "faults"
		}
		if !l.Next.Equal(want) || l.Rule != rule || l.Bucket != bucket || rows[l.ID].Rule != rule {
			t.Fatalf("lead %d, %s at %s: next call %s by %q in %q; want %s by %q in %q; written %q", l.ID, l.Outcome, l.Last, l.Next, l.Rule, l.Bucket, want, rule, bucket, rows[l.ID].Rule)
		}
	})
	if seen != written || len(rows) != written || seen < 1000 {
		t.Errorf("%d leads are the campaign's, %d records were written of %d", seen, written, len(rows))
	}
	if err := d.CheckAll(); err != nil {
		t.Error(err)
	}
}

// TestReplanEditedTwice: while leads are planned anew the file is edited again. Of a rule that has done two things it is not known
// which of them a lead waits by, and nobody is moved who may have been.
func TestReplanEditedTwice(t *testing.T) {
	b := newReplanBook()
	file := func(delay time.Duration, bucket string) *Campaign {
		return &Campaign{Name: "c", Rules: []Rule{{Name: "same", Again: After(time.Hour)}, {Name: "edited", Again: After(delay), Bucket: bucket}}}
	}
	first, second, third := file(time.Hour, ""), file(2*time.Hour, ""), file(2*time.Hour, "rest")
	b.edit(nil, first)
	if len(b.edits) != 0 {
		t.Fatal("a campaign that is new has leads to be planned anew")
	}
	b.edit(first, second)
	b.cursor = 1000
	b.edit(second, third)
	e := b.edits["c"]
	if e == nil || b.cursor != 0 {
		t.Fatal("it does not begin again")
	}
	if _, known := e.before["edited"]; known {
		t.Error("what the edited rule has done is taken for known")
	}
	if s, known := e.before["same"]; !known || s.again != After(time.Hour) {
		t.Errorf("what the other rule has done is %+v, known: %t", s, known)
	}
	b.edit(third, third)
	if b.edits["c"] != e {
		t.Error("a reload that changes nothing changes what is known")
	}
}

// TestFingerprint: it is another one for each change that leads are planned by, and for no other; and the same for what is read back
// from a recording.
func TestFingerprint(t *testing.T) {
	change := map[string]func(c *Campaign){
		"on":          func(c *Campaign) { c.Rules[0].On = []Outcome{Busy, Lost} },
		"attempt":     func(c *Campaign) { c.Rules[0].Attempt = AttemptRange{1, 2} },
		"number_kind": func(c *Campaign) { c.Rules[0].NumberKind = []string{"mobile"} },
		"hours":       func(c *Campaign) { c.Rules[0].Hours = ten },
		"age":         func(c *Campaign) { c.Rules[0].Age.To = Duration(time.Hour) },
		"again":       func(c *Campaign) { c.Rules[0].Again.Hours = ten },
		"number":      func(c *Campaign) { c.Rules[0].Number = NumberNext },
		"priority":    func(c *Campaign) { c.Rules[0].Priority.Set = true },
		"bucket":      func(c *Campaign) { c.Rules[0].Bucket = "b" },
		"finish":      func(c *Campaign) { c.Rules[0].Finish = "b" },
		"order":       func(c *Campaign) { c.Rules[0], c.Rules[1] = c.Rules[1], c.Rules[0] },
		"day_parts":   func(c *Campaign) { c.DayParts[1].To-- },
		"total":       func(c *Campaign) { c.Attempts.Total++ },
		"faults":      func(c *Campaign) { c.Attempts.Faults++ },
		"gap":         func(c *Campaign) { c.Attempts.Gap += Duration(time.Minute) },
	}
	fresh := func() *Campaign {
		c := NewCampaign()
		c.Rules = []Rule{{Name: "one", On: []Outcome{Busy}, Again: Again{Days: 1}}, {Name: "two", On: []Outcome{Lost}, Again: After(time.Hour)}}
		return &c
	}
	seen := map[uint64]string{fresh().fingerprint(): "nothing"}
	for what, f := range change {
		c := fresh()
		f(c)
		if other, ok := seen[c.fingerprint()]; ok {
			t.Errorf("%s is changed, and that looks like %s", what, other)
		}
		seen[c.fingerprint()] = what
		text, err := json.Marshal(c)
		var back Campaign
		if err == nil {
			err = json.Unmarshal(text, &back)
		}
		if err != nil || back.fingerprint() != c.fingerprint() {
			t.Errorf("%s is changed, and read back it is something else: %v", what, err)
		}
	}
	c := fresh()
	c.Pacing.LinesMax, c.Queue, c.Buckets, c.Attempts.PerDay = 7, "q", []string{"x"}, 1
	if c.fingerprint() != fresh().fingerprint() {
		t.Error("what no lead is planned by changes it")
	}
}

// BenchmarkReplanTick is one Tick's slice of a million leads: when each is to be written, and when none is.
func BenchmarkReplanTick(b *testing.B) {
	for _, x := range []struct {
		name  string
		share float64
		rules []Rule
	}{{"all-change", 1, editedRules}, {"none-changes", 1, []Rule{{Name: "x", On: []Outcome{Fax}, Finish: "fax"}}}, {"of-another-campaign", 0, editedRules}} {
		b.Run(x.name, func(b *testing.B) {
			d, now := replanWorld(b, 1_000_000, x.share)
			d.Step(now, Configured{replanConfig(b, x.rules)})
			longest, total, ticks := time.Duration(0), time.Duration(0), 0
			for b.Loop() {
				if len(d.replans.edits) == 0 {
					d.replans.planned["c"]++ // once more
					d.Step(now, Configured{replanConfig(b, nil)})
					d.Step(now, Configured{replanConfig(b, x.rules)})
				}
				d.begin(now)
				from := time.Now()
				d.replan()
				took := time.Since(from)
				longest, total, ticks = max(longest, took), total+took, ticks+1
				d.commit(d.seq)
			}
			b.ReportMetric(float64(longest.Microseconds()), "µs-longest")
			b.ReportMetric(float64(total.Microseconds())/float64(ticks), "µs/tick")
		})
	}
}
