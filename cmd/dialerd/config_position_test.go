package main

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestConfigIndexPositions(t *testing.T) {
	const text = "name = \"x\"\r\n" +
		"  pacing.mode = \"ratio\" # a comment with [brackets] and = \n" +
		"[callback]\n" +
		"retry = [ \"10m\", # first\n" +
		"\t\"1h\",\n" +
		"  [ 1, { a = 2 } ] ]\n" +
		"  [[ rule ]]\n" +
		"on = [\"busy\"]\n" +
		"[[rule]]\n" +
		"\"quoted key\" = '''\n[[rule]]\nx = 1'''\n" +
		"'имя' = \"мимо\"\n" +
		"[rule.deep]\n" +
		"\"и\".x = 1979-05-27 07:32:32\n"
	root := configIndex(text)
	lines := newConfigLines(text)
	for _, want := range []struct{ path, at string }{
		{"name", "1:1"}, {"pacing", "2:3"}, {"pacing.mode", "2:10"}, {"callback", "3:1"},
		{"callback.retry[0]", "4:11"}, {"callback.retry[1]", "5:2"}, {"callback.retry[2]", "6:3"},
		{"callback.retry[2][1].a", "6:10"}, {"rule", "7:3"}, {"rule[0]", "7:3"}, {"rule[0].on[0]", "8:7"},
		{"rule[1]", "9:1"}, {"rule[1].quoted key", "10:1"}, {"rule[1].имя", "13:1"},
		{"rule[1].deep", "14:1"}, {"rule[1].deep.и.x", "15:5"},
	} {
		found := map[string]*configNode{}
		configNodesByPath(root, "", found)
		node := found[want.path]
		if node == nil {
			t.Errorf("%s: has no position", want.path)
			continue
		}
		line, column := lines.position(node.at)
		if got := fmt.Sprintf("%d:%d", line, column); got != want.at {
			t.Errorf("%s: at %s, want %s", want.path, got, want.at)
		}
	}
}

func configNodesByPath(n *configNode, path string, into map[string]*configNode) {
	into[path] = n
	for k, c := range n.keys {
		if path != "" {
			k = path + "." + k
		}
		configNodesByPath(c, k, into)
	}
	for i, c := range n.items {
		configNodesByPath(c, fmt.Sprintf("%s[%d]", path, i), into)
	}
}

// configShape tells where the index and what the library read differ.
func configShape(path string, v any, n *configNode, text string) error {
	if n == nil {
		return fmt.Errorf("%s has no position", path)
	}
	if n.at < 0 || n.at > len(text) {
		return fmt.Errorf("%s is outside the document, at %d", path, n.at)
	}
	switch v := v.(type) {
	case map[string]any:
		if len(v) != len(n.keys) {
			return fmt.Errorf("%s has keys %v, the index %v", path, slices.Sorted(maps.Keys(v)), slices.Sorted(maps.Keys(n.keys)))
		}
		for k, e := range v {
			if err := configShape(path+"."+k, e, n.keys[k], text); err != nil {
				return err
			}
		}
	case []map[string]any:
		return configShapeItems(path, v, n, text)
	case []any:
		return configShapeItems(path, v, n, text)
	}
	return nil
}

func configShapeItems[T any](path string, v []T, n *configNode, text string) error {
	if len(v) != len(n.items) {
		return fmt.Errorf("%s has %d elements, the index %d", path, len(v), len(n.items))
	}
	for i, e := range v {
		if err := configShape(fmt.Sprintf("%s[%d]", path, i), e, n.items[i], text); err != nil {
			return err
		}
	}
	return nil
}

// has tells whether a key of MetaData.Keys, which leaves out indexes, is anywhere in the index.
func (n *configNode) has(key toml.Key) bool {
	if len(key) == 0 {
		return true
	}
	if c := n.keys[key[0]]; c != nil && c.has(key[1:]) {
		return true
	}
	return slices.ContainsFunc(n.items, func(c *configNode) bool { return c.has(key) })
}

func configSameAsLibrary(text string) error {
	values := map[string]any{}
	meta, err := configDecode(text, &values)
	if err != nil {
		return nil // judged by the library alone
	}
	root := configIndex(text)
	for _, k := range meta.Keys() {
		if !root.has(k) {
			return fmt.Errorf("key %s of the library has no position", k)
		}
	}
	return configShape("", values, root, text)
}

var configDocuments = []string{
	"",
	"# only a comment",
	"a=1\nb = [1,2 , 3,]\nc={d=1,e.f=2}",
	"[a]\n[a.b]\nx=1\n[c.d.e]\n[c]\ny=2",
	"[[a]]\n[[a]]\n[a.b]\nx=1\n[[a.c]]\n[[a.c]]\nz=[[1],[2,3],[]]",
	"s = \"a\\\"b#[\" # [x]\nt='a\\'\nu=\"\"\"a\"\"\"\"\"\nv='''''a'''\nw=\"\"\nx=''",
	"m = \"\"\"\n[a]\n\\\"\"\"\" # c\nn = 1",
	"\"a.b\" = 1\n'c d'.e = 2\n\"\\u0041\\\\\\\"\" = 3\n\"\" = 4\nx.\"\".y = 5",
	"d = 1979-05-27 07:32:32\ne = [1979-05-27 07:32:32, 1979-05-27]\nf = 07:32:00",
	"a = [ # c\n 1, # ]\n # [\n 2\n]\nb = [{x=1},{y=[{z=1}]}]",
	"a = {\n b = 1, # c\n c = [\n 1 ],\n}\nd = { }",
	"a.b.c=1\na.b.d=2\na.e=3\n[x]\ny.z=1\ny.w=2",
	"\ta\t=\t1\t\r\n[ b . \"c\" ]\r\nd=true\r\n[[ e ]]\r\n",
	"f=1e5\ng=-inf\nh=nan\ni=0xdead_beef\nj=+1_000",
}

func TestConfigIndexIsThatOfTheLibrary(t *testing.T) {
	for _, text := range configDocuments {
		if _, err := configDecode(text, &map[string]any{}); err != nil {
			t.Errorf("%q is to be a good document: %v", text, err)
		}
		if err := configSameAsLibrary(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzConfigIndex(f *testing.F) {
	for _, text := range configDocuments {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		clean := configClean(text)
		if clean.binary {
			return // never read as toml
		}
		if err := configSameAsLibrary(clean.text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}
