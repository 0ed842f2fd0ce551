package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

var (
	configBareLine  = regexp.MustCompile(`^\s*([A-Za-z0-9_.-]+)\s*=\s*([^"'\[{#=\s][^"'#\[\]{}=]*?)\s*(?:#.*)?$`)
	configColonLine = regexp.MustCompile(`^\s*([A-Za-z0-9_.-]+)\s*:\s*(.*)$`)
	configEmptyLine = regexp.MustCompile(`^\s*([A-Za-z0-9_.-]+)\s*=\s*(?:#.*)?$`)
	configComma     = regexp.MustCompile(`^\d+,\d+$`)
	configTwiceName = regexp.MustCompile(`^Key '(.*?)'`)
)

// configSyntaxText says in an administrator's words what the library found: what is wrong with the
// line, and what would be right.
func configSyntaxText(at toml.ParseError, line string) string {
	trimmed := strings.TrimSpace(line)
	bare := configBareLine.FindStringSubmatch(line)
	switch {
	case configTwice(at):
		return configTwiceText(at, trimmed)
	case strings.ContainsAny(line, "“”„«»‘’"):
		return `typographic quotes: write plain ones, "text"`
	case strings.HasPrefix(trimmed, "//") || strings.HasPrefix(trimmed, ";"):
		return "a comment begins with #"
	case bare != nil:
		return configBareText(bare[1], bare[2])
	case configColonLine.MatchString(line):
		m := configColonLine.FindStringSubmatch(line)
		return "a key and its value are joined by =, not by a colon: " + configExample(m[1], configAsToml(m[2]))
	case configEmptyLine.MatchString(line):
		return fmt.Sprintf("%s has no value: give it one, or put # before the line", configEmptyLine.FindStringSubmatch(line)[1])
	}
	return configPlaceText(at, trimmed)
}

// configPlaceText goes by what the library missed, when the line as a whole tells nothing.
func configPlaceText(at toml.ParseError, line string) string {
	key := ""
	if at.LastKey != "" {
		key = " of " + at.LastKey
	}
	switch m := at.Message; {
	case strings.Contains(m, "strings cannot contain newlines"):
		return fmt.Sprintf("the text%s has no closing quote", key)
	case strings.HasPrefix(m, "unexpected EOF; expected '\""), strings.HasPrefix(m, `unexpected EOF; expected "'`):
		return fmt.Sprintf("the file ends inside the text%s: its closing quotes are missing", key)
	case strings.Contains(m, "array terminator"):
		return fmt.Sprintf("in the list%s a comma is missing before this, or the ] at its end", key)
	case strings.Contains(m, "inline table terminator"):
		return fmt.Sprintf("in the table%s a comma is missing before this, or the } at its end", key)
	case configHeaderLine.MatchString(line):
		header := configHeaderLine.FindStringSubmatch(line)
		return fmt.Sprintf("the header of a table has as many brackets behind as before: %s%s%s", header[1], header[2], strings.Repeat("]", len(header[1])))
	case strings.HasPrefix(line, "["):
		return "the header of a table is written [name], that of one among several [[name]]"
	case strings.Contains(m, "expected '.' or '='"):
		return "a key and its value are joined by =, as in name = \"text\""
	case strings.Contains(m, "expected a top-level item to end with a newline"):
		return "the value has ended before this: one key to a line, and only a comment with # behind it"
	case strings.Contains(m, "invalid escape"):
		return m + `: write a backslash twice, or put the text in 'single quotes'`
	default:
		return m
	}
}

// configAsToml is what was meant by a value that another kind of file would take.
func configAsToml(value string) string {
	value, _, _ = strings.Cut(value, " #")
	value = strings.TrimSpace(value)
	switch {
	case value == "":
		return `"text"`
	case configReadable("k = " + value):
		return value
	}
	return strconv.Quote(value)
}

func configTwiceText(at toml.ParseError, line string) string {
	name := at.LastKey
	if m := configTwiceName.FindStringSubmatch(at.Message); m != nil {
		name = m[1]
	}
	if strings.HasPrefix(line, "[[") {
		return fmt.Sprintf("[[%s]] is there once already, written another way: there can be several only if each is written [[%s]]", name, name)
	}
	if strings.HasPrefix(line, "[") {
		return fmt.Sprintf("table [%s] is there twice: put all its keys below one header", name)
	}
	return fmt.Sprintf("key %q is given twice: keep one of them", name)
}

func configBareText(key, value string) string {
	switch strings.ToLower(value) {
	case "true", "false", "yes", "no", "on", "off":
		return fmt.Sprintf("%s is no value: write true or false, small and without quotes, or text in quotes", value)
	}
	if configComma.MatchString(value) {
		return fmt.Sprintf("%s is no number: fractions have a point, %s = %s", value, key, strings.Replace(value, ",", ".", 1))
	}
	return fmt.Sprintf("%s is no value: text goes in quotes, %s = %q", value, key, value)
}
