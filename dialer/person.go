package dialer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// AgentRecord is what an operator and his supervisor want, which no Asterisk knows: whoever he is there, he is the
// same here. It is kept by his id, so it stays when his telephone changes.
type AgentRecord struct {
	ID         string    `json:"id"`
	Own        Intent    `json:"own,omitzero"`        // the pause that he has asked for
	Supervisor Intent    `json:"supervisor,omitzero"` // the pause that was asked for over his head
	Login      time.Time `json:"login,omitzero"`      // when he logged in here; zero: he did not, and may be a member all the same
	Desk       string    `json:"desk,omitempty"`      // with which telephone; empty: with that of agents.toml. Of one who is not in it: where he was seen
	Entered    bool      `json:"entered,omitempty"`   // and Asterisk has shown him in a queue since
	Leaving    bool      `json:"leaving,omitempty"`   // he logs out as soon as no call counts on him
}

// Empty tells whether there is nothing to be kept.
func (r *AgentRecord) Empty() bool {
	return !r.Own.stands() && !r.Supervisor.stands() && r.Login.IsZero() && !r.Leaving
}

// Intent is a pause that a person wants.
type Intent struct {
	Reason string    `json:"reason"`
	Asked  time.Time `json:"asked"`
	Began  time.Time `json:"began,omitzero"` // when it came into force; zero while calls still count on him
}

func (i *Intent) stands() bool { return i.Reason != "" }

// person is an operator, whether he is a member of any queue now or not.
type person struct {
	AgentRecord
	adding   map[string]bool // queues that he is to be a member of and is not yet
	said     time.Duration   // Mono at which Asterisk was last told so
	tries    int
	seq      int64              // of the last row
	loaded   bool               // it came from an earlier life
	warned   [ByAgent + 1]bool  // that a pause is over its limit, by whose it is
	lifted   map[memberKey]bool // where others have lifted his supervisor's pause, and it was set again
	overruns int                // pauses that were over their limit, since the start
}

// personBook is the operators by id.
type personBook map[string]*person

func (b personBook) get(id string) *person {
	p := b[id]
	if p == nil {
		p = &person{AgentRecord: AgentRecord{ID: id}}
		b[id] = p
	}
	return p
}

// keep writes down what is wanted of or by an operator.
func (d *Dialer) keep(p *person) {
	if p.Login.IsZero() {
		p.Desk = d.home(p)
	}
	p.seq = d.record(AgentKept{p.AgentRecord})
}

// home is the telephone of somebody who is not in agents.toml, by which he is known again; empty for others.
func (d *Dialer) home(p *person) string {
	if d.config.agent(p.ID) != nil || p.Empty() {
		return ""
	}
	for _, a := range d.seats(p) {
		return a.iface
	}
	return p.Desk
}

// loadAgents brings what was wanted in an earlier life.
func (d *Dialer) loadAgents(records []AgentRecord) {
	for _, r := range records {
		p := d.persons.get(r.ID)
		p.AgentRecord, p.loaded = r, true
	}
	d.identifyAll()
}

// identifyAll finds out anew who is who.
func (d *Dialer) identifyAll() {
	for _, a := range d.agents.list {
		d.identify(a)
	}
}

// identify gives an agent his id, and with it what is wanted of him.
func (d *Dialer) identify(a *agent) {
	before := a.person
	a.id = d.agentID(a)
	if p := d.persons.get(a.id); before != p {
		a.person, a.since = p, d.now.Mono
		if before == nil {
			before = d.former(a)
		}
		if before != nil {
			d.rename(before, p)
		}
	}
	d.touched.agent(a)
}

// former is who was at a telephone in an earlier life by an id that he does not have any more.
func (d *Dialer) former(a *agent) *person {
	for _, s := range d.memory.agents {
		if p := d.persons[s.ID]; p != nil && s.Interface == a.iface && s.ID != a.id {
			return p
		}
	}
	for _, id := range slices.Sorted(maps.Keys(d.persons)) {
		if p := d.persons[id]; id != a.id && p.Desk == a.iface && p.Login.IsZero() {
			return p
		}
	}
	return nil
}

// rename hands on what is wanted of somebody whom an edit of agents.toml has given another id. Who logs in at a desk does
// not take over what was wanted of whoever was there.
func (d *Dialer) rename(before, p *person) {
	if before.Empty() || !before.Login.IsZero() || !p.Login.IsZero() || d.config.agent(before.ID) != nil || len(d.seats(before)) > 0 {
		return
	}
	d.notice(Info, "operator %q is called %q now", before.ID, p.ID)
	if !p.Own.stands() {
		p.Own = before.Own
	}
	if !p.Supervisor.stands() {
		p.Supervisor = before.Supervisor
	}
	before.AgentRecord = AgentRecord{ID: before.ID}
	d.keep(before)
	d.keep(p)
}

