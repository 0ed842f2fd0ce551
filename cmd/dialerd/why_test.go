package main

import (
	"strings"
	"testing"
	"time"

	"dialerd/api"
	"dialerd/dialer"
	"dialerd/store"
)

// What the commands print are times of here, which for the tests is the same place everywhere.
func init() { time.Local = time.UTC }

// monday is half past ten in the evening of a Monday in UTC, when it is Tuesday in Moscow and east of it.
func monday() timepiece {
	return timepiece{now: time.Date(2026, 11, 23, 22, 30, 0, 0, time.UTC), here: time.UTC}
}

func TestTimesAreThoseOfThePersonCalled(t *testing.T) {
	c := monday()
	for _, x := range []struct {
		in    time.Duration
		zones []string
		want  string
	}{
		{0, nil, "now"},
		{-time.Hour, []string{"Asia/Omsk"}, "now"},
		{time.Hour, nil, "23:30 (in 1h)"},
		{42 * time.Second, []string{"UTC"}, "22:30 (in 42s)"},
		{time.Hour, []string{"Europe/Lisbon"}, "23:30 (in 1h)"}, // in winter its clocks are those of here
		{time.Hour, []string{"Europe/Moscow"}, "Tue 2026-11-24 02:30 in Europe/Moscow, Mon 23:30 here (in 1h)"},
		{time.Hour, []string{"America/New_York"}, "18:30 in America/New_York, 23:30 here (in 1h)"},
		{4 * time.Hour, []string{"Europe/Moscow"}, "Tue 2026-11-24 05:30 in Europe/Moscow, 02:30 here (in 4h)"},
		{4 * time.Hour, []string{"Europe/Moscow", "Asia/Omsk"}, "Tue 2026-11-24 02:30 (in 4h)"},
		{4 * time.Hour, []string{"Mars/Olympus"}, "Tue 2026-11-24 02:30 (in 4h)"},
		{50*time.Hour + 59*time.Minute, nil, "Thu 2026-11-26 01:29 (in 2d2h)"},
	} {
		if got := c.at(c.now.Add(x.in), x.zones...); got != x.want {
			t.Errorf("in %v for %v: %q, want %q", x.in, x.zones, got, x.want)
		}
	}
}

// leadAnna is somebody with a story.
func leadAnna() store.ExportedLead {
	now := monday().now
	return store.ExportedLead{ID: 17, External: "crm-4711", Bucket: "web", Priority: 5, Zone: "Asia/Yekaterinburg", Name: "Anna \x1b[2J",
		Attributes: map[string]string{"plan": "gold", "city": "Пермь"},
		Numbers:    []dialer.LeadNumber{{Number: 79161234501, Kind: "mobile", Invalid: true}, {Number: 74951234501, Kind: "home"}}, Use: 1,
		Next: now.Add(7 * time.Hour), Attempts: 2, Faults: 1, Last: now.Add(-time.Hour), Outcome: dialer.NoAnswer, Rule: "not-there",
		Created: now.AddDate(0, -1, 0), Updated: now.Add(-time.Hour)}
}

func TestWhyText(t *testing.T) {
	c, anna := monday(), leadAnna()
	at := func(hours int) time.Time { return c.now.Add(time.Duration(hours) * time.Hour) }
	siberia := []string{"Asia/Yekaterinburg"}
	plain := func(id dialer.LeadID) store.ExportedLead { return store.ExportedLead{ID: id, Bucket: "web"} }
	one := func(l api.Why, x api.WhyCampaign) api.Why {
		x.Campaign, x.Number, x.Zones = "spring", 79161234502, []string{"Europe/Moscow", "Asia/Omsk"}
		l.Campaigns = []api.WhyCampaign{x}
		return l
	}
	whys := api.Whys{More: 2, Leads: []api.Why{
		{Lead: anna, Looked: at(7), Campaigns: []api.WhyCampaign{
			{Campaign: "spring", Number: 74951234501, Zones: siberia, Earliest: at(30), Waits: "no operator is free", Reasons: []api.Reason{
				{Text: "there is no such number", Number: 79161234501, Never: true}, {Text: "outside the calendar", Until: at(7)},
				{Text: "the attempts of the day are made", Until: at(21)}, {Text: "another call to the number is under way", Until: c.now}}},
			{Campaign: "autumn", Never: true, Reasons: []api.Reason{{Text: "the number is on the DNC list", Number: 74951234501, Never: true}}},
			{Campaign: "winter", Number: 74951234501, Zones: siberia, Earliest: c.now},
		}},
		one(api.Why{Lead: plain(1), Live: dialer.LeadReady, Hopper: "spring"}, api.WhyCampaign{Waits: "no operator is free"}),
		one(api.Why{Lead: plain(2), Live: dialer.LeadReady, Hopper: "spring"}, api.WhyCampaign{Before: 12}),
		one(api.Why{Lead: plain(3), Live: dialer.LeadReady, Hopper: "spring"}, api.WhyCampaign{}),
		one(api.Why{Lead: plain(4), Live: dialer.LeadReady, Hopper: "autumn"}, api.WhyCampaign{}),
		one(api.Why{Lead: plain(5)}, api.WhyCampaign{}),
		{Lead: plain(6), Live: dialer.LeadDialing, Call: &api.Call{ID: 1042, Campaign: "spring", Number: 79161234502, Phase: dialer.PhaseTalking, Since: at(-1), Agent: "boris"},
			Reasons: []api.Reason{{Text: "it is put aside when its call has ended", Never: true}}},
		{Lead: plain(7), Live: dialer.LeadFinished, Reasons: []api.Reason{{Text: "it is finished: sold (rule sold)", Never: true}}},
		{Lead: plain(8), Live: dialer.LeadHeld, Reasons: []api.Reason{{Text: "it was put aside by a person", Never: true}}},
		{Lead: plain(9), Reasons: []api.Reason{{Text: "no campaign draws on its bucket", Never: true}}},
		{Lead: plain(10), Unknown: true},
	}}
	const want = `Lead 17, Anna ` + "\uFFFD" + `[2J, elsewhere crm-4711: waiting in bucket web, looked at again Tue 2026-11-24 10:30 in Asia/Yekaterinburg, 05:30 here (in 7h)
  It was called last 2026-11-23 21:30: no-answer; attempts made: 2; by rule not-there.

campaign spring, to +74951234501 in Asia/Yekaterinburg: at the earliest Wed 2026-11-25 09:30 in Asia/Yekaterinburg, 04:30 here (in 1d6h)
  +79161234501: there is no such number    until that is changed
  outside the calendar                     until Tue 2026-11-24 10:30 in Asia/Yekaterinburg, 05:30 here (in 7h)
  the attempts of the day are made         until Wed 2026-11-25 00:30 in Asia/Yekaterinburg, Tue 19:30 here (in 21h)
  another call to the number is under way  for a moment more

campaign autumn: never, as things are
  +74951234501: the number is on the DNC list  until that is changed

campaign winter, to +74951234501 in Asia/Yekaterinburg: nothing holds it; its turn comes Tue 2026-11-24 10:30 in Asia/Yekaterinburg, 05:30 here (in 7h)

Lead 1: ready in bucket web, in the hopper of campaign spring
  It was never called.

campaign spring, to +79161234502 in Europe/Moscow and Asia/Omsk: nothing holds it; the campaign calls nobody just now: no operator is free

Lead 2: ready in bucket web, in the hopper of campaign spring
  It was never called.

campaign spring, to +79161234502 in Europe/Moscow and Asia/Omsk: nothing holds it; called before it: 12 leads of the hopper

Lead 3: ready in bucket web, in the hopper of campaign spring
  It was never called.

campaign spring, to +79161234502 in Europe/Moscow and Asia/Omsk: nothing holds it; it is called next

Lead 4: ready in bucket web, in the hopper of campaign autumn
  It was never called.

campaign spring, to +79161234502 in Europe/Moscow and Asia/Omsk: nothing holds it; it is in the hopper of campaign autumn

Lead 5: waiting in bucket web
  It was never called.

campaign spring, to +79161234502 in Europe/Moscow and Asia/Omsk: nothing holds it; it waits for its turn in the bucket

Lead 6: in call 1042 of campaign spring to +79161234502, talking for 1h, operator boris
  It was never called before.
  it is put aside when its call has ended

Lead 7: finished in bucket web
  It was never called.
  it is finished: sold (rule sold)
To have it called again from the beginning: dialerd leads release 7

Lead 8: held in bucket web
  It was never called.
  it was put aside by a person
To have it called again: dialerd leads release 8

Lead 9: waiting in bucket web
  It was never called.
  no campaign draws on its bucket
To have it called: name its bucket in a campaign's buckets and reload, or dialerd leads move 9 --to BUCKET

Lead 10: not known to the daemon: it is still loading leads, as dialerd status tells, or this one was added or deleted a moment ago
  It was never called.

And 2 more leads that have the number: dialerd leads export --number has them all.
`
	var b strings.Builder
	if err := printWhys(&b, whys, c); err != nil || b.String() != want {
		t.Errorf("%v, got:\n%s\nwant:\n%s", err, b.String(), want)
	}
}

