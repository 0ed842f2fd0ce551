package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dialerd/dialer"
	"dialerd/store"
)

// socketPath is a path that is short enough for a socket, and goes with the test.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "api")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "run", "d.sock")
}

// start runs a server until stop is called, which returns Serve's error.
func start(t *testing.T, d Daemon) (path string, stop func() error) {
	t.Helper()
	return startWith(t, d, graceTime)
}

func startWith(t *testing.T, d Daemon, grace time.Duration) (path string, stop func() error) {
	t.Helper()
	path = socketPath(t)
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, l, d, zerolog.Nop(), grace) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return path, stop
}

// ask makes a request as curl would.
func ask(t *testing.T, path, method, url, body string) (status int, answer string) {
	t.Helper()
	c := NewClient(path)
	defer c.Close()
	request, err := http.NewRequest(method, "http://x"+url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestClientAndServerUnderstandEachOther(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	want := Status{Version: "1", Instance: "a", Now: now, Since: now.Add(-time.Hour), Draining: true,
		Campaigns: []Campaign{{Name: "spring", Mode: dialer.Predictive, Calls: map[dialer.Phase]int{dialer.PhaseTalking: 3},
			Today:     Day{Outcomes: map[dialer.Outcome]int{dialer.NoAnswer: 4}},
			Abandoned: []Abandonment{{Window: dialer.Window30Days, Share: 0.01, Max: 0.03}}}},
		Agents: []Agent{{ID: "101", Queues: []Membership{{Queue: "q", Device: dialer.DeviceInUse}}}},
		Calls:  []Call{{ID: 7, Lead: 8, Number: 79161234567, Phase: dialer.PhaseDialing, Since: now}},
	}
	lead := store.NewLead{External: "x", Bucket: "b", Name: "ООО \"Ромашка\"", Zone: "Europe/Moscow", Priority: -2, Next: now,
		Numbers: []dialer.LeadNumber{{Number: 79161234567, Kind: "mobile"}}, Attributes: map[string]string{"a": "<b>&\u2028"}}
	row := store.ExportedLead{ID: 9, External: "x", Bucket: "b", State: dialer.LeadFinished, Numbers: lead.Numbers, Outcome: dialer.Busy, Created: now, Updated: now}
	results := []store.ImportResult{{Status: store.Inserted, Lead: 9}, {Status: store.DuplicateNumber, Lead: 3, Number: 79161234567}, {Status: store.Refused, Why: "it has no bucket"}}
	var did []string
	path, _ := start(t, Daemon{
		Version: Version{Version: "1.2", Go: "go1"},
		Status:  func(context.Context) (Status, error) { return want, nil },
		Reload:  func(context.Context) error { did = append(did, "reload"); return nil },
		Switch: func(_ context.Context, kind dialer.SwitchKind, name string, running bool) error {
			did = append(did, fmt.Sprint(kind, " ", name, " ", running))
			return nil
		},
		Import: func(_ context.Context, leads []store.NewLead) ([]store.ImportResult, error) {
			if len(leads) != 3 || !reflect.DeepEqual(leads[0], lead) {
				t.Errorf("imported %+v", leads)
			}
			return results, nil
		},
		Export: func(_ context.Context, f store.LeadFilter, each func(store.ExportedLead) error) error {
			did = append(did, "export "+LeadFilter(f).query())
			return errors.Join(each(row), each(row))
		},
	})
	ctx, c := context.Background(), NewClient(path)
	defer c.Close()
	if v, err := c.Version(ctx); err != nil || v.Version != "1.2" {
		t.Errorf("version %v, %v", v, err)
	}
	if got, err := c.Status(ctx); err != nil || !reflect.DeepEqual(got, want.whole()) {
		t.Errorf("status\n%+v, %v, want\n%+v", got, err, want)
	}
	if got, err := c.Agents(ctx); err != nil || !reflect.DeepEqual(got, want.Agents) {
		t.Errorf("agents %+v, %v", got, err)
	}
	if got, err := c.Import(ctx, []store.NewLead{lead, {}, {}}); err != nil || !reflect.DeepEqual(got, results) {
		t.Errorf("import %+v, %v", got, err)
	}
	rows := 0
	err := c.Export(ctx, store.LeadFilter{Bucket: "a&b", Unfinished: true}, func(l store.ExportedLead) error {
		if rows++; !reflect.DeepEqual(l, row) {
			t.Errorf("exported %+v", l)
		}
		return nil
	})
	if err != nil || rows != 2 {
		t.Errorf("%d rows, %v", rows, err)
	}
	err = errors.Join(c.Reload(ctx), c.Switch(ctx, dialer.SwitchCampaign, "spring", true), c.Switch(ctx, dialer.SwitchDepartment, "sales", false))
	if err != nil {
		t.Error(err)
	}
	wantDone := []string{"export bucket=a%26b&unfinished=true", "reload", "campaign spring true", "department sales false"}
	if !reflect.DeepEqual(did, wantDone) {
		t.Errorf("did %q", did)
	}
}

func TestNothingIsAnEmptyList(t *testing.T) {
	numbered := store.ExportedLead{Numbers: []dialer.LeadNumber{}} // as the store has it
	path, _ := start(t, Daemon{Status: func(context.Context) (Status, error) {
		return Status{Agents: []Agent{{}}, Campaigns: []Campaign{{}}}, nil
	}, Leads: Leads{
		Show: func(context.Context, store.LeadFilter) (ShownLeads, error) {
			return ShownLeads{Leads: []Lead{{ExportedLead: numbered}}}, nil
		},
		Why: func(context.Context, store.LeadFilter) (Whys, error) {
			return Whys{Leads: []Why{{Lead: numbered, Campaigns: []WhyCampaign{{}}}}}, nil
		},
		Buckets: func(context.Context) ([]Bucket, error) { return nil, nil },
	}})
	for _, url := range []string{"/v1/status", "/v1/campaigns", "/v1/agents", "/v1/leads/show?lead=1", "/v1/leads/why?lead=1", "/v1/buckets"} {
		if status, answer := ask(t, path, "GET", url, ""); status != 200 || strings.Contains(answer, "null") {
			t.Errorf("%s: %d %s", url, status, answer)
		}
	}
}

func TestRefusals(t *testing.T) {
	full := Daemon{
		Status: func(context.Context) (Status, error) { return Status{}, context.DeadlineExceeded },
		Reload: func(context.Context) error { return errors.New("a.toml:1:1: one\nb.toml:2:2: two") },
		Switch: func(_ context.Context, _ dialer.SwitchKind, name string, _ bool) error {
			if name == "late" {
				return Errorf(http.StatusServiceUnavailable, "it is ending")
			}
			return fmt.Errorf("there is no campaign %q", name)
		},
		Import: func(context.Context, []store.NewLead) ([]store.ImportResult, error) {
			return nil, errors.New("no space left on device")
		},
		Export: func(context.Context, store.LeadFilter, func(store.ExportedLead) error) error {
			return errors.New("it cannot be read")
		},
	}
	path, _ := start(t, full)
	tooMany, err := json.Marshal(make([]store.NewLead, MaxImport+1))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, url, body string
		status            int
		text              string
	}{
		{"GET", "/v1/status", "", 504, "did not get to it in time"},
		{"GET", "/v1/campaigns", "", 504, ""},
		{"POST", "/v1/reload", "", 422, "a.toml:1:1: one\nb.toml:2:2: two"},
		{"POST", "/v1/campaigns/no/start", "", 404, `there is no campaign "no"`},
		{"POST", "/v1/campaigns/late/start", "", 503, "it is ending"},
		{"POST", "/v1/campaigns/a%2Fb/stop", "", 404, `there is no campaign "a/b"`},
		{"GET", "/v1/campaigns/no/start", "", 405, "Method Not Allowed"},
		{"POST", "/v1/status", "", 405, ""},
		{"GET", "/v1/nothing", "", 404, "GET /v1/status is one that there is"},
		{"GET", "/", "", 404, ""},
		{"POST", "/v1/leads/import", "[]", 500, "no space left on device"},
		{"POST", "/v1/leads/import", "", 400, "no JSON array of leads"},
		{"POST", "/v1/leads/import", "{}", 400, ""},
		{"POST", "/v1/leads/import", `[{"phone":"x"}]`, 400, `unknown field "phone"`},
		{"POST", "/v1/leads/import", `[{"numbers":[{"number":"8916"}]}]`, 400, "not a number in E.164"},
		{"POST", "/v1/leads/import", `[{"zone":"Europe/Moscow"},{"zone":"Europe/Mosscow"}]`, 400, `lead 2: "Europe/Mosscow" is no time zone`},
		{"POST", "/v1/leads/import", `[] []`, 400, "something follows"},
		{"POST", "/v1/leads/import", string(tooMany), 413, "at most 5000"},
		{"GET", "/v1/leads/export", "", 500, "it cannot be read"},
	} {
		status, answer := ask(t, path, c.method, c.url, c.body)
		var body errorBody
		if err := json.Unmarshal([]byte(answer), &body); err != nil {
			t.Errorf("%s %s: %v in %q", c.method, c.url, err, answer)
		}
		if status != c.status || body.Error == "" || !strings.Contains(body.Error, c.text) {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.url, status, body.Error, c.status, c.text)
		}
	}
	client := NewClient(path)
	defer client.Close()
	refused := (*Error)(nil)
	if err := client.Reload(context.Background()); !errors.As(err, &refused) || refused.Code != 422 || err.Error() != "a.toml:1:1: one\nb.toml:2:2: two" {
		t.Errorf("the client says %v", err)
	}
}

