package dialer

import (
	"fmt"
	"slices"
	"strings"

	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

// Config is everything an administrator decides, read from his files and handed over whole. A
// Config given to the Dialer has been validated and is never changed afterwards.
type Config struct {
	Instance    string // goes into the channel ids of calls
	PBXs        []PBX
	Departments []Department
	Queues      []Queue
	Agents      []AgentConfig
	Pauses      []PauseReason
	Calendars   []calendar.Calendar
	Trunks      []Trunk
	Pools       []Pool
	Routes      []Route
	Campaigns   []Campaign
	DNC         phone.Masks   // numbers and masks never called, of the files
	DNCLists    []DNCList     // that campaigns name
	Zones       []NumberZones // of numbers, for leads that bring none
}

// PBX is one Asterisk, as far as deciding goes.
type PBX struct {
	Name  string  `toml:"name"`
	CPS   float64 `toml:"cps"`   // originates per second, over all its trunks; 0: 20
	Lines int     `toml:"lines"` // calls of ours at once; 0: no limit
}

// Department is a group of campaigns and operators that is started and stopped together.
type Department struct {
	Name    string `toml:"name"`
	Running bool   `toml:"running"` // until somebody starts or stops it by hand
}

// Queue is an app_queue queue that gets answered calls.
type Queue struct {
	Name            string   `toml:"name"`
	PBX             string   `toml:"pbx"` // may be left out when there is one
	Wrapup          Duration `toml:"wrapup"`
	WrapupBy        WrapupBy `toml:"wrapup_by"`
	AwaitingPenalty int      `toml:"awaiting_penalty"`
}

// AgentConfig is an operator that the administrator names. Members that are not listed are found
// in Asterisk.
type AgentConfig struct {
	ID         string       `toml:"id"`
	Name       string       `toml:"name"`
	Interface  string       `toml:"interface"`
	Queues     []string     `toml:"queues"`
	Penalty    int          `toml:"penalty"`
	CallerID   phone.Number `toml:"caller_id"`
	Department string       `toml:"department"`
	Deputy     string       `toml:"deputy"` // who takes his callbacks
}

// PauseReason is why an operator may be paused.
type PauseReason struct {
	Code  string   `toml:"code"`
	Name  string   `toml:"name"`
	Limit Duration `toml:"limit"` // 0: none
	Paid  bool     `toml:"paid"`
	Self  bool     `toml:"self"` // an operator may set it himself
}

// NewQueue is a queue with its defaults.
func NewQueue() Queue { return Queue{AwaitingPenalty: 1000} }

// NewDepartment is a department with its defaults.
func NewDepartment() Department { return Department{Running: true} }

// Fault is something in the configuration that cannot be. Path names the value by the keys that
// lead to it, as trunk[2].lines or campaign[0].rule[1].again; indexes count from 0 within Config.
type Fault struct{ Path, Text string }

func (f Fault) String() string { return f.Path + ": " + f.Text }

type reporter func(key, format string, args ...any)

// Validate finds every fault at once. It also fills in what may be left out when there is only one
// choice: the PBX of queues and trunks.
func (c *Config) Validate() []Fault {
	v := &validation{config: c}
	v.instance()
	v.pbxs()
	v.queues()
	v.agents()
	v.pauses()
	v.calendars()
	v.routes()
	v.campaigns()
	return v.faults
}

// validation gathers faults and the names that others may refer to.
type validation struct {
	config *Config
	faults []Fault
}

func (v *validation) at(path string) reporter {
	return func(key, format string, args ...any) {
		if key != "" && path != "" {
			key = path + "." + key
		} else if key == "" {
			key = path
		}
		v.faults = append(v.faults, Fault{Path: key, Text: fmt.Sprintf(format, args...)})
	}
}

func (v *validation) instance() {
	if s := v.config.Instance; s == "" || len(s) > 16 || !plainWord(s, "") {
		v.at("")("instance", "%q is no instance name: 1 to 16 letters and digits, as in instance = \"a\"", s)
	}
}

func (v *validation) pbxs() {
	seen := unique{}
	for i, p := range v.config.PBXs {
		fault := v.at(fmt.Sprintf("pbx[%d]", i))
		name(fault, "name", p.Name)
		seen.add(fault, "name", "PBX", p.Name)
		rate(fault, p.CPS)
		lines(fault, p.Lines)
	}
	if len(v.config.PBXs) == 0 {
		v.at("")("pbx", "no PBX: say in dialerd.toml which Asterisk to use, in a [[pbx]] table")
	}
	departments := unique{}
	for i, d := range v.config.Departments {
		fault := v.at(fmt.Sprintf("department[%d]", i))
		name(fault, "name", d.Name)
		departments.add(fault, "name", "department", d.Name)
	}
}

func (v *validation) queues() {
	seen := unique{}
	for i := range v.config.Queues {
		q := &v.config.Queues[i]
		fault := v.at(fmt.Sprintf("queue[%d]", i))
		name(fault, "name", q.Name)
		seen.add(fault, "name", "queue", q.Name)
		v.pbx(fault, &q.PBX)
		if q.AwaitingPenalty < 1 || q.AwaitingPenalty > 1000 {
			fault("awaiting_penalty", "%d: between 1 and 1000; app_queue's arithmetic overflows above", q.AwaitingPenalty)
		}
	}
}

func (v *validation) agents() {
	ids, interfaces := unique{}, unique{}
	for i, a := range v.config.Agents {
		fault := v.at(fmt.Sprintf("agent[%d]", i))
		name(fault, "id", a.ID)
		ids.add(fault, "id", "agent", a.ID)
		if !strings.Contains(a.Interface, "/") || !plainWord(a.Interface, "/@._-:+") {
			fault("interface", "%q is no interface: write it as in the queue, PJSIP/101", a.Interface)
		}
		interfaces.add(fault, "interface", "interface", a.Interface)
		memberName(fault, a.Name)
		for j, q := range a.Queues {
			key := fmt.Sprintf("queues[%d]", j)
			v.known(fault, key, "queue", q, v.queueNames())
			if slices.Contains(a.Queues[:j], q) {
				fault(key, "queue %q is there twice: keep one", q)
			}
		}
		if a.Penalty < 0 || a.Penalty >= v.awaiting(a.Queues) {
			fault("penalty", "%d: from 0 and below awaiting_penalty of his queues (%d), which marks who is leaving", a.Penalty, v.awaiting(a.Queues))
		}
		v.department(fault, a.Department)
	}
	for i, a := range v.config.Agents {
		if a.Deputy != "" {
			v.known(v.at(fmt.Sprintf("agent[%d]", i)), "deputy", "agent", a.Deputy, ids.names())
		}
	}
	v.deputies()
}

// deputies refuses a ring of deputies, in which a callback would go round.
func (v *validation) deputies() {
	next := map[string]string{}
	for _, a := range v.config.Agents {
		next[a.ID] = a.Deputy
	}
	for i, a := range v.config.Agents {
		chain := []string{a.ID}
		for id := a.Deputy; id != "" && len(chain) <= len(next); id = next[id] {
			chain = append(chain, id)
			if id == a.ID {
				v.at(fmt.Sprintf("agent[%d]", i))("deputy", "deputies form a ring: %s", strings.Join(chain, " to "))
				break
			}
		}
	}
}

func (v *validation) awaiting(queues []string) int {
	least := 1000
	for _, q := range v.config.Queues {
		for _, n := range queues {
			if n == q.Name && q.AwaitingPenalty < least {
				least = q.AwaitingPenalty
			}
		}
	}
	return least
}

func (v *validation) pauses() {
	seen := unique{}
	for i, p := range v.config.Pauses {
		fault := v.at(fmt.Sprintf("pause[%d]", i))
		name(fault, "code", p.Code)
		seen.add(fault, "code", "pause reason", p.Code)
		if err := reasonTaken(p.Code); err != nil {
			fault("code", "%s", err)
		}
	}
}

func (v *validation) calendars() {
	seen := unique{}
	for i := range v.config.Calendars {
		c := &v.config.Calendars[i]
		fault := v.at(fmt.Sprintf("calendar[%d]", i))
		name(fault, "name", c.Name)
		seen.add(fault, "name", "calendar", c.Name)
		if len(c.Hours) == 0 {
			fault("hours", "never open: give it hours = [\"mon-fri 09:00-20:00\"]")
		}
		datesOnce(fault, "", c.Dates)
		for j, r := range c.Regions {
			datesOnce(fault, fmt.Sprintf("region[%d].", j), r.Dates)
		}
	}
}

// datesOnce refuses a day that is there twice: which of the two holds nobody could tell.
func datesOnce(fault reporter, at string, dates []calendar.Date) {
	seen := map[calendar.Day]bool{}
	for i, d := range dates {
		if seen[d.Day] {
			fault(fmt.Sprintf("%sdates[%d]", at, i), "%s is there twice: keep one of them, with all its hours", d.Day)
		}
		seen[d.Day] = true
	}
}

func (v *validation) campaigns() {
	seen := unique{}
	for i := range v.config.Campaigns {
		c := &v.config.Campaigns[i]
		at := fmt.Sprintf("campaign[%d]", i)
		fault := v.at(at)
		v.faults = append(v.faults, c.Validate(at)...)
		seen.add(fault, "name", "campaign", c.Name)
		v.known(fault, "queue", "queue", c.Queue, v.queueNames())
		v.department(fault, c.Department)
		if c.Calendar != "" {
			v.known(fault, "calendar", "calendar", c.Calendar, v.calendarNames())
			v.ruleHours(fault, c)
		}
		v.known(fault, "route", "route", c.Route, v.routeNames())
		v.dncLists(fault, c)
		v.samePBX(fault, c)
	}
}

// samePBX refuses a route whose trunk is on another PBX than the campaign's queue: a call cannot
// walk from one to the other.
func (v *validation) samePBX(fault reporter, c *Campaign) {
	var home string
	for _, q := range v.config.Queues {
		if q.Name == c.Queue {
			home = q.PBX
		}
	}
	for _, r := range v.config.Routes {
		if r.Name != c.Route {
			continue
		}
		for _, t := range v.config.Trunks {
			for _, n := range r.Trunks {
				if n == t.Name && home != "" && t.PBX != home {
					fault("route", "trunk %q of route %q is on PBX %q, but queue %q is on %q: both have to be on one", t.Name, r.Name, t.PBX, c.Queue, home)
				}
			}
		}
	}
}

func (v *validation) pbx(fault reporter, pbx *string) {
	var names []string
	for _, p := range v.config.PBXs {
		names = append(names, p.Name)
	}
	if *pbx == "" && len(names) == 1 {
		*pbx = names[0]
		return
	}
	v.known(fault, "pbx", "PBX", *pbx, names)
}

func (v *validation) department(fault reporter, d string) {
	if d == "" {
		return
	}
	var names []string
	for _, x := range v.config.Departments {
		names = append(names, x.Name)
	}
	v.known(fault, "department", "department", d, names)
}

func (v *validation) known(fault reporter, key, what, wanted string, names []string) {
	for _, n := range names {
		if n == wanted {
			return
		}
	}
	switch {
	case wanted == "":
		fault(key, "is missing: it has to name a %s", what)
	case len(names) == 0:
		fault(key, "there is no %s %q: none is defined", what, wanted)
	default:
		fault(key, "there is no %s %q%s", what, wanted, meant(wanted, names))
	}
}

func (v *validation) queueNames() (names []string) {
	for _, q := range v.config.Queues {
		names = append(names, q.Name)
	}
	return names
}

func (v *validation) calendarNames() (names []string) {
	for _, c := range v.config.Calendars {
		names = append(names, c.Name)
	}
	return names
}
