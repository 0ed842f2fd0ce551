package main

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// configMismatch says in words that a value is of another kind than its key wants, and how to
// write it.
func configMismatch(p configPlace, v any, want reflect.Type) string {
	kind := configKindOf(want)
	if kind >= configTable {
		return configTableMismatch(p, v, kind)
	}
	return fmt.Sprintf("%s where %s is meant%s", configGot(v), configWanted[kind], configRemedy(p.key, v, want))
}

var configWanted = map[configKind]string{configString: "text in quotes", configBool: "true or false",
	configInt: "a whole number", configFloat: "a number", configList: "a list"}

func configGot(v any) string {
	switch v := v.(type) {
	case string:
		return "text"
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return "a whole number"
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
		return "a number with a fraction"
	case time.Time:
		return "a date or time"
	case []any:
		return "a list"
	}
	return "a table"
}

func configTableMismatch(p configPlace, v any, want configKind) string {
	switch v.(type) {
	case map[string]any:
		return fmt.Sprintf("there may be several, so the header has two brackets: [[%s]]", p.header)
	case []map[string]any:
		return fmt.Sprintf("there is only one, so the header has single brackets: [%s]", p.header)
	}
	return fmt.Sprintf("%s where a table is meant: write %s on a line of its own and its keys below it", configGot(v), want.header(p.header))
}

// configRemedy is how the value would be written right, when that can be told.
func configRemedy(key string, v any, want reflect.Type) string {
	literal, ok := configLiteral(v)
	if strings.Contains(key, "secret") {
		literal = "…" // faults are printed, logged and mailed
	}
	switch kind := configKindOf(want); {
	case kind == configString && ok:
		return configAsText(key, literal, want)
	case kind == configString && key == "holidays":
		return `: several go into one text, as in holidays = "de-by, at"`
	case kind == configString:
		return ": it takes one only, without brackets"
	case kind == configBool:
		return fmt.Sprintf(": write %s or %s", configExample(key, "true"), configExample(key, "false"))
	case kind == configList && ok:
		if _, isText := v.(string); isText {
			literal = strconv.Quote(literal)
		}
		return ": write " + configExample(key, "["+literal+"]")
	}
	if _, isText := v.(string); !isText {
		return ""
	}
	if n, err := strconv.ParseFloat(literal, 64); err == nil && (configKindOf(want) == configFloat || n == math.Trunc(n)) {
		return ": write it without quotes, " + configExample(key, literal)
	}
	return ": write it in digits, without quotes"
}

// configAsText lets the type itself say what it thinks of the value, had it been written in quotes.
func configAsText(key, literal string, want reflect.Type) string {
	if leaf, ok := reflect.New(want).Interface().(encoding.TextUnmarshaler); ok {
		if err := leaf.UnmarshalText([]byte(literal)); err != nil {
			return ": " + err.Error()
		}
	}
	return ": write it in quotes, " + configExample(key, strconv.Quote(literal))
}

// configExample is a line as it should be; of an element of a list, the element.
func configExample(key, literal string) string {
	if strings.HasSuffix(key, "]") {
		return literal
	}
	return key + " = " + literal
}

// configLiteral is a single value as a person wrote it, without quotes; ok is false for lists and
// tables.
func configLiteral(v any) (literal string, ok bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, int64:
		return fmt.Sprint(v), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case time.Time:
		return v.Format(time.DateOnly), true
	}
	return "", false
}
