package store

import (
	"context"

	"dialerd/dialer"
)

// BucketSpan is where the leads of a bucket lie.
type BucketSpan struct {
	Bucket      string
	First, Last dialer.LeadID
	Few         bool // fewer than a thousand
}

// LeadSize is how much there is of leads.
type LeadSize struct{ Leads, Numbers int }

// fewLeads is how many leads a bucket has that has few.
const fewLeads = 1000

// spansQuery goes from bucket to bucket by the index, and looks at the ends of each: milliseconds, however many leads
// there are.
const spansQuery = `WITH RECURSIVE b (word) AS (
		SELECT min(bucket) FROM leads UNION ALL SELECT (SELECT min(bucket) FROM leads WHERE bucket > word) FROM b WHERE word IS NOT NULL)
	SELECT word, (SELECT min(id) FROM leads WHERE bucket = word), (SELECT max(id) FROM leads WHERE bucket = word),
		(SELECT count(*) FROM (SELECT 1 FROM leads WHERE bucket = word LIMIT ?1)) < ?1
	FROM b WHERE word IS NOT NULL ORDER BY word`

// Buckets are the buckets that have leads, by name.
func (r *Reader) Buckets(ctx context.Context) ([]BucketSpan, error) {
	rows, err := r.read.QueryContext(ctx, spansQuery, fewLeads)
	if err != nil {
		return nil, explain(r.path, err)
	}
	defer rows.Close()
	var spans []BucketSpan
	for rows.Next() {
		var s BucketSpan
		if err := rows.Scan(&s.Bucket, &s.First, &s.Last, &s.Few); err != nil {
			return nil, explain(r.path, err)
		}
		spans = append(spans, s)
	}
	return spans, explain(r.path, rows.Err())
}

// LeadSize counts all leads and their numbers: some tens of milliseconds for a million.
func (r *Reader) LeadSize(ctx context.Context) (s LeadSize, err error) {
	err = r.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM leads), (SELECT count(*) FROM lead_numbers)`).Scan(&s.Leads, &s.Numbers)
	return s, explain(r.path, err)
}
