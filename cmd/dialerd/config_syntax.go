package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// configDocument is one toml file: what it says, where it says it, and what cannot be read of it.
type configDocument struct {
	file    string // as faults name it
	values  map[string]any
	root    *configNode
	lines   configLines
	spoiled map[int]bool // lines reported as unreadable; what else is said of them only follows
	repairs map[int]int  // lines for which a stand-in was put, and how often
	cut     bool         // not read to its end: nothing can be said about what it lacks
	faults  configFaults
}

// configRepairs bounds how many unreadable lines of one file are reported.
const configRepairs = 50

// configParse reads a document as far as it can be read. The library ends at the first fault; so a
// line that is no toml is reported, a stand-in that keeps its key known is put for it, and the
// document is read again: a person who forgot the quotes in three lines is told of three.
func configParse(file, raw string) *configDocument {
	clean := configClean(raw)
	d := &configDocument{file: file, lines: newConfigLines(clean.text), spoiled: map[int]bool{}, repairs: map[int]int{}}
	for _, f := range clean.faults {
		line, column := d.lines.position(f.at)
		d.faults = append(d.faults, configFault{File: file, Line: line, Column: column, Text: f.what})
		d.spoiled[line] = true
	}
	d.cut = clean.binary
	for n := 0; !d.cut; n++ {
		d.values = map[string]any{}
		_, err := configDecode(d.lines.text, &d.values)
		if err == nil {
			d.root = configIndex(d.lines.text)
			break
		}
		d.cut = !d.repair(err) || n == configRepairs
	}
	return d
}

// configDecode is the library's Decode; a panic of the library is an error like another.
func configDecode(text string, into *map[string]any) (meta toml.MetaData, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the toml library cannot read the file: %v", p)
		}
	}()
	return toml.Decode(text, into)
}

// repair reports an unreadable line and puts a stand-in for it; false when there is none, because
// the mistake began in a line before it.
func (d *configDocument) repair(err error) bool {
	var at toml.ParseError
	if !errors.As(err, &at) {
		d.faults = append(d.faults, configFault{File: d.file, Text: err.Error()})
		return false
	}
	line, column := d.lines.position(at.Position.Start)
	text := d.lines.line(line)
	standIn, ok := configStandIn(text, line, d.repairs[line], configTwice(at))
	if configInList(text) && strings.Contains(at.Message, "array terminator") && d.repairs[line] < configRepairs {
		offset := at.Position.Start - d.lines.starts[line-1]
		standIn, ok = text[:offset]+","+text[offset:], true
	}
	if !ok && d.repairs[line-1] > 0 {
		return false // most likely the stand-in of the line before broke this one
	}
	if !d.spoiled[line] {
		d.faults = append(d.faults, d.syntaxFault(at, line, column, text))
	}
	d.spoiled[line] = true
	if ok {
		d.repairs[line]++
		d.replace(line, standIn)
	}
	return ok
}

func (d *configDocument) syntaxFault(at toml.ParseError, line, column int, text string) configFault {
	f := configFault{File: d.file, Line: line, Column: column}
	if configSecretLine.MatchString(text) {
		f.Text = "the line cannot be read: write it as secret = \"…\", with plain quotes around the text"
		return f // without the line: faults are printed, logged and mailed
	}
	f.Text = configSyntaxText(at, text)
	if bare := configBareLine.FindStringSubmatchIndex(text); bare != nil && !configTwice(at) {
		f.Column = utf8.RuneCountInString(text[:bare[4]]) + 1 // of the value, not of its first wrong letter
	}
	if len(text) <= 160 {
		f.Source = text
	}
	return f
}

var configSecretLine = regexp.MustCompile(`(?i)secret|password`)

func (d *configDocument) replace(line int, with string) {
	all := strings.Split(d.lines.text, "\n")
	all[line-1] = with
	d.lines = newConfigLines(strings.Join(all, "\n"))
}

var (
	configHeaderLine = regexp.MustCompile(`^\s*(\[\[?)\s*([A-Za-z0-9_][A-Za-z0-9_.-]*)`)
	configKeyLine    = regexp.MustCompile(`^\s*([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\s*[=:]`)
)

// configStandIn is a line to read in place of one that is no toml, or that gives a key for the
// second time: the same key or header, so that it does not count as missing and what follows keeps
// its table. tried is how many stand-ins failed already.
func configStandIn(text string, line, tried int, twice bool) (string, bool) {
	header, key := configHeaderLine.FindStringSubmatch(text), configKeyLine.FindStringSubmatch(text)
	whole := configReadable(text)
	apart := fmt.Sprintf("[line-%d]", line) // a table that nothing asks for
	switch {
	case tried == 0 && twice && header != nil, tried == 1 && header != nil:
		return apart, true
	case tried == 0 && twice:
		return "", whole
	case tried == 0 && whole, tried > 1:
		return "", false
	case tried == 0 && header != nil:
		return header[1] + header[2] + strings.Repeat("]", len(header[1])), true
	case tried == 0 && key != nil:
		return key[1] + ` = ""`, true
	case tried == 0 || key != nil:
		return "", true
	}
	return "", false
}

// configInList tells whether a line can only be one of a list of several lines.
func configInList(line string) bool {
	return !configHeaderLine.MatchString(line) && !configKeyLine.MatchString(line)
}

// configReadable tells whether the line alone is good toml.
func configReadable(line string) bool {
	_, err := configDecode(line, &map[string]any{})
	return err == nil
}

func configTwice(at toml.ParseError) bool {
	return strings.Contains(at.Message, "already been defined") || strings.Contains(at.Message, "was already created")
}
