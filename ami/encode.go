package ami

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/staskobzar/goami2"

	"dialerd/dialer"
	"dialerd/dialplan"
)

// originatePrefix and the channel id make the ActionID of an Originate, which its response and its
// OriginateResponse bear.
const originatePrefix = "o-"

// maxLine bounds a header: Asterisk refuses a whole action for a line of more than 1022 bytes.
const maxLine = 1000

// Encode is what goes over the wire for an Originate, a Redirect, a Withdraw, a Hangup, a SetPause, a
// SetPenalty, an AddMember or a RemoveMember: one action, ended by its empty line. Any other effect, and an effect
// that cannot be said safely, is an error that names the field. Channel is the name of the call's channel, as PJSIP/trunk-0000002a,
// which Withdraw alone needs: everything else Asterisk finds by our channel id.
//
// Control characters are refused in every value, since a line end would begin a header or an action
// of its own. A dial string or a queue with a character that has a meaning in Asterisk's lists of
// variables or in the dialplan is refused too. Of a call only its id and its queue go out: what a
// lead holds is asked for by FastAGI.
func Encode(instance string, effect dialer.Effect, channel string) ([]byte, error) {
	a, err := encode(instance, effect, channel)
	return a.wire, err
}

func encode(instance string, effect dialer.Effect, channel string) (action, error) {
	switch e := effect.(type) {
	case dialer.Originate:
		return encodeOriginate(instance, e)
	case dialer.Redirect:
		return encodeRedirect(instance, e)
	case dialer.Withdraw:
		return encodeWithdraw(instance, e, channel)
	case dialer.Hangup:
		return encodeHangup(instance, e)
	case dialer.SetPause:
		return encodePause(e)
	case dialer.SetPenalty:
		return encodePenalty(e)
	case dialer.AddMember:
		return encodeAdd(e)
	case dialer.RemoveMember:
		return encodeRemove(e)
	}
	return action{}, fmt.Errorf("ami: %T is not for Asterisk", effect)
}

func encodeOriginate(instance string, e dialer.Originate) (action, error) {
	channel := dialplan.ChannelID(instance, int64(e.Call))
	d := newDraft("Originate", originatePrefix+channel)
	d.check("call id", callProblem(e.Call))
	d.check("dial string", dialProblem(e.Dial))
	d.check("queue", nameProblem(e.Queue))
	timeout := e.Timeout.Milliseconds()
	if timeout <= 0 {
		d.check("ringing time", fmt.Errorf("%s: Asterisk takes whole milliseconds, at least one", e.Timeout))
	}
	d.add("Channel", e.Dial)
	d.add("ChannelId", channel)
	if strings.HasPrefix(e.Dial, "Local/") {
		d.add("OtherChannelId", channel+"-b")
	}
	d.enter(dialplan.ContextAnswered)
	d.add("Async", "true")
	d.add("Timeout", strconv.FormatInt(timeout, 10))
	if e.CallerID != 0 {
		d.add("CallerID", `"" <`+e.CallerID.Digits()+`>`)
	}
	d.add("Variable", "__"+dialplan.VarID+"="+channel)
	d.add("Variable", dialplan.VarQueue+"="+e.Queue)
	return d.action(requestOriginate, e.Call)
}

func encodeRedirect(instance string, e dialer.Redirect) (action, error) {
	channel := dialplan.ChannelID(instance, int64(e.Call))
	d := newDraft("Redirect", "r-"+channel)
	d.check("call id", callProblem(e.Call))
	d.add("Channel", channel)
	switch e.To {
	case dialer.ActionQueue:
		d.enter(dialplan.ContextQueue)
	case dialer.ActionMessage:
		d.enter(dialplan.ContextMessage)
	default:
		d.check("target", fmt.Errorf("%q: a call is redirected into its queue or to the message", e.To))
	}
	return d.action(requestRedirect, e.Call)
}

func encodeWithdraw(instance string, e dialer.Withdraw, channel string) (action, error) {
	d := newDraft("QueueWithdrawCaller", "w-"+dialplan.ChannelID(instance, int64(e.Call)))
	d.check("call id", callProblem(e.Call))
	d.check("queue", nameProblem(e.Queue))
	if channel == "" {
		d.check("channel", errors.New("the call waits in no queue, as far as is known"))
	}
	d.add("Queue", e.Queue)
	d.add("Caller", channel)
	return d.action(requestWithdraw, e.Call)
}

func encodeHangup(instance string, e dialer.Hangup) (action, error) {
	channel := dialplan.ChannelID(instance, int64(e.Call))
	d := newDraft("Hangup", "h-"+channel)
	d.check("call id", callProblem(e.Call))
	d.add("Channel", channel)
	d.add("Cause", "16") // normal clearing
	return d.action(requestHangup, e.Call)
}

