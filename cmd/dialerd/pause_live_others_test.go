package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// The cases in which Asterisk itself, its console, its files or its restart change what operators are.

// He does not answer, and Asterisk pauses him. His word that he works says that he is there again.
func (x *shift) case45() {
	x.join("auto", "dead45")
	x.call("autumn", "725")
	x.stands("dead45", "paused(Auto-Pause) by asterisk")
	x.quiet()
	x.shows("dead45", "auto paused(Auto-Pause) 2")
	x.asks("dead45", work, "awaiting", "auto works 2")
	x.state("dead45", dialer.AgentReady)
	x.lifts("dead45", 1)
	x.leave("dead45")
}

func (x *shift) case46() {
	x.join("sales", "op46")
	unpause, meeting := "queue unpause member "+operatorAt("op46"), "queue pause member "+operatorAt("op46")+" queue sales reason meeting"
	reserve := func() {
		x.asks("op46", keptFree, "callback(callback) by dialerd", "sales paused(callback) 2")
	}
	reserve()
	x.cli(unpause) // and he is not kept free any more
	x.stands("op46", "working")
	x.shows("op46", "sales works 2")
	reserve()
	x.cli(meeting)
	x.stands("op46", "paused(meeting) by foreign")
	x.says("op46", work, "paused(meeting) by foreign") // it is not his to lift
	x.cli(unpause)
	x.stands("op46", "working")
	x.shows("op46", "sales works 2")

	x.asks("op46", lunch, "paused(lunch) by agent", "sales paused(lunch) 2")
	x.cli(unpause) // his own pause is over
	x.stands("op46", "working")

	x.asks("op46", sentOut, "paused(training) by supervisor", "sales paused(training) 2")
	x.cli(unpause) // a supervisor's is set again, once
	x.p.until("it is set again", func(api.Status) bool { return x.p.logHas(`supervisor's pause (training) of operator \"op46\"`) })
	x.shows("op46", "sales paused(training) 2")
	x.cli(unpause)
	x.stands("op46", "working")
	x.shows("op46", "sales works 2")
	x.leave("op46")
}

func (x *shift) case47() {
	x.join("sales", "op47")
	x.call("spring", "400")
	x.ringing(1)
	x.asks("op47", lunch, "pausing(lunch) by agent", "sales works 1002")
	x.cli("queue set penalty 7 on " + operatorAt("op47") + " in sales")
	x.shows("op47", "sales works 7")
	x.hangUp()
	x.shows("op47", "sales paused(lunch) 7")
	x.says("op47", work, "awaiting")
	x.shows("op47", "sales works 7") // behind ours for a moment, and his own again
	x.put("op47", 1007, 1)
	x.state("op47", dialer.AgentReady)
	x.leave("op47")
}

// He is taken out of the queue on his way out, and while he is kept free. Added again, he has nothing of ours.
func (x *shift) case48and49() {
	remove, add := "queue remove member "+operatorAt("op48")+" from sales", "queue add member "+operatorAt("op48")+" to sales penalty 2 as op48"
	x.join("sales", "op48", "op49")
	for _, on := range []func(){
		func() {
			x.call("spring", "400", "400")
			x.ringing(2)
			x.asks("op48", lunch, "pausing(lunch) by agent", "sales works 1002")
		},
		func() {
			x.asks("op48", keptFree, "callback(callback) by dialerd", "sales paused(callback) 2")
		},
		func() {
			x.asks("op48", coffee, "paused(break) by agent", "sales paused(break) 2")
			x.says("op48", work, "awaiting")
		},
	} {
		on()
		x.cli(remove)
		x.p.until("he is gone", func(s api.Status) bool { return agentIn(s, "op48") == nil })
		x.hangUp()
		x.cli(add)
		x.stands("op48", "working")
		x.shows("op48", "sales works 2")
	}
	x.leave("op48")
	x.leave("op49")
}

func (x *shift) case50() {
	x.join("sales", "op50")
	x.join("q1", "op50")
	x.join("support", "op50")
	if n := len(slices.DeleteFunc(x.p.linked().Agents, func(a api.Agent) bool { return a.Interface != operatorAt("op50") })); n != 1 {
		x.t.Errorf("he is counted %d times", n)
	}
	x.cli("queue pause member " + operatorAt("op50") + " queue q1 reason meeting")
	x.shows("op50", "q1 paused(meeting) 2, sales works 2, support works 2")
	x.state("op50", dialer.AgentReady) // the others ring him
	x.asks("op50", lunch, "paused(lunch) by agent", "q1 paused(meeting) 2, sales paused(lunch) 2, support paused(lunch) 2")
	x.asks("op50", work, "awaiting", "q1 paused(meeting) 2, sales works 2, support works 2")
	x.leave("op50")
}

