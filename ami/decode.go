package ami

import (
	"bytes"

	"dialerd/dialer"
	"dialerd/dialplan"
)

// Decoder reads the events of one PBX. It keeps nothing between messages.
type Decoder struct {
	PBX      string // goes into every event
	Instance string // tells our channels from others'
}

// Decode reads one message, from its first header to its empty line. It is false when the message
// has nothing to tell the Dialer: most events, those of calls that are not ours, and responses. A
// number that is none is read as 0, and no message is refused for what it holds.
//
// The customer's channel is known by its Uniqueid, which is our channel id; in events of queues by
// its Linkedid too, which is the same on every leg of the call.
func (d Decoder) Decode(message []byte) (dialer.Event, bool) {
	k := kindOf(eventName(message))
	if k == kindNone {
		return nil, false
	}
	var f fields
	f.read(message)
	e := d.event(k, &f)
	return e, e != nil
}

// event is nil when the fields tell the Dialer nothing.
func (d Decoder) event(k kind, f *fields) dialer.Event {
	switch k {
	case kindHangup, kindDialState, kindDialEnd, kindOriginateResponse:
		return d.callEvent(k, f)
	case kindCallerJoin:
		return dialer.CallerJoined{PBX: d.PBX, Call: d.caller(f), Queue: string(f.queue)}
	case kindCallerLeave:
		return dialer.CallerLeft{PBX: d.PBX, Call: d.caller(f), Queue: string(f.queue)}
	case kindAgentCalled:
		return dialer.AgentRinging{PBX: d.PBX, Call: d.caller(f), Queue: string(f.queue), Interface: string(f.iface)}
	case kindAgentNoAnswer:
		return dialer.AgentNoAnswer{PBX: d.PBX, Call: d.caller(f), Queue: string(f.queue), Interface: string(f.iface)}
	case kindAgentConnect:
		return dialer.CallConnected{PBX: d.PBX, Call: d.caller(f), Queue: string(f.queue), Interface: string(f.iface)}
	case kindAgentComplete:
		return dialer.CallCompleted{
			PBX: d.PBX, Call: d.caller(f), Queue: string(f.queue), Interface: string(f.iface),
			ByAgent: string(f.reason) == "agent",
		}
	case kindMember, kindMemberRemoved:
		return d.memberEvent(k, f)
	}
	return nil
}

// callEvent reads what is said of the customer's own channel. Other legs of his call have other
// ids: the far half of a Local channel, the trunk that its dialplan dials, the operator.
func (d Decoder) callEvent(k kind, f *fields) dialer.Event {
	switch k {
	case kindHangup:
		if call := d.call(f.uniqueid); call != 0 {
			return dialer.CallEnded{PBX: d.PBX, Call: call, Cause: number(f.cause), SIP: number(f.techCause)}
		}
	case kindDialState:
		if call := d.call(f.destUniqueid); call != 0 && string(f.dialStatus) == "RINGING" {
			return dialer.CallRinging{PBX: d.PBX, Call: call}
		}
	case kindDialEnd:
		if call := d.call(f.destUniqueid); call != 0 {
			return d.dialEnded(call, f.dialStatus)
		}
	case kindOriginateResponse:
		if call := d.originated(f); call != 0 {
			if string(f.response) == "Success" {
				return dialer.CallAnswered{PBX: d.PBX, Call: call}
			}
			return dialer.CallFailed{PBX: d.PBX, Call: call, Reason: number(f.reason)}
		}
	}
	return nil
}

func (d Decoder) dialEnded(call dialer.CallID, status []byte) dialer.Event {
	ended := dialer.DialEnded{PBX: d.PBX, Call: call}
	switch string(status) {
	case "ANSWER":
		return dialer.CallAnswered{PBX: d.PBX, Call: call}
	case "BUSY":
		ended.Status = dialer.DialBusy
	case "CONGESTION":
		ended.Status = dialer.DialCongestion
	case "NOANSWER":
		ended.Status = dialer.DialNoAnswer
	case "CANCEL":
		ended.Status = dialer.DialCancel
	case "CHANUNAVAIL":
		ended.Status = dialer.DialUnavailable
	}
	return ended
}

// memberEvent reads the whole record of a member, which every such event carries.
func (d Decoder) memberEvent(k kind, f *fields) dialer.Event {
	m := f.queueMember()
	switch {
	case m.Queue == "" || m.Interface == "":
		return nil
	case k == kindMemberRemoved:
		return dialer.MemberRemoved{PBX: d.PBX, Queue: m.Queue, Interface: m.Interface}
	}
	return dialer.MemberChanged{PBX: d.PBX, Member: m}
}

// queueMember reads a member's record, of an event or of the list that QueueStatus gives.
func (f *fields) queueMember() dialer.Member {
	m := dialer.Member{
		Queue:     string(f.queue),
		Name:      string(f.member),
		Interface: string(f.iface),
		Paused:    string(f.paused) == "1",
		Reason:    string(f.pausedReason),
		Penalty:   number(f.penalty),
		InCall:    string(f.inCall) == "1",
		Static:    string(f.membership) == "static",
	}
	if !bytes.Equal(f.device, f.iface) {
		m.Device = string(f.device)
	}
	if m.Name == "" {
		m.Name = m.Interface
	}
	if s := number(f.status); s <= int(dialer.DeviceOnHold) {
		m.Status = dialer.DeviceState(s)
	}
	return m
}

// call is the call whose customer's channel has this id, or 0.
func (d Decoder) call(id []byte) dialer.CallID {
	if len(id) == 0 || id[0] != 'd' { // most channels are not ours, and cost no more than this
		return 0
	}
	call, _ := dialplan.ParseChannelID(d.Instance, string(id))
	return dialer.CallID(call)
}

// caller is the call that an event of a queue is about. Asterisk leaves out the blocks of legs that
// are gone.
func (d Decoder) caller(f *fields) dialer.CallID {
	for _, id := range [...][]byte{f.uniqueid, f.linkedid, f.destLinkedid} {
		if call := d.call(id); call != 0 {
			return call
		}
	}
	return 0
}

// originated is the call that an OriginateResponse is about: a dialing that made no channel may
// have lost its Uniqueid, but not its ActionID.
func (d Decoder) originated(f *fields) dialer.CallID {
	if call := d.call(f.uniqueid); call != 0 {
		return call
	}
	if id := f.actionID; len(id) > len(originatePrefix) && string(id[:len(originatePrefix)]) == originatePrefix {
		return d.call(id[len(originatePrefix):])
	}
	return 0
}
