package main

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"dialerd/store"
)

// aheadRows is how many rows of a file are taken together from one goroutine to the next.
const aheadRows = 1000

// aheadBlocks is how many times as many are read while the database is written to.
const aheadBlocks = 64

// leadBlock is rows of a file, one after another, and the leads of those that have no err.
type leadBlock struct {
	rows    []row
	leads   []store.NewLead
	charset charset       // of the file as far as it is known behind the last row
	line    int           // the last that was read
	end     error         // why there are no more rows: io.EOF, or what is wrong with the file
	read    chan struct{} // closed: leads is there
}

// ahead reads the file in goroutines of its own, one that divides it into rows and as many as there are
// processors that make leads of them, and hands over the blocks in their order. They end after the last block,
// or with ctx; over waits for that.
func (f *leadFile) ahead(ctx context.Context) (blocks <-chan *leadBlock, over func()) {
	var running sync.WaitGroup
	order, work := make(chan *leadBlock, aheadBlocks), make(chan *leadBlock, aheadBlocks)
	running.Go(func() {
		defer close(order)
		defer close(work)
		for more := true; more; {
			b := f.block()
			more = b.end == nil
			for _, to := range []chan<- *leadBlock{work, order} {
				select {
				case to <- b:
				case <-ctx.Done():
					return
				}
			}
		}
	})
	for range runtime.GOMAXPROCS(0) {
		own := f.own()
		running.Go(func() {
			for b := range work {
				own.leadsOf(b)
				close(b.read)
			}
		})
	}
	return order, running.Wait
}

// block divides the next part of the file into rows.
func (f *leadFile) block() *leadBlock {
	b := &leadBlock{rows: make([]row, 0, aheadRows), read: make(chan struct{})}
	for len(b.rows) < aheadRows && b.end == nil {
		r, err := f.rows.next()
		if err != nil {
			b.end = err
			break
		}
		b.rows = append(b.rows, r)
	}
	b.charset, b.line = f.rows.charset, f.rows.lines
	return b
}

// leadsOf makes leads of rows. A row that is no lead has err set.
func (f *leadFile) leadsOf(b *leadBlock) {
	b.leads = make([]store.NewLead, 0, len(b.rows))
	for i := range b.rows {
		if r := &b.rows[i]; r.err == nil {
			lead, err := f.read(*r)
			if r.err = err; err == nil {
				b.leads = append(b.leads, lead)
			}
		}
	}
}

// ended tells whether a block is the last of a file that could be read to its end.
func (b *leadBlock) ended() bool { return errors.Is(b.end, io.EOF) }
