package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"syscall"

	"dialerd/dialer"
	"dialerd/store"
)

// ErrNotRunning is wrapped in the error of a client that nobody answers: there is no socket, or
// nobody listens on it.
var ErrNotRunning = errors.New("dialerd is not running")

// maxAnswer bounds what the client reads of one answer, the export excepted.
const maxAnswer = 256 << 20

// Client asks a running daemon. A refusal is an *Error with the daemon's own words.
type Client struct {
	socket string
	http   http.Client
}

// NewClient makes a client for the socket; it connects with the first question.
func NewClient(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	return &Client{socket: socket, http: http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// Close ends the connections that are kept open for the next question.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Version is the daemon's.
func (c *Client) Version(ctx context.Context) (v Version, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/version", nil, &v)
	return v, err
}

// Status is all of the daemon's status.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/status", nil, &s)
	return s, err
}

// Agents are the operators of the status alone.
func (c *Client) Agents(ctx context.Context) (agents []Agent, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/agents", nil, &agents)
	return agents, err
}

// Reload has the daemon read its files again. Its error tells all faults, one a line.
func (c *Client) Reload(ctx context.Context) error {
	return c.ask(ctx, http.MethodPost, "/v1/reload", nil, nil)
}

// Switch starts or stops a department or a campaign.
func (c *Client) Switch(ctx context.Context, kind dialer.SwitchKind, name string, running bool) error {
	word := "stop"
	if running {
		word = "start"
	}
	return c.ask(ctx, http.MethodPost, "/v1/"+kind.String()+"s/"+url.PathEscape(name)+"/"+word, nil, nil)
}

// Import adds at most MaxImport leads and returns after they are on disk, with one result for each.
func (c *Client) Import(ctx context.Context, leads []store.NewLead) (results []store.ImportResult, err error) {
	if err := c.ask(ctx, http.MethodPost, "/v1/leads/import", leads, &results); err != nil {
		return nil, err
	}
	if len(results) != len(leads) {
		return nil, fmt.Errorf("api: the daemon answered for %d leads of %d: use the same version of both", len(results), len(leads))
	}
	return results, nil
}

// Export hands over all leads that the filter lets through, one by one, until each returns an error.
func (c *Client) Export(ctx context.Context, f store.LeadFilter, each func(store.ExportedLead) error) error {
	return readLines(ctx, c, "/v1/leads/export?"+LeadFilter(f).query(), each)
}

// readLines hands over the JSON objects of an export.
func readLines[T any](ctx context.Context, c *Client, path string, each func(T) error) error {
	response, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	for lines := json.NewDecoder(response.Body); ; {
		var l T
		switch err := lines.Decode(&l); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("api: the export broke off, the daemon's log says why (journalctl -u dialerd): %w", err)
		}
		if err := each(l); err != nil {
			return err
		}
	}
}

// ask sends body as JSON and reads the answer into one, either of which may be nil.
func (c *Client) ask(ctx context.Context, method, path string, body, into any) error {
	// A little longer than the daemon gives itself, so that it is the one to say why.
	ctx, done := context.WithTimeout(ctx, changeTime+askTime)
	defer done()
	response, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(into); err != nil {
		return fmt.Errorf("api: the answer to %s cannot be read, use the same version of both: %w", path, err)
	}
	return nil
}

// send makes a request; the response is a 2xx and its body is to be closed.
func (c *Client) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var text bytes.Buffer
	if body != nil {
		encode := json.NewEncoder(&text)
		encode.SetEscapeHTML(false) // a body of leads is to stay within maxBody
		if err := encode.Encode(body); err != nil {
			return nil, fmt.Errorf("api: %w", err)
		}
	}
	// A name for the host is needed by HTTP alone: the transport knows only the socket.
	request, err := http.NewRequestWithContext(ctx, method, "http://dialerd"+path, &text)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.explain(err)
	}
	if response.StatusCode >= 300 {
		defer response.Body.Close()
		return nil, refusalOf(response)
	}
	return response, nil
}

func (c *Client) explain(err error) error {
	wrapped := (*url.Error)(nil)
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the made-up address
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: nobody answers on %s: start it with systemctl start dialerd", ErrNotRunning, c.socket)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("api: %s: dialerd does not answer in time: its log says what it is at (journalctl -u dialerd): %w", c.socket, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fmt.Errorf("api: %s: dialerd has ended before it answered: what was asked for may be done or not (%w)", c.socket, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("api: %s: permission denied: run as root or as a member of the socket's group", c.socket)
	}
	return fmt.Errorf("api: %s: %w", c.socket, err)
}

func refusalOf(response *http.Response) error {
	var body errorBody
	err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&body)
	if err != nil || body.Error == "" {
		body.Error = "the daemon answered " + response.Status
	}
	return &Error{Code: response.StatusCode, Text: body.Error}
}
