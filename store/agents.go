package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dialerd/dialer"
)

const agentColumns = `id, own_reason, own_asked, own_began, supervisor_reason, supervisor_asked, supervisor_began,
	login, desk, entered, leaving`

// keepAgent writes what is wanted of and by an operator, in place of what was; of one of whom nothing is nothing is kept.
func (st statements) keepAgent(a dialer.AgentRecord) error {
	if a.Empty() {
		_, err := st.forget.Exec(a.ID)
		return err
	}
	_, err := st.agent.Exec(a.ID, a.Own.Reason, micros(a.Own.Asked), micros(a.Own.Began),
		a.Supervisor.Reason, micros(a.Supervisor.Asked), micros(a.Supervisor.Began),
		micros(a.Login), a.Desk, a.Entered, a.Leaving)
	return err
}

// Agents are the operators of whom, or by whom, something is wanted, by id.
func (r *Reader) Agents(ctx context.Context) ([]dialer.AgentRecord, error) {
	rows, err := r.read.QueryContext(ctx, `SELECT `+agentColumns+` FROM agents ORDER BY id`)
	if err != nil {
		return nil, explain(r.path, err)
	}
	defer rows.Close()
	var agents []dialer.AgentRecord
	for rows.Next() {
		var a dialer.AgentRecord
		err := rows.Scan(&a.ID, &a.Own.Reason, instant{&a.Own.Asked}, instant{&a.Own.Began},
			&a.Supervisor.Reason, instant{&a.Supervisor.Asked}, instant{&a.Supervisor.Began},
			instant{&a.Login}, &a.Desk, &a.Entered, &a.Leaving)
		if err != nil {
			return nil, explain(r.path, fmt.Errorf("what is wanted of operator %q cannot be read: %w", a.ID, err))
		}
		agents = append(agents, a)
	}
	return agents, explain(r.path, rows.Err())
}

// PauseFilter chooses pauses that are over; all of its conditions have to hold.
type PauseFilter struct {
	Agent string    // empty: of everybody
	Since time.Time // those that ended after it; zero: from the beginning
	Until time.Time // those that began before it; zero: up to now
}

const pauseColumns = `agent, reason, wanted_by, began, ended, paid, over`

func (st statements) keepPause(p dialer.PauseEnded) error {
	_, err := st.pause.Exec(p.Agent, p.Reason, p.By.String(), micros(p.Began), micros(p.Ended), p.Paid, p.Over)
	return err
}

// Pauses hands over pauses of persons that are over, in the order in which they ended, until all were or each returns
// an error, which Pauses then returns. A slow receiver is fine.
func (r *Reader) Pauses(ctx context.Context, f PauseFilter, each func(dialer.PauseEnded) error) error {
	const size = 2000
	for at := (pausePlace{}); ; {
		page, last, err := r.pausePage(ctx, f, at, size)
		if err != nil {
			return explain(r.path, err)
		}
		for _, p := range page {
			if err := each(p); err != nil {
				return err
			}
		}
		if len(page) < size {
			return nil
		}
		at = last
	}
}

// pausePlace is a place in the order of the pauses.
type pausePlace struct{ ended, row int64 }

// pausePage is the next pauses behind a place. Page by page nothing is held open that would keep the log of the file
// growing.
func (r *Reader) pausePage(ctx context.Context, f PauseFilter, at pausePlace, size int) (page []dialer.PauseEnded, last pausePlace, err error) {
	where, args := f.where(at)
	rows, err := r.read.QueryContext(ctx, `SELECT `+pauseColumns+`, rowid FROM pauses WHERE `+where+` ORDER BY ended, rowid LIMIT ?`, append(args, size)...)
	if err != nil {
		return nil, last, err
	}
	defer rows.Close()
	for rows.Next() {
		var p dialer.PauseEnded
		if err := rows.Scan(&p.Agent, &p.Reason, word{&p.By}, instant{&p.Began}, instant{&p.Ended}, &p.Paid, &p.Over, &last.row); err != nil {
			return nil, last, fmt.Errorf("a pause of operator %q cannot be read: %w", p.Agent, err)
		}
		last.ended = p.Ended.UnixMicro()
		page = append(page, p)
	}
	return page, last, rows.Err()
}

func (f PauseFilter) where(at pausePlace) (clause string, args []any) {
	terms, args := []string{`(ended, rowid) > (?, ?)`}, []any{at.ended, at.row}
	term := func(sql string, arg any) { terms, args = append(terms, sql), append(args, arg) }
	if f.Agent != "" {
		term(`agent = ?`, f.Agent)
	}
	if !f.Since.IsZero() {
		term(`ended > ?`, f.Since.UnixMicro())
	}
	if !f.Until.IsZero() {
		term(`began < ?`, f.Until.UnixMicro())
	}
	return strings.Join(terms, ` AND `), args
}

// agentSubject names what a row about an operator is about.
func agentSubject(row dialer.Row) string {
	switch r := row.(type) {
	case dialer.AgentKept:
		return fmt.Sprintf("what is wanted of operator %q", r.Agent.ID)
	case dialer.PauseKept:
		return fmt.Sprintf("pause (%s) of operator %q that is over", r.Pause.Reason, r.Pause.Agent)
	}
	return fmt.Sprintf("%T", row)
}
