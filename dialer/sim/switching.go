package sim

import (
	"slices"
	"time"

	"dialerd/dialer"
)

// switching is a department or a campaign that somebody turns off or on.
type switching struct {
	ask     dialer.AskID
	kind    dialer.SwitchKind
	name    string
	running bool
	done    bool
}

// turnOff stops a department or a campaign; when that is acknowledged, it is started again some
// minutes later.
func (d *daemon) turnOff() {
	x := &switching{kind: dialer.SwitchDepartment, name: "sales"}
	if campaigns := d.sim.scenario.team.campaigns; d.sim.rand.IntN(2) == 0 {
		x = &switching{kind: dialer.SwitchCampaign, name: campaigns[d.sim.rand.IntN(len(campaigns))].Name}
	}
	d.turn(x)
}

// turn asks for it until it is acknowledged, as a person would.
func (d *daemon) turn(x *switching) {
	if x.done || d.sim.quiet {
		return
	}
	d.sim.after(10*time.Second, func() { d.turn(x) })
	if d.core == nil {
		return
	}
	d.asks++
	x.ask = firstSwitch + d.asks
	if !slices.Contains(d.wanted, x) {
		d.wanted = append(d.wanted, x)
	}
	if x.running { // it may take effect and be on disk, and a crash swallow the word of it
		d.sim.referee.switched(x)
	}
	d.put(dialer.SwitchSet{Ask: x.ask, Kind: x.kind, Name: x.name, Running: x.running})
}

// acknowledged is a switch that holds from now on, over a crash too.
func (d *daemon) acknowledged(e dialer.Done) {
	at := slices.IndexFunc(d.wanted, func(x *switching) bool { return x.ask == e.Ask })
	if at < 0 {
		return // it was asked for twice
	}
	x := d.wanted[at]
	d.wanted = slices.Delete(d.wanted, at, at+1)
	x.done = true
	if e.Err != "" {
		return // a reload has taken the campaign away
	}
	d.sim.referee.switched(x)
	if !x.running {
		on := &switching{kind: x.kind, name: x.name, running: true}
		d.sim.after(d.sim.between(10*time.Second, 8*time.Minute), func() { d.turn(on) })
	}
}
