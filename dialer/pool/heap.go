package pool

// heap is slots by a key, the smallest first; equal keys go by slot. It has four children to a node,
// which makes it flat, and lies in chunks, so that it grows without moving.
type heap struct {
	keys  chunked[uint64]
	slots chunked[uint32]
}

func (h *heap) len() int { return h.keys.n }

func (h *heap) push(key uint64, slot uint32) {
	i := h.keys.n
	h.keys.push(key)
	h.slots.push(slot)
	for i > 0 {
		up := (i - 1) / 4
		if !less(key, slot, h.keys.at(up), h.slots.at(up)) {
			break
		}
		h.keys.set(i, h.keys.at(up))
		h.slots.set(i, h.slots.at(up))
		i = up
	}
	h.keys.set(i, key)
	h.slots.set(i, slot)
}

func (h *heap) pop() (slot uint32) {
	slot = h.slots.at(0)
	lastKey, lastSlot := h.keys.pop(), h.slots.pop()
	n := h.keys.n
	if n == 0 {
		return slot
	}
	i := 0
	for {
		best, bestKey, bestSlot := i, lastKey, lastSlot
		for c := 4*i + 1; c < n && c <= 4*i+4; c++ {
			if k, s := h.keys.at(c), h.slots.at(c); less(k, s, bestKey, bestSlot) {
				best, bestKey, bestSlot = c, k, s
			}
		}
		h.keys.set(i, bestKey)
		h.slots.set(i, bestSlot)
		if best == i {
			return slot
		}
		i = best
	}
}

func less(key uint64, slot uint32, key2 uint64, slot2 uint32) bool {
	return key < key2 || key == key2 && slot < slot2
}

// chunked is a list that grows without moving, and gives memory back when it shrinks.
type chunked[T any] struct {
	chunks [][]T
	n      int
}

func (c *chunked[T]) at(i int) T     { return c.chunks[i>>chunkBits][i&(chunkSize-1)] }
func (c *chunked[T]) set(i int, v T) { c.chunks[i>>chunkBits][i&(chunkSize-1)] = v }

func (c *chunked[T]) push(v T) {
	at := c.n >> chunkBits
	if at == len(c.chunks) {
		c.chunks = append(c.chunks, nil)
	}
	c.chunks[at] = append(c.chunks[at], v)
	c.n++
}

func (c *chunked[T]) pop() T {
	c.n--
	at := c.n >> chunkBits
	last := c.chunks[at]
	v := last[len(last)-1]
	if c.chunks[at] = last[:len(last)-1]; len(last) == 1 {
		c.chunks = c.chunks[:at]
	}
	return v
}
