package ami

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dialerd/dialer"
)

// Judge compares how an Asterisk is set up with what the Dialer counts on, and gives the settings that work
// against it, those of the whole PBX first. AGI is the address that the daemon listens on for the dialplan.
func Judge(pbx string, s *Settings, c *dialer.Config, agi string) []Finding {
	j := &judge{pbx: pbx, settings: s, config: c}
	j.rights()
	j.manager()
	j.dialplan(agi)
	j.files()
	j.general()
	for _, q := range c.Queues {
		if found := s.queue(q.Name); q.PBX == pbx && found != nil {
			j.queue(q, found)
		}
	}
	sortFindings(j.findings)
	return j.findings
}

// judge is a judgement under way.
type judge struct {
	pbx      string
	settings *Settings
	config   *dialer.Config
	findings []Finding
}

func (j *judge) find(f Finding) {
	f.PBX = j.pbx
	j.findings = append(j.findings, f)
}

// queue judges one queue of queues.toml.
func (j *judge) queue(q dialer.Queue, found *QueueSettings) {
	if !found.There {
		j.missing(q)
		return
	}
	v := &view{Queue: q, found: found, settings: j.settings, section: "queues.conf [" + q.Name + "]"}
	v.find = func(f Finding) {
		f.Queue = q.Name
		j.find(f)
	}
	v.strategy()
	if found.Section == nil {
		v.unseen()
	} else {
		v.unloaded()
		for _, r := range queueRules {
			v.judge(r)
		}
	}
	v.maxlen()
	v.weight()
	v.members()
	v.operators(j.config)
}

// missing is a queue that Asterisk does not have, or has under a name that is spelt otherwise.
func (j *judge) missing(q dialer.Queue) {
	f := Finding{Level: Fault, Queue: q.Name, Setting: "name", Value: q.Name,
		Effect: "Asterisk has no such queue: who has answered hears the message in place of an operator",
		Where:  "queues.conf, then its settings below, as in queues_dialerd.conf", Write: "[" + q.Name + "]"}
	for _, other := range j.settings.Queues {
		if other.There && strings.EqualFold(other.Name, q.Name) {
			f.Effect = fmt.Sprintf("Asterisk writes it %q, and so do its events, in which dialerd then does not find its queue", other.Name)
			f.Where, f.Write = "queues.toml", fmt.Sprintf("name = %q", other.Name)
		}
	}
	j.find(f)
}

// view is one queue of both sides.
type view struct {
	dialer.Queue
	found    *QueueSettings
	settings *Settings
	section  string // where its settings are
	find     func(Finding)
}

// value is a setting as queues.conf has it, or what Asterisk takes without it.
func (v *view) value(name, otherwise string) (value, shown string) {
	if value, set := v.found.Section.last(name); set {
		return value, value
	}
	return otherwise, otherwise + " (not set)"
}

// judge applies a rule.
func (v *view) judge(r rule) {
	otherwise := r.otherwise
	if general, set := v.settings.General.first(r.setting); set && r.general {
		otherwise = general
	}
	value, shown := v.value(r.setting, otherwise)
	level, effect := r.judge(v, value)
	if level == Fine {
		return
	}
	f := Finding{Level: level, Setting: r.setting, Value: shown, Effect: effect, Where: v.section, Write: r.setting + " = " + r.right}
	if r.write != nil {
		f.Where, f.Write = r.write(v)
	}
	v.find(f)
}

// unseen is a queue whose settings are not in queues.conf.
func (v *view) unseen() {
	if v.settings.Unread == "" && !slices.Contains(v.settings.Denied, "GetConfig") {
		v.find(Finding{Level: Note, Setting: "queues.conf", Value: "not in it",
			Effect: "its settings are kept elsewhere, in a database most likely, where they cannot be seen: only its members, strategy, weight and maxlen were looked at; compare the rest with queues_dialerd.conf"})
	}
}

// unloaded finds what the file says and Asterisk does not go by.
func (v *view) unloaded() {
	strategy, set := v.found.Section.first("strategy")
	switch {
	case !set:
		strategy = "ringall"
	case !slices.Contains(strategies, strategy):
		strategy = v.found.Strategy
	}
	weight, _ := v.found.Section.last("weight")
	reload := Finding{Level: Warning, Where: "asterisk -rx", Write: "'queue reload all'"}
	if strategy != v.found.Strategy {
		reload.Setting, reload.Value = "strategy", v.found.Strategy
		reload.Effect = fmt.Sprintf("queues.conf says %s, which is not loaded yet", strategy)
		v.find(reload)
	}
	if leading(weight) != v.found.Weight {
		reload.Setting, reload.Value = "weight", strconv.Itoa(v.found.Weight)
		reload.Effect = fmt.Sprintf("queues.conf says %d, which is not loaded yet", leading(weight))
		v.find(reload)
	}
}

// strategies are those that Asterisk knows by these names.
var strategies = []string{"ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "rrordered", "linear", "wrandom"}

// strategy judges the one that Asterisk goes by.
func (v *view) strategy() {
	f := Finding{Setting: "strategy", Value: v.found.Strategy, Where: v.section, Write: "strategy = rrmemory"}
	switch v.found.Strategy {
	case "wrandom":
		f.Level, f.Effect = Fault, "a penalty makes it only less likely that an operator is chosen: who is about to pause gets calls though others are free"
	case "ringall":
		f.Level, f.Effect = Warning, "every call rings all operators who are free, and as long as it rings none of them counts as free for another"
	case "linear":
		f.Level, f.Effect = Note, "the operators are rung in the order in which they became members: the first gets every call that he is free for"
	default:
		return
	}
	if n := v.found.Section.count("strategy"); n > 1 {
		f.Write += fmt.Sprintf("   ; of the %d lines that it gets, from templates too, the first counts: change that one", n)
	}
	v.find(f)
}

// maxlen judges how many may wait.
func (v *view) maxlen() {
	if n := v.found.Max; n > 0 {
		v.find(Finding{Level: Warning, Setting: "maxlen", Value: strconv.Itoa(n), Where: v.section, Write: "maxlen = 0",
			Effect: fmt.Sprintf("when %d wait, a customer who has answered is turned away", n)})
	}
}

// weight judges the queue's place among those that share operators with it.
func (v *view) weight() {
	if v.found.Weight <= 0 {
		return
	}
	f := Finding{Level: Note, Setting: "weight", Value: strconv.Itoa(v.found.Weight), Where: v.section, Write: "weight = 0",
		Effect: "an operator who is in another queue too is offered to the callers of this one first; nobody is in two now"}
	if shared := v.shared(); len(shared) > 0 {
		f.Level = Warning
		f.Effect = fmt.Sprintf("its callers are offered the operators first whom other queues share with it, whatever dialerd counts on there: %s", some(shared))
	}
	v.find(f)
}

// shared is who is a member of another queue too.
func (v *view) shared() (who []string) {
	for _, m := range v.found.Members {
		if len(v.settings.queuesOf(m.Interface)) > 1 {
			who = append(who, m.Interface)
		}
	}
	return who
}

// queuesOf is the queues that an interface is a member of.
func (s *Settings) queuesOf(iface string) (names []string) {
	for _, q := range s.Queues {
		if slices.ContainsFunc(q.Members, func(m MemberSettings) bool { return m.Interface == iface }) {
			names = append(names, q.Name)
		}
	}
	return names
}

// count is how often a setting is there.
func (s Section) count(name string) (n int) {
	for _, l := range s {
		if strings.EqualFold(l.Name, name) {
			n++
		}
	}
	return n
}

// some names the first of many.
func some(names []string) string {
	const most = 8
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}
