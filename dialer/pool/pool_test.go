package pool

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"dialerd/dialer/phone"
)

// model is the dumb pool: a map and a walk through it.
type model struct {
	leads map[int64]Lead
	order map[int64]int // in which they were first put
	puts  int
}

func (m *model) put(l Lead) {
	if _, known := m.leads[l.ID]; !known {
		m.puts++
		m.order[l.ID] = m.puts
	}
	m.leads[l.ID] = l
}

// best is the most urgent lead of a bucket that is due.
func (m *model) best(bucket string, now time.Time) (best Lead, ok bool) {
	for _, l := range m.leads {
		if l.Bucket != bucket || l.Place != Waiting || l.Due.After(now) {
			continue
		}
		if !ok || m.before(l, best) {
			best, ok = l, true
		}
	}
	return best, ok
}

func (m *model) before(a, b Lead) bool {
	switch {
	case a.Priority != b.Priority:
		return a.Priority > b.Priority
	case !a.Next.Equal(b.Next):
		return a.Next.Before(b.Next)
	case a.Attempts != b.Attempts:
		return a.Attempts < b.Attempts
	}
	return false
}

// TestAgainstModel holds the pool against the dumb one over long random histories: adding, changing,
// moving, deleting, taking, giving back, with few numbers and external ids, so that many are shared.
func TestAgainstModel(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 1))
		p, m := New(), &model{leads: map[int64]Lead{}, order: map[int64]int{}}
		now := epoch.Add(1000 * time.Hour)
		for step := range 2000 {
			now = now.Add(time.Duration(r.IntN(40)) * quarter)
			act(t, r, p, m, now)
			if t.Failed() {
				t.Fatalf("seed %d, step %d", seed, step)
			}
		}
		compare(t, p, m)
		if err := p.Check(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

var testBuckets = []string{"a", "b", "c"}

func act(t *testing.T, r *rand.Rand, p *Pool, m *model, now time.Time) {
	id, bucket := int64(1+r.IntN(60)), testBuckets[r.IntN(3)]
	switch r.IntN(9) {
	case 0, 1, 2:
		l := draw(r, id, bucket, now)
		p.Put(l)
		m.put(l)
	case 3:
		_, known := m.leads[id]
		delete(m.leads, id)
		if p.Delete(id) != known {
			t.Errorf("deleting lead %d: %t", id, !known)
		}
	case 4:
		l, ok := p.TakeID(id)
		want, known := m.leads[id]
		if ok != (known && want.Place == Waiting) {
			t.Errorf("taking lead %d: %t", id, ok)
		}
		if ok {
			want.Place = Out
			m.leads[id] = want
			same(t, l, want)
		}
	case 5:
		p.Ripen(bucket, now, r.IntN(20)) // in slices
		if r.IntN(10) == 0 {
			reconsider(p, m, r.IntN(30)+1)
		}
	case 6:
		setInvalid(p, m, phone.Number(79160000000+uint64(r.IntN(12))), r.IntN(2) == 0)
	default:
		for p.Ripen(bucket, now, 7) == 7 {
		}
		take(t, p, m, bucket, now)
	}
}

// setInvalid judges a number, whoever has it.
func setInvalid(p *Pool, m *model, n phone.Number, invalid bool) {
	p.SetInvalid(n, invalid)
	for _, l := range m.leads {
		for i := range l.Numbers {
			if l.Numbers[i].Number == n {
				l.Numbers[i].Invalid = invalid
			}
		}
	}
}

// reconsider frees what was put off, in slices.
func reconsider(p *Pool, m *model, most int) {
	for cursor := p.Reconsider(0, most); cursor != 0; cursor = p.Reconsider(cursor, most) {
	}
	for id, l := range m.leads {
		if l.Place == Waiting && l.Why != "" {
			l.Due, l.Why = l.Next, ""
			m.leads[id] = l
		}
	}
}

// take compares what comes first. Equals may come in either order.
func take(t *testing.T, p *Pool, m *model, bucket string, now time.Time) {
	want, due := m.best(bucket, now)
	peeked, _ := p.Peek(bucket)
	got, ok := p.Take(bucket)
	switch {
	case ok != due:
		t.Errorf("bucket %s has a lead due: %t, and %t by the model", bucket, ok, due)
	case ok && (got.ID != peeked.ID || m.leads[got.ID].Place != Waiting || m.leads[got.ID].Due.After(now) || m.before(want, got)):
		t.Errorf("lead %d comes first in bucket %s, and %d should", got.ID, bucket, want.ID)
	case ok:
		l := m.leads[got.ID]
		l.Place = Out
		m.leads[got.ID] = l
		same(t, got, l)
	}
}

func draw(r *rand.Rand, id int64, bucket string, now time.Time) Lead {
	l := Lead{ID: id, Bucket: bucket, Place: Place(r.IntN(places)), Priority: r.IntN(3) - 1, Zone: []string{"", "Europe/Moscow"}[r.IntN(2)],
		Attempts: r.IntN(3), Faults: r.IntN(2), External: uint32(r.IntN(30)), Created: now.Truncate(time.Second), Rule: fmt.Sprint("rule", r.IntN(3)),
		Campaign: fmt.Sprint("campaign", r.IntN(3)), Outcome: uint8(r.IntN(13)), Dialed: r.IntN(MaxNumbers)}
	for range 1 + r.IntN(MaxNumbers) {
		l.Numbers = append(l.Numbers, Number{Number: phone.Number(79160000000 + uint64(r.IntN(12))), Kind: []string{"", "home", "mobile", "work"}[r.IntN(4)], Invalid: r.IntN(5) == 0})
	}
	if r.IntN(3) > 0 {
		l.Next = now.Add(time.Duration(r.IntN(2000)-500) * quarter)
		l.Due = l.Next
	}
	if r.IntN(4) == 0 {
		l.Due, l.Why = now.Add(time.Duration(r.IntN(1000))*quarter), "outside the calendar"
	}
	if r.IntN(2) == 0 {
		l.Last = now.Add(-time.Hour).Truncate(time.Second)
	}
	return l
}

func same(t *testing.T, got, want Lead) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("lead %d is\n%+v, and should be\n%+v", want.ID, got, want)
	}
}

