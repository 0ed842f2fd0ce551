package ami

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"

	"dialerd/ami/amitest"
	"dialerd/dialer"
)

// rig is a link with a scripted Asterisk on its far side and an inbox on the near one.
type rig struct {
	t      *testing.T
	server *amitest.Server
	link   *Link
	inbox  inbox
	log    log
	end    func() // returns when Run has
}

// inbox takes what the link delivers.
type inbox struct {
	mu     sync.Mutex
	events []dialer.Event
	limit  int // 0: none
}

func (i *inbox) put(e dialer.Event) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.limit > 0 && len(i.events) >= i.limit {
		return false
	}
	i.events = append(i.events, e)
	return true
}

// take empties the inbox.
func (i *inbox) take() []dialer.Event {
	i.mu.Lock()
	defer i.mu.Unlock()
	events := i.events
	i.events = nil
	return events
}

func (i *inbox) setLimit(n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.limit = n
}

// log keeps what was logged.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), s)
}

// newRig makes a rig whose server is reached in memory; change may say otherwise.
func newRig(t *testing.T, change func(*rig, *Config)) *rig {
	r := &rig{t: t, server: amitest.New(t)}
	cfg := Config{
		PBX: "main", Instance: "a", Address: "127.0.0.1:5038", User: amitest.User, Secret: amitest.Secret,
		Log: zerolog.New(&r.log), Dial: r.server.Dial,
	}
	if change != nil {
		change(r, &cfg)
	}
	link, err := New(cfg, r.inbox.put)
	if err != nil {
		t.Fatal(err)
	}
	r.link = link
	return r
}

// run runs the link until the test or end ends it.
func (r *rig) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.link.Run(ctx); err != context.Canceled {
			r.t.Errorf("Run ended with %v", err)
		}
	}()
	r.end = func() {
		cancel()
		<-done
	}
	r.t.Cleanup(func() {
		r.end()
		if r.log.count(amitest.Secret) > 0 {
			r.t.Error("the secret is in the log")
		}
	})
}

// simulate runs a test of a link in simulated time: nothing passes but what the link waits for, and
// a goroutine that outlives Run fails the test.
func simulate(t *testing.T, change func(*rig, *Config), test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, change)
		r.run()
		test(t, r)
	})
}

// events are those that came, when all that can be done now is done.
func (r *rig) events() []dialer.Event {
	synctest.Wait()
	return r.inbox.take()
}

// expect compares all that came with what should have.
func (r *rig) expect(want ...dialer.Event) {
	r.t.Helper()
	if got := r.events(); !slices.EqualFunc(got, want, same) {
		r.t.Errorf("came\n%s\nwant\n%s", list(got), list(want))
	}
}

// up expects nothing but a LinkUp, and gives it.
func (r *rig) up() dialer.LinkUp {
	r.t.Helper()
	events := r.events()
	if len(events) == 1 {
		if up, ok := events[0].(dialer.LinkUp); ok {
			return up
		}
	}
	r.t.Fatalf("came\n%s\nwant LinkUp\nlog: %s", list(events), r.log.text.String())
	return dialer.LinkUp{}
}

// down expects a LinkDown, and nothing else but what comes before it, and gives its reason.
func (r *rig) down(before ...dialer.Event) string {
	r.t.Helper()
	events := r.events()
	if n := len(events) - 1; n >= 0 && slices.EqualFunc(events[:n], before, same) {
		if down, ok := events[n].(dialer.LinkDown); ok && down.PBX == "main" {
			return down.Reason
		}
	}
	r.t.Fatalf("came\n%s\nwant\n%sLinkDown", list(events), list(before))
	return ""
}

func (r *rig) reason(part, reason string) {
	r.t.Helper()
	if !strings.Contains(reason, part) {
		r.t.Errorf("the reason is %q, want it to say %q", reason, part)
	}
}

func (r *rig) send(e dialer.Effect) {
	r.t.Helper()
	if err := r.link.Send(e); err != nil {
		r.t.Errorf("%+v: %v", e, err)
	}
}

func same(a, b dialer.Event) bool { return fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b) }

func list(events []dialer.Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "  %T %+v\n", e, e)
	}
	return b.String()
}
