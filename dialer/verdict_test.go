package dialer

import (
	"testing"
	"time"
)

// TestVerdict is the table of what Asterisk 16 and 22 were seen to say of each far end.
func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		name string
		e    evidence
		want Outcome
		by   Party
	}{
		{"Local Busy()", evidence{dial: DialBusy, reason: 5}, Busy, Person},
		{"Local Congestion()", evidence{dial: DialCongestion, reason: 8}, Congestion, Carrier},
		{"rings until the timeout, 22", evidence{reason: 3, q850: 19}, NoAnswer, Person},
		{"rings until the timeout, 16", evidence{reason: 3}, NoAnswer, Person},
		{"hung up before the answer, cause 1", evidence{dial: DialNoAnswer, q850: 1}, InvalidNumber, Person},
		{"cause 19", evidence{dial: DialNoAnswer, q850: 19}, NoAnswer, Person},
		{"cause 21", evidence{dial: DialNoAnswer, q850: 21}, Rejected, Person},
		{"cause 38", evidence{dial: DialNoAnswer, q850: 38}, Failed, Carrier},
		{"no such extension", evidence{}, Failed, Carrier},
		{"PJSIP 486", evidence{dial: DialBusy, q850: 17, sip: 486}, Busy, Person},
		{"PJSIP 503", evidence{dial: DialCongestion, q850: 34, sip: 503}, Congestion, Carrier},
		{"PJSIP 404", evidence{dial: DialNoAnswer, q850: 1, sip: 404}, InvalidNumber, Person},
		{"PJSIP 480", evidence{dial: DialNoAnswer, q850: 19, sip: 480}, NoAnswer, Person},
		{"PJSIP 603", evidence{dial: DialNoAnswer, q850: 21, sip: 603}, Rejected, Person},
		{"PJSIP 403: the carrier's word, not the person's", evidence{dial: DialNoAnswer, q850: 21, sip: 403}, Failed, Carrier},
		{"PJSIP 486 on 16, without the status", evidence{dial: DialBusy, q850: 17}, Busy, Person},
		{"cause 16 without an answer says nothing: the dial status does", evidence{dial: DialBusy, q850: 16}, Busy, Person},
		{"hung up while ringing", evidence{dial: DialNoAnswer, q850: 16, reason: 1}, NoAnswer, Person},
		{"refused by Asterisk", evidence{refused: true, failed: true}, Failed, Us},
		{"given up before it went out", evidence{cancelled: true}, Cancelled, Us},
		{"nobody knows", evidence{lost: true}, Lost, Us},
	} {
		x := &call{evidence: c.e, campaign: &campaign{Campaign: NewCampaign()}}
		if got, cause := x.verdict(time.Hour); got != c.want || cause.By != c.by {
			t.Errorf("%s: %s by %s, want %s by %s", c.name, got, cause.By, c.want, c.by)
		}
	}
}

// TestVerdictAnswered: what becomes of a call that a person answered, by who was there in time.
func TestVerdictAnswered(t *testing.T) {
	wall := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		call call
		left time.Duration // after the answer
		want Outcome
	}{
		{"talked", call{attempt: Attempt{Answered: wall, Connected: wall}}, time.Minute, Answered},
		{"talked, though it had been given up", call{attempt: Attempt{Answered: wall, Connected: wall}, abandoned: true}, time.Minute, Answered},
		{"left early", call{attempt: Attempt{Answered: wall}}, time.Second, HungUp},
		{"left after the limit", call{attempt: Attempt{Answered: wall}}, 2 * time.Second, Abandoned},
		{"left while AMD listened, which is not the operators' time", call{phase: PhaseAMD, attempt: Attempt{Answered: wall}}, 3 * time.Second, HungUp},
		{"given up", call{attempt: Attempt{Answered: wall}, abandoned: true}, 2 * time.Second, Abandoned},
		{"machine", call{attempt: Attempt{Answered: wall}, machine: true}, 5 * time.Second, Machine},
		{"lost after the answer: an operator may have taken it", call{attempt: Attempt{Answered: wall}, evidence: evidence{lost: true}}, time.Second, Lost},
		{"lost in the talk: it was a talk", call{attempt: Attempt{Answered: wall, Connected: wall}, evidence: evidence{lost: true}}, time.Second, Answered},
	} {
		x := c.call
		x.campaign, x.answered = &campaign{Campaign: NewCampaign()}, time.Hour
		if got, _ := x.verdict(time.Hour + c.left); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
