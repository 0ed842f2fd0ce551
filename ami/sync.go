package ami

import (
	"cmp"
	"slices"
	"strings"

	"dialerd/dialer"
)

// snapshot gathers what QueueStatus and CoreShowChannels list.
type snapshot struct {
	memberID string // ActionID of the QueueStatus that is being answered
	callID   string // and of the CoreShowChannels
	members  []dialer.Member
	waiting  map[dialer.CallID]string // the queue that a call of ours waits in
	channels []channel
}

// channel is one channel of a list: of a call of ours, or one that may be bridged with it.
type channel struct {
	name   string
	call   dialer.CallID // 0 when it is not a customer's channel
	up     bool
	bridge string
}

func (s *snapshot) addMember(f *fields) {
	if m := f.queueMember(); m.Queue != "" && m.Interface != "" {
		s.members = append(s.members, m)
	}
}

func (s *snapshot) addCaller(d Decoder, f *fields) {
	if call := d.call(f.uniqueid); call != 0 {
		if s.waiting == nil {
			s.waiting = map[dialer.CallID]string{}
		}
		s.waiting[call] = string(f.queue)
	}
}

func (s *snapshot) addChannel(d Decoder, f *fields) {
	c := channel{
		name:   string(f.channel),
		call:   d.call(f.uniqueid),
		up:     string(f.channelState) == "6",
		bridge: string(f.bridge),
	}
	if c.call != 0 || c.bridge != "" {
		s.channels = append(s.channels, c)
	}
}

// calls are our calls in the order of their ids, each with the queue it waits in and the member it
// is bridged with.
func (s *snapshot) calls() (calls []dialer.LiveCall) {
	interfaces := map[string]string{}
	for _, m := range s.members {
		interfaces[device(m.Interface)] = m.Interface
	}
	agents := map[string]string{} // by bridge
	for _, c := range s.channels {
		if agent := interfaces[deviceOf(c.name)]; c.call == 0 && c.bridge != "" && agent != "" {
			agents[c.bridge] = agent
		}
	}
	for _, c := range s.channels {
		if c.call != 0 {
			calls = append(calls, dialer.LiveCall{
				Call: c.call, Up: c.up, Queue: s.waiting[c.call], Agent: agents[c.bridge],
			})
		}
	}
	slices.SortFunc(calls, func(a, b dialer.LiveCall) int { return cmp.Compare(a.Call, b.Call) })
	return calls
}

// device is an interface without its options: Local/7@agents of Local/7@agents/n.
func device(iface string) string {
	technology, resource, _ := strings.Cut(iface, "/")
	resource, _, _ = strings.Cut(resource, "/")
	return technology + "/" + resource
}

// deviceOf is the device that a channel is of: PJSIP/7 of PJSIP/7-0000002a, Local/7@agents of
// Local/7@agents-0000002a;1.
func deviceOf(channel string) string {
	if i := strings.LastIndexByte(channel, '-'); i >= 0 {
		return channel[:i]
	}
	return channel
}