// A reload of changed queues takes the penalty of a member by queues.conf back to what stands there, and the reason
// of his pause, but not the pause; nothing is told of it but that there was a reload.
func (x *shift) case51() {
	reload := func() {
		x.queuesConf("; " + fmt.Sprint(time.Now().UnixNano()) + "\n")
	}
	x.call("winter", "400")
	x.ringing(1)
	x.asks("op51", lunch, "pausing(lunch) by agent", "fixed works 1002")
	reload()
	x.shows("op51", "fixed works 1002")
	x.put("op51", 1002, 2)
	x.hangUp()
	x.shows("op51", "fixed paused(lunch) 2")
	reload()
	if got := x.shown("op51"); got != "fixed paused() 2" {
		x.t.Errorf("after a reload he is %s: Asterisk is not as it was when this was written", got)
	}
	x.p.until("the daemon knows", func(s api.Status) bool {
		return slices.ContainsFunc(s.Agents, func(a api.Agent) bool { return a.ID == "op51" && a.Queues[0].Paused && a.Queues[0].Reason == "" })
	})
	x.asks("op51", work, "awaiting", "fixed works 2")
	x.state("op51", dialer.AgentReady)
}

// queuesConf adds to queues.conf, and has Asterisk read it again.
func (x *shift) queuesConf(text string) {
	x.t.Helper()
	x.editQueuesConf(func(all string) string { return all + text })
}

func (x *shift) editQueuesConf(edit func(string) string) {
	x.t.Helper()
	path := filepath.Join(x.dir, "etc/queues.conf")
	text, err := os.ReadFile(path)
	if err != nil {
		x.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(edit(string(text))), 0o600); err != nil {
		x.t.Fatal(err)
	}
	x.lab.cli("module reload app_queue.so")
}

// With persistentmembers = yes Asterisk writes down the penalty that a member has when he is paused or unpaused, which may
// be ours, and not that it is changed after that. After its restart his own is given back to him.
func (x *shift) asteriskRemembers() {
	x.editQueuesConf(func(all string) string {
		return strings.Replace(all, "persistentmembers = no", "persistentmembers = yes", 1)
	})
	x.join("sales", "op56", "op57")
	x.call("spring", "400", "400")
	x.ringing(2)
	x.asks("op57", lunch, "pausing(lunch) by agent", "sales works 1002")
	x.hangUp()
	x.shows("op57", "sales paused(lunch) 2")
	// As the daemon has left op56 long ago: of that it knows nothing any more.
	penalty := func(n string) {
		x.m.do("QueuePenalty", "Queue", "sales", "Interface", operatorAt("op56"), "Penalty", n)
	}
	penalty("1002")
	x.m.pause(operatorAt("op56"), "meeting", true)
	penalty("2")
	restarts := x.mayRestart().PBXs[0].Restarts
	x.lab.cli("core restart now")
	x.p.until("Asterisk has been restarted", func(s api.Status) bool { return s.PBXs[0].Up && s.PBXs[0].Restarts > restarts })
	x.reconnect()
	x.shows("op56", "sales paused(meeting) 2")
	x.shows("op57", "sales paused(lunch) 2")
	x.asks("op57", work, "awaiting", "sales works 2")
	x.leave("op56")
	x.leave("op57")
}

// mayRestart waits until the start of this Asterisk can be told from its next: the daemon goes by that, give or take two seconds.
func (x *shift) mayRestart() api.Status {
	x.t.Helper()
	return x.p.until("Asterisk has run for three seconds", func(s api.Status) bool { return s.Now.Sub(s.PBXs[0].Started) > 3*time.Second })
}

// Asterisk forgets members that were added to it, and their pauses. Who was logged in by the daemon is logged in again.
func (x *shift) asteriskRestarted() {
	for _, id := range []string{"olga", "boris"} {
		x.says(id, api.AgentLogin{}, "awaiting")
		x.state(id, dialer.AgentReady)
	}
	x.says("boris", lunch, "paused(lunch) by agent")
	x.shows("op72", "q1 paused(lunch) 2, sales paused(lunch) 2")
	x.mayRestart()
	x.kill()
	x.p.until("the link is down", func(s api.Status) bool { return !s.PBXs[0].Up })
	x.startAgain()
	x.reconnect()
	x.p.linked()
	x.shows("op71", "q1 works 2, sales works 2")
	x.shows("op72", "q1 paused(lunch) 2, sales paused(lunch) 2")
	x.stands("olga", "working")
	x.stands("boris", "paused(lunch) by agent")
	x.says("boris", work, "awaiting")
	x.shows("op72", "q1 works 2, sales works 2")
}
