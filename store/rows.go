package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"dialerd/dialer"
)

// statements are prepared once, on the connection that writes.
type statements struct {
	plan, end, said, lead, place, judge, flip, lend, showLoan, giveBack, agent, forget, pause, snapshot, progress *sql.Stmt
	now                                                                                                           int64
	tx                                                                                                            *sql.Tx
}

func prepare(db *sql.DB) (statements, error) {
	var st statements
	for _, p := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&st.plan, `INSERT INTO attempts (id, lead_id, campaign, pbx, trunk, queue, number, caller_id, planned)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&st.end, `UPDATE attempts SET queue = ?, answered = ?, connected = ?, ended = ?, agent = ?, outcome = ?, cause_by = ?, q850 = ?,
			sip = ?, rule = ?, disposition = ? WHERE id = ?`},
		{&st.said, `UPDATE attempts SET disposition = ?, rule = ? WHERE id = ?`},
		{&st.lead, `UPDATE leads SET state = ?, next_call = ?, attempts = ?, faults = ?, last_attempt = ?, campaign = ?, outcome = ?, dialed = ?,
			use_number = ?, rule = ?, final = ?, updated = ? WHERE id = ?`},
		{&st.place, `UPDATE leads SET bucket = ?, priority = ? WHERE id = ?`},
		{&st.judge, `UPDATE lead_numbers SET invalid = ? WHERE number = ?`},
		{&st.flip, `INSERT INTO switches (kind, name, running) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET running = excluded.running`},
		{&st.lend, `INSERT INTO loans (pbx, queue, interface, field, before, ours, reason, prior, shown) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET before = excluded.before, ours = excluded.ours, reason = excluded.reason, prior = excluded.prior, shown = excluded.shown`},
		{&st.showLoan, `UPDATE loans SET shown = ? WHERE pbx = ? AND queue = ? AND interface = ? AND field = ?`},
		{&st.giveBack, `DELETE FROM loans WHERE pbx = ? AND queue = ? AND interface = ? AND field = ?`},
		{&st.agent, `INSERT OR REPLACE INTO agents (` + agentColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&st.forget, `DELETE FROM agents WHERE id = ?`},
		{&st.pause, `INSERT INTO pauses (` + pauseColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?)`},
		{&st.snapshot, `INSERT INTO snapshot (one, body) VALUES (1, ?) ON CONFLICT DO UPDATE SET body = excluded.body`},
		{&st.progress, `UPDATE progress SET seq = ?`},
	} {
		var err error
		if *p.to, err = db.Prepare(p.sql); err != nil {
			return st, err
		}
	}
	return st, nil
}

// in binds the statements to a transaction, which closes the bound ones when it ends.
func (st statements) in(tx *sql.Tx) statements {
	return statements{
		plan: tx.Stmt(st.plan), end: tx.Stmt(st.end), said: tx.Stmt(st.said), lead: tx.Stmt(st.lead), place: tx.Stmt(st.place), judge: tx.Stmt(st.judge),
		flip: tx.Stmt(st.flip), lend: tx.Stmt(st.lend), showLoan: tx.Stmt(st.showLoan), giveBack: tx.Stmt(st.giveBack),
		agent: tx.Stmt(st.agent), forget: tx.Stmt(st.forget), pause: tx.Stmt(st.pause), snapshot: tx.Stmt(st.snapshot), progress: tx.Stmt(st.progress),
		now: time.Now().UnixMicro(), tx: tx,
	}
}

