package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // time zones are checked, and needed later, on boxes that have no tzdata too

	"dialerd/dialer"
)

// settings is all that the files say: what the core decides by, and what only the rim needs.
type settings struct {
	Config *dialer.Config // validated
	PBXs   []settingsPBX  // by the index of Config.PBXs
	AGI    settingsAGI
	API    settingsAPI
	Store  settingsStore
	Log    settingsLog
	Year   int // in which the holidays of the calendars were worked out
}

// settingsPBX is how the AMI of a PBX is reached.
type settingsPBX struct {
	Name    string
	Address string      // host:port
	TLS     *tls.Config // nil: none
	User    string
	Secret  string
}

// settingsAGI is where the dialplan asks.
type settingsAGI struct {
	Listen   string
	Allow    []netip.Prefix // who may ask
	Deadline time.Duration  // for a whole session; at most half a second, as a caller listens to it
}

// settingsAPI is where the commands and the CRM ask.
type settingsAPI struct {
	Socket string
}

// settingsStore is where the state is kept.
type settingsStore struct {
	Path string
}

// settingsLog is what is logged, and how.
type settingsLog struct {
	Level  string
	Format configLogFormat
}

// noSuchDir is said of a directory of the configuration that is not there.
const noSuchDir = "there is no such directory: name the one that holds " + configMain

// readConfig reads all files below dir as one configuration. It is all or nothing: with any fault
// there are no settings, and the faults are all there are, in every file, not the first.
func readConfig(dir string) (*settings, configFaults) {
	r := &configReader{dir: dir, documents: map[string]*configDocument{}}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		r.fault("", noSuchDir)
		return nil, r.faults
	}
	s := r.settings()
	for _, f := range s.Config.Validate() {
		r.place(f)
	}
	if faults := r.all(); len(faults) > 0 {
		return nil, faults
	}
	return s, nil
}

// configReader gathers the files of one directory.
type configReader struct {
	dir       string
	documents map[string]*configDocument // by name below dir
	campaigns []*configDocument          // by the index of Config.Campaigns
	faults    configFaults               // of no document
}

// settings reads every file. What cannot be read is left at its default, and reported.
func (r *configReader) settings() *settings {
	file := newConfigMainFile()
	var queues configQueuesFile
	var agents configAgentsFile
	var pauses configPausesFile
	var calendars configCalendarsFile
	var routes configRoutesFile
	for _, f := range []struct {
		name string
		into any
	}{{configMain, &file}, {configQueues, &queues}, {configAgents, &agents}, {configPauses, &pauses},
		{configCalendars, &calendars}, {configRoutes, &routes}} {
		if d := r.document(f.name); d != nil {
			r.documents[f.name] = d
			d.decode(f.into)
		}
	}
	r.strangers()
	now := time.Now()
	c := &dialer.Config{Instance: file.Instance, Departments: file.Departments, Queues: queues.Queues,
		Agents: agents.Agents, Pauses: pauses.Pauses, Calendars: calendars.Calendars,
		Trunks: routes.Trunks, Pools: routes.Pools, Routes: routes.Routes, Campaigns: r.readCampaigns()}
	c.DNC, c.DNCLists = r.readDNC()
	c.Zones = numberZones()
	s := &settings{Config: c, AGI: r.agi(file.AGI), API: settingsAPI{r.path(file.API.Socket)},
		Store: settingsStore{r.path(file.Store.Path)}, Log: settingsLog{string(file.Log.Level), file.Log.Format}}
	s.Year = now.Year()
	r.holidays(c.Calendars, now)
	r.filled("api.socket", file.API.Socket)
	r.filled("store.path", file.Store.Path)
	for i, p := range file.PBXs {
		c.PBXs = append(c.PBXs, p.PBX)
		s.PBXs = append(s.PBXs, r.pbx(fmt.Sprintf("pbx[%d].", i), p))
	}
	return s
}

