package store

import "database/sql"

// applicationID marks the file as ours (SQLite's application_id): "dial" in ASCII.
const applicationID = 0x6469616c

// steps bring a file from the version of their index to the next one; PRAGMA user_version says
// where a file stands. A step that was released is never changed: a correction is a new step.
var steps = []string{version1, version2, version3, version4, version5}

const version1 = `
PRAGMA application_id = 0x6469616c;

-- What changes with every call comes first, so that reading it need not go through what does not.
CREATE TABLE leads (
	id           INTEGER PRIMARY KEY,
	state        TEXT    NOT NULL CHECK (state IN ('waiting', 'finished', 'held')),
	next_call    INTEGER,              -- microseconds; NULL: at once
	attempts     INTEGER NOT NULL DEFAULT 0,
	faults       INTEGER NOT NULL DEFAULT 0,
	last_attempt INTEGER,              -- microseconds
	use_number   INTEGER NOT NULL DEFAULT 0, -- position of the number to dial next
	rule         TEXT    NOT NULL DEFAULT '',
	final        TEXT    NOT NULL DEFAULT '',
	updated      INTEGER NOT NULL,     -- microseconds
	bucket       TEXT    NOT NULL,
	priority     INTEGER NOT NULL,
	zone         TEXT    NOT NULL,
	created      INTEGER NOT NULL,     -- microseconds
	external     TEXT    UNIQUE,
	name         TEXT    NOT NULL,
	attributes   TEXT    NOT NULL      -- JSON object of strings
) STRICT;
CREATE INDEX leads_bucket ON leads (bucket);

CREATE TABLE lead_numbers (
	lead_id  INTEGER NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
	position INTEGER NOT NULL,         -- from 0
	number   INTEGER NOT NULL,         -- digits of E.164
	kind     TEXT    NOT NULL,
	PRIMARY KEY (lead_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX lead_numbers_number ON lead_numbers (number);

CREATE TABLE attempts (
	id        INTEGER PRIMARY KEY,
	lead_id   INTEGER REFERENCES leads (id),
	campaign  TEXT    NOT NULL,
	pbx       TEXT    NOT NULL,
	trunk     TEXT    NOT NULL,
	queue     TEXT    NOT NULL,
	number    INTEGER NOT NULL,
	caller_id INTEGER NOT NULL,        -- 0: none
	planned   INTEGER NOT NULL,        -- microseconds, as the three below
	answered  INTEGER,
	connected INTEGER,
	ended     INTEGER,
	agent     TEXT    NOT NULL DEFAULT '',
	outcome   TEXT,                    -- NULL: under way
	cause_by  TEXT    NOT NULL DEFAULT '',
	q850      INTEGER NOT NULL DEFAULT 0,
	sip       INTEGER NOT NULL DEFAULT 0,
	rule      TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX attempts_open ON attempts (id) WHERE outcome IS NULL;
CREATE INDEX attempts_lead ON attempts (lead_id);
CREATE INDEX attempts_number ON attempts (number, planned);
CREATE INDEX attempts_planned ON attempts (planned);

CREATE TABLE switches (
	kind    TEXT    NOT NULL,
	name    TEXT    NOT NULL,
	running INTEGER NOT NULL CHECK (running IN (0, 1)),
	PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
	one  INTEGER PRIMARY KEY CHECK (one = 1),
	body TEXT    NOT NULL              -- JSON
) STRICT;

CREATE TABLE progress (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	seq INTEGER NOT NULL               -- the last Record that is in this file
) STRICT;
INSERT INTO progress VALUES (1, 0);
`

const version2 = `
CREATE TABLE loans (
	pbx       TEXT    NOT NULL,
	queue     TEXT    NOT NULL,
	interface TEXT    NOT NULL,
	field     TEXT    NOT NULL,
	before    INTEGER NOT NULL,
	ours      INTEGER NOT NULL,
	reason    TEXT    NOT NULL,
	UNIQUE (pbx, queue, interface, field)
) STRICT;
`

const version3 = `
-- Numbers and masks never called that were put in at run time.
CREATE TABLE dnc (
	number   INTEGER NOT NULL,         -- digits of E.164; 0: a mask
	mask     TEXT    NOT NULL,         -- as +7900*; empty: a number
	campaign TEXT    NOT NULL,         -- empty: all
	added    INTEGER NOT NULL,         -- microseconds
	who      TEXT    NOT NULL,
	why      TEXT    NOT NULL,
	PRIMARY KEY (number, mask, campaign)
) STRICT, WITHOUT ROWID;
`

// inspect looks at a file that may be anything and changes nothing in it: it is an error unless the
// file is empty or ours and of a version that the steps lead to or come from.
func inspect(path string, steps []string) (version int, err error) {
	db := sql.OpenDB(looking(path))
	defer db.Close()
	var application, tables int
	err = db.QueryRow(`SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version),
		(SELECT count(*) FROM sqlite_schema)`).Scan(&application, &version, &tables)
	switch {
	case err != nil:
		return 0, explain(path, err)
	case application == 0 && version == 0 && tables == 0:
		return 0, nil
	case application != applicationID || version < 1:
		return 0, foreignError(path)
	case version > len(steps):
		return 0, newerError(path, version, len(steps))
	}
	return version, nil
}
