package dialer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dialerd/dialer/phone"
)

// DNCList is a list of numbers and masks, of a file, that the campaigns which name it never call.
type DNCList struct {
	Name    string
	Numbers phone.Masks
}

// DNCChange puts numbers and masks on the list of those never called, or takes them off. What the files
// say stays: it is changed there.
type DNCChange struct {
	Campaign string   // empty: all campaigns
	Entries  []string // as phone.ParseEntry reads them
	Remove   bool
	When     time.Time // set by the Dialer
	Who, Why string    // for people
}

// dncLists wants every list that a campaign names.
func (v *validation) dncLists(fault reporter, c *Campaign) {
	var names []string
	for i := range v.config.DNCLists {
		names = append(names, v.config.DNCLists[i].Name)
	}
	for j, list := range c.DNC {
		plain, ended := strings.CutSuffix(list, ".txt")
		switch key := fmt.Sprintf("dnc[%d]", j); {
		case slices.Contains(names, list):
		case ended && slices.Contains(names, plain):
			fault(key, "write it without its ending: %q", plain)
		case Nearest(list, names) != "":
			fault(key, "there is no list dnc/lists/%s.txt%s", list, didYouMean(list, names))
		default:
			fault(key, "there is no list dnc/lists/%s.txt; files in dnc itself hold for all campaigns, and are not named", list)
		}
	}
}

// dncBook is who is never called. What was put in at run time is kept apart from the files, so that it
// outlives a reload and can be taken off.
type dncBook struct {
	all []*phone.Masks            // that hold for all campaigns
	of  map[string][]*phone.Masks // that hold for one as well
	own map[string]*phone.Masks   // of them, what was put in at run time; "": for all campaigns
}

func newDNCBook() dncBook {
	b := dncBook{own: map[string]*phone.Masks{}}
	b.configure(&Config{})
	return b
}

// configure takes the lists of the files.
func (b *dncBook) configure(config *Config) {
	b.of = map[string][]*phone.Masks{}
	for _, c := range config.Campaigns {
		for _, name := range c.DNC {
			for i := range config.DNCLists {
				if config.DNCLists[i].Name == name {
					b.of[c.Name] = append(b.of[c.Name], &config.DNCLists[i].Numbers)
				}
			}
		}
	}
	for campaign, own := range b.own {
		b.of[campaign] = append(b.of[campaign], own)
	}
	b.all = append([]*phone.Masks{&config.DNC}, b.of[""]...)
}

// at is the list of what was put in at run time for a campaign.
func (b *dncBook) at(campaign string) *phone.Masks {
	m := b.own[campaign]
	if m == nil {
		m = &phone.Masks{}
		b.own[campaign] = m
		if b.of[campaign] = append(b.of[campaign], m); campaign == "" {
			b.all = append(b.all, m)
		}
	}
	return m
}

// has tells whether a campaign must not call the number.
func (b *dncBook) has(campaign string, n phone.Number) bool {
	for _, m := range b.all {
		if m.Has(n) {
			return true
		}
	}
	for _, m := range b.of[campaign] {
		if m.Has(n) {
			return true
		}
	}
	return false
}

// loadDNC takes what the store has.
func (d *Dialer) loadDNC(e DNCLoaded) {
	m := d.dnc.at(e.Campaign)
	for _, n := range e.Numbers {
		m.Put(phone.Entry{Number: n})
	}
	for _, s := range e.Masks {
		if err := m.Add(s); err != nil {
			d.notice(Alarm, "an entry of the DNC list cannot be read, and is without effect: %v", err)
		}
	}
}