func TestBodyTooLarge(t *testing.T) {
	answer := httptest.NewRecorder()
	_, err := readLeads(http.MaxBytesReader(answer, io.NopCloser(strings.NewReader(`[{"name":"Ann"}]`)), 10))
	fail(answer, http.StatusBadRequest, err)
	if answer.Code != http.StatusRequestEntityTooLarge || !strings.Contains(answer.Body.String(), "too large") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// TestExportThatBreaksOff has to be seen by the client: half a list looks like a list.
func TestExportThatBreaksOff(t *testing.T) {
	path, _ := start(t, Daemon{Export: func(_ context.Context, _ store.LeadFilter, each func(store.ExportedLead) error) error {
		for range 3000 { // more than is buffered
			if err := each(store.ExportedLead{Name: "x"}); err != nil {
				return err
			}
		}
		return errors.New("it cannot be read on")
	}})
	c := NewClient(path)
	defer c.Close()
	err := c.Export(context.Background(), store.LeadFilter{}, func(store.ExportedLead) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "broke off") {
		t.Errorf("the client says %v", err)
	}
}

func TestExportEndsWithItsClient(t *testing.T) {
	over := make(chan error, 1)
	path, _ := start(t, Daemon{Export: func(_ context.Context, _ store.LeadFilter, each func(store.ExportedLead) error) error {
		for {
			if err := each(store.ExportedLead{Name: "x"}); err != nil {
				over <- err
				return err
			}
		}
	}})
	enough := errors.New("enough")
	c := NewClient(path)
	defer c.Close()
	if err := c.Export(context.Background(), store.LeadFilter{}, func(store.ExportedLead) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the client says %v", err)
	}
	if err := <-over; err == nil {
		t.Error("the export goes on for nobody")
	}
}

func TestServeLetsRequestsEnd(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	path, stop := start(t, Daemon{Reload: func(ctx context.Context) error {
		close(begun)
		<-release
		return ctx.Err()
	}})
	c := NewClient(path)
	defer c.Close()
	answered := make(chan error, 1)
	go func() { answered <- c.Reload(context.Background()) }()
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	waitGone(t, path)
	close(release)
	if err := <-answered; err != nil {
		t.Errorf("a request under way was cut off: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// waitGone returns when nobody listens any more.
func waitGone(t *testing.T, path string) {
	t.Helper()
	for {
		conn, err := net.Dial("unix", path)
		if err != nil {
			return
		}
		conn.Close()
	}
}

func TestServeCutsOffWhatDoesNotEnd(t *testing.T) {
	begun := make(chan struct{})
	path, stop := startWith(t, Daemon{Reload: func(ctx context.Context) error {
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	}}, 0)
	c := NewClient(path)
	defer c.Close()
	answered := make(chan error, 1)
	go func() { answered <- c.Reload(context.Background()) }()
	<-begun
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := <-answered; err == nil {
		t.Error("a request that was cut off has succeeded")
	}
}

func TestListenTellsWhoseSocketItIs(t *testing.T) {
	path := socketPath(t)
	first, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "another dialerd is running") {
		t.Errorf("a second daemon: %v", err)
	}
	first.(*net.UnixListener).SetUnlinkOnClose(false) // as one that is killed
	first.Close()
	second, err := Listen(path)
	if err != nil {
		t.Fatalf("after a crash: %v", err)
	}
	second.Close()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket stays behind: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("in place of a file: %v", err)
	}
}

func TestClientTellsThatNobodyAnswers(t *testing.T) {
	path := socketPath(t)
	c := NewClient(path)
	if _, err := c.Status(context.Background()); !errors.Is(err, ErrNotRunning) {
		t.Errorf("without a socket: %v", err)
	}
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	if _, err := c.Status(context.Background()); !errors.Is(err, ErrNotRunning) || strings.Contains(err.Error(), "http://") {
		t.Errorf("on a dead socket: %v", err)
	}
}

// TestServerSurvivesNonsense talks to the socket without HTTP.
func TestServerSurvivesNonsense(t *testing.T) {
	path, _ := start(t, Daemon{Version: Version{Version: "1"}})
	for _, text := range []string{"\x00\x00\x00\x00\r\n\r\n", "GET /v1/version HTTP/9.9\r\n\r\n", "GET " + strings.Repeat("/x", 20<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n"} {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, text) // it may be cut off while we write
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if len(answer) > 0 && !bytes.HasPrefix(answer, []byte("HTTP/1.1 4")) && !bytes.HasPrefix(answer, []byte("HTTP/1.1 505")) {
			t.Errorf("%.20q was answered with %.60q", text, answer)
		}
	}
	c := NewClient(path)
	defer c.Close()
	if _, err := c.Version(context.Background()); err != nil {
		t.Error(err)
	}
}
