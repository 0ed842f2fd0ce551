package main

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"dialerd/dialer"
)

// configKind is what a key of a file may hold, as far as toml goes.
type configKind uint8

const (
	configString configKind = iota // text, read by the type's own UnmarshalText or as it is
	configBool
	configInt
	configFloat
	configList
	configTable  // [name]
	configTables // [[name]]
)

var configTextType = reflect.TypeFor[encoding.TextUnmarshaler]()

func configKindOf(t reflect.Type) configKind {
	switch {
	case reflect.PointerTo(t).Implements(configTextType):
		return configString
	case t.Kind() == reflect.Struct:
		return configTable
	case t.Kind() == reflect.Slice && configKindOf(t.Elem()) == configTable:
		return configTables
	case t.Kind() == reflect.Slice:
		return configList
	case t.Kind() == reflect.Bool:
		return configBool
	case t.Kind() == reflect.Int:
		return configInt
	case t.Kind() == reflect.Float64:
		return configFloat
	case t.Kind() == reflect.String:
		return configString
	}
	panic(fmt.Sprintf("config: no toml is read into a %s", t)) // a programmer's mistake, found by any test
}

func (k configKind) header(name string) string {
	if k == configTables {
		return "[[" + name + "]]"
	}
	return "[" + name + "]"
}

// configField is a key that a table may have.
type configField struct {
	key   string
	index []int
	kind  configKind
	of    reflect.Type
}

// configFields are the keys of a table, those of embedded structs included.
func configFields(t reflect.Type) (fields []configField) {
	for _, f := range reflect.VisibleFields(t) {
		if key := f.Tag.Get("toml"); key != "" {
			fields = append(fields, configField{key, f.Index, configKindOf(f.Type), f.Type})
		}
	}
	return fields
}

// configIsTable tells whether a value of the library is a table or several.
func configIsTable(v any) bool {
	switch v.(type) {
	case map[string]any, []map[string]any:
		return true
	}
	return false
}

// unknown reports a key that its table does not have, and says which one was meant: the same one in
// the table or file it belongs in, or one that is spelt alike. toml makes the first mistake easy, as
// every key below a header is of that table.
func (d *configDocument) unknown(p configPlace, v any, table, file reflect.Type) {
	what := fmt.Sprintf("unknown key %q", p.key)
	switch v.(type) {
	case map[string]any:
		what = "unknown table " + configTable.header(p.header)
	case []map[string]any:
		what = "unknown table " + configTables.header(p.header)
	}
	if d.misfiled(p, what, v, file) {
		return
	}
	fields := configFields(table)
	plural := slices.ContainsFunc(fields, func(f configField) bool { return f.key == p.key+"s" || f.key+"s" == p.key })
	parent := strings.TrimSuffix(strings.TrimSuffix(p.header, p.key), ".")
	switch home, ok := configHome(p.key, configIsTable(v), file, "", parent); {
	case plural:
		d.misspelt(p, what, parent, fields)
	case ok && home == "":
		d.root.excuse(p.key)
		d.report(p.node, what+" here: it is one of the whole file, so it has to stand above the first [table]")
	case ok:
		d.report(p.node, fmt.Sprintf("%s here: it belongs in %s", what, home))
	default:
		d.misspelt(p, what, parent, fields)
	}
}

// misspelt offers the nearest of the keys that there are, or names them all.
func (d *configDocument) misspelt(p configPlace, what, parent string, fields []configField) {
	var names []string
	for _, f := range fields {
		names = append(names, f.key)
	}
	near := dialer.Nearest(strings.ToLower(p.key), names)
	if i := slices.IndexFunc(names, func(n string) bool { return strings.HasSuffix(n, "_"+p.key) }); near == "" && i >= 0 {
		near = names[i]
	}
	if near == "" {
		d.report(p.node, fmt.Sprintf("%s: there are %s", what, strings.Join(names, ", ")))
		return
	}
	p.parent.excuse(near)
	meant := fmt.Sprintf("%q", near)
	if f := fields[slices.Index(names, near)]; f.kind >= configTable {
		meant = f.kind.header(strings.TrimPrefix(parent+"."+near, "."))
	}
	d.report(p.node, fmt.Sprintf("%s: did you mean %s?", what, meant))
}

// misfiled reports a table that is known, in another file.
func (d *configDocument) misfiled(p configPlace, what string, v any, file reflect.Type) bool {
	if p.parent != d.root || !configIsTable(v) {
		return false
	}
	home := configFileOf[p.key]
	if p.key == "campaign" {
		home = "a file of its own below " + configCampaigns + "/, without this header"
		d.root.faulty = file == reflect.TypeFor[dialer.Campaign]() // all it lacks is below this header
	}
	if home != "" {
		d.report(p.node, fmt.Sprintf("%s here: it belongs in %s", what, home))
	}
	return home != ""
}

// configHome looks for the table of a file, other than the one named not, that has a key; its
// name is empty for the top of the file.
func configHome(key string, isTable bool, t reflect.Type, name, not string) (home string, ok bool) {
	fields := configFields(t)
	for _, f := range fields {
		if f.key == key && f.kind >= configTable == isTable && strings.Trim(name, "[]") != not {
			return name, true
		}
	}
	for _, f := range fields {
		below := strings.TrimPrefix(strings.Trim(name, "[]")+"."+f.key, ".")
		switch f.kind {
		case configTable:
			home, ok = configHome(key, isTable, f.of, f.kind.header(below), not)
		case configTables:
			home, ok = configHome(key, isTable, f.of.Elem(), f.kind.header(below), not)
		}
		if ok {
			return home, true
		}
	}
	return "", false
}
