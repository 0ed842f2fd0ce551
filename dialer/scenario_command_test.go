package dialer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dialerd/dialer/calendar"
)

// configure adds to the configuration that start hands over.
func (w *world) configure(c command) {
	cfg := &w.config
	switch c.word {
	case "pbx":
		cfg.PBXs[0].CPS, cfg.PBXs[0].Lines = float64(c.number("cps")), c.number("lines")
	case "queue":
		q := NewQueue()
		q.Name = c.arg(0)
		c.option("wrapup", &q.Wrapup)
		c.option("by", &q.WrapupBy)
		if _, ok := c.options["awaiting"]; ok {
			q.AwaitingPenalty = c.number("awaiting")
		}
		cfg.Queues = again(slices.Clone(cfg.Queues), q, func(x Queue) bool { return x.Name == q.Name })
	case "trunk":
		cfg.Trunks = append(cfg.Trunks, c.trunk())
	case "pool":
		p := c.pool()
		cfg.Pools = again(slices.Clone(cfg.Pools), p, func(x Pool) bool { return x.Name == p.Name })
	case "route":
		r := Route{Name: c.arg(0), Prefix: c.options["prefix"], Trunks: c.args[1:]}
		if p := c.options["pools"]; p != "" {
			r.Pools = strings.Split(p, ",")
		}
		cfg.Routes = append(cfg.Routes, r)
	case "calendar":
		var h calendar.Hours
		if err := h.UnmarshalText([]byte(strings.Join(c.args[1:], " "))); err != nil {
			w.t.Fatal(err)
		}
		cfg.Calendars = append(cfg.Calendars, calendar.Calendar{Name: c.arg(0), Hours: []calendar.Hours{h}})
	case "holiday", "date", "region", "zones":
		c.configureDays(cfg)
	case "department":
		cfg.Departments = append(cfg.Departments, Department{Name: c.arg(0), Running: c.arg(1) != "stopped"})
	case "agent":
		a := AgentConfig{ID: c.arg(0), Interface: c.arg(1), Queues: strings.FieldsFunc(c.options["queues"], comma), Penalty: c.number("penalty")}
		cfg.Agents = append(slices.DeleteFunc(slices.Clone(cfg.Agents), func(x AgentConfig) bool { return x.ID == a.ID }), a)
	case "pause":
		r := PauseReason{Code: c.arg(0), Self: c.options["self"] != "no", Paid: c.options["paid"] != ""}
		c.option("limit", &r.Limit)
		cfg.Pauses = again(slices.Clone(cfg.Pauses), r, func(x PauseReason) bool { return x.Code == r.Code })
	case "dnc":
		list := &cfg.DNC
		if name := c.options["list"]; name != "" {
			cfg.DNCLists = append(cfg.DNCLists, DNCList{Name: name})
			list = &cfg.DNCLists[len(cfg.DNCLists)-1].Numbers
		}
		if err := list.Add(c.arg(0)); err != nil {
			w.t.Fatal(err)
		}
	case "campaign":
		x := c.campaign() // which may be there, and is then written anew
		cfg.Campaigns = append(slices.DeleteFunc(slices.Clone(cfg.Campaigns), func(y Campaign) bool { return y.Name == x.Name }), x)
	case "rule":
		x := &cfg.Campaigns[len(cfg.Campaigns)-1]
		x.Rules = append(x.Rules, c.rule())
	}
}

// configureDays adds to the last calendar, or says in which zones numbers are.
func (c command) configureDays(cfg *Config) {
	if c.word == "zones" {
		cfg.Zones = append(cfg.Zones, NumberZones{Prefixes: strings.Split(c.arg(0), ","), Zones: c.args[1:]})
		return
	}
	x := &cfg.Calendars[len(cfg.Calendars)-1]
	text := strings.Join(c.args, " ")
	switch c.word {
	case "holiday":
		var day calendar.Day
		c.text(0, &day)
		x.Off = append(x.Off, day)
	case "date":
		var d calendar.Date
		c.read(&d, text)
		if n := len(x.Regions); n > 0 {
			x.Regions[n-1].Dates = append(x.Regions[n-1].Dates, d)
			return
		}
		x.Dates = append(x.Dates, d)
	case "region":
		r := calendar.Region{Prefixes: strings.Split(c.options["prefix"], ",")}
		if text != "" {
			r.Hours = make([]calendar.Hours, 1)
			c.read(&r.Hours[0], text)
		}
		x.Regions = append(x.Regions, r)
	}
}

