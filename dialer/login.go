package dialer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// An operator of agents.toml may be made a member of his queues from here. Whom somebody else makes a member, or
// takes out, is in or out all the same.

// logIn makes an operator a member of his queues, with the telephone that is given, else where he sits, else his own.
func (d *Dialer) logIn(p *person, iface string) error {
	f, iface, err := d.seatFor(p, iface)
	if err != nil {
		return err
	}
	desk := iface
	if iface == f.Interface {
		desk = "" // which follows the file
	}
	if p.Login.IsZero() || p.Desk != desk || p.Leaving || !d.everywhere(p) {
		p.Login, p.Desk, p.Leaving, p.Entered = d.now.Wall.UTC(), desk, false, false
		d.keep(p)
	}
	var former []string
	for _, a := range d.seats(p) {
		if a.iface != iface {
			former = append(former, a.iface)
		}
	}
	d.identifyAll()
	for _, x := range former {
		d.vacate(x)
	}
	p.tries = 0
	d.addMembers(p)
	return nil
}

// seatFor is what agents.toml says of an operator who logs in, and his telephone, which nobody else may have.
func (d *Dialer) seatFor(p *person, iface string) (*AgentConfig, string, error) {
	f := d.config.agent(p.ID)
	switch {
	case f == nil:
		return nil, "", fmt.Errorf("operator %q is not in agents.toml: only who is listed there, with queues, can log in here", p.ID)
	case len(f.Queues) == 0:
		return nil, "", fmt.Errorf("operator %q has no queues in agents.toml: give him some, as in queues = [%q]", p.ID, "sales")
	case iface == "" && !p.Login.IsZero() && !p.Leaving:
		iface = d.telephone(p)
	case iface == "":
		iface = f.Interface
	case !plainWord(iface, "/@._-:+") || !strings.Contains(iface, "/"):
		return nil, "", fmt.Errorf("%q is no interface: write it as in the queue, PJSIP/101", iface)
	}
	for _, id := range d.loggedIn(iface) {
		if id != p.ID {
			return nil, "", fmt.Errorf("operator %q is logged in with %s: he has to log out first", id, iface)
		}
	}
	if a := d.anyAt(iface); a != nil && a.person != p && d.config.agent(a.id) != nil {
		return nil, "", fmt.Errorf("operator %q works with %s: he has to log out first", a.id, iface)
	}
	for _, a := range d.agents.list {
		at := slices.IndexFunc(a.members, func(m *member) bool { return m.Static })
		if at >= 0 && a.iface == iface && iface != f.Interface {
			return nil, "", fmt.Errorf("%s is a member of queue %q by queues.conf: whoever logs in with it could not log out again: take another telephone", iface, a.members[at].Queue)
		}
	}
	return f, iface, nil
}

// anyAt is who works with an interface, on any PBX.
func (d *Dialer) anyAt(iface string) *agent {
	for _, a := range d.agents.list {
		if a.iface == iface {
			return a
		}
	}
	return nil
}

// loginTries is how often Asterisk is told to take an operator into a queue.
const loginTries = 3

// addMembers tells Asterisk of which queues an operator is to be a member and is not.
func (d *Dialer) addMembers(p *person) {
	f := d.config.agent(p.ID)
	if f == nil {
		return
	}
	p.adding, p.said = map[string]bool{}, d.now.Mono
	p.tries++
	for _, name := range f.Queues {
		q := d.queues[name]
		if q == nil || d.staysIn(memberKey{q.PBX, name, d.telephone(p)}, p) {
			continue
		}
		p.adding[name] = true
		if d.links.get(q.PBX).up {
			d.emit(AddMember{PBX: q.PBX, Queue: name, Interface: d.telephone(p), Name: d.nameOf(p), Penalty: f.Penalty})
		}
	}
}

// staysIn tells whether an operator is a member of a queue, and is not on his way out of it: what he wanted last
// counts.
func (d *Dialer) staysIn(key memberKey, p *person) bool {
	m := d.agents.members[key]
	return m != nil && (m.agent.removed == 0 || p.tries > 1)
}

// tendLogins says again what Asterisk has not done.
func (d *Dialer) tendLogins() {
	for _, a := range d.agents.list {
		d.quitQueues(a)
	}
	for _, id := range d.adding() {
		p := d.persons[id]
		switch {
		case d.now.Mono-p.said < sayAgain || d.unreached(p):
		case p.tries < loginTries:
			d.addMembers(p)
		default:
			d.notice(Alarm, "operator %q could not be made a member of %s: is there such a queue in Asterisk?", id, strings.Join(slices.Sorted(maps.Keys(p.adding)), ", "))
			p.adding = nil
		}
	}
}

