package phone

// patterns is a set of masks as a tree of digits: a number walks down it from its first digit on, so that
// what it costs does not depend on how many masks there are. Nodes lie in one slice.
type patterns struct {
	nodes []node // the first is the root
	count int
}

// node is what masks with the same beginning go on with.
type node struct {
	next [anyDigit + 1]uint32 // by digit, and for ?; 0: nothing
	ends bool                 // a mask ends here
	star bool                 // one ends here with *
}

const anyDigit = 10 // the branch of ?

// branch is where a mask goes on for one of its characters.
func branch(c byte) int {
	if c == '?' {
		return anyDigit
	}
	return int(c - '0')
}

// add takes a mask without its plus; it is false when it was there. mark is the one for its end.
func (p *patterns) add(body string, star bool) bool {
	if len(p.nodes) == 0 {
		p.nodes = make([]node, 1)
	}
	at := uint32(0)
	for i := range len(body) {
		b := branch(body[i])
		if p.nodes[at].next[b] == 0 {
			p.nodes = append(p.nodes, node{})
			p.nodes[at].next[b] = uint32(len(p.nodes) - 1)
		}
		at = p.nodes[at].next[b]
	}
	return p.mark(at, star, true)
}

// remove takes a mask out; it is false when it was not there. Its way stays: it may come again.
func (p *patterns) remove(body string, star bool) bool {
	at, ok := p.end(body)
	if !ok || !p.mark(at, star, false) {
		return false
	}
	if p.count == 0 {
		p.nodes = nil
	}
	return true
}

// has tells whether the set has this very mask.
func (p *patterns) has(body string, star bool) bool {
	at, ok := p.end(body)
	return ok && *p.nodes[at].sign(star)
}

func (p *patterns) end(body string) (at uint32, ok bool) {
	if len(p.nodes) == 0 {
		return 0, false
	}
	for i := range len(body) {
		if at = p.nodes[at].next[branch(body[i])]; at == 0 {
			return 0, false
		}
	}
	return at, true
}

// sign is what says that a mask ends at the node.
func (n *node) sign(star bool) *bool {
	if star {
		return &n.star
	}
	return &n.ends
}

// mark sets or clears the end of a mask; it is false when it was so.
func (p *patterns) mark(at uint32, star, there bool) bool {
	sign := p.nodes[at].sign(star)
	if *sign == there {
		return false
	}
	*sign = there
	if p.count++; !there {
		p.count -= 2
	}
	return true
}

// fit tells whether a number fits any mask.
func (p *patterns) fit(n Number) bool {
	if p.count == 0 {
		return false
	}
	var digits [20]byte
	i := len(digits)
	for ; n > 0; n /= 10 {
		i--
		digits[i] = byte(n % 10)
	}
	return p.walk(0, digits[i:])
}

func (p *patterns) walk(at uint32, digits []byte) bool {
	for {
		x := &p.nodes[at]
		switch {
		case x.star:
			return true
		case len(digits) == 0:
			return x.ends
		}
		if other := x.next[anyDigit]; other != 0 && p.walk(other, digits[1:]) {
			return true
		}
		if at = x.next[digits[0]]; at == 0 {
			return false
		}
		digits = digits[1:]
	}
}

// each calls do with every mask, its plus included, in the order of its characters, until it is false.
func (p *patterns) each(do func(mask string) bool) {
	if p.count > 0 {
		p.below(0, []byte("+"), do)
	}
}

func (p *patterns) below(at uint32, path []byte, do func(string) bool) bool {
	x := p.nodes[at]
	if x.star && !do(string(path)+"*") || x.ends && !do(string(path)) {
		return false
	}
	for b, next := range x.next {
		if next != 0 && !p.below(next, append(path, "0123456789?"[b]), do) {
			return false
		}
	}
	return true
}
