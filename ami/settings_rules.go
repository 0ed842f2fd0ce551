package ami

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dialerd/dialer"
)

// rule judges one setting of a queue in queues.conf.
type rule struct {
	setting   string
	otherwise string // what Asterisk takes when it is not set
	general   bool   // [general] may set it for all queues
	right     string // the value to write
	judge     func(v *view, value string) (Level, string)
	write     func(v *view) (where, line string) // where it is not the plain line
}

var queueRules = []rule{
	{setting: "autopause", otherwise: "no", right: "no", judge: autopause},
	{setting: "autopausebusy", otherwise: "no", right: "no", judge: autopauseOn("busy")},
	{setting: "autopauseunavail", otherwise: "no", right: "no", judge: autopauseOn("congestion")},
	{setting: "penaltymemberslimit", otherwise: "0", right: "0", judge: penaltyLimit},
	{setting: "ringinuse", otherwise: "yes", right: "no", judge: onYes(Fault, "an operator who talks is rung for the next call as well; a telephone that answers by itself takes it")},
	{setting: "wrapuptime", otherwise: "0", judge: wrapupTime, write: rightWrapup},
	{setting: "autofill", otherwise: "no", general: true, right: "yes", judge: autofill},
	{setting: "timeout", otherwise: "15", right: "15", judge: timeout},
	{setting: "retry", otherwise: "5", right: "1", judge: retry},
	{setting: "timeoutpriority", otherwise: "app", right: "app", judge: timeoutPriority},
	{setting: "joinempty", otherwise: "yes", right: "yes", judge: joinEmpty},
	{setting: "leavewhenempty", otherwise: "no", right: "no", judge: leaveWhenEmpty},
	{setting: "memberdelay", otherwise: "0", right: "0", judge: onSeconds(Warning, "a customer hears nothing for %d seconds after an operator has picked up")},
	{setting: "reportholdtime", otherwise: "no", right: "no", judge: onYes(Warning, "an operator who picks up is told how long the customer waited before the two hear each other")},
	{setting: "announce", write: without("announce"), judge: onFile("a file is played to the operator who picks up before the two hear each other")},
	{setting: "queue-callerannounce", write: without("queue-callerannounce"), judge: onFile("a file is played to the customer before he hears the operator, though he did not call but was called")},
	{setting: "announce-frequency", otherwise: "0", right: "0", judge: announcement("he is told his place or his hold time")},
	{setting: "periodic-announce-frequency", otherwise: "0", right: "0", judge: announcement("a file is played to him")},
	{setting: "announce-to-first-user", otherwise: "no", right: "no", judge: onYes(Warning, "announcements are played even while an operator could be had, and the two hear each other only after them")},
	{setting: "defaultrule", write: without("defaultrule"), judge: onFile("a rule of queuerules.conf changes, while a customer waits, which penalties are rung; dialerd does not read it")},
}

func onYes(level Level, effect string) func(*view, string) (Level, string) {
	return func(_ *view, value string) (Level, string) {
		if yes(value) {
			return level, effect
		}
		return Fine, ""
	}
}

func onSeconds(level Level, effect string) func(*view, string) (Level, string) {
	return func(_ *view, value string) (Level, string) {
		if n := leading(value); n > 0 {
			return level, fmt.Sprintf(effect, n)
		}
		return Fine, ""
	}
}

func onFile(effect string) func(*view, string) (Level, string) {
	return func(_ *view, value string) (Level, string) {
		if value != "" {
			return Warning, effect
		}
		return Fine, ""
	}
}

// without is the line taken out.
func without(name string) func(*view) (where, line string) {
	return func(v *view) (where, line string) { return v.section, ";" + name + " = " + v.setting(name) }
}

func announcement(what string) func(*view, string) (Level, string) {
	return onSeconds(Note, "every %d seconds that a customer waits "+what+", though he did not call but was called")
}

func autopause(_ *view, value string) (Level, string) {
	const effect = "an operator who does not pick up is paused by Asterisk%s and gets no call until he asks to work"
	switch {
	case strings.EqualFold(value, "all"):
		return Warning, fmt.Sprintf(effect, " in all his queues")
	case yes(value):
		return Warning, fmt.Sprintf(effect, "")
	}
	return Fine, ""
}

func autopauseOn(what string) func(*view, string) (Level, string) {
	return func(v *view, value string) (Level, string) {
		if level, _ := autopause(v, v.setting("autopause")); level == Fine || !yes(value) {
			return Fine, ""
		}
		return Warning, "an operator whose telephone says " + what + " is paused by Asterisk and gets no call until he asks to work"
	}
}

// setting is a setting of the file alone.
func (v *view) setting(name string) string {
	value, _ := v.found.Section.last(name)
	return value
}

