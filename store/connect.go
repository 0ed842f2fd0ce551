package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/mattn/go-sqlite3"
)

// busyMillis is how long a connection waits for another program that holds the file, such as the
// sqlite3 shell.
const busyMillis = "5000"

// connector makes connections by a DSN and asks each one whether the pragmas that were asked for
// hold: SQLite goes on silently when it cannot do as told, on a file system without WAL for one.
type connector struct {
	driver sqlite3.SQLiteDriver
	dsn    string
	want   []pragma
}

type pragma struct{ name, value, lack string }

// writing is the connector of the one connection that writes.
func writing(path string) *connector {
	return &connector{
		dsn: dsn(path, "mode", "rw", "_txlock", "immediate", "_journal_mode", "WAL", "_synchronous", "FULL",
			"_foreign_keys", "on", "_busy_timeout", busyMillis, "_cache_size", "-65536"),
		want: []pragma{
			{"journal_mode", "wal", "keep the database on a local file system"},
			{"synchronous", "2", "the SQLite library is built in an unusual way"},
			{"foreign_keys", "1", "the SQLite library is built without foreign keys"},
			{"busy_timeout", busyMillis, "the SQLite library is built in an unusual way"},
		},
	}
}

// reading is the connector of the connections that only read.
func reading(path string) *connector {
	return &connector{
		dsn: dsn(path, "mode", "ro", "_query_only", "on", "_busy_timeout", busyMillis, "_cache_size", "-16384"),
		want: []pragma{
			{"journal_mode", "wal", "start the daemon on it once"},
			{"query_only", "1", "the SQLite library is built in an unusual way"},
			{"busy_timeout", busyMillis, "the SQLite library is built in an unusual way"},
		},
	}
}

// looking is the connector for a first look at a file that may be anything.
func looking(path string) *connector {
	return &connector{dsn: dsn(path, "mode", "ro", "_query_only", "on", "_busy_timeout", busyMillis)}
}

// still is the connector for a copy that nobody works on: it makes no files beside it.
func still(path string) *connector {
	return &connector{dsn: dsn(path, "mode", "ro", "immutable", "1", "_query_only", "on", "_cache_size", "-65536")}
}

// dsn is a URI, since a path alone could not hold a question mark.
func dsn(path string, pairs ...string) string {
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}
	return u.String()
}

// Connect is called by database/sql.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	for _, p := range c.want {
		if err := p.holds(conn.(*sqlite3.SQLiteConn)); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

// Driver is called by database/sql.
func (c *connector) Driver() driver.Driver { return &c.driver }

func (p pragma) holds(conn *sqlite3.SQLiteConn) error {
	rows, err := conn.Query("PRAGMA "+p.name, nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	got := []driver.Value{nil}
	if err := rows.Next(got); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if fmt.Sprint(got[0]) != p.value {
		return fmt.Errorf("%s is %v where it must be %s: %s", p.name, got[0], p.value, p.lack)
	}
	return nil
}