func TestLeadText(t *testing.T) {
	c, anna := monday(), leadAnna()
	at := func(seconds int) time.Time { return c.now.Add(time.Duration(seconds) * time.Second) }
	shown := api.ShownLeads{Leads: []api.Lead{
		{ExportedLead: anna, History: []api.Attempt{
			{ID: 1001, Campaign: "spring", Number: 79161234501, Planned: at(-7200), Ended: at(-7199), Outcome: dialer.InvalidNumber, By: dialer.Person, Q850: 1, SIP: 404, Rule: "default-invalid-number"},
			{ID: 1042, Campaign: "spring", Number: 74951234501, Planned: at(-3600), Answered: at(-3590), Connected: at(-3588), Ended: at(-3500), Outcome: dialer.Answered, By: dialer.Person, Q850: 16, Agent: "boris", Disposition: "maybe", Rule: "later"},
			{ID: 1077, Campaign: "autumn", Number: 74951234501, Planned: at(-10)}}},
		{ExportedLead: store.ExportedLead{ID: 18, Bucket: "web", State: dialer.LeadFinished, Final: "sold", Numbers: []dialer.LeadNumber{{Number: 79161234502}}}, Live: dialer.LeadFinished},
		{ExportedLead: store.ExportedLead{ID: 19, Bucket: "web"}, Live: dialer.LeadReady},
	}}
	const want = `Lead 17, Anna ` + "\uFFFD" + `[2J, elsewhere crm-4711
  bucket    web
  state     waiting, next call: Tue 2026-11-24 10:30 in Asia/Yekaterinburg, 05:30 here (in 7h)
  priority  5
  zone      Asia/Yekaterinburg
  attempts  2, and 1 in a row that failed by the carrier's fault or ours
  rule      not-there
  added     2026-10-23 22:30
  changed   2026-11-23 21:30

NUMBER        KIND
+79161234501  mobile  there is no such number
+74951234501  home    called next

ATTRIBUTE  VALUE
city       Пермь
plan       gold

CALL  WHEN              CAMPAIGN  NUMBER        OUTCOME         CAUSE                     OPERATOR  TOOK   TALK   SAID   RULE
1001  2026-11-23 20:30  spring    +79161234501  invalid-number  person, Q.850 1, SIP 404            1s     -             default-invalid-number
1042  2026-11-23 21:30  spring    +74951234501  answered        person, Q.850 16          boris     1m40s  1m28s  maybe  later
1077  2026-11-23 22:29  autumn    +74951234501  under way                                           -      -

Lead 18
  bucket    web
  state     finished: sold
  priority  0
  attempts  0
  added     -
  changed   -

NUMBER        KIND
+79161234502

Lead 19
  bucket    web
  state     ready: it is called as soon as an operator and a line are free
  priority  0
  attempts  0
  added     -
  changed   -
`
	var b strings.Builder
	if err := printLeads(&b, shown, c); err != nil || b.String() != want {
		t.Errorf("%v, got:\n%s\nwant:\n%s", err, b.String(), want)
	}
}