func (d *Dialer) adding() (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(d.persons)) {
		if len(d.persons[id].adding) > 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// logOut takes an operator out of his queues, when no call counts on him any more.
func (d *Dialer) logOut(p *person) error {
	seats := d.seats(p)
	for _, a := range seats {
		for _, m := range a.members {
			if m.Static {
				return fmt.Errorf("operator %q is a member of queue %q by queues.conf, which only an edit there ends: pause him instead", p.ID, m.Queue)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.adding)) { // Asterisk may have been told and not said so yet
		if q := d.queues[name]; q != nil && d.links.get(q.PBX).up {
			d.emit(RemoveMember{PBX: q.PBX, Queue: name, Interface: d.telephone(p)})
		}
	}
	p.adding = nil
	if len(seats) == 0 && !d.outOfSight(p) {
		d.loggedOut(p)
		return nil
	}
	if !p.Leaving {
		p.Leaving = true
		d.keep(p)
	}
	for _, a := range seats {
		a.removed, a.removals = 0, 0
		d.depart(a)
	}
	return nil
}

// loggedOut is an operator who is a member of no queue any more: what he wanted ends with that, what his
// supervisor wants does not.
func (d *Dialer) loggedOut(p *person) {
	if p.Login.IsZero() && !p.Leaving && !p.Own.stands() {
		return
	}
	iface := d.telephone(p)
	d.endPause(p, ByAgent)
	d.endPause(p, BySupervisor) // it stands, and lasts no longer while he is away
	p.AgentRecord = AgentRecord{ID: p.ID, Supervisor: p.Supervisor, Desk: p.Desk}
	p.Supervisor.Began = time.Time{}
	d.keep(p)
	for _, a := range d.agents.list {
		if a.iface == iface {
			d.identify(a)
		}
	}
}

// removeMembers tells Asterisk to take an operator out of his queues, and again when it has not.
func (d *Dialer) removeMembers(a *agent) {
	if !d.links.get(a.pbx).up || a.removed != 0 && d.now.Mono-a.removed < sayAgain {
		return
	}
	if a.removals++; a.removals > loginTries {
		d.notice(Alarm, "operator %q could not be taken out of his queues: he is logged in still", a.id)
		a.person.Leaving = false
		d.keep(a.person)
		return
	}
	a.removed = d.now.Mono
	for _, m := range a.members {
		if !m.Static {
			d.emit(RemoveMember{PBX: a.pbx, Queue: m.Queue, Interface: a.iface})
		}
	}
}

// resumeLogins makes those members again who were logged in when Asterisk was restarted, and those of whose login it may not
// have heard. Others whom it does not show were taken out by somebody else.
func (d *Dialer) resumeLogins(pbx string, restarted bool) {
	for _, id := range slices.Sorted(maps.Keys(d.persons)) {
		p := d.persons[id]
		if p.Leaving && len(d.seats(p)) == 0 && !d.outOfSight(p) {
			d.loggedOut(p)
		}
		if p.loaded && p.Login.IsZero() && p.Own.stands() && !restarted && d.shownPaused(p) && len(d.seats(p)) == 0 && d.allUp() {
			d.notice(Info, "operator %q was taken out of his queues by somebody else", id)
			d.loggedOut(p)
		}
		if p.Login.IsZero() || p.Leaving || !d.worksOn(p, pbx) {
			continue
		}
		switch {
		case len(p.adding) > 0 && p.said == d.now.Mono: // an edit has just told it
		case restarted || !p.Entered || len(p.adding) > 0:
			if restarted && p.Entered { // nobody has taken him out, whatever becomes of us before he is in again
				p.Entered = false
				d.keep(p)
			}
			p.tries = 0
			d.addMembers(p)
		case len(d.seats(p)) == 0:
			d.notice(Info, "operator %q was logged out by somebody else", id)
			d.loggedOut(p)
		}
	}
}

// entered notes that Asterisk shows somebody who has logged in, in all of his queues.
func (d *Dialer) entered(p *person) {
	if !p.Login.IsZero() && !p.Entered && d.everywhere(p) {
		p.Entered = true
		d.keep(p)
	}
}

// everywhere tells whether Asterisk shows him in all of his queues.
func (d *Dialer) everywhere(p *person) bool {
	f := d.config.agent(p.ID)
	return f != nil && !slices.ContainsFunc(f.Queues, func(name string) bool {
		q := d.queues[name]
		return q != nil && d.agents.members[memberKey{q.PBX, name, d.telephone(p)}] == nil
	})
}

// shownPaused tells whether Asterisk has shown his pause, and has not been restarted since, as far as is known.
func (d *Dialer) shownPaused(p *person) bool {
	return slices.ContainsFunc(d.loans.list, func(l *loan) bool {
		return l.Field == LoanPause && l.Shown && l.Reason == p.Own.Reason && l.Interface == d.telephone(p)
	})
}

// allUp tells whether every PBX can be heard.
func (d *Dialer) allUp() bool {
	return !slices.ContainsFunc(d.config.PBXs, func(x PBX) bool { return !d.links.get(x.Name).up })
}

// unreached tells whether a PBX of his cannot be told anything.
func (d *Dialer) unreached(p *person) bool {
	return slices.ContainsFunc(d.config.PBXs, func(x PBX) bool { return d.worksOn(p, x.Name) && !d.links.get(x.Name).up })
}

// reconfigureLogins follows an edit of agents.toml for those who are logged in: who is not in it any more logs out, another
// telephone is another place, queues come and go.
func (d *Dialer) reconfigureLogins(before *Config) {
	for _, id := range slices.Sorted(maps.Keys(d.persons)) {
		p := d.persons[id]
		was, is := before.agent(id), d.config.agent(id)
		switch {
		case p.Login.IsZero() || p.Leaving || was == nil:
		case is == nil:
			d.notice(Info, "operator %q is not in agents.toml any more: he is logged out", id)
			desk := cmp.Or(p.Desk, was.Interface)
			d.clearPause(p, BySupervisor)
			d.loggedOut(p)
			d.vacate(desk) // who is there is nobody's now
		case len(is.Queues) == 0:
			d.notice(Info, "operator %q is in no queue any more: he is logged out", id)
			_ = d.logOut(p) // a static member stays what queues.conf makes him
		case p.Desk == "" && is.Interface != was.Interface:
			if _, _, err := d.seatFor(p, ""); err != nil { // he stays where he is
				d.notice(Warning, "operator %q cannot change to %s: %s", id, is.Interface, err)
				p.Desk = was.Interface
				d.keep(p)
				d.identifyAll()
				break
			}
			p.Entered = false
			d.vacate(was.Interface)
			_ = d.logIn(p, "")
		case !slices.Equal(was.Queues, is.Queues) || d.movedPBX(before, is.Queues):
			p.tries = 0
			d.addMembers(p)
			d.leaveQueues(p, is.Queues)
		}
	}
}

// movedPBX tells whether one of the queues is on another PBX than before.
func (d *Dialer) movedPBX(before *Config, queues []string) bool {
	return slices.ContainsFunc(before.Queues, func(q Queue) bool {
		return slices.Contains(queues, q.Name) && d.queues[q.Name] != nil && d.queues[q.Name].PBX != q.PBX
	})
}

// vacate logs out whoever is at an operator's former telephone, unless that is another's now.
func (d *Dialer) vacate(iface string) {
	if a := d.anyAt(iface); a != nil && d.config.agent(a.id) == nil {
		_ = d.logOut(a.person) // a static member stays what queues.conf makes him
	}
}

// leaveQueues takes him out of queues that he does not have any more.
func (d *Dialer) leaveQueues(p *person, queues []string) {
	for _, a := range d.seats(p) {
		for _, m := range a.members {
			if !m.Static && !slices.Contains(queues, m.Queue) {
				m.quit = loginTries
			}
		}
		d.quitQueues(a)
	}
}

// quitQueues tells Asterisk to take an operator out of queues that an edit has taken from him, and again when it has not.
func (d *Dialer) quitQueues(a *agent) {
	for _, m := range a.members {
		if m.quit > 0 && d.links.get(a.pbx).up && (m.quitAt == 0 || d.now.Mono-m.quitAt >= sayAgain) {
			m.quit--
			m.quitAt = d.now.Mono
			d.emit(RemoveMember{PBX: a.pbx, Queue: m.Queue, Interface: a.iface})
		}
	}
}

// worksOn tells whether a queue of his is on a PBX.
func (d *Dialer) worksOn(p *person, pbx string) bool {
	f := d.config.agent(p.ID)
	return f != nil && slices.ContainsFunc(f.Queues, func(name string) bool { return d.queues[name] != nil && d.queues[name].PBX == pbx })
}

// outOfSight tells whether he may be a member of queues on a PBX that cannot be heard.
func (d *Dialer) outOfSight(p *person) bool {
	for pbx, l := range d.links {
		if !l.up && d.worksOn(p, pbx) {
			return true
		}
	}
	return false
}
