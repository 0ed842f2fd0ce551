package dialer

import (
	"testing"
	"time"

	"dialerd/dialer/calendar"
)

// TestDecide: the first rule that matches is taken, else a default; the limits of [attempts] come last.
func TestDecide(t *testing.T) {
	d := New()
	c := &campaign{Campaign: NewCampaign(), home: d.zones.home("Europe/Moscow")}
	c.Attempts.Total, c.Attempts.Faults = 6, 3
	c.Rules = []Rule{
		{Name: "sold", On: []Outcome{NoAnswer}, Disposition: []string{"sale"}, Finish: "sold"},
		{Name: "first", On: []Outcome{NoAnswer, Busy}, Attempt: AttemptRange{1, 1}, Again: After(time.Minute)},
		{Name: "mobile", On: []Outcome{NoAnswer}, NumberKind: []string{"mobile", "work"}, Again: After(time.Minute)},
		{Name: "no-kind", On: []Outcome{Busy}, NumberKind: []string{""}, Again: After(time.Minute)},
		{Name: "morning", On: []Outcome{NoAnswer}, Hours: calendar.Span{From: 9 * 60, To: 12 * 60}, Again: After(time.Minute)},
		{Name: "young", On: []Outcome{NoAnswer}, Age: AgeRange{To: Duration(24 * time.Hour)}, Again: After(time.Minute)},
		{Name: "old", On: []Outcome{NoAnswer}, Age: AgeRange{From: Duration(48 * time.Hour)}, Again: After(time.Minute)},
		{Name: "fifth", On: []Outcome{NoAnswer}, Attempt: AttemptRange{5, 0}, Finish: "enough"},
		{Name: "on", On: []Outcome{Machine}, Bucket: "rest"},
	}
	at := func(hour int) time.Time { return time.Date(2026, 3, 20, hour-3, 0, 0, 0, time.UTC) } // in Moscow
	for _, x := range []struct {
		what string
		tried
		want, finish string
	}{
		{"a disposition is not an outcome, and the first attempt has a rule", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(14)}}, "first", ""},
		{"the second has none", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(14), Attempts: 1}}, ruleAgain, ""},
		{"a mobile", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(14), Attempts: 1}, kind: "mobile"}, "mobile", ""},
		{"with a capital", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(14), Attempts: 1}, kind: "Work"}, "mobile", ""},
		{"no kind", tried{Lead: &Lead{Outcome: Busy, Last: at(14), Attempts: 1}}, "no-kind", ""},
		{"another kind than none", tried{Lead: &Lead{Outcome: Busy, Last: at(14), Attempts: 1}, kind: "home"}, ruleAgain, ""},
		{"nine o'clock is morning", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(9), Attempts: 1}}, "morning", ""},
		{"noon is not", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(12), Attempts: 1}}, ruleAgain, ""},
		{"morning in both zones", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(10), Attempts: 1}, zones: d.zones.named("Europe/Moscow Europe/Samara")}, "morning", ""},
		{"noon in one and morning in that of the campaign", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(11), Attempts: 1}, zones: d.zones.named("Europe/Moscow Europe/Samara")}, "morning", ""},
		{"morning in one and not in that of the campaign", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(8), Attempts: 1}, zones: d.zones.named("Europe/Moscow Europe/Samara")}, ruleAgain, ""},
		{"imported today", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(14), Created: at(1), Attempts: 1}}, "young", ""},
		{"imported yesterday", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(14), Created: at(14).AddDate(0, 0, -1), Attempts: 1}}, ruleAgain, ""},
		{"imported a month ago", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(14), Created: at(14).AddDate(0, -1, 0), Attempts: 1}}, "old", ""},
		{"the fifth", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(14), Attempts: 4}}, "fifth", "enough"},
		{"the rule has its own word, the limit takes no other", tried{Lead: &Lead{Outcome: NoAnswer, Last: at(14), Attempts: 5}}, "fifth", "enough"},
		{"the sixth is the last", tried{Lead: &Lead{Outcome: Machine, Last: at(14), Attempts: 5}}, ruleExhausted, finalExhausted},
		{"faults are not attempts", tried{Lead: &Lead{Outcome: Congestion, Last: at(14), Attempts: 5}}, ruleAgain, ""},
		{"nor are they endless", tried{Lead: &Lead{Outcome: Congestion, Last: at(14), Faults: 2}}, ruleFaults, finalFaults},
		{"a talk", tried{Lead: &Lead{Outcome: Answered, Last: at(14)}}, ruleAnswered, finalAnswered},
		{"there is no such number", tried{Lead: &Lead{Outcome: InvalidNumber, Last: at(14)}}, ruleNoSuch, finalNoSuch},
		{"and another", tried{Lead: &Lead{Outcome: InvalidNumber, Last: at(14)}, others: true}, ruleNoSuch, ""},
	} {
		o := x.tried
		if o.zones == nil {
			o.zones = c.home
		}
		if s := c.decide(&o); s.rule != x.want || s.finish != x.finish {
			t.Errorf("%s: rule %q, finish %q; want %q, %q", x.what, s.rule, s.finish, x.want, x.finish)
		}
	}
}

