package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dialerd/dialer/phone"
)

// configDNCFaults is how many bad lines of one file are listed: behind that it is another kind of
// file, and says so.
const configDNCFaults = 1000

// readDNC reads the numbers and masks that are never called: one to a line, and comments with #.
func (r *configReader) readDNC() (all phone.Masks) {
	for _, name := range r.list(configDNC, ".txt") {
		path := filepath.Join(r.dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			r.fault(name, "cannot be read: %v", configCause(err))
			continue
		}
		r.faults = append(r.faults, configDNCLines(path, string(data), &all)...)
	}
	return all
}

// configDNCLines takes a million lines in well under a second: there is nothing on the way of a
// good one but cutting it out.
func configDNCLines(file, text string, into *phone.Masks) (faults configFaults) {
	if head := configClean(text[:min(len(text), 512)]); head.binary {
		return configFaults{{File: file, Line: 1, Column: 1, Text: head.faults[0].what}}
	}
	line, rest, more := "", strings.TrimPrefix(text, "\ufeff"), true
	for n := 1; more; n++ {
		line, rest, more = strings.Cut(rest, "\n")
		entry, _, _ := strings.Cut(line, "#")
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		if strings.ContainsAny(entry, "*?") {
			entry = strings.Clone(entry) // a mask is kept, and would keep the whole file
		}
		err := into.Add(entry)
		if err == nil {
			continue
		}
		if len(faults) == configDNCFaults {
			return append(faults, configFault{File: file, Line: n, Column: 1,
				Text: fmt.Sprintf("more than %d bad lines, not read on: is this a list of numbers in E.164, one to a line?", configDNCFaults)})
		}
		column := strings.Index(line, entry) + 1 // before it there is only space
		faults = append(faults, configFault{File: file, Line: n, Column: column, Text: err.Error()})
	}
	return faults
}
