package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dialerd/ami"
	"dialerd/api"
)

// lookAgain is how often a PBX is looked at without a reason: `queue reload all` reloads the queues and sends no event.
const lookAgain = 10 * time.Minute

// settingsWatch looks at how the Asterisk of one PBX is set up, whenever that may have changed, and logs what works
// against the dialer, each thing once.
type settingsWatch struct {
	service *service
	pbx     string
	again   chan struct{} // capacity 1: it may have changed
	said    []ami.Finding
	failed  string // why the last look saw nothing
}

func newSettingsWatch(r *service, pbx string) *settingsWatch {
	return &settingsWatch{service: r, pbx: pbx, again: make(chan struct{}, 1)}
}

// changed has it look again, soon. It never blocks.
func (w *settingsWatch) changed() {
	select {
	case w.again <- struct{}{}:
	default:
	}
}

func (w *settingsWatch) run(ctx context.Context) {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.again:
		case <-tick.C:
		}
		w.look(ctx)
	}
}

func (w *settingsWatch) look(ctx context.Context) {
	w.service.mu.Lock()
	s := w.service.settings
	w.service.mu.Unlock()
	i := slices.IndexFunc(s.PBXs, func(p settingsPBX) bool { return p.Name == w.pbx })
	if i < 0 {
		return // taken out by a reload
	}
	found, err := ami.LookAt(ctx, amiConfig(s, s.PBXs[i]), wantedOf(s.Config, w.pbx))
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		if text := err.Error(); text != w.failed {
			w.failed = text
			w.service.log.Info().Str("pbx", w.pbx).Str("reason", text).Msg("how this Asterisk is set up could not be looked at")
		}
		return
	}
	w.failed = ""
	w.say(ami.Judge(w.pbx, found, s.Config, s.AGI.Listen))
}

// say logs what was not there the last time, notes left out: those are for `dialerd check --live`.
func (w *settingsWatch) say(all []ami.Finding) {
	all = slices.DeleteFunc(all, func(f ami.Finding) bool { return f.Level < ami.Warning })
	for _, f := range all {
		if !slices.ContainsFunc(w.said, f.Same) {
			w.service.log.Warn().Str("pbx", w.pbx).Str("queue", f.Queue).Stringer("severity", f.Level).Msg("a setting of Asterisk works against the dialer: " + f.String())
		}
	}
	w.said = all
	w.service.mu.Lock()
	defer w.service.mu.Unlock()
	w.service.against[w.pbx] = len(all)
}

// settingsLine says of which PBXs the settings work against the dialer.
func settingsLine(s api.Status) string {
	var parts []string
	for _, p := range s.PBXs {
		if p.Settings > 0 {
			parts = append(parts, fmt.Sprintf("%d of PBX %s", p.Settings, printable(p.Name)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("Settings of Asterisk that work against the dialer: %s. See: dialerd check --live\n", strings.Join(parts, ", "))
}
