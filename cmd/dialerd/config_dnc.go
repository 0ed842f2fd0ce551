package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// configDNCLists is the directory of the lists that hold only for the campaigns that name them.
var configDNCLists = filepath.Join(configDNC, "lists")

// configDNCFaults is how many bad lines of one file are listed: behind that it is another kind of
// file, and says so.
const configDNCFaults = 1000

// readDNC reads the numbers and masks that are never called: one to a line, and comments with #. Those in the
// directory itself hold for all campaigns.
func (r *configReader) readDNC() (all phone.Masks, lists []dialer.DNCList) {
	for _, name := range r.list(configDNC, ".txt") {
		r.readDNCFile(name, &all)
	}
	for _, name := range r.list(configDNCLists, ".txt") {
		lists = append(lists, dialer.DNCList{Name: strings.TrimSuffix(filepath.Base(name), ".txt")})
		r.readDNCFile(name, &lists[len(lists)-1].Numbers)
	}
	r.dncStrangers(configDNC)
	r.dncStrangers(configDNCLists)
	return all, lists
}

func (r *configReader) readDNCFile(name string, into *phone.Masks) {
	path := filepath.Join(r.dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		r.fault(name, "cannot be read: %v", configCause(err))
		return
	}
	r.faults = append(r.faults, configDNCLines(path, string(data), into)...)
}

// dncStrangers refuses what looks like a list and is not read: people who asked not to be called would be.
func (r *configReader) dncStrangers(sub string) {
	entries, _ := os.ReadDir(filepath.Join(r.dir, sub)) // list has said what is wrong with it
	for _, e := range entries {
		name, ending := filepath.Join(sub, e.Name()), filepath.Ext(e.Name())
		switch {
		case strings.HasPrefix(e.Name(), ".") || name == configDNCLists:
		case e.IsDir():
			r.fault(name, "is a directory, and what is in it is not read: files in %s hold for all campaigns, those in %s for the campaigns that name them", configDNC, configDNCLists)
		case ending != ".txt" && slices.Contains([]string{"", ".txt", ".csv", ".tsv", ".lst", ".list", ".xls", ".xlsx"}, strings.ToLower(ending)):
			r.fault(name, "is not read: the name of a list ends in .txt; give it another ending, such as .off, to keep it aside")
		}
	}
}

// unnamedLists are lists that keep nobody from being called.
func unnamedLists(c *dialer.Config) (notes []string) {
	for i := range c.DNCLists {
		name := c.DNCLists[i].Name
		if !slices.ContainsFunc(c.Campaigns, func(x dialer.Campaign) bool { return slices.Contains(x.DNC, name) }) {
			notes = append(notes, fmt.Sprintf("%s.txt is without effect: no campaign says dnc = [%q]; files in %s itself hold for all", filepath.Join(configDNCLists, name), name, configDNC))
		}
	}
	return notes
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
		entry, column, err := dncLine(line)
		switch {
		case err == nil && column > 0:
			into.Put(entry)
		case err != nil && len(faults) == configDNCFaults:
			return append(faults, configFault{File: file, Line: n, Column: 1,
				Text: fmt.Sprintf("more than %d bad lines, not read on: is this a list of numbers in E.164, one to a line?", configDNCFaults)})
		case err != nil:
			faults = append(faults, configFault{File: file, Line: n, Column: column, Text: err.Error()})
		}
	}
	return faults
}

// dncLine reads one line. The column is 0 when there is nothing on it but a comment.
func dncLine(line string) (e phone.Entry, column int, err error) {
	text, _, _ := strings.Cut(line, "#")
	text = strings.TrimSpace(text)
	if text == "" {
		return e, 0, nil
	}
	column = strings.Index(line, text) + 1 // before it there is only space
	if e, err = phone.ParseEntry(text); err == nil {
		return e, column, nil
	}
	plain, ok := stripPunctuation(text)
	if _, other := phone.ParseEntry("+" + strings.TrimPrefix(plain, "+")); ok && other == nil && plain[0] != '8' {
		return e, column, fmt.Errorf("%w: is it +%s?", err, strings.TrimPrefix(plain, "+"))
	}
	if strings.ContainsAny(text, ",;\t ") && !ok {
		return e, column, fmt.Errorf("%w; and one to a line, what is to be said of it behind a #", err)
	}
	return e, column, err
}
