package ami

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dialerd/dialer"
)

var update = flag.Bool("update", false, "write what Decode makes of the packets into testdata")

var testDecoder = Decoder{PBX: "main", Instance: "a"}

// Each file holds packets as Asterisk sent them, and under each, after ----, what Decode makes of
// it; - is nothing.
func TestDecodeCaptured(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txt")
	if len(files) == 0 {
		t.Fatal("no captured packets in testdata")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(strings.TrimSpace(string(text)), "\n\n")
		for i, block := range blocks[1:] {
			packet, said, found := strings.Cut(block, "\n----")
			if !found {
				t.Fatalf("%s: no ---- in block %d:\n%s", file, i+1, block)
			}
			is := decoded(wire(packet))
			if said = strings.TrimSpace(said); said != is && !*update {
				t.Errorf("%s:\n%s\nis    %s\nsaid  %s", file, packet, is, said)
			}
			blocks[i+1] = packet + "\n----\n" + is
		}
		if *update {
			if err := os.WriteFile(file, []byte(strings.Join(blocks, "\n\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// wire makes of lines a message as it comes over the wire.
func wire(lines string) string {
	return strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\r\n") + "\r\n\r\n"
}

func decoded(message string) string {
	e, ok := testDecoder.Decode([]byte(message))
	if !ok {
		return "-"
	}
	return strings.TrimPrefix(fmt.Sprintf("%T %+v", e, e), "dialer.")
}

func TestDecodeOdd(t *testing.T) {
	for _, test := range []struct {
		name, packet string
		want         dialer.Event
	}{
		{"a response", "Response: Success\nUniqueid: da-1", nil},
		{"nothing", "", nil},
		{"no colon", "Event: Hangup\nnonsense\nUniqueid: da-1", dialer.CallEnded{PBX: "main", Call: 1}},
		{"the event is not first", "Privilege: call,all\nEvent: Hangup\nUniqueid: da-1", dialer.CallEnded{PBX: "main", Call: 1}},
		{"a header twice: the first counts", "Event: Hangup\nUniqueid: da-1\nUniqueid: da-2", dialer.CallEnded{PBX: "main", Call: 1}},
		{"names that goami2 refuses", "Event: Hangup\nmy_key: 1\nx.y: 2\nz: 3\nUniqueid: da-1", dialer.CallEnded{PBX: "main", Call: 1}},
		{"garbage numbers", "Event: Hangup\nUniqueid: da-1\nCause: many\nTechCause: -7", dialer.CallEnded{PBX: "main", Call: 1}},
		{"numbers too long", "Event: Hangup\nUniqueid: da-1\nCause: 99999999999999999999", dialer.CallEnded{PBX: "main", Call: 1}},
		{"another instance", "Event: Hangup\nUniqueid: dab-1", nil},
		{"the far half", "Event: Hangup\nUniqueid: da-1-b\nLinkedid: da-1", nil},
		{"the far half without an id of ours", "Event: Hangup\nUniqueid: da-1;2\nLinkedid: da-1", nil},
		{"a leading zero is no id of ours", "Event: Hangup\nUniqueid: da-01", nil},
		{"an id too large", "Event: Hangup\nUniqueid: da-99999999999999999999", nil},
		{"the trunk that a Local customer's dialplan dials", "Event: DialEnd\nUniqueid: da-1-b\nDestUniqueid: 1795.7\nDestLinkedid: da-1\nDialStatus: BUSY", nil},
		{"progress is not ringing", "Event: DialState\nDestUniqueid: da-1\nDialStatus: PROGRESS", nil},
		{"a status of its own", "Event: DialEnd\nDestUniqueid: da-1\nDialStatus: GOTO:x", dialer.DialEnded{PBX: "main", Call: 1}},
		{"cancelled", "Event: DialEnd\nDestUniqueid: da-1\nDialStatus: CANCEL", dialer.DialEnded{PBX: "main", Call: 1, Status: dialer.DialCancel}},
		{"no answer", "Event: DialEnd\nDestUniqueid: da-1\nDialStatus: NOANSWER", dialer.DialEnded{PBX: "main", Call: 1, Status: dialer.DialNoAnswer}},
		{"unavailable", "Event: DialEnd\nDestUniqueid: da-1\nDialStatus: CHANUNAVAIL", dialer.DialEnded{PBX: "main", Call: 1, Status: dialer.DialUnavailable}},
		{"an originate without a channel", "Event: OriginateResponse\nActionID: o-da-1\nResponse: Failure\nReason: 0\nUniqueid: <unknown>", dialer.CallFailed{PBX: "main", Call: 1}},
		{"somebody else's originate", "Event: OriginateResponse\nActionID: x-da-1\nResponse: Failure\nUniqueid: <unknown>", nil},
		{"a talk whose customer is gone", "Event: AgentComplete\nDestUniqueid: 17.1\nDestLinkedid: da-1\nQueue: q\nInterface: SIP/1\nReason: caller",
			dialer.CallCompleted{PBX: "main", Call: 1, Queue: "q", Interface: "SIP/1"}},
		{"a talk of which little is left", "Event: AgentComplete\nQueue: q\nReason: agent", dialer.CallCompleted{PBX: "main", Queue: "q", ByAgent: true}},
		{"somebody else's caller", "Event: QueueCallerJoin\nUniqueid: 17.1\nLinkedid: 17.1\nQueue: q", dialer.CallerJoined{PBX: "main", Queue: "q"}},
		{"a customer whose Local channel was optimised away", "Event: QueueCallerJoin\nUniqueid: 17.1\nLinkedid: da-1\nQueue: q", dialer.CallerJoined{PBX: "main", Call: 1, Queue: "q"}},
		{"a member without a name", "Event: QueueMemberAdded\nQueue: q\nInterface: SIP/1\nStatus: 77\nPenalty: x",
			dialer.MemberChanged{PBX: "main", Member: dialer.Member{Queue: "q", Name: "SIP/1", Interface: "SIP/1"}}},
		{"a member of queues.conf, behind whom is another telephone",
			"Event: QueueMemberStatus\nQueue: q\nMemberName: A\nInterface: Local/1@x/n\nStateInterface: PJSIP/1\nMembership: static\nPenalty: 2",
			dialer.MemberChanged{PBX: "main", Member: dialer.Member{Queue: "q", Name: "A", Interface: "Local/1@x/n", Device: "PJSIP/1", Static: true, Penalty: 2}}},
		{"a member whose telephone is his interface",
			"Event: QueueMemberStatus\nQueue: q\nInterface: PJSIP/1\nStateInterface: PJSIP/1\nMembership: realtime",
			dialer.MemberChanged{PBX: "main", Member: dialer.Member{Queue: "q", Name: "PJSIP/1", Interface: "PJSIP/1"}}},
		{"a member of no queue", "Event: QueueMemberAdded\nInterface: SIP/1", nil},
	} {
		if e, ok := testDecoder.Decode([]byte(wire(test.packet))); e != test.want || ok != (test.want != nil) {
			t.Errorf("%s: %#v, want %#v", test.name, e, test.want)
		}
	}
}

func TestDecodeBareLineFeed(t *testing.T) {
	message := "Event: QueueMemberPause\r\nQueue: q\r\nMemberName: A\nEvent: B\r\nInterface: SIP/1\r\n\r\n"
	want := dialer.MemberChanged{PBX: "main", Member: dialer.Member{Queue: "q", Name: "A\nEvent: B", Interface: "SIP/1"}}
	if e, _ := testDecoder.Decode([]byte(message)); e != want {
		t.Errorf("%#v, want %#v", e, want)
	}
}
