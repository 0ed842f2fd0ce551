package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"dialerd/api"
	"dialerd/dialer"
)

// look is what the Dialer shows at this moment.
func (r *service) look(ctx context.Context) (dialer.Status, error) {
	l, first := r.looks.join()
	if first {
		r.group.Go(func() error {
			r.looks.run(r.ctx, l)
			return nil
		})
	}
	select {
	case <-l.done:
		if l.err != nil {
			return dialer.Status{}, l.err
		}
		return l.status, nil
	case <-ctx.Done():
		return dialer.Status{}, ctx.Err()
	}
}

// status puts together what the API shows.
func (r *service) status(ctx context.Context) (api.Status, error) {
	core, err := r.look(ctx)
	if err != nil {
		return api.Status{}, err
	}
	r.mu.Lock()
	s := api.Status{
		Version: buildVersion(), Instance: r.settings.Config.Instance, Now: time.Now().UTC(), Since: r.since.UTC(), Draining: core.Draining, Loading: core.Loading,
		Config: api.Configuration{Loaded: r.loaded.UTC(), Refused: r.refused},
		Writer: r.disk.status(r.writer.Waiting()),
	}
	s.Process, s.Counters = processNow(), r.counts(core)
	names := map[string]string{}
	for _, a := range r.settings.Config.Agents {
		names[a.ID] = a.Name
	}
	against := maps.Clone(r.against)
	r.mu.Unlock()
	for _, l := range core.Links {
		s.PBXs = append(s.PBXs, api.PBX{Name: l.Name, Up: l.Up, Since: l.Since, Reason: l.Why, Version: l.Version,
			LagMS: l.Lag.Milliseconds(), Calls: l.Calls, Lines: l.Lines, CPS: l.CPS * l.Share,
			Started: l.Started, Ups: l.Ups, Restarts: l.Restarts, Settings: against[l.Name]})
	}
	for _, x := range core.Departments {
		s.Departments = append(s.Departments, api.Department{Name: x.Name, Running: x.Running})
	}
	for _, c := range core.Campaigns {
		s.Campaigns = append(s.Campaigns, statusCampaign(c))
	}
	for _, a := range core.Agents {
		s.Agents = append(s.Agents, statusAgent(a, names[a.ID]))
	}
	for _, t := range core.Trunks {
		s.Trunks = append(s.Trunks, api.Trunk{Name: t.Name, PBX: t.PBX, Used: t.Calls, Lines: t.Lines, CPS: t.CPS,
			State: t.State, ShutUntil: t.Until, Reason: t.Why, Failures: t.Failures, LastCalls: t.Of})
	}
	for _, p := range core.Pools {
		s.Pools = append(s.Pools, statusPool(p))
	}
	for _, c := range core.Calls {
		s.Calls = append(s.Calls, statusCall(c))
	}
	return s, nil
}

func statusCall(c dialer.CallStatus) api.Call {
	a := c.Attempt
	return api.Call{ID: a.ID, Lead: a.Lead, Campaign: a.Campaign, Number: a.Number, Trunk: a.Trunk, Phase: c.Phase, Since: a.Planned, Agent: a.Agent}
}

func statusPool(p dialer.PoolStatus) api.Pool {
	x := api.Pool{Name: p.Name, Prefix: p.Prefix, DailyLimit: p.DailyLimit, Numbers: []api.CallerID{}}
	for _, n := range p.Shown {
		x.Numbers = append(x.Numbers, api.CallerID{Number: n.Number, Today: n.Today, Reason: n.Why})
	}
	return x
}

func statusCampaign(c dialer.CampaignStatus) api.Campaign {
	x := api.Campaign{
		Name: c.Name, Department: c.Department, Queue: c.Queue, Mode: c.Mode, Running: c.Switched, Idle: c.Idle, Calls: c.Calls,
		Leads: api.LeadCounts{Waiting: c.Waiting, Ready: c.Ready, Dialing: c.Dialing, Finished: c.Finished, Held: c.Held, NextCall: c.NextCall},
		Today: api.Day{Attempts: c.Today.Attempts, Answered: c.Today.Answered, Connected: c.Today.Connected,
			Abandoned: c.Today.Abandoned, Outcomes: map[dialer.Outcome]int{}},
	}
	for _, a := range c.Abandonment {
		w := api.Abandonment{Window: a.Window, Answered: a.Answered, Abandoned: a.Abandoned}
		if a.Answered > 0 {
			w.Share = float64(a.Abandoned) / float64(a.Answered)
		}
		x.Abandoned = append(x.Abandoned, w)
	}
	for o, n := range c.Today.Outcomes {
		if n > 0 {
			x.Today.Outcomes[dialer.Outcome(o)] = n
		}
	}
	for state, n := range c.Agents {
		switch state {
		case dialer.AgentReady:
			x.Agents.Ready += n
		case dialer.AgentPaused:
			x.Agents.Paused += n
		case dialer.AgentOffline:
			x.Agents.Offline += n
		default:
			x.Agents.Busy += n
		}
	}
	return x
}

func statusAgent(a dialer.AgentStatus, name string) api.Agent {
	if name == "" {
		name = a.Name
	}
	r := a.Reply
	x := api.Agent{ID: a.ID, Name: name, Interface: a.Interface, State: a.State.String(), Reason: cmp.Or(a.Reason, r.Reason), Call: int64(a.Call),
		Code: r.Code, By: r.By, Since: r.Since.UTC(), Until: r.Until.UTC(), AfterCall: r.After, Lead: r.Lead,
		Over: a.Over, Overruns: a.Overruns, LoggedIn: a.LoggedIn.UTC()}
	for _, m := range slices.Clone(a.Members) {
		x.Queues = append(x.Queues, api.Membership{Queue: m.Queue, PBX: a.PBX, Device: m.Status, Paused: m.Paused, Reason: m.Reason, Penalty: m.Penalty})
	}
	return x
}
