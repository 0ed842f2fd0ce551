package main

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// configNode is where a value of a toml document stands, beside the value that the library gives:
// the library reports no positions of keys, and a fault without line and column is hard to find
// in a file of a thousand lines.
type configNode struct {
	at    int                    // byte offset of its key, of its header, or of the element
	keys  map[string]*configNode // of a table
	items []*configNode          // of an array, or of an array of tables

	faulty  bool            // reported: what else is wrong with it only follows
	excused map[string]bool // keys that are absent because of a fault that is reported
}

// child is the table with that key, for the way down to a deeper one: of an array of tables the
// last, as toml has it.
func (n *configNode) child(k configKey) *configNode {
	c := n.key(k)
	if len(c.items) > 0 {
		return c.items[len(c.items)-1]
	}
	return c
}

func (n *configNode) key(k configKey) *configNode {
	if n.keys == nil {
		n.keys = map[string]*configNode{}
	}
	c := n.keys[k.name]
	if c == nil {
		c = &configNode{at: k.at}
		n.keys[k.name] = c
	}
	return c
}

// of is where the value of a key stands; where its table is, should the index not know it.
func (n *configNode) of(key string) *configNode {
	if c := n.keys[key]; c != nil {
		return c
	}
	return &configNode{at: n.at}
}

// element is where an element of an array stands; where the array is, should the index not know it.
func (n *configNode) element(i int) *configNode {
	if i >= 0 && i < len(n.items) {
		return n.items[i]
	}
	return &configNode{at: n.at}
}

// configKey is one segment of a dotted key.
type configKey struct {
	name string
	at   int
}

// configIndex finds where everything stands in a document. It leans on the library having
// accepted the document: it looks for ends of things and judges nothing.
func configIndex(text string) *configNode {
	root := &configNode{}
	s := &configScanner{text: text, root: root, table: root}
	for s.blank(); s.at < len(text); s.blank() {
		if text[s.at] == '[' {
			s.header()
		} else {
			s.pair(s.table)
		}
	}
	return root
}

type configScanner struct {
	text        string
	at          int
	root, table *configNode // table is the one whose header came last
}

// next is the byte that is read next; 0 at the end.
func (s *configScanner) next() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *configScanner) skip(chars string) {
	for s.at < len(s.text) && strings.IndexByte(chars, s.text[s.at]) >= 0 {
		s.at++
	}
}

// until goes to the first of the characters, or to the end.
func (s *configScanner) until(chars string) {
	for s.at < len(s.text) && strings.IndexByte(chars, s.text[s.at]) < 0 {
		s.at++
	}
}

// move goes on by a byte where nothing was read, so that a document that should not have been
// accepted ends too.
func (s *configScanner) move(from int) {
	if s.at == from {
		s.at++
	}
}

// blank skips space, ends of lines and comments.
func (s *configScanner) blank() {
	for s.skip(" \t\r\n"); s.next() == '#'; s.skip(" \t\r\n") {
		s.until("\n")
	}
}

func (s *configScanner) header() {
	start := s.at
	array := strings.HasPrefix(s.text[s.at:], "[[")
	s.skip("[")
	path := s.dotted()
	s.skip("]")
	parent, last := s.root, path[len(path)-1]
	for _, k := range path[:len(path)-1] {
		parent = parent.child(k)
	}
	last.at = start
	s.table = parent.key(last)
	if array {
		list := s.table
		s.table = &configNode{at: start}
		list.items = append(list.items, s.table)
		return
	}
	s.table.at = start
}

// pair reads a key and its value into a table.
func (s *configScanner) pair(table *configNode) {
	path := s.dotted()
	for _, k := range path[:len(path)-1] {
		table = table.child(k)
	}
	s.skip("=")
	s.blank()
	s.value(table.key(path[len(path)-1]))
}

// dotted reads a key, bare or quoted, of one segment or several. It is never empty.
func (s *configScanner) dotted() (path []configKey) {
	for {
		s.skip(" \t")
		k := configKey{at: s.at}
		if c := s.next(); c == '"' || c == '\'' {
			k.name = configUnquote(s.quoted())
		} else {
			s.until(" \t\r\n.=]#")
			k.name = s.text[k.at:s.at]
			s.move(k.at)
		}
		path = append(path, k)
		s.skip(" \t")
		if s.next() != '.' {
			return path
		}
		s.at++
	}
}

func (s *configScanner) value(n *configNode) {
	switch s.next() {
	case '"', '\'':
		s.quoted()
	case '[':
		s.at++
		for s.blank(); s.at < len(s.text) && s.next() != ']'; s.blank() {
			item := &configNode{at: s.at}
			n.items = append(n.items, item)
			s.value(item)
			s.blank()
			s.skip(",")
		}
		s.at++
	case '{':
		s.at++
		for s.blank(); s.at < len(s.text) && s.next() != '}'; s.blank() {
			s.pair(n)
			s.blank()
			s.skip(",")
		}
		s.at++
	default: // a number, a date with a space in it, true or false
		start := s.at
		s.until(",]}#\r\n")
		s.move(start)
	}
}

// quoted reads text in any of the four kinds of quotes and gives it as written.
func (s *configScanner) quoted() string {
	start, quote := s.at, s.text[s.at:s.at+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.at:], triple) {
		quote = triple
	}
	s.at += len(quote)
	for s.at < len(s.text) && !strings.HasPrefix(s.text[s.at:], quote) {
		if quote[0] == '"' && s.text[s.at] == '\\' {
			s.at++
		}
		s.at++
	}
	s.at += len(quote)
	for extra := 0; len(quote) == 3 && extra < 2 && s.next() == quote[0]; extra++ {
		s.at++ // up to two quotes of the text itself may stand before the closing three
	}
	s.at = min(s.at, len(s.text))
	return s.text[start:s.at]
}

// configUnquote is the text that was meant by a quoted key. Escapes are left to the library.
func configUnquote(quoted string) string {
	if !strings.ContainsAny(quoted, "\\\n") && !strings.HasPrefix(quoted, `"""`) && !strings.HasPrefix(quoted, "'''") {
		return strings.Trim(quoted, quoted[:1])
	}
	var v struct{ K string }
	if _, err := toml.Decode("K="+quoted, &v); err != nil {
		return quoted
	}
	return v.K
}

// configLines tells line and column of an offset.
type configLines struct {
	text   string
	starts []int
}

func newConfigLines(text string) configLines {
	l := configLines{text: text, starts: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// position counts lines from 1 and columns in characters from 1, as editors show them.
func (l configLines) position(offset int) (line, column int) {
	offset = min(max(offset, 0), len(l.text))
	line = sort.SearchInts(l.starts, offset+1)
	return line, utf8.RuneCountInString(l.text[l.starts[line-1]:offset]) + 1
}

// line is the text of a line, from 1.
func (l configLines) line(n int) string {
	end := len(l.text)
	if n < len(l.starts) {
		end = l.starts[n] - 1
	}
	return strings.TrimSuffix(l.text[l.starts[n-1]:end], "\r")
}
