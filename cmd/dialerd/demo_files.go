package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"dialerd/dialer"
	"dialerd/dialer/sim/pbx"
)

// Names of the demo's files and of what is in them.
const (
	demoInstance = "demo"
	demoUser     = "dialerd"
	demoCampaign = "spring-sale"
	demoQueue    = "sales"
	demoLeads    = "leads.csv"
	demoLog      = "dialerd.log"
	demoDatabase = "dialerd.db"
)

// demoFiles are the files of the demo, as an administrator would write them.
func demoFiles(world pbx.Config, address, secret string, f demoFlags) map[string]string {
	return map[string]string{
		configMain: fmt.Sprintf(`# The daemon and the Asterisk beside it.
instance = %q                       # goes into the id of every call

[[pbx]]
name    = "main"
address = %q             # AMI; here it is the simulated Asterisk
user    = %q
secret  = %q
cps     = 10                            # calls started a second

[[department]]
name    = "sales"
running = true

[agi]
listen = "127.0.0.1:0"                  # 0: any port that is free. Ordinarily 127.0.0.1:4573

[api]
socket = "dialerd.sock"                 # where "dialerd status" asks

[store]
path = %q

[log]
level  = "info"
format = "console"
`, demoInstance, address, demoUser, secret, demoDatabase),
		"queues.toml": fmt.Sprintf(`[[queue]]
name   = %q                        # as in queues.conf
wrapup = "2s"                           # what an operator has for his notes after a talk
`, demoQueue),
		"agents.toml": demoAgents(world),
		"pauses.toml": `[[pause]]
code  = "lunch"
name  = "Lunch"
limit = "45m"
self  = true
`,
		"calendars.toml": `# When people may be called, by the clock where they are. For the demo: always.
[[calendar]]
name  = "always"
hours = ["mon-sun 00:00-24:00"]
`,
		"routes.toml": `[[trunk]]
name  = "city"
dial  = "PJSIP/{digits}@city"
lines = 30
cps   = 8

[[pool]]                                # numbers to show: one who was called before sees the same again
name        = "ours"
numbers     = ["+74951234567", "+74951234568", "+78001234567"]
daily_limit = 2000

[[route]]
name   = "all"
trunks = ["city"]
pools  = ["ours"]
`,
		"campaigns/" + demoCampaign + ".toml": fmt.Sprintf(demoCampaignFile, dialer.Duration(demoRing)),
		demoLeads:                             demoLeadRows(f.seed, demoLeadCount(f.seconds)),
	}
}

const demoCampaignFile = `name       = "spring-sale"
department = "sales"
queue      = "sales"                    # the app_queue queue that gets answered calls
buckets    = ["spring"]
timezone   = "Europe/Moscow"
calendar   = "always"
route      = "all"
caller_id  = "+78001234567"

[pacing]
mode         = "progressive"            # one call per free operator: nobody who answers has to wait
ring_timeout = "%s"                     # ordinarily 25s

[attempts]
total   = 3
per_day = 3
gap     = "1m"                          # ordinarily 30m

[answer]
agent_within = "2s"                     # no operator within it: the call is abandoned

[[rule]]                                # the first that matches an outcome is taken
name    = "busy-soon"
on      = ["busy", "congestion"]
attempt = "1-2"
again   = "1m"

[[rule]]
name  = "not-there"
on    = ["no-answer", "hung-up", "rejected"]
again = "3h"

[[rule]]
name  = "we-were-late"                  # a person answered and found no operator
on    = ["abandoned"]
again = "3d"

[[rule]]
name   = "talked"
on     = ["answered"]
finish = "talked"

[[rule]]
name   = "no-such-number"
on     = ["invalid-number"]
finish = "unreachable"

[[rule]]
name  = "not-his-fault"
on    = ["failed", "cancelled", "lost", "busy", "congestion"]
again = "30m"
`

func demoAgents(world pbx.Config) string {
	var b strings.Builder
	for _, o := range world.Operators {
		fmt.Fprintf(&b, "[[agent]]\nid         = %q\nname       = %q\ninterface  = %q\nqueues     = [%q]\ndepartment = \"sales\"\n\n",
			strings.ToLower(o.Name), o.Name, o.Interface, demoQueue)
	}
	return b.String()
}

// demoLeadCount is enough leads for the demo's time.
func demoLeadCount(seconds int) int { return max(400, 6*seconds) }

// demoLeadRows is the list of customers, in the ways in which people write numbers.
func demoLeadRows(seed uint64, count int) string {
	r := rand.New(rand.NewPCG(seed, 4573))
	first := strings.Fields("Alexei Olga Sergei Irina Dmitri Elena Pavel Tatiana Andrei Natalia Mikhail Svetlana Viktor Yulia Roman Ksenia")
	last := strings.Fields("Ivanenko Morozenko Volkova Lebedev Kozlova Novik Orlova Zaitsev Belova Gromov Frolova Kotov Titova Savin")
	ways := []string{"+7 916 %03d-%02d-%02d", "8 (903) %03d %02d %02d", "7925%03d%02d%02d", "8-985-%03d-%02d-%02d"}
	var b strings.Builder
	b.WriteString("id;name;phone\n")
	for i, n := range r.Perm(10_000_000)[:count] {
		fmt.Fprintf(&b, "C-%05d;%s %s;%s\n", 10_000+i, first[r.IntN(len(first))], last[r.IntN(len(last))],
			fmt.Sprintf(ways[r.IntN(len(ways))], n/10_000, n/100%100, n%100))
	}
	return b.String()
}
