package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"dialerd/api"
	"dialerd/dialer"
)

// editChoice is which leads are to be edited: those that are named, those of a file, or those that conditions choose.
type editChoice struct {
	conditions filterFlags
	file       string

	ids    []dialer.LeadID
	filter api.LeadFilter
}

func (c *editChoice) add(command *cobra.Command, o *options) {
	c.conditions.add(command, o)
	command.Flags().StringVar(&c.file, "file", "", "the leads whose ids are in this file, one to a line; - for standard input")
}

// read takes the command line. It refuses one that chooses nothing, because that would be all leads there are.
func (c *editChoice) read(command *cobra.Command, args []string) (err error) {
	if c.filter, err = c.conditions.filter(command); err != nil {
		return err
	}
	ways := 0
	for _, way := range []bool{len(args) > 0, command.Flags().Changed("file"), c.filter.Restricts()} {
		if way {
			ways++
		}
	}
	if ways != 1 {
		return usagef("which leads? Name their ids, or give conditions such as --bucket, or --file, one of the three")
	}
	for _, arg := range args {
		id, err := leadID(arg)
		if err != nil {
			return usageError{err}
		}
		c.ids = append(c.ids, id)
	}
	if command.Flags().Changed("file") {
		return c.readFile(command.InOrStdin())
	}
	return nil
}

// leadID reads an id. Who gives something else is told how to choose by that.
func leadID(text string) (dialer.LeadID, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	switch {
	case strings.HasPrefix(text, "+"):
		return 0, fmt.Errorf("%q is no id: to choose by a number, say --number %s", text, text)
	case err != nil || id <= 0:
		return 0, fmt.Errorf("%q is no id: to choose by the id that a lead has elsewhere, say --external %s", clip(text), clip(text))
	}
	return dialer.LeadID(id), nil
}

func (c *editChoice) readFile(stdin io.Reader) error {
	in := stdin
	if c.file != "-" {
		file, err := os.Open(c.file)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	lines := bufio.NewScanner(in)
	for at := 1; lines.Scan(); at++ {
		text, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "\ufeff"), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id <= 0 {
			return fmt.Errorf("%s:%d: %q is no id of a lead: one to a line, as the column dialerd.lead of an export has them; nothing was changed", c.file, at, clip(text))
		}
		c.ids = append(c.ids, dialer.LeadID(id))
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", c.file, err)
	}
	if len(c.ids) == 0 {
		return fmt.Errorf("%s: there is no id in it", c.file)
	}
	return nil
}

// leads is the ids of what was chosen, of which there is at least one.
func (c *editChoice) leads(ctx context.Context, client *api.Client) (ids []dialer.LeadID, err error) {
	if len(c.ids) > 0 {
		return c.ids, nil
	}
	err = client.FindLeads(ctx, c.filter, func(id dialer.LeadID) error {
		ids = append(ids, id)
		return nil
	})
	if err == nil && len(ids) == 0 {
		err = errors.New("there is no such lead: dialerd leads buckets tells what is where")
	}
	return ids, err
}
