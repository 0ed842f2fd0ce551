package store

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dialerd/dialer"
)

// Merge is which fields of a NewLead the lead with the same external id is to take, when there is one. With
// none it is a duplicate.
type Merge uint8

// The fields. State, attempts and next call always stay: what was promised, and what was done, is not a
// list's to change.
const (
	MergeBucket Merge = 1 << iota // of a lead under way when its call has ended
	MergePriority
	MergeZone
	MergeName
	MergeAttributes // those that are given; others stay
	MergeNumbers    // all of them, in their order
)

// MergeAll is every field.
const MergeAll = MergeBucket | MergePriority | MergeZone | MergeName | MergeAttributes | MergeNumbers

var mergeWords = [...]string{"bucket", "priority", "zone", "name", "attributes", "numbers"}

// MarshalText writes the fields with a plus between them.
func (m Merge) MarshalText() ([]byte, error) {
	var words []string
	for i, w := range mergeWords {
		if m&(1<<i) != 0 {
			words = append(words, w)
		}
	}
	return []byte(strings.Join(words, "+")), nil
}

// UnmarshalText refuses what is not in the list.
func (m *Merge) UnmarshalText(text []byte) error {
	*m = 0
	for word := range strings.SplitSeq(string(text), "+") {
		i := slices.Index(mergeWords[:], word)
		if i < 0 {
			return fmt.Errorf("%q is no field of a lead to merge: some of %q, with a plus between them", word, mergeWords)
		}
		*m |= 1 << i
	}
	return nil
}

// knownLead is a lead that is there, as far as a merge can change it.
type knownLead struct {
	dialer.Lead
	name       string
	attributes string
	numbers    []dialer.LeadNumber
	renumbered bool
	waits      bool // for writeMerges
}

// lookUpMerged reads the leads that may be merged into.
func (im *importer) lookUpMerged(externals []any) error {
	const query = `SELECT id, external, bucket, priority, zone, use_number, dialed, name, attributes, ` + leadNumbers + ` FROM leads WHERE external IN (%s)`
	return inQuery(im.tx, query, externals, func(rows *sql.Rows) error {
		var k knownLead
		var external, numbers string
		err := rows.Scan(&k.ID, &external, &k.Bucket, &k.Priority, &k.Zone, &k.Use, &k.Dialed, &k.name, &k.attributes, &numbers)
		if err == nil {
			k.numbers, err = decodeNumbers(numbers)
		}
		if err != nil {
			return fmt.Errorf("lead %d cannot be read: %w", k.ID, err)
		}
		im.known[external], im.rows[k.ID] = k.ID, &k
		return nil
	})
}

// merge gives a lead what is new, unless another has one of its numbers then.
func (im *importer) merge(k *knownLead, n *NewLead) ImportResult {
	to := *k
	take(n.Merge&MergeBucket != 0, &to.Bucket, n.Bucket)
	take(n.Merge&MergePriority != 0, &to.Priority, n.Priority)
	take(n.Merge&MergeZone != 0, &to.Zone, n.Zone)
	take(n.Merge&MergeName != 0, &to.name, n.Name)
	numbers := im.marked(n.Numbers)
	renumbered := n.Merge&MergeNumbers != 0 && !slices.Equal(k.numbers, numbers)
	if renumbered {
		to.numbers, to.renumbered = numbers, true
		to.Use, to.Dialed = dialer.KeepUse(k.numbers, k.Use, numbers), dialer.KeepUse(k.numbers, k.Dialed, numbers)
	}
	if to.Bucket != k.Bucket || renumbered {
		if number, id := im.other(to.Bucket, to.numbers, k.ID); id != 0 {
			return ImportResult{Status: DuplicateNumber, Lead: id, Number: number}
		}
	}
	if n.Merge&MergeAttributes != 0 {
		var err error
		if to.attributes, err = mergeAttributes(k.attributes, n.Attributes); err != nil {
			return ImportResult{Status: Refused, Why: fmt.Sprintf("the attributes of lead %d cannot be read: %v", k.ID, err)}
		}
	}
	if to.Bucket == k.Bucket && to.Priority == k.Priority && to.Zone == k.Zone && !renumbered && to.name == k.name && to.attributes == k.attributes {
		return ImportResult{Status: Unchanged, Lead: k.ID}
	}
	was := k.whole()
	im.move(k, to)
	return ImportResult{Status: Merged, Lead: k.ID, Was: was, Now: k.whole()}
}

// whole is the lead with its numbers.
func (k *knownLead) whole() *dialer.Lead {
	l := k.Lead
	l.Numbers = slices.Clone(k.numbers)
	return &l
}

// move has a lead take the place of itself as it was.
func (im *importer) move(k *knownLead, to knownLead) {
	for _, n := range k.numbers {
		delete(im.taken, im.spot(k.Bucket, n.Number))
	}
	if *k = to; !k.waits {
		k.waits = true
		im.merges = append(im.merges, k)
	}
	for _, n := range k.numbers {
		im.taken[im.spot(k.Bucket, n.Number)] = k.ID
	}
}

func take[T any](wanted bool, to *T, from T) {
	if wanted {
		*to = from
	}
}

// mergeAttributes adds attributes to those of a lead, as the file has them.
func mergeAttributes(before string, given map[string]string) (string, error) {
	if len(given) == 0 {
		return before, nil
	}
	all, err := decodeAttributes(before)
	if err != nil {
		return "", err
	}
	if all == nil {
		all = map[string]string{}
	}
	was := maps.Clone(all)
	if maps.Copy(all, given); maps.Equal(all, was) {
		return before, nil // in whatever way it is written
	}
	return encodeAttributes(all)
}

// writeMerges writes the leads that have changed.
func (im *importer) writeMerges() error {
	if len(im.merges) == 0 {
		return nil
	}
	update, err := im.tx.Prepare(`UPDATE leads SET bucket = ?, priority = ?, zone = ?, use_number = ?, dialed = ?, name = ?, attributes = ?, updated = ? WHERE id = ?`)
	if err != nil {
		return err
	}
	renumber, err := im.tx.Prepare(`DELETE FROM lead_numbers WHERE lead_id = ?`)
	if err != nil {
		return err
	}
	for _, k := range im.merges {
		if _, err := update.Exec(k.Bucket, k.Priority, k.Zone, k.Use, k.Dialed, k.name, k.attributes, im.now, int64(k.ID)); err != nil {
			return err
		}
		if !k.renumbered {
			continue
		}
		if _, err := renumber.Exec(int64(k.ID)); err != nil {
			return err
		}
		im.addNumbers(k.ID, k.Bucket, k.numbers)
	}
	return nil
}