// document reads one toml file; nil when there is none.
func (r *configReader) document(name string) *configDocument {
	data, err := os.ReadFile(filepath.Join(r.dir, name))
	switch {
	case err == nil:
		return configParse(filepath.Join(r.dir, name), string(data))
	case !os.IsNotExist(err):
		r.fault(name, "cannot be read: %v", configCause(err))
		return &configDocument{cut: true}
	case name == configMain:
		r.fault(name, "there is no such file: it has to name the PBX, in a [[pbx]] table")
		return &configDocument{cut: true}
	}
	return nil
}

// readCampaigns reads the campaigns, in the order of their files. One that cannot be read to its
// end is left out: what it lacks is not known.
func (r *configReader) readCampaigns() (all []dialer.Campaign) {
	for _, name := range r.list(configCampaigns, ".toml") {
		d := r.document(name)
		if d == nil {
			continue // taken away since
		}
		r.documents[name] = d
		if c := dialer.NewCampaign(); !d.cut {
			d.decode(&c)
			all = append(all, c)
			r.campaigns = append(r.campaigns, d)
		}
	}
	return all
}

// list is the files of a directory that may be absent, with their path below dir, by name. Those
// that editors and package managers leave about have another ending, or begin with a dot.
func (r *configReader) list(sub, ending string) (names []string) {
	entries, err := os.ReadDir(filepath.Join(r.dir, sub))
	if err != nil && !os.IsNotExist(err) {
		r.fault(sub, "cannot be read: %v", configCause(err))
	}
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ending) && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, filepath.Join(sub, e.Name()))
		}
	}
	return names
}

// strangers refuses toml files that nobody reads: queue.toml for queues.toml would be left out
// without a word.
func (r *configReader) strangers() {
	known := []string{configMain, configQueues, configAgents, configPauses, configCalendars, configRoutes}
	for _, name := range r.list(".", ".toml") {
		if r.documents[name] != nil {
			continue
		}
		near := dialer.Nearest(name, known)
		if near == "" {
			r.fault(name, "no file of this name is read: give it another ending than .toml to keep it here")
			continue
		}
		r.fault(name, "no file of this name is read: did you mean %s?", near)
		if r.documents[near] == nil {
			r.documents[near] = &configDocument{cut: true} // what is missing of it stands here
		}
	}
}

func (r *configReader) agi(c configAGI) settingsAGI {
	s := settingsAGI{Listen: string(c.Listen), Deadline: c.Deadline.Span()}
	for _, n := range c.Allow {
		s.Allow = append(s.Allow, netip.Prefix(n))
	}
	if len(s.Allow) == 0 {
		r.check("agi.allow", "nobody may ask: name the networks of the PBXs, or leave it out for this box alone")
	}
	if s.Deadline < 50*time.Millisecond || s.Deadline > 500*time.Millisecond {
		r.check("agi.deadline", "%s: between 50ms and 500ms; a caller listens to silence meanwhile", c.Deadline)
	}
	return s
}

func (r *configReader) pbx(at string, p configPBX) settingsPBX {
	s := settingsPBX{Name: p.Name, Address: string(p.Address), User: p.User}
	if p.Address == "" {
		r.check(at+"address", "is missing: say where the AMI of this Asterisk listens, as in address = \"127.0.0.1:5038\"")
	}
	r.word(at+"user", p.User, "is missing: name the AMI user, as in user = \"dialerd\"")
	s.Secret = r.secret(at, p)
	if p.TLS {
		host, _, _ := net.SplitHostPort(s.Address)
		s.TLS = r.tls(at, p, host)
	} else if p.CAFile != "" || p.ServerName != "" {
		r.check(at+"tls", "is off, and ca_file or server_name is of no use without it: write tls = true")
	}
	return s
}

// path is a path of a file, taken from the configuration's directory when it is not absolute.
func (r *configReader) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(r.dir, p)
}

func (r *configReader) filled(key, path string) {
	if path == "" {
		r.check(key, "is empty: give it a path, or leave it out for the default")
	}
}
