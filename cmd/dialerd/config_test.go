package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"dialerd/dialer"
)

var update = flag.Bool("update", false, "write the .golden files anew; read the diff")

// TestConfigFaults reads the mistakes of testdata/config: each directory holds the files with the
// mistake, laid over those of base, and what a person is told of them.
func TestConfigFaults(t *testing.T) {
	cases, err := filepath.Glob("testdata/config/*/faults.golden")
	if err != nil || len(cases) < 25 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, golden := range cases {
		dir := filepath.Dir(golden)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			golden, err := filepath.Abs(golden)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(configOverlay(t, "testdata/config/base", dir))
			s, faults := readConfig(".")
			if (s == nil) == (len(faults) == 0) {
				t.Errorf("settings %v with %d faults: there have to be either", s, len(faults))
			}
			configGolden(t, golden, faults.String())
		})
	}
}

func configGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// configOverlay is a copy of some directories in one.
func configOverlay(t *testing.T, dirs ...string) string {
	t.Helper()
	to := t.TempDir()
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() || e.Name() == "faults.golden" {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			return configWrite(filepath.Join(to, name), string(data))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func configWrite(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// configBase is a directory without faults; each pair of name and text adds a file or replaces one.
func configBase(t *testing.T, files ...string) string {
	t.Helper()
	dir := configOverlay(t, "testdata/config/base")
	for i := 0; i < len(files); i += 2 {
		if err := configWrite(filepath.Join(dir, files[i]), files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestConfigSampleIsGood(t *testing.T) {
	s, faults := readConfig("../../etc")
	if len(faults) > 0 {
		t.Fatalf("the configuration that is shipped:\n%s", faults)
	}
	c := s.Config
	if len(c.Campaigns) != 1 || c.Campaigns[0].Pacing.Mode != dialer.Progressive {
		t.Errorf("campaigns %+v", c.Campaigns)
	}
	for what, n := range map[string]int{"PBXs": len(c.PBXs), "departments": len(c.Departments), "queues": len(c.Queues),
		"agents": len(c.Agents), "pauses": len(c.Pauses), "calendars": len(c.Calendars), "trunks": len(c.Trunks),
		"pools": len(c.Pools), "routes": len(c.Routes), "DNC": c.DNC.Len(), "rules": len(c.Campaigns[0].Rules)} {
		if n == 0 {
			t.Errorf("the sample shows no %s", what)
		}
	}
}

// TestConfigSampleNamesEveryKey: an administrator finds out from the sample what there is.
func TestConfigSampleNamesEveryKey(t *testing.T) {
	for name, file := range map[string]any{configMain: configMainFile{}, configQueues: configQueuesFile{}, configAgents: configAgentsFile{},
		configPauses: configPausesFile{}, configCalendars: configCalendarsFile{}, configRoutes: configRoutesFile{},
		"campaigns/spring-sale.toml": dialer.Campaign{}} {
		data, err := os.ReadFile(filepath.Join("../../etc", name))
		if err != nil {
			t.Fatal(err)
		}
		var missing func(of reflect.Type)
		missing = func(of reflect.Type) {
			for _, f := range configFields(of) {
				pattern := `(?m)^#?` + f.key + `\s*=`
				switch f.kind {
				case configTable:
					pattern = `(?m)^\[` + f.key + `\]`
					missing(f.of)
				case configTables:
					pattern = `(?m)^\[\[(\w+\.)*` + f.key + `\]\]`
					missing(f.of.Elem())
				}
				if !regexp.MustCompile(pattern).Match(data) {
					t.Errorf("etc/%s does not show %s", name, f.key)
				}
			}
		}
		missing(reflect.TypeOf(file))
	}
}

func TestConfigOneFileIsEnough(t *testing.T) {
	dir := t.TempDir()
	if err := configWrite(filepath.Join(dir, "dialerd.toml"), `instance = "a"
[[pbx]]
name = "main"
address = "127.0.0.1:5038"
user = "dialerd"
secret = "x"
`); err != nil {
		t.Fatal(err)
	}
	s, faults := readConfig(dir)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	got := fmt.Sprint(s.AGI.Listen, s.AGI.Allow, s.AGI.Deadline, " ", s.API.Socket, " ", s.Store.Path, " ", s.Log.Level, " ", s.Log.Format)
	const want = "127.0.0.1:4573[127.0.0.0/8 ::1/128] 400ms /run/dialerd/dialerd.sock /var/lib/dialerd/dialerd.db info auto"
	if got != want {
		t.Errorf("defaults\n%s, want\n%s", got, want)
	}
	if p := s.PBXs[0]; p.Name != "main" || p.Address != "127.0.0.1:5038" || p.User != "dialerd" || p.Secret != "x" || p.TLS != nil {
		t.Errorf("PBX %+v", p)
	}
}

func TestConfigKeepsDefaultsBesideWhatIsWritten(t *testing.T) {
	s, faults := readConfig(configBase(t, "queues.toml", "[[queue]]\nname = \"sales\"\nwrapup = \"5s\"\n", "agents.toml", "",
		"campaigns/a.toml", "name=\"a\"\nqueue=\"sales\"\nbuckets=[\"b\"]\nroute=\"out\"\ncallback.retries=1\nrule=[{name=\"x\",on=[\"busy\"],again=\"1h\"}]\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if q := s.Config.Queues[0]; q.AwaitingPenalty != 1000 || q.PBX != "main" || q.Wrapup.Span() != 5*time.Second {
		t.Errorf("queue %+v", q)
	}
	c := s.Config.Campaigns[0]
	if c.Callback.Retries != 1 || len(c.Callback.Retry) != 3 || c.Attempts.Total != 8 || c.Rules[0].Again != dialer.After(time.Hour) {
		t.Errorf("campaign %+v", c)
	}
}

func TestConfigFaultsAsJSON(t *testing.T) {
	_, faults := readConfig(configBase(t, "pauses.toml", "[[pause]]\ncode = lunch\nlimt = \"1h\"\n"))
	data, err := json.Marshal(faults)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.ReplaceAll(data, []byte(filepath.Dir(faults[0].File)), []byte("DIR"))
	const want = `[{"file":"DIR/pauses.toml","line":2,"column":8,"text":"lunch is no value: text goes in quotes, code = \"lunch\"","source":"code = lunch"},` +
		`{"file":"DIR/pauses.toml","line":3,"column":1,"text":"unknown key \"limt\": did you mean \"limit\"?"}]`
	if string(data) != want {
		t.Errorf("got\n%s, want\n%s", data, want)
	}
}

func TestConfigPrintsSoManyFaults(t *testing.T) {
	_, faults := readConfig(configBase(t, "dnc/a.txt", strings.Repeat("12\n", 250)))
	if len(faults) != 250 {
		t.Fatalf("%d faults", len(faults))
	}
	lines := strings.Split(faults.String(), "\n")
	if len(lines) != configFaultsShown+2 || lines[configFaultsShown] != "and 150 more" {
		t.Errorf("%d lines, the last %q", len(lines), lines[configFaultsShown])
	}
	_, faults = readConfig(configBase(t, "dnc/a.txt", strings.Repeat("12\n", 5000)))
	if len(faults) != configDNCFaults+1 {
		t.Errorf("%d faults of a file that is no list of numbers", len(faults))
	}
}

func TestConfigNoDirectory(t *testing.T) {
	if s, faults := readConfig(filepath.Join(t.TempDir(), "none")); s != nil || len(faults) != 1 {
		t.Errorf("%v, %v", s, faults)
	}
}

// FuzzConfigCampaign: whatever is in a campaign's file, reading ends, and each fault stands
// within the file, once.
func FuzzConfigCampaign(f *testing.F) {
	for _, text := range configDocuments {
		f.Add(text)
	}
	sample, err := os.ReadFile("../../etc/campaigns/spring-sale.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(sample))
	f.Fuzz(func(t *testing.T, text string) {
		d := configParse("x.toml", text)
		c := dialer.NewCampaign()
		d.decode(&c)
		r := &configReader{campaigns: []*configDocument{d}, documents: map[string]*configDocument{"x": d}}
		for _, fault := range c.Validate("campaign[0]") {
			r.place(fault)
		}
		lines := strings.Count(text, "\n") + 1
		for _, fault := range r.all() {
			if fault.Line < 1 || fault.Line > lines || fault.Column < 1 || fault.Text == "" {
				t.Errorf("%q: %v", text, fault)
			}
		}
		_ = r.all().String()
	})
}

// BenchmarkConfig is a large call centre: 300 campaigns and a million numbers never called.
func BenchmarkConfig(b *testing.B) {
	dir := b.TempDir()
	var dnc strings.Builder
	for n := range 1_000_000 {
		fmt.Fprintf(&dnc, "+7916%07d\n", n)
	}
	sample, err := os.ReadFile("testdata/config/base/campaigns/spring.toml")
	if err != nil {
		b.Fatal(err)
	}
	files := map[string]string{"dnc/own.txt": dnc.String()}
	for _, name := range []string{"dialerd.toml", "queues.toml", "agents.toml", "routes.toml", "calendars.toml"} {
		data, err := os.ReadFile("testdata/config/base/" + name)
		if err != nil {
			b.Fatal(err)
		}
		files[name] = string(data)
	}
	for n := range 300 {
		files[fmt.Sprintf("campaigns/%d.toml", n)] = strings.Replace(string(sample), `"spring"`, fmt.Sprintf(`"spring-%d"`, n), 1)
	}
	for name, text := range files {
		if err := configWrite(filepath.Join(dir, name), text); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, faults := readConfig(dir); len(faults) > 0 {
			b.Fatal(faults)
		}
	}
}
