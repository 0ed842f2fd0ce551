package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"dialerd/dialer"
	"dialerd/dialer/calendar"
)

// The files below the configuration directory, and what each holds. Campaigns and numbers never
// called have directories of their own.
const (
	configMain      = "dialerd.toml" // the only one that has to be there
	configQueues    = "queues.toml"
	configAgents    = "agents.toml"
	configPauses    = "pauses.toml"
	configCalendars = "calendars.toml"
	configRoutes    = "routes.toml"
	configCampaigns = "campaigns"
	configDNC       = "dnc"
)

// configFileOf is the file that a top-level key is in.
var configFileOf = map[string]string{
	"instance": configMain, "pbx": configMain, "agi": configMain, "api": configMain, "store": configMain,
	"log": configMain, "department": configMain,
	"queue": configQueues, "agent": configAgents, "pause": configPauses, "calendar": configCalendars,
	"trunk": configRoutes, "pool": configRoutes, "route": configRoutes,
}

type configMainFile struct {
	Instance    string              `toml:"instance"`
	PBXs        []configPBX         `toml:"pbx"`
	AGI         configAGI           `toml:"agi"`
	API         configAPI           `toml:"api"`
	Store       configStore         `toml:"store"`
	Log         configLog           `toml:"log"`
	Departments []dialer.Department `toml:"department"`
}

type configPBX struct {
	dialer.PBX
	Address    configAddress `toml:"address"`
	TLS        bool          `toml:"tls"`
	CAFile     string        `toml:"ca_file"`
	ServerName string        `toml:"server_name"`
	User       string        `toml:"user"`
	Secret     string        `toml:"secret"`
	SecretFile string        `toml:"secret_file"`
}

type configAGI struct {
	Listen   configAddress   `toml:"listen"`
	Allow    []configNetwork `toml:"allow"`
	Deadline dialer.Duration `toml:"deadline"`
}

type configAPI struct {
	Socket string `toml:"socket"`
}

type configStore struct {
	Path string `toml:"path"`
}

type configLog struct {
	Level  configLogLevel  `toml:"level"`
	Format configLogFormat `toml:"format"`
}

type configQueuesFile struct {
	Queues []dialer.Queue `toml:"queue"`
}

type configAgentsFile struct {
	Agents []dialer.AgentConfig `toml:"agent"`
}

type configPausesFile struct {
	Pauses []dialer.PauseReason `toml:"pause"`
}

type configCalendarsFile struct {
	Calendars []calendar.Calendar `toml:"calendar"`
}

type configRoutesFile struct {
	Trunks []dialer.Trunk `toml:"trunk"`
	Pools  []dialer.Pool  `toml:"pool"`
	Routes []dialer.Route `toml:"route"`
}

func newConfigMainFile() configMainFile {
	return configMainFile{
		AGI: configAGI{
			Listen:   "127.0.0.1:4573",
			Allow:    []configNetwork{configNetwork(netip.MustParsePrefix("127.0.0.0/8")), configNetwork(netip.MustParsePrefix("::1/128"))},
			Deadline: dialer.Duration(400 * time.Millisecond),
		},
		API:   configAPI{Socket: "/run/dialerd/dialerd.sock"},
		Store: configStore{Path: "/var/lib/dialerd/dialerd.db"},
		Log:   configLog{Level: "info", Format: configLogAuto},
	}
}

// configAddress is host:port, checked as far as can be without asking the network.
type configAddress string

// UnmarshalText wants both, the host as a name or an IP address.
func (a *configAddress) UnmarshalText(text []byte) error {
	host, port, err := net.SplitHostPort(string(text))
	n, err2 := strconv.Atoi(port)
	if err != nil || err2 != nil || n < 0 || n > 65535 || strings.ContainsAny(host, " /") {
		return fmt.Errorf("%q is no address: write host and port, as in 127.0.0.1:5038", text)
	}
	*a = configAddress(text)
	return nil
}

// configNetwork is a network, or a single address.
type configNetwork netip.Prefix

// UnmarshalText reads 10.0.0.0/24 or 10.0.0.7.
func (n *configNetwork) UnmarshalText(text []byte) error {
	if p, err := netip.ParsePrefix(string(text)); err == nil {
		*n = configNetwork(p.Masked())
		return nil
	}
	a, err := netip.ParseAddr(string(text))
	if err != nil {
		return fmt.Errorf("%q is no network: write it as 10.0.0.0/24, or one address as 10.0.0.7", text)
	}
	*n = configNetwork(netip.PrefixFrom(a, a.BitLen()))
	return nil
}

// configLogLevel is the least important kind of line that is logged; zerolog knows the words.
type configLogLevel string

// UnmarshalText refuses what is not in the list.
func (l *configLogLevel) UnmarshalText(text []byte) error {
	return configWord(l, text, "level", "debug", "info", "warn", "error")
}

// configLogFormat is how lines of the log look.
type configLogFormat string

// The formats. Auto is for people on a terminal and JSON elsewhere.
const (
	configLogAuto    configLogFormat = "auto"
	configLogConsole configLogFormat = "console"
	configLogJSON    configLogFormat = "json"
)

// UnmarshalText refuses what is not in the list.
func (f *configLogFormat) UnmarshalText(text []byte) error {
	return configWord(f, text, "format", string(configLogAuto), string(configLogConsole), string(configLogJSON))
}

func configWord[T ~string](into *T, text []byte, what string, words ...string) error {
	if !slices.Contains(words, string(text)) {
		last := len(words) - 1
		return fmt.Errorf("%q is no %s: one of %s or %s", text, what, strings.Join(words[:last], ", "), words[last])
	}
	*into = T(text)
	return nil
}
