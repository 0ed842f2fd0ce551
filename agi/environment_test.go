package agi

import (
	"bufio"
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	codec "github.com/zaf/agi"

	"dialerd/agi/agitest"
)

// environments are blocks to begin fuzzing with, good ones and those that hurt the library.
var environments = [][]byte{
	call7.Environment(),
	agitest.Channel{Script: "machine", UniqueID: "da-7", Args: []string{"da-7", "MACHINE"}}.Environment(),
	agitest.Channel{Script: "pause", Name: "PJSIP/101-0000002a", UniqueID: "17.2", Args: []string{"", "2"}}.Environment(),
	agitest.Channel{Script: "login", Name: "Local/7@desks-00000003;1", UniqueID: "17.2", Args: []string{"anna"}}.Environment(),
	agitest.Channel{Script: "reserve", Name: ";-", UniqueID: "17.2"}.Environment(),
	[]byte("a: b\n\n"),
	[]byte("agi_x:\n\n"),
	[]byte("agi_x: \r\n\r\nHANGUP\n"),
	[]byte("ab\n"),
	[]byte(":\n:\n"),
	[]byte("\n"),
	nil,
	lines(150),
	lines(151),
}

// FuzzEnvironment holds readEnvironment to its promise: what it lets through the library reads
// whole, and what stands behind the block is left alone.
func FuzzEnvironment(f *testing.F) {
	for _, block := range environments {
		f.Add(block)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		in := bytes.NewReader(input)
		block, behind, err := readEnvironment(in)
		if slow, _, slowErr := readEnvironment(iotest.OneByteReader(bytes.NewReader(input))); (err == nil) != (slowErr == nil) || !bytes.Equal(slow, block) {
			t.Fatalf("at once: %q, %v; byte by byte: %q, %v", block, err, slow, slowErr)
		}
		if err != nil {
			return
		}
		if len(block) > maxEnvBytes || !bytes.HasPrefix(input, block) {
			t.Fatalf("a block of %d bytes is not the beginning of the input", len(block))
		}
		stream := bufio.NewReader(io.MultiReader(bytes.NewReader(block), bytes.NewReader(behind), in))
		session := codec.New()
		if err := session.Init(bufio.NewReadWriter(stream, bufio.NewWriter(io.Discard))); err != nil {
			t.Fatalf("the library refuses what was let through: %v", err)
		}
		if got, want := len(session.Env), bytes.Count(block, []byte("\n"))-1; got != want {
			t.Fatalf("the library found %d names in %d lines", got, want)
		}
		rest, err := io.ReadAll(stream)
		if err != nil || !bytes.Equal(rest, input[len(block):]) {
			t.Fatalf("behind the block: %q, %v; want %q", rest, err, input[len(block):])
		}
	})
}
