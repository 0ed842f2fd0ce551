package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dialerd/dialer"
)

// configNames are the keys by which other tables name an entry, by what they name: the file that
// has the name may be the one with the mistake.
var configNames = map[string]string{
	"queue.pbx": "pbx", "trunk.pbx": "pbx", "agent.department": "department", "campaign.department": "department",
	"agent.queues": "queue", "campaign.queue": "queue", "agent.deputy": "agent", "campaign.calendar": "calendar",
	"campaign.route": "route", "route.trunks": "trunk", "route.pools": "pool",
}

// all is every fault of every file.
func (r *configReader) all() configFaults {
	faults := r.faults
	for _, d := range r.documents {
		faults = append(faults, d.faults...)
	}
	return faults.sorted()
}

// fault reports what is wrong with a file as a whole.
func (r *configReader) fault(name, format string, args ...any) {
	r.faults = append(r.faults, configFault{File: filepath.Join(r.dir, name), Text: fmt.Sprintf(format, args...)})
}

// check reports what the rim finds wrong with a value, by its path as in dialer.Fault.
func (r *configReader) check(path, format string, args ...any) {
	r.place(dialer.Fault{Path: path, Text: fmt.Sprintf(format, args...)})
}

// place reports a fault of validation where its value is written, or the table that lacks it. It
// keeps silent when the fault only follows from one that is reported.
func (r *configReader) place(f dialer.Fault) {
	first, rest, _ := strings.Cut(f.Path, ".")
	kind, i := configStep(first)
	d, path := r.documents[configFileOf[kind]], f.Path
	if kind == "campaign" {
		d, path = r.campaigns[i], rest
	}
	switch {
	case d == nil:
		r.fault("", "%s", f) // of no file: nothing should be lost all the same
	case !d.cut && !r.follows(kind, rest):
		d.place(path, f.Text)
	}
}

// follows tells whether a value names something of which not all names could be read.
func (r *configReader) follows(kind, rest string) bool {
	key, _ := configStep(rest)
	named, ok := configNames[kind+"."+key]
	if !ok {
		return false
	}
	switch d := r.documents[configFileOf[named]]; {
	case d == nil:
		return false
	case d.cut || d.root.excused[named]:
		return true
	default:
		list := d.root.of(named)
		return list.faulty || slices.ContainsFunc(list.items, configNameless) ||
			named == "pbx" && len(list.items) == 0 // which is a fault of its own
	}
}

// configNameless tells whether the name of an entry could not be read. Agents have theirs in id.
func configNameless(entry *configNode) bool {
	name := entry.keys["id"]
	if name == nil {
		name = entry.keys["name"]
	}
	return entry.faulty || name == nil || name.faulty || entry.excused["id"]
}

// place reports a fault at a path within the document.
func (d *configDocument) place(path, text string) {
	if d.root.faulty {
		return
	}
	node, label := d.root, path
	for rest := path; rest != ""; {
		var step string
		step, rest, _ = strings.Cut(rest, ".")
		key, i := configStep(step)
		below := node.keys[key]
		if below == nil {
			if node.excused[key] {
				return
			}
			break
		}
		if below.faulty || below.element(i).faulty {
			return
		}
		node = below
		if i >= 0 {
			node = below.element(i)
		}
		if rest != "" {
			label = rest
		}
	}
	d.report(node, label+": "+text)
}

// configStep takes rule[1] apart; the index is -1 when there is none.
func configStep(step string) (key string, i int) {
	key, index, ok := strings.Cut(step, "[")
	if !ok {
		return key, -1
	}
	i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
	if err != nil {
		return key, -1
	}
	return key, i
}

// configCause is an error of the file system without the path, which stands before it already.
func configCause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
