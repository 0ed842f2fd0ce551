package main

import (
	"sync"

	"dialerd/dialer"
)

// inboxRoom is how many events of one PBX may wait for the loop: about two seconds of the busiest
// Asterisk. A link that finds no room drops its connection and reads the state anew.
const inboxRoom = 65536

// inbox is what waits for the loop, in the order it came. Nobody who puts something in ever waits.
type inbox struct {
	wake chan struct{} // capacity 1: something waits

	mu      sync.Mutex
	items   []item
	waiting map[string]int // of them, by source
	refused int64          // events and questions for which there was no room
}

// item is an event, or something to be read from the Dialer on its own goroutine.
type item struct {
	source string // whose room it takes; empty: nobody's
	event  dialer.Event
	answer chan<- dialer.Answer // capacity 1; of an Asked
	done   chan<- dialer.Done   // capacity 1; of a SwitchSet, a DNCChanged, a LeadsEdited, a Disposed or an Asked about an operator
	stored bool                 // of a LeadsLoaded: the leads were in the store at the start
	read   func(*dialer.Dialer)
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1), waiting: map[string]int{}} }

// offer puts in an event or a question; it is false, and nothing is put in, when its source has no room
// left: an event is one of too many, and the answer to a question would come too late.
func (b *inbox) offer(source string, i item) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting[source] >= inboxRoom {
		b.refused++
		return false
	}
	i.source = source
	b.waiting[source]++
	b.add(i)
	return true
}

// of is where the events of one PBX go. Each PBX has room of its own, so that a flood of one does not cut
// the links of the others.
func (b *inbox) of(pbx string) func(dialer.Event) bool {
	return func(e dialer.Event) bool { return b.offer("pbx "+pbx, item{event: e}) }
}

// questions is the source of what the dialplan asks.
const questions = "questions"

// refusals is how many events found no room.
func (b *inbox) refusals() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refused
}

// put puts in what must not be refused: acknowledgements of the writer, requests. Their number is
// bounded where they come from.
func (b *inbox) put(i item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(i)
}

func (b *inbox) add(i item) {
	b.items = append(b.items, i)
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take moves up to most items into the slice given, which is reused. What is left wakes the loop
// again.
func (b *inbox) take(into []item, most int) []item {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(most, len(b.items))
	into = append(into[:0], b.items[:n]...)
	for _, i := range into {
		if i.source != "" {
			b.waiting[i.source]--
		}
	}
	rest := copy(b.items, b.items[n:])
	clear(b.items[rest:])
	b.items = b.items[:rest]
	if rest > 0 {
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
	return into
}
