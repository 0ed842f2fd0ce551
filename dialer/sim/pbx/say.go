package pbx

import (
	"container/heap"
	"time"
)

// topic is one of the streams inside Asterisk that AMI gathers. Within one, events keep their order;
// between two they do not.
type topic int

const (
	topicChannel topic = iota
	topicOriginate
	topicQueue
	topicMember
	lastTopic
)

// say has Asterisk tell something: half a millisecond later as a rule, some milliseconds later at
// times, never before what was said of the same topic.
func (w *World) say(t topic, what Happening) {
	lag := time.Duration(w.rand.IntN(1500)) * time.Microsecond
	if w.rand.IntN(50) == 0 {
		lag += time.Duration(w.rand.IntN(20_000)) * time.Microsecond
	}
	w.topics[t] = max(w.topics[t], w.now+lag)
	w.sayAt(w.topics[t], what)
}

// sayAt is for what takes no way through Asterisk's streams.
func (w *World) sayAt(at time.Duration, what Happening) {
	w.out.added++
	heap.Push(&w.out, said{Heard{at, what}, w.out.added})
}

// said is a Heard with its place among those of the same time.
type said struct {
	Heard
	order uint64
}

// outbox is what is on its way out, by time.
type outbox struct {
	list  []said
	added uint64
}

func (o *outbox) Len() int { return len(o.list) }
func (o *outbox) Less(i, j int) bool {
	a, b := &o.list[i], &o.list[j]
	return a.At < b.At || a.At == b.At && a.order < b.order
}
func (o *outbox) Swap(i, j int) { o.list[i], o.list[j] = o.list[j], o.list[i] }
func (o *outbox) Push(x any)    { o.list = append(o.list, x.(said)) }
func (o *outbox) Pop() any {
	last := len(o.list) - 1
	x := o.list[last]
	o.list[last] = said{}
	o.list = o.list[:last]
	return x
}
