package agi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dialerd/agi/agitest"
	"dialerd/dialer"
)

func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		name    string
		channel agitest.Channel
		answer  dialer.Answer
		asked   dialer.Question
		set     string
	}{
		{
			name:    "answered, to the queue",
			channel: call7,
			answer:  toQueue,
			asked:   dialer.Question{What: dialer.QuestionAnswered, Call: 7},
			set: "DIALER_ACTION=queue DIALER_QUEUE=sales DIALER_PRIORITY=5 DIALER_WITHIN=2.500 DIALER_MESSAGE=dialer/sorry " +
				"DIALER_LEAD=42 DIALER_CAMPAIGN=spring-sale DIALER_OK=1",
		},
		{
			name:    "what the list says of the lead",
			channel: call7,
			answer: dialer.Answer{OK: true, Action: dialer.ActionHold, Fields: dialer.LeadFields{External: "crm 7", Name: "ООО \"Ромашка\"\nReset",
				Attributes: map[string]string{"debt": "100", "a": "\x07\x7f"}}},
			asked: dialer.Question{What: dialer.QuestionAnswered, Call: 7},
			set: "DIALER_ACTION=hold DIALER_PRIORITY=0 DIALER_WITHIN=0.000 DIALER_MESSAGE= DIALER_LEAD=0 DIALER_CAMPAIGN= " +
				`DIALER_NAME=ООО "Ромашка" Reset DIALER_EXTERNAL=crm 7 DIALER_ATTRIBUTES={"a":"\u0007 ","debt":"100"} DIALER_OK=1`,
		},
		{
			name:    "a name too long is cut, attributes too long are left out",
			channel: call7,
			answer: dialer.Answer{OK: true, Action: dialer.ActionHold, Fields: dialer.LeadFields{Name: "a" + strings.Repeat("ё", maxValue),
				Attributes: map[string]string{"note": strings.Repeat("x", maxQuoted)}}},
			asked: dialer.Question{What: dialer.QuestionAnswered, Call: 7},
			set: "DIALER_ACTION=hold DIALER_PRIORITY=0 DIALER_WITHIN=0.000 DIALER_MESSAGE= DIALER_LEAD=0 DIALER_CAMPAIGN= " +
				"DIALER_NAME=a" + strings.Repeat("ё", maxValue/2-1) + " DIALER_OK=1",
		},
		{
			name:    "an answer without a queue leaves the Originate's",
			channel: call7,
			answer:  dialer.Answer{OK: true, Action: dialer.ActionAMD},
			asked:   dialer.Question{What: dialer.QuestionAnswered, Call: 7},
			set: "DIALER_ACTION=amd DIALER_PRIORITY=0 DIALER_WITHIN=0.000 DIALER_MESSAGE= " +
				"DIALER_LEAD=0 DIALER_CAMPAIGN= DIALER_OK=1",
		},
		{
			name:    "machine",
			channel: agitest.Channel{Script: "machine", UniqueID: "da-7", Args: []string{"da-7", "MACHINE"}},
			answer:  dialer.Answer{OK: true, Action: dialer.ActionHangup},
			asked:   dialer.Question{What: dialer.QuestionMachine, Call: 7, Verdict: "MACHINE"},
			set: "DIALER_ACTION=hangup DIALER_PRIORITY=0 DIALER_WITHIN=0.000 DIALER_MESSAGE= " +
				"DIALER_LEAD=0 DIALER_CAMPAIGN= DIALER_OK=1",
		},
		{
			name:    "a leg that is not ours names the call by its argument",
			channel: agitest.Channel{Script: "answered?x=1", UniqueID: "lab22-1795352378.2", Args: []string{"da-9"}},
			answer:  dialer.Answer{OK: false},
			asked:   dialer.Question{What: dialer.QuestionAnswered, Call: 9},
			set:     "DIALER_ERROR=the dialer has no answer for call 9 DIALER_OK=0",
		},
		{
			name:    "a call of another dialer",
			channel: agitest.Channel{Script: "answered", UniqueID: "db-7", Args: []string{"", "HUMAN"}},
			answer:  dialer.Answer{OK: false},
			asked:   dialer.Question{What: dialer.QuestionAnswered},
			set:     "DIALER_ERROR=the dialer has no answer for call 0 DIALER_OK=0",
		},
		{
			name:    "quotes and backslashes arrive as they are",
			channel: call7,
			answer:  dialer.Answer{OK: true, Action: dialer.ActionMessage, Message: `a\b "c" ${EXTEN},d`},
			asked:   dialer.Question{What: dialer.QuestionAnswered, Call: 7},
			set: `DIALER_ACTION=message DIALER_PRIORITY=0 DIALER_WITHIN=0.000 DIALER_MESSAGE=a\b "c" ${EXTEN},d ` +
				"DIALER_LEAD=0 DIALER_CAMPAIGN= DIALER_OK=1",
		},
		{
			name:    "an unknown question is not put",
			channel: agitest.Channel{Script: "weather", UniqueID: "da-7"},
			set:     `DIALER_ERROR="weather" is no question: one of "answered", "machine", "pause", "work", "status", "login", "logout", "reserve" or "release" DIALER_OK=0`,
		},
		{
			name:    "no question at all",
			channel: agitest.Channel{UniqueID: "da-7"},
			set:     `DIALER_ERROR="" is no question: one of "answered", "machine", "pause", "work", "status", "login", "logout", "reserve" or "release" DIALER_OK=0`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked dialer.Question
				w := newWorld(t, Config{}, func(_ context.Context, q dialer.Question) (dialer.Answer, error) {
					asked = q
					return test.answer, nil
				})
				a := w.dial()
				must(t, a.Begin(test.channel))
				set, err := a.Answer()
				must(t, err)
				if counts, lost := w.end(); counts.Lost != 0 || len(lost) != 0 || counts.Sessions != 1 {
					t.Errorf("counts %+v, lost %v", counts, lost)
				}
				if asked != test.asked {
					t.Errorf("asked %+v, want %+v", asked, test.asked)
				}
				if got := written(set); got != test.set {
					t.Errorf("set  %s\nwant %s", got, test.set)
				}
			})
		})
	}
}

