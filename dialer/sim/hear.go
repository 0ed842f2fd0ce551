package sim

import (
	"time"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// event is what the daemon's AMI reader would make of a Happening; nil when it tells the core
// nothing.
func event(h pbx.Happening) dialer.Event {
	switch h := h.(type) {
	case pbx.MemberAdded:
		return dialer.MemberChanged{PBX: pbxName, Member: h.Member}
	case pbx.MemberStatus:
		return dialer.MemberChanged{PBX: pbxName, Member: h.Member}
	case pbx.MemberPause:
		return dialer.MemberChanged{PBX: pbxName, Member: h.Member}
	case pbx.MemberPenalty:
		return dialer.MemberChanged{PBX: pbxName, Member: h.Member}
	case pbx.MemberRemoved:
		return dialer.MemberRemoved{PBX: pbxName, Queue: h.Queue, Interface: h.Interface}
	case pbx.CallerJoin:
		return dialer.CallerJoined{PBX: pbxName, Call: h.Call, Queue: h.Queue}
	case pbx.CallerLeave:
		return dialer.CallerLeft{PBX: pbxName, Call: h.Call, Queue: h.Queue}
	case pbx.AgentCalled:
		return dialer.AgentRinging{PBX: pbxName, Call: h.Call, Queue: h.Member.Queue, Interface: h.Member.Interface}
	case pbx.AgentRingNoAnswer:
		return dialer.AgentNoAnswer{PBX: pbxName, Call: h.Call, Queue: h.Member.Queue, Interface: h.Member.Interface}
	case pbx.AgentConnect:
		return dialer.CallConnected{PBX: pbxName, Call: h.Call, Queue: h.Member.Queue, Interface: h.Member.Interface}
	case pbx.AgentComplete:
		return dialer.CallCompleted{PBX: pbxName, Call: h.Call, Queue: h.Member.Queue, Interface: h.Member.Interface, ByAgent: h.ByAgent}
	}
	return callEvent(h)
}

// callEvent is of a customer's channel; strangers' channels tell the core nothing.
func callEvent(h pbx.Happening) dialer.Event {
	switch h := h.(type) {
	case pbx.ChannelRinging:
		return dialer.CallRinging{PBX: pbxName, Call: h.Call}
	case pbx.DialEnd:
		if h.Status == dialer.DialAnswer {
			return dialer.CallAnswered{PBX: pbxName, Call: h.Call}
		}
		return dialer.DialEnded{PBX: pbxName, Call: h.Call, Status: h.Status}
	case pbx.OriginateResponse:
		if h.Answered {
			return dialer.CallAnswered{PBX: pbxName, Call: h.Call}
		}
		return dialer.CallFailed{PBX: pbxName, Call: h.Call, Reason: h.Reason}
	case pbx.OriginateRefused:
		return dialer.CallFailed{PBX: pbxName, Call: h.Call, Refused: true, Text: h.Text}
	case pbx.ChannelGone:
		if h.Call != 0 {
			return dialer.CallEnded{PBX: pbxName, Call: h.Call, Cause: h.Cause, SIP: h.SIP}
		}
	}
	return nil
}

// linkUp is the state of the PBX as a link reads it.
func linkUp(w *pbx.World, started time.Time) dialer.LinkUp {
	up := dialer.LinkUp{PBX: pbxName, Version: "22.10.1", Started: started}
	members, calls := w.State()
	for _, m := range members {
		up.Members = append(up.Members, m.Member)
	}
	up.Calls = calls
	return up
}
