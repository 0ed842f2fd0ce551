package ami

import (
	"strings"
	"testing"
	"time"

	"github.com/staskobzar/goami2"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

var testOriginate = dialer.Originate{
	PBX: "main", Call: 7, Dial: "PJSIP/79161234567@trunk", CallerID: 74951234567, Queue: "sales", Timeout: 25 * time.Second,
}

func TestEncode(t *testing.T) {
	local := testOriginate
	local.Dial, local.CallerID = "Local/79161234567@route/n", 0
	for _, test := range []struct {
		effect dialer.Effect
		want   string
	}{
		{testOriginate, `Action: Originate
ActionID: o-da-7
Channel: PJSIP/79161234567@trunk
ChannelId: da-7
Context: dialerd-answered
Exten: s
Priority: 1
Async: true
Timeout: 25000
CallerID: "" <74951234567>
Variable: __DIALER_ID=da-7
Variable: DIALER_QUEUE=sales`},
		{local, `Action: Originate
ActionID: o-da-7
Channel: Local/79161234567@route/n
ChannelId: da-7
OtherChannelId: da-7-b
Context: dialerd-answered
Exten: s
Priority: 1
Async: true
Timeout: 25000
Variable: __DIALER_ID=da-7
Variable: DIALER_QUEUE=sales`},
		{dialer.Redirect{PBX: "main", Call: 7, To: dialer.ActionQueue}, `Action: Redirect
ActionID: r-da-7
Channel: da-7
Context: dialerd-queue
Exten: s
Priority: 1`},
		{dialer.Redirect{PBX: "main", Call: 7, To: dialer.ActionMessage}, `Action: Redirect
ActionID: r-da-7
Channel: da-7
Context: dialerd-message
Exten: s
Priority: 1`},
		{dialer.Withdraw{PBX: "main", Call: 7, Queue: "sales"}, `Action: QueueWithdrawCaller
ActionID: w-da-7
Queue: sales
Caller: PJSIP/trunk-0000002a`},
		{dialer.Hangup{PBX: "main", Call: 7}, `Action: Hangup
ActionID: h-da-7
Channel: da-7
Cause: 16`},
		{dialer.SetPause{PBX: "main", Queue: "sales", Interface: "Local/101@phones/n", Paused: true, Reason: "wrap-up"}, `Action: QueuePause
ActionID: p-sales-Local/101@phones/n
Queue: sales
Interface: Local/101@phones/n
Paused: true
Reason: wrap-up`},
		{dialer.SetPause{PBX: "main", Queue: "sales", Interface: "PJSIP/101"}, `Action: QueuePause
ActionID: p-sales-PJSIP/101
Queue: sales
Interface: PJSIP/101
Paused: false`},
		{dialer.SetPenalty{PBX: "main", Queue: "sales", Interface: "PJSIP/101", Penalty: 3}, `Action: QueuePenalty
ActionID: n-sales-PJSIP/101
Queue: sales
Interface: PJSIP/101
Penalty: 3`},
		{dialer.AddMember{PBX: "main", Queue: "sales", Interface: "PJSIP/101", Name: "Анна; Петрова|1\n", Penalty: 3}, `Action: QueueAdd
ActionID: a-sales-PJSIP/101
Queue: sales
Interface: PJSIP/101
Penalty: 3
Paused: false
MemberName: Анна  Петрова 1`},
		{dialer.AddMember{PBX: "main", Queue: "sales", Interface: "Local/101@phones/n", Name: ";"}, `Action: QueueAdd
ActionID: a-sales-Local/101@phones/n
Queue: sales
Interface: Local/101@phones/n
Penalty: 0
Paused: false`},
		{dialer.AddMember{PBX: "main", Queue: "sales", Interface: "PJSIP/101", Name: strings.Repeat("ж", 60)}, `Action: QueueAdd
ActionID: a-sales-PJSIP/101
Queue: sales
Interface: PJSIP/101
Penalty: 0
Paused: false
MemberName: ` + strings.Repeat("ж", 39)},
		{dialer.RemoveMember{PBX: "main", Queue: "sales", Interface: "PJSIP/101"}, `Action: QueueRemove
ActionID: x-sales-PJSIP/101
Queue: sales
Interface: PJSIP/101`},
	} {
		got, err := Encode("a", test.effect, "PJSIP/trunk-0000002a")
		if err != nil {
			t.Errorf("%+v: %v", test.effect, err)
		} else if string(got) != wire(test.want) {
			t.Errorf("%+v:\n%s\nwant\n%s", test.effect, got, test.want)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	originate := func(change func(*dialer.Originate)) dialer.Originate {
		e := testOriginate
		change(&e)
		return e
	}
	for _, test := range []struct {
		field  string // that the error names
		effect dialer.Effect
	}{
		{"queue", originate(func(e *dialer.Originate) { e.Queue = "" })},
		{"queue", originate(func(e *dialer.Originate) { e.Queue = "a,B=2" })},
		{"queue", originate(func(e *dialer.Originate) { e.Queue = "a(b" })},
		{"queue", originate(func(e *dialer.Originate) { e.Queue = `a\b` })},
		{"queue", originate(func(e *dialer.Originate) { e.Queue = `a"b` })},
		{"Variable", originate(func(e *dialer.Originate) { e.Queue = "a\r\nAction: Command" })},
		{"Variable", originate(func(e *dialer.Originate) { e.Queue = "a\nb" })},
		{"Variable", originate(func(e *dialer.Originate) { e.Queue = "a\x00b" })},
		{"Variable", originate(func(e *dialer.Originate) { e.Queue = "a\x7fb" })},
		{"Variable", originate(func(e *dialer.Originate) { e.Queue = "a " })},
		{"Variable", originate(func(e *dialer.Originate) { e.Queue = strings.Repeat("q", 1000) })},
		{"dial string", originate(func(e *dialer.Originate) { e.Dial = "" })},
		{"dial string", originate(func(e *dialer.Originate) { e.Dial = "trunk" })},
		{"dial string", originate(func(e *dialer.Originate) { e.Dial = "/7@trunk" })},
		{"dial string", originate(func(e *dialer.Originate) { e.Dial = "Local/${X}@y" })},
		{"Channel", originate(func(e *dialer.Originate) { e.Dial = "PJSIP/7\rX" })},
		{"ringing time", originate(func(e *dialer.Originate) { e.Timeout = 0 })},
		{"ringing time", originate(func(e *dialer.Originate) { e.Timeout = time.Microsecond })},
		{"call id", originate(func(e *dialer.Originate) { e.Call = 0 })},
		{"call id", dialer.Hangup{Call: -1}},
		{"channel", dialer.Withdraw{Call: 1, Queue: "sales"}},
		{"queue", dialer.Withdraw{Call: 1, Queue: "a,b"}},
		{"target", dialer.Redirect{Call: 1, To: dialer.ActionAMD}},
		{"queue", dialer.AddMember{Queue: "a,b", Interface: "PJSIP/1"}},
		{"interface", dialer.AddMember{Queue: "sales"}},
		{"penalty", dialer.AddMember{Queue: "sales", Interface: "PJSIP/1", Penalty: -1}},
		{"interface", dialer.RemoveMember{Queue: "sales", Interface: "PJSIP/$1"}},
		{"not for Asterisk", dialer.Notice{}},
	} {
		got, err := Encode("a", test.effect, "")
		if err == nil || !strings.Contains(err.Error(), test.field) || got != nil {
			t.Errorf("%+v: %q and error %v, want an error that names %s", test.effect, got, err, test.field)
		}
	}
}

// Whatever the strings, what comes out is one action with the very values that went in, or none.
func FuzzEncode(f *testing.F) {
	f.Add("PJSIP/79161234567@trunk", "sales", int64(7), uint64(74951234567), int64(25e9))
	f.Add("Local/1@x/n", "sales\r\n\r\nAction: Command\r\nCommand: core stop now", int64(1), uint64(0), int64(1e6))
	f.Add("Local/1@x/n\nX: y", "a,B=(1", int64(0), uint64(1), int64(0))
	f.Add("PJSIP/\xff\x80@t", "\u0085 \u2028", int64(1), uint64(1), int64(1e6))
	f.Fuzz(func(t *testing.T, dial, queue string, call int64, callerID uint64, timeout int64) {
		e := dialer.Originate{
			Call: dialer.CallID(call), Dial: dial, CallerID: phone.Number(callerID), Queue: queue, Timeout: time.Duration(timeout),
		}
		wire, err := Encode("a", e, "")
		if err != nil {
			return
		}
		if strings.Count(string(wire), "\r\n\r\n") != 1 || !strings.HasSuffix(string(wire), "\r\n\r\n") {
			t.Fatalf("not one action: %q", wire)
		}
		m, err := goami2.Parse(string(wire))
		if err != nil {
			t.Fatal(err)
		}
		variables := m.FieldValues("Variable")
		if m.Field("Action") != "Originate" || m.Field("Channel") != dial || len(variables) != 2 || variables[1] != "DIALER_QUEUE="+queue {
			t.Errorf("%q became %q", []string{dial, queue}, wire)
		}
		if lines := strings.Count(string(wire), "\n"); lines != m.Len()+1 {
			t.Errorf("%d lines for %d headers", lines, m.Len())
		}
		for _, c := range wire {
			if c < 0x20 && c != '\r' && c != '\n' || c == 0x7f {
				t.Errorf("byte 0x%02x in %q", c, wire)
			}
		}
	})
}