func penaltyLimit(v *view, value string) (Level, string) {
	limit, members := leading(value), len(v.found.Members)
	const effect = "%s penalties do not count, and an operator who is about to pause is rung like any other"
	switch {
	case limit <= 0:
		return Fine, ""
	case members <= limit:
		return Fault, fmt.Sprintf(effect, fmt.Sprintf("with %d members, as there are now,", members))
	}
	return Warning, fmt.Sprintf(effect, fmt.Sprintf("when it has %d members or fewer (%d now),", limit, members))
}

// wrapupTime compares the time after a talk in which Asterisk does not ring an operator with that in which
// dialerd does not count on him.
func wrapupTime(v *view, value string) (Level, string) {
	theirs, ours := time.Duration(max(leading(value), 0))*time.Second, v.Wrapup.Span()
	switch {
	case theirs > ours:
		return Fault, fmt.Sprintf("dialerd counts an operator as free %s after a talk (wrapup in queues.toml), and Asterisk does not ring him before %s: customers are called for whom nobody is free", v.Wrapup, theirs)
	case v.WrapupBy == dialer.WrapupByPause && theirs > 0:
		return Warning, fmt.Sprintf("dialerd keeps the wrap-up by a pause, which an operator may end early, and Asterisk does not ring him before %s are over all the same", theirs)
	case v.WrapupBy == dialer.WrapupByPause || theirs == ours:
		return Fine, ""
	}
	if theirs == 0 {
		return Warning, fmt.Sprintf("Asterisk rings an operator again at once after a talk, and dialerd leaves him in wrap-up for %s (wrapup in queues.toml)", v.Wrapup)
	}
	return Warning, fmt.Sprintf("Asterisk rings an operator again %s after a talk, and dialerd leaves him in wrap-up for %s (wrapup in queues.toml)", theirs, v.Wrapup)
}

func rightWrapup(v *view) (where, line string) {
	switch d := v.Wrapup.Span(); {
	case v.WrapupBy == dialer.WrapupByPause:
		return v.section, "wrapuptime = 0"
	case d%time.Second != 0:
		return "queues.toml, since app_queue knows whole seconds only", fmt.Sprintf("wrapup = \"%ds\"", leading(v.setting("wrapuptime")))
	default:
		return v.section, fmt.Sprintf("wrapuptime = %d", d/time.Second)
	}
}

func autofill(_ *view, value string) (Level, string) {
	if yes(value) {
		return Fine, ""
	}
	return Warning, "only the first customer in the queue looks for an operator: of two who come together the second waits up to a second though an operator is free"
}

func timeout(_ *view, value string) (Level, string) {
	switch n := leading(value); {
	case n <= 0:
		return Warning, "an operator who does not pick up is rung for as long as the customer may wait, and no other is tried"
	case n > 20:
		return Note, fmt.Sprintf("an operator who does not pick up keeps his customer waiting for %d s before another is tried", n)
	}
	return Fine, ""
}

func retry(_ *view, value string) (Level, string) {
	n, taken := leading(value), ""
	if n <= 0 {
		n, taken = 5, " (0 is taken as 5)"
	}
	if n == 1 {
		return Fine, ""
	}
	return Warning, fmt.Sprintf("after an operator who did not take the call a customer waits %d s%s before another is tried", n, taken)
}

func timeoutPriority(_ *view, value string) (Level, string) {
	if !strings.EqualFold(value, "conf") {
		return Fine, ""
	}
	return Warning, "the limit that dialerd sets for a customer's wait is looked at only when a telephone has rung for all of timeout"
}

func joinEmpty(_ *view, value string) (Level, string) {
	if who := absent(value, "no"); who != "" {
		return Warning, "a customer who has answered is turned away when every operator is " + who
	}
	return Fine, ""
}

func leaveWhenEmpty(_ *view, value string) (Level, string) {
	if who := absent(value, "yes"); who != "" {
		return Warning, "a customer who waits is thrown out when every operator is " + who
	}
	return Fine, ""
}

// conditions are what joinempty and leavewhenempty may name, each with how an operator is then.
var conditions = [][2]string{{"paused", "paused"}, {"penalty", "beyond QUEUE_MAX_PENALTY"}, {"inuse", "in a talk"}, {"ringing", "being rung"},
	{"unavailable", "unavailable"}, {"invalid", "invalid"}, {"unknown", "unknown"}, {"wrapup", "in his wrap-up"}}

// absent is how all operators have to be for a queue to count as empty; nothing when it never does. The word that
// stands for what the others list is another for each of the two settings.
func absent(value, word string) string {
	var named, ways []string
	for _, w := range strings.Split(strings.ToLower(value), ",") {
		switch w = strings.TrimSpace(w); {
		case w == "strict":
			named = append(named, "penalty", "paused", "invalid", "unavailable")
		case w == "loose":
			named = append(named, "penalty", "invalid")
		case word == "yes" && yes(w), word == "no" && no(w):
			named = append(named, "penalty", "paused", "invalid")
		default:
			named = append(named, w)
		}
	}
	for _, c := range conditions {
		if slices.Contains(named, c[0]) {
			ways = append(ways, c[1])
		}
	}
	return strings.Join(ways, " or ")
}
