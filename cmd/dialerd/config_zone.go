package main

import (
	_ "embed"
	"strings"
	"sync"

	"dialerd/dialer"
)

// numberZonesText is the time zones of telephone numbers as the telephone-number library has them: on
// each line some zones, a colon, and the prefixes of the numbers that are in one of them. The library
// answers for one number at a time and does not list what it knows, so the list is taken from its data
// by go test ./cmd/dialerd -run TestNumberZones -update, and that test fails when a newer library says
// something else.
//
//go:embed config_zone.txt
var numberZonesText string

// numberZones is the list as the Dialer takes it.
var numberZones = sync.OnceValue(func() (all []dialer.NumberZones) {
	for line := range strings.Lines(numberZonesText) {
		if zones, prefixes, ok := strings.Cut(line, ":"); ok {
			all = append(all, dialer.NumberZones{Zones: strings.Fields(zones), Prefixes: strings.Fields(prefixes)})
		}
	}
	return all
})
