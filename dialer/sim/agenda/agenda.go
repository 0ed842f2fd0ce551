// Package agenda is what is to happen in virtual time, and when.
//
//	var a agenda.Agenda
//	a.Add(2*time.Second, func() { ... })
//	for at, ok := a.Next(); ok; at, ok = a.Next() {
//		a.Take()() // now it is at
//	}
//
// What is due at the same time happens in the order in which it was added.
package agenda

import (
	"container/heap"
	"time"
)

// Agenda is ready to use as its zero value.
type Agenda struct {
	list  entries
	added uint64
}

type entry struct {
	at    time.Duration
	order uint64
	do    func()
}

// Add has do happen at a time.
func (a *Agenda) Add(at time.Duration, do func()) {
	a.added++
	heap.Push(&a.list, entry{at, a.added, do})
}

// Next is when the next thing is due; ok is false when nothing is.
func (a *Agenda) Next() (at time.Duration, ok bool) {
	if len(a.list) == 0 {
		return 0, false
	}
	return a.list[0].at, true
}

// Take removes the next thing, which there must be.
func (a *Agenda) Take() (do func()) { return heap.Pop(&a.list).(entry).do }

type entries []entry

func (e entries) Len() int { return len(e) }
func (e entries) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].order < e[j].order
}
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *entries) Push(x any)   { *e = append(*e, x.(entry)) }
func (e *entries) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = entry{}
	*e = (*e)[:last]
	return x
}