// TestCutShort has a client that behaves well up to some point. Its call must be told as lost once
// the question was put, and the session must end on the spot, or at the deadline if nothing comes.
func TestCutShort(t *testing.T) {
	const deadline = 400 * time.Millisecond
	begin := func(a *agitest.Asterisk) error { return a.Begin(call7) }
	answer3 := func(a *agitest.Asterisk) error { _, err := a.AnswerN(3); return err }
	command := func(a *agitest.Asterisk) error { _, err := a.Command(); return err }
	reply := func(lines string) func(*agitest.Asterisk) error {
		return func(a *agitest.Asterisk) error { return a.Reply(lines) }
	}
	for _, test := range []struct {
		name  string
		play  []func(*agitest.Asterisk) error
		after time.Duration // how long the session lasts
		want  Counts
	}{
		{"silent after the environment", []func(*agitest.Asterisk) error{begin}, deadline, Counts{Late: 1, Lost: 1}},
		{"silent after a command", []func(*agitest.Asterisk) error{begin, answer3, command}, deadline, Counts{Late: 1, Lost: 1}},
		{"HANGUP before the first reply", []func(*agitest.Asterisk) error{begin, command, (*agitest.Asterisk).HangUp}, 0, Counts{Hangups: 1, Lost: 1}},
		{"HANGUP in the middle", []func(*agitest.Asterisk) error{begin, answer3, command, reply("HANGUP\n200 result=1")}, 0, Counts{Hangups: 1, Lost: 1}},
		{"HANGUP with the environment", []func(*agitest.Asterisk) error{func(a *agitest.Asterisk) error {
			return a.Send(append(call7.Environment(), "HANGUP\n"...))
		}, command}, 0, Counts{Hangups: 1, Lost: 1}},
		{"dead channel", []func(*agitest.Asterisk) error{begin, answer3, command,
			reply("511 Command Not Permitted on a dead channel or intercept routine")}, 0, Counts{Hangups: 1, Lost: 1}},
		{"closed after the environment", []func(*agitest.Asterisk) error{begin, (*agitest.Asterisk).Close}, 0, Counts{Hangups: 1, Lost: 1}},
		{"closed in the middle", []func(*agitest.Asterisk) error{begin, answer3, (*agitest.Asterisk).Close}, 0, Counts{Hangups: 1, Lost: 1}},
		{"the last variable without its reply", []func(*agitest.Asterisk) error{begin, func(a *agitest.Asterisk) error {
			_, err := a.AnswerN(7)
			return err
		}, command, (*agitest.Asterisk).Close}, 0, Counts{Hangups: 1, Lost: 1}},
		{"refused", []func(*agitest.Asterisk) error{begin, command, reply("200 result=-1")}, 0, Counts{Lost: 1}},
		{"no such command", []func(*agitest.Asterisk) error{begin, command, reply("510 Invalid or unknown command")}, 0, Counts{Lost: 1}},
		{"usage", []func(*agitest.Asterisk) error{begin, command,
			reply("520-Invalid command syntax.  Proper usage follows:\n Usage: SET VARIABLE\n520 End of proper usage.")}, 0, Counts{Lost: 1}},
		{"garbage", []func(*agitest.Asterisk) error{begin, command, reply("\x00%s%n")}, 0, Counts{Lost: 1}},
		{"an empty line", []func(*agitest.Asterisk) error{begin, command, reply("")}, 0, Counts{Lost: 1}},
		{"a line without an end", []func(*agitest.Asterisk) error{begin, command, func(a *agitest.Asterisk) error {
			return expectClosed(a.Send(bytes.Repeat([]byte("2"), 1<<20)))
		}}, 0, Counts{Lost: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, Config{Deadline: deadline}, answer(toQueue))
				a, began := w.dial(), time.Now()
				for i, act := range test.play {
					if err := act(a); err != nil {
						t.Fatalf("act %d: %v", i, err)
					}
				}
				counts, lost := w.end()
				if took := time.Since(began); took != test.after {
					t.Errorf("the session took %v, want %v", took, test.after)
				}
				test.want.Sessions = 1
				if counts != test.want {
					t.Errorf("counts %+v\nwant  %+v", counts, test.want)
				}
				if !slices.Equal(lost, []dialer.CallID{7}) {
					t.Errorf("lost %v, want call 7", lost)
				}
			})
		})
	}
}

