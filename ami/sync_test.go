package ami

import (
	"slices"
	"testing"
	"time"

	"dialerd/dialer"
)

func TestSnapshotCalls(t *testing.T) {
	var s snapshot
	read := func(add func(*fields), lines string) {
		var f fields
		f.read([]byte(wire(lines)))
		add(&f)
	}
	channel := func(lines string) {
		read(func(f *fields) { s.addChannel(testDecoder, f) }, "Event: CoreShowChannel\n"+lines)
	}
	read(s.addMember, "Event: QueueMember\nQueue: q\nName: Alice\nLocation: Local/7@agents/n\nStatus: 2\nInCall: 1")
	read(s.addMember, "Event: QueueMember\nQueue: q\nName: Bob\nLocation: PJSIP/bob-1\nStatus: 1")
	read(s.addMember, "Event: QueueMember\nQueue: q")
	read(func(f *fields) { s.addCaller(testDecoder, f) }, "Event: QueueEntry\nQueue: q\nUniqueid: da-2")
	read(func(f *fields) { s.addCaller(testDecoder, f) }, "Event: QueueEntry\nQueue: q\nUniqueid: 17.9")
	channel("Channel: PJSIP/t-0000000a\nUniqueid: da-12\nChannelState: 6\nBridgeId: B2")
	channel("Channel: PJSIP/bob-1-0000000b\nUniqueid: 17.4\nChannelState: 6\nBridgeId: B2")
	channel("Channel: Local/x@r-00000001;1\nUniqueid: da-3\nChannelState: 6\nBridgeId: B1")
	channel("Channel: Local/x@r-00000001;2\nUniqueid: da-3-b\nChannelState: 6\nBridgeId: B3")
	channel("Channel: Local/7@agents-00000002;1\nUniqueid: 17.2\nChannelState: 6\nBridgeId: B1")
	channel("Channel: PJSIP/t-0000000c\nUniqueid: da-2\nChannelState: 6\nBridgeId: ")
	channel("Channel: PJSIP/t-0000000d\nUniqueid: da-4\nChannelState: 5\nBridgeId: ")
	channel("Channel: PJSIP/bob-1-0000000e\nUniqueid: 17.8\nChannelState: 6\nBridgeId: ")

	want := []dialer.LiveCall{
		{Call: 2, Up: true, Queue: "q"},
		{Call: 3, Up: true, Agent: "Local/7@agents/n"},
		{Call: 4},
		{Call: 12, Up: true, Agent: "PJSIP/bob-1"},
	}
	if got := s.calls(); !slices.Equal(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	members := []dialer.Member{
		{Queue: "q", Name: "Alice", Interface: "Local/7@agents/n", Status: dialer.DeviceInUse, InCall: true},
		{Queue: "q", Name: "Bob", Interface: "PJSIP/bob-1", Status: dialer.DeviceNotInUse},
	}
	if !slices.Equal(s.members, members) {
		t.Errorf("%+v\nwant %+v", s.members, members)
	}
}

// CoreStatus speaks in Asterisk's zone, which it does not name.
func TestStartup(t *testing.T) {
	status := parse([]byte(wire("Response: Success\nCoreStartupDate: 2026-11-22\nCoreStartupTime: 14:07:33")))
	utc := time.Date(2026, 11, 22, 14, 7, 33, 0, time.UTC)
	for name, ahead := range map[string]time.Duration{
		"UTC": 0, "Moscow": 3 * time.Hour, "New York": -5 * time.Hour, "Kathmandu": 5*time.Hour + 45*time.Minute,
	} {
		want := utc.Add(-ahead)
		for _, off := range []time.Duration{0, 900 * ms, -7 * time.Minute} { // uptime is cut to seconds, and clocks differ
			if got := startup(status, want.Add(off)); !got.Equal(want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
	if got := startup(status, time.Time{}); !got.Equal(time.Date(2026, 11, 22, 14, 7, 33, 0, time.Local)) {
		t.Errorf("without an uptime: %v", got)
	}
	if got := startup(parse([]byte(wire("Response: Error\nMessage: Permission denied"))), utc); !got.IsZero() {
		t.Errorf("out of nothing: %v", got)
	}
}

func TestParseWhatGoami2Refuses(t *testing.T) {
	m := parse([]byte("Response: Success\r\nmy_key: 1\r\nx.y:  2\r\nz: 3\r\nOutput: a\nb\r\nno colon\r\nActionID: 7\r\n\r\n"))
	for name, want := range map[string]string{"Response": "Success", "my_key": "1", "x.y": "2", "z": "3", "Output": "a\nb", "ActionID": "7"} {
		if got := m.Field(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
