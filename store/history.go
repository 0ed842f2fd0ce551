package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/phone"
)

// What NumberHistory looks back on: the limit per day needs the attempts of countedFor, whatever
// the zone of the number; the longest rule, 72 hours after an abandoned call, and the gap between
// attempts, which a campaign may set longer than that, those of historyFor.
const (
	countedFor = 48 * time.Hour
	historyFor = 7 * 24 * time.Hour
)

// NumberHistory is what the attempts of the seven days before now say of each number, by number.
//
// Last is of any attempt, one that is under way included. So it is of one that was cancelled, which
// may have rung or never gone out: the file cannot tell, and the longer wait is the lawful one.
func (r *Reader) NumberHistory(ctx context.Context, now time.Time) ([]dialer.NumberHistory, error) {
	rows, err := r.read.QueryContext(ctx,
		`SELECT id, number, caller_id, planned, answered, connected, outcome FROM attempts WHERE planned >= ? ORDER BY planned, id`, now.Add(-historyFor).UnixMicro())
	if err != nil {
		return nil, explain(r.path, err)
	}
	defer rows.Close()
	known := map[phone.Number]dialer.NumberHistory{}
	for rows.Next() {
		var a dialer.Attempt
		if err := rows.Scan(&a.ID, &a.Number, &a.CallerID, instant{&a.Planned}, instant{&a.Answered}, instant{&a.Connected}, word{&a.Outcome}); err != nil {
			return nil, explain(r.path, fmt.Errorf("attempt %d cannot be read: %w", a.ID, err))
		}
		known[a.Number] = learn(known[a.Number], a, now)
	}
	if err := rows.Err(); err != nil {
		return nil, explain(r.path, err)
	}
	return slices.SortedFunc(maps.Values(known), func(a, b dialer.NumberHistory) int { return cmp.Compare(a.Number, b.Number) }), nil
}

// learn adds one attempt to what the earlier ones said.
func learn(h dialer.NumberHistory, a dialer.Attempt, now time.Time) dialer.NumberHistory {
	h.Number, h.Last = a.Number, a.Planned
	if a.Outcome.Counts() && now.Sub(a.Planned) <= countedFor {
		h.Counted = append(h.Counted, a.Planned)
	}
	if a.Unserved() {
		h.Abandoned = a.Planned
	}
	if a.CallerID != 0 && a.Outcome != dialer.Cancelled {
		h.Shown = a.CallerID
	}
	return h
}
