package main

import (
	"fmt"
	"strings"
	"time"

	"dialerd/dialer/sim/pbx"
)

// demoRing is how long a customer's telephone rings at most.
const demoRing = 8 * time.Second

// demoWorld is a call centre in which everything takes less time than in life: rings and talks are
// some seconds, breaks are ten.
func demoWorld(seed uint64) pbx.Config {
	const longestTalk = 15 * time.Second
	world := pbx.Config{
		Seed:   seed,
		Queues: []pbx.Queue{{Name: demoQueue, Ring: 6 * time.Second, Wrapup: 2 * time.Second}},
		Trunks: []pbx.Trunk{{Name: "city", Lines: 30}},
		Customers: pbx.Customers{Busy: 0.09, NoAnswer: 0.22, Congestion: 0.02, Invalid: 0.03, Rejected: 0.04, Failed: 0.004,
			Early: 0.04, Ring: 2 * time.Second, Patience: 15 * time.Second, Talk: 6 * time.Second, ByAgent: 0.5},
		Teams: pbx.Teams{PickUp: 700 * time.Millisecond, Misses: 0.02, BreakEvery: 4 * time.Minute, Break: 10 * time.Second},
	}
	for i, name := range strings.Fields("Anna Boris Vera Gleb Daria Yegor Zoya Ivan Kira Lev Maria Nikita") {
		world.Operators = append(world.Operators, pbx.Operator{Name: name, Interface: fmt.Sprintf("PJSIP/%d", 101+i), Queues: []string{demoQueue},
			From: -17 * time.Second, To: 48 * time.Hour, // they come within the first seconds
			Ends: longestTalk})
	}
	return world
}