// add writes one row.
func (st statements) add(row dialer.Row) error {
	switch r := row.(type) {
	case dialer.AttemptPlanned:
		return st.addAttempt(r.Attempt)
	case dialer.AttemptEnded:
		return st.endAttempt(r.Attempt)
	case dialer.AttemptDisposed:
		return one(st.said.Exec(r.Disposition, r.Rule, int64(r.Call)))
	case dialer.LeadChanged:
		return st.changeLead(r.Lead)
	case dialer.LeadPlaced:
		if err := st.changeLead(r.Lead); err != nil {
			return err
		}
		return one(st.place.Exec(r.Lead.Bucket, r.Lead.Priority, int64(r.Lead.ID)))
	case dialer.LeadDeleted:
		return deleteLead(st.tx, r.Lead)
	case dialer.NumberJudged: // of a lead that is not there any more there is nothing to keep
		_, err := st.judge.Exec(r.Invalid, int64(r.Number))
		return err
	case dialer.SwitchChanged:
		_, err := st.flip.Exec(r.Kind.String(), r.Name, r.Running)
		return err
	case dialer.DNCKept:
		return changeDNC(st.tx, r.DNCChange)
	case dialer.LoanTaken:
		l := r.Loan
		_, err := st.lend.Exec(l.PBX, l.Queue, l.Interface, l.Field.String(), l.Before, l.Ours, l.Reason, l.Prior, l.Shown)
		return err
	case dialer.LoanShown:
		l := r.Loan
		_, err := st.showLoan.Exec(l.Shown, l.PBX, l.Queue, l.Interface, l.Field.String())
		return err
	case dialer.LoanReturned: // one that is not there is given back already
		l := r.Loan
		_, err := st.giveBack.Exec(l.PBX, l.Queue, l.Interface, l.Field.String())
		return err
	case dialer.AgentKept:
		return st.keepAgent(r.Agent)
	case dialer.PauseKept:
		return st.keepPause(r.Pause)
	case dialer.SnapshotTaken:
		body, err := json.Marshal(r.Snapshot)
		if err != nil {
			return err
		}
		_, err = st.snapshot.Exec(string(body))
		return err
	}
	return fmt.Errorf("the store does not know a row of type %T", row)
}

// addAttempt writes what is settled when an attempt is planned; the rest is not known before it ends.
func (st statements) addAttempt(a dialer.Attempt) error {
	_, err := st.plan.Exec(int64(a.ID), leadOrNull(a.Lead), a.Campaign, a.PBX, a.Trunk, a.Queue, int64(a.Number), int64(a.CallerID),
		a.Planned.UnixMicro())
	return err
}

// endAttempt writes how it came out, and the queue, which may be another one by then.
func (st statements) endAttempt(a dialer.Attempt) error {
	return one(st.end.Exec(a.Queue, micros(a.Answered), micros(a.Connected), micros(a.Ended),
		a.Agent, orNull(a.Outcome.String()), a.Cause.By.String(), a.Cause.Q850, a.Cause.SIP, a.Rule, a.Disposition, int64(a.ID)))
}

func (st statements) changeLead(l dialer.Lead) error {
	return one(st.lead.Exec(kept(l.State).String(), micros(l.Next), l.Attempts, l.Faults, micros(l.Last), l.Campaign, orNull(l.Outcome.String()), l.Dialed,
		l.Use, l.Rule, l.Final, st.now, int64(l.ID)))
}

// deleteLead deletes a lead with its numbers. Its attempts stay, and its id is never used again: what is said of
// it later, by a list of somebody's for one, is not said of another lead.
func deleteLead(tx *sql.Tx, id dialer.LeadID) error {
	for _, change := range []string{
		`UPDATE attempts SET lead_id = NULL WHERE lead_id = ?1`,
		`UPDATE progress SET lead = max(lead, ?1)`,
	} {
		if _, err := tx.Exec(change, int64(id)); err != nil {
			return err
		}
	}
	return one(tx.Exec(`DELETE FROM leads WHERE id = ?`, int64(id))) // its numbers with it
}

// kept is a lead's state as the file has it: ready and dialing are positions in memory.
func kept(s dialer.LeadState) dialer.LeadState {
	if s == dialer.LeadReady || s == dialer.LeadDialing {
		return dialer.LeadWaiting
	}
	return s
}

// one is an error when an update found no row.
func one(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fmt.Errorf("there is no such row to change: what made it was never appended to this file")
}

func leadOrNull(id dialer.LeadID) sql.NullInt64 {
	return sql.NullInt64{Int64: int64(id), Valid: id != 0}
}
