package main

import (
	"sync"

	"dialerd/dialer"
)

// inboxRoom is how many events of the PBXs may wait for the loop: about two seconds of the busiest
// Asterisk. A link that finds no room drops its connection and reads the state anew.
const inboxRoom = 65536

// inbox is what waits for the loop, in the order it came. Nobody who puts something in ever waits.
type inbox struct {
	wake chan struct{} // capacity 1: something waits

	mu      sync.Mutex
	items   []item
	refused int64 // events and questions for which there was no room
}

// item is an event, or something to be read from the Dialer on its own goroutine.
type item struct {
	event  dialer.Event
	answer chan<- dialer.Answer // capacity 1; of an Asked
	done   chan<- dialer.Done   // capacity 1; of a SwitchSet
	read   func(*dialer.Dialer)
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

// offer puts in an event of a PBX; it is false, and nothing is put in, when there is no room.
func (b *inbox) offer(e dialer.Event) bool { return b.offerItem(item{event: e}) }

// offerItem is offer for a question of the dialplan too: the loop is seconds behind when there is no
// room, and an answer would come too late.
func (b *inbox) offerItem(i item) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.items) >= inboxRoom {
		b.refused++
		return false
	}
	b.add(i)
	return true
}

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
