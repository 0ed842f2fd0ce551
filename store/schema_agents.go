package store

// version5 keeps what is wanted of and by operators, the pauses of theirs that are over, and of a pause that is lent the
// reason of the one before it. A time is in microseconds, NULL when it is not known.
const version5 = `
CREATE TABLE agents (
	id                TEXT    NOT NULL PRIMARY KEY,
	own_reason        TEXT    NOT NULL, -- of the pause that he has asked for; empty: he wants none
	own_asked         INTEGER,
	own_began         INTEGER,          -- NULL: calls still count on him
	supervisor_reason TEXT    NOT NULL, -- of the pause that was asked for over his head
	supervisor_asked  INTEGER,
	supervisor_began  INTEGER,
	login             INTEGER,          -- NULL: he has not logged in here
	desk              TEXT    NOT NULL, -- with which telephone he has; empty: that of agents.toml
	entered           INTEGER NOT NULL CHECK (entered IN (0, 1)), -- 1: Asterisk has shown him in a queue since
	leaving           INTEGER NOT NULL CHECK (leaving IN (0, 1)) -- 1: he logs out as soon as no call counts on him
) STRICT, WITHOUT ROWID;

CREATE TABLE pauses (
	agent     TEXT    NOT NULL,
	reason    TEXT    NOT NULL,
	wanted_by TEXT    NOT NULL,         -- agent or supervisor
	began     INTEGER NOT NULL,
	ended     INTEGER NOT NULL,
	paid      INTEGER NOT NULL CHECK (paid IN (0, 1)),
	over      INTEGER NOT NULL CHECK (over IN (0, 1)) -- 1: it was longer than its reason may last
) STRICT;
CREATE INDEX pauses_ended ON pauses (ended);
CREATE INDEX pauses_agent ON pauses (agent, ended);

ALTER TABLE loans ADD COLUMN prior TEXT NOT NULL DEFAULT ''; -- reason of the pause of ours whose place this one takes
ALTER TABLE loans ADD COLUMN shown INTEGER NOT NULL DEFAULT 0 CHECK (shown IN (0, 1)); -- 1: Asterisk has shown the pause of a person
`