func encodePause(e dialer.SetPause) (action, error) {
	d := newMemberDraft("QueuePause", "p-", e.Queue, e.Interface)
	d.add("Paused", strconv.FormatBool(e.Paused))
	if e.Reason != "" {
		d.add("Reason", e.Reason)
	}
	return d.action(requestMember, 0)
}

func encodePenalty(e dialer.SetPenalty) (action, error) {
	d := newMemberDraft("QueuePenalty", "n-", e.Queue, e.Interface)
	d.add("Penalty", strconv.Itoa(e.Penalty))
	return d.action(requestMember, 0)
}

func encodeAdd(e dialer.AddMember) (action, error) {
	d := newMemberDraft("QueueAdd", "a-", e.Queue, e.Interface)
	if e.Penalty < 0 {
		d.check("penalty", fmt.Errorf("%d: Asterisk takes 0 or more", e.Penalty))
	}
	d.add("Penalty", strconv.Itoa(e.Penalty))
	d.add("Paused", "false")
	if name := memberName(e.Name); name != "" {
		d.add("MemberName", name)
	}
	return d.action(requestMember, 0)
}

func encodeRemove(e dialer.RemoveMember) (action, error) {
	return newMemberDraft("QueueRemove", "x-", e.Queue, e.Interface).action(requestMember, 0)
}

// memberName is a name as Asterisk keeps it: in less than 80 bytes, and in lists of its own that ; and | divide.
// Nobody is kept from working for his name.
func memberName(name string) string {
	name = strings.Map(func(r rune) rune {
		if isControl(r) || r == ';' || r == '|' {
			return ' '
		}
		return r
	}, name)
	if len(name) >= nameRoom {
		name = strings.ToValidUTF8(name[:nameRoom-1], "")
	}
	return strings.TrimSpace(name)
}

// nameRoom is what Asterisk has for a member's name, with a byte for its end.
const nameRoom = 80

// draft is an action in the making. The first error stays.
type draft struct {
	name    string
	id      string
	message *goami2.Message
	err     error
}

func newDraft(name, id string) *draft {
	d := &draft{name: name, id: id, message: goami2.NewAction(name)}
	d.add("ActionID", id)
	return d
}

// newMemberDraft is about one member of one queue.
func newMemberDraft(name, prefix, queue, iface string) *draft {
	d := newDraft(name, prefix+queue+"-"+iface)
	d.check("queue", nameProblem(queue))
	d.check("interface", nameProblem(iface))
	d.add("Queue", queue)
	d.add("Interface", iface)
	return d
}

// enter is the entry of one of the daemon's contexts.
func (d *draft) enter(context string) {
	d.add("Context", context)
	d.add("Exten", dialplan.Extension)
	d.add("Priority", strconv.Itoa(dialplan.Priority))
}

// add is the one way into a message.
func (d *draft) add(header, value string) {
	d.check(header, lineProblem(header, value))
	d.message.AddField(header, value)
}

// check takes a problem that was found with a field, or nil.
func (d *draft) check(field string, problem error) {
	if d.err == nil && problem != nil {
		d.err = fmt.Errorf("ami: %s %s: %s: %w", d.name, d.id, field, problem)
	}
}

func (d *draft) action(r request, call dialer.CallID) (action, error) {
	if d.err != nil {
		return action{}, d.err
	}
	return action{request: r, name: d.name, id: d.id, call: call, wire: d.message.Byte()}, nil
}

// lineProblem is what Asterisk would take amiss in one header line.
func lineProblem(header, value string) error {
	if len(header)+len(value)+len(": ") > maxLine {
		return fmt.Errorf("%d bytes: Asterisk takes lines of at most %d", len(value), maxLine)
	}
	for _, s := range [...]string{header, value} {
		if i := strings.IndexFunc(s, isControl); i >= 0 {
			return fmt.Errorf("byte 0x%02x in %q: control characters would begin a header or an action of their own", s[i], s)
		}
	}
	if strings.HasPrefix(value, " ") || strings.HasSuffix(value, " ") {
		return fmt.Errorf("%q begins or ends with a space, which gets lost", value)
	}
	return nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

// nameProblem refuses what breaks a variable's value or has a meaning in the dialplan.
func nameProblem(s string) error {
	if s == "" {
		return errors.New("is missing")
	}
	if i := strings.IndexAny(s, ",\"'`()[]{}\\$"); i >= 0 {
		return fmt.Errorf("%q in %q has a meaning of its own in Asterisk: leave it out", s[i], s)
	}
	return nil
}

func dialProblem(s string) error {
	if err := nameProblem(s); err != nil {
		return err
	}
	if technology, resource, _ := strings.Cut(s, "/"); technology == "" || resource == "" {
		return fmt.Errorf("%q: write technology/resource, as in PJSIP/79161234567@trunk", s)
	}
	return nil
}

func callProblem(id dialer.CallID) error {
	if id <= 0 {
		return fmt.Errorf("%d: ids begin at 1", id)
	}
	return nil
}
