package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"dialerd/dialer"
)

// greet says what is going to be shown, and where everything lies.
func (d *demo) greet() {
	fmt.Fprintf(d.out, `dialerd demo: %d operators, %d customers, one campaign. Nobody is really called.

The daemon is the real one; the Asterisk beside it is simulated. For %d seconds it calls and connects.

  configuration  %s      (campaigns/%s.toml and its neighbours)
  leads          %s
  database, log  %s and %s, beside them
  look around    dialerd status -c %s      (in another terminal)

`, len(d.world.Operators), demoLeadCount(d.seconds), d.seconds, d.dir, demoCampaign, filepath.Join(d.dir, demoLeads), demoDatabase, demoLog, d.dir)
}

const (
	demoLeft    = 42 // columns of the operators
	demoNarrow  = 72 // a narrower terminal has no room for a picture
	demoShapers = 10 // lines that are no operators and no events
)

// picture is the lines of a picture, made to fit.
func (s *demoScreen) picture(p *demoPicture, width, height int) []string {
	lines := append(s.head(p, width), "")
	left, right := s.operators(p), s.outcomes(p, width-demoLeft)
	room := max(height-demoShapers, 3)
	for i := range min(max(len(left), len(right)), room) {
		line := strings.Repeat(" ", demoLeft)
		if i < len(left) {
			line = left[i]
		}
		if i < len(right) {
			line += right[i]
		}
		lines = append(lines, line)
	}
	return append(lines, s.happened(p, width, height-len(lines))...)
}

// head is the campaign: the time, the calls under way, the people reached, the leads.
func (s *demoScreen) head(p *demoPicture, width int) []string {
	when := fmt.Sprintf("%s of %s", clock(min(p.at, p.total)), clock(p.total))
	share := min(float64(p.at)/float64(max(p.total, time.Second)), 1)
	if p.ending {
		when = "ending: no new calls"
	}
	cells := max(min(width, 100)-len("campaign  "+demoCampaign+"  ")-len(when)-4, 0)
	full := int(share * float64(cells))
	n := p.phases()
	c := dialer.CampaignStatus{}
	if len(p.core.Campaigns) > 0 {
		c = p.core.Campaigns[0]
	}
	label := func(word string) string { return s.paint(faint, fit(word, 10)) }
	abandoned := "0%"
	if p.day.answered > 0 {
		abandoned = fmt.Sprintf("%.1f%%", 100*float64(p.day.abandoned)/float64(p.day.answered))
	}
	return []string{
		label("campaign") + s.paint(bold, demoCampaign) + "  " + s.paint("36", strings.Repeat(s.bar, full)) + s.paint(faint, strings.Repeat("·", cells-full)) + "  " + when,
		label("calls") + fmt.Sprintf("%d placed, %d under way: %s %s %s", p.day.placed, len(p.core.Calls),
			s.paint("33", fmt.Sprintf("%d ringing", n.ringing)), s.paint("31", fmt.Sprintf("%d waiting", n.waiting)), s.paint("32", fmt.Sprintf("%d talking", n.talking))),
		label("people") + fmt.Sprintf("%d answered, %d talked to an operator, %d abandoned (%s)", p.day.answered, p.day.talked, p.day.abandoned, abandoned),
		label("leads") + fmt.Sprintf("%d: %d to be called, %d in a call, %d done", p.leads, c.Waiting+c.Ready, c.Dialing, c.Finished),
	}
}

// operators are a line each.
func (s *demoScreen) operators(p *demoPicture) []string {
	lines := []string{s.paint(bold, fit("OPERATORS", demoLeft))}
	for _, o := range p.operators {
		word, color := o.state.String(), ""
		switch o.state {
		case dialer.AgentTalking:
			color = "32"
		case dialer.AgentRings, dialer.AgentClaimed:
			color = "33"
		case dialer.AgentReady:
			color = "36"
		default:
			color = faint
		}
		lines = append(lines, fit("  "+o.name, 10)+s.paint(color, fit(word, 9))+s.paint(faint, fit(fmt.Sprintf("%5s", clock(o.since)), 6))+fit(o.with, demoLeft-25))
	}
	return lines
}

// outcomes are a bar each.
func (s *demoScreen) outcomes(p *demoPicture, width int) []string {
	lines := []string{s.paint(bold, "OUTCOMES")}
	most := 1
	for _, n := range p.day.outcomes {
		most = max(most, n)
	}
	cells := max(min(width-24, 40), 1)
	for o := dialer.Answered; o <= dialer.Lost; o++ {
		n := p.day.outcomes[o]
		if n == 0 {
			continue
		}
		color := "34"
		switch o {
		case dialer.Answered:
			color = "32"
		case dialer.Abandoned, dialer.Lost:
			color = "31"
		}
		lines = append(lines, fmt.Sprintf("  %s%4d ", fit(o.String(), 15), n)+s.paint(color, strings.Repeat(s.bar, max(1, n*cells/most))))
	}
	return lines
}

// happened is the last events, as many as there is room for.
func (s *demoScreen) happened(p *demoPicture, width, room int) []string {
	if room < 3 {
		return nil
	}
	lines := []string{"", s.paint(bold, "WHAT HAPPENED LAST")}
	events := p.events[max(0, len(p.events)-(room-2)):]
	for _, e := range events {
		lines = append(lines, s.paint(faint, fmt.Sprintf("  %5s  ", clock(e.at)))+s.paint(paints[e.paint], fit(e.text, min(width-10, utf8Len(e.text)))))
	}
	for range min(room-2, demoEvents) - len(events) {
		lines = append(lines, "")
	}
	return lines
}

func utf8Len(text string) int { return len([]rune(text)) }
