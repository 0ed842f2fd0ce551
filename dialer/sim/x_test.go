package sim
import ("testing";"fmt")
func TestX(t *testing.T){ for seed:=range uint64(40){ r:=newSimulation(drawn(seed),nil).run(); v:=""; if len(r.Violations)>0 {v=r.Violations[0]}; fmt.Println(seed,r.Calls,r.Talks,r.Outcomes,r.Faults,len(r.Violations),v)} }
