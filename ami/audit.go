package ami

import (
	"cmp"
	"maps"
	"slices"

	"dialerd/dialer"
)

// calls are the calls that ought to have a channel on the PBX, each with whether it was absent at
// the last audit.
type calls map[dialer.CallID]bool

func (c calls) began(id dialer.CallID) { c[id] = false }

// audit takes the calls that the PBX has and gives those that are absent for the second time,
// which are over and forgotten. A call that was not known is followed from here on.
func (c calls) audit(present []dialer.LiveCall) (gone []dialer.CallID) {
	there := map[dialer.CallID]bool{}
	for _, p := range present {
		there[p.Call] = true
		c[p.Call] = false
	}
	for _, id := range slices.Sorted(maps.Keys(c)) {
		switch {
		case there[id]:
		case c[id]:
			gone = append(gone, id)
			delete(c, id)
		default:
			c[id] = true
		}
	}
	return gone
}

// members is what the Dialer has been told of the members of one PBX. A snapshot may be ahead of
// the events that led to it, so a difference counts when two audits in a row show it and no event
// came between.
type members struct {
	pbx      string
	known    map[memberKey]dialer.Member
	doubted  map[memberKey]bool
	reloaded bool // another audit is to follow soon
}

type memberKey struct{ queue, iface string }

func keyOf(m dialer.Member) memberKey { return memberKey{m.Queue, m.Interface} }

func newMembers(pbx string, all []dialer.Member) *members {
	m := &members{pbx: pbx, known: map[memberKey]dialer.Member{}, doubted: map[memberKey]bool{}}
	for _, member := range all {
		m.known[keyOf(member)] = member
	}
	return m
}

// learn takes what the Dialer is told.
func (m *members) learn(e dialer.Event) {
	switch e := e.(type) {
	case dialer.MemberChanged:
		m.known[keyOf(e.Member)] = e.Member
		delete(m.doubted, keyOf(e.Member))
	case dialer.MemberRemoved:
		delete(m.known, memberKey{e.Queue, e.Interface})
		delete(m.doubted, memberKey{e.Queue, e.Interface})
	}
}

// audit takes all members that the PBX has and gives what the Dialer should be told. Missed is how
// many of them an event ought to have told: a member in a call may show that in lists alone.
func (m *members) audit(all []dialer.Member) (events []dialer.Event, missed int) {
	doubted := map[memberKey]bool{}
	differs := func(key memberKey, e dialer.Event, told bool) {
		switch {
		case !m.doubted[key]:
			doubted[key] = true
			return
		case told:
			missed++
		}
		events = append(events, e)
	}
	there := map[memberKey]bool{}
	for _, member := range all {
		key := keyOf(member)
		there[key] = true
		if known := m.known[key]; known != member {
			known.InCall = member.InCall
			differs(key, dialer.MemberChanged{PBX: m.pbx, Member: member}, known != member)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(m.known), memberKey.compare) {
		if !there[key] {
			differs(key, dialer.MemberRemoved{PBX: m.pbx, Queue: key.queue, Interface: key.iface}, true)
		}
	}
	m.doubted = doubted
	return events, missed
}

func (k memberKey) compare(l memberKey) int {
	return cmp.Or(cmp.Compare(k.queue, l.queue), cmp.Compare(k.iface, l.iface))
}
