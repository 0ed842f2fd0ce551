package ami

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"dialerd/dialer"
)

// members judges who is a member, and how.
func (v *view) members() {
	ring, _ := v.value("ringinuse", "yes")
	for _, m := range v.found.Members {
		v.penalty(m)
		v.local(m)
		if m.RingInUse && (v.found.Section == nil || !yes(ring)) {
			v.find(Finding{Level: Fault, Setting: "ringinuse of " + m.Interface, Value: "yes",
				Effect: "he is rung for the next call while he talks, whatever the queue's ringinuse says",
				Where:  "asterisk -rx", Write: fmt.Sprintf("'queue set ringinuse no on %s in %s'", m.Interface, v.Name)})
		}
		if own := time.Duration(m.Wrapup) * time.Second; own > 0 && own != v.Wrapup.Span() {
			v.find(Finding{Level: Warning, Setting: "wrapuptime of " + m.Interface, Value: strconv.Itoa(m.Wrapup),
				Effect: fmt.Sprintf("he has a wrap-up of his own, of %s, and dialerd reckons with %s (wrapup in queues.toml)", own, v.Wrapup),
				Where:  v.section, Write: "his member line without its sixth field"})
		}
	}
}

// overflow is the highest penalty that app_queue can reckon with: it multiplies by a million in 32 bits.
const overflow = 2147

// penalty finds those that dialerd would take for its own, and those that app_queue cannot reckon with. One between
// awaiting_penalty and twice of it may well be dialerd's, of an operator who is about to pause.
func (v *view) penalty(m MemberSettings) {
	f := Finding{Level: Fault, Setting: "penalty of " + m.Interface, Value: strconv.Itoa(m.Penalty), Effect: v.tooHigh(m.Penalty),
		Where: "asterisk -rx", Write: fmt.Sprintf("'queue set penalty 0 on %s in %s'", m.Interface, v.Name)}
	line := v.found.Section.member(m.Interface)
	switch base := leading(field(line, 1)); {
	case base >= v.AwaitingPenalty: // whatever dialerd has made of it meanwhile
		f.Value, f.Effect = strconv.Itoa(base), v.tooHigh(base)
		line[1] = strconv.Itoa(v.AwaitingPenalty - 1)
		f.Where, f.Write = v.section, "member => "+strings.Join(line, ",")
	case m.Penalty < v.AwaitingPenalty, line != nil && m.Penalty == base+v.AwaitingPenalty: // the second is dialerd's
		return
	case m.Penalty < 2*v.AwaitingPenalty:
		f.Level, f.Write, f.Where = Note, "", ""
		f.Effect = "if he is about to pause, or comes from a pause, as dialerd agents shows, this is dialerd's own; else " + f.Effect
	}
	v.find(f)
}

// tooHigh is what comes of a penalty that is not below awaiting_penalty.
func (v *view) tooHigh(penalty int) string {
	text := fmt.Sprintf("it has to be below awaiting_penalty (%d): ", v.AwaitingPenalty)
	switch {
	case penalty > overflow:
		return text + "app_queue's arithmetic overflows, and " + overflown(penalty)
	case penalty < 2*v.AwaitingPenalty:
		return text + fmt.Sprintf("dialerd takes this one for its own, and leaves him with %d", penalty-v.AwaitingPenalty)
	}
	return text + "operators who are about to pause are rung before him"
}

// overflown says what becomes of a penalty that is too high.
func overflown(penalty int) string {
	metric := int32(int64(penalty) * 1000000)
	if metric < 0 {
		return "he is rung before everybody else"
	}
	return fmt.Sprintf("it counts as %d", metric/1000000)
}

// field is a field of a member line; empty when there is none.
func field(line []string, i int) string {
	if i < len(line) {
		return strings.TrimSpace(line[i])
	}
	return ""
}

// local finds members behind a Local channel that Asterisk takes out in the middle of a talk.
func (v *view) local(m MemberSettings) {
	_, options, _ := strings.Cut(strings.TrimPrefix(m.Interface, "Local/"), "/")
	if !strings.HasPrefix(m.Interface, "Local/") || strings.Contains(options, "n") || m.Device != "" && m.Device != m.Interface {
		return
	}
	const effect = "Asterisk takes a Local channel without /n out as soon as the talk begins, and then shows a talking operator as free: he is rung for the next call"
	if !m.Static {
		v.find(Finding{Level: Fault, Setting: "member", Value: m.Interface, Effect: effect,
			Where: "agents.toml, or whatever else has added him", Write: fmt.Sprintf("interface = %q", m.Interface+"/n")})
		return
	}
	v.find(Finding{Level: Fault, Setting: "member", Value: m.Interface, Effect: effect,
		Where: v.section, Write: fmt.Sprintf("member => %s/n,%d,%s,PJSIP/101   ; the fourth is his telephone", m.Interface, m.Penalty, m.Name)})
}

// operators says who of agents.toml is not there.
func (v *view) operators(c *dialer.Config) {
	var away []string
	for _, a := range c.Agents {
		is := func(m MemberSettings) bool {
			return m.Interface == a.Interface || m.Name == a.ID || m.Name == a.Name && a.Name != ""
		}
		if slices.Contains(a.Queues, v.Name) && !slices.ContainsFunc(v.found.Members, is) {
			away = append(away, a.ID)
		}
	}
	if len(away) > 0 {
		v.find(Finding{Level: Note, Setting: "operators", Value: some(away),
			Effect: "agents.toml has them in this queue, and they are no members of it now: they count as offline until they log in"})
	}
}