// agentID names an agent: by whom he has logged in as, else by the file, else by his member name when nobody else
// has it, else by his interface.
func (d *Dialer) agentID(a *agent) string {
	for _, id := range d.loggedIn(a.iface) {
		return id
	}
	for _, f := range d.config.Agents {
		if f.Interface == a.iface && !d.elsewhere(f) {
			return f.ID
		}
	}
	if id := d.known(a); id != "" {
		return id
	}
	name := a.members[0].Name
	if p := d.persons[name]; name == "" || d.config.agent(name) != nil || p != nil && p.Desk != "" && p.Desk != a.iface {
		return a.iface
	}
	for _, other := range d.agents.list {
		if other != a && len(other.members) > 0 && other.members[0].Name == name {
			return a.iface
		}
	}
	return name
}

// known is the id that somebody who is in no file has at his telephone already: others who come with his name do not
// take it from him, nor does a crash.
func (d *Dialer) known(a *agent) string {
	if a.person != nil && d.config.agent(a.id) == nil && a.person.Login.IsZero() && (a.id == a.iface || a.person.Desk == a.iface) {
		return a.id
	}
	for _, id := range slices.Sorted(maps.Keys(d.persons)) {
		if p := d.persons[id]; p.Desk == a.iface && p.Login.IsZero() && d.config.agent(id) == nil && !p.Empty() {
			return id
		}
	}
	return ""
}

// loggedIn is who has logged in with an interface.
func (d *Dialer) loggedIn(iface string) (ids []string) {
	for id, p := range d.persons {
		if !p.Login.IsZero() && d.telephone(p) == iface {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		if deskA, deskB := d.persons[a].Desk != "", d.persons[b].Desk != ""; deskA != deskB { // who has named it himself before whom the file gives it
			return map[bool]int{true: -1, false: 1}[deskA]
		}
		return cmp.Compare(a, b)
	})
	return ids
}

// telephone is the interface that somebody has logged in with.
func (d *Dialer) telephone(p *person) string {
	if f := d.config.agent(p.ID); p.Desk == "" && f != nil {
		return f.Interface
	}
	return p.Desk
}

// elsewhere tells whether an operator of the file has logged in with another telephone than the file's.
func (d *Dialer) elsewhere(f AgentConfig) bool {
	p := d.persons[f.ID]
	return p != nil && !p.Login.IsZero() && p.Desk != "" && p.Desk != f.Interface
}

// agent is an operator of the file; nil when it does not list him.
func (c *Config) agent(id string) *AgentConfig {
	for i := range c.Agents {
		if c.Agents[i].ID == id {
			return &c.Agents[i]
		}
	}
	return nil
}

// whose finds an operator by his id, his interface, or the telephone behind it.
func (d *Dialer) whose(name string) (*person, error) {
	if name == "" {
		return nil, fmt.Errorf("no operator is named: give his id, or his telephone as PJSIP/101")
	}
	if d.config.agent(name) != nil {
		return d.persons.get(name), nil
	}
	for _, a := range d.agents.list {
		if a.id == name {
			return a.person, nil
		}
	}
	for _, a := range d.agents.list {
		if sameTelephone(a.iface, name) || slices.ContainsFunc(a.members, func(m *member) bool { return sameTelephone(m.Device, name) }) {
			return a.person, nil
		}
	}
	for _, id := range d.loggedIn(name) {
		return d.persons[id], nil
	}
	for _, f := range d.config.Agents {
		if sameTelephone(f.Interface, name) {
			return d.persons.get(f.ID), nil
		}
	}
	if p := d.persons[name]; p != nil && !p.Empty() { // gone, with a supervisor's pause that waits for him
		return p, nil
	}
	return nil, fmt.Errorf("there is no operator %q: he is neither in agents.toml nor a member of a queue%s", name, didYouMean(name, d.agentNames()))
}

// sameTelephone tells whether two interfaces are one telephone: Local/101@desks and Local/101@desks/n are, which
// differ in how the channel is to be made alone.
func sameTelephone(a, b string) bool { return telephone(a) == telephone(b) }

func telephone(iface string) string {
	if i := strings.LastIndexByte(iface, '/'); strings.HasPrefix(iface, "Local/") && i > len("Local") {
		return iface[:i]
	}
	return iface
}

func (d *Dialer) agentNames() (names []string) {
	for _, f := range d.config.Agents {
		names = append(names, f.ID)
	}
	for _, a := range d.agents.list {
		names = append(names, a.id)
	}
	return names
}

// seats are the agents that an operator is: one for each PBX, and while he changes his telephone one for each.
func (d *Dialer) seats(p *person) (agents []*agent) {
	for _, a := range d.agents.list {
		if a.person == p {
			agents = append(agents, a)
		}
	}
	return agents
}

// seat is the one of them that tells how he stands: one that can be reached before others. Nil: he is nowhere.
func (d *Dialer) seat(p *person) *agent {
	agents := d.seats(p)
	if len(agents) == 0 {
		return nil
	}
	reach := func(a *agent) int {
		switch {
		case !d.links.get(a.pbx).up:
			return 2
		case a.gone():
			return 1
		}
		return 0
	}
	return slices.MinFunc(agents, func(a, b *agent) int { return cmp.Compare(reach(a), reach(b)) })
}

// nameOf is how people call him.
func (d *Dialer) nameOf(p *person) string {
	if f := d.config.agent(p.ID); f != nil && f.Name != "" {
		return f.Name
	}
	for _, a := range d.seats(p) {
		return a.members[0].Name
	}
	return ""
}