// changeDNC changes the list at once; who asked hears of it when that is on disk.
func (d *Dialer) changeDNC(e DNCChanged) {
	entries, why := d.readDNC(e.DNCChange)
	if why != "" {
		d.emit(Done{Ask: e.Ask, Err: why})
		return
	}
	change := e.DNCChange
	change.When, change.Entries = d.now.Wall.UTC(), nil
	own := d.dnc.at(e.Campaign)
	for _, x := range entries {
		if e.Remove && own.Remove(x) || !e.Remove && own.Put(x) {
			change.Entries = append(change.Entries, x.String())
		}
	}
	if len(change.Entries) == 0 {
		d.doneOnDisk(pendingDone{seq: d.seq, ask: e.Ask}) // what made it so may be on its way
		return
	}
	if e.Remove {
		d.freeDNC(entries)
	} else {
		d.enforceDNC()
	}
	d.doneOnDisk(pendingDone{seq: d.record(DNCKept{change}), ask: e.Ask, changed: len(change.Entries)})
}

// doneOnDisk answers a request when the Records up to a place are on disk.
func (d *Dialer) doneOnDisk(p pendingDone) {
	if p.seq <= d.committed {
		d.emit(Done{Ask: p.ask, Changed: p.changed})
		return
	}
	d.unanswered = append(d.unanswered, p)
}

// readDNC reads the entries of a change; why says what is wrong with it.
func (d *Dialer) readDNC(e DNCChange) (entries []phone.Entry, why string) {
	names := d.switchNames(SwitchCampaign)
	if e.Campaign != "" && d.dnc.own[e.Campaign] == nil && !d.switchable(SwitchCampaign, e.Campaign) {
		return nil, fmt.Sprintf("there is no campaign %q%s", e.Campaign, didYouMean(e.Campaign, names))
	}
	var faults []string
	for _, s := range e.Entries {
		x, err := phone.ParseEntry(s)
		if err != nil {
			faults = append(faults, err.Error())
		}
		entries = append(entries, x)
	}
	return entries, strings.Join(faults, "; ")
}

// freeDNC has the leads looked at anew that may have been put off because of entries which are there no more.
func (d *Dialer) freeDNC(entries []phone.Entry) {
	for _, e := range entries {
		if e.Number == 0 { // whom a mask fits is not known
			d.lookAnew()
			return
		}
	}
	for _, e := range entries {
		d.reconsider(e.Number)
	}
}

// reconsider has the leads judged anew that wait and have a number: they may have been put off because of it.
func (d *Dialer) reconsider(n phone.Number) {
	for _, id := range d.FindLeads(n) {
		if l := d.leads.fetch(id); l != nil {
			d.touched.was(l.Lead)
			d.touched.lead(l)
			d.leads.rest(l)
		}
	}
}

// enforceDNC has nobody called who is on the list by now: leads leave the hoppers, calls that were planned
// are given up, telephones that ring are left alone. Who has answered is not hung up on.
func (d *Dialer) enforceDNC() {
	for _, c := range d.campaigns {
		d.dropBarred(c)
	}
	for _, c := range append([]*call(nil), d.calls.list...) {
		if d.dnc.has(c.campaign.Name, c.attempt.Number) {
			d.giveUpBarred(c)
		}
	}
}

// dropBarred judges the leads of a hopper anew whose numbers must not be called.
func (d *Dialer) dropBarred(c *campaign) {
	for _, l := range append([]*lead(nil), c.hopper.list...) {
		if !d.dnc.has(c.Name, l.Numbers[l.Use].Number) {
			continue
		}
		d.touched.lead(l)
		l.take().hopper = nil
		if until, why := d.judge(c, l); why != "" {
			d.putOff(c, l, until, why)
		} else { // it has another number
			d.enter(c, l)
		}
	}
}

// giveUpBarred ends a call that nobody has answered. While its PBX cannot be told, LinkUp will have it ended.
func (d *Dialer) giveUpBarred(c *call) {
	switch {
	case c.phase == PhasePlanned:
		d.cancel(c, onDNC)
	case c.phase == PhaseDialing && !c.hangup && !c.evidence.failed && !c.evidence.ended && d.links.get(c.attempt.PBX).up:
		d.touched.call(c)
		d.notice(Info, "call %d to %s is hung up while it rings: %s", c.attempt.ID, c.attempt.Number, onDNC)
		d.hangup(c)
		c.deadline = d.now.Mono + silence
	}
}

// onDNC is why somebody is not called.
const onDNC = "the number is on the DNC list"