// TestPlace: a rule moves a lead once, and says whether it did.
func TestPlace(t *testing.T) {
	for _, x := range []struct {
		step
		bucket   string
		priority int
		moved    bool
	}{
		{step{}, "b", 3, false},
		{step{bucket: "b"}, "b", 3, false},
		{step{bucket: "rest"}, "rest", 3, true},
		{step{priority: PriorityStep{Set: true, By: 3}}, "b", 3, false},
		{step{priority: PriorityStep{Set: true}}, "b", 0, true},
		{step{priority: PriorityStep{By: -5}, bucket: "rest"}, "rest", -2, true},
		{step{priority: PriorityStep{By: -5}, bucket: "rest", finish: "exhausted"}, "b", 3, false},
	} {
		l := Lead{Bucket: "b", Priority: 3}
		if moved := x.place(&l); moved != x.moved || l.Bucket != x.bucket || l.Priority != x.priority {
			t.Errorf("%+v: moved %t to %q with priority %d; want %t, %q, %d", x.step, moved, l.Bucket, l.Priority, x.moved, x.bucket, x.priority)
		}
	}
}

// TestNextNumber: the next number is one that may be called, and the same one is that which was dialed.
func TestNextNumber(t *testing.T) {
	d := New()
	c := &campaign{Campaign: Campaign{Name: "c"}}
	if err := d.dnc.at("").Add("+79160000003"); err != nil {
		t.Fatal(err)
	}
	l := &Lead{Numbers: []LeadNumber{{Number: 79160000001}, {Number: 79160000002, Invalid: true}, {Number: 79160000003}, {Number: 79160000004}}}
	for dialed, want := range []int{3, 3, 3, 0} {
		l.Dialed = dialed
		if use := d.useAfter(c, l, NumberNext); use != want {
			t.Errorf("after number %d comes %d, want %d", dialed, use, want)
		}
		if use := d.useAfter(c, l, NumberSame); use != dialed {
			t.Errorf("the same as %d is %d", dialed, use)
		}
	}
	l = &Lead{Numbers: []LeadNumber{{Number: 79160000001}, {Number: 79160000002, Invalid: true}}}
	if use := d.useAfter(c, l, NumberNext); use != 0 {
		t.Errorf("the only number that there is has place 0, and %d is next", use)
	}
}

// TestCovers: a rule behind one that takes all it is for is never reached.
func TestCovers(t *testing.T) {
	busy := Rule{On: []Outcome{Busy, NoAnswer}}
	for _, x := range []struct {
		what          string
		before, after Rule
		want          bool
	}{
		{"the same", busy, busy, true},
		{"one of them", busy, Rule{On: []Outcome{Busy}, NumberKind: []string{"mobile"}}, true},
		{"one more", busy, Rule{On: []Outcome{Busy, Lost}}, false},
		{"for some attempts", Rule{On: busy.On, Attempt: AttemptRange{1, 3}}, busy, false},
		{"for all attempts from the first", Rule{On: busy.On, Attempt: AttemptRange{1, 0}}, busy, true},
		{"for attempts within", Rule{On: busy.On, Attempt: AttemptRange{2, 5}}, Rule{On: busy.On, Attempt: AttemptRange{3, 5}}, true},
		{"for attempts beyond", Rule{On: busy.On, Attempt: AttemptRange{2, 5}}, Rule{On: busy.On, Attempt: AttemptRange{3, 0}}, false},
		{"in some hours", Rule{On: busy.On, Hours: ten}, busy, false},
		{"of some age", Rule{On: busy.On, Age: AgeRange{To: 1}}, busy, false},
		{"of some kind", Rule{On: busy.On, NumberKind: []string{"mobile"}}, busy, false},
		{"for dispositions", Rule{On: busy.On, Disposition: []string{"sale"}}, busy, false},
		{"behind it for dispositions", busy, Rule{On: busy.On, Disposition: []string{"sale"}}, false},
	} {
		if got := x.before.Covers(&x.after); got != x.want {
			t.Errorf("%s: %t", x.what, got)
		}
	}
}
