package ami

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"dialerd/dialer"
)

// write is what the manager user of dialerd needs in write=, all of it.
const write = "system,call,agent,user,originate,reporting"

// rights finds actions that the manager user may not use, by the right that they lack.
func (j *judge) rights() {
	lacks := map[string][]string{}
	for _, action := range j.settings.Denied {
		right := rights[action]
		if right == "" {
			right = "system" // GetConfig; Getvar needs what others need too
		}
		lacks[right] = append(lacks[right], action)
	}
	for _, right := range strings.Split(write, ",") {
		if lacks[right] == nil {
			continue
		}
		f := j.user("write", "without "+right, "write = "+write)
		f.Effect = fmt.Sprintf("dialerd may not use %s", strings.Join(lacks[right], ", "))
		if right == "system" {
			f.Level = Warning
			f.Effect += ": it gets more events than it needs, and queues.conf could not be looked at"
		}
		j.find(f)
	}
	if !j.settings.Hears {
		f := j.user("read", "without system", "read = system,call,agent,user")
		f.Effect = "dialerd does not hear when Asterisk has booted, is shut down or has reloaded its queues"
		j.find(f)
	}
}

// user is a fault in the section of the manager user.
func (j *judge) user(setting, value, line string) Finding {
	return Finding{Level: Fault, Setting: setting, Value: value, Write: line,
		Where: fmt.Sprintf("manager.conf [%s], then asterisk -rx 'manager reload'", j.settings.User)}
}

// manager judges [general] of manager.conf.
func (j *judge) manager() {
	value, set := j.settings.Manager.last("timestampevents")
	if j.settings.Manager == nil || yes(value) {
		return
	}
	if !set {
		value = "no (not set)"
	}
	j.find(Finding{Level: Warning, Setting: "timestampevents", Value: value,
		Effect: "events do not say when they happened: an Asterisk that cannot keep up is not noticed, and goes on being given calls",
		Where:  "manager.conf [general], then asterisk -rx 'manager reload'", Write: "timestampevents = yes"})
}

// dialplan judges the way from a call that is answered to the daemon.
func (j *judge) dialplan(agi string) {
	for _, name := range j.settings.Missing {
		j.find(Finding{Level: Fault, Setting: "context", Value: name,
			Effect: "there is no such context in the dialplan: calls cannot be sent into it",
			Where:  "extensions.conf, then asterisk -rx 'dialplan reload'", Write: "#include extensions_dialerd.conf"})
	}
	asked := j.settings.AGI
	_, theirs, err := net.SplitHostPort(asked)
	_, ours, our := net.SplitHostPort(agi)
	if err == nil && our == nil && theirs != ours {
		j.find(Finding{Level: Warning, Setting: "DIALERD_AGI", Value: asked,
			Effect: fmt.Sprintf("the dialplan asks at another port than dialerd listens on (listen = %q of [agi]): without an answer calls go on by the defaults of extensions_dialerd.conf", agi),
			Where:  "extensions.conf [globals], then asterisk -rx 'dialplan reload'", Write: "DIALERD_AGI=" + net.JoinHostPort(host(asked), ours)})
	}
}

func host(address string) string {
	h, _, _ := net.SplitHostPort(address)
	return h
}

// files says when queues.conf could not be looked at.
func (j *judge) files() {
	if j.settings.Unread != "" && !slices.Contains(j.settings.Denied, "GetConfig") {
		j.find(Finding{Level: Note, Setting: "queues.conf", Value: "not shown",
			Effect: fmt.Sprintf("Asterisk does not show it (%s): only the members, strategy, weight and maxlen of queues were looked at", j.settings.Unread)})
	}
}

// general judges [general] of queues.conf.
func (j *judge) general() {
	s := j.settings.General
	const where = "queues.conf [general]"
	if value, _ := s.first("persistentmembers"); yes(value) && j.logsIn() {
		j.find(Finding{Level: Note, Setting: "persistentmembers", Value: value, Where: where, Write: "persistentmembers = no",
			Effect: "after a restart Asterisk makes those members again who were, while dialerd does so for the operators who are logged in with it; leave it when others add members too, by telephone or a console"})
	}
	if value, _ := s.first("force_longest_waiting_caller"); yes(value) {
		j.find(Finding{Level: Note, Setting: "force_longest_waiting_caller", Value: value, Where: where, Write: "force_longest_waiting_caller = no",
			Effect: "an operator who is in two queues is not given a call as long as somebody has waited longer in the other one"})
	}
	value, set := s.first("shared_lastcall")
	if who := j.unsharedWrapup(); !yes(value) && len(who) > 0 {
		if !set {
			value = "no (not set)"
		}
		j.find(Finding{Level: Warning, Setting: "shared_lastcall", Value: value, Where: where, Write: "shared_lastcall = yes",
			Effect: fmt.Sprintf("a wrap-up counts only in the queue of the talk: another queue rings him at once (%s); wrapup_by = \"pause\" in queues.toml does without this", some(who))})
	}
}

// logsIn tells whether there are operators whom dialerd makes members.
func (j *judge) logsIn() bool {
	return slices.ContainsFunc(j.config.Agents, func(a dialer.AgentConfig) bool {
		return slices.ContainsFunc(j.config.Queues, func(q dialer.Queue) bool { return q.PBX == j.pbx && slices.Contains(a.Queues, q.Name) })
	})
}

// unsharedWrapup is who has a wrap-up by a queue and is in another one too.
func (j *judge) unsharedWrapup() (who []string) {
	for _, q := range j.config.Queues {
		found := j.settings.queue(q.Name)
		if q.PBX != j.pbx || found == nil || q.WrapupBy != dialer.WrapupByQueue || q.Wrapup.Span() < time.Second {
			continue
		}
		for _, m := range found.Members {
			if len(j.settings.queuesOf(m.Interface)) > 1 && !slices.Contains(who, m.Interface) {
				who = append(who, m.Interface)
			}
		}
	}
	return who
}
