package ami

import "bytes"

// kind is an event that is read here.
type kind uint8

const (
	kindNone kind = iota // any other event
	kindHangup
	kindDialState
	kindDialEnd
	kindOriginateResponse
	kindCallerJoin
	kindCallerLeave
	kindAgentCalled
	kindAgentNoAnswer
	kindAgentConnect
	kindAgentComplete
	kindMember
	kindMemberRemoved
	// not the Dialer's, but the link's own
	kindFullyBooted
	kindShutdown
	kindReload
	kindListMember
	kindListCaller
	kindListMembersEnd
	kindListChannel
	kindListChannelsEnd
)

func kindOf(name []byte) kind {
	switch string(name) {
	case "Hangup":
		return kindHangup
	case "DialState":
		return kindDialState
	case "DialEnd":
		return kindDialEnd
	case "OriginateResponse":
		return kindOriginateResponse
	case "QueueCallerJoin":
		return kindCallerJoin
	case "QueueCallerLeave":
		return kindCallerLeave
	case "AgentCalled":
		return kindAgentCalled
	case "AgentRingNoAnswer":
		return kindAgentNoAnswer
	case "AgentConnect":
		return kindAgentConnect
	case "AgentComplete":
		return kindAgentComplete
	case "QueueMemberStatus", "QueueMemberPause", "QueueMemberPenalty", "QueueMemberAdded", "QueueMemberRinginuse":
		return kindMember
	case "QueueMemberRemoved":
		return kindMemberRemoved
	case "FullyBooted":
		return kindFullyBooted
	case "Shutdown":
		return kindShutdown
	case "Reload":
		return kindReload
	case "QueueMember":
		return kindListMember
	case "QueueEntry":
		return kindListCaller
	case "QueueStatusComplete":
		return kindListMembersEnd
	case "CoreShowChannel":
		return kindListChannel
	case "CoreShowChannelsComplete":
		return kindListChannelsEnd
	}
	return kindNone
}

var eventHeader = []byte("Event: ")

// eventName is the name of the event that a message is, or nil when it is none. Asterisk puts it
// first; a message that has it elsewhere is an event all the same.
func eventName(message []byte) []byte {
	if bytes.HasPrefix(message, eventHeader) {
		line, _ := cutLine(message)
		return line[len(eventHeader):]
	}
	for rest := message; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		if len(line) == 0 {
			return nil
		}
		switch name, value := cutHeader(line); string(name) {
		case "Event":
			return value
		case "Response":
			return nil
		}
	}
	return nil
}

// fields are the values of an event that anything here is decided by, as they stand in the message:
// they are good as long as it is. A header that is repeated counts once, the first time.
type fields struct {
	actionID, timestamp                            []byte
	uniqueid, linkedid, destUniqueid, destLinkedid []byte
	queue, iface, member, device, membership       []byte
	status, paused, pausedReason, penalty, inCall  []byte
	response, reason, dialStatus, cause, techCause []byte
	channel, channelState, bridge                  []byte
	module, shutdown, restart, uptime              []byte
}

func (f *fields) read(message []byte) {
	for rest := message; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		if len(line) == 0 { // the message's end
			return
		}
		name, value := cutHeader(line)
		if at := f.at(name); at != nil && *at == nil {
			*at = value
		}
	}
}

func (f *fields) at(name []byte) *[]byte {
	switch string(name) {
	case "ActionID":
		return &f.actionID
	case "Timestamp":
		return &f.timestamp
	case "Uniqueid":
		return &f.uniqueid
	case "Linkedid":
		return &f.linkedid
	case "DestUniqueid":
		return &f.destUniqueid
	case "DestLinkedid":
		return &f.destLinkedid
	case "Queue":
		return &f.queue
	case "Interface", "Location":
		return &f.iface
	case "MemberName", "Name":
		return &f.member
	case "StateInterface":
		return &f.device
	case "Membership":
		return &f.membership
	case "Status":
		return &f.status
	case "Paused":
		return &f.paused
	case "PausedReason":
		return &f.pausedReason
	case "Penalty":
		return &f.penalty
	case "InCall":
		return &f.inCall
	case "Response":
		return &f.response
	case "Reason":
		return &f.reason
	case "DialStatus":
		return &f.dialStatus
	case "Cause":
		return &f.cause
	case "TechCause":
		return &f.techCause
	case "Channel":
		return &f.channel
	case "ChannelState":
		return &f.channelState
	case "BridgeId":
		return &f.bridge
	case "Module":
		return &f.module
	case "Shutdown":
		return &f.shutdown
	case "Restart":
		return &f.restart
	case "Uptime":
		return &f.uptime
	}
	return nil
}

// cutLine is the first line without its end, and what follows. Only CRLF ends a line: a bare LF is
// part of a value.
func cutLine(p []byte) (line, rest []byte) {
	for i := 0; ; {
		j := bytes.IndexByte(p[i:], '\n')
		if j < 0 {
			return p, nil
		}
		i += j + 1
		if i >= 2 && p[i-2] == '\r' {
			return p[:i-2], p[i:]
		}
	}
}

// cutHeader is a line's name and value. A line without a colon has neither.
func cutHeader(line []byte) (name, value []byte) {
	i := bytes.IndexByte(line, ':')
	if i < 0 {
		return nil, nil
	}
	for value = line[i+1:]; len(value) > 0 && value[0] == ' '; {
		value = value[1:]
	}
	return line[:i], value
}

// number is a decimal number of at most nine digits; anything else is 0.
func number(digits []byte) (n int) {
	if len(digits) > 9 {
		return 0
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0
		}
		n = n*10 + int(d-'0')
	}
	return n
}
