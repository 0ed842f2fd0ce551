package dialer

import (
	"fmt"
	"time"

	"dialerd/dialer/calendar"
	"dialerd/dialer/phone"
)

// Campaign is whom to call, when, how fast, by which rules, and into which queue. Keys of the file
// are the toml names.
type Campaign struct {
	Name       string       `toml:"name"`
	Department string       `toml:"department"`
	Queue      string       `toml:"queue"`
	Buckets    []string     `toml:"buckets"`   // in order of preference
	Timezone   string       `toml:"timezone"`  // for a lead that brings none
	Calendar   string       `toml:"calendar"`  // empty: at any hour
	Route      string       `toml:"route"`     // trunks and caller IDs
	CallerID   phone.Number `toml:"caller_id"` // when no pool of the route has one
	DNC        []string     `toml:"dnc"`       // lists of numbers it never calls, besides those that hold for all

	Pacing   PacingRule   `toml:"pacing"`
	Attempts AttemptsRule `toml:"attempts"`
	Answer   AnswerRule   `toml:"answer"`
	Callback CallbackRule `toml:"callback"`
	Rules    []Rule       `toml:"rule"` // the first that matches is taken

	DayParts []calendar.Span `toml:"day_parts"` // for rules that call in another one; gaps between them are of none
}

// PacingRule is how fast a campaign calls.
type PacingRule struct {
	Mode          Mode     `toml:"mode"`
	Ratio         float64  `toml:"ratio"` // calls per free operator, in mode ratio
	Weight        int      `toml:"weight"`
	AbandonTarget Share    `toml:"abandon_target"`
	AbandonMax    Share    `toml:"abandon_max"`
	AbandonWindow Window   `toml:"abandon_window"`
	RingTimeout   Duration `toml:"ring_timeout"`
	LinesMax      int      `toml:"lines_max"` // calls under way at once; 0: no limit of its own
}

// AttemptsRule limits how often a person is called.
type AttemptsRule struct {
	Total  int      `toml:"total"`   // that count (Outcome.Counts), per lead
	PerDay int      `toml:"per_day"` // that count, per number, in the number's zone
	Gap    Duration `toml:"gap"`     // between two attempts to one number, from start to start
	Faults int      `toml:"faults"`  // in a row by the carrier's fault or ours, per lead, before it is finished
}

// AnswerRule is what is done with an answered call.
type AnswerRule struct {
	AMD            AMD       `toml:"amd"`
	OnMachine      OnMachine `toml:"on_machine"`
	AgentWithin    Duration  `toml:"agent_within"` // else the call is abandoned
	AbandonMessage string    `toml:"abandon_message"`
}

// CallbackRule is how promises are kept.
type CallbackRule struct {
	OwnerLead  Duration   `toml:"owner_lead"`
	OwnerWait  Duration   `toml:"owner_wait"`
	OwnerRing  Duration   `toml:"owner_ring"`
	Then       Then       `toml:"then"`
	Retries    int        `toml:"retries"`
	Retry      []Duration `toml:"retry"`
	Order      Order      `toml:"order"`
	Early      bool       `toml:"early"`
	MaxPerSlot int        `toml:"max_per_slot"` // 0: no limit
	WhenPaused WhenPaused `toml:"when_paused"`
}

// NewCampaign is a campaign with the defaults of every key that a file may leave out.
func NewCampaign() Campaign {
	return Campaign{
		Timezone: "UTC",
		DayParts: usualDayParts(),
		Pacing: PacingRule{Ratio: 1, Weight: 1, AbandonTarget: 0.028, AbandonMax: 0.03,
			RingTimeout: Duration(25 * time.Second)},
		Attempts: AttemptsRule{Total: 8, PerDay: 3, Gap: Duration(30 * time.Minute), Faults: 10},
		Answer:   AnswerRule{AgentWithin: Duration(2 * time.Second)},
		Callback: CallbackRule{OwnerLead: Duration(30 * time.Second), OwnerWait: Duration(15 * time.Minute),
			OwnerRing: Duration(20 * time.Second), Retries: 3, Early: true,
			Retry: []Duration{Duration(10 * time.Minute), Duration(time.Hour), Duration(24 * time.Hour)}},
	}
}

