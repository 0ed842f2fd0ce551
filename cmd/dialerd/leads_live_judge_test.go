package main

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"

	"dialerd/dialer"
)

// screens is what operators' screens showed of each call, by its channel id and the name of what was shown.
func (x *leadsDay) screens() map[string]map[string]string {
	x.t.Helper()
	text, err := os.ReadFile(x.env["SCREENS_LOG"])
	if err != nil {
		x.t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for line := range strings.Lines(string(text)) {
		id, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ",")
		what, value, _ := strings.Cut(rest, ",")
		if all[id] == nil {
			all[id] = map[string]string{}
		}
		all[id][what] = value
	}
	return all
}

// judgeScreens: what the list says of a person came to the operator who talked to him, to the letter. Nothing can come
// of who was ringing when the daemon died, nor of a lead that was deleted meanwhile.
func (x *leadsDay) judgeScreens() {
	x.t.Helper()
	screens, seen, judged := x.screens(), map[string]bool{}, 0
	for _, a := range x.p.attempts() {
		shown := screens[channelID(a)]
		want, known := x.named[a.Number.Digits()]
		dead := slices.ContainsFunc(x.dead, func(s span) bool { return seconds(a.Planned) < s.to && seconds(a.Connected) > s.from })
		if shown == nil || !known {
			continue
		}
		seen[a.Number.Digits()] = true
		if dead || a.Lead == 0 {
			continue
		}
		judged++
		var attributes map[string]string
		if text := shown["attributes"]; text != "" {
			if err := json.Unmarshal([]byte(text), &attributes); err != nil {
				x.t.Errorf("of %s the screen showed the attributes %q: %v", a.Number, text, err)
			}
		}
		if shown["name"] != want.name || shown["external"] != want.external || !reflect.DeepEqual(attributes, want.attributes) {
			x.t.Errorf("of %s the screen showed %q, want %+v", a.Number, shown, want)
		}
	}
	for number, p := range x.named {
		if p.name != "" && !seen[number] {
			x.t.Errorf("%s, %s, came to no screen", number, p.name)
		}
	}
	if judged < len(screens)/2 {
		x.t.Errorf("%d of %d screens could be judged", judged, len(screens))
	}
}

// judgeEdits: from an acknowledgement on nobody is called who is held or deleted. Who was on his way to Asterisk just
// then may ring a moment after it.
func (x *leadsDay) judgeEdits() {
	x.t.Helper()
	rows, late := map[string]dialer.Attempt{}, 0.0
	for _, a := range x.p.attempts() {
		rows[channelID(a)] = a
		if since, moved := x.moved[a.Lead]; moved && a.Planned.After(since) && a.Campaign != "winter" {
			x.t.Errorf("%s was called by %s after it was moved to winter", a.Number, a.Campaign)
		}
	}
	for _, c := range newCrashJudge(x.t, x.lab, x.p.attempts()).customers {
		planned := seconds(rows[c.id].Planned)
		for _, s := range x.shut[c.number] {
			switch {
			case c.rung < s.from || s.to != 0 && c.rung > s.to:
			case planned > s.from || c.rung > s.from+onItsWay:
				x.t.Errorf("%s rang %.3f s after the acknowledgement that it is not to be called, planned %.3f s after it", c.number, c.rung-s.from, planned-s.from)
			default:
				late = max(late, c.rung-s.from)
			}
		}
	}
	x.t.Logf("numbers held or deleted: %d, leads moved: %d; the latest ring after an acknowledgement: %.3f s", len(x.shut), len(x.moved), late)
}

// judgeCalls: every call is a row, nobody was called twice, and nobody was cut off.
func (x *leadsDay) judgeCalls() {
	x.t.Helper()
	j := newCrashJudge(x.t, x.lab, x.p.attempts())
	j.missing()
	j.double()
	left := map[string]bool{} // customers who ended the talk themselves
	for _, c := range j.customers {
		left[c.id] = !c.byUs()
	}
	talks := 0
	for _, o := range j.operators {
		if o.picked == 0 {
			continue
		}
		talks++
		switch ended := o.ended != 0 && o.ended < x.hung; {
		case strings.HasPrefix(o.number, "op") && !ended, !strings.HasPrefix(o.number, "op") && (!o.byUs() || left[o.id]):
		default:
			j.found.add("cut", "the talk of %s with %s ended at %.3f: %s", o.id, o.number, o.ended, o.how)
		}
	}
	for _, word := range crashWords {
		for _, text := range j.found[word] {
			x.t.Errorf("%s: %s", word, text)
		}
	}
	for _, a := range j.rows {
		if a.Outcome == dialer.Unsettled {
			x.t.Errorf("attempt %d to %s has no outcome", a.ID, a.Number)
		}
	}
	x.t.Logf("calls: %d, talks: %d", len(j.customers), talks)
}