// TestBadEnvironment has clients that are not let as far as a question.
func TestBadEnvironment(t *testing.T) {
	const deadline = 400 * time.Millisecond
	good := call7.Environment()
	for _, test := range []struct {
		name  string
		send  []byte
		close bool
		after time.Duration
		want  Counts
	}{
		{"closed without a byte", nil, true, 0, Counts{Malformed: 1}},
		{"silent", nil, false, deadline, Counts{Late: 1}},
		{"half and silent", good[:100], false, deadline, Counts{Late: 1}},
		{"half and closed", good[:100], true, 0, Counts{Malformed: 1}},
		{"what panics the library", []byte("a: b\n\n"), false, 0, Counts{Malformed: 1}},
		{"what panics the library, at the end", []byte("agi_network: yes\nagi_x:\n\n"), false, 0, Counts{Malformed: 1}},
		{"an empty line", []byte("\n"), false, 0, Counts{Malformed: 1}},
		{"HTTP", []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), false, 0, Counts{Malformed: 1}},
		{"too many lines", lines(151), false, 0, Counts{Malformed: 1}},
		{"too long a line", []byte("agi_arg_1: " + strings.Repeat("x", 5000) + "\n"), false, 0, Counts{Malformed: 1}},
		{"too many bytes", bytes.Repeat([]byte("agi_arg_1: x\n"), 10000), false, 0, Counts{Malformed: 1}},
		{"a name twice", []byte("agi_uniqueid: da-7\nagi_calleridname: x\nagi_uniqueid: da-8\n\n"), false, 0, Counts{Malformed: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, Config{Deadline: deadline}, answer(toQueue))
				a, began := w.dial(), time.Now()
				_ = a.Send(test.send) // a server that has read enough closes in the middle of it
				if test.close {
					must(t, a.Close())
				}
				counts, lost := w.end()
				if took := time.Since(began); took != test.after {
					t.Errorf("the session took %v, want %v", took, test.after)
				}
				test.want.Sessions = 1
				if counts != test.want || len(lost) != 0 {
					t.Errorf("counts %+v, lost %v\nwant  %+v", counts, lost, test.want)
				}
			})
		})
	}
}

func TestDribblerIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{}, answer(toQueue))
		a, began := w.dial(), time.Now()
		if err := expectClosed(a.Dribble(call7.Environment(), 10*time.Millisecond)); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 420*time.Millisecond {
			t.Errorf("a client that sends a byte every 10ms was served for %v", took)
		}
		if counts, _ := w.end(); counts.Late != 1 {
			t.Errorf("counts %+v", counts)
		}
	})
}

// TestAskerFails has a dialer that gives no answer that could be delivered. Whatever it may have
// decided, it is told that the answer is lost.
func TestAskerFails(t *testing.T) {
	for _, test := range []struct {
		name string
		ask  Asker
		set  string // what the dialplan is told all the same
		want Counts
	}{
		{"panic", func(context.Context, dialer.Question) (dialer.Answer, error) { panic("boom") },
			"", Counts{Panics: 1, Lost: 1}},
		{"error", func(context.Context, dialer.Question) (dialer.Answer, error) {
			return dialer.Answer{}, errors.New("the daemon\nends")
		}, "DIALER_ERROR=the dialer did not answer: the daemon ends DIALER_OK=0", Counts{Lost: 1}},
		{"late", func(ctx context.Context, _ dialer.Question) (dialer.Answer, error) {
			<-ctx.Done()
			return dialer.Answer{}, ctx.Err()
		}, "", Counts{Late: 1, Lost: 1}},
		{"late with an answer", func(ctx context.Context, _ dialer.Question) (dialer.Answer, error) {
			<-ctx.Done()
			return toQueue, nil
		}, "", Counts{Late: 1, Lost: 1}},
		{"no action", answer(dialer.Answer{OK: true}),
			"DIALER_ERROR=the dialer's answer names no action DIALER_OK=0", Counts{Lost: 1}},
		{"control byte", answer(dialer.Answer{OK: true, Action: dialer.ActionQueue, Queue: "sales\nEXEC System rm"}),
			`DIALER_ERROR=the dialer's answer cannot be sent: DIALER_QUEUE holds the control byte 0x0a at 5: "sales\nEXEC System rm" DIALER_OK=0`,
			Counts{Lost: 1}},
		{"too long", answer(dialer.Answer{OK: true, Action: dialer.ActionQueue, Campaign: strings.Repeat("x", maxQuoted+1)}),
			"DIALER_ERROR=the dialer's answer cannot be sent: DIALER_CAMPAIGN is 1901 bytes long, at most 1900 fit DIALER_OK=0", Counts{Lost: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, Config{}, test.ask)
				a := w.dial()
				must(t, a.Begin(call7))
				set, err := a.Answer()
				if test.want.Late == 0 {
					must(t, err)
				}
				if got := written(set); got != test.set {
					t.Errorf("set  %s\nwant %s", got, test.set)
				}
				test.want.Sessions = 1
				if counts, lost := w.end(); counts != test.want || !slices.Equal(lost, []dialer.CallID{7}) {
					t.Errorf("counts %+v, lost %v\nwant  %+v", counts, lost, test.want)
				}
			})
		})
	}
}

func lines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "agi_arg_%d: x\n", i)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func written(set agitest.Variables) string {
	var words []string
	for _, v := range set {
		words = append(words, v.Name+"="+v.Value)
	}
	return strings.Join(words, " ")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expectClosed(err error) error {
	if err == nil {
		return errors.New("the server did not close the connection")
	}
	return nil
}
