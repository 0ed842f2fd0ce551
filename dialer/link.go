package dialer

import "time"

// link is one PBX as the core sees it.
type link struct {
	up       bool
	since    time.Time // it is up, or down
	version  string
	started  time.Time // this Asterisk; zero when not known
	ups      int       // how often it came up
	restarts int       // of Asterisk, as far as its start time shows them
	why      string    // it is down
	syncing  bool      // its state is being taken over
	wiped    bool      // by a restart: nobody has taken anybody out of a queue
	lines    int
	calls    int // of ours, under way
	rate     throttle
	share    float64 // of the rate, while its events come late
	lagging  time.Duration
	lagAt    time.Duration
	recovers time.Duration
	rests    time.Duration // Mono until which nothing is planned: it took no Originate
	refusal  string        // why not
}

// rest is how long nothing is planned on a PBX after an Originate could not be sent to it: what keeps one back keeps
// the next back too, and each would be an attempt in somebody's history.
const rest = time.Second

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