func (c command) read(v interface{ UnmarshalText([]byte) error }, text string) {
	c.t.Helper()
	if err := v.UnmarshalText([]byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// command is one line of a scenario.
type command struct {
	t       *testing.T
	word    string
	args    []string
	options map[string]string
}

func parseCommand(t *testing.T, line string) command {
	fields := strings.Fields(line)
	if strings.Contains(line, `"`) {
		fields = scenarioField.FindAllString(line, -1)
		for i := range fields {
			fields[i] = strings.ReplaceAll(fields[i], `"`, "")
		}
	}
	c := command{t: t, word: fields[0], options: map[string]string{}}
	for _, f := range fields[1:] {
		if key, value, ok := strings.Cut(f, "="); ok {
			c.options[key] = value
		} else {
			c.args = append(c.args, f)
		}
	}
	return c
}

func comma(r rune) bool { return r == ',' }

// scenarioField is what stands between spaces, but for those in quotes: again="next day" is one.
var scenarioField = regexp.MustCompile(`(?:[^\s"]|"[^"]*")+`)

func (c command) arg(i int) string {
	if i < len(c.args) {
		return c.args[i]
	}
	return ""
}

func (c command) call() CallID {
	id, err := strconv.Atoi(c.arg(0))
	if err != nil {
		c.t.Fatalf("%s: which call?", c.word)
	}
	return CallID(id)
}

func (c command) number(key string) int {
	n, _ := strconv.Atoi(c.options[key])
	return n
}

func (c command) duration(i int) time.Duration {
	var d Duration
	c.text(i, &d)
	return d.Span()
}

func (c command) text(i int, v interface{ UnmarshalText([]byte) error }) {
	c.t.Helper()
	if err := v.UnmarshalText([]byte(c.arg(i))); err != nil {
		c.t.Fatal(err)
	}
}

func (c command) option(key string, v interface{ UnmarshalText([]byte) error }) {
	c.t.Helper()
	if s, ok := c.options[key]; ok {
		if err := v.UnmarshalText([]byte(s)); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c command) member() Member {
	m := Member{Interface: c.arg(0), Queue: c.arg(1), Name: c.options["name"], Paused: c.options["paused"] != "", Reason: c.options["paused"], Penalty: c.number("penalty"), Static: c.options["static"] != "", Device: c.options["device"]}
	c.text(2, &m.Status)
	if m.Name == "" {
		m.Name = m.Interface
	}
	return m
}

func (c command) campaign() Campaign {
	x := NewCampaign()
	x.Name, x.Queue, x.Route, x.Buckets = c.arg(0), c.arg(1), c.arg(2), []string{"b"}
	x.Timezone = "Europe/Moscow"
	x.Department, x.Calendar = c.options["department"], c.options["calendar"]
	if b := c.options["buckets"]; b != "" {
		x.Buckets = strings.Split(b, ",")
	}
	x.Answer.AbandonMessage = c.options["message"]
	x.DNC = strings.FieldsFunc(c.options["dnc"], func(r rune) bool { return r == ',' })
	c.option("mode", &x.Pacing.Mode)
	c.option("amd", &x.Answer.AMD)
	c.option("machine", &x.Answer.OnMachine)
	c.option("within", &x.Answer.AgentWithin)
	c.option("ring", &x.Pacing.RingTimeout)
	c.option("gap", &x.Attempts.Gap)
	c.option("callerid", &x.CallerID)
	if parts, ok := c.options["parts"]; ok {
		x.DayParts = nil
		for _, s := range strings.Split(parts, ",") {
			var part calendar.Span
			c.read(&part, s)
			x.DayParts = append(x.DayParts, part)
		}
	}
	if r, ok := c.options["ratio"]; ok {
		x.Pacing.Ratio, _ = strconv.ParseFloat(r, 64)
	}
	if _, ok := c.options["lines"]; ok {
		x.Pacing.LinesMax = c.number("lines")
	}
	if _, ok := c.options["total"]; ok {
		x.Attempts.Total = c.number("total")
	}
	if _, ok := c.options["perday"]; ok {
		x.Attempts.PerDay = c.number("perday")
	}
	if _, ok := c.options["weight"]; ok {
		x.Pacing.Weight = c.number("weight")
	}
	return x
}

func (c command) rule() Rule {
	r := Rule{Name: c.arg(0), Finish: c.options["finish"]}
	r.Disposition = strings.FieldsFunc(c.options["disposition"], comma)
	for _, word := range strings.FieldsFunc(c.options["on"], comma) {
		var o Outcome
		if err := o.UnmarshalText([]byte(word)); err != nil {
			c.t.Fatal(err)
		}
		r.On = append(r.On, o)
	}
	c.option("again", &r.Again)
	c.option("number", &r.Number)
	c.option("attempt", &r.Attempt)
	c.option("hours", &r.Hours)
	c.option("age", &r.Age)
	c.option("priority", &r.Priority)
	r.Bucket = c.options["bucket"]
	if kinds, ok := c.options["kind"]; ok {
		r.NumberKind = strings.Split(kinds, ",")
	}
	return r
}