// minRing is how long a telephone must ring at least in the modes that can lose an answer: 16 CFR
// 310.4(b)(4)(ii) wants fifteen seconds or four rings.
const minRing = 15 * time.Second

// Validate finds everything in the campaign itself that cannot be; what it names elsewhere
// (queue, route, calendar) is looked for by Config.Validate. at is the path of the campaign.
func (c *Campaign) Validate(at string) (faults []Fault) {
	fault := func(key, format string, args ...any) {
		faults = append(faults, Fault{Path: at + "." + key, Text: fmt.Sprintf(format, args...)})
	}
	name(fault, "name", c.Name)
	if len(c.Buckets) == 0 {
		fault("buckets", "no bucket to draw on: name at least one, as in buckets = [%q]", "spring-2026")
	}
	for i, b := range c.Buckets {
		name(fault, fmt.Sprintf("buckets[%d]", i), b)
	}
	if _, err := time.LoadLocation(c.Timezone); err != nil || c.Timezone == "" || c.Timezone == "Local" {
		fault("timezone", "%q is no time zone of the tz database: write it as Europe/Moscow", c.Timezone)
	}
	c.Pacing.validate(fault)
	c.Attempts.validate(fault)
	if w := c.Answer.AgentWithin.Span(); w < 500*time.Millisecond || w > time.Minute {
		fault("answer.agent_within", "%s: a person can wait between 500ms and 1m", c.Answer.AgentWithin)
	}
	if m := c.Answer.AbandonMessage; m != "" && !plainWord(m, "/_-.") {
		fault("answer.abandon_message", "%q is no sound file: letters, digits, / _ - and . only, without extension", m)
	}
	c.Callback.validate(fault)
	c.validateRules(fault)
	return faults
}

func (p *PacingRule) validate(fault reporter) {
	if p.Mode == Preview {
		fault("pacing.mode", "preview is not known to this version: use progressive")
	}
	if p.Ratio < 1 || p.Ratio > 20 {
		fault("pacing.ratio", "%g calls per free operator: between 1 and 20", p.Ratio)
	}
	if p.Weight < 1 || p.Weight > 1000 {
		fault("pacing.weight", "%d: between 1 and 1000", p.Weight)
	}
	if p.AbandonTarget > p.AbandonMax {
		fault("pacing.abandon_target", "is above abandon_max: it has to be at or below it")
	}
	ring := p.RingTimeout.Span()
	switch {
	case ring < 5*time.Second || ring > 2*time.Minute:
		fault("pacing.ring_timeout", "%s: between 5s and 2m", p.RingTimeout)
	case ring < minRing && (p.Mode == Ratio || p.Mode == Predictive):
		fault("pacing.ring_timeout", "%s: at least 15s in mode %s, as the rules on abandoned calls want it", p.RingTimeout, p.Mode)
	}
	if p.LinesMax < 0 {
		fault("pacing.lines_max", "%d: 0 for no limit, or how many lines", p.LinesMax)
	}
}

func (a *AttemptsRule) validate(fault reporter) {
	for key, v := range map[string]int{"total": a.Total, "per_day": a.PerDay, "faults": a.Faults} {
		if v < 1 || v > 1000 {
			fault("attempts."+key, "%d: between 1 and 1000", v)
		}
	}
	if a.Gap.Span() < time.Minute || a.Gap.Span() > remembered {
		fault("attempts.gap", "%s: between 1m and %s from one call to a number to the next", a.Gap, Duration(remembered))
	}
}

func (c *CallbackRule) validate(fault reporter) {
	if c.Retries < 0 || c.Retries > 100 {
		fault("callback.retries", "%d: between 0 and 100", c.Retries)
	}
	if c.Retries > 0 && len(c.Retry) == 0 {
		fault("callback.retry", "no delays for %d retries: write them as retry = [\"10m\", \"1h\"]; the last one repeats", c.Retries)
	}
	if r := c.OwnerRing.Span(); r < 5*time.Second || r > 2*time.Minute {
		fault("callback.owner_ring", "%s: between 5s and 2m", c.OwnerRing)
	}
	if c.MaxPerSlot < 0 {
		fault("callback.max_per_slot", "%d: 0 for no limit, or how many", c.MaxPerSlot)
	}
}
