package store

// version4 keeps of each lead what the rules ask of its last attempt, of each number whether a call has shown that
// there is none, and the highest id of a lead that was deleted, so that none is used twice.
//
// The table of the leads is made anew: columns that are added lie behind name and attributes, and every start
// would have to read through those. It is filled in the order of the ids; the index over the numbers of attempts
// finds the last of each. What was never placed, or is under way, does not count as the last attempt.
const version4 = `
CREATE TABLE leads_new (
	id           INTEGER PRIMARY KEY,
	state        TEXT    NOT NULL CHECK (state IN ('waiting', 'finished', 'held')),
	next_call    INTEGER,              -- microseconds; NULL: at once
	attempts     INTEGER NOT NULL DEFAULT 0,
	faults       INTEGER NOT NULL DEFAULT 0,
	last_attempt INTEGER,              -- microseconds
	campaign     TEXT    NOT NULL DEFAULT '', -- of the last attempt, as the two below
	outcome      TEXT,                 -- NULL: there was none
	dialed       INTEGER NOT NULL DEFAULT 0, -- position of the number
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
INSERT INTO leads_new (id, state, next_call, attempts, faults, last_attempt, campaign, outcome, dialed, use_number, rule, final,
		updated, bucket, priority, zone, created, external, name, attributes)
	SELECT l.id, l.state, l.next_call, l.attempts, l.faults, l.last_attempt, coalesce(a.campaign, ''), a.outcome,
		coalesce((SELECT position FROM lead_numbers WHERE lead_id = l.id AND number = a.number), 0), l.use_number, l.rule, l.final,
		l.updated, l.bucket, l.priority, l.zone, l.created, l.external, l.name, l.attributes
	FROM leads l LEFT JOIN attempts a ON a.id = (SELECT id FROM attempts
		WHERE lead_id = l.id AND outcome IS NOT NULL AND outcome <> 'cancelled' ORDER BY id DESC LIMIT 1)
	ORDER BY l.id;
DROP TABLE leads;
ALTER TABLE leads_new RENAME TO leads;
CREATE INDEX leads_bucket ON leads (bucket);

ALTER TABLE lead_numbers ADD COLUMN invalid INTEGER NOT NULL DEFAULT 0 CHECK (invalid IN (0, 1)); -- 1: there is no such number
UPDATE lead_numbers SET invalid = 1 WHERE number IN (SELECT number FROM attempts a WHERE outcome = 'invalid-number' AND id = (SELECT id FROM attempts
	WHERE number = a.number AND outcome IS NOT NULL AND outcome <> 'cancelled' ORDER BY planned DESC, id DESC LIMIT 1));

ALTER TABLE attempts ADD COLUMN disposition TEXT NOT NULL DEFAULT ''; -- what the operator said came of the talk

ALTER TABLE progress ADD COLUMN lead INTEGER NOT NULL DEFAULT 0; -- the highest id of a lead that was deleted
`
