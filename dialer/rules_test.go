package dialer

import (
	"testing"
	"time"
)

// The tests here follow the texts of rules on calling people; each names its source.

// 16 CFR 310.4(b)(4)(ii), 47 CFR 64.1200(a)(6): let the telephone ring for at least 15 seconds or
// four rings before disconnecting an unanswered call. It binds the modes that can lose an answer.
func TestRingAtLeastFifteenSeconds(t *testing.T) {
	for _, c := range []struct {
		mode Mode
		ring time.Duration
		ok   bool
	}{{Ratio, 14 * time.Second, false}, {Ratio, 15 * time.Second, true}, {Predictive, 10 * time.Second, false}, {Progressive, 10 * time.Second, true}} {
		x := NewCampaign()
		x.Name, x.Buckets, x.Pacing.Mode, x.Pacing.RingTimeout = "c", []string{"b"}, c.mode, Duration(c.ring)
		if faults := x.Validate("campaign[0]"); (len(faults) == 0) != c.ok {
			t.Errorf("%s ringing %s: %v", c.mode, c.ring, faults)
		}
	}
}

// Ofcom, statement on persistent misuse (2010), A1.58: a number that got an abandoned call is not
// called again within 72 hours without a guaranteed operator.
func TestSeventyTwoHoursAfterAbandoned(t *testing.T) {
	now := time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		ago   time.Duration
		legal bool
	}{{71 * time.Hour, false}, {72 * time.Hour, true}} {
		d := New()
		d.now.Wall = now
		d.numbers.load([]NumberHistory{{Number: 79160000001, Last: now.Add(-c.ago), Abandoned: now.Add(-c.ago)}})
		x := &campaign{Campaign: NewCampaign(), routes: []Route{{Name: "o"}}}
		if until, why := d.judgeNumber(x, &lead{}, 79160000001); (why == "") != c.legal {
			t.Errorf("%s after an abandoned call: %q until %s", c.ago, why, until)
		}
	}
}

// Bundesnetzagentur, on call repetitions: attempts to one line are counted by the day. The day is that of
// the called person's own zone.
func TestAttemptsPerDayInThePersonsZone(t *testing.T) {
	d := New()
	d.now.Wall = time.Date(2026, 3, 2, 15, 30, 0, 0, time.UTC) // 3 March, 01:30 in Vladivostok
	yesterday := time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)  // 2 March, 23:00 there
	d.numbers.load([]NumberHistory{{Number: 74230000001, Last: yesterday, Counted: []time.Time{yesterday, yesterday, yesterday}}})
	x := &campaign{Campaign: NewCampaign(), routes: []Route{{Name: "o"}}}
	if _, why := d.judgeNumber(x, &lead{Lead: Lead{Zone: "Asia/Vladivostok"}}, 74230000001); why != "" {
		t.Errorf("three attempts of yesterday, by the person's own day, hold him today: %s", why)
	}
	until, why := d.judgeNumber(x, &lead{Lead: Lead{Zone: "Europe/Moscow"}}, 74230000001)
	if midnight := time.Date(2026, 3, 2, 21, 0, 0, 0, time.UTC); why == "" || !until.Equal(midnight) {
		t.Errorf("three attempts of today: %q until %s, want until %s", why, until, midnight)
	}
}
