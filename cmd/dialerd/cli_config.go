package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
)

// The commands need little of the configuration, and get it from files that have faults too: a
// file that somebody is editing must not keep anybody from asking the daemon how it is.

func (o *options) files() *configReader {
	return &configReader{dir: o.dir, documents: map[string]*configDocument{}}
}

// lookForDir refuses a directory that was named and is not there: asking the daemon at the default socket instead could tell
// another one what was meant for this. run and check say it as one of the faults of the files.
func (o *options) lookForDir(command *cobra.Command) error {
	if !command.Flags().Changed("config") || slices.Contains([]string{"run", "check"}, command.Name()) {
		return nil
	}
	info, err := os.Stat(o.dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return fmt.Errorf("%s: %s", o.dir, noSuchDir)
	}
	return nil
}

// mainFile reads dialerd.toml; what cannot be read is left at its default. whole is false when
// anything is wrong with it.
func (o *options) mainFile() (file configMainFile, whole bool) {
	file = newConfigMainFile()
	d := o.files().document(configMain)
	d.decode(&file)
	return file, !d.cut && len(d.faults) == 0
}

// client talks to the daemon of this configuration.
func (o *options) client() *api.Client {
	if o.socket != "" {
		return api.NewClient(o.socket)
	}
	file, _ := o.mainFile()
	return api.NewClient(o.files().path(file.API.Socket))
}

// storePath is where the database is. A default in place of what cannot be read would put leads
// where nobody looks for them.
func (o *options) storePath() (string, error) {
	file, whole := o.mainFile()
	if !whole {
		return "", fmt.Errorf("where the database is cannot be read from %s: dialerd check says why", filepath.Join(o.dir, configMain))
	}
	return o.files().path(file.Store.Path), nil
}

// campaign finds a campaign by name.
func (o *options) campaign(name string) (dialer.Campaign, error) {
	if _, err := os.Stat(o.dir); err != nil {
		return dialer.Campaign{}, fmt.Errorf("the configuration cannot be read: %w", err)
	}
	var names []string
	for _, c := range o.files().readCampaigns() {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	dir := filepath.Join(o.dir, configCampaigns)
	if near := dialer.Nearest(name, names); near != "" {
		return dialer.Campaign{}, fmt.Errorf("there is no campaign %q in %s: did you mean %q?", name, dir, near)
	}
	return dialer.Campaign{}, fmt.Errorf("there is no campaign %q in %s: there are %q", name, dir, names)
}
