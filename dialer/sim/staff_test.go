package sim

import (
	"strings"
	"testing"
)

// TestRefereeFindsStaff: each judgement of operators who ask for their pauses finds the fault that it is there for.
func TestRefereeFindsStaff(t *testing.T) {
	if *oneSeed >= 0 {
		t.Skip("one seed is wanted")
	}
	for plant, found := range map[plant]string{plantIntents: "is not paused in", plantLift: "is paused (", plantPenalty: "who leaves, behind penalty",
		plantHasty: "after he had asked for it", plantWait: "has waited outside queue", plantSlow: "everybody there leaves"} {
		t.Run(found, func(t *testing.T) {
			for seed := range uint64(40) {
				c := drawn(seed)
				c.plant = plant
				for _, v := range newSimulation(c, nil).run().Violations {
					if strings.Contains(v, found) {
						t.Logf("seed %d: %s", seed, v)
						return
					}
				}
			}
			t.Error("nobody noticed in 40 hours")
		})
	}
}

// TestStaffShows: the drawn hours have enough of what is judged.
func TestStaffShows(t *testing.T) {
	if *oneSeed >= 0 {
		t.Skip("one seed is wanted")
	}
	paused, working, logins, pauses := 0, 0, 0, 0
	for seed := range uint64(12) {
		s := newSimulation(drawn(seed), nil)
		s.run()
		paused, working, pauses = paused+s.referee.kept[true], working+s.referee.kept[false], pauses+len(s.disk.rows.pauses)
		for _, a := range s.disk.rows.agents {
			if !a.Login.IsZero() {
				logins++
			}
		}
	}
	t.Logf("operators who stood as they were to: %d paused, %d at work; %d logged in at the end, %d pauses over", paused, working, logins, pauses)
	if paused < 100 || working < 100 || logins < 10 || pauses < 100 {
		t.Error("it shows too little")
	}
}
