package dialer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// shrinkWalk leaves out of a walk that fails what it does not need to fail in the same way: the end, then halves,
// quarters and so on down to single acts, and the bigger worlds. It returns what is left, written down.
func shrinkWalk(t *testing.T, size int, acts []walkAct, plant plantedFault) *walk {
	k := replayWalk(t, size, acts, plant, false)
	kind := k.failed.kind
	fails := func(size int, acts []walkAct) bool {
		k := replayWalk(t, size, acts, plant, false)
		return k.failed != nil && k.failed.kind == kind
	}
	acts = acts[:min(len(acts), k.at+1)]
	for smaller := range size {
		if fails(smaller, acts) {
			size = smaller
			break
		}
	}
	for changed := true; changed; {
		changed = false
		for n := max(1, len(acts)/2); ; n /= 2 {
			for at := 0; at < len(acts); {
				rest := slices.Concat(acts[:at], acts[min(at+n, len(acts)):])
				if fails(size, rest) {
					acts, changed = rest, true
				} else {
					at += n
				}
			}
			if n == 1 {
				break
			}
		}
		for smaller := range size {
			if fails(smaller, acts) {
				size, changed = smaller, true
				break
			}
		}
	}
	return replayWalk(t, size, acts, plant, true)
}

func replayWalk(t *testing.T, size int, acts []walkAct, plant plantedFault, writes bool) *walk {
	k := newWalk(t, size, plant)
	k.writes = writes
	k.run(acts)
	return k
}

// scenario is the walk as a scenario file.
func (k *walk) scenario(seed uint64) string {
	return fmt.Sprintf("# Walk %d: %s.\n%s\n----\n", seed, strings.SplitN(k.failed.text, "\n", 2)[0], strings.Join(tidy(k.script), "\n"))
}

// acted is the lines of a scenario that are not the world it begins with.
func (k *walk) actedLines() []string {
	lines := tidy(k.script)
	return lines[slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "link up") })+1:]
}

var waitLine = regexp.MustCompile(`^wait (\S+) every=(\S+)$`)

// tidy makes waits that follow each other one, where that ticks at the same times.
func tidy(lines []string) (short []string) {
	var total, every time.Duration
	flush := func() {
		if total > 0 {
			short = append(short, fmt.Sprintf("wait %s every=%s", Duration(total), Duration(every)))
		}
		total = 0
	}
	for _, line := range lines {
		m := waitLine.FindStringSubmatch(line)
		if m == nil {
			flush()
			short = append(short, line)
			continue
		}
		d, _ := time.ParseDuration(m[1])
		e, _ := time.ParseDuration(m[2])
		if e != every || total%e != 0 {
			flush()
		}
		total, every = total+d, e
	}
	flush()
	return short
}