// compare looks at every lead by every way there is to it.
func compare(t *testing.T, p *Pool, m *model) {
	t.Helper()
	if p.Len() != len(m.leads) {
		t.Errorf("%d leads, and %d by the model", p.Len(), len(m.leads))
	}
	counts := map[string][places]int{}
	numbers, externals := map[phone.Number][]int64{}, map[uint32][]int64{}
	for id, want := range m.leads {
		got, ok := p.Get(id)
		if !ok {
			t.Errorf("lead %d is not there", id)
		}
		same(t, got, want)
		c := counts[want.Bucket]
		c[want.Place]++
		counts[want.Bucket] = c
		for _, n := range want.Numbers {
			numbers[n.Number] = append(numbers[n.Number], id)
		}
		if want.External != 0 {
			externals[want.External] = append(externals[want.External], id)
		}
	}
	for _, b := range testBuckets {
		if p.Count(b) != counts[b] {
			t.Errorf("bucket %s counts %v, and %v by the model", b, p.Count(b), counts[b])
		}
	}
	for n := phone.Number(79160000000); n < 79160000012; n++ {
		var ids []int64
		p.ByNumber(n, func(id int64) { ids = append(ids, id) })
		sameIDs(t, n, ids, numbers[n])
	}
	for x := uint32(1); x < 30; x++ {
		var ids []int64
		p.ByExternal(x, func(id int64) { ids = append(ids, id) })
		sameIDs(t, x, ids, externals[x])
	}
}

func sameIDs(t *testing.T, what any, got, want []int64) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%v: leads %v, and %v by the model", what, got, want)
	}
}

// TestNextDue: it says when the next lead of a bucket becomes due.
func TestNextDue(t *testing.T) {
	p := New()
	at := epoch.Add(time.Hour)
	if _, ok := p.NextDue("a"); ok {
		t.Error("an empty bucket has a next lead")
	}
	for i, d := range []time.Duration{3 * time.Hour, 90 * time.Minute, 2 * time.Hour} {
		p.Put(Lead{ID: int64(i + 1), Bucket: "a", Due: at.Add(d), Next: at.Add(d)})
	}
	if got, ok := p.NextDue("a"); !ok || !got.Equal(at.Add(90*time.Minute)) {
		t.Errorf("the next is due at %v", got)
	}
	p.Ripen("a", at.Add(90*time.Minute), 100)
	if l, ok := p.Take("a"); !ok || l.ID != 2 {
		t.Errorf("lead %d is taken first", l.ID)
	}
	if got, ok := p.NextDue("a"); !ok || !got.Equal(at.Add(2*time.Hour)) {
		t.Errorf("the next is due at %v", got)
	}
}

// TestTimes: instants are rounded up, so that nobody is called early.
func TestTimes(t *testing.T) {
	for _, d := range []time.Duration{1, quarter - 1, quarter, quarter + 1, 12345 * time.Hour} {
		at := epoch.Add(d)
		if back := instant(quarters(at)); back.Before(at) || back.Sub(at) >= quarter {
			t.Errorf("%v comes back as %v", at, back)
		}
	}
	if !instant(quarters(time.Time{})).IsZero() {
		t.Error("the zero time is not kept")
	}
}

// TestScan: piece by piece every lead of some campaigns that waits or is out comes up once, also when each is put again meanwhile.
func TestScan(t *testing.T) {
	p := New()
	want := map[int64]bool{}
	for id := range int64(10_000) {
		l := Lead{ID: id + 1, Bucket: "b", Place: Place(id % 4), Numbers: []Number{{Number: 79160000001}}, Campaign: []string{"", "a", "c", "d"}[id/4%4]}
		p.Put(l)
		if (l.Place == Waiting || l.Place == Out) && (l.Campaign == "a" || l.Campaign == "c") {
			want[l.ID] = true
		}
		if id%100 == 7 {
			p.Delete(id)
			delete(want, id)
		}
	}
	pieces, most := 0, 0
	for cursor, first := uint32(0), true; first || cursor != 0; first = false {
		in := 0
		cursor = p.Scan(cursor, 300, []string{"a", "c"}, func(l Lead) bool {
			if !want[l.ID] {
				t.Fatalf("lead %d, of campaign %q in place %d, comes up", l.ID, l.Campaign, l.Place)
			}
			delete(want, l.ID)
			l.Due = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
			p.Put(l)
			in++
			return in < 50
		})
		pieces, most = pieces+1, max(most, in)
	}
	if len(want) > 0 || most != 50 || pieces < 10_000/300 {
		t.Errorf("%d leads never came up; %d pieces, the largest of %d", len(want), pieces, most)
	}
}
