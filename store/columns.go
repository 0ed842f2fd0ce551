package store

import (
	"database/sql"
	"encoding"
	"fmt"
	"time"
)

// micros is a time as the file has it; the zero time is NULL.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// instant reads a time column into t.
type instant struct{ t *time.Time }

// Scan is called by database/sql.
func (i instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*i.t = time.Time{}
	case int64:
		*i.t = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("a time is an integer or NULL, not %T", v)
	}
	return nil
}

// word reads a word of a closed list; NULL is the empty word.
type word struct{ to encoding.TextUnmarshaler }

// Scan is called by database/sql.
func (w word) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		return w.to.UnmarshalText(nil)
	case string:
		return w.to.UnmarshalText([]byte(v))
	}
	return fmt.Errorf("a word is text or NULL, not %T", v)
}

// orNull is a text of which the empty one is NULL.
func orNull(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }
