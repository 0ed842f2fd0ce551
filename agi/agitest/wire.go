package agitest

import (
	"cmp"
	"fmt"
	"strings"
)

// Channel is what AGI() tells of the channel it runs on. Script is the path of the address without
// its first slash; an empty Name is a customer's.
type Channel struct {
	Script   string
	Name     string
	UniqueID string
	Args     []string
}

// Environment is the block that Asterisk 22 sends for the channel, its closing empty line included.
func (c Channel) Environment() []byte {
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "agi_%s: %s\n", name, value) }
	line("network", "yes")
	if c.Script != "" {
		line("network_script", c.Script)
	}
	line("request", "agi://127.0.0.1:4573/"+c.Script)
	line("channel", cmp.Or(c.Name, "Local/79000000001@lab-customers-00000237;1"))
	line("language", "en")
	line("type", "Local")
	line("uniqueid", c.UniqueID)
	line("version", "22.10.1~dfsg+~cs6.15.60671435-1")
	line("callerid", "79161234567")
	line("calleridname", "unknown")
	line("callingpres", "0")
	line("callingani2", "0")
	line("callington", "0")
	line("callingtns", "0")
	line("dnid", "unknown")
	line("rdnis", "unknown")
	line("context", "dialerd-ask")
	line("extension", "s")
	line("priority", "9")
	line("enhanced", "0.0")
	line("accountcode", "")
	line("threadid", "140049212405440")
	for i, arg := range c.Args {
		line(fmt.Sprintf("arg_%d", i+1), arg)
	}
	b.WriteByte('\n')
	return []byte(b.String())
}

// splitCommand splits a command as res_agi.c does in parse_args: blanks separate, quotes hold
// together and may be empty, a backslash takes the next character as it is.
func splitCommand(line string) []string {
	var words []string
	var word []byte
	begun, quoted, escaped := false, false, false
	for i := range len(line) {
		c := line[i]
		switch {
		case !escaped && c == '\\':
			escaped = true
			continue
		case !escaped && c == '"':
			quoted, begun = !quoted, true
		case !escaped && !quoted && (c == ' ' || c == '\t'):
			if begun {
				words = append(words, string(word))
			}
			word, begun = nil, false
		default:
			word, begun = append(word, c), true
		}
		escaped = false
	}
	if begun {
		words = append(words, string(word))
	}
	return words
}
