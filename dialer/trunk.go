package dialer

import (
	"slices"
	"strings"
	"time"

	"dialerd/dialer/phone"
)

// throttle lets through so many in any one second. It remembers when the last ones went, so that
// the limit holds in every second, not on average.
type throttle struct {
	sent []time.Duration // ring of the last ones
	at   int
	span time.Duration // in which len(sent) may go
}

// second is a little longer than one, because the far end counts by its own clock and the way there
// does not always take as long: a limit is kept where it is counted, for a tenth of the rate.
const second = 1100 * time.Millisecond

// set changes the rate, per second; a rate under 1 lets one through in a longer time. 0 is no limit.
func (t *throttle) set(cps float64) {
	if cps <= 0 {
		*t = throttle{}
		return
	}
	n := max(1, int(cps))
	t.span = time.Duration(float64(second) * float64(n) / cps)
	if n == len(t.sent) {
		return
	}
	sent := make([]time.Duration, n)
	for i := range sent {
		sent[i] = -time.Hour
	}
	// What went out a moment ago still counts, the newest first.
	for i := 0; i < min(n, len(t.sent)); i++ {
		sent[n-1-i] = t.sent[(t.at-1-i+len(t.sent))%len(t.sent)]
	}
	t.sent, t.at = sent, 0
}

// room is how many may go now, with the rate slowed to a share of itself; no limit is a big number.
func (t *throttle) room(now time.Duration, share float64) int {
	if len(t.sent) == 0 {
		return 1 << 20
	}
	span := time.Duration(float64(t.span) / share)
	free := 0
	for _, at := range t.sent {
		if now-at >= span {
			free++
		}
	}
	return free
}

func (t *throttle) went(now time.Duration) {
	if len(t.sent) > 0 {
		t.sent[t.at] = now
		t.at = (t.at + 1) % len(t.sent)
	}
}

// link is one PBX as the core sees it.
type link struct {
	up       bool
	since    time.Time // it is up, or down
	version  string
	started  time.Time // this Asterisk; zero when not known
	ups      int       // how often it came up
	restarts int       // of Asterisk, as far as its start time shows them
	why      string    // it is down
	lines    int
	calls    int // of ours, under way
	rate     throttle
	share    float64 // of the rate, while its events come late
	lagging  time.Duration
	lagAt    time.Duration
	recovers time.Duration
}

// linkBook is the PBXs by name.
type linkBook map[string]*link

// defaultCPS is how many calls a second one Asterisk gets when nothing else is configured: what a
// version 16 carries on two cores.
const defaultCPS = 20

func (b linkBook) get(pbx string) *link {
	l := b[pbx]
	if l == nil {
		l = &link{share: 1, why: "it has not been reached yet"}
		l.rate.set(defaultCPS)
		b[pbx] = l
	}
	return l
}

func (b linkBook) configure(pbxs []PBX) {
	for _, p := range pbxs {
		l := b.get(p.Name)
		l.lines = p.Lines
		if p.CPS == 0 {
			p.CPS = defaultCPS
		}
		l.rate.set(p.CPS)
	}
}

const (
	// lagMax is how late events may come before an Asterisk counts as overloaded.
	lagMax = 200 * time.Millisecond
	// slowest is the share of its rate that an overloaded one keeps.
	slowest = 1.0 / 16
)

// lag slows a PBX down while its events come late: its rate is halved each second, and grows by a
// quarter each second when they are in time again.
func (b linkBook) lag(pbx string, lag, now time.Duration) {
	l := b.get(pbx)
	l.lagging = lag
	if lag > lagMax && now-l.lagAt >= time.Second {
		l.lagAt = now
		l.share = max(slowest, l.share/2)
	}
}

func (l *link) recover(now time.Duration) {
	if l.share < 1 && l.lagging <= lagMax && now-l.recovers >= time.Second {
		l.recovers = now
		l.share = min(1, l.share*1.25)
	}
}

// trunk is a way out at work.
type trunk struct {
	Trunk
	calls int  // under way
	gone  bool // not configured any more
	rate  throttle
}

