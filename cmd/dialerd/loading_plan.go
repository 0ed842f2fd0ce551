package main

import (
	"cmp"
	"slices"

	"dialerd/dialer"
	"dialerd/store"
)

const (
	// loadPart is how many ids a part of the plan spans, so that several can be read at once.
	loadPart = 250_000
	// loadParts is how many parts a bucket has at the most, whatever ids somebody has given to its leads.
	loadParts = 100
	// wideShare: a bucket is wide when its leads lie within more than one in so many of all ids.
	wideShare = 4
	// mixedTimes is how many times all ids wide buckets may span together before they are read in one go.
	mixedTimes = 4
)

// planLoading says in what order the leads are read: the buckets that are wanted first, then the others.
//
// A list that was imported lies in one place, and its bucket is read by its index. When the leads of many buckets
// lie mixed, each of them would read nearly the whole table so: then those are read together, by id, and are there
// together.
func planLoading(spans []store.BucketSpan, wanted []string) (plan []store.LeadRange) {
	spans = slices.Clone(spans)
	slices.SortStableFunc(spans, func(a, b store.BucketSpan) int {
		return cmp.Compare(rankOf(wanted, a.Bucket), rankOf(wanted, b.Bucket))
	})
	mixed := mixedBuckets(spans)
	for _, s := range spans {
		switch {
		case !slices.Contains(mixed.Buckets, s.Bucket):
			plan = append(plan, parts(store.LeadRange{Buckets: []string{s.Bucket}, After: s.First - 1, UpTo: s.Last})...)
		case s.Bucket == mixed.Buckets[0]:
			plan = append(plan, parts(mixed)...)
		}
	}
	return plan
}

// rankOf is the place of a bucket among those that are wanted, or behind them.
func rankOf(wanted []string, bucket string) int {
	if i := slices.Index(wanted, bucket); i >= 0 {
		return i
	}
	return len(wanted)
}

// mixedBuckets is the buckets that are read together; none when each is read for itself.
func mixedBuckets(spans []store.BucketSpan) (mixed store.LeadRange) {
	all := store.LeadRange{}
	for i, s := range spans {
		if i == 0 || s.First <= all.After {
			all.After = s.First - 1
		}
		all.UpTo = max(all.UpTo, s.Last)
	}
	ids, together := all.UpTo-all.After, dialer.LeadID(0)
	for _, s := range spans {
		if width := s.Last - s.First + 1; !s.Few && width > ids/wideShare {
			together += width
			all.Buckets = append(all.Buckets, s.Bucket)
		}
	}
	if together > mixedTimes*ids {
		return all
	}
	return mixed
}

// parts cuts a range into parts that can be read at once.
func parts(r store.LeadRange) (cut []store.LeadRange) {
	width := max(loadPart, (r.UpTo-r.After)/loadParts+1)
	for ; r.UpTo-r.After > width; r.After += width {
		cut = append(cut, store.LeadRange{Buckets: r.Buckets, After: r.After, UpTo: r.After + width})
	}
	return append(cut, r)
}

// wantedBuckets is the buckets that campaigns draw on: those of campaigns that run first, each in the order of its
// campaign.
func wantedBuckets(c *dialer.Config, s dialer.Status) (wanted []string) {
	off := map[string]bool{}
	for _, d := range s.Departments {
		off["department "+d.Name] = !d.Running
	}
	for _, x := range s.Campaigns {
		off[x.Name] = !x.Switched || off["department "+x.Department]
	}
	for _, want := range []bool{false, true} {
		for i := range c.Campaigns {
			if x := &c.Campaigns[i]; off[x.Name] == want {
				wanted = append(wanted, x.Buckets...)
			}
		}
	}
	return wanted
}
