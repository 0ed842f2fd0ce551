package main

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"dialerd/dialer"
)

// The library's own decoding ends at its first fault and then knows no column, so the values it
// has read are put into the structs here: the same rules (toml tags, UnmarshalText of leaf types),
// except that keys have to be spelt exactly, a key that nobody knows is a fault, and every fault is
// gathered with its place.

// configDefaults are the elements of [[table]]s whose keys have defaults other than zero.
var configDefaults = map[reflect.Type]reflect.Value{
	reflect.TypeFor[dialer.Queue]():      reflect.ValueOf(dialer.NewQueue()),
	reflect.TypeFor[dialer.Department](): reflect.ValueOf(dialer.NewDepartment()),
	reflect.TypeFor[dialer.Trunk]():      reflect.ValueOf(dialer.NewTrunk()),
	reflect.TypeFor[dialer.Pool]():       reflect.ValueOf(dialer.NewPool()),
}

// configAlternatives are keys of which one does instead of the other: a bad one must not be told
// of as the lack of the other.
var configAlternatives = map[string]string{"finish": "again", "bucket": "again", "disposition": "on", "secret_file": "secret",
	"holidays": "hours", "dates": "hours"}

// excuse notes that a key is absent, or has its default, because of a fault that is reported.
func (n *configNode) excuse(key string) {
	if n.excused == nil {
		n.excused = map[string]bool{}
	}
	n.excused[key] = true
	if other := configAlternatives[key]; other != "" {
		n.excused[other] = true
	}
}

// configPlace is a value on its way into a struct: the key as a fault names it, and where it is.
type configPlace struct {
	key    string
	parent *configNode // of a key: its table; of an element: none
	node   *configNode
	header string // of the table that the value is, if it is one: "pacing", "calendar.region"
}

// decode puts the document into a struct that holds the defaults.
func (d *configDocument) decode(into any) {
	if d.cut {
		return
	}
	v := reflect.ValueOf(into).Elem()
	d.table(configPlace{node: d.root}, d.values, v, v.Type())
}

// table puts the keys of one table into a struct; file is the type of the whole file.
func (d *configDocument) table(p configPlace, values map[string]any, into reflect.Value, file reflect.Type) {
	fields := configFields(into.Type())
	for key, v := range values {
		at := configPlace{key: key, parent: p.node, node: p.node.of(key), header: strings.TrimPrefix(p.header+"."+key, ".")}
		i := slices.IndexFunc(fields, func(f configField) bool { return f.key == key })
		if i < 0 {
			d.unknown(at, v, into.Type(), file)
			continue
		}
		d.value(at, v, into.FieldByIndex(fields[i].index), file)
	}
}

func (d *configDocument) value(p configPlace, v any, into reflect.Value, file reflect.Type) {
	text, isText := v.(string)
	if line, _ := d.lines.position(p.node.at); d.spoiled[line] && !configIsTable(v) {
		d.reject(p, "") // the line is reported, this is only what stands in for it
		return
	}
	if number, ok := v.(int64); ok && into.Type() == configPriority {
		text, isText = d.priority(p, number), true
	}
	if leaf, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok && isText {
		if err := leaf.UnmarshalText([]byte(text)); err != nil {
			d.reject(p, err.Error())
		}
		return
	}
	table, isTable := v.(map[string]any)
	switch kind := configKindOf(into.Type()); {
	case kind == configTable && isTable:
		d.table(p, table, into, file)
	case kind == configTables:
		d.tables(p, v, into, file)
	case kind == configList:
		d.list(p, v, into, file)
	case !configScalar(v, into):
		d.reject(p, configMismatch(p, v, into.Type()))
	}
}

func (d *configDocument) tables(p configPlace, v any, into reflect.Value, file reflect.Type) {
	var all []any
	switch v := v.(type) {
	case []any: // written inline, as rule = [{name = "x"}]
		all = v
	case []map[string]any:
		for _, t := range v {
			all = append(all, t)
		}
	default:
		d.reject(p, configMismatch(p, v, into.Type()))
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(all), len(all)))
	for i, v := range all {
		element := into.Index(i)
		if fresh, ok := configDefaults[element.Type()]; ok {
			element.Set(fresh)
		}
		at := configPlace{key: fmt.Sprintf("%s[%d]", p.key, i), node: p.node.element(i), header: p.header}
		d.value(at, v, element, file)
	}
}

func (d *configDocument) list(p configPlace, v any, into reflect.Value, file reflect.Type) {
	all, ok := v.([]any)
	if !ok {
		d.reject(p, configMismatch(p, v, into.Type()))
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(all), len(all)))
	for i, v := range all {
		at := configPlace{key: fmt.Sprintf("%s[%d]", p.key, i), node: p.node.element(i), header: p.header}
		d.value(at, v, into.Index(i), file)
	}
}

// configScalar sets a text, a number or a truth; false when the value is of another kind.
func configScalar(v any, into reflect.Value) bool {
	kind := configKindOf(into.Type())
	switch v := v.(type) {
	case string:
		if kind == configString {
			into.SetString(v)
		}
		return kind == configString
	case bool:
		if kind == configBool {
			into.SetBool(v)
		}
		return kind == configBool
	case int64:
		switch kind {
		case configInt:
			into.SetInt(v)
			return true
		case configFloat:
			into.SetFloat(float64(v))
			return true
		}
	case float64:
		if kind == configFloat && !math.IsNaN(v) && !math.IsInf(v, 0) {
			into.SetFloat(v)
			return true
		}
	}
	return false
}

// reject reports a value and keeps what would only follow from it from being reported too.
func (d *configDocument) reject(p configPlace, text string) {
	p.node.faulty = true
	if p.parent != nil {
		p.parent.excuse(p.key)
	}
	d.report(p.node, p.key+": "+text)
}

func (d *configDocument) report(n *configNode, text string) {
	line, column := d.lines.position(n.at)
	if !d.spoiled[line] {
		d.faults = append(d.faults, configFault{File: d.file, Line: line, Column: column, Text: text})
	}
}