func (t *trunk) release() { t.calls-- }

// dial is what Asterisk is to dial for a number.
func (t *trunk) dial(n phone.Number) string {
	return strings.NewReplacer("{number}", n.String(), "{digits}", n.Digits()).Replace(t.Dial)
}

// trunkBook is the trunks by name. One that is no longer configured stays until its calls end.
type trunkBook map[string]*trunk

func (b trunkBook) configure(trunks []Trunk) {
	for name, t := range b {
		if t.calls == 0 && !slices.ContainsFunc(trunks, func(x Trunk) bool { return x.Name == name }) {
			delete(b, name)
		}
	}
	for _, x := range trunks {
		t := b.get(x.Name)
		t.Trunk, t.gone = x, false
		t.rate.set(x.CPS)
	}
}

func (b trunkBook) get(name string) *trunk {
	t := b[name]
	if t == nil {
		t = &trunk{Trunk: Trunk{Name: name}}
		b[name] = t
	}
	return t
}

// pick is the first trunk of the list that has a free line and may start a call now; booked is how
// many calls it has been planned for already and not started. If there is none, why says what binds.
func (b trunkBook) pick(names []string, booked map[*trunk]int, now time.Duration) (t *trunk, why string) {
	why = "no trunk is configured"
	for _, name := range names {
		t := b.get(name)
		switch {
		case t.Lines > 0 && t.calls >= t.Lines:
			why = "the lines of trunk " + name + " are taken"
		case t.rate.room(now, 1) <= booked[t]:
			why = "trunk " + name + " has started its calls of this second"
		default:
			return t, ""
		}
	}
	return nil, why
}

// poolBook is the caller-ID pools by name, with how often each number was shown today.
type poolBook map[string]*pool

type pool struct {
	Pool
	day   string
	shown map[phone.Number]int
}

func (b poolBook) configure(pools []Pool) {
	for _, x := range pools {
		p := b[x.Name]
		if p == nil {
			p = &pool{shown: map[phone.Number]int{}}
			b[x.Name] = p
		}
		p.Pool = x
	}
}

// choose is the number to show to n: of the pool with the longest prefix that fits and has a number
// left, the one shown least today.
func (b poolBook) choose(names []string, n phone.Number, now time.Time) (phone.Number, *pool) {
	var best *pool
	var number phone.Number
	for _, name := range names {
		p := b[name]
		if p == nil || !n.HasPrefix(p.Prefix) || best != nil && len(p.Prefix) <= len(best.Prefix) {
			continue
		}
		if least := p.least(now); least != 0 {
			best, number = p, least
		}
	}
	return number, best
}

// turn begins the count anew when the day is another. Days are those of UTC: a pool serves campaigns
// of several zones.
func (p *pool) turn(now time.Time) {
	if day := now.UTC().Format(time.DateOnly); p.day != day {
		p.day = day
		clear(p.shown)
	}
}

func (p *pool) least(now time.Time) (best phone.Number) {
	p.turn(now)
	for _, n := range p.Numbers {
		if p.DailyLimit > 0 && p.shown[n] >= p.DailyLimit {
			continue
		}
		if best == 0 || p.shown[n] < p.shown[best] {
			best = n
		}
	}
	return best
}

// show counts a call that shows a number.
func (p *pool) show(n phone.Number, at time.Time) {
	p.turn(at)
	p.shown[n]++
}

// takeBack is show undone, for a call that was never placed.
func (p *pool) takeBack(n phone.Number) {
	if p.shown[n] > 0 {
		p.shown[n]--
	}
}

// recall counts the calls of today that were placed before the daemon was started.
func (b poolBook) recall(attempts []Attempt, now time.Time) {
	today := now.UTC().Format(time.DateOnly)
	for _, p := range b {
		for _, a := range attempts {
			if a.Outcome != Cancelled && a.Planned.UTC().Format(time.DateOnly) == today && slices.Contains(p.Numbers, a.CallerID) {
				p.show(a.CallerID, now)
			}
		}
	}
}
