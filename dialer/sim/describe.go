package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dialerd/dialer"
)

// describe is an event or an effect in one line of a trace.
func describe(x any) string {
	switch e := x.(type) {
	case dialer.Configured:
		return fmt.Sprintf("Configured: %d campaigns", len(e.Config.Campaigns))
	case dialer.LeadsLoaded:
		return fmt.Sprintf("LeadsLoaded: %d", len(e.Leads))
	case dialer.LeadsMerged:
		return fmt.Sprintf("LeadsMerged: %d", len(e.Leads))
	case dialer.FieldsWanted:
		return fmt.Sprintf("FieldsWanted: %d, the first %+v", len(e.Leads), e.Leads[0])
	case dialer.FieldsFetched:
		return fmt.Sprintf("FieldsFetched: %d", len(e.Fields))
	case dialer.NumbersLoaded:
		return fmt.Sprintf("NumbersLoaded: %d", len(e.Numbers))
	case dialer.AttemptsLoaded:
		return fmt.Sprintf("AttemptsLoaded: %d open, %d recent, next %d", len(e.Attempts), len(e.Recent), e.NextID)
	case dialer.Record:
		return fmt.Sprintf("Record %d %s", e.Seq, describe(e.Row))
	case dialer.AttemptPlanned:
		return fmt.Sprintf("AttemptPlanned %d: lead %d at %s by %s over %s", e.Attempt.ID, e.Attempt.Lead, e.Attempt.Number, e.Attempt.Campaign, e.Attempt.Trunk)
	case dialer.AttemptEnded:
		return fmt.Sprintf("AttemptEnded %d: %s by %s %+v", e.Attempt.ID, e.Attempt.Outcome, e.Attempt.Agent, e.Attempt.Cause)
	}
	return strings.ReplaceAll(fmt.Sprintf("%T %+v", x, x), "dialer.", "")
}

// sorted is the keys of a map in their order.
func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
