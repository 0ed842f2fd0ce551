package agi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dialerd/dialer"
	"dialerd/dialplan"
)

// variable is one SET VARIABLE.
type variable struct{ name, value string }

// maxQuoted is the longest value that is sent, with what escaping makes of it: Asterisk cuts an AGI command at
// 2 KiB. Escaping at most doubles a value, so that maxValue bytes of whatever fit.
const (
	maxQuoted = 1900
	maxValue  = 900
)

// answerVariables are an answer in the order in which the dialplan is told. VarOK is the last: until
// it is set, whatever else was set counts as no answer. An empty Queue is left out, so that the
// queue of the Originate stands; everything else is set even when it is empty, so that nothing of an
// earlier answer to the same call is left over.
func answerVariables(a dialer.Answer) ([]variable, error) {
	if a.Action == dialer.ActionNone {
		return nil, errors.New("the dialer's answer names no action")
	}
	set := []variable{{dialplan.VarAction, a.Action.String()}}
	if a.Queue != "" {
		set = append(set, variable{dialplan.VarQueue, a.Queue})
	}
	set = append(set,
		variable{dialplan.VarPriority, strconv.Itoa(max(a.Priority, 0))},
		variable{dialplan.VarWithin, strconv.FormatFloat(max(a.Within, 0).Seconds(), 'f', 3, 64)},
		variable{dialplan.VarMessage, a.Message},
		variable{dialplan.VarLead, strconv.FormatInt(int64(a.Lead), 10)},
		variable{dialplan.VarCampaign, a.Campaign},
	)
	return checked(append(append(set, fieldVariables(a.Fields)...), variable{dialplan.VarOK, "1"}))
}

func checked(set []variable) ([]variable, error) {
	for _, v := range set {
		if err := v.check(); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// agentVariables say how an operator stands. All are set, those that say nothing as empty, so that nothing of an
// earlier answer is left over. His name and the reason of a pause may be another's words, from Asterisk.
func agentVariables(r dialer.AgentReply) ([]variable, error) {
	if r.Code == dialer.CodeNone {
		return nil, errors.New("the dialer's answer does not say how the operator stands")
	}
	left, lead := "", ""
	if !r.Until.IsZero() {
		left = strconv.FormatInt(int64(r.Left/time.Second), 10)
	}
	if r.Lead != 0 {
		lead = strconv.FormatInt(int64(r.Lead), 10)
	}
	after := "0"
	if r.After {
		after = "1"
	}
	return checked([]variable{
		{dialplan.VarCode, r.Code.String()},
		{dialplan.VarReason, plain(r.Reason)},
		{dialplan.VarBy, r.By.String()},
		{dialplan.VarSince, epoch(r.Since)},
		{dialplan.VarUntil, epoch(r.Until)},
		{dialplan.VarLeft, left},
		{dialplan.VarAfter, after},
		{dialplan.VarLead, lead},
		{dialplan.VarAgent, plain(r.Agent)},
		{dialplan.VarOK, "1"},
	})
}

// epoch is a time as the dialplan counts, in seconds; empty when there is none.
func epoch(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return strconv.FormatInt(at.Unix(), 10)
}

// fieldVariables are what the store has of the lead. Whatever a list holds, it never keeps an answer from
// being given: control characters become spaces, and what is too long is cut, or left out where half of it
// would be worth nothing.
func fieldVariables(f dialer.LeadFields) (set []variable) {
	if f.Name != "" {
		set = append(set, variable{dialplan.VarName, plain(f.Name)})
	}
	if f.External != "" {
		set = append(set, variable{dialplan.VarExternal, plain(f.External)})
	}
	if len(f.Attributes) == 0 {
		return set
	}
	text, err := json.Marshal(f.Attributes)
	all := variable{dialplan.VarAttributes, legible(string(text))}
	if err != nil || len(all.quoted()) > maxQuoted {
		return set
	}
	return append(set, all)
}

// plain is a text as it fits into a variable.
func plain(text string) string {
	text = legible(text)
	if len(text) <= maxValue {
		return text
	}
	return strings.ToValidUTF8(text[:maxValue], "")
}

// legible is a text with spaces for control characters.
func legible(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

// variablesOf are an answer, to whatever was asked.
func variablesOf(q dialer.Question, a dialer.Answer) ([]variable, error) {
	switch {
	case !a.OK && a.Err != "":
		return refusalVariables(errors.New(a.Err)), nil
	case !a.OK:
		return refusalVariables(fmt.Errorf("the dialer has no answer for call %d", q.Call)), nil
	case q.What.AboutAgent():
		return agentVariables(a.Agent)
	}
	return answerVariables(a)
}

// refusalVariables say why there is no answer. The dialplan has set VarOK to 0 already; here it is
// said, so that a console shows a daemon that refused and not one that died.
func refusalVariables(why error) []variable {
	return []variable{
		{dialplan.VarError, plain(why.Error())},
		{dialplan.VarOK, "0"},
	}
}

// check refuses what would end the AGI command early or be cut by Asterisk. The library would
// change a line break into a space without a word.
func (v variable) check() error {
	if n := len(v.quoted()); n > maxQuoted {
		return fmt.Errorf("the dialer's answer cannot be sent: %s is %d bytes long, at most %d fit", v.name, n, maxQuoted)
	}
	for i := range len(v.value) {
		if c := v.value[i]; c < ' ' || c == 0x7f {
			return fmt.Errorf("the dialer's answer cannot be sent: %s holds the control byte %#02x at %d: %.60q", v.name, c, i, v.value)
		}
	}
	return nil
}

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quoted is the value as it has to stand between the quotes of an AGI command; the library writes
// the quotes but leaves the escaping to us.
func (v variable) quoted() string { return quoting.Replace(v.value) }
