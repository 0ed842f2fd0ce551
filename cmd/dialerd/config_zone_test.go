package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"

	"dialerd/dialer/phone"
)

// TestNumberZones: the list is what the library's data holds; with -update it is written anew.
func TestNumberZones(t *testing.T) {
	lines := map[string][]string{}
	for prefix, zones := range libraryZones(t) {
		lines[strings.Join(zones, " ")] = append(lines[strings.Join(zones, " ")], prefix)
	}
	var sorted []string
	for zones, prefixes := range lines {
		slices.Sort(prefixes)
		sorted = append(sorted, zones+": "+strings.Join(prefixes, " ")+"\n")
	}
	slices.Sort(sorted)
	want := strings.Join(sorted, "")
	if *update {
		if err := os.WriteFile("config_zone.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if numberZonesText != want {
		t.Error("config_zone.txt is not what the telephone-number library has: go test ./cmd/dialerd -run TestNumberZones -update, and read the diff")
	}
}

// libraryZones reads the library's own file.
func libraryZones(t *testing.T) map[string][]string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/nyaruka/phonenumbers").Output()
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.Open(filepath.Join(strings.TrimSpace(string(dir)), "data", "prefix_to_timezone.xml.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	size := binary.LittleEndian.Uint32(data)
	names := strings.Split(string(data[4:4+size]), "\n")
	r := bytes.NewReader(data[4+size:])
	read := func(into any) {
		if err := binary.Read(r, binary.LittleEndian, into); err != nil {
			t.Fatal(err)
		}
	}
	var many uint32
	read(&many)
	all := map[string][]string{}
	prefix := uint64(0)
	for range many {
		further, err := binary.ReadUvarint(r)
		if err != nil {
			t.Fatal(err)
		}
		prefix += further
		var n uint8
		read(&n)
		var zones []string
		for range n {
			var i uint16
			read(&i)
			zones = append(zones, names[i])
		}
		all[strconv.FormatUint(prefix, 10)] = zones
	}
	return all
}

// TestNumberZonesAreTheLibrarys asks both about many numbers, most of them near a prefix.
func TestNumberZonesAreTheLibrarys(t *testing.T) {
	all := numberZones()
	var entries []phone.Prefix
	for i, x := range all {
		for _, name := range x.Zones {
			if _, err := time.LoadLocation(name); err != nil {
				t.Error(err)
			}
		}
		for _, p := range x.Prefixes {
			entries = append(entries, phone.Prefix{Digits: p, Value: i})
		}
	}
	if len(entries) < 3000 {
		t.Fatalf("%d prefixes", len(entries))
	}
	table := phone.NewTable(entries)
	r := rand.New(rand.NewPCG(1, 1))
	for range 100_000 {
		digits := entries[r.IntN(len(entries))].Digits
		digits = digits[:1+r.IntN(len(digits))]
		for len(digits) < 11 {
			digits += strconv.Itoa(r.IntN(10))
		}
		n, err := phone.Parse("+" + digits)
		if err != nil {
			t.Fatal(err)
		}
		want, err := phonenumbers.GetTimezonesForPrefix(digits)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{phonenumbers.UNKNOWN_TIMEZONE}
		if i, ok := table.Find(n); ok {
			got = all[i].Zones
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%s is in %v, the library says %v", n, got, want)
		}
	}
}
