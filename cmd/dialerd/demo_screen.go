package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"dialerd/dialer"
)

// demoScreen shows pictures: on a terminal one in place of the other, elsewhere a line every few
// seconds.
type demoScreen struct {
	out      io.Writer
	terminal *os.File // nil: none
	colors   bool
	bar      string // one cell of a bar
	drawn    int    // lines that the cursor stands below
	last     time.Duration
	begun    bool
}

// demoLineEvery is how often a line is written where nobody sees a picture.
const demoLineEvery = 3 * time.Second

func newDemoScreen(out io.Writer) *demoScreen {
	s := &demoScreen{out: out, colors: wantsColors(out), bar: "█"}
	if isTerminal(out) && os.Getenv("TERM") != "dumb" {
		s.terminal, _ = out.(*os.File)
	}
	if locale := os.Getenv("LC_ALL") + os.Getenv("LC_CTYPE") + os.Getenv("LANG"); !strings.Contains(strings.ToUpper(locale), "UTF") {
		s.bar = "#"
	}
	return s
}

func (s *demoScreen) show(p *demoPicture) {
	width, height := s.size()
	if width < demoNarrow {
		s.line(p)
		return
	}
	lines := s.picture(p, width, height-1)
	var b strings.Builder
	if !s.begun {
		s.begun = true
		b.WriteString("\x1b[?25l") // the cursor would flicker
	}
	if s.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r", s.drawn)
	}
	for _, l := range lines {
		b.WriteString(l + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	s.drawn = len(lines)
	fmt.Fprint(s.out, b.String())
}

// size of the terminal; 0 when there is none.
func (s *demoScreen) size() (width, height int) {
	if s.terminal == nil {
		return 0, 0
	}
	width, height, err := term.GetSize(int(s.terminal.Fd()))
	if err != nil || width == 0 || height == 0 { // one that does not say
		return 80, 24
	}
	return width, height
}

// rest leaves the last picture where it is.
func (s *demoScreen) rest() {
	if s.begun && s.terminal != nil {
		fmt.Fprint(s.out, "\x1b[?25h")
	}
	s.drawn = 0
}

// line is a picture in one line.
func (s *demoScreen) line(p *demoPicture) {
	if s.begun && p.at-s.last < demoLineEvery {
		return
	}
	s.begun, s.last = true, p.at
	phases, states := p.phases(), p.states()
	ending := ""
	if p.ending {
		ending = "  (no new calls)"
	}
	fmt.Fprintf(s.out, "%s  calls %d: %d ringing, %d waiting, %d talking | operators %d: %d ready, %d talking, %d wrap-up, %d paused | %s%s\n",
		clock(p.at), p.day.placed, phases.ringing, phases.waiting, phases.talking,
		len(p.operators), states[dialer.AgentReady], states[dialer.AgentTalking]+states[dialer.AgentRings]+states[dialer.AgentClaimed],
		states[dialer.AgentWrapup], states[dialer.AgentPaused], outcomeText(p.day), ending)
}

func outcomeText(d demoDay) string {
	var parts []string
	for o := dialer.Answered; o <= dialer.Lost; o++ {
		if n := d.outcomes[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", o, n))
		}
	}
	if len(parts) == 0 {
		return "no call has ended yet"
	}
	return strings.Join(parts, ", ")
}

type demoPhases struct{ ringing, waiting, talking int }

func (p *demoPicture) phases() (n demoPhases) {
	for _, c := range p.core.Calls {
		switch c.Phase {
		case dialer.PhasePlanned, dialer.PhaseDialing:
			n.ringing++
		case dialer.PhaseTalking:
			n.talking++
		default:
			n.waiting++
		}
	}
	return n
}

func (p *demoPicture) states() map[dialer.AgentState]int {
	n := map[dialer.AgentState]int{}
	for _, o := range p.operators {
		n[o.state]++
	}
	return n
}

// paint colors a word, if colors are wanted.
func (s *demoScreen) paint(color, text string) string {
	if !s.colors || color == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

const (
	bold  = "1"
	faint = "2"
)

// fit makes a text exactly so wide.
func fit(text string, width int) string {
	n := utf8.RuneCountInString(text)
	if n > width {
		return string([]rune(text)[:max(width, 0)])
	}
	return text + strings.Repeat(" ", width-n)
}
