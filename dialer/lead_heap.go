package dialer

import "container/heap"

// leadHeap is the leads of a hopper by urgency. A lead is in one at most, and knows where.
type leadHeap struct{ list []*lead }

// byUrgency orders leads that may be called: priority, the campaign's order of buckets, the earlier call,
// fewer attempts, age.
func byUrgency(a, b *lead) bool {
	switch {
	case a.Priority != b.Priority:
		return a.Priority > b.Priority
	case a.rank != b.rank:
		return a.rank < b.rank
	case !a.Next.Equal(b.Next):
		return a.Next.Before(b.Next)
	case a.Attempts != b.Attempts:
		return a.Attempts < b.Attempts
	}
	return a.ID < b.ID
}

func (h *leadHeap) put(l *lead) {
	if l.place != nil {
		panic("dialer: a lead is put into two places")
	}
	l.place = h
	heap.Push((*heapOrder)(h), l)
}

func (h *leadHeap) first() *lead {
	if len(h.list) == 0 {
		return nil
	}
	return h.list[0]
}

// take removes a lead from the hopper it is in.
func (l *lead) take() *lead {
	if l.place != nil {
		heap.Remove((*heapOrder)(l.place), l.index)
		l.place = nil
	}
	return l
}

// heapOrder is leadHeap as container/heap wants it.
type heapOrder leadHeap

func (h *heapOrder) Len() int           { return len(h.list) }
func (h *heapOrder) Less(i, j int) bool { return byUrgency(h.list[i], h.list[j]) }
func (h *heapOrder) Swap(i, j int) {
	h.list[i], h.list[j] = h.list[j], h.list[i]
	h.list[i].index, h.list[j].index = i, j
}
func (h *heapOrder) Push(x any) {
	l := x.(*lead)
	l.index = len(h.list)
	h.list = append(h.list, l)
}
func (h *heapOrder) Pop() any {
	last := len(h.list) - 1
	l := h.list[last]
	h.list[last] = nil
	h.list = h.list[:last]
	return l
}
